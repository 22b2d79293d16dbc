"""Limits in tests: what has been counted, where requests come from, and limits that are reached sooner."""

from dataclasses import replace
from typing import Any

import pytest

from contract.limits import SignInLimits
from handlers.core import password_limits
from tests.door import Answer, Door, behind_the_gate, new_source

__all__ = ["new_source"]

DEVICE = "__Host-device"


def from_place(source: str, device: str = "") -> dict[str, Any]:
    """What API Gateway adds to a request from there."""
    given = behind_the_gate()
    given["requestContext"]["http"]["sourceIp"] = source
    return {**given, "cookies": [f"{DEVICE}={device}"]} if device else given


def pepper(door: Door) -> bytes:
    """As the functions have it."""
    made: bytes = door.module("signin").CHECK.pepper()
    return made


def in_a_row(door: Door, address: str, epoch: int = 0) -> str:
    """The counter of failures from unknown places."""
    return password_limits.row(SignInLimits(), pepper(door), address, epoch, 0).counter


def counted(door: Door, counter: str) -> int:
    """How much it is."""
    key = {"pk": {"S": f"limit#{counter}"}, "sk": {"S": "count"}}
    answer = door.stack.aws("dynamodb").get_item(TableName=door.environment["TABLE_NAME"], Key=key, ConsistentRead=True)
    return int(answer["Item"]["charged"]["N"]) if "Item" in answer else 0


def set_counter(door: Door, counter: str, amount: int) -> None:
    """As if so much had been counted."""
    item = {"pk": {"S": f"limit#{counter}"}, "sk": {"S": "count"}, "charged": {"N": str(amount)}}
    door.stack.aws("dynamodb").put_item(TableName=door.environment["TABLE_NAME"], Item=item)


def device_of(answer: Answer) -> str:
    """The cookie that it sets."""
    (cookie,) = answer.cookies
    return cookie.split(";")[0].removeprefix(f"{DEVICE}=")


def limit(door: Door, monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Other limits for the handlers of this process, until the test is over."""
    for name, holder in (
        ("signin", "CHECK"), ("step_up", "CHECK"), ("step_up", "POST"), ("signup", "POST"),
        ("confirm_signup", "JUDGE"), ("mailed_code", "POST"), ("migrate_user", "CHECK"),
    ):  # fmt: skip
        module = door.module(name)
        old = getattr(module, holder)
        monkeypatch.setattr(module, holder, replace(old, limits=replace(old.limits, **limits)))
