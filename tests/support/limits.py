"""Limits in tests: values of counters, sources of requests, and lower limits."""

from dataclasses import replace
from typing import Any

import pytest

from contract.limits import SignInLimits
from handlers.core.limits import passwords
from tests.support.handlers import Answer, Handlers, authorized, new_source

__all__ = ["new_source"]

DEVICE = "__Host-device"


def from_place(source: str, device: str = "") -> dict[str, Any]:
    """Return API Gateway's addition to a request from this place."""
    given = authorized()
    given["requestContext"]["http"]["sourceIp"] = source
    return {**given, "cookies": [f"{DEVICE}={device}"]} if device else given


def pepper(handlers: Handlers) -> bytes:
    """Return the pepper of the functions."""
    made: bytes = handlers.module("signin").SERVICES.pepper()
    return made


def in_a_row(handlers: Handlers, address: str, epoch: int = 0) -> str:
    """Return the counter of failures in a row from unknown places."""
    return passwords.row(SignInLimits(), pepper(handlers), address, epoch, 0).counter


def counted(handlers: Handlers, counter: str) -> int:
    """Return the value of the counter."""
    key = {"pk": {"S": f"limit#{counter}"}, "sk": {"S": "count"}}
    answer = handlers.stack.aws("dynamodb").get_item(
        TableName=handlers.environment["TABLE_NAME"], Key=key, ConsistentRead=True
    )
    return int(answer["Item"]["charged"]["N"]) if "Item" in answer else 0


def set_counter(handlers: Handlers, counter: str, amount: int) -> None:
    """Set the counter to this value."""
    item = {"pk": {"S": f"limit#{counter}"}, "sk": {"S": "count"}, "charged": {"N": str(amount)}}
    handlers.stack.aws("dynamodb").put_item(TableName=handlers.environment["TABLE_NAME"], Item=item)


def device_of(answer: Answer) -> str:
    """Return the device cookie that the answer sets."""
    (cookie,) = answer.cookies
    return cookie.split(";")[0].removeprefix(f"{DEVICE}=")


def limit(handlers: Handlers, monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Set other limits for the handlers of this process, until the test is over."""
    for name in ("signin", "step_up", "signup", "confirm_signup", "signin_code", "forgot_password", "migrate_user"):
        services = handlers.module(name).SERVICES
        monkeypatch.setattr(services, "sign_in_limits", replace(services.sign_in_limits, **limits))
