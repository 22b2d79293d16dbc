"""sallyport/local/server/guard.py: web pages cannot use the embedded AWS."""

import hashlib
import socket
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local import keys
from sallyport.local.clients import REGION, Clients
from sallyport.local.keys import RootKeys

EVIL = {"Origin": "https://evil.example"}


@pytest.mark.parametrize(
    "headers",
    [
        EVIL,
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/_ministack/ses/messages", "/2015-03-31/functions", "/_ministack/health", "/"])
def test_what_a_browser_sends_for_another_site_is_refused(
    stack: LocalStack, headers: dict[str, str], path: str
) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = httpx.request(method, f"{stack.cloud.url}{path}", headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (403, b"")
        assert "access-control-allow-origin" not in answer.headers


QUERY = "?Action=ListUsers&Version=2010-05-08"
SIGNED = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20260101%2Fus-east-1%2Flambda%2Faws4_request"


@pytest.mark.parametrize("headers", [EVIL, {"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize(
    "path",
    [
        "/loginx",
        "/login",
        "/login/",
        "/oauth2/",
        "/oauth2/authorize/2015-03-31/functions",
        "/oauth2/login",
        "/logout/x",
        "/_aws/execute-api/",
        "/_aws/execute-api/unknown/me",
        "/_aws/execute-api/sallyport-2/me",
        "/_aws/lambda-url/x/",
        "/_fakes/control/messages",
    ],
)
def test_only_exact_paths_are_there_for_other_origins(stack: LocalStack, headers: dict[str, str], path: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = httpx.request(method, f"{stack.cloud.url}{path}", headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (403, b""), method


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (QUERY, {}),
        (SIGNED, {}),
        ("?x%2Damz%2Dalgorithm=AWS4-HMAC-SHA256", {}),
        ("?AWSAccessKeyId=test&Signature=x", {}),
        ("", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
        ("", {"X-Amz-Security-Token": "x"}),
        ("", {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request"}),
        ("", {"Authorization": "aws test:x"}),
    ],
)
@pytest.mark.parametrize("path", ["/_aws/execute-api/sallyport/me", "/oauth2/token", "/logout"])
def test_what_aws_would_read_never_comes_from_other_origins(
    stack: LocalStack, path: str, query: str, headers: dict[str, str]
) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{stack.cloud.url}{path}{query}", headers={**EVIL, **headers}, timeout=10)
        assert (answer.status_code, answer.content) == (403, b""), method


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/oauth2/authorize"), ("GET", "/logout"), ("POST", "/oauth2/token")]
)
def test_the_pools_endpoints_are_there_for_other_origins(stack: LocalStack, method: str, path: str) -> None:
    answer = httpx.request(method, f"{stack.cloud.url}{path}", headers=EVIL, timeout=30)

    assert answer.status_code != 403 or answer.content


@pytest.mark.parametrize("key", ["test", "000000000000", "123456789012", "AKIAIOSFODNN7EXAMPLE"])
@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("lambda", "list_functions"),
        ("dynamodb", "list_tables"),
        ("iam", "list_users"),
        ("s3", "list_buckets"),
        ("sts", "get_caller_identity"),
        ("kms", "list_keys"),
        ("secretsmanager", "list_secrets"),
    ],
)
def test_keys_that_everybody_knows_open_nothing(stack: LocalStack, key: str, service: str, operation: str) -> None:
    client = Clients(stack.cloud.url, RootKeys(key, "test"))(service)

    with pytest.raises(ClientError, match=r"(?i)invalid|UnrecognizedClient"):
        getattr(client, operation)()


def test_the_root_keys_signature_is_checked(stack: LocalStack) -> None:
    client = Clients(stack.cloud.url, RootKeys(stack.cloud.keys.access_key_id, "another secret"))("lambda")

    with pytest.raises(ClientError, match="Signature"):
        client.list_functions()


def test_root_keys_are_random_and_their_owners_alone(stack: LocalStack, tmp_path: Path) -> None:
    made = [keys.ensure(tmp_path / name) for name in ("a", "b", "a")]
    file = stack.cloud.folder / keys.FILE

    assert made[0] == made[2] != made[1]
    assert file.stat().st_mode & 0o777 == 0o600
    assert made[0].secret_access_key not in repr(made[0])


def test_a_functions_session_keys_cannot_be_derived_from_its_name(stack: LocalStack, aws: Clients) -> None:
    """MiniStack hashes the function's ARN and its role's."""
    function = aws("lambda").list_functions()["Functions"][0]
    digest = hashlib.sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
    derived = [hashlib.sha256(f"{part}:{digest}".encode()).hexdigest() for part in ("secret", "token")]
    session = boto3.Session(f"ASIA{digest[:16].upper()}", *derived, region_name=REGION)

    with pytest.raises(ClientError, match=r"(?i)invalid"):
        session.client("sts", endpoint_url=stack.cloud.url).get_caller_identity()


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config"])
def test_nobody_resets_it_over_the_network(stack: LocalStack, path: str) -> None:
    assert httpx.post(f"{stack.cloud.url}{path}", timeout=10).status_code == 403


def test_the_api_may_be_called_from_pages_by_its_own_rules(stack: LocalStack, outputs: dict[str, str]) -> None:
    answer = httpx.get(f"{outputs['api_url']}/openapi.json", headers=EVIL, timeout=30)

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_websockets_of_foreign_pages_are_refused(stack: LocalStack) -> None:
    with socket.create_connection(("127.0.0.1", stack.cloud.port), timeout=10) as connection:
        connection.sendall(
            b"GET /_aws/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b" 403 " in connection.recv(1024).split(b"\r\n")[0]


def test_a_function_that_does_not_start_is_a_bare_500(stack: LocalStack, outputs: dict[str, str]) -> None:
    lambda_ = stack.aws("lambda")
    name = next(entry.id for entry in stack.functions().values() if entry.name == "openapi-function")
    lambda_.update_function_configuration(FunctionName=name, Handler="handlers.nothing.handler")
    try:
        answer = httpx.get(f"{outputs['api_url']}/openapi.json", timeout=30)
    finally:
        lambda_.update_function_configuration(FunctionName=name, Handler="handlers.functions.metadata.openapi.handler")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert "handlers.nothing" in stack.cloud.log.read_text()
