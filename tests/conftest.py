"""The embedded AWS with the stack on it, started once per run, on a port and in a folder of its own."""

import atexit
import gc
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.store.aws import connections
from sallyport.client.stack import outputs as stack_outputs
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import Clients
from sallyport.local.tools import ROOT
from tests.support import openapi_check
from tests.support.account import Account, new_phone
from tests.support.command import SALLYPORT
from tests.support.fake_providers import Providers
from tests.support.handlers import Handlers, open_handlers

# What tests build is theirs: neither the tree's nor another worker's. Before anything reads it.
BUILD = tempfile.mkdtemp(prefix="sallyport-build-")
os.environ["SALLYPORT_BUILD_DIR"] = BUILD
atexit.register(shutil.rmtree, BUILD, ignore_errors=True)
os.environ["AWS_LAMBDA_RUNTIME_API"] = "none"  # handlers in this process log as they do on Lambda
openapi_check.install()
PIPED = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Read `--outputs -` before tests begin, past pytest's capture, which closes standard input."""
    if config.getoption("--outputs", None) == "-":
        capture = config.pluginmanager.getplugin("capturemanager")
        capture.suspend_global_capture(in_=True)
        config.stash[PIPED] = sys.stdin.read()
        capture.resume_global_capture()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark tests that need the stack; let files whose tests start stacks of their own come first, as the slowest."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("stack")
    yield
    items.sort(key=lambda item: "tests/local/" not in item.nodeid)


def pytest_collection_finish() -> None:
    """Leave out of each later search for garbage what imports and collection have made; it stays until the end."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--outputs", help="live tests: the outputs of the stack to test, a file or -")
    parser.addoption("--email", help="live tests of a stack that sends real mail: an address that you can read")
    parser.addoption("--code-command", help="live tests: a command that prints the newest code mailed to the address")
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
def handlers(stack: LocalStack) -> Iterator[Handlers]:
    """The handlers in this process."""
    yield open_handlers(stack)
    connections.close_all()


@pytest.fixture(scope="session")
def providers(stack: LocalStack) -> Providers:
    """The fakes beside the embedded AWS."""
    return Providers(stack.cloud.url)


@pytest.fixture
def account(handlers: Handlers, providers: Providers) -> Account:
    """A new account."""
    return Account(handlers.user(), providers)


@pytest.fixture
def phone() -> str:
    """A phone of no other test."""
    return new_phone()


@pytest.fixture(scope="session")
def outputs(request: pytest.FixtureRequest) -> dict[str, str]:
    """The outputs of the stack under test: the one named by `--outputs`, or the local one."""
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
