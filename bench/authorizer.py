"""The authorizer's calls to AWS per 1,000 requests with 10 tokens, by the place where decisions are cached.

Run: sallyport up --detach; .venv/bin/python -m bench.authorizer

Cached by API Gateway: real requests to the deployed route, counted by the authorizer's log lines. Cached by the
authorizer alone, and not at all: its module in this process, against the same tables and keys, its calls counted.
"""

import importlib
import time
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import httpx

from handlers.core.tokens import authenticator as core
from handlers.store import aws, jwks
from sallyport.client.auth import oauth
from sallyport.client.stack import requests_log
from sallyport.client.stack.local_stack import LocalStack, here
from tests.support.handlers import Handlers, open_handlers

REQUESTS, TOKENS = 1000, 10
ROUTE = "GET /orders"


def main() -> None:
    """Print a table: issuer by place of the cache."""
    stack = here()
    handlers = open_handlers(stack)
    tokens = {"our own": _own_tokens(handlers), "user pool": _pool_tokens(stack)}
    print(f"{REQUESTS} requests, {TOKENS} tokens{'':20} {'called':>12}   calls to AWS")
    for issuer, known in tokens.items():
        print(f"{issuer}, API Gateway    remembers {_deployed(stack, known):12}   (those of the row below, or fewer)")
        for remembers, seconds in (("the authorizer", core.SESSION_SECONDS), ("nothing", 0)):
            print(f"{issuer}, {remembers:14} remembers {REQUESTS:12}   {_in_process(handlers, known, seconds)}")


def _own_tokens(handlers: Handlers) -> list[str]:
    with redirect_stdout(StringIO()):  # the handlers' own log lines
        user = handlers.user()
        return [user.sign_in()["access_token"] for _ in range(TOKENS)]


def _pool_tokens(stack: LocalStack) -> list[str]:
    outputs = {name: str(value) for name, value in stack.state.outputs.items()}
    return [oauth.machine_token(outputs, ("OrdersAPI/orders.read",)).access_token for _ in range(TOKENS)]


def _deployed(stack: LocalStack, tokens: list[str]) -> int:
    """Return how often the deployed authorizer was called."""
    groups = {"authorizer": stack.log_groups()["authorizer"]}
    before = len(requests_log.lines(stack, groups))
    with httpx.Client(base_url=str(stack.state.outputs["api_url"]), timeout=30) as api:
        for number in range(REQUESTS):
            answer = api.get("/orders", headers={"Authorization": f"Bearer {tokens[number % TOKENS]}"})
            assert answer.status_code == 200
    time.sleep(1)
    return len(requests_log.lines(stack, groups)) - before


def _in_process(handlers: Handlers, tokens: list[str], session_seconds: int) -> dict[str, int]:
    """Return the authorizer's calls, by their name."""
    calls: Counter[str] = Counter()
    aws.client.cache_clear()
    core.SESSION_SECONDS = session_seconds
    authorizer = importlib.reload(handlers.module("authorizer"))
    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", lambda model, **_: calls.update([model.name]))
    fetch = jwks.fetch
    jwks.fetch = lambda url: (calls.update(["key set fetched"]), fetch(url))[1]
    try:
        for number in range(REQUESTS):
            event = _event(handlers, tokens[number % TOKENS])
            assert authorizer.AUTHORIZER.answer(event, time.time())[0]["isAuthorized"]
    finally:
        jwks.fetch = fetch
    return dict(calls)


def _event(handlers: Handlers, token: str) -> dict[str, Any]:
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
    main()
