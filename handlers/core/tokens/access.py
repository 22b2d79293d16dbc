"""The permissions of a caller: on our own API by the guard of the route, on other APIs by the grants of the scopes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from handlers.core.tokens.authenticator import Principal

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
ANY = "ANY"
VARIABLE = "\0"  # stands for whatever a path may hold; no path has it


@dataclass(frozen=True)
class Rule:
    """The requirements of a route: at least one of the scopes, and perhaps a token of our own issuer."""

    scopes: tuple[str, ...]
    own_only: bool

    def admits(self, principal: Principal) -> bool:
        """Return whether the caller may use the route."""
        return (principal.is_own or not self.own_only) and not principal.scopes.isdisjoint(self.scopes)


@dataclass(frozen=True)
class Grant:
    """A grant of a scope on APIs other than ours: a verb or `*`, and a path in which `*` and `?` are wildcards."""

    scope: str
    verb: str
    path: str


@dataclass(frozen=True)
class Method:
    """A method of an API: `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<verb>/<path>`.

    Source: API Gateway Developer Guide, "Resource format of permissions for executing an API".
    """

    stage_arn: str
    verb: str
    path: str


def read_grants(lines: Iterable[str]) -> tuple[Grant, ...]:
    """Parse lines `SCOPE VERB PATH`, such as `Books/read GET books/*`. Raises `ValueError` with the line."""
    return tuple(_grant(line) for line in lines)


def _grant(line: str) -> Grant:
    parts = line.split()
    if len(parts) != 3 or parts[1] not in (*VERBS, "*"):
        raise ValueError(f"not a grant (SCOPE VERB PATH): {line}")
    return Grant(parts[0], parts[1], parts[2].lstrip("/"))


def read_method(arn: str) -> Method:
    """Parse a method's ARN. Raises `ValueError`."""
    api, stage, verb, *path = arn.split("/", 3)
    return Method(f"{api}/{stage}", verb, path[0] if path else "")


def read_route(stage_arn: str, route_key: str) -> Method:
    """Return a route of an HTTP API as a method that is granted only if all requests of the route are.

    `ANY` is every verb, `{id}` and `{proxy+}` are any path: no literal part of a grant's path matches them.
    """
    verb, _, path = route_key.partition(" ")
    if not path:  # $default
        return Method(stage_arn, ANY, VARIABLE)
    return Method(stage_arn, verb, re.sub(r"\{[^}]*\}", VARIABLE, path.lstrip("/")))


def is_granted(grants: Iterable[Grant], principal: Principal, method: Method) -> bool:
    """Return whether a scope of the caller opens the method or route; `policy` says the same."""
    return any(_opens(grant, method) for grant in _held(grants, principal))


def policy(grants: Iterable[Grant], principal: Principal | None, method: Method) -> dict[str, Any]:
    """Return the policy document of all that the caller may do in the method's stage; None may do nothing.

    The policy does not depend on the requested verb and path, so that it stays right when API Gateway caches it for
    the token and applies it to the next method.
    """
    held = _held(grants, principal) if principal else []
    resources = sorted({f"{method.stage_arn}/{verb}/{grant.path}" for grant in held for verb in _verbs(grant)})
    if not resources:
        return _document("Deny", [f"{method.stage_arn}/*"])
    return _document("Allow", resources)


def _held(grants: Iterable[Grant], principal: Principal) -> list[Grant]:
    return [grant for grant in grants if grant.scope in principal.scopes]


def _verbs(grant: Grant) -> tuple[str, ...]:
    """Return the verbs of the resources. `*` as a verb matches slashes too, so it would open longer paths."""
    return VERBS if grant.verb == "*" and grant.path != "*" else (grant.verb,)


def _opens(grant: Grant, method: Method) -> bool:
    pattern = re.escape(grant.path).replace(r"\*", ".*").replace(r"\?", f"[^{VARIABLE}]")
    return grant.verb in ("*", method.verb) and re.fullmatch(pattern, method.path, re.DOTALL) is not None


def _document(effect: str, resources: list[str]) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement]}
