"""Operators' hand in the directory. Event: {action, email, password}; invoked with the operator's own AWS credentials.

| action | does | answers |
|---|---|---|
| `create` | a user with this password, without a mailed code | {id} |
| `disable`, `enable` | sessions end and sign-in is refused, or not any more | {} |
| `unlock` | the right password works again after too many wrong ones | {} |
| `delete` | forgets user, password and sessions | {} |

What cannot be done answers {code, message}, as the API does.
"""

import secrets
import time
from typing import Any

from handlers import env
from handlers.core import operators
from handlers.errors import AuthError
from handlers.http import Event, cause, log
from handlers.store.directory import DynamoDirectory
from handlers.store.vault import KmsVault

ENV = env.load("TABLE_NAME", "KEY_ARN")
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])
VAULT = KmsVault(ENV["KEY_ARN"])


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


def _act(event: Event) -> dict[str, str]:
    match event:
        case {"action": "create", "email": str(email), "password": str(password)}:
            return {"id": operators.create(DIRECTORY, VAULT, email, password, int(time.time()), secrets.token_bytes)}
        case {"action": "disable" | "enable" as action, "email": str(email)}:
            operators.switch(DIRECTORY, email, disabled=action == "disable")
        case {"action": "unlock", "email": str(email)}:
            operators.unlock(DIRECTORY, email)
        case {"action": "delete", "email": str(email)}:
            operators.delete(DIRECTORY, email)
        case _:
            raise AuthError
    return {}
