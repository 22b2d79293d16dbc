"""The cost of a month, computed from `usage.toml` and `prices.toml`."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PRICES: Mapping[str, Any] = tomllib.loads((FOLDER / "prices.toml").read_text(encoding="utf-8"))
USAGE: Mapping[str, Any] = tomllib.loads((FOLDER / "usage.toml").read_text(encoding="utf-8"))
GB = 1e9
LINES: Mapping[str, tuple[str, ...]] = {
    "HTTP API": ("api_request",),
    "Lambda": ("lambda_invocation", "lambda_gb_second", "snapshot_gb_second", "restored_gb", "kept_gb_second"),
    "DynamoDB": ("dynamodb_write", "dynamodb_read", "dynamodb_gb"),
    "KMS and secrets": ("kms_key", "kms_request", "secret"),
    "mail": ("mail",),
    "logs and events": ("log_gb", "event"),
    "alarms and dashboard": ("alarm_metric", "metric", "dashboard"),
    "site": ("cdn_request", "cdn_gb", "cdn_function", "web_acl", "web_acl_rule", "web_acl_request"),
}
"""What is shown → what is in it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack is charged for whatever its users do.

    Args:
        provisioned: the environments that are kept of each function that has `provisionedConcurrency`.
    """

    has_monitoring: bool
    has_web_acl: bool = False
    has_snap_start: bool = False
    provisioned: int = 0


@dataclass(frozen=True, kw_only=True)
class Use(Settings):
    """A month of a stack: active users, and what they do."""

    users: int
    sign_ups: int
    sign_ins: int
    refreshes: int
    requests: int
    mails: int
    visits: int


def use(users: int, settings: Settings, **given: int | None) -> Use:
    """Return a month's use; what is not given is a user's habit times the users."""
    habits = {name: round(users * each) for name, each in USAGE["habits"].items()}
    known = {name: value for name, value in given.items() if value is not None}
    return Use(users=users, **asdict(settings), **{**habits, **known})


def bill(month: Use) -> dict[str, float]:
    """Return line → USD."""
    units = _units(month)
    prices = PRICES["aws"]
    return {line: sum(units[unit] * prices[unit] for unit in parts) for line, parts in LINES.items()}


def others(users: int) -> dict[str, float | None]:
    """Return what others ask for as many users, in USD; None where no price is published."""
    return {one["name"]: _asked(one, users) for one in PRICES["others"]}


def _asked(other: Mapping[str, Any], users: int) -> float | None:
    return _steps(other["steps"], users) if "steps" in other else _plan(other["plans"], users)


def _units(month: Use) -> Mapping[str, float]:
    acts = {
        "sign_up": month.sign_ups,
        "sign_in": month.sign_ins,
        "refresh": month.refreshes,
        "request": month.requests,
        "mail": month.mails,
        "visit": month.visits,
    }
    units: dict[str, float] = defaultdict(float, USAGE["idle"])
    for act, times in acts.items():
        _add(units, USAGE["acts"][act], times)
    _add(units, USAGE["acts"]["told"], units["told"])
    if month.has_monitoring:
        _add(units, USAGE["monitoring"])
    if month.has_web_acl:
        _add(units, {**USAGE["web_acl"], "web_acl_request": units["api_request"] + units["cdn_request"]})
    if month.has_snap_start:
        _add(units, {**USAGE["snap_start"], "restored_gb": units["cold_gb"]})
    _add(units, USAGE["provisioned"], month.provisioned)
    _add(units, {"log_gb": units["log_byte"] / GB, "dynamodb_gb": month.users * USAGE["user"]["kept_bytes"] / GB})
    return units


def _add(units: dict[str, float], more: Mapping[str, float], times: float = 1) -> None:
    for unit, number in more.items():
        units[unit] += number * times


def _steps(steps: list[list[float]], users: int) -> float:
    """Return the sum over the steps, each of which has the price of the users in it."""
    total, start = 0.0, 0.0
    for end, price in steps:
        total += max(0.0, min(users, end) - start) * price
        start = end
    return total


def _plan(plans: list[list[float]], users: int) -> float | None:
    """Return the price of the smallest plan that holds the users."""
    return next((price for most, price in plans if users <= most), None)
