"""Between API Gateway's authorizer events and the authenticator: the documented events, and the answer to each.

| asked by | event | answer to a good token | to a bad one |
|---|---|---|---|
| HTTP API, 2.0, simple | `routeArn`, keyed by `$context.routeKey` too | `isAuthorized` | `isAuthorized: false` |
| HTTP API, 2.0, policy | `routeArn` | a policy | a policy that denies |
| HTTP API, 1.0 | `methodArn`, `version: 1.0` | a policy | a policy that denies |
| REST API, `REQUEST` | `methodArn` | a policy | raises `Unauthorized`, which is 401 there |
| REST API, `TOKEN` | `authorizationToken` | a policy | raises `Unauthorized` |

API Gateway caches a simple answer, so it is given only if the route is part of the cache key, and it allows everything
that the route stands for: `ANY /books/{id}` is every verb and every id. An authorizer that wants simple answers without
the route in the key gets a policy instead, which API Gateway answers with 500: it fails closed.

API Gateway caches a policy by the authorizer's identity sources. If the event lists them and the Authorization value is
not among them, callers would share a decision, so the function raises, which is a 500 and is not cached. A REST API's
`REQUEST` event does not list them; there the header must be configured: docs/operations.md.

Source: API Gateway Developer Guide, "AWS Lambda authorizers" for HTTP APIs and for REST APIs.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.adapters.http import Event, cause, log
from handlers.core.tokens import access
from handlers.core.tokens.access import Grant, Method, Rule
from handlers.core.tokens.authenticator import Principal, ScopeChanged, SessionEnded
from handlers.core.tokens.verifier import Refused

if TYPE_CHECKING:
    from handlers.core.ports import Authenticator


class SharedDecision(Exception):
    """The authorizer's identity sources leave out the Authorization header, so that callers would share a decision."""


@dataclass(frozen=True)
class Authorizer:
    """The decisions of the authorizer: by `rules` for the routes of our own API, by `grants` for any other."""

    authenticator: "Authenticator"
    api_id: str
    rules: Mapping[str, Rule]
    grants: tuple[Grant, ...]

    def answer(self, event: Event, now: float) -> tuple[Any, str]:
        """Return the answer and the reason for the log. The answer is None where `Unauthorized` is to be raised.

        Raises `SharedDecision`.
        """
        principal, reason = self._principal(_authorization(event), now)
        if self._wants_simple(event):
            allowed = principal is not None and self._admits(principal, event)
            context = principal.context if principal and allowed else {}
            return {"isAuthorized": allowed, "context": context}, _reason(principal, reason, allowed)
        if principal is None and _is_rest(event):
            return None, reason
        if not _is_keyed_by_token(event):
            raise SharedDecision
        method = _method(event)
        allowed = principal is not None and access.is_granted(self.grants, principal, method)
        document = access.policy(self.grants, principal, method)
        principal_id = _principal_id(principal) if principal else "nobody"
        context = principal.context if principal else {}
        answer = {"principalId": principal_id, "policyDocument": document, "context": context}
        return answer, _reason(principal, reason, allowed)

    def _principal(self, authorization: str, now: float) -> tuple[Principal | None, str]:
        try:
            return self.authenticator.authenticate(authorization, now), "ok"
        except Refused as refusal:
            return None, refusal.reason.value
        except SessionEnded:
            return None, "session_ended"
        except ScopeChanged:
            return None, "scope_changed"

    def _wants_simple(self, event: Event) -> bool:
        """Return whether the answer is cached for this route alone; on other APIs for this token alone, too."""
        if event.get("version") != "2.0" or event["routeKey"] not in (event.get("identitySource") or ()):
            return False
        return self._is_own(event) or _is_keyed_by_route(event)

    def _is_own(self, event: Event) -> bool:
        is_own: bool = event["requestContext"]["apiId"] == self.api_id
        return is_own

    def _admits(self, principal: Principal, event: Event) -> bool:
        if not self._is_own(event):
            route = access.read_route(_method(event).stage_arn, event["routeKey"])
            return access.is_granted(self.grants, principal, route)
        rule = self.rules.get(event["routeKey"])
        return rule is not None and rule.admits(principal)


def serve(authorizer: Authorizer) -> Callable[[Event, Any], dict[str, Any]]:
    """Return a Lambda handler. It raises if it cannot decide: API Gateway then answers 500, and caches nothing."""

    def handler(event: Event, context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        label = f"authorizer {_label(event)}"
        try:
            answer, reason = authorizer.answer(event, time.time())
        except Exception as error:  # noqa: BLE001 the boundary
            log(label, 500, cause(error), started, context, event)
            raise RuntimeError("the authorizer cannot decide") from None
        status = 200 if reason == "ok" else 401 if answer is None else 403
        log(label, status, reason, started, context, event)
        if answer is None:
            raise Exception("Unauthorized")
        decision: dict[str, Any] = answer
        return decision

    return handler


def _authorization(event: Event) -> str:
    """Return the Authorization header; none if there are several, since each could be meant."""
    if event.get("type") == "TOKEN":
        token: str = event.get("authorizationToken") or ""
        return token
    for name, values in (event.get("multiValueHeaders") or {}).items():
        if name.lower() == "authorization" and len(values) != 1:
            return ""
    found = [value for name, value in (event.get("headers") or {}).items() if name.lower() == "authorization"]
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""


def _is_keyed_by_token(event: Event) -> bool:
    """Return whether the Authorization value is part of the cache key; without identity sources nothing is cached.

    Payload 1.0 joins them with commas.
    """
    sources = event.get("identitySource")
    if sources in (None, []):
        return True
    return _authorization(event) in (sources.split(",") if isinstance(sources, str) else sources)


def _principal_id(principal: Principal) -> str:
    """Return issuer and subject: a subject is unique within its issuer alone (RFC 7519 §4.1.2)."""
    return f"{principal.context['iss']}|{principal.context['sub']}"


def _is_keyed_by_route(event: Event) -> bool:
    """Return whether token and route are the cache key, and no value of the caller looks like the route."""
    if sorted(event["identitySource"]) != sorted([_authorization(event), event["routeKey"]]):
        return False
    cookies = event.get("cookies") or []
    sent = [*event["headers"].values(), *(event.get("queryStringParameters") or {}).values(), *cookies]
    return not any(event["routeKey"] in value for value in sent)


def _is_rest(event: Event) -> bool:
    return "version" not in event


def _method(event: Event) -> Method:
    return access.read_method(event["routeArn"] if event.get("version") == "2.0" else event["methodArn"])


def _reason(principal: Principal | None, reason: str, allowed: bool) -> str:
    return "insufficient_scope" if principal and not allowed else reason


def _label(event: Event) -> str:
    """Return the requested route or method for the log, without identifiers that a path may hold."""
    return str(event.get("routeKey") or event.get("resource") or event.get("type"))
