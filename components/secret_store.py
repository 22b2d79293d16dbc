"""SecretStore: the key that everything at rest is under, and the secrets: the keyset, the pepper, credentials."""

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.function import Function
from components.settings import Provider, Settings

DELETION_WINDOW_DAYS = {True: 30, False: 7}  # of the key, by `retain`; 7 is the least that KMS takes
RECOVERY_WINDOW_DAYS = {True: 30, False: 0}  # of the secret, by `retain`
PEPPER_LENGTH = 48  # letters and digits: 285 bits
PASSWORD_PURPOSE = {"StringEquals": {"kms:EncryptionContext:purpose": "password"}}
FACTOR_PURPOSE = {"StringEquals": {"kms:EncryptionContext:purpose": "factor"}}
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
    """A KMS key with rotation, and the secrets under it. Grants give a role one use of one of them."""

    key_arn: pulumi.Output[str]
    keyset_id: pulumi.Output[str]
    pepper_id: pulumi.Output[str]
    credentials: dict[str, aws.secretsmanager.Secret]
    """Of the providers that the stack is given credentials for: `authy`, `verify`."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:SecretStore", name, None, opts)
        self._name = name
        self._settings = settings
        self.key = self._key()
        self.keyset = self._keyset()
        self.pepper = self._pepper()
        self.key_arn, self.keyset_id, self.pepper_id = self.key.arn, self.keyset.id, self.pepper.id
        providers = {"authy": settings.authy, "verify": settings.verify}
        self.credentials = {name: self._credentials(name, one) for name, one in providers.items() if one}
        self.register_outputs({"key_arn": self.key_arn, "keyset_id": self.keyset_id})

    def grant_seal(self, function: Function) -> None:
        """Encrypt password hashes."""
        function.allow("seal", ["kms:Encrypt"], self.key_arn, PASSWORD_PURPOSE)

    def grant_unseal(self, function: Function) -> None:
        """Decrypt password hashes."""
        function.allow("unseal", ["kms:Decrypt"], self.key_arn, PASSWORD_PURPOSE)

    def grant_seal_factors(self, function: Function) -> None:
        """Encrypt secrets of factors."""
        function.allow("seal-factor", ["kms:Encrypt"], self.key_arn, FACTOR_PURPOSE)

    def grant_unseal_factors(self, function: Function) -> None:
        """Decrypt secrets of factors."""
        function.allow("unseal-factor", ["kms:Decrypt"], self.key_arn, FACTOR_PURPOSE)

    def grant_credentials(self, function: Function, provider: str) -> None:
        """Read a provider's credentials, where the stack has them."""
        secret = self.credentials.get(provider)
        if secret is not None:
            function.allow(provider, ["secretsmanager:GetSecretValue"], secret.arn)
            self._grant_secret_key(function, f"{provider}-key", ["kms:Decrypt"], secret.arn)

    def grant_pepper(self, function: Function) -> None:
        """Read the key under which places and addresses are named in counters."""
        function.allow("pepper", ["secretsmanager:GetSecretValue"], self.pepper.arn)
        self._grant_secret_key(function, "pepper-key", ["kms:Decrypt"], self.pepper.arn)

    def grant_sign(self, function: Function) -> None:
        """Read the keyset."""
        function.allow("keyset", ["secretsmanager:GetSecretValue"], self.keyset.arn)
        self._grant_secret_key(function, "keyset-key", ["kms:Decrypt"], self.keyset.arn)

    def grant_rotate(self, function: Function) -> None:
        """Read the keyset, add versions of it, and move the label that says which is current."""
        function.allow("keyset-read", ["secretsmanager:GetSecretValue"], self.keyset.arn)
        function.allow("keyset-add", ["secretsmanager:PutSecretValue"], self.keyset.arn)
        promote = ["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"]
        function.allow("keyset-promote", promote, self.keyset.arn)
        self._grant_secret_key(function, "keyset-key", ["kms:Decrypt", "kms:GenerateDataKey"], self.keyset.arn)

    def grant_table(self, function: Function, table_name: pulumi.Input[str]) -> None:
        """Reach a table that is encrypted with our key: DynamoDB decrypts its table key as the caller."""
        conditions = {
            "StringEquals": {
                "kms:ViaService": f"dynamodb.{self._settings.region}.amazonaws.com",
                "kms:EncryptionContext:aws:dynamodb:tableName": table_name,
            }
        }
        function.allow("table-key", ["kms:Decrypt"], self.key_arn, conditions)

    def _grant_secret_key(
        self, function: Function, what: str, actions: list[str], secret_arn: pulumi.Input[str]
    ) -> None:
        conditions = {
            "StringEquals": {
                "kms:ViaService": f"secretsmanager.{self._settings.region}.amazonaws.com",
                "kms:EncryptionContext:SecretARN": secret_arn,
            }
        }
        function.allow(what, actions, self.key_arn, conditions)

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
        return self._secret("keyset", "The signing keyset: next, current, retired", retained=self._settings.retain)

    def _pepper(self) -> aws.secretsmanager.Secret:
        """If it is lost, places are unknown and counters begin anew; nothing else."""
        value = random.RandomPassword(
            f"{self._name}-pepper-key", length=PEPPER_LENGTH, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        secret = self._secret("pepper", "The key of pseudonyms in counters", retained=False)
        aws.secretsmanager.SecretVersion(
            f"{self._name}-pepper-value",
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps({"pepper": value.result}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return secret

    def _credentials(self, name: str, provider: Provider) -> aws.secretsmanager.Secret:
        """They can be set again from the configuration, so nothing is lost with them."""
        secret = self._secret(name, f"Credentials for {name}", retained=False)
        aws.secretsmanager.SecretVersion(
            f"{self._name}-{name}-value",
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps(dict(provider.credentials)),  # a secret, as what is in it
            opts=pulumi.ResourceOptions(parent=self),
        )
        return secret

    def _secret(self, what: str, description: str, *, retained: bool) -> aws.secretsmanager.Secret:
        return aws.secretsmanager.Secret(
            f"{self._name}-{what}",
            description=description,
            kms_key_id=self.key.arn,
            recovery_window_in_days=RECOVERY_WINDOW_DAYS[retained],
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=retained),
        )
