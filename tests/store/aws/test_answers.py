"""handlers.store.aws.operations and errors: what an answer says, and what it does not say of the caller."""

import json
import traceback

import pytest

from handlers.store.aws import AwsError, NoAnswer, boto_client
from handlers.store.aws.operations import WITHOUT_OUTPUT
from handlers.store.aws.own_client import OwnClient
from handlers.store.table import Table
from tests.support.faulty_aws import Make, Server, closed, error, get, operations, says, server, silence

__all__ = ["server"]


def test_the_fault_is_named_and_nothing_else(server: Server) -> None:
    server.plan(silence)

    with pytest.raises(NoAnswer) as late:
        get(attempts=1, seconds=0.05)

    assert (late.value.code, str(late.value)) == ("TimeoutError", "TimeoutError")


@pytest.mark.parametrize("make", [OwnClient, boto_client.BotoClient])
def test_what_aws_says_is_not_in_the_text_of_an_error(server: Server, make: Make) -> None:
    """Lambda logs the text of an error that nobody catches, and AWS may quote the caller, or a signed request."""
    server.plan(error(400, "ValidationException"))

    with pytest.raises(AwsError) as refused:
        get(1, make=make)

    assert refused.value.message == "Ada"
    assert "Ada" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("code", ["Ada Lovelace", "x" * 101, "<script>", "Ä"])
def test_what_is_no_name_of_an_error_is_not_its_code(server: Server, code: str) -> None:
    server.plan(error(400, code))

    with pytest.raises(AwsError) as refused:
        get()

    assert refused.value.code == "Status400"


@pytest.mark.parametrize("reasons", ["x", 7, {"Code": "None"}, [None], ["None"], [{"Code": ["None"]}]])
def test_reasons_that_are_none_are_no_outcome(server: Server, reasons: object) -> None:
    told = {"__type": "x#TransactionCanceledException", "CancellationReasons": reasons}
    server.plan(says(json.dumps(told).encode(), status=400))

    with pytest.raises(AwsError) as refused:
        Table("t").transact([{"Delete": {"Key": {"pk": "x", "sk": "y"}}}])

    assert refused.value.code == "TransactionCanceledException"


@pytest.mark.parametrize("blob", ["!", "AA", "Ä", 7, None])
def test_a_blob_that_is_none_is_no_answer(server: Server, blob: object) -> None:
    server.plan(says(json.dumps({"Plaintext": blob}).encode()), says(b'{"Plaintext":"AAE="}'))

    assert OwnClient("kms", 1, 2).call("Decrypt", CiphertextBlob=b"x") == {"Plaintext": b"\0\1"}


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_credentials_that_cannot_be_sent_are_not_named(
    server: Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "hunter2\nhunter2")

    with pytest.raises(NoAnswer) as malformed:
        get()

    assert "hunter2" not in "".join(traceback.format_exception(malformed.value))
    assert server.requests == []


def test_operations_without_output_are_those_without_output() -> None:
    """An empty answer is whole for these alone."""
    empty = {one.name for one in operations() if one.output_shape is None or not one.output_shape.members}

    assert empty == WITHOUT_OUTPUT


@pytest.mark.parametrize("operation", sorted(WITHOUT_OUTPUT))
def test_an_answer_without_output_may_be_empty(server: Server, operation: str) -> None:
    server.plan(says(b""))

    assert OwnClient("cognito-idp", 1, 1).call(operation) == {}


def test_boto3_with_the_same_faults_raises_the_same_errors(server: Server) -> None:
    """It is one setting away, so what the store catches has to be the same."""
    dynamodb = boto_client.BotoClient("dynamodb", 1, 1)
    server.plan(error(400, "ConditionalCheckFailedException"), closed)

    with pytest.raises(AwsError) as refused:
        dynamodb.call("GetItem", TableName="t", Key={"pk": {"S": "x"}})
    with pytest.raises(NoAnswer):
        dynamodb.call("GetItem", TableName="t", Key={"pk": {"S": "x"}})

    assert (refused.value.code, refused.value.status) == ("ConditionalCheckFailedException", 400)
