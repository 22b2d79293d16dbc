"""Operators: what is done to users and asked of providers by hand, with one's own AWS credentials."""

import pulumi

from components.function import Function, FunctionArgs
from components.packaging import Package
from components.second_gate import SecondGate
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import HASHING_MEMORY_MB, UserDirectory

TIMEOUT_SECONDS = 30


class Operators(pulumi.ComponentResource):
    """Two functions. Who may invoke them is said by the operator's own role."""

    manage_users_function: pulumi.Output[str]
    check_providers_function: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: Settings,
        package: Package,
        secrets: SecretStore,
        directory: UserDirectory,
        second_gate: SecondGate,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Operators", name, None, opts)
        self._settings = settings
        self._package = package
        self._secrets = secrets
        environment = {**second_gate.environment, **second_gate.sender, **second_gate.sign_in_limits}
        managing = self._function("manage_users", environment)
        directory.grant_manage(managing)
        secrets.grant_seal(managing)
        second_gate.grant_remove(managing)
        checking = self._function("check_providers", {"FACTORS": second_gate.environment["FACTORS"]})
        for provider in secrets.credentials:
            secrets.grant_credentials(checking, provider)
        self.manage_users_function, self.check_providers_function = managing.name, checking.name
        self.register_outputs({"manage_users": managing.name, "check_providers": checking.name})

    def _function(self, handler: str, environment: dict[str, pulumi.Input[str]]) -> Function:
        args = FunctionArgs(
            handler=handler,
            package=self._package,
            settings=self._settings,
            log_key_arn=self._secrets.key_arn,
            environment=environment,
            libraries="factors",
            memory_mb=HASHING_MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
        )
        return Function(handler.replace("_", "-"), args, pulumi.ResourceOptions(parent=self))
