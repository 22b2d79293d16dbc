"""From the table's stream to the queue: every order that was accepted and is pending.

Accepting an order is one write, and the table's own stream tells of it, so that no accepted order is lost if a function
is killed. An order may be queued twice; it is fulfilled once.
"""

from handlers import env
from handlers.adapters.batches import Record, stream
from handlers.store.orders.queue import OrderQueue

QUEUE = OrderQueue(env.load("ORDERS_QUEUE_URL")["ORDERS_QUEUE_URL"])


@stream("queue orders")
def handler(records: list[Record]) -> None:
    """Queue the orders of these records."""
    images = [record["dynamodb"]["NewImage"] for record in records]
    QUEUE.send([(image["owner"]["S"], image["sk"]["S"]) for image in images])
