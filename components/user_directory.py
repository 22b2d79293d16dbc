"""UserDirectory: the one table of the API door, and the user pool of the OIDC door."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.app_clients import AppClients
from components.function import Function, FunctionArgs
from components.packaging import Package
from components.secret_store import SecretStore
from components.settings import Settings
from contract.limits import PASSWORD_LENGTH

TEST_USER = "testuser@example.com"
TRIGGER_SECONDS = 5  # after which Cognito asks a trigger again, up to three times in all
HASHING_MEMORY_MB = 1769  # one whole processor: Argon2id is what these functions spend their time on

# Unknown addresses are checked against this hash, so that they cost what known ones cost. Nobody knows its
# password, and the handlers let nobody in by it; its parameters are those of `handlers/core/passwords.py`.
DECOY_USER_ID = "decoy"
DECOY_PHC = "$argon2id$v=19$m=19456,t=2,p=1$n2H2xFt7HL9AILervVWkUA$ZgDgjthtjQINcI32qgmh3a//hUSRREJ0Y/PG1OYgv2A"


class UserDirectory(pulumi.ComponentResource):
    """Who there is. Protected against replacement and deletion where the stage retains."""

    table_name: pulumi.Output[str]
    user_pool_id: pulumi.Output[str]
    user_pool_issuer: pulumi.Output[str]
    user_pool_jwks_url: pulumi.Output[str]
    hosted_ui_url: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: Settings,
        package: Package,
        secrets: SecretStore,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:UserDirectory", name, None, opts)
        self._name = name
        self._settings = settings
        self._package = package
        self._secrets = secrets
        self.table = self._table()
        self.table_name = self.table.name
        self._decoy()
        migration = self._migrating() if settings.vouches_for_users else None
        self.pool = self._pool(migration)
        if migration:
            migration.allow_invoke("pool", "cognito-idp", self.pool.arn)
        self.domain = self._domain()
        clients = AppClients(self._name, self, self.pool, settings.callback_urls, pool_sign_up=settings.pool_sign_up)
        self.terminal, self.server, self.machine = clients.terminal, clients.server, clients.machine
        self.client_ids = [self.terminal.id, self.server.id, self.machine.id]
        self._addresses()
        self.test_password = self._test_user() if settings.test_user else None
        self.register_outputs({"table_name": self.table_name, "user_pool_id": self.user_pool_id})

    def grant_open_sign_up(self, function: Function) -> None:
        """Count mail; see whether an address is owned; open challenges."""
        self._grant(function, "count", ["dynamodb:UpdateItem"], ["limit#mail:*"])
        self._grant(function, "find-owner", ["dynamodb:GetItem"], ["address#*"])
        self._grant(function, "challenge", ["dynamodb:PutItem"], ["challenge#*"])
        self._grant_key(function)

    def grant_create_user(self, function: Function) -> None:
        """See whether an address is owned; write new users."""
        self._grant(function, "find-owner", ["dynamodb:GetItem"], ["address#*"])
        self._grant_new_user(function)
        self._grant_key(function)

    def grant_confirm_sign_up(self, function: Function) -> None:
        """Try and close challenges; write new users and their first place."""
        self._grant(function, "challenge", ["dynamodb:UpdateItem", "dynamodb:DeleteItem"], ["challenge#*"])
        self._grant(function, "count", ["dynamodb:UpdateItem"], ["limit#signup:*"])
        self._grant(function, "place", ["dynamodb:PutItem"], ["places#*"])
        self._grant_new_user(function)
        self._grant_key(function)

    def grant_check_password(self, function: Function) -> None:
        """See `grant_judge_password`; and reach the table."""
        self.grant_judge_password(function)
        self._grant_key(function)

    def grant_judge_password(self, function: Function) -> None:
        """Find a user; count attempts; see that the password is still the same, or write it under better parameters."""
        self._grant(function, "find-owner", ["dynamodb:GetItem"], ["address#*"])
        self._grant(function, "find-user", ["dynamodb:BatchGetItem"], ["user#*", "places#*", "credential#*"])
        self._grant(function, "attempt", ["dynamodb:UpdateItem", "dynamodb:DeleteItem"], ["limit#password:*"])
        self._grant(function, "unchanged", ["dynamodb:ConditionCheckItem"], ["credential#*"])
        self._grant(function, "upgrade", ["dynamodb:UpdateItem"], ["credential#*"])
        self._secrets.grant_pepper(function)

    def grant_start_session(self, function: Function) -> None:
        """Write a new session, and where it was started."""
        self._grant(function, "session", ["dynamodb:PutItem"], ["sessions#*", "places#*"])

    def grant_refresh(self, function: Function) -> None:
        """Read a session with its user; change or end the session."""
        self._grant_read_sessions(function)
        self._grant(function, "rotate", ["dynamodb:UpdateItem"], ["sessions#*"])
        self._grant(function, "end", ["dynamodb:DeleteItem"], ["sessions#*"])
        self._grant_key(function)

    def grant_end_session(self, function: Function) -> None:
        """End a session."""
        self._grant(function, "end", ["dynamodb:DeleteItem"], ["sessions#*"])
        self._grant_key(function)

    def grant_check_sessions(self, function: Function) -> None:
        """Read the published keys, and sessions with their users."""
        self._grant(function, "keys", ["dynamodb:GetItem"], ["keys"])
        self._grant_read_sessions(function)
        self._grant_key(function)

    def grant_manage(self, function: Function) -> None:
        """Create, switch, unlock and delete users."""
        self._grant(function, "find-user", ["dynamodb:GetItem"], ["address#*", "user#*"])
        self.grant_change_user(function, "switch", "disabled", "epoch", "second_factors")
        self._grant(function, "unlock", ["dynamodb:DeleteItem"], ["limit#password:*", "limit#codes:*"])
        deleted = ["address#*", "user#*", "credential#*", "places#*", "sessions#*"]
        self._grant(function, "delete", ["dynamodb:DeleteItem"], deleted)
        self._secrets.grant_pepper(function)
        self._grant(function, "sessions", ["dynamodb:Query"], ["sessions#*"])
        self._grant_new_user(function)
        self._grant_key(function)

    def grant_change_user(self, function: Function, what: str, *attributes: str) -> None:
        """Change these attributes of a user's profile, and no others: not the address, for one.

        Source: DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".
        """
        function.allow_attributes(what, self.table.arn, ["user#*"], ["pk", "sk", *attributes])

    def grant_read_keys(self, function: Function) -> None:
        """Read the published keys."""
        self._grant(function, "keys", ["dynamodb:GetItem"], ["keys"])
        self._grant_key(function)

    def grant_publish_keys(self, function: Function) -> None:
        """Publish keys, and read what is published."""
        self._grant(function, "keys", ["dynamodb:GetItem"], ["keys"])
        self._grant(function, "publish", ["dynamodb:PutItem"], ["keys"])
        self._grant_key(function)

    def _migrating(self) -> Function:
        """The pool's user-migration trigger: who has an account at the API door has one at the hosted pages."""
        environment: dict[str, pulumi.Input[str]] = {
            "TABLE_NAME": self.table_name,
            "KEY_ARN": self._secrets.key_arn,
            "PEPPER_SECRET_ID": self._secrets.pepper_id,
            "SIGN_IN_LIMITS": json.dumps(vars(self._settings.sign_in_limits)),
        }
        function = self._function("migrate_user", environment, timeout_seconds=TRIGGER_SECONDS)
        self.grant_check_password(function)
        self._secrets.grant_unseal(function)
        self._secrets.grant_seal(function)
        return function

    def _function(
        self, handler: str, environment: Mapping[str, pulumi.Input[str]], *, timeout_seconds: int
    ) -> Function:
        args = FunctionArgs(
            handler=handler,
            package=self._package,
            settings=self._settings,
            log_key_arn=self._secrets.key_arn,
            environment=environment,
            memory_mb=HASHING_MEMORY_MB,
            timeout_seconds=timeout_seconds,
        )
        return Function(handler.replace("_", "-"), args, pulumi.ResourceOptions(parent=self))

    def _grant_new_user(self, function: Function) -> None:
        self._grant(function, "new-user", ["dynamodb:PutItem"], ["address#*", "user#*", "credential#*"])

    def _grant_read_sessions(self, function: Function) -> None:
        self._grant(function, "sessions", ["dynamodb:BatchGetItem"], ["user#*", "sessions#*"])

    def _grant(self, function: Function, what: str, actions: Sequence[str], partitions: Sequence[str]) -> None:
        function.allow_items(what, actions, self.table.arn, partitions)

    def _grant_key(self, function: Function) -> None:
        self._secrets.grant_table(function, self.table.name)

    def _table(self) -> aws.dynamodb.Table:
        return aws.dynamodb.Table(
            f"{self._name}-table",
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            ttl={"attribute_name": "expires_at", "enabled": True},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": self._secrets.key_arn},
            deletion_protection_enabled=self._settings.retain,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=self._settings.retain),
        )

    def _decoy(self) -> None:
        sealed = aws.kms.Ciphertext(
            f"{self._name}-decoy",
            key_id=self._secrets.key_arn,
            plaintext=DECOY_PHC,
            context={"purpose": "password", "user": DECOY_USER_ID},
            opts=pulumi.ResourceOptions(parent=self),
        )
        profile = {
            "pk": {"S": f"user#{DECOY_USER_ID}"},
            "sk": {"S": "profile"},
            "email": {"S": "nobody@invalid"},
            "disabled": {"BOOL": True},
        }
        credential = {
            "pk": {"S": f"credential#{DECOY_USER_ID}"},
            "sk": {"S": "password"},
            "password": {"B": sealed.ciphertext_blob},
        }
        self._item("decoy-profile", json.dumps(profile))
        self._item("decoy-credential", pulumi.Output.json_dumps(credential))

    def _item(self, what: str, item: pulumi.Input[str]) -> None:
        aws.dynamodb.TableItem(
            f"{self._name}-{what}",
            table_name=self.table.name,
            hash_key="pk",
            range_key="sk",
            item=item,
            # In use they are updated as any user's items are; a refresh would find them changed.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["item"]),
        )

    def _pool(self, migration: Function | None) -> aws.cognito.UserPool:
        return aws.cognito.UserPool(
            f"{self._name}-pool",
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            username_configuration={"case_sensitive": False},
            password_policy={
                # NIST SP 800-63B-4 §3.1.1.2: length, no composition rules (against AWS FSBP Cognito.3).
                "minimum_length": PASSWORD_LENGTH,
                "require_lowercase": False,
                "require_uppercase": False,
                "require_numbers": False,
                "require_symbols": False,
                "temporary_password_validity_days": 1,
            },
            admin_create_user_config={"allow_admin_create_user_only": not self._settings.pool_sign_up},
            lambda_config={"user_migration": migration.arn} if migration else None,
            # A user's own change of address takes effect once a code that was mailed to the new one has come back.
            user_attribute_update_settings={"attributes_require_verification_before_updates": ["email"]},
            account_recovery_setting={"recovery_mechanisms": [{"name": "verified_email", "priority": 1}]},
            deletion_protection="ACTIVE" if self._settings.retain else "INACTIVE",
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=self._settings.retain),
        )

    def _domain(self) -> aws.cognito.UserPoolDomain:
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=self)).account_id
        unique = pulumi.Output.format("{0}-{1}-{2}", self._settings.project, self._settings.stage, account)
        return aws.cognito.UserPoolDomain(
            f"{self._name}-domain",
            domain=self._settings.domain_prefix or unique,
            user_pool_id=self.pool.id,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _addresses(self) -> None:
        region, endpoint = self._settings.region, self._settings.aws_endpoint
        self.user_pool_id = self.pool.id
        self.user_pool_issuer = pulumi.Output.format("https://cognito-idp.{0}.amazonaws.com/{1}", region, self.pool.id)
        served = pulumi.Output.format("{0}/{1}", endpoint, self.pool.id) if endpoint else self.user_pool_issuer
        self.user_pool_jwks_url = pulumi.Output.format("{0}/.well-known/jwks.json", served)
        pages = pulumi.Output.format("https://{0}.auth.{1}.amazoncognito.com", self.domain.domain, region)
        self.hosted_ui_url = pulumi.Output.from_input(endpoint) if endpoint else pages

    def _test_user(self) -> pulumi.Output[str]:
        password = random.RandomPassword(
            f"{self._name}-test-password", length=24, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        aws.cognito.User(
            f"{self._name}-test-user",
            user_pool_id=self.pool.id,
            username=TEST_USER,
            password=password.result,
            attributes={"email": TEST_USER, "email_verified": "true"},
            message_action="SUPPRESS",
            opts=pulumi.ResourceOptions(parent=self),
        )
        return password.result
