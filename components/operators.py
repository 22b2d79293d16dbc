"""Operators: functions that operators invoke with their own AWS credentials."""

import pulumi

from components.accounts import Accounts
from components.auth_api import AuthApi
from components.function import HASHING_MEMORY_MB, FunctionArgs, Functions
from components.mfa import Mfa
from components.policy import Policy
from components.secret_store import SecretStore
from components.user_directory import UserDirectory

TIMEOUT_SECONDS = 30


class Operators(pulumi.ComponentResource):
    """Two functions: management of users, and checks of providers. Operators invoke them with their own role."""

    manage_users_function: pulumi.Output[str]
    check_providers_function: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        functions: Functions,
        secrets: SecretStore,
        directory: UserDirectory,
        mfa: Mfa,
        accounts: Accounts,
        auth_api: AuthApi,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Operators", name, None, opts)
        self._secrets = secrets
        own = pulumi.ResourceOptions(parent=self)
        manage_users = functions.create(
            FunctionArgs(
                handler="operators/manage_users",
                environment={**accounts.environment, **auth_api.issuer},
                grants=(directory.table.grant_manage_users, secrets.grant_encrypt_passwords, accounts.grant_erase),
                libraries="factors",
                memory_mb=HASHING_MEMORY_MB,
                timeout_seconds=TIMEOUT_SECONDS,
            ),
            own,
        )
        check_providers = functions.create(
            FunctionArgs(
                handler="operators/check_providers",
                environment=mfa.offer,
                grants=(self._grant_all_credentials,),
                libraries="factors",
                memory_mb=HASHING_MEMORY_MB,
                timeout_seconds=TIMEOUT_SECONDS,
            ),
            own,
        )
        self.manage_users_function, self.check_providers_function = manage_users.name, check_providers.name
        self.register_outputs({"manage_users": manage_users.name, "check_providers": check_providers.name})

    def _grant_all_credentials(self, policy: Policy) -> None:
        for provider in self._secrets.credentials:
            self._secrets.grant_credentials(policy, provider)
