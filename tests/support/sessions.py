"""Sessions that tests start by themselves."""

import secrets
import time

from contract.limits import SessionLifetimes
from handlers.core.limits.places import Place
from handlers.core.sessions import sessions
from handlers.core.sessions.sessions import Random, Rotated, SignIn

PLACE = Place("192.0.2.1", "d" * 43, agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


def started(
    user_id: str,
    amr: tuple[str, ...] = ("pwd",),
    now: int | None = None,
    epoch: int = 0,
    random: Random = secrets.token_bytes,
) -> Rotated:
    """Return a session that is not stored yet."""
    moment = int(time.time()) if now is None else now
    sign_in = SignIn(user_id=user_id, amr=amr, epoch=epoch, place=PLACE, now=moment)
    return sessions.start(sign_in, SessionLifetimes(), random)
