"""Enrolment and removal of factors. The owner is told of every change by mail (OWASP ASVS 5.0 §6.3.7), once written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract import factors as kinds
from contract.acr import MAILBOX
from contract.events import FactorAdded, FactorRemoved, RecoveryCodesMade
from handlers.core.accounts import mailing
from handlers.core.accounts.users import Profile
from handlers.core.limits import messages
from handlers.core.mfa import assurance, factor_type, wrong_codes
from handlers.core.mfa.factor_type import ENROLMENT_SECONDS, Context, Enrolled, Enrolment, Pending, Proof
from handlers.core.mfa.verification import StartedFactor, offered
from handlers.core.services import Services
from handlers.core.sessions.caller import Caller
from handlers.errors import FactorExists, FactorNeeded, InvalidGrant, NoSuchFactor, StepUpRequired

FACTOR_ID = re.compile("[a-z0-9-]{4,64}")
ENOUGH = "You have as many factors as there can be; remove one first."


@dataclass(frozen=True)
class FactorDetails:
    """A factor, and its provider's details about it."""

    factor: Enrolled
    provider: Mapping[str, Any]


@dataclass(frozen=True)
class FactorList:
    """The factors of a user without recovery codes, and the number of unused recovery codes."""

    factors: list[Enrolled]
    recovery_codes_left: int


def list_factors(services: Services, user_id: str) -> FactorList:
    """Return the factors of a user, without enrolments that have expired."""
    now, enrolled = services.now(), services.factors.of(user_id)
    left = sum(one.counter for one in enrolled if one.kind == kinds.RECOVERY)
    return FactorList([one for one in enrolled if one.kind != kinds.RECOVERY and not one.has_expired(now)], left)


def show_factor(services: Services, user_id: str, factor_id: str) -> FactorDetails:
    """Return a confirmed factor with its provider's details. Raises `NoSuchFactor`."""
    factor = _confirmed(services, user_id, factor_id)
    return FactorDetails(factor, offered(services, factor.kind).details(factor))


def begin(services: Services, caller: Caller, kind: str, given: Mapping[str, Any]) -> Enrolment:
    """Begin an enrolment. Raises `StepUpRequired`, `NoSuchFactor`, `FactorExists`, `TooMany`."""
    type_, now = offered(services, kind), services.now()
    profile = _adding(services, caller)
    services.counters.consume([messages.for_enrolment(services.factor_limits, caller.user_id, now)], now)
    others = services.factors.of(caller.user_id)
    if profile.second_factors >= factor_type.MAX_ENROLLED:
        raise FactorExists(ENOUGH)
    return type_.enrol(_context(services, profile, now), given, others)


def send_code(services: Services, caller: Caller, factor_id: str, channel: str, source: str) -> StartedFactor:
    """Send the code that confirms a new factor. Raises `StepUpRequired`, `NoSuchFactor`, `TooMany`."""
    now, profile = services.now(), _adding(services, caller)
    factor = _find(services, caller.user_id, factor_id)
    if factor.confirmed:
        raise FactorExists("This factor is confirmed already.")
    if factor.has_expired(now):
        raise NoSuchFactor("It was not confirmed in time; add it again.")
    context = replace(_context(services, profile, now), source=source)
    started = offered(services, factor.kind).start(factor, channel, context)
    services.factors.save_started(factor, started.state, is_sent=started.is_sent)
    return StartedFactor(factor, ENROLMENT_SECONDS, started)


def confirm(services: Services, caller: Caller, factor_id: str, proof: Proof) -> Enrolled | Pending:
    """Confirm a new factor, which is asked for from then on. Raises `StepUpRequired`, `WrongCode`."""
    now, profile = services.now(), _adding(services, caller)
    if profile.second_factors >= factor_type.MAX_ENROLLED:
        raise FactorExists(ENOUGH)
    if not FACTOR_ID.fullmatch(factor_id):
        raise NoSuchFactor
    factor = services.factors.try_confirming(caller.user_id, factor_id, now, is_poll=proof.is_empty)
    type_, context = offered(services, factor.kind), _context(services, profile, now)
    limits = services.factor_limits
    consumes = messages.for_code(limits, profile.user_id, profile.epoch, now, by_mailbox=False)
    outcome = wrong_codes.counted(services, factor, proof, consumes, now, lambda: type_.confirm(factor, proof, context))
    if isinstance(outcome, Pending):
        return outcome
    confirmed = replace(outcome.factor, confirmed=True, started={}, expires_at=0)
    services.factors.confirm(factor, confirmed, outcome.use, profile, caller.session_id)
    services.events.emit(FactorAdded(factor.kind), profile.user_id)
    mailing.tell(services, profile, "factor_added", factor=factor.kind)
    return confirmed


def remove(services: Services, caller: Caller, factor_id: str) -> None:
    """Remove a factor, at its provider first, so that a repetition completes what a failure stopped.

    Raises `StepUpRequired`, `NoSuchFactor`, `FactorNeeded`.
    """
    profile = _changing(services, caller)
    factor = _find(services, caller.user_id, factor_id)
    if factor.kind == kinds.RECOVERY:
        raise NoSuchFactor("Recovery codes go with the last factor; new ones replace them.")
    if factor.confirmed and services.requires_mfa and not _others(services, factor):
        raise FactorNeeded
    type_ = offered(services, factor.kind) if factor.kind == kinds.AUTHY else services.factor_types.get(factor.kind)
    if type_ is not None:  # else the stack offers the type no more, and its secret is nowhere but in the directory
        type_.remove(factor)
    if not factor.confirmed:
        services.factors.remove(factor)
        return
    services.factors.remove(factor, profile)
    services.events.emit(FactorRemoved(factor.kind), profile.user_id)
    mailing.tell(services, profile, "factor_removed", factor=factor.kind)


def make_recovery_codes(services: Services, caller: Caller) -> list[str]:
    """Return new recovery codes, which replace the old ones. Raises `StepUpRequired`, `NoSuchFactor`."""
    recovery = offered(services, kinds.RECOVERY)
    profile = _changing(services, caller)
    if not profile.has_second_factor:
        raise NoSuchFactor("Recovery codes stand in for a second factor, and you have none.")
    codes, hashes = recovery.new_codes(services.random)
    services.factors.replace_recovery_codes(profile, hashes, services.now())
    services.events.emit(RecoveryCodesMade(), profile.user_id)
    mailing.tell(services, profile, "recovery_codes")
    return codes


def export(services: Services, caller: Caller, factor_id: str, label: str) -> Mapping[str, str]:
    """Return the QR code that brings an Authy user into another app, after telling the owner.

    Raises `StepUpRequired`, `NoSuchFactor`, `FactorShared`.
    """
    profile = _changing(services, caller)
    factor = _confirmed(services, caller.user_id, factor_id)
    type_ = offered(services, factor.kind)
    type_.check_export(factor)
    mailing.tell(services, profile, "factor_exported", factor=factor.kind)
    return type_.qr(factor, label)


def _confirmed(services: Services, user_id: str, factor_id: str) -> Enrolled:
    """Return the user's confirmed factor. Raises `NoSuchFactor`."""
    factor = _find(services, user_id, factor_id)
    if not factor.confirmed:
        raise NoSuchFactor("This factor is not confirmed.")
    return factor


def _find(services: Services, user_id: str, factor_id: str) -> Enrolled:
    """Return the user's factor. Raises `NoSuchFactor`."""
    found = next((one for one in services.factors.of(user_id) if one.id == factor_id), None)
    if found is None:
        raise NoSuchFactor
    return found


def _changing(services: Services, caller: Caller) -> Profile:
    """Return the user. The session must be alive in the directory, and of a strong enough sign-in."""
    live = services.directory.live_session(caller.user_id, caller.session_id)
    if live is None:
        raise InvalidGrant
    profile, _ = live
    factor_type.require_strength(profile, caller.amr)
    return profile


def _adding(services: Services, caller: Caller) -> Profile:
    """Return the user, who is about to add a factor.

    The first factor locks out everybody who has the password alone, so it needs a mailed code where mail is sent: then
    the owner of the mailbox never meets a second factor of a thief, or of a squatter of the address.
    """
    profile = _changing(services, caller)
    if services.confirms_email and not profile.has_second_factor and not assurance.reaches(caller.amr, MAILBOX):
        raise StepUpRequired(acr=MAILBOX)
    return profile


def _others(services: Services, factor: Enrolled) -> list[Enrolled]:
    """Return the user's other second factors, without recovery codes."""
    usable = factor_type.second(services.factors.of(factor.user_id), services.factor_types)
    return [one for one in usable if one.id != factor.id and one.kind in kinds.ENROLLED]


def _context(services: Services, profile: Profile, now: int) -> Context:
    return Context(profile, profile.user_id, now + ENROLMENT_SECONDS, now, services.random)
