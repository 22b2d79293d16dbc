"""Between operations of AWS's APIs and HTTP: requests, answers and errors, in the protocols of the services we call.

Source: Smithy, "AWS JSON 1.0 protocol", "AWS JSON 1.1 protocol"; API References of SES v2 and Lambda.
"""

import base64
import json
import os
import re
import uuid
from binascii import crc32
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from handlers.store.aws.connections import Answer
from handlers.store.aws.errors import AwsError, NoAnswer

JSON = "application/x-amz-json-"
TARGETS = {
    "cognito-idp": ("AWSCognitoIdentityProviderService", "1.1"),
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "events": ("AWSEvents", "1.1"),
    "kms": ("TrentService", "1.1"),
    "logs": ("Logs_20140328", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
    "sqs": ("AmazonSQS", "1.0"),
}
"""Services with a JSON protocol → the prefix of their operations, and the version of the protocol."""
SIGNING_NAMES = {"sesv2": "ses"}
HOSTS = {"sesv2": "email"}
SUFFIXES = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}
"""The beginning of a region's name → the end of its hosts."""
BLOBS = ("CiphertextBlob", "Plaintext")
WITHOUT_OUTPUT = {
    "AdminDeleteUser", "AdminSetUserPassword", "AdminUpdateUserAttributes", "AdminUserGlobalSignOut", "CreateLogStream",
}  # fmt: skip
NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,99}")
"""Of an error."""
REPEATABLE = ("TransactWriteItems",)
"""Operations that AWS does once for each `ClientRequestToken`, however often they arrive."""


@dataclass(frozen=True)
class Request:
    """An HTTP request that is not signed yet."""

    target: str
    headers: Mapping[str, str]
    body: bytes


def address_of(service: str) -> str:
    """Return the address of a service in the function's region."""
    given = os.environ.get("AWS_ENDPOINT_URL")
    if given:
        return given.rstrip("/")
    region = region_of()
    suffix = SUFFIXES.get(region.partition("-")[0], "amazonaws.com")
    return f"https://{HOSTS.get(service, service)}.{region}.{suffix}"


def region_of() -> str:
    """Return the function's region; Lambda sets the variable."""
    return os.environ["AWS_REGION"]


def request_of(service: str, operation: str, given: Mapping[str, Any]) -> Request:
    """Return the request of an operation. Raises `LookupError` for a service that is not in this file."""
    if (service, operation) == ("lambda", "Invoke"):
        target = f"/2015-03-31/functions/{quote(given['FunctionName'], safe='')}/invocations"
        return Request(target, {"content-type": "application/octet-stream"}, given["Payload"].encode())
    if (service, operation) == ("sesv2", "SendEmail"):
        return Request("/v2/email/outbound-emails", {"content-type": "application/json"}, _encoded(given))
    prefix, version = TARGETS[service]
    if operation in REPEATABLE:
        given = {"ClientRequestToken": str(uuid.uuid4()), **given}
    headers = {"content-type": JSON + version, "x-amz-target": f"{prefix}.{operation}"}
    return Request("/", headers, _encoded(given))


def answer_of(service: str, operation: str, answer: Answer) -> dict[str, Any]:
    """Return what an operation answers. Raises `AwsError`; `NoAnswer` for what AWS cannot have said."""
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(crc32(answer.body)):
        raise NoAnswer("checksum")
    if not 200 <= answer.status < 300:
        raise error_of(answer)
    if service == "lambda":
        failed = answer.headers.get("x-amz-function-error")
        return {"Payload": answer.body, **({"FunctionError": failed} if failed else {})}
    if operation in WITHOUT_OUTPUT:
        return {}
    try:
        found = _object(answer.body)
        return {**found, **{name: base64.b64decode(found[name], validate=True) for name in BLOBS if name in found}}
    except (ValueError, TypeError) as error:
        raise NoAnswer(type(error).__name__) from None


def error_of(answer: Answer) -> AwsError:
    """Return the error that an answer tells: in a header, or in a JSON document with its name after `#`."""
    try:
        told = _object(answer.body)
    except ValueError:
        told = {}
    name = answer.headers.get("x-amzn-errortype") or str(told.get("__type") or told.get("code") or "")
    code = name.partition(":")[0].rpartition("#")[2]
    if not NAME.fullmatch(code):  # it is logged
        code = f"Status{answer.status}"
    message = str(told.get("message") or told.get("Message") or "")
    return AwsError(code, message, answer.status, answer.headers.get("date", ""), _reasons(told))


def _reasons(told: Mapping[str, Any]) -> tuple[str, ...]:
    given = told.get("CancellationReasons")
    reasons = given if isinstance(given, list) else []
    return tuple(str(reason.get("Code")) if isinstance(reason, dict) else "" for reason in reasons)


def _object(body: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises `ValueError`."""
    try:
        found = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _encoded(given: Mapping[str, Any]) -> bytes:
    return json.dumps(given, separators=(",", ":"), default=_base64).encode()


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)
