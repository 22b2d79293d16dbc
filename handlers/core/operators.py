"""What operators do to users of the directory, by their address."""

from handlers.core import addresses, signup
from handlers.core.ports import Directory, Vault
from handlers.core.sessions import Random
from handlers.errors import NoSuchUser


def create(directory: Directory, vault: Vault, email: str, password: str, now: int, random: Random) -> str:
    """A user at once; answers their id. Raises `BadRequest`, `WeakPassword`, `UserExists`."""
    return signup.create(directory, signup.prepare(vault, email, password, random), now)


def switch(directory: Directory, email: str, *, disabled: bool) -> None:
    """Shut a user out, sessions and all, or let them in again. Raises `NoSuchUser`."""
    directory.set_disabled(_user_of(directory, email), disabled=disabled)


def unlock(directory: Directory, email: str) -> None:
    """Forget the failed attempts of a user. Raises `NoSuchUser`."""
    directory.unlock(_user_of(directory, email))


def delete(directory: Directory, email: str) -> None:
    """Forget a user. Raises `NoSuchUser`."""
    address = addresses.normalise(email)
    directory.delete_user(_user_of(directory, address), address)


def _user_of(directory: Directory, email: str) -> str:
    user_id = directory.owner_of(addresses.normalise(email))
    if user_id is None:
        raise NoSuchUser
    return user_id
