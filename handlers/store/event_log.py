"""Events as lines of the function's own log. A subscription of the log group brings them to the function that delivers
them, so that a request neither waits for a delivery nor fails by one.
"""

import json
import secrets
from datetime import UTC, datetime

import msgspec

from contract.events import MARK, SPEC_VERSION, Event
from handlers.store.event_origin import origin


class LogEvents:
    """Implements `core.ports.Events`."""

    def emit(self, event: Event, user_id: str | None = None) -> None:
        """Print one line; no call."""
        now = origin.get()
        line = {
            MARK: SPEC_VERSION,
            "type": event.type,
            "id": secrets.token_hex(16),
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "subject": user_id,
            "actor": now.actor or (user_id if event.is_by_subject else None),
            "network": now.network,
            "requestid": now.request_id,
            "data": msgspec.to_builtins(event),
        }
        print(json.dumps({name: value for name, value in line.items() if value not in (None, "")}), flush=True)
