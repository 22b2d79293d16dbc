"""SecretStore: the KMS key of all data at rest, and the secrets: signing keys, pepper, credentials of providers."""

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.policy import Policy
from components.settings import Provider, Settings

DELETION_WINDOW_DAYS = {True: 30, False: 7}  # of the key, by `retain`; 7 is the least that KMS takes
RECOVERY_WINDOW_DAYS = {True: 30, False: 0}  # of the secret, by `retain`
PEPPER_LENGTH = 48  # letters and digits: 285 bits
PASSWORD_PURPOSE = {"StringEquals": {"kms:EncryptionContext:purpose": "password"}}
FACTOR_PURPOSE = {"StringEquals": {"kms:EncryptionContext:purpose": "factor"}}
ALARM_SERVICES = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"]
"""The services that publish to the topic of alarms, which is under the key."""
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
    """A KMS key with rotation, and the secrets under it. Each grant allows a role one use of one key or secret."""

    key_arn: pulumi.Output[str]
    signing_keys_id: pulumi.Output[str]
    pepper_id: pulumi.Output[str]
    credentials: dict[str, aws.secretsmanager.Secret]
    """Provider (`authy`, `verify`) → its secret, if the stack has its credentials."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:SecretStore", name, None, opts)
        self._name = name
        self._settings = settings
        self.key = self._key()
        self.signing_keys = self._signing_keys()
        self.pepper = self._pepper()
        self.key_arn, self.signing_keys_id, self.pepper_id = self.key.arn, self.signing_keys.id, self.pepper.id
        providers = {"authy": settings.authy, "verify": settings.verify}
        self.credentials = {name: self._credentials(name, one) for name, one in providers.items() if one}
        self.register_outputs({"key_arn": self.key_arn, "signing_keys_id": self.signing_keys_id})

    def grant_encrypt_passwords(self, policy: Policy) -> None:
        """Allow to encrypt password hashes."""
        policy.allow("EncryptPasswords", ["kms:Encrypt"], self.key_arn, PASSWORD_PURPOSE)

    def grant_decrypt_passwords(self, policy: Policy) -> None:
        """Allow to decrypt password hashes."""
        policy.allow("DecryptPasswords", ["kms:Decrypt"], self.key_arn, PASSWORD_PURPOSE)

    def grant_encrypt_factors(self, policy: Policy) -> None:
        """Allow to encrypt secrets of factors."""
        policy.allow("EncryptFactors", ["kms:Encrypt"], self.key_arn, FACTOR_PURPOSE)

    def grant_decrypt_factors(self, policy: Policy) -> None:
        """Allow to decrypt secrets of factors."""
        policy.allow("DecryptFactors", ["kms:Decrypt"], self.key_arn, FACTOR_PURPOSE)

    def grant_credentials(self, policy: Policy, provider: str) -> None:
        """Allow to read the credentials of `authy` or `verify`, if the stack has them."""
        secret = self.credentials.get(provider)
        if secret is not None:
            self._allow_read(policy, f"{provider.capitalize()}Credentials", secret.arn)

    def grant_pepper(self, policy: Policy) -> None:
        """Allow to read the key of the pseudonyms that stand for places and addresses in counters."""
        self._allow_read(policy, "Pepper", self.pepper.arn)

    def grant_sign(self, policy: Policy) -> None:
        """Allow to read the signing keys."""
        self._allow_read(policy, "SigningKeys", self.signing_keys.arn)

    def grant_rotate(self, policy: Policy) -> None:
        """Allow to read the signing keys, add versions of them, and move the label of the current version."""
        arn = self.signing_keys.arn
        policy.allow("ReadSigningKeys", ["secretsmanager:GetSecretValue"], arn)
        policy.allow("AddSigningKeys", ["secretsmanager:PutSecretValue"], arn)
        promote = ["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"]
        policy.allow("PromoteSigningKeys", promote, arn)
        self._allow_key(policy, "UseKeyForSigningKeys", ["kms:Decrypt", "kms:GenerateDataKey"], arn)

    def grant_table_key(self, policy: Policy, table_name: pulumi.Input[str]) -> None:
        """Allow the use of a table that is encrypted with our key: DynamoDB decrypts its table key as the caller."""
        conditions = {
            "StringEquals": {
                "kms:ViaService": f"dynamodb.{self._settings.region}.amazonaws.com",
                "kms:EncryptionContext:aws:dynamodb:tableName": table_name,
            }
        }
        policy.allow("UseKeyForTable", ["kms:Decrypt"], self.key_arn, conditions)

    def _allow_read(self, policy: Policy, what: str, secret_arn: pulumi.Input[str]) -> None:
        policy.allow(f"Read{what}", ["secretsmanager:GetSecretValue"], secret_arn)
        self._allow_key(policy, f"UseKeyFor{what}", ["kms:Decrypt"], secret_arn)

    def _allow_key(self, policy: Policy, sid: str, actions: list[str], secret_arn: pulumi.Input[str]) -> None:
        conditions = {
            "StringEquals": {
                "kms:ViaService": f"secretsmanager.{self._settings.region}.amazonaws.com",
                "kms:EncryptionContext:SecretARN": secret_arn,
            }
        }
        policy.allow(sid, actions, self.key_arn, conditions)

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
        """Return the key's policy. In it `*` is this key; without the account's rights nobody could repair it."""
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
        alarms = {
            "Sid": "AlarmsAreEncrypted",
            "Effect": "Allow",
            "Principal": {"Service": ALARM_SERVICES},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        statements = [owner, logs, *([alarms] if self._settings.monitoring else [])]
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})

    def _signing_keys(self) -> aws.secretsmanager.Secret:
        """Return the secret of the signing keys. Its logical name is that of 0.1, so that an upgrade keeps it."""
        return self._secret("keyset", "The signing keys: next, current, retired", retained=self._settings.retain)

    def _pepper(self) -> aws.secretsmanager.Secret:
        """Return the secret of the pepper. If it is lost, all places are unknown and counters begin anew."""
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
        """Return the secret of a provider's credentials; a lost one is restored from the configuration."""
        secret = self._secret(name, f"Credentials for {name}", retained=False)
        aws.secretsmanager.SecretVersion(
            f"{self._name}-{name}-value",
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps(dict(provider.credentials)),  # secret, as its parts are
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
