"""The rights to deploy the key, the secrets and the user pool. Sources: as of `of_functions`."""

from components.deploy.scope import Scope, Statement, allow
from components.directory_table import DECOY_USER_ID

SECRETS_OF_THE_PROGRAM = ("pepper", "authy", "verify")
"""The secrets whose values the program sets; the signing keys are the rotation's alone."""


def statements(scope: Scope) -> list[Statement]:
    """Return the statements of the policy `keys`."""
    return [*_keys(scope), *_secrets(scope), *_pool(scope)]


def _keys(scope: Scope) -> list[Statement]:
    """A key has no name, so its tags say whose it is. Tables and secrets use it in the pipeline's name."""
    keys = scope.arn("kms", "key/*")
    change = ["EnableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion", "UntagResource", "UpdateKeyDescription"]
    read = ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"]
    own = scope.own["StringEquals"]
    for_tables = {"StringEquals": {**own, "kms:ViaService": f"dynamodb.{scope.region}.amazonaws.com"}}
    for_secrets = {"StringEquals": {**own, "kms:ViaService": f"secretsmanager.{scope.region}.amazonaws.com"}}
    decoy = {"kms:EncryptionContext:purpose": "password", "kms:EncryptionContext:user": DECOY_USER_ID}
    return [
        allow("CreateKey", "kms", ["CreateKey"], "*", scope.new),
        allow("TagKey", "kms", ["TagResource"], keys, scope.tagging),
        allow("KeepKey", "kms", [*change, *read], keys, scope.own),
        allow("EncryptTables", "kms", ["CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey"], keys, for_tables),
        allow("EncryptSecrets", "kms", ["Decrypt", "GenerateDataKey"], keys, for_secrets),
        allow("EncryptDecoy", "kms", ["Encrypt"], keys, {"StringEquals": {**own, **decoy}}),
    ]


def _secrets(scope: Scope) -> list[Statement]:
    secrets = scope.named("secretsmanager", "secret:")
    values = [scope.arn("secretsmanager", f"secret:{scope.prefix}-secrets-{one}-*") for one in SECRETS_OF_THE_PROGRAM]
    change = ["CancelRotateSecret", "CreateSecret", "DeleteSecret", "RotateSecret"]
    read = ["DescribeSecret", "GetResourcePolicy", "ListSecretVersionIds"]
    value = ["GetSecretValue", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"]
    return [
        allow("KeepSecrets", "secretsmanager", [*change, *read, "TagResource", "UntagResource"], secrets),
        allow("WriteOwnSecrets", "secretsmanager", value, values),
    ]


def _pool(scope: Scope) -> list[Statement]:
    """A pool has no name of its own in its ARN, so its tags say whose it is."""
    pools = scope.arn("cognito-idp", "userpool/*")
    pool = ["AddCustomAttributes", "DeleteUserPool", "DescribeUserPool", "GetUserPoolMfaConfig", "UpdateUserPool"]
    parts = [
        f"{verb}{part}"
        for part in ("UserPoolClient", "ResourceServer")
        for verb in ("Create", "Delete", "Describe", "Update")
    ]
    more = [
        "CreateUserPoolDomain",
        "DeleteUserPoolDomain",
        "ListTagsForResource",
        "SetUserPoolMfaConfig",
        "UntagResource",
    ]
    verbs = (
        "CreateUser",
        "DeleteUser",
        "DisableUser",
        "EnableUser",
        "GetUser",
        "SetUserPassword",
        "UpdateUserAttributes",
    )
    user = [f"Admin{verb}" for verb in verbs] if scope.has_test_user else []
    return [
        allow("CreatePool", "cognito-idp", ["CreateUserPool"], "*", scope.new),
        allow("TagPool", "cognito-idp", ["TagResource"], pools, scope.tagging),
        allow("KeepPool", "cognito-idp", [*pool, *parts, *more, *user], pools, scope.own),
        allow("FindDomain", "cognito-idp", ["DescribeUserPoolDomain"], "*"),
    ]
