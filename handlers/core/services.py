"""The services that the rules use, as one object."""

from collections.abc import Mapping
from typing import Any, Protocol

from contract.limits import DeletionPolicy, FactorLimits, SessionLifetimes, SignInLimits
from contract.roles import Roles
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
from handlers.core.tokens.access_tokens import Issuer


class Services(Protocol):
    """The services that the rules use; built once per function. None stands for a service that the stack lacks."""

    @property
    def directory(self) -> Directory:
        """Return the store of users, credentials, sessions and open sign-ups."""

    @property
    def accounts(self) -> Accounts:
        """Return the store of changes of accounts."""

    @property
    def pool(self) -> Pool | None:
        """Return the users of the user pool; None for functions that leave them alone."""

    @property
    def applications(self) -> Applications:
        """Return the applications that hold data about users."""

    @property
    def factors(self) -> Factors:
        """Return the store of factors of users."""

    @property
    def challenges(self) -> Challenges:
        """Return the store of open sign-ins, step-ups and resets."""

    @property
    def counters(self) -> Counters:
        """Return the store of counters of limits."""

    @property
    def password_cipher(self) -> PasswordCipher:
        """Return the cipher of password hashes."""

    @property
    def factor_cipher(self) -> FactorCipher:
        """Return the cipher of secrets of factors."""

    @property
    def factor_types(self) -> Mapping[str, FactorType]:
        """Return the factor types that the stack offers, by name."""

    @property
    def mailbox(self) -> FactorType:
        """Return the factor type of mailed codes; also on stacks that do not offer them for sign-in."""

    @property
    def signer(self) -> Signer:
        """Return the signer of access tokens."""

    @property
    def issuer(self) -> Issuer:
        """Return the issuer of access tokens."""

    @property
    def mailer(self) -> Mailer | None:
        """Return the mailer; None on stacks that send no mail."""

    @property
    def events(self) -> Events:
        """Return the record of events."""

    @property
    def breaches(self) -> Breaches | None:
        """Return the check of breached passwords; None on stacks without it."""

    @property
    def migration(self) -> Migration | None:
        """Return the function that knows users of another system; None on stacks without one."""

    @property
    def sign_in_limits(self) -> SignInLimits:
        """Return the limits of passwords, sign-up codes and mail."""

    @property
    def factor_limits(self) -> FactorLimits:
        """Return the limits of second factors."""

    @property
    def session_lifetimes(self) -> SessionLifetimes:
        """Return the lifetimes of new sessions."""

    @property
    def roles(self) -> Roles:
        """Return the roles of the stack, with their scopes."""

    @property
    def default_roles(self) -> tuple[str, ...]:
        """Return the roles of new users."""

    @property
    def deletion(self) -> DeletionPolicy:
        """Return what follows a request to delete an account."""

    @property
    def profile_attributes(self) -> Mapping[str, Any]:
        """Return the JSON Schema of attributes in profiles; empty if there are none."""

    @property
    def site_url(self) -> str:
        """Return the origin of the site, for mailed links."""

    @property
    def requires_mfa(self) -> bool:
        """Return whether every user needs a second factor."""

    @property
    def confirms_email(self) -> bool:
        """Return whether a mailed code creates a user, and precedes the first factor."""

    def pepper(self) -> bytes:
        """Return the key of pseudonyms in counters."""

    def now(self) -> int:
        """Return the time in Unix seconds."""

    def random(self, size: int) -> bytes:
        """Return this number of random bytes, for secrets."""
