"""The embedded AWS with the stack on it, started once per run, on a port and in a folder of its own."""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client import outputs as stack_outputs
from client.stack import LocalStack
from local.clients import Clients
from local.tools import ROOT
from tests.account import Account, new_phone
from tests.door import Door, open_door
from tests.providers import Providers

# What tests build is theirs: neither the tree's nor another worker's. Before anything reads it.
BUILD = tempfile.mkdtemp(prefix="sallyport-build-")
os.environ["SALLYPORT_BUILD_DIR"] = BUILD
atexit.register(shutil.rmtree, BUILD, ignore_errors=True)
os.environ["AWS_LAMBDA_RUNTIME_API"] = "none"  # handlers in this process log as they do on Lambda
PIPED = pytest.StashKey[str]()
SALLYPORT = [sys.executable, "-c", "from client.main import cli; cli()"]


def pytest_configure(config: pytest.Config) -> None:
    """Read `--outputs -` before tests begin, past pytest's capture, which closes standard input."""
    if config.getoption("--outputs", None) == "-":
        capture = config.pluginmanager.getplugin("capturemanager")
        capture.suspend_global_capture(in_=True)
        config.stash[PIPED] = sys.stdin.read()
        capture.resume_global_capture()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests start stacks of their own come first: the last file that runs should be a short one."""
    items.sort(key=lambda item: "tests/local/" not in item.nodeid)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--outputs", help="live tests: the outputs of the stack to test, a file or -")
    parser.addoption("--email", help="live tests of a stack that sends real mail: an address that you can read")
    parser.addoption("--record", help="live tests: a file to write down all that is sent and answered")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The local stack, deployed by the command itself."""
    home = tmp_path_factory.mktemp("sallyport")
    local = LocalStack(home)
    environment = {**os.environ, "SALLYPORT_HOME": str(home)}
    up = [*SALLYPORT, "up", "--detach", "--port", str(_free_port())]
    done = subprocess.run(up, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    try:
        assert done.returncode == 0, done.stderr + _tail(local.cloud.log)
        yield local
    finally:
        local.stop()


@pytest.fixture(scope="session")
def aws(stack: LocalStack) -> Clients:
    """boto3 clients of the embedded AWS, as the account's root."""
    return Clients(stack.cloud.url, stack.cloud.keys)


@pytest.fixture(scope="session")
def door(stack: LocalStack) -> Door:
    """The handlers in this process."""
    return open_door(stack)


@pytest.fixture(scope="session")
def providers(stack: LocalStack) -> Providers:
    """The fakes beside the embedded AWS."""
    return Providers(stack.cloud.url)


@pytest.fixture
def account(door: Door, providers: Providers) -> Account:
    """Somebody new."""
    return Account(door.user(), providers)


@pytest.fixture
def phone() -> str:
    """Nobody else's."""
    return new_phone()


@pytest.fixture(scope="session")
def outputs(request: pytest.FixtureRequest) -> dict[str, str]:
    """Of the stack under test: the one named by `--outputs`, or the local one."""
    source = request.config.getoption("--outputs")
    if source == "-":
        return stack_outputs.from_text(request.config.stash[PIPED], "standard input")
    if source:
        return stack_outputs.from_file(source)
    local: LocalStack = request.getfixturevalue("stack")
    return {name: str(value) for name, value in local.state.outputs.items()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> Any:
    return log.read_text()[-2000:] if log.exists() else ""
