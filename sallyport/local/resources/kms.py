"""KMS keys, aliases, and values encrypted at deployment."""

import base64
from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, present

LEAST_WINDOW_DAYS = 7


class Key(ResourceHandler):
    """aws.kms.Key."""

    token = "aws:kms/key:Key"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        description: str = "",
        policy: str | None = None,
        enable_key_rotation: bool = False,
        deletion_window_in_days: int = 30,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the key. Outputs: arn, keyId. The deletion window applies when the key is deleted."""
        kms = call.aws("kms")
        tag_list = [{"TagKey": key, "TagValue": value} for key, value in (tags or {}).items()]
        key = kms.create_key(Description=description, Tags=tag_list, **present(Policy=policy))["KeyMetadata"]
        if enable_key_rotation:
            kms.enable_key_rotation(KeyId=key["KeyId"])
        outputs = {"arn": key["Arn"], "keyId": key["KeyId"], "deletionWindowInDays": deletion_window_in_days}
        return Made(key["KeyId"], outputs)

    @staticmethod
    def update(call: Call, id_: str, *, policy: str | None = None, **_: Any) -> Outputs:
        """Change the policy; the key stays, and can decrypt what it has encrypted."""
        if policy:
            call.aws("kms").put_key_policy(KeyId=id_, PolicyName="default", Policy=policy)
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Schedule the deletion of the key."""
        window = max(outputs.get("deletionWindowInDays", 30), LEAST_WINDOW_DAYS)
        call.aws("kms").schedule_key_deletion(KeyId=id_, PendingWindowInDays=window)


class Alias(ResourceHandler):
    """aws.kms.Alias."""

    token = "aws:kms/alias:Alias"  # noqa: S105

    @staticmethod
    def create(call: Call, *, target_key_id: str, name: str | None = None) -> Made:
        """Create the alias. Outputs: arn, name, targetKeyId."""
        name = name or f"alias/{call.physical_name}"
        call.aws("kms").create_alias(AliasName=name, TargetKeyId=target_key_id)
        return Made(name, {"name": name, "arn": call.arn("kms", name)})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the alias; the key stays."""
        call.aws("kms").delete_alias(AliasName=id_)


class Ciphertext(ResourceHandler):
    """aws.kms.Ciphertext."""

    token = "aws:kms/ciphertext:Ciphertext"  # noqa: S105

    @staticmethod
    def create(call: Call, *, key_id: str, plaintext: str, context: dict[str, str] | None = None) -> Made:
        """Encrypt the value. Outputs: ciphertextBlob, base64."""
        answer = call.aws("kms").encrypt(KeyId=key_id, Plaintext=plaintext.encode(), EncryptionContext=context or {})
        blob = base64.b64encode(answer["CiphertextBlob"]).decode()
        return Made(call.name, {"ciphertextBlob": blob})
