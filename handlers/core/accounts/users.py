"""Users of the directory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.roles import USER
from handlers.core.limits.places import KnownPlaces


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a user says of themself; None and the empty mapping stand for nothing."""

    name: str | None = None
    locale: str | None = None
    """A language tag (BCP 47)."""
    picture: str | None = None
    """An https URL."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, checked against the stack's `profileAttributes` schema."""


@dataclass(frozen=True)
class Profile:
    """A user."""

    user_id: str
    email: str
    disabled: bool
    second_factors: int = 0
    """The number of confirmed second factors; recovery codes do not count."""
    epoch: int = 0
    """The epoch of new sessions and challenges; a higher one invalidates all earlier sessions and challenges."""
    roles: tuple[str, ...] = (USER,)
    created_at: int = 0
    """Unix seconds; 0 if unknown."""
    details: Details = Details()
    delete_at: int = 0
    """The time of the deletion that the user has asked for, in Unix seconds; 0 for none."""

    @property
    def has_second_factor(self) -> bool:
        """Return whether one factor is not enough."""
        return self.second_factors > 0


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """A user to be created. `password` is the encrypted hash; `created_at` in Unix seconds.

    `locale` is the language of the sign-up, in which mails are written until the user says otherwise.
    """

    user_id: str
    email: str
    password: bytes
    roles: tuple[str, ...]
    created_at: int
    locale: str | None = None


@dataclass(frozen=True)
class Account:
    """A user, and the places that the user has signed in from."""

    profile: Profile | None
    """None if there is no such user."""
    places: KnownPlaces


@dataclass(frozen=True)
class Credential:
    """The encrypted hash of a user's password."""

    user_id: str
    password: bytes


@dataclass(frozen=True)
class AcceptedPassword:
    """A password that was right. What follows from it is written in one transaction with what it opens.

    Args:
        credential: as it was read; if it was changed meanwhile, nothing is written.
        upgraded: the encrypted hash with today's parameters, if the stored one has others.
        counters: of failures, to reset.
        shared: the same, of counters that guesses of others may be changing; then they are left alone.
    """

    credential: Credential
    upgraded: bytes | None = None
    counters: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
