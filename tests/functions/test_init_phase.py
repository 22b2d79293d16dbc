"""handlers.init_phase: what is done before the first request, and what is not lost if that fails."""

import importlib
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench import lambda_events
from bench.authorizer import authorizer_event
from components import packaging
from handlers.store.aws import NoAnswer
from handlers.store.aws.connections import Answer as AwsAnswer
from sallyport.local.tools import runtime_python
from tests.support.aws_calls import answered_by, seen_by
from tests.support.handlers import PASSWORD, Handlers, User

NAME = "AWS_LAMBDA_FUNCTION_NAME"
SERVICES = ("dynamodb", "kms", "secretsmanager", "sesv2")
PROGRAM = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:3]
handler = importlib.import_module(sys.argv[3]).handler
known = set(sys.modules)
answer = handler(json.loads(sys.stdin.read()), None)
assert answer.get("statusCode", 200) < 300 and answer.get("isAuthorized", True), answer
print("imported:", *sorted(set(sys.modules) - known))
"""


def throttled() -> AwsAnswer:
    body = json.dumps({"__type": "ThrottlingException"})
    return AwsAnswer(400, {}, body.encode())


def unreachable() -> AwsAnswer:
    raise NoAnswer("ConnectionRefusedError")


def nonsense() -> AwsAnswer:
    return AwsAnswer(200, {}, b"{}")


def unforeseen() -> AwsAnswer:
    raise RuntimeError("nobody has thought of this")


def started(handlers: Handlers, monkeypatch: pytest.MonkeyPatch, function: str) -> ModuleType:
    """Start a function in this process, as Lambda starts it."""
    module = handlers.module(function)
    with monkeypatch.context() as patch:
        patch.setenv(NAME, function)
        return importlib.reload(module)


@pytest.fixture(scope="module")
def user(handlers: Handlers) -> User:
    return handlers.user()


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive and its layer, unpacked."""
    import zipfile

    folder = tmp_path_factory.mktemp("code")
    zipfile.ZipFile(packaging.handlers_zip("host")).extractall(folder / "code")
    zipfile.ZipFile(packaging.layer_zip("host", "factors")).extractall(folder / "layer")
    return folder


@pytest.mark.parametrize("fault", [throttled, unreachable, nonsense, unforeseen])
@pytest.mark.parametrize("service", SERVICES)
def test_an_outage_at_init_refuses_nobody_later(
    handlers: Handlers,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    service: str,
    fault: Callable[[], AwsAnswer],
) -> None:
    with answered_by(service, fault):
        for function in ("signin", "refresh", "authorizer"):
            started(handlers, monkeypatch, function)
    said = capsys.readouterr().out

    tokens = user.sign_in()
    refreshed = handlers.call("refresh", {"refresh_token": tokens["refresh_token"]})
    event = authorizer_event(handlers, tokens["access_token"])
    allowed = handlers.module("authorizer").handler(event, None)

    assert refreshed.status == 200
    assert allowed["isAuthorized"]
    assert user.address not in said
    assert PASSWORD not in said


def test_what_does_not_answer_at_init_is_not_waited_for_longer_than_lambda_waits(
    handlers: Handlers, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        before = time.monotonic()
        started(handlers, monkeypatch, "signin")
        spent = time.monotonic() - before

    assert spent < 8, "INIT ends after ten seconds"
    assert user.sign_in()


def test_a_request_after_init_fetches_no_key(handlers: Handlers, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    started(handlers, monkeypatch, "signin")

    with seen_by(lambda operation, _: calls.append(operation)):
        user.sign_in()

    assert "GetSecretValue" not in calls


def test_outside_of_lambda_nothing_is_done(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.delenv(NAME, raising=False)

    with seen_by(lambda operation, _: calls.append(operation)):
        importlib.reload(handlers.module("signin"))

    assert calls == []


@pytest.mark.parametrize("function", lambda_events.EVENTS)
def test_the_first_request_imports_nothing(
    handlers: Handlers, code: Path, function: str, environment: dict[str, Any]
) -> None:
    """An import takes seven times as long there as at INIT, with 256 MB."""
    event = lambda_events.events_for(handlers, function, 1)[0]
    module = handlers.module(function).__name__
    command = [str(runtime_python()), "-I", "-c", PROGRAM, str(code / "code"), str(code / "layer/python"), module]

    done = subprocess.run(
        command, env=environment, input=json.dumps(event), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["imported:"]


@pytest.fixture
def environment(handlers: Handlers) -> dict[str, str]:
    """The variables of a function on Lambda."""
    import os

    names = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_LAMBDA_RUNTIME_API")
    return {**handlers.environment, **{name: os.environ[name] for name in names}, NAME: "signin"}


def test_with_snapstart_keys_and_connections_are_made_after_the_restore(
    handlers: Handlers, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot holds no key, and environments of one snapshot share no connection and no randomness."""
    registered: list[Callable[[], None]] = []
    hooks = ModuleType("snapshot_restore_py")
    hooks.__dict__["register_after_restore"] = lambda act, *given: registered.append(lambda: act(*given))
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", hooks)
    calls: list[str] = []
    mixed: list[bytes] = []
    monkeypatch.setattr(ssl, "RAND_add", lambda random, _: mixed.append(random))

    with monkeypatch.context() as patch, seen_by(lambda operation, _: calls.append(operation)):
        patch.setenv("SNAP_START", "true")
        module = started(handlers, monkeypatch, "signin")
        before = list(calls)
        for restored in registered:
            restored()

    assert before == []
    assert calls.count("GetSecretValue") == 2
    assert module.SERVICES.signer._key
    assert [len(random) for random in mixed] == [48]
    assert user.sign_in()
