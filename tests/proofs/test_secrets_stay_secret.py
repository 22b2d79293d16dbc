"""The live suite is run, then everything that is kept is searched for every secret that it used: none is there."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sallyport.client.stack import requests_log
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local import fakes
from sallyport.local.tools import ROOT
from tests.support.handlers import Handlers

SECRET_FIELDS = ("password", "code", "codes", "challenge_id", "access_token", "refresh_token", "secret", "uri", "phone")
ADDRESS = re.compile(r"live-[0-9a-f]{12}@example\.com|smoke-[0-9a-f]{12}@example\.com")
SHORTEST = 6


def _values(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _secrets_in(record: Path) -> tuple[set[str], set[str]]:
    """(secrets, addresses) of all that was sent and answered."""
    found, addresses = set(), set()
    for line in record.read_text().splitlines():
        authorization, sent, answered = json.loads(line)
        addresses |= set(ADDRESS.findall(sent + answered))
        found |= {part for part in authorization.split()[1:2] if len(part) > SHORTEST}
        for values in (_values(sent), _values(answered)):
            given = [values[name] for name in SECRET_FIELDS if name in values]
            found |= {str(one) for value in given for one in (value if isinstance(value, list) else [value])}
    # Error answers carry a stable `code` too, which is no secret; codes are digits.
    return {secret for secret in found if len(secret) >= SHORTEST and not re.fullmatch(r"[a-z_]+", secret)}, addresses


@pytest.fixture(scope="module")
def used(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The secrets and addresses that the live suite used on this stack."""
    folder = tmp_path_factory.mktemp("record")
    (folder / "outputs.json").write_text(json.dumps(stack.state.outputs))
    live = [sys.executable, "-m", "pytest", "tests/live", "-p", "no:randomly"]
    done = subprocess.run(
        [*live, "--outputs", str(folder / "outputs.json"), "--record", str(folder / "record")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " skipped" not in done.stdout
    return _secrets_in(folder / "record")


def test_the_search_would_find_what_was_used(used: tuple[set[str], set[str]]) -> None:
    found, addresses = used

    assert len([secret for secret in found if secret.startswith("eyJ")]) > 10
    assert len([secret for secret in found if re.fullmatch(r"\d{6}", secret)]) >= 1
    assert len([secret for secret in found if re.fullmatch(r"\d{8}", secret)]) >= 1
    assert len([secret for secret in found if re.fullmatch(r"\+55\d+", secret)]) >= 1
    assert len([secret for secret in found if re.fullmatch(r"(\w{4}-){5}\w{4}", secret)]) >= 10
    assert [secret for secret in found if secret.startswith("otpauth://")]
    assert [secret for secret in found if secret.startswith("smoke ")]
    assert len(addresses) >= 2


def test_no_log_holds_a_secret_or_an_address(stack: LocalStack, used: tuple[set[str], set[str]]) -> None:
    found, addresses = used
    lines = requests_log.lines(stack.aws("logs"), stack.log_groups())
    text = "\n".join(line.text for line in lines) + stack.cloud.log.read_text()

    assert len(lines) > 50
    assert not [secret for secret in found | addresses if _stands_in(secret, text)]
    assert not re.search(r"[A-Za-z0-9._-]+@example\.com", text)
    assert not re.search(r"\+55\d+", text)
    assert fakes.AUTHY_KEY not in text
    assert fakes.AUTH_TOKEN not in text


def test_no_environment_holds_a_secret(stack: LocalStack, used: tuple[set[str], set[str]]) -> None:
    lambda_ = stack.aws("lambda")
    signing_keys = stack.aws("secretsmanager").get_secret_value(
        SecretId=next(entry.id for entry in stack.state.entries.values() if entry.name == "secrets-keyset")
    )["SecretString"]
    text = "\n".join(
        json.dumps(lambda_.get_function_configuration(FunctionName=entry.id)["Environment"]["Variables"])
        for entry in stack.functions().values()
    )

    assert not [secret for secret in used[0] if _stands_in(secret, text)]
    assert fakes.AUTHY_KEY not in text
    assert fakes.AUTH_TOKEN not in text
    assert "PRIVATE KEY" in signing_keys
    assert "PRIVATE KEY" not in text


def test_the_table_holds_no_secret_in_the_clear(handlers: Handlers, used: tuple[set[str], set[str]]) -> None:
    text = json.dumps(handlers.items(), default=lambda value: bytes(value).decode("latin-1"))

    assert not [secret for secret in used[0] if _stands_in(secret, text)]


def _stands_in(secret: str, text: str) -> bool:
    """Codes are only found as a word: longer numbers and ids hold all kinds of digits."""
    return bool(re.search(rf"(?<![\w-]){secret}(?![\w-])", text)) if secret.isdigit() else secret in text
