"""Between the batches that Lambda reads from queues and streams, and the handlers: one log line a message."""

import json
import time
from collections.abc import Callable
from typing import Any

from handlers.errors import AuthError
from handlers.http import Event, cause, log

Record = dict[str, Any]


def messages(label: str, *fields: str) -> Callable[[Callable[..., str]], Callable[[Event, Any], dict[str, Any]]]:
    """A worker of an SQS queue: each message by itself, its text fields as arguments; answers what came of it.

    Those that fail are named, so that they alone come back, and go to the dead letters in the end.
    Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source".
    """

    def decorate(handle: Callable[..., str]) -> Callable[[Event, Any], dict[str, Any]]:
        def handler(event: Event, context: Any) -> dict[str, Any]:
            failed = [record["messageId"] for record in event["Records"] if not _is_done(record, context)]
            return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}

        def _is_done(record: Record, context: Any) -> bool:
            started = time.perf_counter()
            try:
                outcome = handle(*_arguments(record["body"], fields))
            except AuthError as error:
                log(label, 503, error.code, started, context)
                return False
            except Exception as error:  # noqa: BLE001 the boundary
                log(label, 500, cause(error), started, context)
                return False
            log(label, 200, outcome, started, context)
            return True

        return handler

    return decorate


def stream(label: str) -> Callable[[Callable[[list[Record]], None]], Callable[[Event, Any], None]]:
    """A reader of a table's stream: the whole batch, and again the whole batch until all of it is done."""

    def decorate(handle: Callable[[list[Record]], None]) -> Callable[[Event, Any], None]:
        def handler(event: Event, context: Any) -> None:
            started = time.perf_counter()
            try:
                handle(event["Records"])
            except Exception as error:  # noqa: BLE001 the boundary
                log(label, 500, cause(error), started, context)
                raise RuntimeError("the batch failed") from None
            log(label, 200, "ok", started, context)

        return handler

    return decorate


def _arguments(body: str, fields: tuple[str, ...]) -> list[str]:
    """The message's fields. Raises `ValueError` for any other shape."""
    message = json.loads(body)
    if not isinstance(message, dict) or set(message) != set(fields):
        raise ValueError
    values = [message[field] for field in fields]
    if not all(isinstance(value, str) for value in values):
        raise ValueError
    return values
