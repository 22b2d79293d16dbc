"""A process that runs a handler, and dies after a number of its writes to AWS and its requests to providers.

Usage: dying.py HANDLER WRITES < event; exit code 9 if it died, else 0 and the answer's status on standard error.
"""

import importlib
import json
import os
import sys
from typing import Any

import requests

from handlers.store.aws import client, hasty_client

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "SendEmail")
DIED = 9


def main(handler: str, allowed: int) -> None:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done > allowed:
            os._exit(DIED)

    def before_call(model: object, **_: object) -> None:
        if getattr(model, "name", "") in WRITES:
            count()

    def to_provider(*request: Any, **how: Any) -> Any:
        count()
        return send(*request, **how)

    send = requests.request
    requests.request = to_provider

    for aws in (client("dynamodb"), client("sesv2"), hasty_client("sesv2")):
        aws.meta.events.register("before-call", before_call)
    answer = importlib.import_module(f"handlers.functions.{handler.replace('/', '.')}").handler(
        json.loads(sys.stdin.read()), None
    )
    sys.stderr.write(f"{(answer or {}).get('statusCode')}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
