"""Factors as the rules see them: what is enrolled, what is presented, and what comes of it."""

import base64
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from handlers.core.users import Profile
from handlers.errors import NoSuchFactor, StepUpRequired, WrongCode

ENROLMENT_SECONDS = 600
MAX_ENROLLED = 10  # of one user
MAX_TRIES = 5
MFA = "mfa"
NO_QR = "Only an Authy user has a QR code."
USER_ID_BYTES = 16
MAX_ID_LENGTH = 1400  # a credential id has at most 1023 bytes (WebAuthn §7.1)

Random = Callable[[int], bytes]
State = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """A factor of a user. `expires_at` ends an enrolment that was not confirmed; 0 for never."""

    user_id: str
    id: str
    kind: str
    hint: str
    confirmed: bool
    created_at: int
    sealed: bytes
    """What nobody else must know, encrypted for this user and this factor."""
    counter: int = 0
    """TOTP: the last time step that was used. Passkey: the signature counter."""
    tag: bytes = b""
    """What tells it from others of its kind, hashed: a passkey's credential id."""
    started: State = field(default_factory=dict)
    """What the code that would confirm it is bound to."""
    expires_at: int = 0
    codes: frozenset[bytes] = frozenset()
    """Recovery codes that are left, hashed."""

    def has_expired(self, now: float) -> bool:
        """Whether it was not confirmed in time."""
        return not self.confirmed and 0 < self.expires_at <= now


@dataclass(frozen=True)
class Proof:
    """What somebody presents: a code, a WebAuthn credential, or neither, which asks after a push."""

    code: str | None = None
    credential: Mapping[str, Any] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is presented."""
        return self.code is None and self.credential is None


@dataclass(frozen=True)
class Use:
    """What a proof uses up, to be written in one transaction with whatever it opens; its loser opens nothing."""

    counter: int | None = None
    """The factor's new counter; it must still be as it was read."""
    code_hash: bytes | None = None
    """A recovery code, which must still be among the user's."""
    spent: str | None = None
    """A code that is not to be taken again while it may live."""


@dataclass(frozen=True)
class Passed:
    """The proof is right. `amr` as in RFC 8176; `whole` if it is more than one factor by itself."""

    amr: str
    use: Use = field(default_factory=Use)
    whole: bool = False


@dataclass(frozen=True)
class Waiting:
    """A push that nobody has answered yet."""


@dataclass(frozen=True)
class Confirmed:
    """A factor that has shown that it works, as it is to be kept, and what its proof uses up."""

    factor: Enrolled
    use: Use = field(default_factory=Use)


@dataclass(frozen=True)
class Known:
    """Which other accounts know an Authy user, which of those have shown a right code of it, and which has brought it
    into another app.
    """

    others: frozenset[str]
    proven_by_others: frozenset[str]
    exported_by: str | None


@dataclass(frozen=True)
class Started:
    """What the right proof will be bound to, and what the caller is told. `is_sent`: something is on its way."""

    kept: State
    options: Mapping[str, Any] | None = None
    is_sent: bool = True


@dataclass(frozen=True)
class Enrolment:
    """A factor that is to be confirmed, and what the caller is told of it this once."""

    factor: Enrolled
    told: Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """Around a factor: whose it is, the secret that the proof is bound to, how long that lives, and the time.

    `source` is the network address of whoever asks, where something may be sent.
    """

    profile: Profile
    challenge_id: str
    expires_at: int
    now: int
    random: Random
    source: str = ""


class Factor(Protocol):
    """One kind of factor. Every method may raise `AuthError`, and then nothing has changed.

    What most kinds have in common stands here, for those that inherit from it.
    """

    channels: tuple[str, ...] = ()
    """The ways in which a proof can be asked for; none where nothing is sent."""
    is_guessable: bool = False
    """Whether its codes are short enough to be guessed, so that wrong ones are counted by the day."""

    def enrol(self, context: Context, given: Mapping[str, Any], others: Collection[Enrolled]) -> Enrolment:
        """A new factor. `given` is the body, `others` what the user has."""
        raise NoSuchFactor("This factor is not added.")

    def confirm(self, factor: Enrolled, proof: Proof, context: Context) -> Confirmed | Waiting:
        """Judge the proof that a new factor works. Raises `WrongCode`."""
        outcome = self.verify(factor, factor.started, proof, context)
        return outcome if isinstance(outcome, Waiting) else Confirmed(factor, outcome.use)

    def start(self, factor: Enrolled, channel: str | None, context: Context) -> Started:
        """Ask for a proof."""
        if channel is not None:
            raise NoSuchFactor("This factor has no channels; nothing is sent for it.")
        return Started({})

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Passed | Waiting:
        """Judge a proof. Raises `WrongCode`."""

    def remove(self, factor: Enrolled) -> None:
        """Forget it, wherever else than in the directory it is known. May be repeated."""
        return

    def details(self, factor: Enrolled) -> Mapping[str, Any]:
        """What its provider knows of it."""
        return {}

    def export(self, factor: Enrolled) -> None:
        """It is about to be brought into another app. Raises `NoSuchFactor`."""
        raise NoSuchFactor(NO_QR)

    def qr(self, factor: Enrolled, label: str) -> Mapping[str, str]:
        """What another app scans. Raises `NoSuchFactor`."""
        raise NoSuchFactor(NO_QR)


def second(enrolled: Iterable[Enrolled], available: Collection[str]) -> list[Enrolled]:
    """Those that open the second gate: confirmed, of a kind that this stack offers."""
    return [one for one in enrolled if one.confirmed and one.kind in available]


def user_of_handle(handle: object) -> str:
    """The user whom a passkey names (WebAuthn §5.4.3, user handle): their id, as bytes. Raises `WrongCode`."""
    raw = _base64url(handle)
    if len(raw) != USER_ID_BYTES:
        raise WrongCode
    return raw.hex()


def credential_tag(credential_id: object) -> bytes:
    """What a passkey is known by: the hash of its credential id. Raises `WrongCode`."""
    return hashlib.sha256(_base64url(credential_id)).digest()


def _base64url(text: object) -> bytes:
    if not isinstance(text, str) or len(text) > MAX_ID_LENGTH:
        raise WrongCode
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise WrongCode from None


def require_strength(profile: Profile, amr: Collection[str]) -> None:
    """Whoever has a second factor changes factors only after having used one. Raises `StepUpRequired`."""
    if profile.has_second_factor and MFA not in amr:
        raise StepUpRequired(acr=MFA)


def joined(passed: tuple[str, ...], now: Passed) -> tuple[str, ...]:
    """The methods of a sign-in, with one more: two gates, or one that is whole, make `mfa`."""
    methods = dict.fromkeys((*passed, now.amr))
    if len(passed) > 0 or now.whole:
        methods[MFA] = None
    return tuple(methods)


def masked_phone(e164: str, calling_code: int) -> str:
    """`+55 •••• 0547`."""
    return f"+{calling_code} •••• {e164[-4:]}"
