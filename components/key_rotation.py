"""KeyRotation: the function that creates the first signing keys at deployment, and new ones on schedule."""

import json

import pulumi
import pulumi_aws as aws

from components import scheduled
from components.function import Function, FunctionArgs, Functions
from components.policy import Policy
from components.private_bucket import PrivateBucket
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import UserDirectory
from contract.edge import KEYS_FILE
from contract.metrics import KEY_AGE_DAYS

WRITE_FILE = "writeFile"
FILE_SCHEDULE = "rate(1 hour)"
"""Keys that have ended stay in the site's file until it is written again."""


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
        site_files: PrivateBucket,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:KeyRotation", name, None, opts)
        self._name = name
        self._settings = settings
        self._secrets = secrets
        self._site_files = site_files.resource
        self.function = self._function(functions, directory)
        self.ready = self._first_keys()
        self._schedule()
        self._write_file()
        self._measure_age()
        self.register_outputs({"function": self.function.name})

    def _function(self, functions: Functions, directory: UserDirectory) -> Function:
        args = FunctionArgs(
            handler="triggers/rotate_keys",
            environment={
                "TABLE_NAME": directory.table_name,
                "SIGNING_KEYS_SECRET_ID": self._secrets.signing_keys_id,
                "SITE_BUCKET": self._site_files.id,
            },
            grants=(self._secrets.grant_rotate, directory.table.grant_publish_keys, self._grant_write_file),
            memory_mb=512,
            timeout_seconds=60,
            is_background=True,
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

    def _measure_age(self) -> None:
        """Take the age of the keys from the function's log."""
        scheduled.take_metric(f"{self._name}-age", self, self._settings, self.function, KEY_AGE_DAYS)

    def _grant_write_file(self, policy: Policy) -> None:
        file = pulumi.Output.format("{0}{1}", self._site_files.arn, KEYS_FILE)
        policy.allow("WriteKeyFile", ["s3:GetObject", "s3:PutObject"], file)

    def _write_file(self) -> None:
        """Write the site's file on a schedule, and now for a stack whose keys are older than its site."""
        aws.lambda_.Invocation(
            f"{self._name}-key-file",
            function_name=self.function.name,
            input=json.dumps({"Step": WRITE_FILE}),
            triggers={"bucket": self._site_files.id},
            lifecycle_scope="CREATE_ONLY",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.function.policy, self.ready]),
        )
        scheduled.invoke_every(
            f"{self._name}-key-file", self, self._settings, self.function, "key-file", FILE_SCHEDULE, WRITE_FILE
        )
