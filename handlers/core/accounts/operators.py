"""Operators' actions on users, by address."""

from contract.events import UserDisabled, UserEnabled, UserUnlocked
from handlers.core.accounts import addresses, deletion
from handlers.core.limits import messages
from handlers.core.limits import passwords as password_limits
from handlers.core.ports import Services
from handlers.errors import NoSuchUser, NotificationFailed

SUBJECT = "Your second factors"
REMOVED_MAIL = """All second factors of your account were removed by an operator, and everybody is signed out.

If you did not ask for it, reset your password at once, and tell whoever runs this service.
"""


def disable(services: Services, email: str) -> None:
    """End all sessions of a user, and refuse every sign-in. Raises `NoSuchUser`."""
    user_id = _user_of(services, email)
    services.directory.set_disabled(user_id, disabled=True)
    services.events.emit(UserDisabled(), user_id)


def enable(services: Services, email: str) -> None:
    """Allow a disabled user to sign in again, and take back a planned deletion. Raises `NoSuchUser`."""
    user_id = _user_of(services, email)
    profile = services.directory.profile(user_id)
    if profile is not None and profile.delete_at:
        services.accounts.cancel_deletion(profile)
    services.directory.set_disabled(user_id, disabled=False)
    services.events.emit(UserEnabled(), user_id)


def unlock(services: Services, email: str) -> None:
    """Reset the counters of a user's wrong passwords in a row and wrong codes. Raises `NoSuchUser`, `Contended`."""
    now, user_id = services.now(), _user_of(services, email)
    profile = services.directory.profile(user_id)
    epoch = profile.epoch if profile else 0
    pepper, address = services.pepper(), addresses.normalise(email)
    in_a_row = password_limits.row(services.sign_in_limits, pepper, address, epoch, now)
    codes = [
        one
        for by_mailbox in (False, True)
        for one in messages.for_code(services.factor_limits, user_id, epoch, now, by_mailbox=by_mailbox)
    ]
    for one in (in_a_row, *codes):
        services.counters.reset(one.counter)
    services.events.emit(UserUnlocked(), user_id)


def remove_factors(services: Services, email: str) -> None:
    """Remove all second factors of a user, end all sessions, and tell the user.

    Raises `NoSuchUser`; `NotificationFailed` if the user could not be told: removal does not depend on mail.
    """
    _remove_factors(services, _user_of(services, email))
    if services.mailer and not services.mailer.notify(addresses.normalise(email), SUBJECT, REMOVED_MAIL):
        raise NotificationFailed


def delete(services: Services, email: str) -> None:
    """Delete a user at once, also in applications, at providers and in the pool. Raises `NoSuchUser`."""
    profile = services.accounts.begin_deletion(_user_of(services, email), None)
    if profile is None:
        raise NoSuchUser
    deletion.erase(services, profile)


def _remove_factors(services: Services, user_id: str) -> None:
    services.directory.end_all_sessions(user_id)
    deletion.remove_factors(services, user_id)
    services.directory.end_all_sessions(user_id)


def _user_of(services: Services, email: str) -> str:
    user_id = services.directory.owner_of(addresses.normalise(email))
    if user_id is None:
        raise NoSuchUser
    return user_id
