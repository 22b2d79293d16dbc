"""UserPool: the Cognito user pool with its hosted pages, its app clients and, where configured, a user for tests."""

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.app_clients import AppClients
from components.function import Function
from components.settings import Settings
from contract.limits import PASSWORD_LENGTH

TEST_USER = "testuser@example.com"


class UserPool:
    """The user pool with its parts, as children of the component that has the pool; protected when `retain`."""

    issuer: pulumi.Output[str]
    jwks_url: pulumi.Output[str]
    hosted_ui_url: pulumi.Output[str]

    def __init__(self, name: str, parent: pulumi.Resource, settings: Settings, migration: Function | None) -> None:
        self._name = name
        self._parent = parent
        self._settings = settings
        self.pool = self._pool(migration)
        self.id = self.pool.id
        if migration:
            migration.allow_invoke("pool", "cognito-idp", self.pool.arn)
        self.domain = self._domain()
        callbacks = [*settings.callback_urls, *([f"{settings.site_origin}/pool"] if settings.site_origin else [])]
        clients = AppClients(name, parent, self.pool, callbacks, pool_sign_up=settings.pool_sign_up)
        self.terminal, self.server, self.machine = clients.terminal, clients.server, clients.machine
        self.client_ids = [self.terminal.id, self.server.id, self.machine.id]
        self._addresses()
        self.test_password = self._test_user() if settings.test_user else None

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
            opts=pulumi.ResourceOptions(parent=self._parent, protect=self._settings.retain),
        )

    def _domain(self) -> aws.cognito.UserPoolDomain:
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=self._parent)).account_id
        unique = pulumi.Output.format("{0}-{1}-{2}", self._settings.project, self._settings.stage, account)
        return aws.cognito.UserPoolDomain(
            f"{self._name}-domain",
            domain=self._settings.domain_prefix or unique,
            user_pool_id=self.pool.id,
            opts=pulumi.ResourceOptions(parent=self._parent),
        )

    def _addresses(self) -> None:
        region, endpoint = self._settings.region, self._settings.aws_endpoint
        self.issuer = pulumi.Output.format("https://cognito-idp.{0}.amazonaws.com/{1}", region, self.pool.id)
        served = pulumi.Output.format("{0}/{1}", endpoint, self.pool.id) if endpoint else self.issuer
        self.jwks_url = pulumi.Output.format("{0}/.well-known/jwks.json", served)
        pages = pulumi.Output.format("https://{0}.auth.{1}.amazoncognito.com", self.domain.domain, region)
        self.hosted_ui_url = pulumi.Output.from_input(endpoint) if endpoint else pages

    def _test_user(self) -> pulumi.Output[str]:
        password = random.RandomPassword(
            f"{self._name}-test-password", length=24, special=False, opts=pulumi.ResourceOptions(parent=self._parent)
        )
        aws.cognito.User(
            f"{self._name}-test-user",
            user_pool_id=self.pool.id,
            username=TEST_USER,
            password=password.result,
            attributes={"email": TEST_USER, "email_verified": "true"},
            message_action="SUPPRESS",
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        return password.result
