"""What the rules need of the outside world; `handlers.store` is the only one that keeps these promises."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from handlers.core.challenges import GateChallenge, SignUpChallenge
from handlers.core.factors import Enrolled, Known, State, Use
from handlers.core.limits import Charge, Wait
from handlers.core.places import KnownPlaces
from handlers.core.sessions import Session
from handlers.core.users import Account, Credential, Profile


class Directory(Protocol):
    """Users, their credentials, sessions and open challenges."""

    def owner_of(self, email: str) -> str | None:
        """The id of the user who owns the address."""

    def profile(self, user_id: str) -> Profile | None:
        """The user."""

    def account(self, user_id: str) -> Account:
        """The user, and the places that they have signed in from."""

    def account_and_credential(self, user_id: str) -> tuple[Account, Credential]:
        """The same, and the password. Raises `InvalidCredentials` if there is no such user."""

    def forgive(self, credential: Credential, upgraded: bytes | None, counters: Sequence[str]) -> None:
        """Empty the counters, and store the upgraded password if there is one.

        Raises `InvalidCredentials` if the password was changed meanwhile.
        """

    def start_session(self, session: Session, places: KnownPlaces | None = None) -> None:
        """Store a new session, and the user's places if they have changed."""

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        """The session and its user, unless either is gone or the user is disabled."""

    def strengthen_session(self, session: Session) -> bool:
        """Store by which methods and when its holder last showed who they are, if it is still there."""

    def end_all_sessions(self, user_id: str) -> None:
        """No session and no challenge of before is alive, all at once."""

    def clear_sessions(self, user_id: str, epoch: int) -> None:
        """Forget the sessions of epochs before this one."""

    def replace_session(self, seen: Session, successor: Session) -> bool:
        """Store the successor if the session still is as it was seen."""

    def end_session(self, user_id: str, session_id: str) -> None:
        """Forget the session; nothing happens if it is gone already."""

    def open_challenge(self, challenge: SignUpChallenge) -> None:
        """Keep a challenge until it expires."""

    def try_challenge(self, id_hash: str, now: int) -> SignUpChallenge | None:
        """Charge one try to the challenge, then answer it; None if it is unknown, expired or used up."""

    def create_user(
        self,
        user_id: str,
        email: str,
        password: bytes,
        now: int,
        challenge: str | None = None,
        places: KnownPlaces | None = None,
    ) -> None:
        """Write the user, their first place and the address's ownership, and close the challenge, all or nothing.

        Raises `UserExists` if the address has an owner, `InvalidChallenge` if the challenge is closed.
        """

    def set_disabled(self, user_id: str, *, disabled: bool) -> None:
        """Shut the user out, or let them in. Raises `NoSuchUser`."""

    def delete_user(self, user_id: str, email: str) -> None:
        """Forget the sessions, and then the user, the password and the address's ownership."""


class Factors(Protocol):
    """The factors of users."""

    def of(self, user_id: str) -> list[Enrolled]:
        """All of a user's, recovery codes among them, and enrolments, even if they have expired."""

    def add(self, factor: Enrolled) -> None:
        """Keep a factor that is to be confirmed; takes the place of another such of the same id.

        Raises `FactorExists` if that one is confirmed.
        """

    def note(self, factor: Enrolled, started: State, *, is_sent: bool) -> None:
        """Keep what the code for its confirmation is bound to; one that was sent has tries of its own.

        Raises `NoSuchFactor`.
        """

    def try_confirming(self, user_id: str, factor_id: str, now: int, *, is_poll: bool) -> Enrolled:
        """Charge a try, or a question after a push, to a factor that is to be confirmed. Raises `WrongCode`."""

    def confirm(self, seen: Enrolled, factor: Enrolled, use: Use, profile: Profile, session_id: str) -> None:
        """It is asked for from now on, if it and its user's profile are as they were seen.

        The first one ends every session and challenge of before, but for the session that confirms it.
        Raises `WrongCode` if they are not, or the proof was used.
        """

    def remove(self, factor: Enrolled, profile: Profile | None = None) -> None:
        """Forget it, and recovery codes with the last one, if it is as it was seen.

        One that is confirmed counts on its user's profile, which must be as it was seen too. Raises `Contended`.
        """

    def bind(self, seen: Enrolled, sealed: bytes, authy_id: str, before: str | None) -> Enrolled:
        """Keep an Authy user with the factor, if that still is as it was seen, and be one of those who know the user.

        `before` is the user that was known until now. Raises `Contended`.
        """

    def know(self, user_id: str, authy_id: str, *, proves: bool = False, exports: bool = False) -> Known:
        """Be one of those who know the Authy user, and see who else does.

        `proves` is for who has shown a right code of it; `exports` writes down who brings it into another app. Raises
        `Contended` then, if somebody else has shown one.
        """

    def let_go(self, user_id: str, authy_id: str) -> bool:
        """Be none of those who know the Authy user; whether nobody is left."""

    def replace_recovery_codes(self, profile: Profile, hashes: Sequence[bytes], now: int) -> None:
        """These and no others. Raises `NoSuchFactor` if the profile has no second factor, or has moved on."""


class Challenges(Protocol):
    """Those who are on their way through the gates."""

    def open(self, challenge: GateChallenge) -> None:
        """Keep it until it expires."""

    def attempt(self, id_hash: str, now: int) -> GateChallenge:
        """Charge a try, then answer it. Raises `WrongCode` if it is unknown, expired or used up."""

    def poll(self, id_hash: str, now: int) -> GateChallenge:
        """Charge a question, then answer it. Raises `WrongCode`."""

    def note(self, challenge: GateChallenge, factor_id: str, started: State) -> None:
        """Keep what the proof of this factor will be bound to. Raises `WrongCode` if it moved on meanwhile."""

    def pass_first(self, challenge: GateChallenge, amr: tuple[str, ...]) -> None:
        """The first gate is passed, the second is next: with tries of its own. Raises `WrongCode`."""

    def sign_in(
        self,
        challenge: GateChallenge,
        factor: Enrolled | None,
        use: Use,
        session: Session,
        places: KnownPlaces | None = None,
    ) -> None:
        """Close it, start the session and store the user's places, all or nothing. Raises `WrongCode`."""

    def step_up(self, challenge: GateChallenge, factor: Enrolled | None, use: Use, session: Session) -> None:
        """Close it and strengthen the session, all or nothing. Raises `WrongCode`."""

    def reset(self, challenge: GateChallenge, factor: Enrolled | None, use: Use, password: bytes) -> None:
        """Close it, set the password and forget the user's places, all or nothing. Raises `WrongCode`."""


class Counters(Protocol):
    """What bounds sending and guessing."""

    def charge(self, charges: Sequence[Charge], now: int, wait: Wait | None = None) -> None:
        """All of them, or none. Raises `TooMany`, which names those that are full."""

    def give_back(self, charges: Sequence[Charge]) -> None:
        """Undo an earlier `charge` of all of them."""

    def count(self, charge: Charge) -> int:
        """Charge whatever the most, and answer how much it is now."""

    def forget(self, counter: str) -> None:
        """Empty the counter. Raises `Contended`."""

    def arrived(self, wait: Wait) -> None:
        """The message did what it was for: the next one need not wait."""


class Vault(Protocol):
    """Encryption of password hashes, each bound to its user."""

    def seal(self, phc: str, user_id: str) -> bytes:
        """Encrypt."""

    def unseal(self, sealed: bytes, user_id: str) -> str:
        """Decrypt."""


class FactorVault(Protocol):
    """Encryption of the secrets of factors, each bound to its user and its factor."""

    def seal(self, secret: Mapping[str, str], user_id: str, factor_id: str) -> bytes:
        """Encrypt."""

    def unseal(self, factor: Enrolled) -> dict[str, str]:
        """Decrypt."""


class Signer(Protocol):
    """The issuer's private key."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """An RS256 JWT."""


class Mailer(Protocol):
    """Mail to a user."""

    def send(self, address: str, subject: str, text: str) -> None:
        """Send what somebody waits for. Raises `MailUnavailable`."""

    def notify(self, address: str, subject: str, text: str) -> bool:
        """Send a notice of what has happened; whether it was sent. What it tells of must not depend on it."""


class Breaches(Protocol):
    """Passwords that are known from breaches elsewhere."""

    def contain(self, password: str) -> bool:
        """Whether the password is among them; no, if that cannot be found out in time."""
