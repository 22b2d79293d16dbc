"""Secrets Manager secrets, their versions and their rotation schedule."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values, present


class Secret(ResourceHandler):
    """aws.secretsmanager.Secret."""

    token = "aws:secretsmanager/secret:Secret"  # noqa: S105
    named = True

    @staticmethod
    def create(
        call: Call,
        *,
        description: str | None = None,
        kms_key_id: str | None = None,
        recovery_window_in_days: int = 30,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the secret. Outputs: arn, name. The recovery window applies when the secret is deleted."""
        secret = call.aws("secretsmanager").create_secret(
            Name=call.physical_name, Tags=key_values(tags), **present(Description=description, KmsKeyId=kms_key_id)
        )
        outputs = {"arn": secret["ARN"], "name": secret["Name"], "recoveryWindowInDays": recovery_window_in_days}
        return Made(secret["ARN"], outputs)

    @staticmethod
    def update(
        call: Call,
        id_: str,
        *,
        description: str = "",
        kms_key_id: str | None = None,
        recovery_window_in_days: int = 30,
        tags: dict[str, str] | None = None,
    ) -> Outputs:
        """Change the secret; its versions stay."""
        call.aws("secretsmanager").update_secret(SecretId=id_, Description=description, **present(KmsKeyId=kms_key_id))
        call.aws("secretsmanager").tag_resource(SecretId=id_, Tags=key_values(tags))
        return {"recoveryWindowInDays": recovery_window_in_days}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the secret; at once if the recovery window is 0."""
        window = outputs.get("recoveryWindowInDays", 30)
        how: dict[str, Any] = {"RecoveryWindowInDays": window} if window else {"ForceDeleteWithoutRecovery": True}
        call.aws("secretsmanager").delete_secret(SecretId=id_, **how)


class SecretVersion(ResourceHandler):
    """aws.secretsmanager.SecretVersion."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105

    @staticmethod
    def create(call: Call, *, secret_id: str, secret_string: str) -> Made:
        """Create the version, which is deleted with its secret. No outputs: the value is stored nowhere else."""
        version = call.aws("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=secret_string)
        return Made(f"{secret_id}|{version['VersionId']}")


class SecretRotation(ResourceHandler):
    """aws.secretsmanager.SecretRotation."""

    token = "aws:secretsmanager/secretRotation:SecretRotation"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        secret_id: str,
        rotation_lambda_arn: str,
        rotation_rules: dict[str, Any],
        rotate_immediately: bool = True,
    ) -> Made:
        """Set the schedule. The embedded AWS keeps it but never calls the function (docs/aws-differences.md)."""
        call.aws("secretsmanager").rotate_secret(
            SecretId=secret_id,
            RotationLambdaARN=rotation_lambda_arn,
            RotationRules={"AutomaticallyAfterDays": rotation_rules["automaticallyAfterDays"]},
            RotateImmediately=rotate_immediately,
        )
        return Made(secret_id)

    @staticmethod
    def update(call: Call, id_: str, **inputs: Any) -> Outputs:
        """Change the schedule or the function."""
        SecretRotation.create(call, **inputs)
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Do nothing: the embedded AWS cannot remove a schedule, and never acts on one."""
