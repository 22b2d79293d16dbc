"""Every call that the handlers make, on the embedded AWS: boto3 and our own client answer alike."""

import json
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from handlers.store.aws import AwsError, Client
from handlers.store.aws.boto_client import BotoClient
from handlers.store.aws.own_client import OwnClient
from tests.support.handlers import Handlers, authorized, new_address

MAKERS = (OwnClient, BotoClient)
Make = Callable[[str, float, int], Client]


@pytest.fixture(params=MAKERS, ids=["own", "boto3"])
def aws(request: pytest.FixtureRequest, handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Client]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps credentials
    make: Make = request.param
    return lambda service: make(service, 10, 3)


def key(pk: str, sk: str = "profile") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def refused(call: Callable[[], object]) -> AwsError:
    with pytest.raises(AwsError) as error:
        call()
    return error.value


def test_items(aws: Callable[[str], Client], handlers: Handlers) -> None:
    dynamodb, table = aws("dynamodb"), handlers.environment["TABLE_NAME"]
    pk, new = f"contract#{secrets.token_hex(8)}", "attribute_not_exists(pk)"
    values = {"text": {"S": "ä\u2028 “"}, "count": {"N": "7"}, "raw": {"B": b"\x00\xff"}, "none": {"NULL": True}}
    item = {**key(pk), **values}

    assert "Item" not in dynamodb.call("GetItem", TableName=table, Key=key(pk), ConsistentRead=True)
    dynamodb.call("PutItem", TableName=table, Item=item, ConditionExpression=new)
    again = refused(lambda: dynamodb.call("PutItem", TableName=table, Item=item, ConditionExpression=new))
    changed = dynamodb.call(
        "UpdateItem",
        TableName=table,
        Key=key(pk),
        UpdateExpression="ADD #count :one",
        ExpressionAttributeNames={"#count": "count"},
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    found = dynamodb.call("GetItem", TableName=table, Key=key(pk), ConsistentRead=True)["Item"]
    dynamodb.call("DeleteItem", TableName=table, Key=key(pk))

    assert again.code == "ConditionalCheckFailedException"
    assert again.status == 400
    assert changed["Attributes"] == {"count": {"N": "8"}}
    assert found["text"] == item["text"]
    assert found["raw"]["B"] in (b"\x00\xff", "AP8=")


def test_reads_of_several_items(aws: Callable[[str], Client], handlers: Handlers) -> None:
    dynamodb, table = aws("dynamodb"), handlers.environment["TABLE_NAME"]
    pk = f"contract#{secrets.token_hex(8)}"
    keys = [key(pk, str(number)) for number in range(3)]
    for one in keys:
        dynamodb.call("PutItem", TableName=table, Item=one)
    asked: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
    }

    batch = dynamodb.call("BatchGetItem", RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    first = dynamodb.call("Query", Limit=2, **asked)
    rest = dynamodb.call("Query", ExclusiveStartKey=first["LastEvaluatedKey"], **asked)
    scanned = dynamodb.call("Scan", TableName=table, Limit=1)
    for one in keys:
        dynamodb.call("DeleteItem", TableName=table, Key=one)

    assert sorted(item["sk"]["S"] for item in batch["Responses"][table]) == ["0", "1", "2"]
    assert [item["sk"]["S"] for item in [*first["Items"], *rest["Items"]]] == ["0", "1", "2"]
    assert len(scanned["Items"]) == 1


def test_a_transaction_that_is_refused_has_a_reason_for_each_write(
    aws: Callable[[str], Client], handlers: Handlers
) -> None:
    dynamodb, table = aws("dynamodb"), handlers.environment["TABLE_NAME"]
    pk = f"contract#{secrets.token_hex(8)}"
    condition = {"TableName": table, "ConditionExpression": "attribute_exists(pk)"}
    writes = [
        {"Put": {"TableName": table, "Item": key(pk)}},
        {"ConditionCheck": {**condition, "Key": key(f"{pk}-missing")}},
    ]

    error = refused(lambda: dynamodb.call("TransactWriteItems", TransactItems=writes))
    dynamodb.call("TransactWriteItems", TransactItems=[{"Delete": {"TableName": table, "Key": key(pk)}}])

    assert error.code == "TransactionCanceledException"
    assert error.reasons == ("None", "ConditionalCheckFailed")
    assert "Item" not in dynamodb.call("GetItem", TableName=table, Key=key(pk))


def test_encryption(aws: Callable[[str], Client], handlers: Handlers) -> None:
    kms, key_arn = aws("kms"), handlers.environment["KEY_ARN"]
    context = {"purpose": "contract"}

    blob = kms.call("Encrypt", KeyId=key_arn, Plaintext=b"\x00secret", EncryptionContext=context)["CiphertextBlob"]
    plain = kms.call("Decrypt", KeyId=key_arn, CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
    wrong = refused(lambda: kms.call("Decrypt", KeyId=key_arn, CiphertextBlob=blob, EncryptionContext={}))

    assert isinstance(blob, bytes)
    assert plain == b"\x00secret"
    assert wrong.code == "InvalidCiphertextException"


def test_secrets(aws: Callable[[str], Client], handlers: Handlers) -> None:
    secretsmanager, known = aws("secretsmanager"), handlers.environment["PEPPER_SECRET_ID"]

    assert "pepper" in json.loads(secretsmanager.call("GetSecretValue", SecretId=known)["SecretString"])
    missing = refused(lambda: secretsmanager.call("GetSecretValue", SecretId="missing"))
    assert missing.code == "ResourceNotFoundException"


def test_mail(aws: Callable[[str], Client], handlers: Handlers) -> None:
    body = {"Text": {"Data": "Grüße", "Charset": "UTF-8"}}
    mail = {"Simple": {"Subject": {"Data": "“Hello”", "Charset": "UTF-8"}, "Body": body}}

    sent = aws("sesv2").call(
        "SendEmail",
        FromEmailAddress=handlers.environment["MAIL_FROM"],
        Destination={"ToAddresses": [new_address()]},
        Content=mail,
    )

    assert sent["MessageId"]


def test_queues(aws: Callable[[str], Client], handlers: Handlers) -> None:
    control = handlers.stack.aws("sqs")
    url = control.create_queue(QueueName=f"contract-{secrets.token_hex(8)}")["QueueUrl"]
    entries = [{"Id": "0", "MessageBody": "one"}, {"Id": "1", "MessageBody": "two"}]

    aws("sqs").call("SendMessage", QueueUrl=url, MessageBody="zero")
    answer = aws("sqs").call("SendMessageBatch", QueueUrl=url, Entries=entries)
    missing = refused(lambda: aws("sqs").call("SendMessage", QueueUrl=f"{url}-missing", MessageBody="x"))
    held = control.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    control.delete_queue(QueueUrl=url)

    assert [one["Id"] for one in answer["Successful"]] == ["0", "1"]
    assert held["Attributes"]["ApproximateNumberOfMessages"] == "3"
    assert "NonExistentQueue" in missing.code or "QueueDoesNotExist" in missing.code


def test_functions(aws: Callable[[str], Client], handlers: Handlers) -> None:
    """By their ARN too, which has to be encoded in the path."""
    functions = {entry.name: entry for entry in handlers.stack.functions().values()}
    arn = functions["openapi-function"].outputs["arn"]
    invoke = aws("lambda").call

    event = {"routeKey": "GET /openapi.json", **authorized()}
    good = invoke("Invoke", FunctionName=arn, Payload=json.dumps(event))
    failed = invoke("Invoke", FunctionName=functions["orders-data-function"].id, Payload="null")
    missing = refused(lambda: invoke("Invoke", FunctionName="missing", Payload="{}"))

    assert json.loads(good["Payload"])["statusCode"] == 200
    assert "FunctionError" not in good
    assert failed["FunctionError"] == "Unhandled"
    assert missing.code == "ResourceNotFoundException"


def test_users_of_the_pool(aws: Callable[[str], Client], handlers: Handlers) -> None:
    pool = handlers.environment["USER_POOL_ID"]

    missing = refused(lambda: aws("cognito-idp").call("AdminDeleteUser", UserPoolId=pool, Username=new_address()))

    assert missing.code == "UserNotFoundException"


def test_logs_and_events(aws: Callable[[str], Client], handlers: Handlers) -> None:
    stream, group = f"contract-{uuid.uuid4()}", handlers.environment["EVENTS_LOG_GROUP"]
    lines = [{"timestamp": int(time.time() * 1000), "message": "{}"}]
    write = {"logGroupName": group, "logStreamName": stream}
    entry = {"EventBusName": "default", "Source": "contract", "DetailType": "x", "Time": time.time(), "Detail": "{}"}

    missing = refused(lambda: aws("logs").call("PutLogEvents", **write, logEvents=lines))
    aws("logs").call("CreateLogStream", **write)
    again = refused(lambda: aws("logs").call("CreateLogStream", **write))
    aws("logs").call("PutLogEvents", **write, logEvents=lines)
    put = aws("events").call("PutEvents", Entries=[entry])
    handlers.stack.aws("logs").delete_log_stream(**write)

    assert (missing.code, again.code) == ("ResourceNotFoundException", "ResourceAlreadyExistsException")
    assert put["FailedEntryCount"] == 0


def test_wrong_credentials_are_refused(
    aws: Callable[[str], Client], handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")

    error = refused(lambda: aws("dynamodb").call("GetItem", TableName="x", Key=key("x")))

    assert error.code in ("InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException")
