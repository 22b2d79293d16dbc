"""Delivery of events, invoked by the subscriptions of log groups, and by the queue of what could not be delivered.

Events go to their log group and to the event bus. What one of them does not take goes to the queue, which brings it
again until it is delivered, for 12 days. If the queue is down too, the function fails, and Lambda and CloudWatch Logs
repeat the delivery. Readers may get an event twice; its `id` is the same.

Source: CloudWatch Logs User Guide, "Subscription filters with AWS Lambda".
"""

import base64
import gzip
import json
import time
from typing import Any

from handlers import env
from handlers.adapters.batches import messages
from handlers.adapters.http import Event, cause, log
from handlers.store.event_delivery import SINKS, CloudEvent, EventDelivery, Sink

ENV = env.load("EVENTS_LOG_GROUP", "EVENT_BUS", "UNDELIVERED_QUEUE_URL", "STAGE")
DELIVERY = EventDelivery(ENV["EVENTS_LOG_GROUP"], ENV["EVENT_BUS"], ENV["UNDELIVERED_QUEUE_URL"], ENV["STAGE"])
LABEL = "deliver events"


def handler(event: Event, context: Any) -> Any:
    """Deliver the events of log lines, or of messages of the queue."""
    return redeliver(event, context) if "Records" in event else _deliver(event, context)


@messages(LABEL, sink=str, events=list)
def redeliver(sink: Sink, events: list[CloudEvent]) -> str:
    """Deliver the events of a message again; an error leaves it in the queue."""
    DELIVERY.deliver(sink, events)
    return "redelivered"


def _deliver(event: Event, context: Any) -> None:
    started = time.perf_counter()
    events = [DELIVERY.complete(one["message"]) for one in _lines(event)]
    outcome = "ok"
    for sink in SINKS:
        try:
            DELIVERY.deliver(sink, events)
        except Exception as error:  # noqa: BLE001 whatever it is, nothing may be lost
            outcome = f"queued for {sink}: {cause(error)}"
            DELIVERY.queue(sink, events)
    log(LABEL, 200, outcome, started, context)


def _lines(event: Event) -> list[dict[str, Any]]:
    content = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    lines: list[dict[str, Any]] = content["logEvents"]
    return lines
