"""The memory of the fakes, in a file: users and their factors outlive a restart of the stack, and so must this."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

FIRST_ID = 10_001
MOST_MESSAGES = 1000


class Memory:
    """A JSON document that is written whole by each `save`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known = json.loads(path.read_text()) if path.exists() else {}
        self.users: dict[str, dict[str, Any]] = known.get("users", {})
        """Authy id → email, phone, calling code, codes by action, when each was sent, codes that were used."""
        self.next_id: int = known.get("next_id", FIRST_ID)
        """The id of the next Authy user; no id is given twice."""
        self.approvals: dict[str, dict[str, Any]] = known.get("approvals", {})
        self.phone_codes: dict[str, dict[str, Any]] = known.get("phone_codes", {})
        self.verifications: dict[str, dict[str, Any]] = known.get("verifications", {})
        self.messages: list[dict[str, Any]] = known.get("messages", [])
        self.faults: dict[str, str] = known.get("faults", {})

    def save(self) -> None:
        """Write the document to the file."""
        content = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(content))
        draft.replace(self._path)

    def send(self, provider: str, channel: str, phone: str, text: str) -> None:
        """Record a text or a call instead of sending it."""
        message = {
            "id": secrets.token_hex(8),
            "at": time.time(),
            "to": phone,
            "subject": f"{'call' if channel == 'call' else 'text message'} from {provider}",
            "text": text,
        }
        self.messages = [*self.messages, message][-MOST_MESSAGES:]
