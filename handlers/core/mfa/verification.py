"""Verification of factors: a challenge is opened or continued, a factor is started, its proof is verified.

A user with a second factor presents two factors on every path: password, mailed code, password reset. A passkey is
both at once, because it verifies its user itself.

Source: NIST SP 800-63B-4 §2.2.1 for a password with a factor and for a passkey (a mailed code is neither: ADR 12);
OWASP ASVS 5.0 §6.3.4; RFC 8176.
"""

from dataclasses import dataclass
from functools import partial

from contract import factors as kinds
from contract.acr import MFA
from handlers.core.accounts.users import Profile
from handlers.core.limits import messages
from handlers.core.limits.places import KnownPlaces
from handlers.core.mfa import challenges, factor_type, wrong_codes
from handlers.core.mfa.assurance import PASSWORD_METHOD
from handlers.core.mfa.challenges import LIFETIME_SECONDS, Challenge, Purpose
from handlers.core.mfa.factor_type import Context, Enrolled, FactorType, Pending, Proof, Started, Verified
from handlers.core.services import Services
from handlers.errors import NoSuchFactor, WrongCode


@dataclass(frozen=True)
class MfaRequired:
    """The first factor is verified; any one of these is the second. `expires_in` in seconds."""

    challenge_id: str
    expires_in: int
    factors: list[Enrolled]


@dataclass(frozen=True)
class StartedFactor:
    """A factor that waits for its proof for `expires_in` seconds."""

    factor: Enrolled
    expires_in: int
    started: Started


@dataclass(frozen=True)
class VerifiedProof:
    """A challenge, the factor whose proof was right, and the user."""

    challenge_id: str
    challenge: Challenge
    profile: Profile
    places: KnownPlaces
    factor: Enrolled
    verified: Verified

    @property
    def stored_factor(self) -> Enrolled | None:
        """Return the factor as stored in the directory; None for the mailbox, which is not stored."""
        return None if self.factor.kind == kinds.EMAIL else self.factor

    @property
    def amr(self) -> tuple[str, ...]:
        """Return the methods of the sign-in so far."""
        return factor_type.joined(self.challenge.amr, self.verified)

    @property
    def needs_second_factor(self) -> bool:
        """Return whether the user has a second factor, and has presented one factor."""
        return self.profile.has_second_factor and MFA not in self.amr


def offered(services: Services, kind: str) -> FactorType:
    """Return the factor type, if this stack offers it. Raises `NoSuchFactor`."""
    if kind not in services.factor_types:
        raise NoSuchFactor(f"This stack does not offer the factor {kind}.")
    return services.factor_types[kind]


def require(
    services: Services,
    profile: Profile,
    purpose: Purpose,
    amr: tuple[str, ...],
    now: int,
    session_id: str | None = None,
) -> MfaRequired:
    """Open a challenge for the second factor, after a first factor of these methods."""
    usable = _usable(services, profile)
    challenge_id = challenges.new_id(services.random)
    challenge = Challenge(
        id_hash=challenges.hash_id(challenge_id),
        purpose=purpose,
        user_id=profile.user_id,
        epoch=profile.epoch,
        amr=amr,
        session_id=session_id,
        expires_at=now + LIFETIME_SECONDS,
    )
    services.challenges.open(challenge)
    return MfaRequired(challenge_id, LIFETIME_SECONDS, usable)


def require_after(services: Services, proof: VerifiedProof, now: int) -> MfaRequired:
    """Continue a challenge with the second factor: the mailed code was right, and is not enough. Raises `WrongCode`."""
    usable = _usable(services, proof.profile)
    services.challenges.accept_first_factor(proof.challenge, proof.amr)
    return MfaRequired(proof.challenge_id, proof.challenge.expires_at - now, usable)


def start(services: Services, challenge_id: str, factor_id: str, channel: str | None, source: str) -> StartedFactor:
    """Ask for a proof of a second factor. Raises `WrongCode`, `NoSuchFactor`, `TooMany`.

    The request does not count as a try: messages have limits of their own.
    """
    now = services.now()
    challenge = services.challenges.poll(challenges.hash_id(challenge_id), now)
    if not challenge.amr:  # the first factor is a mailed code, which is on its way, or the user is unknown
        raise WrongCode
    profile, _ = _account(services, challenge)
    factor = _factor(services, challenge, profile, factor_id)
    context = Context(profile, challenge_id, challenge.expires_at, now, services.random, source)
    started = services.factor_types[factor.kind].start(factor, channel, context)
    services.challenges.save_started(challenge, factor.id, started.state)
    return StartedFactor(factor, challenge.expires_at - now, started)


def verify(
    services: Services, purpose: Purpose, challenge_id: str, factor_id: str, proof: Proof, now: int
) -> VerifiedProof | Pending:
    """Verify a proof. Raises `WrongCode`, `TooMany`.

    The try is counted before the proof is checked, so that parallel guesses count one by one.
    """
    id_hash = challenges.hash_id(challenge_id)
    store = services.challenges
    challenge = store.poll(id_hash, now) if proof.is_empty else store.attempt(id_hash, now)
    if challenge.purpose is not purpose:
        raise WrongCode
    if not challenge.amr and factor_id == kinds.PASSKEY:
        return _verify_named_by_passkey(services, challenge, challenge_id, proof, now)
    profile, places = _account(services, challenge)
    factor = _factor(services, challenge, profile, factor_id)
    context = Context(profile, challenge_id, challenge.expires_at, now, services.random)
    judge = services.mailbox if factor.kind == kinds.EMAIL else services.factor_types[factor.kind]
    by_password = PASSWORD_METHOD in challenge.amr
    outcome = wrong_codes.counted(
        services,
        factor,
        proof,
        messages.for_code(services.factor_limits, profile.user_id, profile.epoch, now, by_mailbox=not by_password),
        now,
        partial(judge.verify, factor, challenge.started.get(factor.id, {}), proof, context),
        partial(wrong_codes.tell_owner, services, profile, now) if by_password else lambda: None,
    )
    if isinstance(outcome, Pending):
        return outcome
    return VerifiedProof(challenge_id, challenge, profile, places, factor, outcome)


def mailbox(profile: Profile, now: int) -> Enrolled:
    """Return the user's address as a factor, which every user has."""
    return Enrolled(
        user_id=profile.user_id,
        id=kinds.EMAIL,
        kind=kinds.EMAIL,
        hint=profile.email,
        confirmed=True,
        created_at=now,
        encrypted=b"",
    )


def _verify_named_by_passkey(
    services: Services, challenge: Challenge, challenge_id: str, proof: Proof, now: int
) -> VerifiedProof:
    """Verify a discoverable credential: it names the user whose key must have signed (WebAuthn Level 3 §7.2)."""
    if kinds.PASSKEY not in challenge.started:
        raise WrongCode
    passkey = offered(services, kinds.PASSKEY)
    user_id, tag = passkey.owner_of(proof)
    account = services.directory.account(user_id)
    profile = account.profile
    if profile is None or profile.disabled:
        raise WrongCode
    context = Context(profile, challenge_id, challenge.expires_at, now, services.random)
    for one in _usable(services, profile):
        if one.kind == kinds.PASSKEY and one.tag == tag:
            outcome = passkey.verify(one, challenge.started[kinds.PASSKEY], proof, context)
            if isinstance(outcome, Verified):
                return VerifiedProof(challenge_id, challenge, profile, account.places, one, outcome)
    raise WrongCode


def _factor(services: Services, challenge: Challenge, profile: Profile, factor_id: str) -> Enrolled:
    """Return the mailed code as the first factor, or any enrolled factor as the second."""
    if not challenge.amr:
        if factor_id != kinds.EMAIL or kinds.EMAIL not in challenge.started:
            raise WrongCode
        return mailbox(profile, 0)
    found = next((one for one in _usable(services, profile) if one.id == factor_id), None)
    if found is None:
        raise NoSuchFactor
    return found


def _usable(services: Services, profile: Profile) -> list[Enrolled]:
    return factor_type.second(services.factors.of(profile.user_id), services.factor_types)


def _account(services: Services, challenge: Challenge) -> tuple[Profile, KnownPlaces]:
    """Return the user and the known places. A user who was disabled, deleted or reset meanwhile is refused."""
    account = services.directory.account(challenge.user_id)
    profile = account.profile
    if profile is None or profile.disabled or profile.epoch != challenge.epoch:
        raise WrongCode
    return profile, account.places
