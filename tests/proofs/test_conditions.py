"""Conditions of policies are evaluated here as on AWS: a role reaches its own partitions, contexts and sender only."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import REGION, Clients
from tests.support.handlers import Handlers

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}

Act = Callable[[Callable[[str], Any]], object]


@pytest.fixture
def as_role(stack: LocalStack, aws: Clients, request: pytest.FixtureRequest) -> Callable[[str], Callable[[str], Any]]:
    """Clients with exactly the rights of a deployed function."""

    def assume(function: str) -> Callable[[str], Any]:
        name = f"test-{function}-{abs(hash(request.node.name)) % 10**8}"
        role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        deployed = f"sallyport-local-{function}-execution-role-"
        for entry in stack.state.entries.values():
            if entry.type == "aws:iam/rolePolicy:RolePolicy" and entry.id.startswith(deployed):
                owner, policy = entry.id.split(":")
                document = aws("iam").get_role_policy(RoleName=owner, PolicyName=policy)["PolicyDocument"]
                aws("iam").put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        given = aws("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], REGION)
        return lambda service: session.client(service, endpoint_url=stack.cloud.url)

    return assume


def is_denied(act: Act, clients: Callable[[str], Any]) -> bool:
    try:
        act(clients)
    except ClientError as error:
        return "AccessDenied" in error.response["Error"]["Code"]
    return False


def test_roles_reach_their_own_partitions_only(
    as_role: Callable[[str], Callable[[str], Any]], handlers: Handlers
) -> None:
    table = handlers.environment["TABLE_NAME"]

    def get(pk: str) -> Act:
        key = {"pk": {"S": pk}, "sk": {"S": "profile"}}
        return lambda clients: clients("dynamodb").get_item(TableName=table, Key=key)

    def put(pk: str) -> Act:
        item = {"pk": {"S": pk}, "sk": {"S": "test"}}
        return lambda clients: clients("dynamodb").put_item(TableName=table, Item=item)

    def scan(clients: Callable[[str], Any]) -> object:
        return clients("dynamodb").scan(TableName=table)

    signin, confirm, jwks = as_role("signin"), as_role("confirm-signup"), as_role("jwks")
    assert not is_denied(get("address#x"), signin)
    assert is_denied(get("credential#x"), signin)
    assert is_denied(get("keys"), signin)
    assert is_denied(scan, signin)
    assert not is_denied(put("sessions#x"), signin)
    assert is_denied(put("user#x"), signin)
    assert is_denied(put("keys"), confirm)
    assert is_denied(put("challenge#x"), confirm)
    assert not is_denied(get("keys"), jwks)
    assert is_denied(get("user#x"), jwks)


def test_batches_and_transactions_are_checked_item_by_item(
    as_role: Callable[[str], Callable[[str], Any]], handlers: Handlers
) -> None:
    table = handlers.environment["TABLE_NAME"]

    def batch(*pks: str) -> Act:
        keys = [{"pk": {"S": pk}, "sk": {"S": "profile"}} for pk in pks]
        return lambda clients: clients("dynamodb").batch_get_item(RequestItems={table: {"Keys": keys}})

    def transaction(*pks: str) -> Act:
        puts = [{"Put": {"TableName": table, "Item": {"pk": {"S": pk}, "sk": {"S": "test"}}}} for pk in pks]
        return lambda clients: clients("dynamodb").transact_write_items(TransactItems=puts)

    authorizer, confirm = as_role("authorizer"), as_role("confirm-signup")
    assert not is_denied(batch("user#x", "sessions#x"), authorizer)
    assert is_denied(batch("user#x", "credential#x"), authorizer)
    assert not is_denied(transaction("user#y", "address#y"), confirm)
    assert is_denied(transaction("user#z", "keys"), confirm)


def test_profiles_are_changed_by_named_attributes_alone(
    as_role: Callable[[str], Callable[[str], Any]], handlers: Handlers
) -> None:
    """The right to count factors is none to enable a user, to change the address, or to read the profile by a write."""
    table, user_id = handlers.environment["TABLE_NAME"], handlers.user().id

    def update(expression: str, **more: Any) -> Act:
        request = {
            "Key": {"pk": {"S": f"user#{user_id}"}, "sk": {"S": "profile"}},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {":x": {"N": "1"}},
            **more,
        }
        return lambda clients: clients("dynamodb").update_item(TableName=table, **request)

    def transaction(expression: str) -> Act:
        key = {"pk": {"S": f"user#{user_id}"}, "sk": {"S": "profile"}}
        values = {":x": {"N": "1"}}
        one = {"TableName": table, "Key": key, "UpdateExpression": expression, "ExpressionAttributeValues": values}
        return lambda clients: clients("dynamodb").transact_write_items(TransactItems=[{"Update": one}])

    confirm, reset = as_role("confirm-factor"), as_role("reset-password")
    counted = "ADD second_factors :x"
    assert not is_denied(update(counted, ConditionExpression="attribute_exists(pk)"), confirm)
    assert not is_denied(update(counted, ReturnValues="UPDATED_NEW"), confirm)
    assert not is_denied(transaction(counted), confirm)
    assert is_denied(update(counted, ReturnValues="ALL_NEW"), confirm)
    assert is_denied(update(counted, ConditionExpression="disabled = :x"), confirm)
    assert is_denied(update(counted), reset)
    for expression in ("SET email = :x", "SET disabled = :x", f"{counted} SET email = :x", "SET a.b = :x"):
        assert is_denied(update(expression), confirm), expression
        assert is_denied(transaction(expression), confirm), expression
    names = {"#hidden": "email"}
    assert is_denied(update("SET #hidden = :x", ExpressionAttributeNames=names), confirm)


def test_the_key_encrypts_passwords_and_nothing_else(
    as_role: Callable[[str], Callable[[str], Any]], handlers: Handlers
) -> None:
    key = handlers.environment["KEY_ARN"]

    def encrypt(context: dict[str, str]) -> Act:
        return lambda clients: clients("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)

    signup = as_role("signup")
    assert not is_denied(encrypt({"purpose": "password", "user": "x"}), signup)
    assert is_denied(encrypt({"purpose": "other", "user": "x"}), signup)
    assert is_denied(encrypt({}), signup)
    assert is_denied(lambda clients: clients("kms").decrypt(CiphertextBlob=b"x" * 64, KeyId=key), signup)


def test_mail_goes_out_from_the_sender_only(as_role: Callable[[str], Callable[[str], Any]], handlers: Handlers) -> None:
    def send(sender: str) -> Act:
        content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
        to = {"ToAddresses": ["x@example.com"]}
        return lambda clients: clients("sesv2").send_email(FromEmailAddress=sender, Destination=to, Content=content)

    signup = as_role("signup")
    assert not is_denied(send(handlers.environment["MAIL_FROM"]), signup)
    assert is_denied(send("ceo@example.com"), signup)
