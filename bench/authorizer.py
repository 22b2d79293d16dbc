"""What `revocationSeconds` costs: calls and price per million requests, for 0, 10 and 60 seconds.

Run: sallyport up --detach; .venv/bin/python -m bench.authorizer

The authorizer's module runs in this process against the stack's own table and keys; its calls to AWS are counted. API
Gateway's cache is modelled by its key and its time to live, and the clock by the number of the second, so that the
result does not depend on the speed of the machine. Each token asks once a second for a minute, on one route.
"""

import argparse
import importlib
import os
import time
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from bench.own_stack import running_stack
from handlers.store import jwks
from sallyport.client.auth import oauth
from sallyport.client.stack.local_stack import LocalStack
from tests.support.aws_calls import seen_by
from tests.support.handlers import Handlers, open_handlers

BOUNDS = (0, 10, 60)
TOKENS, SECONDS = 10, 60
ROUTE = "GET /orders"
INVOCATION_USD = 0.20 + 256 / 1024 * 0.005 * 13.3334
"""Per million invocations of 5 ms with 256 MB on arm64, us-east-1."""
READ_USD = 0.125
"""Per million read units; a decision about a session of our own reads two items consistently."""
UNITS = {"BatchGetItem": 2, "GetItem": 1}


def main() -> None:
    """Print a table: issuer by bound."""
    stack = running_stack()
    handlers = open_handlers(stack)
    tokens = {"our own": _own_tokens(handlers), "user pool": _pool_tokens(stack)}
    requests = TOKENS * SECONDS
    print(f"{requests} requests: {TOKENS} tokens, one a second each: invocations, calls to AWS, USD per million")
    for issuer, known in tokens.items():
        for bound in BOUNDS:
            invoked, calls = _count(handlers, known, bound)
            units = sum(UNITS.get(name, 0) * count for name, count in calls.items())
            price = (invoked * INVOCATION_USD + units * READ_USD) / requests
            print(f"{issuer:10} revocationSeconds {bound:3} {invoked:20}   {calls}    {price:.3f}")


def _own_tokens(handlers: Handlers) -> list[str]:
    with redirect_stdout(StringIO()):  # the handlers' own log lines
        user = handlers.user()
        return [user.sign_in()["access_token"] for _ in range(TOKENS)]


def _pool_tokens(stack: LocalStack) -> list[str]:
    outputs = {name: str(value) for name, value in stack.state.outputs.items()}
    return [oauth.machine_token(outputs, ("OrdersAPI/orders.read",)).access_token for _ in range(TOKENS)]


def _count(handlers: Handlers, tokens: list[str], bound: int) -> tuple[int, dict[str, int]]:
    """Return the authorizer's invocations, and its calls by their name."""
    calls: Counter[str] = Counter()
    gateway_seconds = bound // 2
    os.environ["SESSION_CACHE_SECONDS"] = str(bound - gateway_seconds)
    authorizer = importlib.reload(handlers.module("authorizer"))
    fetch = jwks.fetch
    jwks.fetch = lambda url: (calls.update(["key set fetched"]), fetch(url))[1]
    invoked, kept, start = 0, dict.fromkeys(tokens, -1.0), time.time()
    try:
        with seen_by(lambda operation, _: calls.update([operation])):
            for second in range(SECONDS):
                for token in (token for token in tokens if kept[token] <= second):
                    invoked += 1
                    event = authorizer_event(handlers, token)
                    assert authorizer.AUTHORIZER.answer(event, start + second)[0]["isAuthorized"]
                    kept[token] = second + gateway_seconds
    finally:
        jwks.fetch = fetch
    return invoked, dict(calls)


def authorizer_event(handlers: Handlers, token: str) -> dict[str, Any]:
    """Return API Gateway's question for a request with this token."""
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:000000000000:sallyport/$default/GET/orders",
        "identitySource": [f"Bearer {token}", ROUTE],
        "routeKey": ROUTE,
        "headers": {"authorization": f"Bearer {token}"},
        "requestContext": {"apiId": handlers.environment["API_ID"]},
    }


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "").parse_args()
    main()
