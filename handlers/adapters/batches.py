"""Between batches of SQS and DynamoDB streams and the handlers: one log line per message."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from handlers.adapters.http import Event, cause, log
from handlers.errors import ApiError

Record = dict[str, Any]


def messages(label: str, **fields: type) -> Callable[[Callable[..., str]], Callable[[Event, Any], dict[str, Any]]]:
    """Return a handler of an SQS queue that handles each message by itself, with its fields as arguments.

    `fields` are the names and types of the fields.

    `handle` returns the outcome for the log. Messages that fail are named, so that they alone are delivered again.
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
            except ApiError as error:
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
    """Return a handler of a table's stream. A batch that fails is delivered again as a whole."""

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


def _arguments(body: str, fields: Mapping[str, type]) -> list[Any]:
    """Return the message's fields. Raises `ValueError` for any other shape."""
    message = json.loads(body)
    if not isinstance(message, dict) or set(message) != set(fields):
        raise ValueError
    if not all(isinstance(message[name], type_) for name, type_ in fields.items()):
        raise ValueError
    return [message[name] for name in fields]
