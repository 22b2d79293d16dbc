"""The queue of orders that wait."""

import json
from collections.abc import Sequence

from handlers.store.aws import client

MAX_BATCH = (
    10  # of SQS, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
)


class NotQueued(Exception):
    """A batch that the queue did not take as a whole; all of it may be sent again."""


class OrderQueue:
    """The queue of pending orders, as (owner, order id)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, orders: Sequence[tuple[str, str]]) -> None:
        """One call for ten. Raises `NotQueued`."""
        for start in range(0, len(orders), MAX_BATCH):
            entries = [
                {"Id": str(number), "MessageBody": json.dumps({"owner": owner, "order_id": order_id})}
                for number, (owner, order_id) in enumerate(orders[start : start + MAX_BATCH])
            ]
            answer = client("sqs").call("SendMessageBatch", QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise NotQueued
