"""Pages in a browser that come anew when they were saved, while `sallyport up` watches.

The distribution stays as it is declared: a line is added to its documents on their way out, and only then. The line's
script asks for the entity tag of its page, which changes with every file of the site, since documents name the folder
of all others.
"""

from collections.abc import Mapping
from pathlib import Path

FLAG = "watched"
PATH = "/_sallyport/reload.js"
LINE = f'<script type="module" src="{PATH}"></script>\n</head>'.encode()
SCRIPT = b"""
const tag = async () => {
  const answer = await fetch(location.pathname, { method: "HEAD", cache: "no-store" }).catch(() => null);
  return answer && answer.ok ? answer.headers.get("etag") : null;
};
const first = await tag();
const timer = setInterval(async () => {
  const now = await tag();
  if (now && now !== first) {
    clearInterval(timer);
    location.reload();
  }
}, 500);
"""
SCRIPT_HEADERS = {"content-type": "text/javascript; charset=utf-8", "cache-control": "no-store"}


class LiveReload:
    """`flag` is a file that is there while somebody watches."""

    def __init__(self, flag: Path) -> None:
        self._flag = flag

    def added(self, headers: Mapping[str, str | list[str]], content: bytes) -> bytes:
        """Return the content of an answer, with the line if it is a document and somebody watches."""
        kind = next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")
        if not kind.startswith("text/html") or not self._flag.exists():
            return content
        return content.replace(b"</head>", LINE, 1)
