"""Between API Gateway's events (HTTP API, payload 2.0) and the handlers: requests, responses, one log line each."""

import base64
import binascii
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contract.edge import API_PATH, CACHE_CONTROL
from contract.limits import MAX_BODY_BYTES
from contract.route import DEVICE as DEVICE_PARAMETER
from handlers.adapters import edge, step_up_check
from handlers.core.limits.places import DEVICE, Place, coarse_network
from handlers.core.sessions.caller import Caller
from handlers.errors import ApiError, BadRequest, BodyTooLarge
from handlers.store.aws import error_code
from handlers.store.event_origin import Origin, origin

if TYPE_CHECKING:
    import msgspec

NO_STORE = {"cache-control": "no-store"}
CACHEABLE = {"cache-control": CACHE_CONTROL}

EDGE_ID = re.compile("[A-Za-z0-9_=-]{56}")
"""CloudFront's id of a request, as in its log. Source: CloudFront Developer Guide, "Request IDs"."""
ON_LAMBDA = "AWS_LAMBDA_RUNTIME_API" in os.environ
"""Lambda sets this variable for every function, and reserves its name. Source: Lambda Developer Guide, "Defined runtime
environment variables"."""
DEVICE_SECONDS = 365 * 86400

Event = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A request."""

    event: Event

    @property
    def body(self) -> bytes:
        """Return the bytes of the body, at most 16 KiB. Raises `BodyTooLarge`, `BadRequest`."""
        text = self.event.get("body") or ""
        if len(text) > MAX_BODY_BYTES * 4 // 3 + 4:
            raise BodyTooLarge
        body = _decode_base64(text) if self.event.get("isBase64Encoded") else _encode_utf8(text)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        return body

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers; their names are in lower case, as in API Gateway's events."""
        headers: Mapping[str, str] = self.event.get("headers") or {}
        return headers

    def header(self, name: str) -> str | None:
        """Return a header; its name is in lower case."""
        return self.headers.get(name)

    def path(self, name: str) -> str:
        """Return a parameter of the path."""
        value: str = self.event["pathParameters"][name]
        return value

    def query(self, name: str) -> str | None:
        """Return a parameter of the query string."""
        value: str | None = (self.event.get("queryStringParameters") or {}).get(name)
        return value

    @property
    def source(self) -> str:
        """Return the caller's network address: of the viewer at the edge, else of the connection."""
        address: str = edge.viewer(self.headers) or self.event["requestContext"]["http"]["sourceIp"]
        return address

    @property
    def base_path(self) -> str:
        """Return the path of the API as the client sees it."""
        return API_PATH if edge.viewer(self.headers) else ""

    @property
    def all_cookies(self) -> list[str]:
        """Return the cookies, each as `name=value`."""
        return [one.strip() for one in self.event.get("cookies") or []]

    @property
    def place(self) -> Place:
        """Return the place of the request; without a device's cookie, that of a new device."""
        device = dict(one.partition("=")[::2] for one in self.all_cookies).get(DEVICE_PARAMETER.name, "")
        secret = device if DEVICE.fullmatch(device) else secrets.token_urlsafe(32)
        agent, language = (self.header(name) or "" for name in ("user-agent", "accept-language"))
        return Place(self.source, secret, agent=agent, language=language)

    @property
    def claims(self) -> Mapping[str, str]:
        """Return the authorizer context: `sub`, `iss`, `scope`, `amr`, `auth_time`; of our own also `sid`, `email`."""
        context: Mapping[str, str] = self.event["requestContext"]["authorizer"]["lambda"]
        return context

    @property
    def caller(self) -> Caller:
        """Return the user and the session of a token of our own issuer."""
        claims = self.claims
        return Caller(claims["sub"], claims["sid"], frozenset(claims["amr"].split()))


@dataclass(frozen=True)
class Response:
    """A response. `body` is a struct of the contract, the mapping of an error, or text that is JSON already."""

    status: int
    body: "msgspec.Struct | Mapping[str, Any] | str | None" = None
    headers: Mapping[str, str] = field(default_factory=lambda: NO_STORE)
    reason: str = "ok"
    cookies: tuple[str, ...] = ()


def device_cookie(place: Place) -> str:
    """Return the cookie of a device that has signed in, by which the limits know it. It gives no access."""
    attributes = f"Max-Age={DEVICE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax"
    return f"{DEVICE_PARAMETER.name}={place.device}; {attributes}"


def endpoint(handle: Callable[[Request], Response]) -> Callable[[Event, Any], dict[str, Any]]:
    """Return a Lambda handler that turns every outcome into a response and one line of JSON in the log."""

    def handler(event: Event, context: Any) -> dict[str, Any]:
        started, request = time.perf_counter(), Request(event)
        origin.set(_origin(event, context))
        response = _answer(handle, request)
        log(event.get("routeKey"), response.status, response.reason, started, context, event)
        return _to_gateway(response)

    return handler


def _origin(event: Event, context: Any) -> Origin:
    is_request = "http" in event.get("requestContext", {})
    source = Request(event).source if is_request else ""
    return Origin(request_id(event, context), coarse_network(source))


def request_id(event: Event, context: Any) -> str | None:
    """Return API Gateway's id of the request, else Lambda's of the invocation.

    The access log and the authorizer have it too, and the caller finds it in the header `apigw-requestid`.
    """
    known = event.get("requestContext")
    given = known.get("requestId") if isinstance(known, Mapping) else None
    return given if isinstance(given, str) else getattr(context, "aws_request_id", None)


def _edge_id(event: Event) -> str | None:
    """Return CloudFront's id of the request; None if the request has not come through it."""
    headers = event.get("headers")
    given = headers.get("x-amz-cf-id") if isinstance(headers, Mapping) else None
    return given if isinstance(given, str) and EDGE_ID.fullmatch(given) else None


def task(steps: Mapping[str, Callable[[str], Any]]) -> Callable[[Event, Any], Any]:
    """Return a handler of rotation steps: event {Step, ClientRequestToken}; one log line per step, without messages."""

    def handler(event: Event, context: Any) -> Any:
        started = time.perf_counter()
        step = event["Step"]
        try:
            answer = steps[step](event.get("ClientRequestToken", ""))
        except Exception as error:  # noqa: BLE001 the boundary
            log(step, 500, cause(error), started, context)
            raise RuntimeError("the step failed") from None
        log(step, 200, "ok", started, context)
        return answer

    return handler


def log(route: str | None, status: int, reason: str, started: float, context: Any, event: Event | None = None) -> None:
    """Print the log line of a request, or of other work; it holds no data of the caller."""
    line = {
        "route": route,
        "status": status,
        "reason": reason,
        "ms": round((time.perf_counter() - started) * 1000, 1),
        "request_id": request_id(event or {}, context),
    }
    edge_id = _edge_id(event or {})
    print(json.dumps({**line, "edge_id": edge_id} if edge_id else line), flush=True)


def cause(error: BaseException) -> str:
    """Return the type and the place of an unforeseen error, not its message, which may quote the caller.

    On a developer's machine the whole traceback is printed too, and what AWS has said.
    """
    if not ON_LAMBDA:
        import traceback

        print(*traceback.format_exception(error), getattr(error, "message", ""), sep="", flush=True)
    code = error_code(error)
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} {code} at {place}".replace("  ", " ")


def _answer(handle: Callable[[Request], Response], request: Request) -> Response:
    try:
        edge.check(request.headers)
        step_up_check.check(request.event, time.time())
        response = handle(request)
        if not isinstance(response, Response):
            raise TypeError(f"{handle.__module__} answers with {type(response).__name__}; return a Response")
        return response
    except ApiError as error:
        return Response(error.status, error.body, {**NO_STORE, **error.headers}, error.code)
    except Exception as error:  # noqa: BLE001 the boundary
        problem = {"message": "Internal Server Error", "code": "internal_error"}
        return Response(500, problem, NO_STORE, cause(error))


def _to_gateway(response: Response) -> dict[str, Any]:
    answer: dict[str, Any] = {"statusCode": response.status, "headers": dict(response.headers)}
    if response.cookies:
        answer["cookies"] = list(response.cookies)
    if response.body is not None:
        answer["headers"].setdefault("content-type", "application/json")
        answer["body"] = _json(response.body)
    return answer


def _json(body: "msgspec.Struct | Mapping[str, Any] | str") -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, Mapping):
        return json.dumps(body, separators=(",", ":"))
    import msgspec  # here, because the authorizer imports this module too, without msgspec

    return msgspec.json.encode(body).decode()


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadRequest("The body is not what it says it is.") from None


def _encode_utf8(text: str) -> bytes:
    # API Gateway replaces bytes that are not UTF-8 by U+FFFD; the original is lost.
    if "�" in text:
        raise BadRequest("The body is not UTF-8.")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadRequest("The body is not UTF-8.") from None
