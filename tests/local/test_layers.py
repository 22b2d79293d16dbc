"""Layers and code of the embedded AWS's functions: unpacked once, for all of them, and whenever they are missing."""

import shutil
from pathlib import Path

import httpx
import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.support.handlers import start_cold


@pytest.fixture
def unpacked(stack: LocalStack) -> Path:
    """The folder of the unpacked layers."""
    return stack.cloud.folder / "state" / "layers"


def offered(stack: LocalStack) -> int:
    """The status of a function that needs the layer of the factors, started cold."""
    start_cold(stack, "signin-passkey")
    return httpx.post(f"{stack.state.outputs['api_url']}/signin/passkey", json={}, timeout=60).status_code


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_a_function_that_starts_cold_unpacks_none_again(stack: LocalStack, unpacked: Path) -> None:
    code = stack.cloud.folder / "tmp" / "code"
    assert offered(stack) == 202
    before = times(unpacked), times(code)

    assert offered(stack) == 202
    assert (times(unpacked), times(code)) == before
    assert len(before[0]) in (1, 2)
    assert before[1]


def test_code_that_is_missing_is_unpacked_again(stack: LocalStack) -> None:
    assert offered(stack) == 202
    shutil.rmtree(stack.cloud.folder / "tmp" / "code")

    assert offered(stack) == 202


def test_a_layer_that_is_missing_is_unpacked_again(stack: LocalStack, unpacked: Path) -> None:
    assert offered(stack) == 202
    before = sorted(unpacked.iterdir())
    shutil.rmtree(unpacked)
    unpacked.mkdir()

    assert offered(stack) == 202
    assert set(unpacked.iterdir()) <= set(before)
    assert any(unpacked.iterdir())
