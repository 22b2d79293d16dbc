"""The callers of the embedded AWS: the holder of the stack's root keys, and roles by their sessions.

MiniStack accepts the access key `test`, any account id and no key at all as the root user, without checking a
signature, and derives the session keys of a function from its name. Here the root user is one random key pair whose
signatures are checked like any other's, and the session keys of functions are random too.
"""

import secrets
import sys
from typing import Any

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.iam_evaluator import CredentialResolutionError, ResolvedCredential
from ministack.core.responses import get_account_id
from ministack.services import sts

from sallyport.local.keys import RootKeys


def install(root: RootKeys) -> None:
    """Replace MiniStack's rules by these."""
    _replace("is_root_access_key", lambda _: False)
    _replace("resolve_credential", _resolving(root))
    _replace("execution_credentials", _random_sessions(lambda_runtime.execution_credentials))


def _resolving(root: RootKeys) -> Any:
    resolve = iam_evaluator.resolve_credential

    def resolve_credential(access_key_id: str, account_id: Any = None, *token: Any, **named: Any) -> Any:
        # An unsigned request that is not allowed was refused before.
        is_unsigned = not access_key_id and iam_evaluator._anonymous.get()
        if access_key_id != root.access_key_id and not is_unsigned:
            return resolve(access_key_id, account_id, *token, **named)
        given = (*token, *named.values())
        if any(isinstance(one, str) and one for one in given):  # the root user has no session token
            return CredentialResolutionError("InvalidToken", "The provided token is malformed or otherwise invalid.")
        account = account_id or get_account_id()
        return ResolvedCredential(
            access_key_id=access_key_id,
            secret_access_key=root.secret_access_key,
            account_id=account,
            principal_arn=f"arn:aws:iam::{account}:root",
            principal_id=account,
            principal_type="Root",
            source_access_key_id=access_key_id,
        )

    return resolve_credential


def _random_sessions(derive: Any) -> Any:
    """Return a function that creates random session keys for each process of a function.

    The sessions end with the embedded AWS.
    """

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        derived = derive(config)
        session = sts._sessions.pop(derived["AWS_ACCESS_KEY_ID"])
        key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(64)
        sts.register_session(key, {**session, "SecretAccessKey": secret, "SessionToken": token})
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    return execution_credentials


def _replace(name: str, replacement: Any) -> None:
    """Replace the name in every module of MiniStack that has imported it."""
    for module in [module for path, module in sys.modules.items() if path.startswith("ministack")]:
        if hasattr(module, name):
            setattr(module, name, replacement)
