"""Where tokens are kept between two commands: the system's keyring, or a file that only its owner can read."""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal

import click

from client.errors import Failure
from client.oauth import Tokens

SERVICE = "sallyport"
UNFIT = ("fail", "null")  # backends that keep nothing


@dataclass(frozen=True)
class Session:
    """Who is signed in at which stack: by which name, through which door, with which client of the pool; the tokens."""

    stack: str
    door: Literal["pool", "api"]
    client: str
    name: str
    tokens: Tokens


def load(api_url: str) -> Session | None:
    """The session at this stack."""
    text = _keyring_get(api_url) or _read().get(api_url)
    if text is None:
        return None
    try:
        content = json.loads(text)
        return Session(**{**content, "tokens": Tokens(**content["tokens"])})
    except (ValueError, TypeError, KeyError):
        return None  # of another version, or spoilt: sign in again


def save(api_url: str, session: Session) -> str:
    """Keep the session, and say where. One place holds it, not two."""
    text = json.dumps(asdict(session))
    if _keyring_set(api_url, text):
        _write({url: kept for url, kept in _read().items() if url != api_url})
        return "the system's keyring"
    _keyring_forget(api_url)  # what it may hold of before would come first
    _write({**_read(), api_url: text})
    return str(_file())


def forget(api_url: str) -> None:
    """Keep nothing of this stack."""
    _keyring_forget(api_url)
    if api_url in _read():
        _write({url: kept for url, kept in _read().items() if url != api_url})


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One command at a time refreshes: a refresh token of the API door is good once."""
    with _open_lock() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _keyring_get(api_url: str) -> str | None:
    keyring = _keyring()
    if keyring is None:
        return None
    with contextlib.suppress(Exception):  # a keyring that is locked or gone: there is the file
        text: str | None = keyring.get_password(SERVICE, api_url)
        return text
    return None


def _keyring_forget(api_url: str) -> None:
    keyring = _keyring()
    if keyring is not None:
        with contextlib.suppress(Exception):  # not there, or locked
            keyring.delete_password(SERVICE, api_url)


def _keyring_set(api_url: str, text: str) -> bool:
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(SERVICE, api_url, text)
    except Exception:  # noqa: BLE001 locked, full, or not taking so much: there is the file
        return False
    return _keyring_get(api_url) == text


def _keyring() -> Any:
    """The system's keyring, if there is one that keeps what it is given."""
    try:
        import keyring

        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001 whatever is configured and not there: there is the file
        return None
    return None if type(backend).__module__.rsplit(".", 1)[-1] in UNFIT else backend


def folder() -> Path:
    """Where what is kept lies; only its owner can look into it."""
    path = Path(os.environ.get("SALLYPORT_CONFIG_DIR") or click.get_app_dir("sallyport", force_posix=True))
    with _told():
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_privately(path: Path, text: str) -> None:
    """A new file in the place of the old one, for its owner alone. Raises `OSError`."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _file() -> Path:
    return folder() / "tokens.json"


def _read() -> dict[str, str]:
    path = _file()
    try:
        with _told():
            content = json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        return {}  # spoilt: sign in again
    return content if isinstance(content, dict) else {}


def _write(content: dict[str, str]) -> None:
    path = _file()
    if not content:
        path.unlink(missing_ok=True)
        return
    with _told():
        write_privately(path, json.dumps(content))


def _open_lock() -> IO[str]:
    with _told():
        return os.fdopen(os.open(folder() / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the disk refuses, said in a line."""
    try:
        yield
    except OSError as error:
        raise Failure(f"Tokens cannot be kept in {error.filename}: {error.strerror}") from None
