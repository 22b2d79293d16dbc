"""The events of a stack, from their log group, with the operator's own AWS credentials."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from sallyport.client.stack import aws
from sallyport.client.stack.users import Users

POLL_SECONDS = 1.0
USER_ID = re.compile("[0-9a-f]{32}")
LATE_MILLISECONDS = 60_000  # an event may arrive this much later than newer events
DAY_MILLISECONDS = 86_400_000

Event = dict[str, Any]


def user_id(outputs: Mapping[str, str], user: str) -> str:
    """Return the id of the directory's user of this address; of an id, itself, since users are deleted, events are not.

    Raises `Failure`.
    """
    if USER_ID.fullmatch(user):
        return user
    found: str = Users(outputs).show(user)["user"]["id"]
    return found


def read(outputs: Mapping[str, str], since: int, subject: str | None = None) -> list[Event]:
    """Return the events since then, oldest first, each once. `since` in milliseconds of Unix time. Raises `Failure`."""
    wanted = {"filterPattern": f'"{subject}"'} if subject else {}
    group = outputs["events_log_group"]
    pages = aws.call(outputs, "logs", "filter_log_events", logGroupName=group, startTime=since, **wanted)
    events = [json.loads(one["message"]) for page in pages for one in page["events"]]
    by_id = {event["id"]: event for event in events if subject in (None, event.get("subject"))}
    return sorted(by_id.values(), key=lambda event: str(event["time"]))


def follow(outputs: Mapping[str, str], since: int, subject: str | None, type_: str, tail: int) -> Iterator[Event]:
    """Yield the last `tail` events since then whose type has this in it, then each new one; all of before for 0.

    Raises `Failure`.
    """
    seen: set[str] = set()
    while True:
        found = [event for event in read(outputs, since, subject) if type_ in event["type"]]
        yield from (event for event in found[-tail:] if event["id"] not in seen)
        seen.update(event["id"] for event in found)
        tail = 0
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
