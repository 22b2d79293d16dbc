"""Every permission that is granted: actions spelled out, resources exact, conditions where AWS has them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from components.orders.component import READ_STREAM
from components.policy import READ_QUEUE
from sallyport.client.stack.local_settings import local_settings
from sallyport.client.stack.rotation import SIGNING
from tests.stack.conftest import Recorded, record

MAILERS = (
    "change-email", "change-password", "confirm-factor", "delete-account", "factor-qr", "forgot-password",
    "make-recovery-codes", "manage-users", "notify-new-place", "remove-factor", "reset-password", "run-jobs", "signin",
    "signin-code", "signup", "step-up", "verify-factor",
)  # fmt: skip
WILDCARDS = {
    **{
        f"{mailer}:SendMail": "in SES's sandbox the recipient's identity is checked too; the condition names the sender"
        for mailer in MAILERS
    },
    "site-logs-policy": "requests without TLS are denied everything",
    "site-files-policy": "the distribution reads all files of the bucket; requests without TLS are denied everything",
    "secrets-key": "in a key's own policy `*` is that key; without all rights of the account nobody could repair it",
}

SECRET = "secretsmanager:GetSecretValue"
CHECK_PASSWORD = {
    "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
}  # fmt: skip
Statement = dict[str, Any]


def statements(stage: Recorded) -> Iterator[tuple[str, Statement]]:
    """Return every statement, of a role by `<function>:<Sid>`."""
    for resource in stage.custom:
        for name in ("policy", "assumeRolePolicy"):
            if name in resource.inputs:
                for statement in json.loads(resource.inputs[name])["Statement"]:
                    is_of_role = resource.type == "aws:iam/rolePolicy:RolePolicy"
                    owner = resource.name.removesuffix("-policy")
                    yield (f"{owner}:{statement['Sid']}" if is_of_role else resource.name), statement


def of_roles(stage: Recorded) -> Iterator[tuple[str, Statement]]:
    """Return every statement of a function's role, by the function."""
    for name, statement in statements(stage):
        function, colon, _ = name.partition(":")
        if colon:
            yield function, statement


def as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_no_action_is_a_wildcard(stage: Recorded) -> None:
    allowed = [(name, statement) for name, statement in statements(stage) if statement["Effect"] == "Allow"]
    wild = {name for name, statement in allowed if any("*" in a for a in as_list(statement["Action"]))}

    assert wild == {"secrets-key"}


def test_no_resource_is_a_wildcard(stage: Recorded) -> None:
    wild = {
        name
        for name, statement in statements(stage)
        for resource in as_list(statement.get("Resource", "this"))
        if "*" in resource and not resource.endswith("-logs:*")
    }

    assert wild <= set(WILDCARDS)


def test_every_role_has_one_policy_whose_statements_allow_and_have_names(stage: Recorded) -> None:
    policies = stage.of("iam.RolePolicy")

    assert sorted(policy.inputs["role"] for policy in policies) == sorted(
        stage.physical(role.name) for role in stage.of("iam.Role")
    )
    for policy in policies:
        names = [statement["Sid"] for statement in json.loads(policy.inputs["policy"])["Statement"]]
        assert len(names) == len(set(names))
        assert all(name.isalnum() for name in names), "of letters and digits alone, says IAM"
    assert all(statement["Effect"] == "Allow" for _, statement in of_roles(stage))


def test_every_policy_has_room_for_the_longest_names_of_aws(stage: Recorded) -> None:
    """A role's inline policies have at most 10,240 characters. Source: IAM User Guide, "IAM and AWS STS quotas"."""
    for policy in stage.of("iam.RolePolicy"):
        text = policy.inputs["policy"]
        longest = len(text) + 60 * text.count("arn:")  # names that Pulumi gives on AWS are longer than recorded ones
        assert longest < 10_240, policy.name


def test_roles_are_assumed_by_lambda_alone(stage: Recorded) -> None:
    for role in stage.of("iam.Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_every_right_on_the_table_names_its_partitions(stage: Recorded) -> None:
    found = 0
    for name, statement in statements(stage):
        if as_list(statement["Action"])[0].startswith("dynamodb:") and not name.endswith((":ReadStream", *OF_INDEX)):
            found += 1
            partitions = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert partitions, name
            assert statement["Condition"]["Null"]["dynamodb:LeadingKeys"] == "false", (
                "else a request without a key fits"
            )
            assert all(len(partition.rstrip("*")) > 3 for partition in partitions), name
    assert found > 10


def test_every_right_on_the_key_names_its_purpose(stage: Recorded) -> None:
    found = 0
    for name, statement in statements(stage):
        if as_list(statement["Action"])[0].startswith("kms:") and name not in WILDCARDS:
            found += 1
            keys = statement["Condition"]["StringEquals"]
            purpose = keys.get("kms:EncryptionContext:purpose")
            assert purpose in ("password", "factor") or "kms:ViaService" in keys, name
    assert found > 10


@pytest.mark.parametrize(
    ("function", "rights"),
    [
        ("me", {"dynamodb:GetItem"}),
        ("change-profile", {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}),
        ("list-sessions", {"dynamodb:GetItem", "dynamodb:Query"}),
        (
            "deliver-events",
            {"logs:CreateLogStream", "logs:PutLogEvents", "events:PutEvents", "sqs:SendMessage", *READ_QUEUE},
        ),
        ("orders-data", {"dynamodb:Query", "dynamodb:DeleteItem"}),
        ("hello", set()),
        ("openapi", set()),
        ("discovery", set()),
        ("jwks", {"dynamodb:GetItem"}),
        ("signout", {"dynamodb:DeleteItem"}),
        ("authorizer", {"dynamodb:GetItem", "dynamodb:BatchGetItem"}),
        ("confirm-signup", {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:PutItem", SECRET}),
        ("create-order", {"dynamodb:PutItem", "dynamodb:GetItem"}),
        ("list-orders", {"dynamodb:Query"}),
        ("show-order", {"dynamodb:GetItem"}),
        ("change-order", {"dynamodb:GetItem", "dynamodb:UpdateItem"}),
        ("cancel-order", {"dynamodb:DeleteItem"}),
        ("queue-orders", {*READ_STREAM, "sqs:SendMessage"}),
        ("fulfil-orders", {*READ_QUEUE, "dynamodb:GetItem", "dynamodb:UpdateItem"}),
        ("migrate-user", {*CHECK_PASSWORD, "kms:Decrypt", "kms:Encrypt", SECRET}),
        (
            "signup",
            {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "kms:Encrypt", "ses:SendEmail", SECRET},
        ),
    ],
)
def test_functions_have_the_rights_that_their_work_needs(dev: Recorded, function: str, rights: set[str]) -> None:
    given = {action for name, statement in of_roles(dev) if name == function for action in as_list(statement["Action"])}

    with_table = {"kms:Decrypt"} if any(right.startswith("dynamodb:") for right in rights) else set()
    assert given == rights | with_table | {"logs:CreateLogStream", "logs:PutLogEvents"}


OF_INDEX = ("ListUsers", "ScanKeys")
"""The rights to query the index of users, which has what a list shows, and to scan keys and addresses alone."""
LIVE = {"user#*", "sessions#*"}
PERSON = {"user#*", "places#*"}
PASSING = {*PERSON, "challenge#*", "factors#*", "spent#*", "limit#codes:*", "limit#sent:*"}
MAILING = {*PERSON, "limit#mail:*", "address#*", "challenge#*"}
JUDGING = {*PERSON, "address#*", "credential#*", "limit#password:*"}
ERASED = {
    *PERSON, "address#*", "credential#*", "sessions#*", "spent#*", "links#*", "factors#*", "tombstone#*",
}  # fmt: skip
PARTITIONS = {
    "change-email": {*LIVE, "limit#mail:*", "address#*", "challenge#*"},
    "change-password": {*JUDGING, "sessions#*"},
    "change-profile": LIVE,
    "confirm-email": {*LIVE, "challenge#*", "address#*", "links#*", "jobs"},
    "delete-account": {*LIVE, "jobs"},
    "end-sessions": LIVE,
    "export-account": {*LIVE, "places#*", "factors#*", "links#*"},
    "list-sessions": LIVE,
    "import-users": {"address#*", "user#*", "credential#*", "factors#*", "tombstone#*"},
    "export-users": {*PERSON, "credential#*", "factors#*"},
    "me": {"user#*"},
    "notify-new-place": {*LIVE, "limit#mail:*", "links#*"},
    "orders-data": {"orders#*", "keys#*"},
    "reconcile": {
        "user#*",
        "sessions#*",
        "spent#*",
        "links#*",
        "places#*",
        "credential#*",
        "factors#*",
        "address#*",
    },
    "run-jobs": {*ERASED, "jobs"},
    "undo": {*LIVE, "links#*", "address#*", "jobs"},
    "confirm-factor": {*LIVE, "factors#*", "spent#*", "limit#codes:*", "limit#sent:*"},
    "enrol-factor": {*LIVE, "factors#*", "limit#enrolments:*"},
    "factor-qr": {*LIVE, "factors#*"},
    "forgot-password": MAILING,
    "list-factors": {"factors#*"},
    "make-recovery-codes": {*LIVE, "factors#*"},
    "remove-factor": {*LIVE, "factors#*"},
    "reset-password": {*PASSING, "credential#*", "sessions#*"},
    "send-factor-code": {*LIVE, "factors#*", "limit#sent:*"},
    "show-factor": {"factors#*"},
    "signin-code": MAILING,
    "signin-passkey": {"challenge#*"},
    "start-factor": {*PERSON, "challenge#*", "factors#*", "limit#sent:*"},
    "step-up": {*PASSING, *JUDGING, "sessions#*", "limit#mail:*"},
    "verify-factor": {*PASSING, "sessions#*", "jobs"},
    "cancel-order": {"orders#*"},
    "change-order": {"orders#*"},
    "confirm-signup": {"challenge#*", "address#*", *PERSON, "credential#*", "limit#signup:*"},
    "create-order": {"orders#*", "keys#*"},
    "fulfil-orders": {"orders#*"},
    "authorizer": {"keys", "user#*", "sessions#*"},
    "jwks": {"keys"},
    "list-orders": {"orders#*"},
    "manage-users": {*JUDGING, *ERASED, "limit#codes:*", "jobs"},
    "migrate-user": JUDGING,
    "refresh": {"user#*", "sessions#*"},
    "rotation": {"keys"},
    "show-order": {"orders#*"},
    "signin": {*JUDGING, "sessions#*", "factors#*", "challenge#*", "jobs"},
    "signout": {"sessions#*"},
    "signup": {"limit#mail:*", "address#*", "challenge#*"},
}

BUDGETS = {"limit#mail:known#*", "limit#mail:unknown#*", "limit#sent:spend#*"}


def test_every_function_reaches_its_own_partitions_and_only_rotation_writes_keys(stage: Recorded) -> None:
    reached: dict[str, set[str]] = {}
    writers = set()
    for function, statement in of_roles(stage):
        if as_list(statement["Action"])[0].startswith("dynamodb:") and statement["Sid"] not in (
            "ReadStream",
            *OF_INDEX,
        ):
            partitions = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            reached.setdefault(function, set()).update(partitions)
            if "keys" in partitions and statement["Action"] != ["dynamodb:GetItem"]:
                writers.add(function)

    linked = {name for name, partitions in reached.items() if "authy#*" in partitions}
    of_monitoring = {"measure-budgets": BUDGETS} if stage.is_monitored else {}
    assert {name: partitions - {"authy#*"} for name, partitions in reached.items()} == {**PARTITIONS, **of_monitoring}
    assert linked == set()
    assert writers == {"rotation"}


def test_users_are_updated_by_named_attributes_alone(stage: Recorded) -> None:
    """The right to add a factor must not allow to enable a user, or to change an address."""
    found = {}
    for name, statement in statements(stage):
        condition = statement.get("Condition", {})
        partitions = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
        if "user#*" in partitions and "dynamodb:UpdateItem" in statement["Action"]:
            assert (partitions, statement["Action"]) == (["user#*"], ["dynamodb:UpdateItem"]), name
            assert condition["StringEqualsIfExists"] == {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}
            assert condition["Null"] == {"dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false"}
            found[name] = set(condition["ForAllValues:StringEquals"]["dynamodb:Attributes"]) - {"pk", "sk"}

    assert found == {
        "change-password:ChangeUser": {"epoch"},
        "change-profile:ChangeUser": {"details"},
        "confirm-email:ChangeUser": {"email", "initial", "epoch"},
        "delete-account:ChangeUser": {"epoch", "disabled", "delete_at"},
        "end-sessions:ChangeUser": {"epoch"},
        "reconcile:ChangeUser": {"initial", "email"},
        "run-jobs:ChangeUser": {"epoch", "disabled", "deleting", "delete_at", "second_factors"},
        "signin:ChangeUser": {"delete_at", "deleting"},
        "undo:ChangeUser": {"email", "initial", "epoch", "delete_at", "deleting"},
        "verify-factor:ChangeUser": {"delete_at", "deleting"},
        "confirm-factor:ChangeUser": {"epoch", "second_factors"},
        "remove-factor:ChangeUser": {"epoch", "second_factors"},
        "reset-password:ChangeUser": {"epoch"},
        "manage-users:ChangeUser": {"disabled", "epoch", "second_factors", "deleting", "delete_at", "roles"},
    }


def test_the_pepper_is_read_where_places_and_addresses_are_counted(dev: Recorded) -> None:
    assert readers_of(dev, "secrets-pepper") == {
        "signin", "step-up", "migrate-user", "signup", "confirm-signup", "signin-code", "forgot-password",
        "verify-factor", "manage-users", "change-password", "change-email", "confirm-email", "run-jobs",
        "notify-new-place", "import-users",
    }  # fmt: skip


def test_only_functions_that_sign_or_rotate_can_read_the_signing_keys(dev: Recorded) -> None:
    """`sallyport keys revoke` starts all that sign again."""
    assert readers_of(dev, "secrets-keyset") == {*SIGNING, "rotation"}


def test_credentials_of_providers_are_read_where_providers_are_asked() -> None:
    local = record("local", **local_settings("http://127.0.0.1:4566"))
    asking = {"start-factor", "verify-factor", "step-up", "reset-password", "send-factor-code", "confirm-factor"}

    assert readers_of(local, "secrets-verify") == {*asking, "check-providers"}
    assert readers_of(local, "secrets-authy") == {
        *asking, "enrol-factor", "remove-factor", "show-factor", "factor-qr", "manage-users", "run-jobs",
        "reconcile", "check-providers",
    }  # fmt: skip


def readers_of(stage: Recorded, secret: str) -> set[str]:
    return {
        function
        for function, statement in of_roles(stage)
        if "secretsmanager:GetSecretValue" in statement["Action"] and statement["Resource"].endswith(secret)
    }


def test_only_those_who_check_passwords_can_decrypt_them(dev: Recorded) -> None:
    readers = {function for function, statement in of_roles(dev) if statement["Sid"] == "DecryptPasswords"}

    assert readers == {"signin", "step-up", "migrate-user", "change-password", "export-users"}


def test_mail_is_sent_as_one_sender(dev: Recorded) -> None:
    found = {function: statement for function, statement in of_roles(dev) if "ses:SendEmail" in statement["Action"]}

    assert set(found) == set(MAILERS)
    for statement in found.values():
        assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": "codes@example.com"}}
