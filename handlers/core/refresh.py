"""Refreshing: one conditional write trades a refresh token for the next."""

from handlers.core import sessions, signin
from handlers.core.factors import MFA
from handlers.core.sessions import Random
from handlers.errors import Contended, InvalidGrant

MAX_ROUNDS = 5


def refresh(
    door: signin.Door, token: str, now: int, random: Random, *, needs_second_factor: bool = False
) -> signin.SignedIn:
    """New tokens of the same session. Raises `InvalidGrant`; a spent token ends the session first.

    Whoever loses a race reads again and is judged by what the winner left. Sessions from before the user added
    a second factor, or the stack asked for one, go no further.
    """
    presented = sessions.parse(token)
    for _ in range(MAX_ROUNDS):
        live = door.directory.live_session(presented.user_id, presented.session_id)
        if live is None:
            raise InvalidGrant
        profile, session = live
        if (needs_second_factor or profile.has_second_factor) and MFA not in session.amr:
            raise InvalidGrant
        outcome = sessions.rotate(session, token, now, random)
        if isinstance(outcome, sessions.Reused):
            door.directory.end_session(session.user_id, session.id)
            raise InvalidGrant
        tokens = signin.issue(door, outcome, now, random)  # first: after the write, only the answer can get lost
        if door.directory.replace_session(session, outcome.session):
            return tokens
    raise Contended
