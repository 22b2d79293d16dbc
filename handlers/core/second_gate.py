"""From one gate to the next: what opens the second one, and what somebody who has passed is given.

Whoever has a second factor passes two gates, whichever way they come: with a password, a mailed code, or a code to
reset the password. A passkey is both at once, because it has checked its holder itself.

Source: NIST SP 800-63B-4 §2.2.1, for a password with a factor and for a passkey (to which a mailed code is none: ADR
12); OWASP ASVS 5.0 §6.3.4; RFC 8176.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from contract import factors as kinds
from contract import scopes
from contract.limits import FactorLimits
from handlers.core import challenges, factors, limits, places, sessions, tokens
from handlers.core.challenges import LIFETIME_SECONDS, GateChallenge, Purpose
from handlers.core.factors import Context, Enrolled, Factor, Passed, Proof, Random, Started, Waiting
from handlers.core.limits import Charge
from handlers.core.places import KnownPlaces, Place
from handlers.core.ports import Challenges, Counters, Directory, Factors, Mailer
from handlers.core.signin import Door, SignedIn, issue
from handlers.core.users import Account, Profile
from handlers.errors import AuthError, InvalidCredentials, NoSuchFactor, WrongCode

T = TypeVar("T")

PASSWORD = "pwd"  # noqa: S105 the name of a method, RFC 8176
WRONG_CODES_SUBJECT = "Somebody knows your password"
WRONG_CODES_MAIL = """Somebody has signed in with your password, and then presented wrong codes for your second factor.

If it was not you, reset your password at once: your second factor is all that keeps them out.
"""

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
    mailbox: Factor
    """Judges mailed codes, also on stacks that do not offer them for signing in."""
    limits: FactorLimits
    pepper: Callable[[], bytes]
    is_required: bool
    """Whether everybody needs a second factor on this stack."""
    proves_mailbox: bool
    """Whether a mailed code is asked for before a user adds the first factor: where mail is sent."""
    mailer: Mailer | None
    """None on stacks that send no mail."""

    def tell(self, profile: Profile, subject: str, text: str) -> None:
        """A notice to the owner of an account, where mail is sent."""
        if self.mailer:
            self.mailer.notify(profile.email, subject, text)


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
    places: KnownPlaces
    factor: Enrolled
    outcome: Passed | Waiting

    @property
    def enrolled(self) -> Enrolled | None:
        """The factor as the directory has it; a mailbox it has not."""
        return None if self.factor.kind == kinds.EMAIL else self.factor


Entered = SignedIn | SecondGateAhead | EnrolmentNeeded


def enter_with_password(door: Door, gates: Gates, account: Account, place: Place, now: int, random: Random) -> Entered:
    """Where the right password leads. Raises `InvalidCredentials`."""
    profile = account.profile
    if profile is None:
        raise InvalidCredentials
    if profile.has_second_factor:
        return open_second(gates, profile, Purpose.SIGN_IN, (PASSWORD,), None, now, random)
    if gates.is_required:
        session = sessions.start_to_enrol(profile.user_id, (PASSWORD,), scopes.ENROL, now, random, profile.epoch)
        enrolling = _to_enrol(door, session, now, random)
        gates.directory.start_session(session)
        return enrolling
    started = sessions.start(profile.user_id, (PASSWORD,), now, random, profile.epoch)
    signed_in = issue(door, started, now, random)
    known = places.after_sign_in(account.places, gates.pepper(), place, now)
    gates.directory.start_session(started.session, known)
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
    profile, _ = _account(gates, challenge)
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
    profile, known = _account(gates, challenge)
    factor = _factor(gates, challenge, profile, factor_id)
    context = Context(profile, challenge_id, challenge.expires_at, now, random)
    judge = gates.mailbox if factor.kind == kinds.EMAIL else gates.kinds[factor.kind]
    started = challenge.started.get(factor.id, {})
    verify = partial(judge.verify, factor, started, proof, context)
    tell = partial(_tell_of_wrong_codes, gates, profile, challenge, now)
    by_mailbox = PASSWORD not in challenge.passed
    charges = limits.for_code(gates.limits, profile.user_id, profile.epoch, now, by_mailbox=by_mailbox)
    outcome = counting_wrong_codes(gates, factor, proof, charges, now, verify, tell)
    return Presented(challenge, profile, known, factor, outcome)


def enter(
    door: Door,
    gates: Gates,
    challenge_id: str,
    presented: Presented,
    passed: Passed,
    place: Place,
    now: int,
    random: Random,
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
    known = places.after_sign_in(presented.places, gates.pepper(), place, now)
    gates.challenges.sign_in(challenge, presented.enrolled, passed.use, started.session, known)
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
    """A discoverable credential names its user itself (WebAuthn Level 3 §7.2), whose key must have signed."""
    response = (proof.credential or {}).get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    user_id, tag = factors.user_of_handle(handle), factors.credential_tag((proof.credential or {}).get("id"))
    account = gates.directory.account(user_id)
    profile = account.profile
    if profile is None or profile.disabled or kinds.PASSKEY not in challenge.started:
        raise WrongCode
    context = Context(profile, challenge_id, challenge.expires_at, now, random)
    for one in _usable(gates, profile):
        if one.kind == kinds.PASSKEY and one.tag == tag:
            outcome = gates.kinds[kinds.PASSKEY].verify(one, challenge.started[kinds.PASSKEY], proof, context)
            return Presented(challenge, profile, account.places, one, outcome)
    raise WrongCode


def counting_wrong_codes(
    gates: Gates,
    factor: Enrolled,
    proof: Proof,
    charges: Sequence[Charge],
    now: int,
    judge: Callable[[], T],
    on_wrong: Callable[[], None] = lambda: None,
) -> T:
    """Judge a proof; wrong codes are counted by day and month where they can be guessed.

    The code is charged before it is looked at, and given back unless it was wrong: a provider's fault is nobody's.
    """
    if proof.is_empty or factor.kind not in gates.kinds or not gates.kinds[factor.kind].is_guessable:
        return judge()
    gates.counters.charge(charges, now)
    try:
        outcome = judge()
    except WrongCode:
        on_wrong()
        raise
    except AuthError:
        gates.counters.give_back(charges)
        raise
    gates.counters.give_back(charges)
    return outcome


def _tell_of_wrong_codes(gates: Gates, profile: Profile, challenge: GateChallenge, now: int) -> None:
    """Who gets as far as the second gate with a password knows the password: the owner is told, once a day."""
    if gates.mailer is None or PASSWORD not in challenge.passed:
        return
    wrong = limits.wrong_codes(gates.limits, profile.user_id, now)
    if gates.counters.count(wrong) == wrong.most:
        gates.tell(profile, WRONG_CODES_SUBJECT, WRONG_CODES_MAIL)


def _factor(gates: Gates, challenge: GateChallenge, profile: Profile, factor_id: str) -> Enrolled:
    """Before the first gate it is the mailed code that was sent; after it, any factor that is enrolled."""
    if not challenge.passed:
        if factor_id != kinds.EMAIL or kinds.EMAIL not in challenge.started:
            raise WrongCode
        return mailbox(profile, 0)
    found = next((one for one in _usable(gates, profile) if one.id == factor_id), None)
    if found is None:
        raise NoSuchFactor
    return found


def mailbox(profile: Profile, now: int) -> Enrolled:
    """The user's address, as a factor that everybody has."""
    return Enrolled(
        user_id=profile.user_id,
        id=kinds.EMAIL,
        kind=kinds.EMAIL,
        hint=profile.email,
        confirmed=True,
        created_at=now,
        sealed=b"",
    )


def _usable(gates: Gates, profile: Profile) -> list[Enrolled]:
    return factors.second(gates.factors.of(profile.user_id), gates.kinds)


def _account(gates: Gates, challenge: GateChallenge) -> tuple[Profile, KnownPlaces]:
    """Whoever was disabled or deleted meanwhile goes no further; nor does who began before a reset."""
    account = gates.directory.account(challenge.user_id)
    profile = account.profile
    if profile is None or profile.disabled or profile.epoch != challenge.epoch:
        raise WrongCode
    return profile, account.places


def _to_enrol(door: Door, session: sessions.Session, now: int, random: Random) -> EnrolmentNeeded:
    claims = tokens.claims(session, door.issuer, now, random)
    return EnrolmentNeeded(door.signer.sign(claims), claims["exp"] - now)
