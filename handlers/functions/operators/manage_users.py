"""Management of users by operators. Event: {action, email, password}; invoked with the operator's AWS credentials.

| action | does | answers |
|---|---|---|
| `create` | creates a user with this password, without a mailed code | {id} |
| `disable`, `enable` | ends all sessions and refuses sign-in, or allows it again | {} |
| `unlock` | resets the counters of wrong passwords in a row and wrong codes, not those of single places | {} |
| `remove_factors` | removes all second factors, so that the user signs in with the password and adds others | {} |
| `delete` | deletes user, password, factors and sessions | {} |

A refusal answers {code, message}, as the API does.
"""

import time
from typing import Any

from handlers import services
from handlers.adapters.http import Event, cause, log
from handlers.core.accounts import operators, signup
from handlers.errors import ApiError

SERVICES = services.load(
    "events", "directory", "accounts", "applications", "password_cipher", "counters", "factors", "factor_types",
    "mailer", "sign_in_limits", "factor_limits", "pepper", "default_roles",
)  # fmt: skip


def handler(event: Event, context: Any) -> dict[str, str]:
    """Do what the event asks for, and leave one line in the log."""
    started = time.perf_counter()
    try:
        answer = _act(event)
    except ApiError as error:
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
            return {"id": signup.create(SERVICES, email, password).user_id}
        case {"action": "disable", "email": str(email)}:
            operators.disable(SERVICES, email)
        case {"action": "enable", "email": str(email)}:
            operators.enable(SERVICES, email)
        case {"action": "unlock", "email": str(email)}:
            operators.unlock(SERVICES, email)
        case {"action": "remove_factors", "email": str(email)}:
            operators.remove_factors(SERVICES, email)
        case {"action": "delete", "email": str(email)}:
            operators.delete(SERVICES, email)
        case _:
            raise ApiError
    return {}
