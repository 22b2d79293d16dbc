"""Deletion of an account: requested by its owner, taken back by a sign-in within the grace, else carried out by a job.

Every step of the job may be repeated; the user is found by the job until all is deleted.
"""

from dataclasses import dataclass, replace

from contract import factors as kinds
from contract.events import DeletionCancelled, DeletionRequested, FactorRemoved, UserDeleted
from handlers.core.accounts import mailing
from handlers.core.accounts.account_owner import strong_owner
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.users import Profile
from handlers.core.limits.counters import DAY_SECONDS
from handlers.core.services import Services
from handlers.core.sessions.caller import Caller
from handlers.core.timestamps import moment, timestamp
from handlers.errors import Contended, InvalidCredentials

TOKENS_WORK_SECONDS = 360
"""Longer than `revocationSeconds` can be, and a request with a token of the last moment."""


@dataclass(frozen=True)
class Requested:
    """The time at which the account will be deleted, in Unix seconds."""

    delete_at: int


def request(services: Services, caller: Caller) -> Requested:
    """Plan the deletion of the caller's account, and end all sessions, in one transaction; then tell the owner.

    Raises `StepUpRequired`, `InvalidGrant`, `Contended`.
    """
    now = services.now()
    profile, _ = strong_owner(services, caller)
    settings = services.deletion
    due_at = now + settings.grace_days * DAY_SECONDS
    job = Job(JobKind.DELETION, profile.user_id, due_at, now)
    services.accounts.plan_deletion(profile, job, disabled=not settings.sign_in_cancels)
    services.events.emit(DeletionRequested(timestamp(due_at)), profile.user_id)
    name = "deletion_until_sign_in" if settings.sign_in_cancels else "deletion"
    mailing.tell(services, profile, name, at=moment(due_at))
    services.directory.clear_sessions(profile.user_id, profile.epoch + 1)
    return Requested(due_at)


def cancel(services: Services, profile: Profile) -> Profile:
    """Take back a planned deletion, for a user who has just signed in. Raises `InvalidCredentials` if it has begun."""
    if not profile.delete_at:
        return profile
    if not services.accounts.cancel_deletion(profile):
        raise InvalidCredentials
    services.events.emit(DeletionCancelled(), profile.user_id)
    return replace(profile, delete_at=0)


def carry_out(services: Services, job: Job) -> None:
    """Delete the user of a job that is due, unless the deletion was taken back. Raises what a provider raises."""
    profile = services.accounts.begin_deletion(job.user_id, job.due_at)
    if profile is not None:
        erase(services, profile)
    services.accounts.finish_job(job)


def erase(services: Services, profile: Profile) -> None:
    """Delete everything about a user whose deletion has begun: in applications, at providers, in pool and directory."""
    user_id = profile.user_id
    services.directory.erase_sessions(user_id, profile.epoch)
    services.applications.erase(user_id)
    remove_factors(services, user_id)
    if services.pool is not None:
        services.pool.delete(profile.email)
    now = services.now()
    services.accounts.erase_user(profile, now, Job(JobKind.APPLICATIONS, user_id, now + TOKENS_WORK_SECONDS, now))
    services.events.emit(UserDeleted(), user_id)


def remove_factors(services: Services, user_id: str) -> None:
    """Remove each factor at its provider first, so that a repetition continues where a failure stopped."""
    for factor in services.factors.of(user_id):
        if factor.kind == kinds.RECOVERY:  # recovery codes go with the last factor
            continue
        type_ = services.factor_types.get(factor.kind)
        if type_ is not None:
            type_.remove(factor)
        profile = services.directory.profile(user_id) if factor.confirmed else None
        if factor.confirmed and profile is None:
            raise Contended
        services.factors.remove(factor, profile)
        if factor.confirmed:
            services.events.emit(FactorRemoved(factor.kind), user_id)
