"""Stepping up: showing again who one is, within a session. Source: RFC 9470, OWASP ASVS 5.0 §7.5."""

from dataclasses import dataclass

from handlers.core import second_gate, sessions, signin, tokens
from handlers.core.challenges import Purpose
from handlers.core.factors import MFA, Passed, Random
from handlers.core.second_gate import Gates, Presented, SecondGateAhead
from handlers.core.sessions import Session
from handlers.core.signin import Door
from handlers.core.users import Profile
from handlers.errors import InvalidGrant, WrongCode


@dataclass(frozen=True)
class SteppedUp:
    """A new access token of the same session. `expires_in` in seconds."""

    access_token: str
    expires_in: int


def begin(gates: Gates, user_id: str, session_id: str, now: int, random: Random) -> SecondGateAhead:
    """A challenge for the second gate of this session's user. Raises `InvalidGrant`."""
    profile, session = _live(gates, user_id, session_id)
    return second_gate.open_second(gates, profile, Purpose.STEP_UP, session.amr, session_id, now, random)


def with_password(
    door: Door, gates: Gates, user_id: str, session_id: str, password: str, now: int, random: Random
) -> SteppedUp | SecondGateAhead:
    """For who has no second factor; who has one, still has to pass its gate. Raises `InvalidCredentials`."""
    profile, session = _live(gates, user_id, session_id)
    if gates.is_required and not profile.has_second_factor:
        raise InvalidGrant  # sign in again, and add one
    signin.check_password(door.directory, door.vault, profile.email, password)
    if profile.has_second_factor:
        return begin(gates, user_id, session_id, now, random)
    stronger = sessions.step_up(session, ("pwd",), now)  # alone: factors that it had once are gone
    stepped_up = _tokens(door, stronger, now, random)
    if not gates.directory.strengthen_session(stronger):
        raise InvalidGrant
    return stepped_up


def enter(
    door: Door, gates: Gates, session_id: str, presented: Presented, passed: Passed, now: int, random: Random
) -> SteppedUp:
    """With a proof that is right. Raises `WrongCode` if the challenge is another session's."""
    challenge, enrolled = presented.challenge, presented.enrolled
    if challenge.session_id != session_id or enrolled is None:
        raise WrongCode
    _, session = _live(gates, challenge.user_id, session_id)
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
