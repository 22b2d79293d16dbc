"""The worker of the queue: decides pending orders. Message: {owner, order_id}.

A message may come twice, late, or after the order was changed or cancelled: only a pending order is decided.
"""

from handlers.adapters.batches import messages
from handlers.core.orders import rules
from handlers.functions.orders.orders_context import STORE


@messages("fulfil order", owner=str, order_id=str)
def handler(owner: str, order_id: str) -> str:
    """Decide an order; return the outcome for the log."""
    return rules.fulfil(STORE, owner, order_id)
