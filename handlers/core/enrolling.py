"""Adding and removing factors. Every change is told by mail (OWASP ASVS 5.0 §6.3.7), once it is written."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract import factors as kinds
from contract.acr import MAILBOX
from handlers.core import assurance, factors, limits
from handlers.core.factors import Context, Enrolled, Enrolment, Factor, Proof, Random, Started, Waiting
from handlers.core.second_gate import Gates, counting_wrong_codes
from handlers.core.users import Profile
from handlers.errors import FactorExists, FactorNeeded, InvalidGrant, NoSuchFactor, StepUpRequired


@dataclass(frozen=True)
class Holder:
    """Who holds the access token: the user, the session, and how they signed in (RFC 8176)."""

    user_id: str
    session_id: str
    amr: frozenset[str]


FACTOR_ID = re.compile("[a-z0-9-]{4,64}")
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, without letters that are misread
RECOVERY_LENGTH, RECOVERY_GROUP = 24, 4  # 120 bits: enough to be kept as a plain hash (OWASP ASVS 5.0 §6.5.2)

NAMES = {
    kinds.TOTP: "an authenticator app",
    kinds.PASSKEY: "a passkey",
    kinds.AUTHY: "Authy",
    kinds.VERIFY: "a phone",
}
ENOUGH = "You have as many factors as there can be; remove one first."
SUBJECT = "Your second factors"
ADDED_MAIL = """{name} was added to your account: from now on it is asked for when you sign in.

If it was not you, reset your password, and remove what you do not know.
"""
REMOVED_MAIL = """{name} was removed from your account.

If it was not you, reset your password at once.
"""
EXPORTED_MAIL = """{name} of your account was brought into another app.

If it was not you, remove it, and reset your password at once.
"""
CODES_MAIL = """Ten new recovery codes were made for your account; those of before are void.

If it was not you, reset your password at once.
"""


def begin(gates: Gates, holder: Holder, kind: str, given: Mapping[str, Any], now: int, random: Random) -> Enrolment:
    """A factor that is to be confirmed. Raises `StepUpRequired`, `NoSuchFactor`, `FactorExists`, `TooMany`."""
    judge = kind_of(gates, kind)
    profile = _adding(gates, holder)
    gates.counters.charge([limits.for_enrolment(gates.limits, holder.user_id, now)], now)
    others = gates.factors.of(holder.user_id)
    if profile.second_factors >= factors.MAX_ENROLLED:
        raise FactorExists(ENOUGH)
    return judge.enrol(_context(profile, now, random), given, others)


def send_code(
    gates: Gates, holder: Holder, factor_id: str, channel: str, source: str, now: int, random: Random
) -> tuple[Enrolled, Started]:
    """Send what confirms a new factor. Raises `StepUpRequired`, `NoSuchFactor`, `TooMany`."""
    profile = _adding(gates, holder)
    factor = find(gates, holder.user_id, factor_id)
    if factor.confirmed:
        raise FactorExists("This factor is confirmed already.")
    if factor.has_expired(now):
        raise NoSuchFactor("It was not confirmed in time; add it again.")
    context = replace(_context(profile, now, random), source=source)
    started = kind_of(gates, factor.kind).start(factor, channel, context)
    gates.factors.note(factor, started.kept, is_sent=started.is_sent)
    return factor, started


def confirm(gates: Gates, holder: Holder, factor_id: str, proof: Proof, now: int, random: Random) -> Enrolled | Waiting:
    """From now on the factor is asked for. Raises `StepUpRequired`, `WrongCode`."""
    profile = _adding(gates, holder)
    if profile.second_factors >= factors.MAX_ENROLLED:
        raise FactorExists(ENOUGH)
    if not FACTOR_ID.fullmatch(factor_id):
        raise NoSuchFactor
    factor = gates.factors.try_confirming(holder.user_id, factor_id, now, is_poll=proof.is_empty)
    judge, context = kind_of(gates, factor.kind), _context(profile, now, random)
    charges = limits.for_code(gates.limits, profile.user_id, profile.epoch, now, by_mailbox=False)
    outcome = counting_wrong_codes(gates, factor, proof, charges, now, lambda: judge.confirm(factor, proof, context))
    if isinstance(outcome, Waiting):
        return outcome
    confirmed = replace(outcome.factor, confirmed=True, started={}, expires_at=0)
    gates.factors.confirm(factor, confirmed, outcome.use, profile, holder.session_id)
    _tell(gates, profile, ADDED_MAIL, factor)
    return confirmed


def remove(gates: Gates, holder: Holder, factor_id: str) -> None:
    """Forget a factor, at its provider first: what is gone there and still here is mended by trying again.

    Raises `StepUpRequired`, `NoSuchFactor`, `FactorNeeded`.
    """
    profile = _changing(gates, holder)
    factor = find(gates, holder.user_id, factor_id)
    if factor.kind == kinds.RECOVERY:
        raise NoSuchFactor("Recovery codes go with the last factor; new ones replace them.")
    if factor.confirmed and gates.is_required and not _others(gates, factor):
        raise FactorNeeded
    judge = kind_of(gates, factor.kind) if factor.kind == kinds.AUTHY else gates.kinds.get(factor.kind)
    if judge is not None:  # else the stack does not offer its kind any more, and nobody else knows of it
        judge.remove(factor)
    if not factor.confirmed:
        gates.factors.remove(factor)
        return
    gates.factors.remove(factor, profile)
    _tell(gates, profile, REMOVED_MAIL, factor)


def make_recovery_codes(gates: Gates, holder: Holder, now: int, random: Random) -> list[str]:
    """Ten codes, of which the directory keeps hashes. Raises `StepUpRequired`, `NoSuchFactor`."""
    kind_of(gates, kinds.RECOVERY)
    profile = _changing(gates, holder)
    if not profile.has_second_factor:
        raise NoSuchFactor("Recovery codes stand in for a second factor, and you have none.")
    codes = [_recovery_code(random) for _ in range(RECOVERY_CODES)]
    gates.factors.replace_recovery_codes(profile, [hash_recovery_code(code) for code in codes], now)
    gates.tell(profile, SUBJECT, CODES_MAIL)
    return codes


def to_export(gates: Gates, holder: Holder, factor_id: str) -> Enrolled:
    """A confirmed Authy user that is about to be brought into another app.

    Raises `StepUpRequired`, `NoSuchFactor`, `FactorShared`.
    """
    profile = _changing(gates, holder)
    factor = confirmed_of(gates, holder.user_id, factor_id)
    kind_of(gates, factor.kind).export(factor)
    _tell(gates, profile, EXPORTED_MAIL, factor)
    return factor


def confirmed_of(gates: Gates, user_id: str, factor_id: str) -> Enrolled:
    """One of the user's that is known to be theirs. Raises `NoSuchFactor`."""
    factor = find(gates, user_id, factor_id)
    if not factor.confirmed:
        raise NoSuchFactor("This factor is not confirmed.")
    return factor


def hash_recovery_code(code: str) -> bytes:
    """As it is kept; typed with or without its dashes, in any case."""
    return hashlib.sha256(code.replace("-", "").upper().encode()).digest()


def find(gates: Gates, user_id: str, factor_id: str) -> Enrolled:
    """One of the user's factors. Raises `NoSuchFactor`."""
    found = next((one for one in gates.factors.of(user_id) if one.id == factor_id), None)
    if found is None:
        raise NoSuchFactor
    return found


def kind_of(gates: Gates, kind: str) -> Factor:
    """The kind, if this stack offers it. Raises `NoSuchFactor`."""
    if kind not in gates.kinds:
        raise NoSuchFactor(f"This stack does not offer the factor {kind}.")
    return gates.kinds[kind]


def _changing(gates: Gates, holder: Holder) -> Profile:
    """Who is about to change factors: in a session that is alive now, not only to the gate, and strong enough."""
    live = gates.directory.live_session(holder.user_id, holder.session_id)
    if live is None:
        raise InvalidGrant
    profile, _ = live
    factors.require_strength(profile, holder.amr)
    return profile


def _adding(gates: Gates, holder: Holder) -> Profile:
    """Who is about to add a factor. The first one shuts out whoever has only the password, so it needs more than that:
    a mailed code, where mail is sent. So the owner of the mailbox never meets a second gate that a thief, or a
    squatter of the address, has put there.
    """
    profile = _changing(gates, holder)
    if gates.proves_mailbox and not profile.has_second_factor and not assurance.reaches(holder.amr, MAILBOX):
        raise StepUpRequired(acr=MAILBOX)
    return profile


def _others(gates: Gates, factor: Enrolled) -> list[Enrolled]:
    """What would still open the second gate without this factor, beside recovery codes."""
    usable = factors.second(gates.factors.of(factor.user_id), gates.kinds)
    return [one for one in usable if one.id != factor.id and one.kind in kinds.ENROLLED]


def _context(profile: Profile, now: int, random: Random) -> Context:
    return Context(profile, profile.user_id, now + factors.ENROLMENT_SECONDS, now, random)


def _tell(gates: Gates, profile: Profile, text: str, factor: Enrolled) -> None:
    name = NAMES.get(factor.kind, factor.kind)
    gates.tell(profile, SUBJECT, text.format(name=name[0].upper() + name[1:]))


def _recovery_code(random: Random) -> str:
    bits = int.from_bytes(random(RECOVERY_LENGTH * 5 // 8))
    letters = [RECOVERY_ALPHABET[bits >> (5 * place) & 31] for place in range(RECOVERY_LENGTH)]
    groups = ["".join(letters[start : start + RECOVERY_GROUP]) for start in range(0, RECOVERY_LENGTH, RECOVERY_GROUP)]
    return "-".join(groups)
