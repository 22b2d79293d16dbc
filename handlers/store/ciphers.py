"""Encryption under our KMS key. The encryption context binds each secret to its purpose and its user."""

import json
from collections.abc import Mapping

from handlers.core.mfa.factor_type import Enrolled
from handlers.core.ports import Undecryptable
from handlers.store.aws import AwsError, client


class KmsPasswordCipher:
    """Encryption of password hashes. Implements `core.ports.PasswordCipher`."""

    def __init__(self, key_arn: str) -> None:
        self._key = key_arn

    def encrypt(self, phc: str, user_id: str) -> bytes:
        """One call to KMS."""
        return _encrypt(self._key, phc, {"purpose": "password", "user": user_id})

    def decrypt(self, encrypted: bytes, user_id: str) -> str:
        """One call to KMS."""
        return _decrypt(self._key, encrypted, {"purpose": "password", "user": user_id})


class KmsFactorCipher:
    """Encryption of secrets of factors. Implements `core.ports.FactorCipher`."""

    def __init__(self, key_arn: str) -> None:
        self._key = key_arn

    def encrypt(self, secret: Mapping[str, str], user_id: str, factor_id: str) -> bytes:
        """One call to KMS."""
        return _encrypt(self._key, json.dumps(dict(secret)), _of_factor(user_id, factor_id))

    def decrypt(self, factor: Enrolled) -> dict[str, str]:
        """One call to KMS."""
        plaintext = _decrypt(self._key, factor.encrypted, _of_factor(factor.user_id, factor.id))
        secret: dict[str, str] = json.loads(plaintext)
        return secret


def _of_factor(user_id: str, factor_id: str) -> dict[str, str]:
    return {"purpose": "factor", "user": user_id, "factor": factor_id}


def _encrypt(key: str, text: str, context: Mapping[str, str]) -> bytes:
    answer = client("kms").call("Encrypt", KeyId=key, Plaintext=text.encode(), EncryptionContext=dict(context))
    encrypted: bytes = answer["CiphertextBlob"]
    return encrypted


def _decrypt(key: str, encrypted: bytes, context: Mapping[str, str]) -> str:
    try:
        answer = client("kms").call("Decrypt", KeyId=key, CiphertextBlob=encrypted, EncryptionContext=dict(context))
    except AwsError as error:
        if error.code == "InvalidCiphertextException":
            raise Undecryptable from None
        raise
    plaintext: bytes = answer["Plaintext"]
    return plaintext.decode()
