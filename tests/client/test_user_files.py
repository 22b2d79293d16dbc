"""sallyport.client.stack.user_files: files of other systems as rows, whose hashes the stack can verify."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from handlers.core.accounts import password_hashes, passwords
from sallyport.client.errors import Failure
from sallyport.client.stack import user_files

PASSWORD = "violet otters paddle past nine"
SHA256 = base64.b64encode(hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salty", 1000)).decode()


def rows(path: Path, text: str, records: str, convert: user_files.Convert) -> list[Any]:
    path.write_text(text)
    return [one.problem or json.loads(one.text) for one in user_files.read(path, records, convert)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users"


def test_our_own_form_as_lines_and_as_csv(file: Path) -> None:
    lines = '{"email": "a@example.com", "roles": ["user"]}\n\nnonsense\n'
    table = "email,roles,email_verified,created_at,name\na@example.com,user admin,true,2020-01-01T00:00:00Z,\n"

    assert rows(file, lines, "jsonl", user_files.canonical) == [
        {"email": "a@example.com", "roles": ["user"]},
        "the line is not an object in JSON",
    ]
    assert rows(file, table, "csv", user_files.canonical) == [
        {"email": "a@example.com", "roles": ["user", "admin"], "email_verified": True, "created_at": 1577836800}
    ]


def test_django(file: Path) -> None:
    argon2 = "argon2" + PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    text = "email,password,is_active\n" + "".join(
        f'{name}@example.com,"{password}",{active}\n'
        for name, password, active in [
            ("a", f"pbkdf2_sha256$1000$salty${SHA256}", "True"),
            ("b", argon2, "False"),
            ("c", "!unusable", "True"),
            ("d", "md5$salt$hash", "True"),
        ]
    )

    first, second, third, fourth = rows(file, text, "csv", user_files.django)

    for row in (first, second):
        assert password_hashes.is_supported(row["password_hash"])
        assert passwords.matches(row["password_hash"], PASSWORD)
    assert (first["disabled"], second["disabled"]) == (False, True)
    assert "password_hash" not in third
    assert fourth == "the password's algorithm is not supported"


def test_auth0_and_cognito(file: Path) -> None:
    auth0 = '{"email": "a@example.com", "email_verified": true, "passwordHash": "$2b$10$x", "name": "A"}\n'
    cognito = "cognito:username,email,email_verified,name\nx,a@example.com,TRUE,A\n"

    (first,) = rows(file, auth0, "jsonl", user_files.auth0)
    (second,) = rows(file, cognito, "csv", user_files.cognito)

    assert first == {"email": "a@example.com", "email_verified": True, "password_hash": "$2b$10$x", "name": "A"}
    assert second == {"email": "a@example.com", "email_verified": True, "name": "A"}


def test_firebase(file: Path) -> None:
    """The sample of Google's own implementation."""
    parameters = {
        "base64_signer_key": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
        "base64_salt_separator": "Bw==",
        "rounds": "8",
        "mem_cost": "14",
    }
    user = {
        "localId": "1",
        "email": "a@example.com",
        "emailVerified": True,
        "passwordHash": "lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo78198JAdRuid5lQ==",
        "salt": "42xEC-ixf3L2lw==",
    }
    text = json.dumps({"users": [user, {**user, "email": "b@example.com"}]}, indent=2)

    found = rows(file, text, "users", user_files.firebase(parameters))

    assert [row["email"] for row in found] == ["a@example.com", "b@example.com"]
    assert passwords.matches(found[0]["password_hash"], "user1password")


def test_passwords_that_were_only_encrypted_are_hashed_here(file: Path) -> None:
    lines = json.dumps({"email": "a@example.com", "password": base64.b64encode(b"sealed").decode()})

    good, bad = rows(
        file,
        f'{lines}\n{{"email": "b@example.com", "password": "?"}}\n',
        "jsonl",
        user_files.kms(lambda _: PASSWORD.encode()),
    )

    assert passwords.matches(good["password_hash"], PASSWORD)
    assert bad == "the password is not the base64 of a ciphertext"


def test_a_file_that_is_no_text_is_said(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(Failure, match="it is not UTF-8"):
        list(user_files.read(file, "jsonl", user_files.canonical))
