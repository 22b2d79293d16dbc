"""Orders: placed once, seen by their owner alone, fulfilled once, whatever is sent twice, late or broken."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.core.orders import rules
from handlers.core.orders.rules import KITCHEN_CAPACITY
from sallyport.client.stack.local_stack import LocalStack
from tests.proofs.test_races import CROWD, at_once
from tests.support.handlers import Answer, Handlers, new_address

ISSUER = "https://issuer.example.com"
WAIT_SECONDS = 30


class Customer:
    """Somebody with orders of their own, whom the authorizer has allowed."""

    def __init__(self, handlers: Handlers, subject: str | None = None, issuer: str = ISSUER) -> None:
        self._handlers = handlers
        self.subject = subject or new_address()
        self.owner = rules.owner_of(issuer, self.subject)
        self._caller = {"authorizer": {"lambda": {"sub": self.subject, "iss": issuer}}}

    def call(self, handler: str, body: Any = None, id_: str = "", **event: Any) -> Answer:
        around = {"pathParameters": {"id": id_}, "requestContext": self._caller}
        return self._handlers.call(handler, body, **{**around, **event})

    def place(self, quantity: int = 2, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("create_order", {"restaurant_id": "trattoria", "quantity": quantity}, headers=sent)

    def place_later(self, quantity: int = 2, **headers: str) -> str:
        answer = self.place(quantity, prefer="respond-async", **headers)
        assert (answer.status, answer.body["status"]) == (202, "PENDING")
        return str(answer.body["id"])

    def status(self, id_: str) -> str:
        return str(self.call("show_order", id_=id_).body["status"])

    def all(self, limit: int = 100) -> list[str]:
        """Return the ids, page by page."""
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
            page = self.call("list_orders", queryStringParameters=query).body
            assert len(page["orders"]) <= limit
            found += [order["id"] for order in page["orders"]]
            cursor = page["next"]
        return found


@pytest.fixture
def ada(handlers: Handlers) -> Customer:
    return Customer(handlers)


@pytest.fixture
def paused(stack: LocalStack) -> Iterator[None]:
    """Pause the table's stream until the test is over, so that accepted orders are not queued."""
    lambda_ = stack.aws("lambda")
    stream = next(entry.id for entry in stack.state.entries.values() if entry.name == "orders-stream")
    lambda_.update_event_source_mapping(UUID=stream, Enabled=False)
    yield
    lambda_.update_event_source_mapping(UUID=stream, Enabled=True)


def work(handlers: Handlers, *bodies: str) -> list[str]:
    """Give the worker messages; return the ids of those that failed."""
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    answer = handlers.module("fulfil_orders").handler({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def message(customer: Customer, id_: str) -> str:
    return json.dumps({"owner": customer.owner, "order_id": id_})


def test_five_hundred_orders_come_in_pages_in_the_same_order_each_time(ada: Customer) -> None:
    placed = [ada.place().body["id"] for _ in range(500)]

    by_hundred, by_seven = ada.all(100), ada.all(7)

    assert by_hundred == by_seven == sorted(placed, reverse=True)


def test_orders_of_others_are_not_there(handlers: Handlers, ada: Customer) -> None:
    """Neither another subject, nor the same subject of another issuer."""
    placed = ada.place().body["id"]
    strangers = [Customer(handlers), Customer(handlers, ada.subject, "https://other.example.com")]

    for stranger in strangers:
        answers = [
            stranger.call("show_order", id_=placed),
            stranger.call("change_order", {"restaurant_id": "x", "quantity": 1}, placed),
            stranger.call("cancel_order", id_=placed),
        ]
        assert {(answer.status, answer.body["code"]) for answer in answers} == {(404, "not_found")}
        assert stranger.all() == []
    assert ada.call("show_order", id_=placed).body["quantity"] == 2


@pytest.mark.parametrize("id_", ["", "x", "0" * 31, "0" * 33, "0" * 31 + "G", "../" * 20, "x" * 5000, "é"])
def test_what_can_be_no_id_is_not_found(ada: Customer, id_: str) -> None:
    assert ada.call("show_order", id_=id_).status == 404
    assert ada.call("cancel_order", id_=id_).status == 404


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"limit": "²"}, {"limit": ""}, {"cursor": "x"}]
)
def test_a_listing_that_cannot_be_is_refused(ada: Customer, query: dict[str, str]) -> None:
    answer = ada.call("list_orders", queryStringParameters=query)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")


def test_an_order_that_is_too_large_for_the_kitchen_fails(ada: Customer) -> None:
    assert ada.place(KITCHEN_CAPACITY).body["status"] == "SUCCESS"
    assert ada.place(KITCHEN_CAPACITY + 1).body["status"] == "FAILURE"


@pytest.mark.parametrize("prefer", ["wait=1", "respond-async"])
def test_fifty_requests_with_one_key_place_one_order(ada: Customer, prefer: str) -> None:
    answers = at_once(lambda _: ada.place(idempotency_key="the-same", prefer=prefer))

    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) <= {201, 202, 503}
    assert statuses[503] < CROWD, "503 says try again, and some need not"
    assert len({answer.body["id"] for answer in answers if answer.status != 503}) == 1
    assert len(ada.all()) == 1


def test_a_key_that_comes_back_gets_the_answer_of_then(ada: Customer) -> None:
    first = ada.place(idempotency_key="k")
    ada.call("change_order", {"restaurant_id": "other", "quantity": 7}, first.body["id"])
    ada.call("cancel_order", id_=first.body["id"])

    again = ada.place(idempotency_key="k")

    assert (again.status, again.body, again.headers["location"]) == (201, first.body, first.headers["location"])
    assert ada.all() == []


def test_a_key_is_for_one_request_of_one_owner(handlers: Handlers, ada: Customer) -> None:
    ada.place(2, idempotency_key="k")

    assert ada.place(3, idempotency_key="k").body["code"] == "idempotency_key_reused"
    assert ada.place(2, idempotency_key="k", prefer="respond-async").status == 422
    assert Customer(handlers).place(3, idempotency_key="k").status == 201
    assert len(ada.all()) == 1


def test_a_key_of_yesterday_is_free_again(ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when DynamoDB has not yet deleted it: that takes up to days."""
    ada.place(2, idempotency_key="k")
    present = time.time
    monkeypatch.setattr(time, "time", lambda: present() + rules.KEY_SECONDS + 1)

    assert ada.place(3, idempotency_key="k").status == 201
    assert len(ada.all()) == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 256, "é", "\n"])
def test_a_key_that_is_none_is_refused_and_nothing_is_placed(ada: Customer, key: str) -> None:
    assert ada.place(idempotency_key=key).status == 400
    assert ada.all() == []


def test_an_accepted_order_is_fulfilled_by_the_deployed_worker(ada: Customer) -> None:
    small, large = ada.place_later(2), ada.place_later(KITCHEN_CAPACITY + 1)

    deadline = time.monotonic() + WAIT_SECONDS
    while "PENDING" in (ada.status(small), ada.status(large)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert (ada.status(small), ada.status(large)) == ("SUCCESS", "FAILURE")


def test_a_message_that_comes_twice_changes_nothing_twice(
    handlers: Handlers, ada: Customer, paused: None, capsys: pytest.CaptureFixture[str]
) -> None:
    placed = ada.place_later()
    assert work(handlers, message(ada, placed)) == []
    version = _version(handlers, ada, placed)

    capsys.readouterr()
    assert work(handlers, message(ada, placed), message(ada, placed)) == []
    assert capsys.readouterr().out.count('"reason": "decided already"') == 2

    assert (ada.status(placed), _version(handlers, ada, placed)) == ("SUCCESS", version)


def test_a_message_that_comes_after_a_change_does_not_undo_it(handlers: Handlers, ada: Customer, paused: None) -> None:
    placed = ada.place_later(KITCHEN_CAPACITY + 1)
    ada.call("change_order", {"restaurant_id": "other", "quantity": 3}, placed)

    assert work(handlers, message(ada, placed)) == []

    assert ada.call("show_order", id_=placed).body["quantity"] == 3
    assert ada.status(placed) == "SUCCESS"


def test_a_message_about_a_cancelled_order_is_done(handlers: Handlers, ada: Customer, paused: None) -> None:
    placed = ada.place_later()
    ada.call("cancel_order", id_=placed)

    assert work(handlers, message(ada, placed)) == []
    assert ada.all() == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        '"x"',
        "{}",
        '{"owner": "a"}',
        '{"owner": 1, "order_id": 2}',
        '{"owner": "a", "order_id": "b", "c": 1}',
    ],
)
def test_a_broken_message_fails_alone(handlers: Handlers, ada: Customer, paused: None, body: str) -> None:
    first, last = ada.place_later(), ada.place_later()

    assert work(handlers, message(ada, first), body, message(ada, last)) == ["1"]

    assert (ada.status(first), ada.status(last)) == ("SUCCESS", "SUCCESS")


def test_a_broken_message_ends_among_the_dead_letters_and_blocks_nobody(
    handlers: Handlers, ada: Customer, stack: LocalStack
) -> None:
    sqs = stack.aws("sqs")
    queue, dead = (
        next(entry.id for entry in stack.state.entries.values() if entry.name == name)
        for name in ("orders-queue", "orders-dead-letters")
    )
    seconds = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    try:
        sqs.send_message(QueueUrl=queue, MessageBody="broken")
        placed = ada.place_later()
        received = _receive(sqs, dead)
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=seconds)

    assert received == "broken"
    assert ada.status(placed) == "SUCCESS"


def test_orders_are_queued_in_batches_and_none_is_dropped(
    handlers: Handlers, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[list[Any]] = []

    class Queue:
        def call(self, operation: str, *, Entries: list[Any], **_: Any) -> dict[str, Any]:  # noqa: N803 AWS's name
            assert operation == "SendMessageBatch"
            sent.append(Entries)
            return {"Failed": [{"Id": "0"}]} if len(sent) == 3 else {}

    monkeypatch.setattr("handlers.store.orders.queue.client", lambda _: Queue())
    image = {"owner": {"S": "o"}, "sk": {"S": "i"}}
    event = {"Records": [{"dynamodb": {"NewImage": image}}] * 25}

    with pytest.raises(RuntimeError, match="the batch failed"):
        handlers.module("queue_orders").handler(event, None)

    assert [len(entries) for entries in sent] == [10, 10, 5]


def _version(handlers: Handlers, customer: Customer, id_: str) -> str:
    key = {"pk": {"S": f"orders#{customer.owner}"}, "sk": {"S": id_}}
    table = handlers.environment["ORDERS_TABLE_NAME"]
    item = handlers.stack.aws("dynamodb").get_item(TableName=table, Key=key)["Item"]
    version: str = item["version"]["N"]
    return version


def _receive(sqs: Any, queue: str) -> str | None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        for found in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=found["ReceiptHandle"])
            return str(found["Body"])
    return None
