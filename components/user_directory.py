"""UserDirectory: the table of the directory, and the user pool."""

import json
from collections.abc import Mapping

import pulumi

from components.directory_table import DirectoryTable
from components.function import HASHING_MEMORY_MB, Function, FunctionArgs, Functions
from components.policy import Policy
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_pool import UserPool

TRIGGER_SECONDS = 5  # as long as Cognito waits for a trigger, which it invokes up to three times in all


class UserDirectory(pulumi.ComponentResource):
    """The DynamoDB user table and the Cognito pool; protected when `retain`."""

    table_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: Settings,
        functions: Functions,
        secrets: SecretStore,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:UserDirectory", name, None, opts)
        self._settings = settings
        self._functions = functions
        self._secrets = secrets
        self.table = DirectoryTable(name, self, settings, secrets)
        self.table_name = self.table.name
        functions.watched.tables[name] = self.table_name
        migration = self._migration() if settings.vouches_for_users else None
        self.pool = UserPool(name, self, settings, migration)
        self.register_outputs({"table_name": self.table_name, "user_pool_id": self.pool.id})

    @property
    def environment(self) -> Mapping[str, pulumi.Input[str]]:
        """Return the variables of every function that uses the directory: its place and its limits."""
        return {
            "TABLE_NAME": self.table_name,
            "KEY_ARN": self._secrets.key_arn,
            "PEPPER_SECRET_ID": self._secrets.pepper_id,
            "SIGN_IN_LIMITS": self._settings.sign_in_limits_json,
            "SESSION_LIFETIMES": json.dumps(vars(self._settings.session_lifetimes)),
            "ROLES": json.dumps(self._settings.roles),
            "DEFAULT_ROLES": json.dumps(self._settings.default_roles),
        }

    @property
    def import_environment(self) -> Mapping[str, pulumi.Input[str]]:
        """Return the variable of functions that import users."""
        return {"PROFILE_ATTRIBUTES": json.dumps(self._settings.profile_attributes)}

    @property
    def migration_environment(self) -> Mapping[str, pulumi.Input[str]]:
        """Return the variables of functions that ask the migration function, if the stack has one."""
        function_arn = self._settings.migration_function
        return {"MIGRATION_FUNCTION": function_arn, **self.import_environment} if function_arn else {}

    def grant_migrate(self, policy: Policy) -> None:
        """Allow to ask the migration function, and write the users whom it knows; nothing on stacks without one."""
        if not self._settings.migration_function:
            return
        policy.allow("AskMigration", ["lambda:InvokeFunction"], self._settings.migration_function)
        self.table.grant_import_user(policy, "MigrateUser")

    def _migration(self) -> Function:
        """Return the pool's trigger, which migrates a user of the directory who signs in at the hosted pages."""
        args = FunctionArgs(
            handler="triggers/migrate_user",
            environment={**self.environment, **self.migration_environment},
            grants=(
                self.table.grant_check_password,
                self.grant_migrate,
                self.table.grant_key,
                self._secrets.grant_decrypt_passwords,
                self._secrets.grant_encrypt_passwords,
            ),
            memory_mb=HASHING_MEMORY_MB,
            timeout_seconds=TRIGGER_SECONDS,
        )
        return self._functions.create(args, pulumi.ResourceOptions(parent=self))
