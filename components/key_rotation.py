"""KeyRotation: the function that makes the first keyset when it is deployed, and a new one on schedule."""

import json

import pulumi
import pulumi_aws as aws

from components.function import Function, FunctionArgs
from components.packaging import Package
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import UserDirectory


class KeyRotation(pulumi.ComponentResource):
    """Rotates the signing keyset. `ready` is done when the first keys are published."""

    ready: pulumi.Resource

    def __init__(
        self,
        name: str,
        settings: Settings,
        package: Package,
        secrets: SecretStore,
        directory: UserDirectory,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:KeyRotation", name, None, opts)
        self._name = name
        self._settings = settings
        self._secrets = secrets
        self.function = self._function(package, directory)
        secrets.grant_rotate(self.function)
        directory.grant_publish_keys(self.function)
        self.ready = self._first_keyset()
        self._schedule()
        self.register_outputs({"function": self.function.name})

    def _function(self, package: Package, directory: UserDirectory) -> Function:
        args = FunctionArgs(
            handler="rotate_keys",
            package=package,
            settings=self._settings,
            log_key_arn=self._secrets.key_arn,
            environment={"TABLE_NAME": directory.table_name, "KEYSET_SECRET_ID": self._secrets.keyset_id},
            memory_mb=512,
            timeout_seconds=60,
        )
        return Function(self._name, args, pulumi.ResourceOptions(parent=self))

    def _first_keyset(self) -> pulumi.Resource:
        return aws.lambda_.Invocation(
            f"{self._name}-first-keyset",
            function_name=self.function.name,
            input=json.dumps({"Step": "bootstrap"}),
            lifecycle_scope="CREATE_ONLY",
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.function.grants),
        )

    def _schedule(self) -> None:
        permission = self.function.allow_invoke("secrets-manager", "secretsmanager", self._secrets.keyset.arn)
        aws.secretsmanager.SecretRotation(
            f"{self._name}-schedule",
            secret_id=self._secrets.keyset_id,
            rotation_lambda_arn=self.function.arn,
            rotate_immediately=False,
            rotation_rules={"automatically_after_days": self._settings.key_rotation_days},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, self.ready]),
        )
