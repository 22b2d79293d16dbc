"""Between API Gateway's authorizer events and the gate: every shape of question in, its shape of answer out.

| asked by | event | answer to a good token | to a bad one |
|---|---|---|---|
| HTTP API, 2.0, simple | `routeArn`, keyed by `$context.routeKey` too | `isAuthorized` | `isAuthorized: false` |
| HTTP API, 2.0, policy | `routeArn` | a policy | a policy that denies |
| HTTP API, 1.0 | `methodArn`, `version: 1.0` | a policy | a policy that denies |
| REST API, `REQUEST` | `methodArn` | a policy | raises `Unauthorized`, which is 401 there |
| REST API, `TOKEN` | `authorizationToken` | a policy | raises `Unauthorized` |

A simple answer is remembered, so it is given only where the route is part of the cache's key, and it says that the
caller may do everything that the route stands for: `ANY /books/{id}` is every verb and every id. An authorizer that
wants simple answers without the route in the key gets a policy instead, which is a 500: closed, not wide open.

A policy is remembered by the authorizer's identity sources. Where the event lists them and the Authorization value is
not among them, callers would share a decision, so there is none: the function raises, which is a 500 and not
remembered. A REST API's `REQUEST` event does not list them; there the header must be configured: docs/operations.md.

Source: API Gateway Developer Guide, "AWS Lambda authorizers" for HTTP APIs and for REST APIs.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.core import access
from handlers.core.access import Grant, Method, Rule
from handlers.core.gate import Caller, SessionEnded
from handlers.core.verifier import Refused
from handlers.http import Event, cause, log


class SharedDecision(Exception):
    """The authorizer's identity sources leave out the Authorization header, so that callers would share a decision."""


class Identifier(Protocol):
    """The gate, to this module."""

    def identify(self, authorization: str, now: float) -> Caller: ...  # noqa: D102


@dataclass(frozen=True)
class Authorizer:
    """Answers events: by `rules` for the routes of our own API, by `grants` for any other."""

    gate: Identifier
    api_id: str
    rules: Mapping[str, Rule]
    grants: tuple[Grant, ...]

    def answer(self, event: Event, now: float) -> tuple[Any, str]:
        """The answer, and the reason for the log; the answer is None where it is an `Unauthorized` to be raised.

        Raises `SharedDecision`.
        """
        caller, reason = self._caller(_authorization(event), now)
        if self._wants_simple(event):
            allowed = caller is not None and self._admits(caller, event)
            context = caller.context if caller and allowed else {}
            return {"isAuthorized": allowed, "context": context}, _reason(caller, reason, allowed)
        if caller is None and _is_rest(event):
            return None, reason
        if not _is_keyed_by_token(event):
            raise SharedDecision
        method = _method(event)
        allowed = caller is not None and access.is_granted(self.grants, caller, method)
        document = access.policy(self.grants, caller, method)
        principal = _principal(caller) if caller else "nobody"
        context = caller.context if caller else {}
        answer = {"principalId": principal, "policyDocument": document, "context": context}
        return answer, _reason(caller, reason, allowed)

    def _caller(self, authorization: str, now: float) -> tuple[Caller | None, str]:
        try:
            return self.gate.identify(authorization, now), "ok"
        except Refused as refusal:
            return None, refusal.reason.value
        except SessionEnded:
            return None, "session_ended"

    def _wants_simple(self, event: Event) -> bool:
        """Whether the answer will be remembered for this route alone; on other APIs for this token alone, too."""
        if event.get("version") != "2.0" or event["routeKey"] not in (event.get("identitySource") or ()):
            return False
        return self._is_own(event) or _is_keyed_by_route(event)

    def _is_own(self, event: Event) -> bool:
        is_own: bool = event["requestContext"]["apiId"] == self.api_id
        return is_own

    def _admits(self, caller: Caller, event: Event) -> bool:
        if not self._is_own(event):
            route = access.read_route(_method(event).stage_arn, event["routeKey"])
            return access.is_granted(self.grants, caller, route)
        rule = self.rules.get(event["routeKey"])
        return rule is not None and rule.admits(caller)


def serve(authorizer: Authorizer) -> Callable[[Event, Any], dict[str, Any]]:
    """A Lambda handler. What cannot be decided raises: API Gateway then answers 500, opens and caches nothing."""

    def handler(event: Event, context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        label = f"gate {_label(event)}"
        try:
            answer, reason = authorizer.answer(event, time.time())
        except Exception as error:  # noqa: BLE001 the boundary
            log(label, 500, cause(error), started, context)
            raise RuntimeError("the gate cannot decide") from None
        status = 200 if reason == "ok" else 401 if answer is None else 403
        log(label, status, reason, started, context)
        if answer is None:
            raise Exception("Unauthorized")
        decision: dict[str, Any] = answer
        return decision

    return handler


def _authorization(event: Event) -> str:
    """The Authorization header; of two, none: whose is it to choose?"""
    if event.get("type") == "TOKEN":
        token: str = event.get("authorizationToken") or ""
        return token
    for name, values in (event.get("multiValueHeaders") or {}).items():
        if name.lower() == "authorization" and len(values) != 1:
            return ""
    found = [value for name, value in (event.get("headers") or {}).items() if name.lower() == "authorization"]
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""


def _is_keyed_by_token(event: Event) -> bool:
    """Whether the Authorization value is part of the cache's key; without identity sources nothing is cached.

    Payload 1.0 joins them with commas.
    """
    sources = event.get("identitySource")
    if sources in (None, []):
        return True
    return _authorization(event) in (sources.split(",") if isinstance(sources, str) else sources)


def _principal(caller: Caller) -> str:
    """Issuer and subject: a subject is unique within its issuer alone (RFC 7519 §4.1.2)."""
    return f"{caller.context['iss']}|{caller.context['sub']}"


def _is_keyed_by_route(event: Event) -> bool:
    """Whether token and route are the cache's key, and the caller has not made another value look like the route."""
    if sorted(event["identitySource"]) != sorted([_authorization(event), event["routeKey"]]):
        return False
    cookies = event.get("cookies") or []
    sent = [*event["headers"].values(), *(event.get("queryStringParameters") or {}).values(), *cookies]
    return not any(event["routeKey"] in value for value in sent)


def _is_rest(event: Event) -> bool:
    return "version" not in event


def _method(event: Event) -> Method:
    return access.read_method(event["routeArn"] if event.get("version") == "2.0" else event["methodArn"])


def _reason(caller: Caller | None, reason: str, allowed: bool) -> str:
    return "insufficient_scope" if caller and not allowed else reason


def _label(event: Event) -> str:
    """What is asked for, without identifiers that a path may hold."""
    return str(event.get("routeKey") or event.get("resource") or event.get("type"))
