"""Users of the directory."""

from dataclasses import dataclass

from handlers.core.limits.places import KnownPlaces


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

    @property
    def has_second_factor(self) -> bool:
        """Return whether one factor is not enough."""
        return self.second_factors > 0


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
