"""The events of a stack, from their log group, with the operator's own AWS credentials."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from sallyport.client.stack import aws
from sallyport.client.stack.users import Users

POLL_SECONDS = 1.0
LATE_MILLISECONDS = 60_000  # an event may arrive this much later than newer events
DAY_MILLISECONDS = 86_400_000

Event = dict[str, Any]


def user_id(outputs: Mapping[str, str], email: str) -> str:
    """Return the id of the directory's user. Raises `Failure`."""
    found: str = Users(outputs).show(email)["user"]["id"]
    return found


def read(outputs: Mapping[str, str], since: int, subject: str | None = None) -> list[Event]:
    """Return the events since then, oldest first, each once. `since` in milliseconds of Unix time. Raises `Failure`."""
    wanted = {"filterPattern": f'"{subject}"'} if subject else {}
    group = outputs["events_log_group"]
    pages = aws.call(outputs, "logs", "filter_log_events", logGroupName=group, startTime=since, **wanted)
    events = [json.loads(one["message"]) for page in pages for one in page["events"]]
    by_id = {event["id"]: event for event in events if subject in (None, event.get("subject"))}
    return sorted(by_id.values(), key=lambda event: str(event["time"]))


def follow(outputs: Mapping[str, str], since: int, subject: str | None = None) -> Iterator[Event]:
    """Yield the events since then, then each new one. Raises `Failure`."""
    seen: set[str] = set()
    while True:
        for event in read(outputs, since, subject):
            if event["id"] not in seen:
                seen.add(event["id"])
                yield event
        since = max(since, int(time.time() * 1000) - LATE_MILLISECONDS)
        time.sleep(POLL_SECONDS)


def sentence(event: Event) -> str:
    """Return an event as a line: what has happened, and its details."""
    name = str(event["type"]).removeprefix("sallyport.").rpartition(".")[0]
    details = ", ".join(f"{key}={_text(value)}" for key, value in event["data"].items() if value not in (None, [], ""))
    return f"{name:<26} {details}".rstrip()


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(map(str, value))
    return json.dumps(value) if isinstance(value, bool) else str(value)
