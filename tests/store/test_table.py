"""handlers.store.table: writes that meet a transaction on the same item."""

from collections.abc import Callable

import pytest

from handlers.errors import Contended
from handlers.store import retry
from handlers.store.table import Table
from tests.support.faulty_aws import Server, error, says, server

__all__ = ["server"]

ITEM = {"pk": "x", "sk": "y"}
CONDITION = {"Key": ITEM, "ConditionExpression": "attribute_exists(pk)"}
CONFLICT = error(400, "TransactionConflictException")
WRITES: dict[str, Callable[[Table], object]] = {
    "put": lambda table: table.put(ITEM),
    "put_new": lambda table: table.put_new(ITEM),
    "update": lambda table: table.update({**CONDITION, "UpdateExpression": "SET a = a"}),
    "delete": lambda table: table.delete(ITEM),
    "delete_if": lambda table: table.delete_if(CONDITION),
    "transact": lambda table: table.transact([{"Delete": CONDITION}]),
}
of_all_writes = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "CONFLICT_SECONDS", 0)


@of_all_writes
def test_a_write_that_meets_a_transaction_is_repeated(server: Server, write: Callable[[Table], object]) -> None:
    server.plan(CONFLICT, CONFLICT, says(b"{}"))

    write(Table("t"))

    assert len(server.requests) == 3


@of_all_writes
def test_a_write_that_meets_only_transactions_is_refused(server: Server, write: Callable[[Table], object]) -> None:
    server.plan(*[CONFLICT] * retry.CONFLICT_ROUNDS)

    with pytest.raises(Contended):
        write(Table("t"))

    assert len(server.requests) == retry.CONFLICT_ROUNDS
