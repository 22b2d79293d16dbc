"""Between operators' invocations and the handlers: who they are, one log line, refusals as {code, message}."""

import os
import time
from collections.abc import Callable
from typing import Any

from handlers.adapters.http import Event, cause, log
from handlers.errors import ApiError
from handlers.store import operator_identity
from handlers.store.event_origin import Origin, origin

Act = Callable[[Event], dict[str, Any]]


def operator(label: str) -> Callable[[Act], Callable[[Event, Any], dict[str, Any]]]:
    """Return a handler of an event with `identity`, which STS must confirm; events of the act name the operator."""

    def decorate(act: Act) -> Callable[[Event, Any], dict[str, Any]]:
        def handler(event: Event, context: Any) -> dict[str, Any]:
            started = time.perf_counter()
            try:
                account = context.invoked_function_arn.split(":")[4]
                function = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
                actor = operator_identity.arn_of(event.get("identity") or {}, function, account)
                origin.set(Origin(getattr(context, "aws_request_id", None), actor=actor))
                answer = act(event)
            except ApiError as error:
                log(label, error.status, error.code, started, context)
                return {"code": error.code, "message": str(error)}
            except Exception as error:  # noqa: BLE001 the boundary
                log(label, 500, cause(error), started, context)
                raise RuntimeError("it could not be done") from None
            log(label, 200, "ok", started, context)
            return answer

        return handler

    return decorate
