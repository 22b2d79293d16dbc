"""Who may call the embedded AWS: the holder of the stack's root keys, and roles by their sessions.

MiniStack takes the access key `test`, any account id and no key at all for the root user, checks no signature of
theirs, and derives the session keys of a function from its name. Here the root user is one random key pair whose
signatures are checked as any other's, and the session keys of functions are random too.
"""

import secrets
import sys
from typing import Any

from local.keys import RootKeys
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.iam_evaluator import CredentialResolutionError, ResolvedCredential
from ministack.core.responses import get_account_id
from ministack.services import sts


def install(root: RootKeys) -> None:
    """Put these rules in the place of MiniStack's own."""
    _replace("is_root_access_key", lambda _: False)
    _replace("resolve_credential", _resolving(root))
    _replace("execution_credentials", _random_sessions(lambda_runtime.execution_credentials))


def _resolving(root: RootKeys) -> Any:
    resolve = iam_evaluator.resolve_credential

    def resolve_credential(access_key_id: str, account_id: Any = None, *token: Any, **named: Any) -> Any:
        # and allowed to be, or it were refused by now
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
    """As many sessions as processes of functions; each is forgotten with the embedded AWS."""

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        derived = derive(config)
        session = sts._sessions.pop(derived["AWS_ACCESS_KEY_ID"])
        key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(64)
        sts.register_session(key, {**session, "SecretAccessKey": secret, "SessionToken": token})
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    return execution_credentials


def _replace(name: str, replacement: Any) -> None:
    """Wherever MiniStack has imported it by its name."""
    for module in [module for path, module in sys.modules.items() if path.startswith("ministack")]:
        if hasattr(module, name):
            setattr(module, name, replacement)
