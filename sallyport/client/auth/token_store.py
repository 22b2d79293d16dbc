"""The store of tokens between two commands: the system's keyring, or a file that only its owner can read."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from filelock import FileLock

from sallyport.client.auth.oauth import Tokens
from sallyport.client.errors import Failure

SERVICE = "sallyport"
UNFIT = ("fail", "null")  # backends that store nothing


@dataclass(frozen=True)
class Session:
    """A session at a stack: the issuer of its tokens, the client of the pool, the name of the user, the tokens."""

    stack: str
    issuer: Literal["pool", "api"]
    client: str
    name: str
    tokens: Tokens


def load(api_url: str) -> Session | None:
    """Return the session at this stack."""
    text = _keyring_get(api_url) or _read().get(api_url)
    if text is None:
        return None
    try:
        content = json.loads(text)
        return Session(**{**content, "tokens": Tokens(**content["tokens"])})
    except (ValueError, TypeError, KeyError):
        return None  # from another version, or damaged: sign in again


def save(api_url: str, session: Session) -> str:
    """Store the session in one place only, the keyring or the file; return the place."""
    _delete_file_of_0_1()
    text = json.dumps(asdict(session))
    if _keyring_set(api_url, text):
        _write({url: kept for url, kept in _read().items() if url != api_url})
        return "the system's keyring"
    _keyring_forget(api_url)  # an older entry in the keyring would be read first
    _write({**_read(), api_url: text})
    return str(_file())


def forget(api_url: str) -> None:
    """Delete the session at this stack."""
    _keyring_forget(api_url)
    if api_url in _read():
        _write({url: kept for url, kept in _read().items() if url != api_url})


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold a lock, so that one command at a time refreshes: a refresh token of the directory is valid once."""
    with _told(), FileLock(folder() / "lock", mode=0o600):
        yield


def _keyring_get(api_url: str) -> str | None:
    keyring = _keyring()
    if keyring is None:
        return None
    with contextlib.suppress(Exception):  # the keyring is locked or gone: the file is used
        text: str | None = keyring.get_password(SERVICE, api_url)
        return text
    return None


def _keyring_forget(api_url: str) -> None:
    keyring = _keyring()
    if keyring is not None:
        with contextlib.suppress(Exception):  # missing or locked
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
    """Return the system's keyring, if there is one that can store values."""
    try:
        import keyring

        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001 whatever is configured and not there: there is the file
        return None
    return None if type(backend).__module__.rsplit(".", 1)[-1] in UNFIT else backend


def folder() -> Path:
    """Return the folder of the tokens; only its owner can read it."""
    path = Path(os.environ.get("SALLYPORT_CONFIG_DIR") or platformdirs.user_config_dir("sallyport"))
    with _told():
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_privately(path: Path, text: str) -> None:
    """Replace the file by a new one that only its owner can read. Raises `OSError`."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _file() -> Path:
    return folder() / "tokens.json"


def _delete_file_of_0_1() -> None:
    """Delete the tokens of version 0.1, which this version does not read."""
    if "SALLYPORT_CONFIG_DIR" not in os.environ:
        (Path.home() / ".sallyport" / "tokens.json").unlink(missing_ok=True)


def _read() -> dict[str, str]:
    path = _file()
    try:
        with _told():
            content = json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        return {}  # damaged: sign in again
    return content if isinstance(content, dict) else {}


def _write(content: dict[str, str]) -> None:
    path = _file()
    if not content:
        path.unlink(missing_ok=True)
        return
    with _told():
        write_privately(path, json.dumps(content))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn an `OSError` into a `Failure` of one line."""
    try:
        yield
    except OSError as error:
        raise Failure(f"Tokens cannot be kept in {error.filename}: {error.strerror}") from None
