"""Stepping up: showing again who one is, within a session. Source: RFC 9470, OWASP ASVS 5.0 §7.5.3."""

from dataclasses import dataclass

from handlers.core import passwordless, second_gate, sessions, signin, tokens
from handlers.core.challenges import Purpose
from handlers.core.factors import MFA, Passed, Random
from handlers.core.mailing import Post
from handlers.core.places import Place
from handlers.core.second_gate import Gates, Presented, SecondGateAhead
from handlers.core.sessions import Session
from handlers.core.signin import Door, PasswordCheck
from handlers.core.users import Profile
from handlers.errors import InvalidGrant, WrongCode


@dataclass(frozen=True)
class SteppedUp:
    """A new access token of the same session. `expires_in` in seconds."""

    access_token: str
    expires_in: int


def begin(
    gates: Gates, post: Post | None, user_id: str, session_id: str, place: Place, now: int, random: Random
) -> SecondGateAhead:
    """A challenge for the second gate of this session's user; who has none is mailed a code, where mail is sent.

    Raises `InvalidGrant`, `TooMany`, `MailUnavailable`.
    """
    profile, session = _live(gates, user_id, session_id)
    if not profile.has_second_factor and post is not None:
        return passwordless.mail_code_to_holder(gates, post, profile, session_id, place, now, random)
    return second_gate.open_second(gates, profile, Purpose.STEP_UP, session.amr, session_id, now, random)


def with_password(
    door: Door,
    gates: Gates,
    check: PasswordCheck,
    user_id: str,
    session_id: str,
    password: str,
    place: Place,
    now: int,
    random: Random,
) -> SteppedUp | SecondGateAhead:
    """For who has no second factor; who has one, still has to pass its gate. Raises `InvalidCredentials`."""
    profile, session = _live(gates, user_id, session_id)
    if gates.is_required and not profile.has_second_factor:
        raise InvalidGrant  # sign in again, and add one
    signin.check_password(check, profile.email, password, place, now)
    if profile.has_second_factor:
        return begin(gates, None, user_id, session_id, place, now, random)
    stronger = sessions.step_up(session, (second_gate.PASSWORD,), now)  # alone: factors that it had once are gone
    stepped_up = _tokens(door, stronger, now, random)
    if not gates.directory.strengthen_session(stronger):
        raise InvalidGrant
    return stepped_up


def enter(
    door: Door, gates: Gates, session_id: str, presented: Presented, passed: Passed, now: int, random: Random
) -> SteppedUp:
    """With a proof that is right. Raises `WrongCode` if the challenge is another session's."""
    challenge, enrolled = presented.challenge, presented.enrolled
    if challenge.session_id != session_id:
        raise WrongCode
    profile, session = _live(gates, challenge.user_id, session_id)
    if enrolled is None:
        if profile.has_second_factor:  # added meanwhile: a mailed code is not enough any more
            raise WrongCode
        methods: tuple[str, ...] = (passed.amr,)  # alone: factors that it had once are gone
    else:
        methods = tuple(dict.fromkeys((*session.amr, passed.amr, MFA)))
    stronger = sessions.step_up(session, methods, now)
    stepped_up = _tokens(door, stronger, now, random)
    gates.challenges.step_up(challenge, enrolled, passed.use, stronger)
    return stepped_up


def _live(gates: Gates, user_id: str, session_id: str) -> tuple[Profile, Session]:
    live = gates.directory.live_session(user_id, session_id)
    if live is None:
        raise InvalidGrant
    return live


def _tokens(door: Door, session: Session, now: int, random: Random) -> SteppedUp:
    claims = tokens.claims(session, door.issuer, now, random)
    return SteppedUp(door.signer.sign(claims), claims["exp"] - now)
