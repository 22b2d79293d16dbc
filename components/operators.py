"""Operators: functions that operators invoke with their own AWS credentials."""

from collections.abc import Mapping

import pulumi

from components.accounts import Accounts
from components.directory_table import BATCH_GET, GET, QUERY
from components.function import HASHING_MEMORY_MB, FunctionArgs, Functions
from components.mfa import Mfa
from components.policy import Grant, Policy
from components.secret_store import SecretStore
from components.user_directory import UserDirectory
from contract import table

TIMEOUT_SECONDS = 30


class Operators(pulumi.ComponentResource):
    """Two functions: management of users, and checks of providers. Operators invoke them with their own role."""

    manage_users_function: pulumi.Output[str]
    import_users_function: pulumi.Output[str]
    export_users_function: pulumi.Output[str]
    check_providers_function: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        functions: Functions,
        secrets: SecretStore,
        directory: UserDirectory,
        mfa: Mfa,
        accounts: Accounts,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Operators", name, None, opts)
        self._secrets = secrets
        self._table = directory.table
        own = pulumi.ResourceOptions(parent=self)
        manage_users = functions.create(
            FunctionArgs(
                handler="operators/manage_users",
                environment=accounts.environment,
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
        of_import = {**accounts.environment, **directory.import_environment}
        import_users = functions.create(self._transfer("import", of_import, self._grant_import), own)
        export_users = functions.create(self._transfer("export", accounts.environment, self._grant_export), own)
        self.import_users_function, self.export_users_function = import_users.name, export_users.name
        self.manage_users_function, self.check_providers_function = manage_users.name, check_providers.name
        self.register_outputs({"manage_users": manage_users.name, "check_providers": check_providers.name})

    def _transfer(self, what: str, environment: Mapping[str, pulumi.Input[str]], grant: Grant) -> FunctionArgs:
        return FunctionArgs(
            handler=f"operators/{what}_users",
            environment=environment,
            grants=(grant, self._table.grant_key),
            memory_mb=HASHING_MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
        )

    def _grant_import(self, policy: Policy) -> None:
        self._table.grant_items(policy, "FindUser", [GET], table.ADDRESS, table.USER, table.TOMBSTONE)
        self._table.grant_import_user(policy, "ImportUser")
        self._secrets.grant_encrypt_passwords(policy)
        self._secrets.grant_pepper(policy)

    def _grant_export(self, policy: Policy) -> None:
        policy.allow_index("ListUsers", self._table.arn, table.USERS_INDEX)
        self._table.grant_items(policy, "ReadUser", [BATCH_GET], table.USER, table.PLACES, table.CREDENTIAL)
        self._table.grant_items(policy, "ReadFactors", [QUERY], table.FACTORS)
        self._secrets.grant_decrypt_passwords(policy)
        self._secrets.grant_decrypt_factors(policy)

    def _grant_all_credentials(self, policy: Policy) -> None:
        for provider in self._secrets.credentials:
            self._secrets.grant_credentials(policy, provider)
