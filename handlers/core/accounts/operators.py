"""Operators' actions on users, by address."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from contract.events import (
    DeletionRequested,
    RolesChanged,
    SessionEnded,
    UserDisabled,
    UserEnabled,
    UsersListed,
    UserUnlocked,
    UserViewed,
)
from handlers.core.accounts import addresses, deletion, user_list
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.user_list import Page, Query
from handlers.core.accounts.users import Profile
from handlers.core.limits import messages
from handlers.core.limits import passwords as password_limits
from handlers.core.limits.counters import Consume
from handlers.core.mails.letter import Mail, language_for
from handlers.core.mfa.factor_type import Enrolled
from handlers.core.services import Services
from handlers.core.sessions.sessions import Session
from handlers.core.timestamps import timestamp
from handlers.errors import Contended, NoSuchRole, NoSuchUser, NotificationFailed

MAX_ROUNDS = 5


@dataclass(frozen=True)
class Failures:
    """What was counted of `most`; at the limit it closes the way to sign in until then, in Unix seconds."""

    what: str
    count: int
    most: int
    until: int


@dataclass(frozen=True)
class Shown:
    """What is known about a user; `sessions` also those that are over."""

    profile: Profile
    failures: list[Failures]
    factors: list[Enrolled]
    sessions: list[Session]


def disable(services: Services, email: str) -> None:
    """End all sessions of a user, and refuse every sign-in. Raises `NoSuchUser`."""
    user_id = _user_of(services, email)
    services.directory.set_disabled(user_id, disabled=True)
    services.events.emit(UserDisabled(), user_id)


def enable(services: Services, email: str) -> None:
    """Allow a disabled user to sign in again, and take back a planned deletion.

    Raises `NoSuchUser`; `Contended` if the deletion has begun.
    """
    profile = _profile_of(services, email)
    if profile.delete_at and not services.accounts.cancel_deletion(profile):
        raise Contended
    services.directory.set_disabled(profile.user_id, disabled=False)
    services.events.emit(UserEnabled(), profile.user_id)


def unlock(services: Services, email: str) -> None:
    """Reset the counters of a user's wrong passwords in a row and wrong codes. Raises `NoSuchUser`, `Contended`."""
    profile = _profile_of(services, email)
    for _, one in _counters(services, profile):
        services.counters.reset(one.counter)
    services.events.emit(UserUnlocked(), profile.user_id)


def end_sessions(services: Services, email: str) -> None:
    """End all sessions of a user. Raises `NoSuchUser`."""
    user_id = _user_of(services, email)
    services.directory.end_all_sessions(user_id)
    services.events.emit(SessionEnded("ended_by_operator"), user_id)


def change_roles(services: Services, email: str, add: Sequence[str], remove: Sequence[str]) -> tuple[str, ...]:
    """Give and take roles; return those that the user has now. Raises `NoSuchUser`, `NoSuchRole`, `Contended`."""
    unknown = [role for role in add if role not in services.roles]
    if unknown:
        raise NoSuchRole(f"The stack has no role {unknown[0]}; it has: {', '.join(sorted(services.roles))}")
    user_id = _user_of(services, email)
    for _ in range(MAX_ROUNDS):
        profile = services.directory.profile(user_id)
        if profile is None:
            raise NoSuchUser
        roles = tuple(role for role in dict.fromkeys((*profile.roles, *add)) if role not in remove)
        if roles == profile.roles:
            services.events.emit(UserViewed(), user_id)
            return roles
        if services.accounts.set_roles(profile, roles):
            services.events.emit(RolesChanged(list(roles)), user_id)
            return roles
    raise Contended


def show(services: Services, email: str) -> Shown:
    """Return what is known about a user. Raises `NoSuchUser`."""
    profile = _profile_of(services, email)
    services.events.emit(UserViewed(), profile.user_id)
    return Shown(
        profile=profile,
        failures=_failures(services, profile),
        factors=services.factors.of(profile.user_id),
        sessions=[one for one in services.directory.sessions_of(profile.user_id) if one.epoch == profile.epoch],
    )


def find(services: Services, query: Query) -> Page:
    """Return a page of users."""
    page = user_list.find(services, query)
    services.events.emit(UsersListed(len(page.users)))
    return page


def remove_factors(services: Services, email: str) -> None:
    """Remove all second factors of a user, end all sessions, and tell the user.

    Raises `NoSuchUser`; `NotificationFailed` if the user could not be told: removal does not depend on mail.
    """
    user_id = _user_of(services, email)
    services.directory.end_all_sessions(user_id)
    services.events.emit(SessionEnded("ended_by_operator"), user_id)
    deletion.remove_factors(services, user_id)
    services.directory.end_all_sessions(user_id)
    profile = services.directory.profile(user_id)
    letter = Mail("factors_removed_by_operator", language_for(profile.details.locale if profile else None))
    if services.mailer and not services.mailer.notify(addresses.normalise(email), letter):
        raise NotificationFailed


def delete(services: Services, email: str) -> None:
    """Delete a user at once, also in applications and at providers; a job does what a failure leaves.

    Raises `NoSuchUser`, `Contended`.
    """
    profile, now = _profile_of(services, email), services.now()
    job = Job(JobKind.DELETION, profile.user_id, now, now)
    services.accounts.plan_deletion(profile, job, disabled=True)
    services.events.emit(DeletionRequested(timestamp(now)), profile.user_id)
    for _ in range(MAX_ROUNDS):  # the event has started the jobs' function, which may be at it too
        with contextlib.suppress(Contended, NoSuchUser):
            deletion.carry_out(services, job)
            return
    raise Contended


def _counters(services: Services, profile: Profile) -> list[tuple[str, Consume]]:
    """Return the counters that close an account, each with what it counts."""
    now, limits = services.now(), services.factor_limits
    row = password_limits.row(services.sign_in_limits, services.pepper(), profile.email, profile.epoch, now)
    codes = [
        (f"wrong codes after {first}, {period}", one)
        for first, by_mailbox in (("a password", False), ("a mailed code", True))
        for period, one in zip(
            ("today", "in 30 days"),
            messages.for_code(limits, profile.user_id, profile.epoch, now, by_mailbox=by_mailbox),
            strict=True,
        )
    ]
    return [("wrong passwords in a row from unknown places", row), *codes]


def _failures(services: Services, profile: Profile) -> list[Failures]:
    found = [(what, one, services.counters.read(one.counter)) for what, one in _counters(services, profile)]
    return [Failures(what, value, one.most, until) for what, one, (value, until) in found if value]


def _profile_of(services: Services, email: str) -> Profile:
    profile = services.directory.profile(_user_of(services, email))
    if profile is None:
        raise NoSuchUser
    return profile


def _user_of(services: Services, email: str) -> str:
    user_id = services.directory.owner_of(addresses.normalise(email))
    if user_id is None:
        raise NoSuchUser
    return user_id
