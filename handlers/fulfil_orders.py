"""The worker: decides orders that wait. Message: {owner, order_id}.

A message may come twice, late, or after the order was changed or cancelled: only an order that still waits is decided.
"""

from handlers.batches import messages
from handlers.core import orders
from handlers.ordering import TABLE


@messages("fulfil order", "owner", "order_id")
def handler(owner: str, order_id: str) -> str:
    """See the module."""
    return orders.fulfil(TABLE, owner, order_id)
