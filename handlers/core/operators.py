"""What operators do to users of the directory, by their address."""

from contract import factors as kinds
from contract.limits import SignInLimits
from handlers.core import addresses, password_limits, signup
from handlers.core.limits import for_code
from handlers.core.ports import Directory, Mailer, Vault
from handlers.core.second_gate import Gates
from handlers.core.sessions import Random
from handlers.errors import NoSuchUser

SUBJECT = "Your second factors"
REMOVED_MAIL = """All second factors of your account were removed by an operator, and everybody is signed out.

If you did not ask for it, reset your password at once, and tell whoever runs this service.
"""


def create(directory: Directory, vault: Vault, email: str, password: str, now: int, random: Random) -> str:
    """A user at once; answers their id. Raises `BadRequest`, `WeakPassword`, `UserExists`."""
    return signup.create(directory, signup.prepare(vault, email, password, random, None), now)


def switch(directory: Directory, email: str, *, disabled: bool) -> None:
    """Shut a user out, sessions and all, or let them in again. Raises `NoSuchUser`."""
    directory.set_disabled(_user_of(directory, email), disabled=disabled)


def unlock(gates: Gates, limits: SignInLimits, email: str, now: int) -> None:
    """Forget a user's wrong passwords in a row, and wrong second codes. Raises `NoSuchUser`, `Contended`."""
    user_id = _user_of(gates.directory, email)
    profile = gates.directory.profile(user_id)
    epoch = profile.epoch if profile else 0
    in_a_row = password_limits.row(limits, gates.pepper(), addresses.normalise(email), epoch, now)
    by_password = for_code(gates.limits, user_id, epoch, now, by_mailbox=False)
    by_mailbox = for_code(gates.limits, user_id, epoch, now, by_mailbox=True)
    for charge in (in_a_row, *by_password, *by_mailbox):
        gates.counters.forget(charge.counter)


def remove_factors(gates: Gates, email: str) -> None:
    """For who has lost all factors and codes: take them away, and end all sessions. Raises `NoSuchUser`."""
    _forget_factors(gates, _user_of(gates.directory, email))


def tell_of_removal(mailer: Mailer, email: str) -> bool:
    """Afterwards, and whether it could be told: who is locked out must not depend on mail."""
    return mailer.notify(addresses.normalise(email), SUBJECT, REMOVED_MAIL)


def _forget_factors(gates: Gates, user_id: str) -> None:
    """Each goes at its provider first, so that what fails half-way is gone on with by trying again."""
    gates.directory.end_all_sessions(user_id)
    for factor in gates.factors.of(user_id):
        if factor.kind != kinds.RECOVERY:  # they go with the last
            judge = gates.kinds.get(factor.kind)
            if judge is not None:
                judge.remove(factor)
            gates.factors.remove(factor, gates.directory.profile(user_id) if factor.confirmed else None)
    gates.directory.end_all_sessions(user_id)


def delete(gates: Gates, email: str) -> None:
    """Forget a user, at providers too. Raises `NoSuchUser`."""
    address = addresses.normalise(email)
    user_id = _user_of(gates.directory, address)
    gates.directory.set_disabled(user_id, disabled=True)
    _forget_factors(gates, user_id)
    gates.directory.delete_user(user_id, address)


def _user_of(directory: Directory, email: str) -> str:
    user_id = directory.owner_of(addresses.normalise(email))
    if user_id is None:
        raise NoSuchUser
    return user_id
