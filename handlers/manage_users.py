"""Operators' hand in the directory. Event: {action, email, password}; invoked with the operator's own AWS credentials.

| action | does | answers |
|---|---|---|
| `create` | a user with this password, without a mailed code | {id} |
| `disable`, `enable` | sessions end and sign-in is refused, or not any more | {} |
| `unlock` | wrong passwords in a row and wrong second codes are forgotten, not what one place has used up today | {} |
| `remove_factors` | who has lost all their factors signs in with the password alone, and adds others | {} |
| `delete` | forgets user, password, factors and sessions | {} |

What cannot be done answers {code, message}, as the API does.
"""

import secrets
import time
from typing import Any

from handlers import env, gates, shared
from handlers.core import operators
from handlers.errors import AuthError, NotTold
from handlers.http import Event, cause, log
from handlers.store.vault import KmsVault

GATES = gates.load()
ENV = env.load("KEY_ARN")
DIRECTORY, VAULT = GATES.directory, KmsVault(ENV["KEY_ARN"])
LIMITS = shared.limits()


def handler(event: Event, context: Any) -> dict[str, str]:
    """See the module."""
    started = time.perf_counter()
    try:
        answer = _act(event)
    except AuthError as error:
        log("manage users", error.status, error.code, started, context)
        return {"code": error.code, "message": str(error)}
    except Exception as error:  # noqa: BLE001 the boundary
        log("manage users", 500, cause(error), started, context)
        raise RuntimeError("it could not be done") from None
    log("manage users", 200, "ok", started, context)
    return answer


def _tell(email: str) -> None:
    if GATES.mailer and not operators.tell_of_removal(GATES.mailer, email):
        raise NotTold


def _act(event: Event) -> dict[str, str]:
    match event:
        case {"action": "create", "email": str(email), "password": str(password)}:
            return {"id": operators.create(DIRECTORY, VAULT, email, password, int(time.time()), secrets.token_bytes)}
        case {"action": "disable" | "enable" as action, "email": str(email)}:
            operators.switch(DIRECTORY, email, disabled=action == "disable")
        case {"action": "unlock", "email": str(email)}:
            operators.unlock(GATES, LIMITS, email, int(time.time()))
        case {"action": "remove_factors", "email": str(email)}:
            operators.remove_factors(GATES, email)
            _tell(email)
        case {"action": "delete", "email": str(email)}:
            operators.delete(GATES, email)
        case _:
            raise AuthError
    return {}
