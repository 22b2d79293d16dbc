"""The API door, put together from its environment: for the handlers that hand out tokens."""

from contract import scopes
from handlers import env
from handlers.core.signin import Door
from handlers.core.tokens import Issuer
from handlers.store.directory import DynamoDirectory
from handlers.store.keyset import SecretSigner
from handlers.store.vault import KmsVault

VARIABLES = ("TABLE_NAME", "KEY_ARN", "KEYSET_SECRET_ID", "ISSUER", "AUDIENCE")


def load() -> Door:
    """Read the environment; nothing is called yet."""
    variables = env.load(*VARIABLES)
    return Door(
        directory=DynamoDirectory(variables["TABLE_NAME"]),
        vault=KmsVault(variables["KEY_ARN"]),
        signer=SecretSigner(variables["KEYSET_SECRET_ID"]),
        issuer=Issuer(variables["ISSUER"], variables["AUDIENCE"], " ".join(scopes.SESSION_SCOPES)),
    )
