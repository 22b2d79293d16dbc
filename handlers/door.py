"""What hands out tokens and judges passwords, put together from the environment."""

from contract import scopes
from handlers import env, shared
from handlers.core.signin import Door, PasswordCheck
from handlers.core.tokens import Issuer
from handlers.store.counters import DynamoCounters
from handlers.store.directory import DynamoDirectory
from handlers.store.keyset import SecretSigner
from handlers.store.vault import KmsVault


def load() -> Door:
    """Read the environment; nothing is called yet."""
    variables = env.load("TABLE_NAME", "KEYSET_SECRET_ID", "ISSUER", "AUDIENCE")
    return Door(
        directory=DynamoDirectory(variables["TABLE_NAME"]),
        signer=SecretSigner(variables["KEYSET_SECRET_ID"]),
        issuer=Issuer(variables["ISSUER"], variables["AUDIENCE"], " ".join(scopes.SESSION_SCOPES)),
    )


def password_check() -> PasswordCheck:
    """Read the environment; nothing is called yet."""
    variables = env.load("TABLE_NAME", "KEY_ARN")
    table = variables["TABLE_NAME"]
    return PasswordCheck(
        directory=DynamoDirectory(table),
        vault=KmsVault(variables["KEY_ARN"]),
        counters=DynamoCounters(table),
        limits=shared.limits(),
        pepper=shared.pepper(),
        mailer=shared.mailer(),
    )
