"""Factors: enrolled factors, their proofs, and the base class of every factor type."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.acr import MFA
from handlers.core.accounts.users import Profile
from handlers.errors import NoSuchFactor, StepUpRequired, WrongCode

ENROLMENT_SECONDS = 600
MAX_ENROLLED = 10  # of one user
MAX_TRIES = 5
NO_QR = "Only an Authy user has a QR code."

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
    encrypted: bytes
    """The factor's secret, encrypted for this user and this factor."""
    counter: int = 0
    """The last time step that was used (TOTP), or the signature counter (passkey)."""
    tag: bytes = b""
    """The hash that distinguishes it from others of its type: of a passkey's credential id."""
    started: State = field(default_factory=dict)
    """The value that the confirming code is bound to."""
    expires_at: int = 0
    codes: frozenset[bytes] = frozenset()
    """The hashes of the recovery codes that are left."""

    def has_expired(self, now: float) -> bool:
        """Return whether the factor was not confirmed in time."""
        return not self.confirmed and 0 < self.expires_at <= now


@dataclass(frozen=True)
class Proof:
    """A caller's proof: a code, a WebAuthn credential, or neither, which polls a push."""

    code: str | None = None
    credential: Mapping[str, Any] | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether the proof has neither code nor credential."""
        return self.code is None and self.credential is None


@dataclass(frozen=True)
class Use:
    """The use of a proof, written in one transaction with what it allows; of two equal proofs one fails."""

    counter: int | None = None
    """The factor's new counter; the old one must still be as it was read."""
    code_hash: bytes | None = None
    """A recovery code, which must still be among the user's."""
    spent: str | None = None
    """A code that is not accepted again while it may be valid: `<Unix seconds of its end>:<hash>`."""


@dataclass(frozen=True)
class Verified:
    """A right proof. `amr` as in RFC 8176; `is_multi_factor` if it is more than one factor by itself."""

    amr: str
    use: Use = field(default_factory=Use)
    is_multi_factor: bool = False


@dataclass(frozen=True)
class Pending:
    """A push that has not been answered yet."""


@dataclass(frozen=True)
class Confirmed:
    """A factor with a right proof, in the form to be stored, and the use of the proof."""

    factor: Enrolled
    use: Use = field(default_factory=Use)


@dataclass(frozen=True)
class AuthyLinks:
    """The other accounts that are linked to an Authy user.

    `proven_by_others` have presented a right code of it; `exported_by` has brought it into another app.
    """

    others: frozenset[str]
    proven_by_others: frozenset[str]
    exported_by: str | None


@dataclass(frozen=True)
class Started:
    """The value that binds the right proof, and the options for the caller. `is_sent`: a message is on its way."""

    state: State
    options: Mapping[str, Any] | None = None
    is_sent: bool = True


@dataclass(frozen=True)
class Enrolment:
    """A factor to be confirmed, and the values that its owner is shown once."""

    factor: Enrolled
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """The circumstances of a proof: the user, the secret that it is bound to, its end, and the time in Unix seconds.

    `source` is the network address of the caller, where something may be sent.
    """

    profile: Profile
    challenge_id: str
    expires_at: int
    now: int
    random: Random
    source: str = ""


class FactorType(ABC):
    """A factor type. Every method may raise `ApiError`, and then nothing has changed."""

    channels: tuple[str, ...] = ()
    """The ways in which a proof can be asked for; empty where nothing is sent."""
    is_guessable: bool = False
    """True if its codes are short enough to be guessed, so that wrong ones are counted by day and month."""

    def prepare(self) -> None:
        """Import what the first use would import, before there is a request."""
        return

    def enrol(self, context: Context, given: Mapping[str, Any], others: Collection[Enrolled]) -> Enrolment:
        """Return a new factor. `given` is the request's body, `others` are the factors that the user has."""
        raise NoSuchFactor("This factor is not added.")

    def confirm(self, factor: Enrolled, proof: Proof, context: Context) -> Confirmed | Pending:
        """Verify the first proof of a new factor. Raises `WrongCode`."""
        outcome = self.verify(factor, factor.started, proof, context)
        return outcome if isinstance(outcome, Pending) else Confirmed(factor, outcome.use)

    def start(self, factor: Enrolled, channel: str | None, context: Context) -> Started:
        """Ask for a proof."""
        if channel is not None:
            raise NoSuchFactor("This factor has no channels; nothing is sent for it.")
        return Started({})

    @abstractmethod
    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Verified | Pending:
        """Verify a proof. Raises `WrongCode`."""

    def owner_of(self, proof: Proof) -> tuple[str, bytes]:
        """Return the user id and the tag of a proof that names its user itself. Raises `WrongCode`."""
        raise WrongCode

    def remove(self, factor: Enrolled) -> None:
        """Remove the factor at its provider; may be repeated."""
        return

    def forget(self, user_id: str, provider_id: str) -> None:
        """Have the provider forget its user of this id, who is linked to a user without a factor; may be repeated."""
        return

    def details(self, factor: Enrolled) -> Mapping[str, Any]:
        """Return the provider's details about the factor."""
        return {}

    def check_export(self, factor: Enrolled) -> None:
        """Check that the factor may be brought into another app. Raises `NoSuchFactor`."""
        raise NoSuchFactor(NO_QR)

    def qr(self, factor: Enrolled, label: str) -> Mapping[str, str]:
        """Return the QR code for another app. Raises `NoSuchFactor`."""
        raise NoSuchFactor(NO_QR)

    def new_codes(self, random: Random) -> tuple[list[str], list[bytes]]:
        """Return new recovery codes, and their hashes in the same order. Raises `NoSuchFactor`."""
        raise NoSuchFactor("This factor has no recovery codes.")


def second(enrolled: Iterable[Enrolled], offered: Collection[str]) -> list[Enrolled]:
    """Return the usable second factors: confirmed, of a type that this stack offers."""
    return [one for one in enrolled if one.confirmed and one.kind in offered]


def require_strength(profile: Profile, amr: Collection[str]) -> None:
    """Require a sign-in with a second factor of users who have one. Raises `StepUpRequired`."""
    if profile.has_second_factor and MFA not in amr:
        raise StepUpRequired(acr=MFA)


def joined(amr: tuple[str, ...], verified: Verified) -> tuple[str, ...]:
    """Return the methods of a sign-in with one more; `mfa` is added for two factors, or one that is both."""
    methods = dict.fromkeys((*amr, verified.amr))
    if len(amr) > 0 or verified.is_multi_factor:
        methods[MFA] = None
    return tuple(methods)
