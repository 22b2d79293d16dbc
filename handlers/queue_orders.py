"""From the table's stream to the queue: every order that was accepted and waits.

Accepting an order is one write. What follows from it is read from the table's own stream, so that no order is
accepted and then forgotten, at whatever line a function is killed. An order may be queued twice; it is fulfilled once.
"""

from handlers import env
from handlers.batches import Record, stream
from handlers.store.queue import OrderQueue

ENV = env.load("ORDERS_QUEUE_URL")
QUEUE = OrderQueue(ENV["ORDERS_QUEUE_URL"])


@stream("queue orders")
def handler(records: list[Record]) -> None:
    """See the module."""
    images = [record["dynamodb"]["NewImage"] for record in records]
    QUEUE.send([(image["owner"]["S"], image["sk"]["S"]) for image in images])
