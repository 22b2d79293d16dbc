"""Delivery of events: to their log group and to the event bus, and to a queue while one of these is down."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from contract.events import SOURCE
from handlers.store.aws import AwsError, client

Sink = Literal["log", "bus"]
SINKS: tuple[Sink, ...] = ("log", "bus")

MOST_ENTRIES = 10  # EventBridge API Reference, PutEvents
MOST_QUEUED = 100  # events of one message: far below the 256 KiB of SQS

CloudEvent = dict[str, Any]


class NotDelivered(Exception):
    """A sink that has not taken all events. All of them may be sent again: readers tell them apart by their ids."""


class EventDelivery:
    """The sinks of events of one stage, and the queue for what they do not take."""

    def __init__(self, log_group: str, bus: str, queue_url: str, stage: str) -> None:
        self._log_group, self._bus, self._queue_url = log_group, bus, queue_url
        self._source = f"{SOURCE}/{stage}"

    def complete(self, line: str) -> CloudEvent:
        """Return the event of a log line, with its source."""
        return {**json.loads(line), "source": self._source}

    def deliver(self, sink: Sink, events: Sequence[CloudEvent]) -> None:
        """Send the events to one sink. Raises `NotDelivered` and `AwsError`."""
        if sink == "log":
            self._log(sorted(events, key=lambda event: str(event["time"])))
        else:
            self._put(events)

    def queue(self, sink: Sink, events: Sequence[CloudEvent]) -> None:
        """Send the events to the queue, from which the sink gets them later."""
        for start in range(0, len(events), MOST_QUEUED):
            body = json.dumps({"sink": sink, "events": events[start : start + MOST_QUEUED]})
            client("sqs").call("SendMessage", QueueUrl=self._queue_url, MessageBody=body)

    def _log(self, events: Sequence[CloudEvent]) -> None:
        """Write to the stream of the first event's day, which may have to be created."""
        stream = str(events[0]["time"])[:10]
        lines = [{"timestamp": _milliseconds(event["time"]), "message": json.dumps(event)} for event in events]
        request = {"logGroupName": self._log_group, "logStreamName": stream, "logEvents": lines}
        try:
            client("logs").call("PutLogEvents", **request)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            _create_stream(self._log_group, stream)
            client("logs").call("PutLogEvents", **request)

    def _put(self, events: Sequence[CloudEvent]) -> None:
        entries = [
            {
                "EventBusName": self._bus,
                "Source": SOURCE,
                "DetailType": event["type"],
                "Time": _milliseconds(event["time"]) / 1000,
                "Detail": json.dumps(event),
            }
            for event in events
        ]
        for start in range(0, len(entries), MOST_ENTRIES):
            answer = client("events").call("PutEvents", Entries=entries[start : start + MOST_ENTRIES])
            if answer["FailedEntryCount"]:
                raise NotDelivered


def _create_stream(group: str, stream: str) -> None:
    try:
        client("logs").call("CreateLogStream", logGroupName=group, logStreamName=stream)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":  # by another instance of this function
            raise


def _milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)
