"""Password hashes under our KMS key, each bound to its user by the encryption context."""

from handlers.store.aws import client

PURPOSE = "password"


class KmsVault:
    """Keeps the promises of `core.ports.Vault`."""

    def __init__(self, key_arn: str) -> None:
        self._key = key_arn

    def seal(self, phc: str, user_id: str) -> bytes:
        """One call to KMS."""
        answer = client("kms").encrypt(KeyId=self._key, Plaintext=phc.encode(), EncryptionContext=_context(user_id))
        sealed: bytes = answer["CiphertextBlob"]
        return sealed

    def unseal(self, sealed: bytes, user_id: str) -> str:
        """One call to KMS."""
        answer = client("kms").decrypt(KeyId=self._key, CiphertextBlob=sealed, EncryptionContext=_context(user_id))
        plaintext: bytes = answer["Plaintext"]
        return plaintext.decode()


def _context(user_id: str) -> dict[str, str]:
    return {"purpose": PURPOSE, "user": user_id}
