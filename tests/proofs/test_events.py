"""Events of the deployed stack: they reach the log group and the bus, and none is lost while these fail."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest
from jsonschema import Draft202012Validator

from contract.events import EVENT_TYPES, AuthenticationRefused, SessionStarted, UserEnabled, schema
from handlers.store.event_delivery import EventDelivery
from sallyport.client.stack.local_stack import LocalStack
from tests.proofs.account_probes import _subscription
from tests.proofs.mfa_probes import mails_to
from tests.proofs.privileges import Probes
from tests.support.handlers import PASSWORD, Handlers

PATIENCE_SECONDS = 30
T = TypeVar("T")


@pytest.fixture
def api(outputs: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=outputs["api_url"], timeout=60) as client:
        yield client


def events_of(handlers: Handlers, subject: str) -> list[dict[str, Any]]:
    group = handlers.stack.state.outputs["events_log_group"]
    pages = handlers.stack.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    return [line for line in lines if line.get("subject") == subject]


def until(act: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := act()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found
    return found


def test_a_sign_in_and_a_refusal_are_events_as_their_schemas_say(handlers: Handlers, api: httpx.Client) -> None:
    user = handlers.user()
    api.post("/signin", json={"email": user.address, "password": "wrong"})
    api.post("/signin", json={"email": user.address, "password": PASSWORD})

    refused, started = until(lambda: _both(events_of(handlers, user.id)))

    assert (refused["type"], refused["data"]) == (AuthenticationRefused.type, {"factor": "password", "reason": "wrong"})
    assert "actor" not in refused, "whoever was refused is not known to be the user"
    assert (started["type"], started["data"]["amr"]) == (SessionStarted.type, ["pwd"])
    assert (started["source"], started["actor"], started["network"]) == ("sallyport/local", user.id, "127.0.0.0/24")
    for event in (refused, started):
        Draft202012Validator(schema(EVENT_TYPES[event["type"]])).validate(event)
        assert user.address not in json.dumps(event)


def _both(found: list[T]) -> list[T] | None:
    return found if len(found) == 2 else None


def test_a_new_place_is_told_by_mail_and_its_link_ends_the_session(handlers: Handlers, api: httpx.Client) -> None:
    """The user has signed up from another network than that of the sign-in."""
    user = handlers.user()
    tokens = api.post("/signin", json={"email": user.address, "password": PASSWORD}).json()

    (text,) = until(lambda: mails_to(handlers, user.address, "A new sign-in to your account"))

    assert "Device: a Python program\nNetwork: 127.0.0.0/24" in text
    assert api.post("/undo", json={"token": text.split("/undo#")[1].split()[0]}).status_code == 204
    assert api.post("/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code == 401


@pytest.mark.parametrize("what", ["LogEvents", "PutEvents"])
def test_what_cannot_be_delivered_refuses_nobody_and_waits(
    handlers: Handlers,
    api: httpx.Client,
    probes: Probes,
    removed: Callable[[str, str], None],
    stack: LocalStack,
    what: str,
) -> None:
    removed("deliver-events", what)
    subject = secrets.token_hex(16)

    answer = api.post("/signin", json={"email": handlers.user().address, "password": PASSWORD})
    probes._invoked("deliver-events", _subscription(subject))

    assert answer.status_code == 200
    (waiting,) = until(lambda: _waiting(stack, subject))
    sink = json.loads(waiting)["sink"]
    assert sink == ("log" if what == "LogEvents" else "bus")
    _delivery(handlers).deliver(sink, json.loads(waiting)["events"])


def _waiting(stack: LocalStack, subject: str) -> list[str]:
    """Return the messages about this user in the queue, whether or not they are being delivered at the moment."""
    found = httpx.get(f"{stack.cloud.url}/_ministack/sqs/messages", timeout=30).json()["messages"]
    queues = [queue for of_region in found.values() for queues in of_region.values() for queue in queues.items()]
    of_queue = [message for url, messages in queues if "undelivered" in url for message in messages]
    bodies = [str(message.get("Body", message.get("body"))) for message in of_queue]
    return [body for body in bodies if subject in body]


def _delivery(handlers: Handlers) -> EventDelivery:
    names = ("EVENTS_LOG_GROUP", "EVENT_BUS", "UNDELIVERED_QUEUE_URL", "STAGE")
    return EventDelivery(*(handlers.environment[name] for name in names))


def test_every_event_type_has_a_schema_that_is_valid_and_a_version() -> None:
    assert UserEnabled.type in EVENT_TYPES
    for name, event in EVENT_TYPES.items():
        assert name.startswith("sallyport.")
        assert name.endswith(".v1")
        Draft202012Validator.check_schema(schema(event))
