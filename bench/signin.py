"""The time that sign-in takes to refuse an unknown address, a wrong password, a disabled user, on the running stack.

Run: sallyport up --detach; .venv/bin/python -m bench.signin [--rounds N]

Interleaved rounds; reported are quartiles, and the median of the difference to the unknown address within a round.
"""

import argparse
import time
from statistics import median, quantiles

import httpx

from bench.own_stack import running_stack
from tests.support.handlers import PASSWORD, new_address, open_handlers


def main(rounds: int) -> None:
    """Print a line for each reason."""
    stack = running_stack()
    handlers = open_handlers(stack)
    known, disabled = handlers.user(), handlers.user()
    disabled.disable()
    attempts = {
        "unknown address": (new_address(), PASSWORD),
        "wrong password": (known.address, "not the password at all"),
        "disabled user": (disabled.address, PASSWORD),
    }
    with httpx.Client(base_url=str(stack.state.outputs["api_url"]), timeout=30) as api:
        rows = [{name: _milliseconds(api, *attempt) for name, attempt in attempts.items()} for _ in range(rounds)]
    print(f"{'':18} {'25 %':>7} {'median':>7} {'75 %':>7} {'difference':>11}   ms, {rounds} rounds")
    for name in attempts:
        low, middle, high = quantiles((row[name] for row in rows), n=4)
        difference = median(row[name] - row["unknown address"] for row in rows)
        print(f"{name:18} {low:7.1f} {middle:7.1f} {high:7.1f} {difference:+11.2f}")


def _milliseconds(api: httpx.Client, email: str, password: str) -> float:
    started = time.perf_counter()
    answer = api.post("/signin", json={"email": email, "password": password})
    assert answer.status_code == 401
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    arguments.add_argument("--rounds", type=int, default=60, help="how often each is tried (60)")
    main(arguments.parse_args().rounds)
