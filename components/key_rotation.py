"""KeyRotation: the function that creates the first signing keys at deployment, and new ones on schedule."""

import json

import pulumi
import pulumi_aws as aws

from components.function import Function, FunctionArgs, Functions
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import UserDirectory


class KeyRotation(pulumi.ComponentResource):
    """The rotation of the signing keys. `ready` resolves when the first keys are published."""

    ready: pulumi.Resource

    def __init__(
        self,
        name: str,
        settings: Settings,
        functions: Functions,
        secrets: SecretStore,
        directory: UserDirectory,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:KeyRotation", name, None, opts)
        self._name = name
        self._settings = settings
        self._secrets = secrets
        self.function = self._function(functions, directory)
        self.ready = self._first_keys()
        self._schedule()
        self.register_outputs({"function": self.function.name})

    def _function(self, functions: Functions, directory: UserDirectory) -> Function:
        args = FunctionArgs(
            handler="triggers/rotate_keys",
            environment={
                "TABLE_NAME": directory.table_name,
                "SIGNING_KEYS_SECRET_ID": self._secrets.signing_keys_id,
            },
            grants=(self._secrets.grant_rotate, directory.table.grant_publish_keys),
            memory_mb=512,
            timeout_seconds=60,
        )
        return functions.create(args, pulumi.ResourceOptions(parent=self), name=self._name)

    def _first_keys(self) -> pulumi.Resource:
        """Publish the first keys. The logical name is that of 0.1, so that an upgrade does not invoke it again."""
        return aws.lambda_.Invocation(
            f"{self._name}-first-keyset",
            function_name=self.function.name,
            input=json.dumps({"Step": "bootstrap"}),
            lifecycle_scope="CREATE_ONLY",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.function.policy]),
        )

    def _schedule(self) -> None:
        permission = self.function.allow_invoke("secrets-manager", "secretsmanager", self._secrets.signing_keys.arn)
        aws.secretsmanager.SecretRotation(
            f"{self._name}-schedule",
            secret_id=self._secrets.signing_keys_id,
            rotation_lambda_arn=self.function.arn,
            rotate_immediately=False,
            rotation_rules={"automatically_after_days": self._settings.key_rotation_days},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, self.ready]),
        )
