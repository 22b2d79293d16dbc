"""The services of a function: stores on AWS, clock and randomness, built once from its environment."""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any, Literal

from contract.limits import DeletionPolicy, FactorLimits, SessionLifetimes, SignInLimits
from contract.roles import Roles
from handlers import env, init_phase
from handlers.core.mfa.factor_type import FactorType
from handlers.core.ports import (
    Accounts,
    Applications,
    Breaches,
    Challenges,
    Counters,
    Directory,
    Events,
    FactorCipher,
    Factors,
    Mailer,
    Migration,
    PasswordCipher,
    Pool,
    Signer,
)
from handlers.core.services import Services
from handlers.core.tokens.access_tokens import Issuer
from handlers.factors import Tools
from handlers.init_phase import Step
from handlers.store.aws import client
from handlers.store.credentials import Pepper

Name = Literal[
    "accounts", "applications", "breaches", "challenges", "confirms_email", "counters", "default_roles",
    "deletion", "directory", "events", "factor_cipher", "factor_limits", "factor_types", "factors", "issuer", "mailbox",
    "mailer", "migration", "password_cipher", "pepper", "pool", "profile_attributes", "requires_mfa", "roles",
    "session_lifetimes", "sign_in_limits", "signer", "site_url",
]  # fmt: skip

_FACTOR_TYPES = ("FACTORS", "TABLE_NAME", "KEY_ARN", "FACTOR_LIMITS", "DISPLAY_NAME")
VARIABLES: dict[Name, tuple[str, ...]] = {
    "accounts": ("TABLE_NAME",),
    "applications": ("APPLICATIONS", "API_ADDRESS"),
    "challenges": ("TABLE_NAME",),
    "confirms_email": ("CONFIRM_EMAIL",),
    "counters": ("TABLE_NAME",),
    "directory": ("TABLE_NAME",),
    "factor_cipher": ("KEY_ARN",),
    "factor_limits": ("FACTOR_LIMITS",),
    "factor_types": _FACTOR_TYPES,
    "factors": ("TABLE_NAME",),
    "default_roles": ("DEFAULT_ROLES",),
    "deletion": ("DELETION",),
    "issuer": ("ISSUER", "AUDIENCE", "ROLES", "PROFILE_CLAIMS"),
    "mailbox": _FACTOR_TYPES,
    "password_cipher": ("KEY_ARN",),
    "pepper": ("PEPPER_SECRET_ID",),
    "profile_attributes": ("PROFILE_ATTRIBUTES",),
    "roles": ("ROLES",),
    "requires_mfa": ("SECOND_FACTOR",),
    "session_lifetimes": ("SESSION_LIFETIMES",),
    "sign_in_limits": ("SIGN_IN_LIMITS",),
    "signer": ("SIGNING_KEYS_SECRET_ID",),
    "site_url": ("SITE_URL",),
}
"""Service → the environment variables that it needs."""
CONNECTIONS: dict[str, set[Name]] = {
    "dynamodb": {"accounts", "challenges", "counters", "directory", "factors"},
    "kms": {"factor_cipher", "factor_types", "password_cipher"},
    "sesv2": {"mailer"},
}
"""Service of AWS → the services that call it in most requests."""


def load(*names: Name) -> Services:
    """Build these services when the function starts, with keys and connections; the others when they are first used.

    Raises `RuntimeError` that names every missing variable of these services.
    """
    env.load(*dict.fromkeys(variable for name in names for variable in VARIABLES.get(name, ())))
    services = _Services()
    for name in names:
        getattr(services, name)
    init_phase.connect(list(_init_steps(services, frozenset(names))))
    return services


def _connect(service: str) -> None:
    client(service).connect()


def _init_steps(services: "_Services", names: frozenset[Name]) -> Iterator[Step]:
    """Yield what the first request would wait for: the connection of each store, and secrets."""
    for service, users in CONNECTIONS.items():
        if names & users:
            yield partial(_connect, service)
    if "pepper" in names:
        yield services.pepper
    if "signer" in names:
        yield services.signer.prepare


class _Services:
    """Implements `core.services.Services`. Each service does its imports when it is built."""

    @cached_property
    def directory(self) -> Directory:
        from handlers.store.directory import DynamoDirectory

        return DynamoDirectory(_variable("TABLE_NAME"))

    @cached_property
    def accounts(self) -> Accounts:
        from handlers.store.accounts import DynamoAccounts

        return DynamoAccounts(_variable("TABLE_NAME"))

    @cached_property
    def pool(self) -> Pool | None:
        from handlers.store.pool import CognitoPool

        pool_id = os.environ.get("USER_POOL_ID")
        return CognitoPool(pool_id) if pool_id else None

    @cached_property
    def applications(self) -> Applications:
        from handlers.store.applications import LambdaApplications

        return LambdaApplications(json.loads(_variable("APPLICATIONS")), _variable("API_ADDRESS"))

    @cached_property
    def factors(self) -> Factors:
        from handlers.store.factors import DynamoFactors

        return DynamoFactors(_variable("TABLE_NAME"))

    @cached_property
    def challenges(self) -> Challenges:
        from handlers.store.challenges import DynamoChallenges

        return DynamoChallenges(_variable("TABLE_NAME"))

    @cached_property
    def counters(self) -> Counters:
        from handlers.store.counters import DynamoCounters

        return DynamoCounters(_variable("TABLE_NAME"))

    @cached_property
    def password_cipher(self) -> PasswordCipher:
        from handlers.store.ciphers import KmsPasswordCipher

        return KmsPasswordCipher(_variable("KEY_ARN"))

    @cached_property
    def factor_cipher(self) -> FactorCipher:
        from handlers.store.ciphers import KmsFactorCipher

        return KmsFactorCipher(_variable("KEY_ARN"))

    @cached_property
    def factor_types(self) -> Mapping[str, FactorType]:
        from handlers import factors

        return factors.load(json.loads(_variable("FACTORS")), self._tools)

    @cached_property
    def mailbox(self) -> FactorType:
        from handlers.factors import email

        return email.make({}, self._tools)

    @cached_property
    def signer(self) -> Signer:
        from handlers.store.signer import SecretSigner

        return SecretSigner(_variable("SIGNING_KEYS_SECRET_ID"))

    @cached_property
    def issuer(self) -> Issuer:
        names = tuple(json.loads(_variable("PROFILE_CLAIMS")))
        return Issuer(_variable("ISSUER"), _variable("AUDIENCE"), self.roles, names)

    @cached_property
    def mailer(self) -> Mailer | None:
        from handlers.core.mails.letter import Letterhead
        from handlers.store.mail import SesMailer

        sender = os.environ.get("MAIL_FROM")
        if os.environ.get("CONFIRM_EMAIL") == "true":
            sender = _variable("MAIL_FROM")
        letterhead = Letterhead(os.environ.get("DISPLAY_NAME", ""), os.environ.get("SITE_URL", ""))
        return SesMailer(sender, letterhead) if sender else None

    @cached_property
    def events(self) -> Events:
        from handlers.store.event_log import LogEvents

        return LogEvents()

    @cached_property
    def breaches(self) -> Breaches | None:
        url = os.environ.get("BREACHED_PASSWORDS_URL")
        if not url:
            return None
        from handlers.store.breaches import PwnedPasswords

        return PwnedPasswords(url)

    @cached_property
    def migration(self) -> Migration | None:
        function = os.environ.get("MIGRATION_FUNCTION")
        if not function:
            return None
        from handlers.store.migration import LambdaMigration

        return LambdaMigration(function)

    @cached_property
    def sign_in_limits(self) -> SignInLimits:
        return SignInLimits(**json.loads(_variable("SIGN_IN_LIMITS")))

    @cached_property
    def factor_limits(self) -> FactorLimits:
        return FactorLimits(**json.loads(_variable("FACTOR_LIMITS")))

    @cached_property
    def session_lifetimes(self) -> SessionLifetimes:
        return SessionLifetimes(**json.loads(_variable("SESSION_LIFETIMES")))

    @cached_property
    def deletion(self) -> DeletionPolicy:
        return DeletionPolicy(**json.loads(_variable("DELETION")))

    @cached_property
    def profile_attributes(self) -> Mapping[str, Any]:
        schema: dict[str, Any] = json.loads(_variable("PROFILE_ATTRIBUTES"))
        return schema

    @cached_property
    def site_url(self) -> str:
        return _variable("SITE_URL")

    @cached_property
    def roles(self) -> Roles:
        return {role: tuple(scopes) for role, scopes in json.loads(_variable("ROLES")).items()}

    @cached_property
    def default_roles(self) -> tuple[str, ...]:
        return tuple(json.loads(_variable("DEFAULT_ROLES")))

    @cached_property
    def requires_mfa(self) -> bool:
        return _variable("SECOND_FACTOR") == "required"

    @cached_property
    def confirms_email(self) -> bool:
        return _variable("CONFIRM_EMAIL") == "true"

    @cached_property
    def _pepper(self) -> Pepper:
        return Pepper(_variable("PEPPER_SECRET_ID"))

    @cached_property
    def _tools(self) -> Tools:
        return Tools(self.factor_cipher, self.factors, self.counters, self.factor_limits, _variable("DISPLAY_NAME"))

    def pepper(self) -> bytes:
        return self._pepper()

    def now(self) -> int:
        return int(time.time())

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)


def _variable(name: str) -> str:
    return env.load(name)[name]
