"""The protocol of the store of orders."""

from typing import Protocol

from handlers.core.orders.types import Order


class OrderStore(Protocol):
    """The store of orders."""

    def find(self, owner: str, order_id: str) -> Order | None:
        """Return the order."""

    def replace(self, seen: Order, successor: Order) -> bool:
        """Store the successor if the order has not changed since it was read."""
