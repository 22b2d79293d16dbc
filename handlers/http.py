"""Between API Gateway's events (HTTP API, payload 2.0) and the handlers: bodies in, answers out, one log line."""

import base64
import binascii
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.limits import MAX_BODY_BYTES
from contract.route import DEVICE as DEVICE_PARAMETER
from handlers import freshness
from handlers.core.places import DEVICE, Place
from handlers.errors import AuthError, BadRequest, BodyTooLarge

NO_STORE = {"cache-control": "no-store"}
CACHEABLE = {"cache-control": "public, max-age=300"}

ON_LAMBDA = "AWS_LAMBDA_RUNTIME_API" in os.environ
"""Lambda sets it for every function, and lets nobody else set it. Source: Lambda Developer Guide, "Defined runtime
environment variables"."""
DEVICE_SECONDS = 365 * 86400

Event = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request, as the handlers see it."""

    event: Event

    @property
    def body(self) -> bytes:
        """The body as it was sent, at most 16 KiB. Raises `BodyTooLarge`, `BadRequest`."""
        text = self.event.get("body") or ""
        if len(text) > MAX_BODY_BYTES * 4 // 3 + 4:
            raise BodyTooLarge
        body = _decode_base64(text) if self.event.get("isBase64Encoded") else _encode_utf8(text)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        return body

    def header(self, name: str) -> str | None:
        """A header; its name in lower case, as API Gateway hands it over."""
        value: str | None = (self.event.get("headers") or {}).get(name)
        return value

    def path(self, name: str) -> str:
        """A part of the path."""
        value: str = self.event["pathParameters"][name]
        return value

    def query(self, name: str) -> str | None:
        """A parameter of the query string."""
        value: str | None = (self.event.get("queryStringParameters") or {}).get(name)
        return value

    @property
    def source(self) -> str:
        """The caller's network address."""
        address: str = self.event["requestContext"]["http"]["sourceIp"]
        return address

    @property
    def place(self) -> Place:
        """Where the request comes from; without a device's cookie, with a new device that nobody knows yet."""
        cookies = dict(one.strip().partition("=")[::2] for one in self.event.get("cookies") or [])
        device = cookies.get(DEVICE_PARAMETER.name, "")
        return Place(self.source, device if DEVICE.fullmatch(device) else secrets.token_urlsafe(32))

    @property
    def caller(self) -> Mapping[str, str]:
        """What the gate handed over: `sub`, `iss`, `scope`, `amr`, `auth_time`; of our own also `sid`, `email`."""
        context: Mapping[str, str] = self.event["requestContext"]["authorizer"]["lambda"]
        return context


@dataclass(frozen=True)
class Response:
    """One answer. `body` is text that is JSON already, or anything `json.dumps` takes."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=lambda: NO_STORE)
    reason: str = "ok"
    cookies: tuple[str, ...] = ()


def device_cookie(place: Place) -> str:
    """Set where somebody has signed in: the device is known from then on. It opens nothing by itself."""
    attributes = f"Max-Age={DEVICE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax"
    return f"{DEVICE_PARAMETER.name}={place.device}; {attributes}"


def endpoint(handle: Callable[[Request], Response]) -> Callable[[Event, Any], dict[str, Any]]:
    """A Lambda handler: every outcome becomes an answer and one line of JSON in the log."""

    def handler(event: Event, context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        response = _answer(handle, Request(event))
        log(event.get("routeKey"), response.status, response.reason, started, context)
        return _to_gateway(response)

    return handler


def task(steps: Mapping[str, Callable[[str], None]]) -> Callable[[Event, Any], None]:
    """A rotation function: event {Step, ClientRequestToken}; one log line a step, errors without their message."""

    def handler(event: Event, context: Any) -> None:
        started = time.perf_counter()
        step = event["Step"]
        try:
            steps[step](event.get("ClientRequestToken", ""))
        except Exception as error:  # noqa: BLE001 the boundary
            log(step, 500, cause(error), started, context)
            raise RuntimeError("the step failed") from None
        log(step, 200, "ok", started, context)

    return handler


def log(route: str | None, status: int, reason: str, started: float, context: Any) -> None:
    """Print the line that every request leaves: nothing of the caller's is in it."""
    line = {
        "route": route,
        "status": status,
        "reason": reason,
        "ms": round((time.perf_counter() - started) * 1000, 1),
        "request_id": getattr(context, "aws_request_id", None),
    }
    print(json.dumps(line), flush=True)


def cause(error: BaseException) -> str:
    """Where an unforeseen error came from: its type and place, not its message, which may quote the caller.

    On a developer's machine the whole traceback is printed too.
    """
    if not ON_LAMBDA:
        import traceback

        print(*traceback.format_exception(error), sep="", flush=True)
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} {code} at {place}".replace("  ", " ")


def _answer(handle: Callable[[Request], Response], request: Request) -> Response:
    try:
        freshness.check(request.event, time.time())
        response = handle(request)
        if not isinstance(response, Response):
            raise TypeError(f"{handle.__module__} answers with {type(response).__name__}; return a Response")
        return response
    except AuthError as error:
        return Response(error.status, error.body, {**NO_STORE, **error.headers}, error.code)
    except Exception as error:  # noqa: BLE001 the boundary
        problem = {"message": "Internal Server Error", "code": "internal_error"}
        return Response(500, problem, NO_STORE, cause(error))


def _to_gateway(response: Response) -> dict[str, Any]:
    answer: dict[str, Any] = {"statusCode": response.status, "headers": dict(response.headers)}
    if response.cookies:
        answer["cookies"] = list(response.cookies)
    if response.body is not None:
        answer["headers"]["content-type"] = "application/json"
        text = response.body if isinstance(response.body, str) else json.dumps(response.body)
        answer["body"] = text
    return answer


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadRequest("The body is not what it says it is.") from None


def _encode_utf8(text: str) -> bytes:
    # API Gateway puts U+FFFD in the place of bytes that are not UTF-8; what was meant is lost.
    if "�" in text:
        raise BadRequest("The body is not UTF-8.")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadRequest("The body is not UTF-8.") from None
