"""The root keys of an embedded AWS: random, different for each, readable by their owner alone."""

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "root-keys.json"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ID_LENGTH = 16  # without the prefix, as in IAM's access key ids
SECRET_BYTES = 30


@dataclass(frozen=True)
class RootKeys:
    """An access key pair with every permission on one embedded AWS; with a token, that of a role's session."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        """Return the id without the secret."""
        return f"RootKeys({self.access_key_id})"


def ensure(path: Path) -> RootKeys:
    """Return the keys in this file, which is created if missing. Safe for two processes at once."""
    if not path.exists():
        letters = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
        made = RootKeys(f"AKIA{letters}", secrets.token_urlsafe(SECRET_BYTES))
        draft = path.with_suffix(f".{os.getpid()}.draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(made), file)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename, a link fails if the other process was faster
        draft.unlink()
    return read(path)


def read(path: Path) -> RootKeys:
    """Return the keys in this file. Raises `FileNotFoundError`."""
    return RootKeys(**json.loads(path.read_text()))
