"""What the rules need of the outside world; `handlers.store` is the only one that keeps these promises."""

from collections.abc import Mapping
from typing import Any, Protocol

from handlers.core.challenges import SignUpChallenge
from handlers.core.sessions import Session
from handlers.core.users import Credential, Profile


class Directory(Protocol):
    """Users, their credentials, sessions and open challenges."""

    def owner_of(self, email: str) -> str | None:
        """The id of the user who owns the address."""

    def profile(self, user_id: str) -> Profile | None:
        """The user."""

    def attempt(self, user_id: str) -> Credential:
        """Charge one password attempt to the user, then answer the credential."""

    def forgive(self, credential: Credential, upgraded: bytes | None) -> None:
        """Forget the failed attempts, and store the upgraded password if there is one.

        Raises `InvalidCredentials` if the password was changed meanwhile.
        """

    def start_session(self, session: Session) -> None:
        """Store a new session."""

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        """The session and its user, unless either is gone or the user is disabled."""

    def replace_session(self, seen: Session, successor: Session) -> bool:
        """Store the successor if the session still is as it was seen."""

    def end_session(self, user_id: str, session_id: str) -> None:
        """Forget the session; nothing happens if it is gone already."""

    def count_sign_up(self, email: str, now: int) -> None:
        """Charge a sign-up to the address. Raises `TooManySignUps` when it has had those of today."""

    def open_challenge(self, challenge: SignUpChallenge) -> None:
        """Keep a challenge until it expires."""

    def try_challenge(self, id_hash: str, now: int) -> SignUpChallenge | None:
        """Charge one try to the challenge, then answer it; None if it is unknown, expired or used up."""

    def create_user(self, user_id: str, email: str, password: bytes, now: int, challenge: str | None) -> None:
        """Write the user and the address's ownership, and close the challenge, all or nothing.

        Raises `UserExists` if the address has an owner, `InvalidChallenge` if the challenge is closed.
        """

    def set_disabled(self, user_id: str, *, disabled: bool) -> None:
        """Shut the user out, or let them in. Raises `NoSuchUser`."""

    def unlock(self, user_id: str) -> None:
        """Forget the failed attempts. Raises `NoSuchUser`."""

    def delete_user(self, user_id: str, email: str) -> None:
        """Forget the sessions, and then the user, the password and the address's ownership."""


class Vault(Protocol):
    """Encryption of password hashes, each bound to its user."""

    def seal(self, phc: str, user_id: str) -> bytes:
        """Encrypt."""

    def unseal(self, sealed: bytes, user_id: str) -> str:
        """Decrypt."""


class Signer(Protocol):
    """The issuer's private key."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """An RS256 JWT."""


class Mailer(Protocol):
    """Mail to a user."""

    def send(self, address: str, subject: str, text: str) -> None:
        """Send."""
