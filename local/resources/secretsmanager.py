"""Secrets, and their rotation schedule."""

from typing import Any

from local.engine import Made
from local.resources.kind import Call, Kind, Outputs, key_values, present


class Secret(Kind):
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
        """Outputs: arn, name. The recovery window is heeded when the secret is deleted."""
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
        """Its versions stay."""
        call.aws("secretsmanager").update_secret(SecretId=id_, Description=description, **present(KmsKeyId=kms_key_id))
        call.aws("secretsmanager").tag_resource(SecretId=id_, Tags=key_values(tags))
        return {"recoveryWindowInDays": recovery_window_in_days}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """At once if the window is 0."""
        window = outputs.get("recoveryWindowInDays", 30)
        how: dict[str, Any] = {"RecoveryWindowInDays": window} if window else {"ForceDeleteWithoutRecovery": True}
        call.aws("secretsmanager").delete_secret(SecretId=id_, **how)


class SecretVersion(Kind):
    """aws.secretsmanager.SecretVersion."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105

    @staticmethod
    def create(call: Call, *, secret_id: str, secret_string: str) -> Made:
        """Outputs: none; the value is written down nowhere else. It goes with its secret."""
        version = call.aws("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=secret_string)
        return Made(f"{secret_id}|{version['VersionId']}")


class SecretRotation(Kind):
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
        """The embedded AWS keeps the schedule but never calls the function (docs/aws-differences.md)."""
        call.aws("secretsmanager").rotate_secret(
            SecretId=secret_id,
            RotationLambdaARN=rotation_lambda_arn,
            RotationRules={"AutomaticallyAfterDays": rotation_rules["automaticallyAfterDays"]},
            RotateImmediately=rotate_immediately,
        )
        return Made(secret_id)

    @staticmethod
    def update(call: Call, id_: str, **inputs: Any) -> Outputs:
        """Another schedule, or another function."""
        SecretRotation.create(call, **inputs)
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """The embedded AWS cannot stop a schedule, and needs not: it never acts on one."""
