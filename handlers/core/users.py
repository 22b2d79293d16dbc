"""Users of the directory, as the rules see them."""

from dataclasses import dataclass

from handlers.core.places import KnownPlaces


@dataclass(frozen=True)
class Profile:
    """A user of the directory."""

    user_id: str
    email: str
    disabled: bool
    second_factors: int = 0
    """How many are confirmed; recovery codes are none."""
    epoch: int = 0
    """Goes up when everything of before is to be void: a reset of the password, disabling."""

    @property
    def has_second_factor(self) -> bool:
        """Whether the password alone is not enough."""
        return self.second_factors > 0


@dataclass(frozen=True)
class Account:
    """A user with the places that they have signed in from."""

    profile: Profile | None
    """None if there is no such user."""
    places: KnownPlaces


@dataclass(frozen=True)
class Credential:
    """A user's encrypted password hash."""

    user_id: str
    password: bytes
