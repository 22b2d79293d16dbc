"""Users of the directory, as the rules see them."""

from dataclasses import dataclass


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
class Credential:
    """A user's encrypted password hash, after one attempt has been charged to it."""

    user_id: str
    password: bytes
    locked: bool
