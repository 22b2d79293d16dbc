"""What the gate asks of AWS: calls per 1,000 requests with 10 tokens, by what remembers decisions.

Run: sallyport up --detach; .venv/bin/python -m bench.gate

Remembered by API Gateway: real requests to the deployed route, counted by the gate's log lines. Remembered by the gate
alone, and by nobody: the gate's own module in this process, against the same tables and keys, its calls counted.
"""

import importlib
import time
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import httpx

from client import oauth, requests_log
from client.stack import LocalStack, here
from handlers.core import gate as core
from handlers.store import aws, jwks
from tests.door import Door, open_door

REQUESTS, TOKENS = 1000, 10
ROUTE = "GET /orders"


def main() -> None:
    """Print a table: issuer by what remembers."""
    stack = here()
    door = open_door(stack)
    tokens = {"our own": _own_tokens(door), "user pool": _pool_tokens(stack)}
    print(f"{REQUESTS} requests, {TOKENS} tokens{'':20} {'gate called':>12}   calls to AWS")
    for issuer, known in tokens.items():
        print(f"{issuer}, API Gateway remembers  {_deployed(stack, known):12}   (those of the row below, or fewer)")
        print(f"{issuer}, the gate remembers     {REQUESTS:12}   {_in_process(door, known, core.SESSION_SECONDS)}")
        print(f"{issuer}, nobody remembers       {REQUESTS:12}   {_in_process(door, known, 0)}")


def _own_tokens(door: Door) -> list[str]:
    with redirect_stdout(StringIO()):  # the handlers' own log lines
        user = door.user()
        return [user.sign_in()["access_token"] for _ in range(TOKENS)]


def _pool_tokens(stack: LocalStack) -> list[str]:
    outputs = {name: str(value) for name, value in stack.state.outputs.items()}
    return [oauth.machine_token(outputs, ("OrdersAPI/orders.read",)).access_token for _ in range(TOKENS)]


def _deployed(stack: LocalStack, tokens: list[str]) -> int:
    """How often the deployed gate was asked."""
    groups = {"gate": stack.log_groups()["gate"]}
    before = len(requests_log.lines(stack, groups))
    with httpx.Client(base_url=str(stack.state.outputs["api_url"]), timeout=30) as api:
        for number in range(REQUESTS):
            answer = api.get("/orders", headers={"Authorization": f"Bearer {tokens[number % TOKENS]}"})
            assert answer.status_code == 200
    time.sleep(1)
    return len(requests_log.lines(stack, groups)) - before


def _in_process(door: Door, tokens: list[str], session_seconds: int) -> dict[str, int]:
    """The gate's calls, by their name."""
    calls: Counter[str] = Counter()
    aws.client.cache_clear()
    core.SESSION_SECONDS = session_seconds
    gate = importlib.reload(door.module("gate"))
    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", lambda model, **_: calls.update([model.name]))
    fetch = jwks.fetch
    jwks.fetch = lambda url: (calls.update(["key set fetched"]), fetch(url))[1]
    try:
        for number in range(REQUESTS):
            assert gate.AUTHORIZER.answer(_event(door, tokens[number % TOKENS]), time.time())[0]["isAuthorized"]
    finally:
        jwks.fetch = fetch
    return dict(calls)


def _event(door: Door, token: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:000000000000:sallyport/$default/GET/orders",
        "identitySource": [f"Bearer {token}", ROUTE],
        "routeKey": ROUTE,
        "headers": {"authorization": f"Bearer {token}"},
        "requestContext": {"apiId": door.environment["API_ID"]},
    }


if __name__ == "__main__":
    main()
