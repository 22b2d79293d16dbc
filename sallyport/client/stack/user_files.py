"""Files of users of other systems, read row by row into the form that the stack imports (`contract.transfer`)."""

import base64
import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from sallyport.client.errors import Failure
from sallyport.client.stack.transfer import Row

Fields = dict[str, Any]
Convert = Callable[[Fields], Fields]
LISTS, FLAGS, NUMBERS = ("roles",), ("email_verified", "disabled"), ("created_at",)
FORMS = {**dict.fromkeys(FLAGS, "`true` or `false`"), "created_at": "a time of ISO 8601 or in Unix seconds"}


class NotARow(Exception):
    """A record that cannot be a row; the message says why, without its values."""


def read(path: Path, format_: str, convert: Convert) -> Iterator[Row]:
    """Yield the rows of a file; a line that is none has a problem. Raises `Failure` if the file cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, record in RECORDS[format_](file):
                yield _row(line, record, convert)
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None


def count(path: Path) -> int:
    """Return the number of lines, for the progress; of a file that can be read twice."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def canonical(record: Fields) -> Fields:
    """Return a row that has our own form already; of CSV, its texts as values."""
    row: Fields = {}
    for name, value in record.items():
        try:
            row |= {name: _value(name, value)} if value not in (None, "") else {}
        except (KeyError, ValueError):
            raise NotARow(f"`{name}` is not {FORMS[name]}") from None
    return row


def django(record: Fields) -> Fields:
    """Return a row of Django's `auth_user`: `pbkdf2_sha256$<iterations>$<salt>$<hash>`, or bcrypt or Argon2."""
    password = str(record.get("password") or "")
    algorithm, _, rest = password.partition("$")
    row = {"email": record.get("email"), "disabled": str(record.get("is_active", "true")).lower() in ("false", "0")}
    if algorithm in ("pbkdf2_sha256", "pbkdf2_sha1"):
        if algorithm.endswith("sha1"):
            raise NotARow("PBKDF2 with SHA-1 is not supported")
        iterations, salt, digest = rest.split("$")
        row["password_hash"] = f"$pbkdf2-sha256$i={iterations}${_b64(salt.encode())}${digest.rstrip('=')}"
    elif algorithm == "argon2":
        row["password_hash"] = f"${rest}"
    elif algorithm == "bcrypt":
        row["password_hash"] = rest
    elif password and not password.startswith("!"):
        raise NotARow("the password's algorithm is not supported")
    return row


def auth0(record: Fields) -> Fields:
    """Return a row of Auth0's export: bcrypt in `passwordHash`."""
    return {
        "email": record.get("email"),
        "email_verified": record.get("email_verified", record.get("emailVerified", False)) is True,
        "password_hash": record.get("passwordHash"),
        "name": record.get("name"),
    }


def cognito(record: Fields) -> Fields:
    """Return a row of Cognito's CSV, which has no hashes: the user resets the password."""
    return {
        "email": record.get("email"),
        "email_verified": str(record.get("email_verified", "")).lower() == "true",
        "name": record.get("name"),
        "locale": record.get("locale"),
    }


def firebase(parameters: Mapping[str, str]) -> Convert:
    """Return the reader of Firebase's export, with the project's hash parameters."""
    key, separator = _plain(parameters["base64_signer_key"]), _plain(parameters["base64_salt_separator"])
    costs = f"ln={parameters['mem_cost']},r={parameters['rounds']},k={key},s={separator}"

    def convert(record: Fields) -> Fields:
        row = {"email": record.get("email"), "email_verified": record.get("emailVerified") is True}
        row |= {"name": record.get("displayName"), "disabled": record.get("disabled") is True}
        if record.get("passwordHash"):
            salt, digest = _plain(str(record["salt"])), _plain(str(record["passwordHash"]))
            row["password_hash"] = f"$firebase-scrypt${costs}${salt}${digest}"
        return row

    return convert


def kms(decrypt: Callable[[bytes], bytes]) -> Convert:
    """Return the reader of passwords that are only encrypted by KMS: each is decrypted here, and hashed by Argon2id."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    def convert(record: Fields) -> Fields:
        if not record.get("password"):
            raise NotARow("there is no `password`")
        try:
            password = decrypt(base64.b64decode(str(record.get("password")), validate=True)).decode()
        except ValueError:
            raise NotARow("the password is not the base64 of a ciphertext") from None
        return {"email": record.get("email"), "password_hash": hasher.hash(password)}

    return convert


def _row(line: int, record: Fields | None, convert: Convert) -> Row:
    if record is None:
        return Row(line, "", "the line is not an object in JSON")
    try:
        row = {name: value for name, value in convert(record).items() if value not in (None, "")}
    except NotARow as error:
        return Row(line, "", str(error))
    except (KeyError, ValueError, TypeError):
        return Row(line, "", "the record has not the form of this format")
    return Row(line, json.dumps(row, separators=(",", ":")))


def _json_lines(file: TextIO) -> Iterator[tuple[int, Fields | None]]:
    for number, line in enumerate(file, 1):
        if line.strip():
            yield number, _object(line)


def _csv(file: TextIO) -> Iterator[tuple[int, Fields | None]]:
    reader = csv.DictReader(file)
    for record in reader:
        yield reader.line_num, record if None not in record else None


def _firebase_users(file: TextIO) -> Iterator[tuple[int, Fields | None]]:
    """Yield the users of `{"users": [{...}, ...]}`, as Firebase writes it, each object by itself."""
    decoder, text = json.JSONDecoder(), ""
    for number, line in enumerate(file, 1):
        text += line
        while found := re.search(r"\{(?![^{]*\"users\")", text):
            try:
                record, end = decoder.raw_decode(text, found.start())
            except ValueError:
                break
            yield number, record if isinstance(record, dict) else None
            text = text[end:]


def _object(line: str) -> Fields | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


RECORDS: Mapping[str, Callable[[TextIO], Iterator[tuple[int, Fields | None]]]] = {
    "jsonl": _json_lines,
    "csv": _csv,
    "users": _firebase_users,
}


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in LISTS:
        return value.split()
    if name in FLAGS:
        return {"true": True, "false": False}[value.lower()]
    if name in NUMBERS:
        return int(value) if value.isdigit() else int(datetime.fromisoformat(value).timestamp())
    return value


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _plain(text: str) -> str:
    """Return base64 of either alphabet as plain base64 without padding."""
    return text.replace("-", "+").replace("_", "/").rstrip("=")
