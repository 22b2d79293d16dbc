"""sallyport.local.server.workers, on MiniStack's two functions and its table of processes."""

import importlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock, Thread
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


@dataclass(eq=False)
class Worker:
    """A process of a function."""

    in_use: bool
    last_used: float
    _cold: bool = False


@dataclass
class Server:
    """MiniStack, as far as it is wrapped."""

    runtime: Any
    functions: Any
    workers: Any
    killed: list[Worker]

    def acquire(self) -> Worker:
        acquired: Worker = self.functions.acquire_worker("signin", {}, b"")
        return acquired


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    killed: list[Worker] = []
    runtime = SimpleNamespace(
        _lock=Lock(), _workers={}, _worker_key=lambda *parts: parts[0], kill_workers=killed.extend
    )

    def acquire_worker(name: str, config: Any, code: bytes, qualifier: str = "$LATEST") -> Worker:
        known = runtime._workers.setdefault(name, [])
        free = next((one for one in known if not one.in_use), None) or Worker(True, time.time())
        free.in_use = True
        known += [] if free in known else [free]
        return free

    functions = SimpleNamespace(acquire_worker=acquire_worker)
    modules = {"ministack.core": {"lambda_runtime": runtime}, "ministack.services": {"lambda_svc": functions}}
    monkeypatch.setitem(sys.modules, "ministack", ModuleType("ministack"))
    for name, content in modules.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "sallyport.local.server.workers", raising=False)
    workers = importlib.import_module("sallyport.local.server.workers")
    monkeypatch.setattr(workers, "ENOUGH", 2)
    workers.install()
    yield Server(runtime, functions, workers, killed)
    sys.modules.pop("sallyport.local.server.workers")


def test_a_request_waits_for_a_process_that_is_about_to_be_free(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.workers, "WAIT_SECONDS", 60)
    first, second = server.acquire(), server.acquire()
    found: list[Worker] = []
    waiting = Thread(target=lambda: found.append(server.acquire()))
    waiting.start()

    second.in_use = False
    waiting.join()

    assert found == [second]
    assert len({id(first), id(second)}) == 2


def test_a_request_waits_for_processes_that_start(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would start no faster if another one did."""
    monkeypatch.setattr(server.workers, "WAIT_SECONDS", 0.01)
    first, second = server.acquire(), server.acquire()
    first._cold = True
    found: list[Worker] = []
    waiting = Thread(target=lambda: found.append(server.acquire()))
    waiting.start()
    waiting.join(0.1)

    assert found == []
    first.in_use = first._cold = False
    waiting.join()
    assert found == [first]
    assert second.in_use


def test_a_function_that_calls_itself_gets_another_process(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.workers, "WAIT_SECONDS", 0.01)

    assert len({id(server.acquire()) for _ in range(4)}) == 4


def test_idle_processes_end_the_first_too_and_busy_ones_do_not(server: Server) -> None:
    idle, fresh, busy = Worker(False, time.time() - 400), Worker(False, time.time()), Worker(True, time.time() - 400)
    server.runtime._workers["signin"] = [idle, fresh, busy]

    assert server.functions.reap_idle_workers() == 1
    assert server.killed == [idle]
    assert server.runtime._workers["signin"] == [fresh, busy]
