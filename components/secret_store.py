"""SecretStore: the key that everything at rest is under, and the secret that holds the signing keyset."""

import pulumi
import pulumi_aws as aws

from components.function import Function
from components.settings import Settings

DELETION_WINDOW_DAYS = {True: 30, False: 7}  # of the key, by `retain`; 7 is the least that KMS takes
RECOVERY_WINDOW_DAYS = {True: 30, False: 0}  # of the secret, by `retain`
PASSWORD_PURPOSE = {"StringEquals": {"kms:EncryptionContext:purpose": "password"}}
LOG_KEY_ACTIONS = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
]


class SecretStore(pulumi.ComponentResource):
    """A KMS key with rotation, and the keyset's secret under it. Grants give a role one use of one of them."""

    key_arn: pulumi.Output[str]
    keyset_id: pulumi.Output[str]

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:SecretStore", name, None, opts)
        self._name = name
        self._settings = settings
        self.key = self._key()
        self.keyset = self._keyset()
        self.key_arn, self.keyset_id = self.key.arn, self.keyset.id
        self.register_outputs({"key_arn": self.key_arn, "keyset_id": self.keyset_id})

    def grant_seal(self, function: Function) -> None:
        """Encrypt password hashes."""
        function.allow("seal", ["kms:Encrypt"], self.key_arn, PASSWORD_PURPOSE)

    def grant_unseal(self, function: Function) -> None:
        """Decrypt password hashes."""
        function.allow("unseal", ["kms:Decrypt"], self.key_arn, PASSWORD_PURPOSE)

    def grant_sign(self, function: Function) -> None:
        """Read the keyset."""
        function.allow("keyset", ["secretsmanager:GetSecretValue"], self.keyset.arn)
        self._grant_secret_key(function, ["kms:Decrypt"])

    def grant_rotate(self, function: Function) -> None:
        """Read the keyset, add versions of it, and move the label that says which is current."""
        function.allow("keyset-read", ["secretsmanager:GetSecretValue"], self.keyset.arn)
        function.allow("keyset-add", ["secretsmanager:PutSecretValue"], self.keyset.arn)
        promote = ["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"]
        function.allow("keyset-promote", promote, self.keyset.arn)
        self._grant_secret_key(function, ["kms:Decrypt", "kms:GenerateDataKey"])

    def grant_table(self, function: Function, table_name: pulumi.Input[str]) -> None:
        """Reach a table that is encrypted with our key: DynamoDB decrypts its table key as the caller."""
        conditions = {
            "StringEquals": {
                "kms:ViaService": f"dynamodb.{self._settings.region}.amazonaws.com",
                "kms:EncryptionContext:aws:dynamodb:tableName": table_name,
            }
        }
        function.allow("table-key", ["kms:Decrypt"], self.key_arn, conditions)

    def _grant_secret_key(self, function: Function, actions: list[str]) -> None:
        conditions = {
            "StringEquals": {
                "kms:ViaService": f"secretsmanager.{self._settings.region}.amazonaws.com",
                "kms:EncryptionContext:SecretARN": self.keyset.arn,
            }
        }
        function.allow("keyset-key", actions, self.key_arn, conditions)

    def _key(self) -> aws.kms.Key:
        return aws.kms.Key(
            f"{self._name}-key",
            description=f"{self._settings.project} {self._settings.stage}: directory, secrets, logs",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS[self._settings.retain],
            policy=self._key_policy(),
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=self._settings.retain),
        )

    def _key_policy(self) -> pulumi.Output[str]:
        """In a key's own policy, `*` is that key. The account keeps all rights, or nobody could repair it."""
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=self)).account_id
        region = self._settings.region
        owner = {
            "Sid": "TheAccountDecidesByItsRoles",
            "Effect": "Allow",
            "Principal": {"AWS": pulumi.Output.format("arn:aws:iam::{0}:root", account)},
            "Action": "kms:*",
            "Resource": "*",
        }
        log_groups = pulumi.Output.format("arn:aws:logs:{0}:{1}:log-group:*", region, account)
        logs = {
            "Sid": "LogGroupsAreEncrypted",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": LOG_KEY_ACTIONS,
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        }
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [owner, logs]})

    def _keyset(self) -> aws.secretsmanager.Secret:
        return aws.secretsmanager.Secret(
            f"{self._name}-keyset",
            description="The signing keyset: next, current, retired",
            kms_key_id=self.key.arn,
            recovery_window_in_days=RECOVERY_WINDOW_DAYS[self._settings.retain],
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=self._settings.retain),
        )
