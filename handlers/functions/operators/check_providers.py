"""A check of the providers' credentials by operators, one operation at a time. Event: {provider, operation, ...}; invoked
with the operator's AWS credentials.

| provider | operations |
|---|---|
| `authy` | `app`, `stats` · `info`, `start_phone`, `check_phone` {phone, code} · `create` {email, phone}, `status`, `registration`, `send` {channel}, `verify` {code}, `push`, `approval` {uuid}, `qr`, `delete` {id} |
| `verify` | `service` · `send` {phone, channel}, `check` {sid, code} |

Answers what the provider said, without phone numbers, or {code, message}.
"""  # noqa: E501

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from handlers import env
from handlers.adapters.http import Event, cause, log
from handlers.errors import ApiError, NoSuchFactor
from handlers.factors import phones
from handlers.factors.authy_api import Authy, UserGone
from handlers.factors.verify_api import Verify

OFFERED = json.loads(env.load("FACTORS")["FACTORS"])
PUSH_SECONDS = 300


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Do one operation, and leave one line in the log."""
    started = time.perf_counter()
    try:
        answer = _operation(event)()
    except ApiError as error:
        log("check providers", error.status, error.code, started, context)
        return {"code": error.code, "message": str(error)}
    except UserGone:
        log("check providers", 404, "user_gone", started, context)
        return {"code": "user_gone", "message": "Authy does not know this user."}
    except Exception as error:  # noqa: BLE001 the boundary
        log("check providers", 500, cause(error), started, context)
        raise RuntimeError("it could not be done") from None
    log("check providers", 200, "ok", started, context)
    return answer


def _operation(event: Event) -> Callable[[], dict[str, Any]]:
    provider = event.get("provider")
    if provider not in ("authy", "verify") or provider not in OFFERED:
        raise NoSuchFactor(f"This stack has no credentials for {provider}.")
    operations = _of_authy(event) if provider == "authy" else _of_verify(event)
    if event.get("operation") not in operations:
        raise ApiError
    return operations[event["operation"]]


def _of_authy(event: Event) -> Mapping[str, Callable[[], dict[str, Any]]]:
    authy = Authy(OFFERED["authy"]["secret_id"], OFFERED["authy"]["url"])
    id_, code, action = (str(event.get(name, "")) for name in ("id", "code", "action"))
    return {
        "app": authy.app,
        "stats": authy.stats,
        "info": lambda: authy.phone_info(*_phone(event)),
        "start_phone": lambda: authy.start_phone(*_phone(event)),
        "check_phone": lambda: {"valid": authy.check_phone(*_phone(event), code)},
        "create": lambda: {"id": authy.create(event["email"], *_phone(event))},
        "status": lambda: authy.status(id_),
        "registration": lambda: authy.registration(id_),
        "send": lambda: _done(lambda: authy.send(id_, event["channel"], action)),
        "verify": lambda: {"valid": authy.is_valid(id_, code, action or None)},
        "push": lambda: {"uuid": authy.ask_approval(id_, "Is this you?", PUSH_SECONDS)},
        "approval": lambda: {"status": authy.approval(event["uuid"])},
        "qr": lambda: authy.qr(id_, "check"),
        "delete": lambda: _done(lambda: authy.delete(id_)),
    }


def _of_verify(event: Event) -> Mapping[str, Callable[[], dict[str, Any]]]:
    verify = Verify(OFFERED["verify"]["secret_id"], OFFERED["verify"]["url"])
    return {
        "service": verify.service,
        "send": lambda: {"sid": verify.send(phones.parse(event["phone"], None, None).e164, event["channel"]).sid},
        "check": lambda: {"valid": verify.is_valid(event["sid"], str(event["code"]))},
    }


def _phone(event: Event) -> tuple[str, int]:
    """Return the national number, and the country's calling code."""
    parsed = phones.parse(event["phone"], None, None)
    return parsed.national, parsed.calling_code


def _done(act: Callable[[], None]) -> dict[str, Any]:
    act()
    return {}
