"""The protocols of everything outside the rules: stores, providers, keys, clock and randomness.

`handlers.store` implements them for AWS, `tests.support.in_memory` in memory; one test suite runs on both.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from contract.events import Event
from handlers.core.accounts.jobs import Job
from handlers.core.accounts.links import Link
from handlers.core.accounts.users import AcceptedPassword, Account, Credential, Details, NewUser, Profile
from handlers.core.limits.counters import Consume, Cooldown
from handlers.core.limits.places import KnownPlaces
from handlers.core.mails.letter import Mail
from handlers.core.mfa.challenges import Challenge, SignUpChallenge
from handlers.core.mfa.factor_type import AuthyLinks, Enrolled, State, Use
from handlers.core.sessions.sessions import Session
from handlers.core.tokens.authenticator import Principal
from handlers.core.tokens.published_keys import PublishedKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.core.accounts.reconciliation import Leftover
    from handlers.core.accounts.user_import import Outcome, UserImport


class Directory(Protocol):
    """Users, their credentials, sessions and open sign-ups."""

    def owner_of(self, email: str) -> str | None:
        """Return the id of the user who owns the address."""

    def profile(self, user_id: str) -> Profile | None:
        """Return the user."""

    def account(self, user_id: str) -> Account:
        """Return the user, and the places that the user has signed in from."""

    def account_and_credential(self, user_id: str) -> tuple[Account, Credential]:
        """Return the same with the password. Raises `InvalidCredentials` if there is no such user."""

    def accept_password(self, accepted: AcceptedPassword) -> None:
        """Reset the counters, and store the upgraded password if there is one.

        Raises `InvalidCredentials` if the password was changed meanwhile, `Contended`.
        """

    def start_session(
        self, session: Session, places: KnownPlaces | None = None, accepted: AcceptedPassword | None = None
    ) -> None:
        """Store a new session, the user's places if they have changed, and what follows from a password.

        Raises as `accept_password`, and then there is no session.
        """

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        """Return the user and the session; None if either is gone, the user is disabled, or the epochs differ.

        The caller compares the session's end with the time.
        """

    def step_up_session(self, session: Session) -> bool:
        """Store the methods and the time of a new authentication; False if the session is gone."""

    def end_all_sessions(self, user_id: str) -> None:
        """Invalidate all sessions and challenges of the user at once."""

    def clear_sessions(self, user_id: str, epoch: int) -> None:
        """Delete sessions of epochs before this one, at most a hundred; any others expire with their time."""

    def erase_sessions(self, user_id: str, epoch: int) -> None:
        """Delete all sessions of epochs before this one, which takes as long as there are many."""

    def replace_session(self, seen: Session, successor: Session) -> bool:
        """Store the successor; False if the session is not as it was read."""

    def end_session(self, user_id: str, session_id: str) -> None:
        """Delete the session. May be repeated."""

    def open_challenge(self, challenge: SignUpChallenge) -> None:
        """Store an open sign-up until it expires."""

    def try_challenge(self, id_hash: str, now: int) -> SignUpChallenge | None:
        """Count a try, then return the sign-up; None if it is unknown, expired or used up."""

    def create_user(self, user: NewUser, challenge: str | None = None, places: KnownPlaces | None = None) -> None:
        """Write the user, the first place and the address's ownership, and close the sign-up, all or nothing.

        Raises `UserExists` if the address has an owner, `InvalidChallenge` if the sign-up is closed.
        """

    def set_disabled(self, user_id: str, *, disabled: bool) -> None:
        """Disable or enable the user, and invalidate all sessions. Raises `NoSuchUser`."""

    def sessions_of(self, user_id: str) -> list[Session]:
        """Return all stored sessions of the user, also those that are over."""

    def end_other_sessions(self, profile: Profile, session_id: str) -> None:
        """Invalidate all sessions and challenges of the user but this session, if both are as they were read.

        Raises `Contended`.
        """

    def publish_keys(self, published: PublishedKeys) -> None:
        """Store the issuer's public keys."""

    def published_keys(self) -> PublishedKeys:
        """Return the issuer's public keys; none if none were ever published."""


class Accounts(Protocol):
    """Changes of accounts. Each is done as a whole or not at all, and only while the user is as it was read.

    A method raises `Contended` if the user has changed.
    """

    def is_taken(self, email: str, now: int, but_for: str = "") -> bool:
        """Return whether the address has an owner, or is reserved for one, other than the user `but_for`."""

    def save_details(self, seen: Profile, details: Details) -> bool:
        """Store the details; False if they have changed meanwhile."""

    def import_user(self, given: "UserImport") -> "Outcome":
        """Write a user with all items, or nothing: `TAKEN`, `DELETED`."""

    def was_deleted(self, user_id: str) -> bool:
        """Return whether there was a user of this id who was deleted."""

    def is_imported(self, given: "UserImport") -> bool:
        """Return whether the user of this id was written by the same row."""

    def list_users(self, initial: str, prefix: str, after: str, limit: int) -> list[Profile]:
        """Return users whose addresses begin with `initial` and `prefix`, after the address `after`, in order.

        Only id, address, state, roles, the number of factors and the times are filled in. Eventually consistent.
        """

    def set_roles(self, seen: Profile, roles: tuple[str, ...]) -> bool:
        """Store the roles; False if they have changed meanwhile."""

    def change_password(self, profile: Profile, session_id: str, password: bytes, places: KnownPlaces | None) -> None:
        """Store the encrypted password and the places, and invalidate all sessions but this one."""

    def change_address(self, profile: Profile, email: str, challenge: Challenge, link: Link, job: Job) -> None:
        """Close the challenge, and switch to the address; the old one is reserved while the link lives.

        Raises `UserExists` if the address is taken, `InvalidChallenge` if the challenge is closed.
        """

    def undo_address(self, profile: Profile, link: Link, later: Sequence[Link], job: Job) -> None:
        """Switch back to the link's address, delete the later links, cancel a deletion, and invalidate all sessions."""

    def plan_deletion(self, profile: Profile, job: Job, *, disabled: bool) -> None:
        """Store the time of the deletion and its job, and invalidate all sessions."""

    def cancel_deletion(self, profile: Profile) -> bool:
        """Remove the time of the deletion and its job; False if it has begun, or is not planned any more."""

    def begin_deletion(self, user_id: str, due_at: int | None) -> Profile | None:
        """Disable the user for good and return it; None if there is none, or it is not planned for this time.

        Without a time, the deletion need not be planned. A deletion that has begun may begin again.
        """

    def erase_user(self, profile: Profile, now: int, job: Job) -> None:
        """Delete all data of a user whose deletion has begun; a tombstone stays. Raises `NoSuchUser`."""

    def add_link(self, link: Link) -> None:
        """Store a mailed link; may be repeated."""

    def link(self, user_id: str, hash_: str) -> Link | None:
        """Return a mailed link."""

    def links_of(self, user_id: str) -> list[Link]:
        """Return the user's mailed links, also those that have expired."""

    def due_jobs(self, now: int) -> list[Job]:
        """Return all jobs that are due."""

    def mark_told(self, job: Job) -> None:
        """Store that the mails of a job have been sent; may be repeated."""

    def finish_job(self, job: Job) -> None:
        """Delete a job; may be repeated."""

    def leftovers(self) -> "Iterator[Leftover]":
        """Yield what looks like a leftover of a crash or of an early version."""

    def is_left(self, leftover: "Leftover") -> bool:
        """Return whether an Authy user is still linked to a user who is gone, or has no confirmed factor of Authy's."""

    def mend(self, leftover: "Leftover") -> bool:
        """Mend a leftover, if it still is one; return whether it was."""


class Pool(Protocol):
    """The users of the user pool, by their addresses. A user that is not there is no error."""

    def change_address(self, old: str, new: str) -> None:
        """Change the address of a user; delete the user, if the new address has one already."""

    def end_access(self, address: str) -> None:
        """Sign a user out everywhere, and replace the password by one that nobody knows."""

    def delete(self, address: str) -> None:
        """Delete a user."""


class Applications(Protocol):
    """The data about users that applications behind the authorizer hold. Methods may be repeated."""

    def export(self, user_id: str) -> dict[str, Any]:
        """Return the data of each application, by its name."""

    def erase(self, user_id: str) -> None:
        """Delete the data in all applications."""


class Factors(Protocol):
    """Factors of users."""

    def of(self, user_id: str) -> list[Enrolled]:
        """Return all factors of a user, with recovery codes and enrolments, also expired ones."""

    def add(self, factor: Enrolled) -> None:
        """Store a factor that is to be confirmed; replaces an unconfirmed one of the same id.

        Raises `FactorExists` if that one is confirmed.
        """

    def save_started(self, factor: Enrolled, started: State, *, is_sent: bool) -> None:
        """Store the value that binds the confirming code; a code that was sent has tries of its own.

        Raises `NoSuchFactor`.
        """

    def try_confirming(self, user_id: str, factor_id: str, now: int, *, is_poll: bool) -> Enrolled:
        """Count a try, or a poll of a push, and return the unconfirmed factor. Raises `WrongCode`."""

    def confirm(self, seen: Enrolled, factor: Enrolled, use: Use, profile: Profile, session_id: str) -> None:
        """Store the confirmed factor, if factor and profile are as they were read.

        The first one invalidates all earlier sessions and challenges, but for the session that confirms it. Raises
        `WrongCode` if they are not, or the proof was used.
        """

    def remove(self, factor: Enrolled, profile: Profile | None = None) -> None:
        """Delete the factor, and recovery codes with the last one, if it is as it was read.

        A confirmed one is counted on its user's profile, which must be as it was read too. Raises `Contended`.
        """

    def bind(self, seen: Enrolled, encrypted: bytes, authy_id: str, before: str | None) -> Enrolled:
        """Store an Authy user with the factor, if that is as it was read, and link the account to it.

        `before` is the Authy user until now. Raises `Contended`.
        """

    def link(self, user_id: str, authy_id: str, *, proves: bool = False, exports: bool = False) -> AuthyLinks:
        """Link the account to the Authy user, and return the other links.

        `proves`: the account has presented a right code of it. `exports`: the account brings it into another app;
        raises `Contended` if another account has presented a right code.
        """

    def unlink(self, user_id: str, authy_id: str) -> bool:
        """Unlink the account from the Authy user; return whether no account is linked any more."""

    def replace_recovery_codes(self, profile: Profile, hashes: Sequence[bytes], now: int) -> None:
        """Replace all codes by these. Raises `NoSuchFactor` without a second factor, or if the profile has changed."""


class Challenges(Protocol):
    """Open sign-ins, step-ups and resets."""

    def open(self, challenge: Challenge) -> None:
        """Store a challenge until it expires."""

    def attempt(self, id_hash: str, now: int) -> Challenge:
        """Count a try, then return the challenge. Raises `WrongCode` if it is unknown, expired or used up."""

    def poll(self, id_hash: str, now: int) -> Challenge:
        """Count a poll, then return the challenge. Raises `WrongCode`."""

    def save_started(self, challenge: Challenge, factor_id: str, started: State) -> None:
        """Store the value that binds the proof of this factor. Raises `WrongCode` if the challenge has changed."""

    def accept_first_factor(self, challenge: Challenge, amr: tuple[str, ...]) -> None:
        """Store the methods of the first factor; the second has tries of its own. Raises `WrongCode`."""

    def sign_in(
        self,
        challenge: Challenge,
        factor: Enrolled | None,
        use: Use,
        session: Session,
        places: KnownPlaces | None = None,
    ) -> None:
        """Close the challenge, start the session and store the user's places, all or nothing. Raises `WrongCode`."""

    def step_up(self, challenge: Challenge, factor: Enrolled | None, use: Use, session: Session) -> None:
        """Close the challenge and store the session's new authentication, all or nothing. Raises `WrongCode`."""

    def reset(self, challenge: Challenge, factor: Enrolled | None, use: Use, password: bytes) -> None:
        """Close the challenge, set the password, delete the places, invalidate all sessions, all or nothing.

        Raises `WrongCode`.
        """


class Counters(Protocol):
    """Counters of limits."""

    def consume(self, consumes: Sequence[Consume], now: int, cooldown: Cooldown | None = None) -> None:
        """Consume all counters, or none. Raises `TooMany`, which names those that are full."""

    def refund(self, consumes: Sequence[Consume]) -> None:
        """Refund an earlier `consume` of all these counters."""

    def count(self, consume: Consume) -> int:
        """Add to the counter whatever its limit, and return its value."""

    def reset(self, counter: str) -> None:
        """Reset the counter. Raises `Contended`."""

    def read(self, counter: str) -> tuple[int, int]:
        """Return the value of the counter and its end in Unix seconds; zeros if there is none."""

    def reset_cooldown(self, cooldown: Cooldown) -> None:
        """End the cooldown: the code that was sent has come back."""


class Events(Protocol):
    """What happened to users, for operators and for a team's own code."""

    def emit(self, event: Event, user_id: str | None = None) -> None:
        """Record an event. The caller does not wait for its delivery, and an event never fails."""


class Undecryptable(Exception):
    """The secret was not encrypted under this key for this user: it was damaged, or copied from elsewhere."""


class PasswordCipher(Protocol):
    """Encryption of password hashes, each bound to its user."""

    def encrypt(self, phc: str, user_id: str) -> bytes:
        """Encrypt a PHC string."""

    def decrypt(self, encrypted: bytes, user_id: str) -> str:
        """Decrypt to a PHC string. Raises `Undecryptable`."""


class FactorCipher(Protocol):
    """Encryption of the secrets of factors, each bound to its user and its factor."""

    def encrypt(self, secret: Mapping[str, str], user_id: str, factor_id: str) -> bytes:
        """Encrypt a secret."""

    def decrypt(self, factor: Enrolled) -> dict[str, str]:
        """Decrypt the secret of a factor."""


class Unanswered(Exception):
    """The migration function has failed, or its answer cannot be used; the message says why, without its values."""


class Migration(Protocol):
    """A team's function that knows the users of another system."""

    def ask(self, address: str, password: str) -> bytes:
        """Return its answer, JSON, to one invocation. Raises `Unanswered`."""


class Signer(Protocol):
    """The issuer's private key."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return an RS256 JWT."""

    def prepare(self) -> None:
        """Fetch the key, so that the first signature does not wait for it."""


class Mailer(Protocol):
    """Mail to users."""

    def send(self, address: str, mail: Mail) -> None:
        """Send a mail that a caller waits for. Raises `MailUnavailable`."""

    def notify(self, address: str, mail: Mail) -> bool:
        """Send a notice of an event; return whether it was sent. The event must not depend on it."""


class Breaches(Protocol):
    """Passwords that are known from breaches elsewhere."""

    def contain(self, password: str) -> bool:
        """Return whether the password is breached; False without an answer in time."""


class LiveSessions(Protocol):
    """The session store of the authenticator."""

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        """Return as `Directory.live_session`."""


class Authenticator(Protocol):
    """The authentication of Authorization headers."""

    def authenticate(self, authorization: str, now: float) -> Principal:
        """Return the principal. Raises `Refused`, `SessionEnded`, `ScopeChanged`, `KeysUnavailable`."""
