"""From one gate to the next: what opens the second one, and what somebody who has passed is given.

Whoever has a second factor passes two gates, whichever way they come: with a password, a mailed code, or a code to
reset the password. A passkey is both at once, because it has checked its holder itself.

Source: NIST SP 800-63B-4 §2.2, OWASP ASVS 5.0 §6.3.4, RFC 8176.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from contract import factors as kinds
from contract import scopes
from contract.limits import FactorLimits
from handlers.core import challenges, factors, limits, sessions, tokens
from handlers.core.challenges import LIFETIME_SECONDS, GateChallenge, Purpose
from handlers.core.factors import Context, Enrolled, Factor, Passed, Proof, Random, Started, Waiting
from handlers.core.ports import Challenges, Counters, Directory, Factors
from handlers.core.signin import Door, SignedIn, issue
from handlers.core.users import Profile
from handlers.errors import AuthError, NoSuchFactor, WrongCode

T = TypeVar("T")

NOBODY = "nobody"
"""Whose challenge it is while nobody is named, or nobody has the address."""


@dataclass(frozen=True)
class Gates:
    """What stands behind the gates: the directory, who is under way, what bounds them, and the kinds there are."""

    directory: Directory
    factors: Factors
    challenges: Challenges
    counters: Counters
    kinds: Mapping[str, Factor]
    limits: FactorLimits
    is_required: bool
    """Whether everybody needs a second factor on this stack."""


@dataclass(frozen=True)
class SecondGateAhead:
    """The first gate is passed; any one of these factors opens the second."""

    challenge_id: str
    expires_in: int
    factors: list[Enrolled]


@dataclass(frozen=True)
class EnrolmentNeeded:
    """There is no second factor yet and this stack wants one; with this access token one can be added."""

    access_token: str
    expires_in: int


@dataclass(frozen=True)
class Presented:
    """A challenge, one of its factors, and what that said of the proof."""

    challenge: GateChallenge
    profile: Profile
    factor: Enrolled
    outcome: Passed | Waiting

    @property
    def enrolled(self) -> Enrolled | None:
        """The factor as the directory has it; a mailbox it has not."""
        return None if self.factor.kind == kinds.EMAIL else self.factor


Entered = SignedIn | SecondGateAhead | EnrolmentNeeded


def enter_with_password(door: Door, gates: Gates, profile: Profile, now: int, random: Random) -> Entered:
    """Where the right password leads."""
    if profile.has_second_factor:
        return open_second(gates, profile, Purpose.SIGN_IN, ("pwd",), None, now, random)
    if gates.is_required:
        session = sessions.start_to_enrol(profile.user_id, ("pwd",), scopes.ENROL, now, random, profile.epoch)
        enrolling = _to_enrol(door, session, now, random)
        gates.directory.start_session(session)
        return enrolling
    started = sessions.start(profile.user_id, ("pwd",), now, random, profile.epoch)
    signed_in = issue(door, started, now, random)
    gates.directory.start_session(started.session)
    return signed_in


def open_second(
    gates: Gates,
    profile: Profile,
    purpose: Purpose,
    passed: tuple[str, ...],
    session_id: str | None,
    now: int,
    random: Random,
) -> SecondGateAhead:
    """A challenge whose first gate is passed already."""
    usable = _usable(gates, profile)
    challenge_id = challenges.new_id(random)
    challenge = GateChallenge(
        id_hash=challenges.hash_id(challenge_id),
        purpose=purpose,
        user_id=profile.user_id,
        epoch=profile.epoch,
        passed=passed,
        session_id=session_id,
        expires_at=now + LIFETIME_SECONDS,
    )
    gates.challenges.open(challenge)
    return SecondGateAhead(challenge_id, LIFETIME_SECONDS, usable)


def start(
    gates: Gates, challenge_id: str, factor_id: str, channel: str | None, source: str, now: int, random: Random
) -> tuple[Enrolled, Started, int]:
    """Ask for a proof of one of the factors: which it is, what was started, and the seconds left.

    It is not a try: what is sent has bounds of its own.
    """
    challenge = gates.challenges.poll(challenges.hash_id(challenge_id), now)
    if not challenge.passed:  # what opens the first gate is on its way already, or there is nobody
        raise WrongCode
    profile = _profile(gates, challenge)
    factor = _factor(gates, challenge, profile, factor_id)
    context = Context(profile, challenge_id, challenge.expires_at, now, random, source)
    started = gates.kinds[factor.kind].start(factor, channel, context)
    gates.challenges.note(challenge, factor.id, started.kept)
    return factor, started, challenge.expires_at - now


def present(
    gates: Gates, purpose: Purpose, challenge_id: str, factor_id: str, proof: Proof, now: int, random: Random
) -> Presented:
    """Judge a proof. Raises `WrongCode`.

    The try is charged before the proof is looked at, so that parallel guesses count one by one.
    """
    id_hash = challenges.hash_id(challenge_id)
    challenge = gates.challenges.poll(id_hash, now) if proof.is_empty else gates.challenges.attempt(id_hash, now)
    if challenge.purpose is not purpose:
        raise WrongCode
    if not challenge.passed and factor_id == kinds.PASSKEY:
        return _passkey_of_whoever(gates, challenge, challenge_id, proof, now, random)
    profile = _profile(gates, challenge)
    factor = _factor(gates, challenge, profile, factor_id)
    context = Context(profile, challenge_id, challenge.expires_at, now, random)
    judge, started = gates.kinds[factor.kind], challenge.started.get(factor.id, {})
    outcome = counting_wrong_codes(gates, factor, proof, now, lambda: judge.verify(factor, started, proof, context))
    return Presented(challenge, profile, factor, outcome)


def enter(
    door: Door, gates: Gates, challenge_id: str, presented: Presented, passed: Passed, now: int, random: Random
) -> Entered:
    """What somebody is given whose proof is right; the proof is used up by it. Raises `WrongCode`."""
    challenge, profile = presented.challenge, presented.profile
    amr = factors.joined(challenge.passed, passed)
    if profile.has_second_factor and factors.MFA not in amr:
        return pass_first(gates, challenge, challenge_id, profile, amr, now)
    if gates.is_required and factors.MFA not in amr:
        session = sessions.start_to_enrol(profile.user_id, amr, scopes.ENROL, now, random, profile.epoch)
        enrolling = _to_enrol(door, session, now, random)
        gates.challenges.sign_in(challenge, presented.enrolled, passed.use, session)
        return enrolling
    started = sessions.start(profile.user_id, amr, now, random, profile.epoch)
    signed_in = issue(door, started, now, random)
    gates.challenges.sign_in(challenge, presented.enrolled, passed.use, started.session)
    return signed_in


def pass_first(
    gates: Gates, challenge: GateChallenge, challenge_id: str, profile: Profile, amr: tuple[str, ...], now: int
) -> SecondGateAhead:
    """The mailed code was right, and is not enough."""
    usable = _usable(gates, profile)
    gates.challenges.pass_first(challenge, amr)
    return SecondGateAhead(challenge_id, challenge.expires_at - now, usable)


def _passkey_of_whoever(
    gates: Gates, challenge: GateChallenge, challenge_id: str, proof: Proof, now: int, random: Random
) -> Presented:
    """A discoverable credential names its user itself (WebAuthn §6.2.1.1); that user's key must have signed."""
    response = (proof.credential or {}).get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    user_id, tag = factors.user_of_handle(handle), factors.credential_tag((proof.credential or {}).get("id"))
    profile = gates.directory.profile(user_id)
    if profile is None or profile.disabled or kinds.PASSKEY not in challenge.started:
        raise WrongCode
    context = Context(profile, challenge_id, challenge.expires_at, now, random)
    for one in _usable(gates, profile):
        if one.kind == kinds.PASSKEY and one.tag == tag:
            outcome = gates.kinds[kinds.PASSKEY].verify(one, challenge.started[kinds.PASSKEY], proof, context)
            return Presented(challenge, profile, one, outcome)
    raise WrongCode


def counting_wrong_codes(gates: Gates, factor: Enrolled, proof: Proof, now: int, judge: Callable[[], T]) -> T:
    """Judge a proof; wrong codes of a day are counted where they can be guessed.

    The code is charged before it is looked at, and given back unless it was wrong: a provider's fault is nobody's.
    """
    if proof.is_empty or not gates.kinds[factor.kind].is_guessable:
        return judge()
    charge = limits.for_code(gates.limits, factor.user_id, now)
    gates.counters.charge([charge], now)
    try:
        outcome = judge()
    except AuthError as error:
        if not isinstance(error, WrongCode):
            gates.counters.give_back(charge)
        raise
    gates.counters.give_back(charge)
    return outcome


def _factor(gates: Gates, challenge: GateChallenge, profile: Profile, factor_id: str) -> Enrolled:
    """Before the first gate it is the mailed code that was sent; after it, any factor that is enrolled."""
    if not challenge.passed:
        if factor_id != kinds.EMAIL or kinds.EMAIL not in challenge.started:
            raise WrongCode
        return mailbox(profile)
    found = next((one for one in _usable(gates, profile) if one.id == factor_id), None)
    if found is None:
        raise NoSuchFactor
    return found


def mailbox(profile: Profile) -> Enrolled:
    """The user's address, as a factor that everybody has."""
    return Enrolled(
        user_id=profile.user_id,
        id=kinds.EMAIL,
        kind=kinds.EMAIL,
        hint="",
        confirmed=True,
        created_at=0,
        sealed=b"",
    )


def _usable(gates: Gates, profile: Profile) -> list[Enrolled]:
    return factors.second(gates.factors.of(profile.user_id), gates.kinds)


def _profile(gates: Gates, challenge: GateChallenge) -> Profile:
    """Whoever was disabled or deleted meanwhile goes no further; nor does who began before a reset."""
    profile = gates.directory.profile(challenge.user_id)
    if profile is None or profile.disabled or profile.epoch != challenge.epoch:
        raise WrongCode
    return profile


def _to_enrol(door: Door, session: sessions.Session, now: int, random: Random) -> EnrolmentNeeded:
    claims = tokens.claims(session, door.issuer, now, random)
    return EnrolmentNeeded(door.signer.sign(claims), claims["exp"] - now)
