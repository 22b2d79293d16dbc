"""aws.iam.get_policy_document: a policy as JSON, from its statements."""

import json
from typing import Any

from sallyport.local.engine import ResourceError

HANDLED = {
    "statements", "version", "sid", "effect", "actions", "notActions", "resources", "notResources", "principals",
    "notPrincipals", "conditions",
}  # fmt: skip
LISTS = {"actions": "Action", "notActions": "NotAction", "resources": "Resource", "notResources": "NotResource"}
PRINCIPALS = {"principals": "Principal", "notPrincipals": "NotPrincipal"}


def of(arguments: dict[str, Any]) -> str:
    """Return the document. Raises `ResourceError` for arguments that are not handled."""
    _check(arguments)
    statements = [_statement(one) for one in arguments.get("statements") or []]
    return json.dumps({"Version": arguments.get("version") or "2012-10-17", "Statement": statements})


def _statement(given: dict[str, Any]) -> dict[str, Any]:
    _check(given)
    statement: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    statement |= {name: _one_or_many(given[key]) for key, name in LISTS.items() if given.get(key)}
    for key, name in PRINCIPALS.items():
        if given.get(key):
            statement[name] = _principals(given[key])
    conditions: dict[str, Any] = {}
    for one in given.get("conditions") or []:
        conditions.setdefault(one["test"], {})[one["variable"]] = _one_or_many(one["values"])
    return {**statement, **({"Condition": conditions} if conditions else {})}


def _principals(given: list[dict[str, Any]]) -> Any:
    if any(one["type"] == "*" for one in given):
        return "*"
    return {one["type"]: _one_or_many(one["identifiers"]) for one in given}


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _check(given: dict[str, Any]) -> None:
    unhandled = sorted(name for name, value in given.items() if value is not None and name not in HANDLED)
    if unhandled:
        raise ResourceError(f"inputs that the embedded AWS does not handle: {', '.join(unhandled)}")
