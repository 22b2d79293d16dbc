"""Requests and answers of the fakes, and the faults that their answers may have."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

FAULTS = ("timeout", "500", "html", "truncated", "duplicate", "429")
UNDONE = ("500", "html", "429")
"""Faults with which nothing was done; with the others it was done, and only the answer is spoilt."""
TIMEOUT_SECONDS = 6
HTML = b"<html><body><h1>Service Unavailable</h1></body></html>"


@dataclass(frozen=True)
class Request:
    """A request to a fake."""

    method: str
    path: str
    """The path below the prefix of the fake."""
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of an `application/x-www-form-urlencoded` body."""
        return dict(parse_qsl(self.body.decode(errors="replace")))

    @property
    def json(self) -> dict[str, Any]:
        """The object in an `application/json` body; empty for anything else."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}


@dataclass(frozen=True)
class Answer:
    """A fake's answer: JSON without spaces, as both providers write it."""

    status: int
    content: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The body as bytes."""
        return json.dumps(self.content, separators=(",", ":")).encode()


def spoil(fault: str, answer: Answer | None) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an answer with this fault; `answer` is None where nothing was done."""
    if fault == "429":
        return 429, {"retry-after": "7"}, b'{"error_code":"60003","code":20429,"message":"Too many","success":false}'
    if fault == "500":
        return 500, {}, b'{"message":"Internal Server Error","success":false}'
    if fault == "html" or answer is None:
        return 200, {"content-type": "text/html"}, HTML
    body = {"truncated": answer.body[: len(answer.body) // 2], "duplicate": answer.body * 2}.get(fault, answer.body)
    return answer.status, answer.headers, body
