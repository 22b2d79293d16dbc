"""handlers.core.orders.rules"""

import secrets
from dataclasses import replace

import pytest

from handlers.core.orders import rules
from handlers.core.orders.errors import OrderNotFound
from handlers.core.orders.types import Order, Status
from handlers.errors import BadRequest, Contended

NOW = 1_800_000_000.5


class Store:
    """A store of one order, which another caller changes a number of times while it is being changed."""

    def __init__(self, order: Order | None, races: int = 0) -> None:
        self.order, self.races = order, races

    def find(self, owner: str, order_id: str) -> Order | None:
        return self.order

    def replace(self, seen: Order, successor: Order) -> bool:
        assert self.order is not None
        if self.races:
            self.races -= 1
            self.order = replace(self.order, version=self.order.version + 1)
        if self.order.version != seen.version:
            return False
        self.order = successor
        return True


def placed(quantity: int = 2, *, later: bool = False) -> Order:
    return rules.place("ada", "trattoria", quantity, later=later, now=NOW, random=secrets.token_bytes)


def test_an_order_is_decided_at_once_or_later() -> None:
    assert placed().status is Status.SUCCESS
    assert placed(101).status is Status.FAILURE
    assert placed(later=True).status is Status.PENDING


def test_ids_are_in_the_order_of_time() -> None:
    later = rules.place("ada", "x", 1, later=False, now=NOW + 0.002, random=secrets.token_bytes)

    assert placed().id < later.id
    assert rules.read_id(later.id) == later.id


@pytest.mark.parametrize(("races", "tries"), [(0, 1), (4, 5)])
def test_a_change_wins_after_others_have_changed_the_order(races: int, tries: int) -> None:
    changed = rules.put(Store(placed(), races), "ada", "id", "pizzeria", 3)

    assert (changed.restaurant_id, changed.quantity, changed.version) == ("pizzeria", 3, tries + 1)


def test_a_change_gives_up_when_others_never_stop() -> None:
    with pytest.raises(Contended):
        rules.put(Store(placed(), 99), "ada", "id", "pizzeria", 3)
    with pytest.raises(OrderNotFound):
        rules.put(Store(None), "ada", "id", "pizzeria", 3)


def test_a_pending_order_is_fulfilled_once() -> None:
    store = Store(placed(later=True))

    assert [rules.fulfil(store, "ada", "id") for _ in range(2)] == ["success", "decided already"]
    assert rules.fulfil(Store(None), "ada", "id") == "gone"
    with pytest.raises(Contended):
        rules.fulfil(Store(placed(later=True), 1), "ada", "id")


def test_an_idempotency_key_is_claimed_for_its_request() -> None:
    order = placed()

    first, again = (rules.claim(order, "key", NOW) for _ in range(2))

    assert first == again
    assert rules.claim(order, None, NOW) is None
    for key in ("", "x" * 256, "a b", "é"):
        with pytest.raises(BadRequest):
            rules.claim(order, key, NOW)


@pytest.mark.parametrize(("limit", "size"), [(None, 25), ("1", 1), ("100", 100)])
def test_a_page_has_a_size(limit: str | None, size: int) -> None:
    assert rules.page_size(limit) == size


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "x", "", "１"])
def test_other_sizes_are_refused(limit: str) -> None:
    with pytest.raises(BadRequest):
        rules.page_size(limit)


def test_a_page_names_its_successor() -> None:
    orders = [placed() for _ in range(3)]

    assert rules.page(orders, 2).next == orders[1].id
    assert rules.page(orders, 3).next is None


@pytest.mark.parametrize(
    ("prefer", "later"),
    [("respond-async", True), ("wait=1, Respond-Async; x=y", True), ("return=minimal", False), (None, False)],
)
def test_the_caller_may_prefer_to_wait_for_nothing(prefer: str | None, later: bool) -> None:
    assert rules.wants_later(prefer) is later
