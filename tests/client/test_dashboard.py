"""`sallyport dashboard`: what has happened at the stack is in its numbers."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sallyport.client import sparklines
from sallyport.client.stack.local_stack import LocalStack
from sallyport.client.stack.metrics import Series, Snapshot
from tests.local.test_cloud import Terminal
from tests.support.handlers import PASSWORD, Handlers, new_address

DELIVERED_SECONDS = 120
"""An event comes by way of a log, a function and another log; how long it takes depends on the machine."""

Numbers = dict[str, Any]


@pytest.fixture
def terminal(stack: LocalStack) -> Terminal:
    return Terminal(stack.home)


def numbers(terminal: Terminal) -> Numbers:
    answers: Numbers = json.loads(terminal.run("dashboard", "--json").stdout)["answers"]
    return answers


def until(terminal: Terminal, is_there: Callable[[Numbers], bool]) -> Numbers:
    ends = time.monotonic() + DELIVERED_SECONDS
    while not is_there(found := numbers(terminal)):
        assert time.monotonic() < ends, found
    return found


def value(found: Numbers, title: str, label: str) -> float:
    return float(found[title][label]["value"] or 0)


def test_a_refused_and_an_accepted_sign_in_are_counted(
    stack: LocalStack, handlers: Handlers, terminal: Terminal
) -> None:
    user, before = handlers.user(), numbers(terminal)
    for address, password in ((user.address, PASSWORD), (user.address, "wrong"), (new_address(), PASSWORD)):
        body = {"email": address, "password": password}
        httpx.post(f"{stack.state.outputs['api_url']}/signin", json=body, timeout=60)
    expected = [
        ("Sign-ins by assurance", "password", 1),
        ("Refusals by reason", "wrong", 1),
        ("Refusals by reason", "unknown_address", 1),
        ("Refusals by factor", "password", 2),
        ("Requests", "all", 3),
        ("Requests", "4xx", 2),
    ]

    after = until(
        terminal, lambda now: all(value(now, *one) >= value(before, *one) + count for *one, count in expected)
    )

    assert value(after, "Latency in ms", "p99") > 0


def test_a_dead_letter_is_seen_as_long_as_it_waits(stack: LocalStack, terminal: Terminal) -> None:
    queues = stack.aws("sqs")
    name = json.loads(stack.state.outputs["watched"])["dead_letters"]["orders-dead-letters"]
    url = queues.get_queue_url(QueueName=name)["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="{}")
    try:  # a minute that begins while the command runs is asked for by the next one
        until(terminal, lambda now: value(now, "Dead letters", "orders-dead-letters") >= 1)
    finally:
        queues.purge_queue(QueueUrl=url)


def test_a_person_reads_it_at_a_glance(terminal: Terminal) -> None:
    shown = terminal.run("dashboard", "--since", "30")

    assert shown.returncode == 0
    assert "local since " in shown.stdout
    for title in ("Sign-ins by assurance", "Requests", "Dead letters", "Age of the signing keys in days"):
        assert title in shown.stdout


def test_outputs_of_an_older_stack_are_refused_in_a_sentence(terminal: Terminal, stack: LocalStack) -> None:
    outputs = {**stack.state.outputs, "watched": "{}"}
    file = stack.home / "older.json"
    file.write_text(json.dumps(outputs))

    refused = terminal.run("dashboard", "--outputs", str(file))

    assert refused.returncode == 2
    assert refused.stderr == "Error: The output watched is not as it is now: deploy the stack again.\n"


def test_a_sparkline_rises_from_nothing_to_the_largest_value() -> None:
    assert sparklines.sparkline([None, 0, 1, 7]) == "·▁▂█"
    assert sparklines.sparkline([0, 0]) == "▁▁"
    assert sparklines.sparkline([]) == ""


def test_counts_are_summed_and_other_values_are_the_last() -> None:
    assert Series("all", True, (1, None, 2)).value == 3
    assert Series("p99", False, (1, 2, None)).value == 2
    assert Series("p99", False, (None,)).value is None


def test_alarms_come_first_with_their_runbooks() -> None:
    raised = Snapshot(0, 60, {}, {"dead-letters": "ALARM", "late-stream": "OK"})
    quiet = Snapshot(0, 60, {}, {"dead-letters": "OK"})

    assert _text(raised) == ["✗ dead-letters: docs/runbooks.md#dead-letters"]
    assert _text(quiet) == ["1 alarms, none raised"]


def _text(snapshot: Snapshot) -> list[str]:
    from rich.console import Console

    console = Console(width=200)
    with console.capture() as captured:
        console.print(sparklines.drawn(snapshot, "prod"))
    return [line.strip() for line in captured.get().splitlines()[1:] if line.strip()]
