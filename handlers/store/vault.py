"""Secrets of users under our KMS key, each bound to what it is for by the encryption context."""

import json
from collections.abc import Mapping

from handlers.core.factors import Enrolled
from handlers.store.aws import client


class KmsVault:
    """Password hashes. Keeps the promises of `core.ports.Vault`."""

    def __init__(self, key_arn: str) -> None:
        self._key = key_arn

    def seal(self, phc: str, user_id: str) -> bytes:
        """One call to KMS."""
        return _encrypt(self._key, phc, {"purpose": "password", "user": user_id})

    def unseal(self, sealed: bytes, user_id: str) -> str:
        """One call to KMS."""
        return _decrypt(self._key, sealed, {"purpose": "password", "user": user_id})


class KmsFactorVault:
    """Secrets of factors. Keeps the promises of `core.ports.FactorVault`."""

    def __init__(self, key_arn: str) -> None:
        self._key = key_arn

    def seal(self, secret: Mapping[str, str], user_id: str, factor_id: str) -> bytes:
        """One call to KMS."""
        return _encrypt(self._key, json.dumps(dict(secret)), _of_factor(user_id, factor_id))

    def unseal(self, factor: Enrolled) -> dict[str, str]:
        """One call to KMS."""
        secret: dict[str, str] = json.loads(_decrypt(self._key, factor.sealed, _of_factor(factor.user_id, factor.id)))
        return secret


def _of_factor(user_id: str, factor_id: str) -> dict[str, str]:
    return {"purpose": "factor", "user": user_id, "factor": factor_id}


def _encrypt(key: str, text: str, context: Mapping[str, str]) -> bytes:
    answer = client("kms").encrypt(KeyId=key, Plaintext=text.encode(), EncryptionContext=dict(context))
    sealed: bytes = answer["CiphertextBlob"]
    return sealed


def _decrypt(key: str, sealed: bytes, context: Mapping[str, str]) -> str:
    answer = client("kms").decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionContext=dict(context))
    plaintext: bytes = answer["Plaintext"]
    return plaintext.decode()
