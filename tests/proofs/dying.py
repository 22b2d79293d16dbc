"""Runs a handler in a process that dies after a number of its writes to AWS.

Usage: dying.py HANDLER WRITES < body; exit code 9 if it died, else 0 and the answer's status on standard output.
"""

import importlib
import os
import sys

from handlers.store.aws import client

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "SendEmail")
DIED = 9


def main(handler: str, allowed: int) -> None:
    done = 0

    def count(model: object, **_: object) -> None:
        nonlocal done
        if getattr(model, "name", "") in WRITES:
            done += 1
            if done > allowed:
                os._exit(DIED)

    for service in ("dynamodb", "sesv2"):
        client(service).meta.events.register("before-call", count)
    event = {"routeKey": handler, "body": sys.stdin.read()}
    answer = importlib.import_module(f"handlers.{handler}").handler(event, None)
    sys.stderr.write(f"{answer['statusCode']}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
