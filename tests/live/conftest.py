"""Black box: a stack by its outputs. `pytest tests/live --outputs FILE|-` tests any; alone, the local one."""

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sallyport.client.checks import codes, smoke
from sallyport.client.stack import target


@pytest.fixture(scope="session")
def api(outputs: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=outputs["api_url"], timeout=60) as client:
        yield client


@pytest.fixture
def newcomer(request: pytest.FixtureRequest, outputs: dict[str, str]) -> smoke.Visitor:
    """The address of a person without an account."""
    return smoke.Visitor(outputs, _asking(request), _new_address(request, outputs))


@pytest.fixture(scope="session")
def visitor(request: pytest.FixtureRequest, outputs: dict[str, str]) -> smoke.Visitor:
    """A user who has signed up and in."""
    someone = smoke.Visitor(outputs, _asking(request), _new_address(request, outputs))
    smoke.check_until(someone, smoke.SIGNED_IN)
    return someone


@pytest.fixture(scope="session", autouse=True)
def record(request: pytest.FixtureRequest) -> Iterator[None]:
    """Record all requests and answers, with `--record FILE`."""
    path = request.config.getoption("--record")
    if not path:
        yield
        return
    send = httpx.Client.send
    with Path(path).open("a") as file, pytest.MonkeyPatch.context() as patch:

        def recording(self: httpx.Client, sent: httpx.Request, **options: Any) -> httpx.Response:
            answer = send(self, sent, **options)
            fields = [sent.headers.get("authorization", ""), sent.read().decode(errors="replace"), answer.text]
            file.write(json.dumps(fields) + "\n")
            return answer

        patch.setattr(httpx.Client, "send", recording)
        yield


@pytest.fixture
def session(visitor: smoke.Visitor, api: httpx.Client) -> dict[str, str]:
    """Tokens of a session of its own."""
    answer = api.post("/signin", json=visitor.credentials)
    assert answer.status_code == 200
    tokens: dict[str, str] = answer.json()
    return tokens


def _new_address(request: pytest.FixtureRequest, outputs: dict[str, str]) -> str:
    """Return a made-up address for a stack on this machine; for others a variation of an address that is read."""
    given = request.config.getoption("--email")
    if not given and not target.is_local(outputs):
        pytest.exit("This stack sends real mail: name an address that you can read, with --email", returncode=2)
    name, _, domain = (given or "live@example.com").partition("@")
    return f"{name}{'+' if given else '-'}{secrets.token_hex(6)}@{domain}"


def _asking(request: pytest.FixtureRequest) -> Callable[[str], str]:
    command = request.config.getoption("--code-command")
    return codes.by_command(command) if command else codes.by_terminal
