"""The files of the website as they are uploaded.

Documents stand at the root and are asked for anew each time. All else stands in a folder named by the digest of its
content, and is kept by browsers for a year; the documents name that folder.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "web"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Suffix → media type, of the files that are uploaded."""
ANEW = "no-cache"
FOR_A_YEAR = "public, max-age=31536000, immutable"
NOT_FOUND = "404.html"
ASSETS = "/assets/"
"""The folder of everything but documents, as documents name it."""


@dataclass(frozen=True)
class File:
    """A file: its key in the bucket, its content, and the headers that it is served with."""

    key: str
    content: str
    content_type: str
    cache_control: str


def files() -> list[File]:
    """Return the files of `web/`."""
    found = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*")) if path.suffix in TYPES}
    texts = {name: path.read_text(encoding="utf-8") for name, path in found.items()}
    assets = {name: text for name, text in texts.items() if not _is_document(name)}
    folder = f"assets-{_digest(assets)}"
    return [_file(name, text, folder) for name, text in texts.items()]


def _file(name: str, text: str, folder: str) -> File:
    kind = TYPES[Path(name).suffix]
    if _is_document(name):
        return File(name, text.replace(ASSETS, f"/{folder}/"), kind, ANEW)
    return File(f"{folder}/{name}", text, kind, FOR_A_YEAR)


def _is_document(name: str) -> bool:
    return name.endswith((".html", ".txt"))


def _digest(texts: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()[:16]
