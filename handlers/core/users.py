"""Users of the directory, as the rules see them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """A user of the directory."""

    user_id: str
    email: str
    disabled: bool
    has_second_factor: bool = False


@dataclass(frozen=True)
class Credential:
    """A user's encrypted password hash, after one attempt has been charged to it."""

    user_id: str
    password: bytes
    locked: bool
