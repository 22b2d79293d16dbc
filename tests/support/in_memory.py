"""The ports of the rules in memory, with the same conditions and errors as `handlers.store` on AWS."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from threading import RLock
from typing import Any

import jwt

from components.directory_table import DECOY_PHC
from contract import factors as kinds
from contract.events import Event
from contract.limits import DeletionPolicy, FactorLimits, SessionLifetimes, SignInLimits
from contract.roles import DEFAULT_ROLES, USER, Roles
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.links import Link
from handlers.core.accounts.password_check import DECOY_USER_ID
from handlers.core.accounts.reconciliation import Fault, Leftover
from handlers.core.accounts.user_import import Outcome, UserImport
from handlers.core.accounts.users import AcceptedPassword, Account, Credential, Details, NewUser, Profile
from handlers.core.limits import counters
from handlers.core.limits.counters import DAY_SECONDS, Consume, Cooldown
from handlers.core.limits.places import KnownPlaces
from handlers.core.mails.letter import Letterhead, Mail, render
from handlers.core.mfa import challenges
from handlers.core.mfa.challenges import Challenge, SignUpChallenge
from handlers.core.mfa.factor_type import MAX_TRIES, AuthyLinks, Enrolled, FactorType, State, Use
from handlers.core.ports import Unanswered, Undecryptable
from handlers.core.sessions.sessions import Session
from handlers.core.tokens.access_tokens import Issuer
from handlers.core.tokens.published_keys import PublishedKeys
from handlers.errors import (
    Contended,
    FactorExists,
    InvalidChallenge,
    InvalidCredentials,
    MailUnavailable,
    NoSuchFactor,
    NoSuchUser,
    TooMany,
    UserExists,
    WrongCode,
)
from handlers.factors import Tools, email, recovery, totp
from tests.support.tokens import KID, PRIVATE

NOW = 1_800_000_000


@dataclass
class Counter:
    """A counter, and when it expires."""

    value: int
    until: int


@dataclass
class Waiting:
    """A cooldown: messages so far, and when the next may be sent."""

    sent: int
    ready_at: int
    expires_at: int


@dataclass
class Tried:
    """An open challenge or enrolment, and how often it was tried and polled."""

    value: Any
    tries: int = 0
    polls: int = 0


@dataclass
class Data:
    """All stored data, and the lock that makes every method one transaction."""

    owners: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    passwords: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, KnownPlaces] = field(default_factory=dict)
    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    sign_ups: dict[str, Tried] = field(default_factory=dict)
    challenges: dict[str, Tried] = field(default_factory=dict)
    factors: dict[tuple[str, str], Tried] = field(default_factory=dict)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    spent: set[tuple[str, str, str]] = field(default_factory=set)
    counters: dict[str, Counter] = field(default_factory=dict)
    cooldowns: dict[str, Waiting] = field(default_factory=dict)
    reserved: dict[str, tuple[str, int]] = field(default_factory=dict)
    links_by_hash: dict[tuple[str, str], Link] = field(default_factory=dict)
    jobs: dict[tuple[int, JobKind, str, bool], Job] = field(default_factory=dict)
    deleting: set[str] = field(default_factory=set)
    imported: dict[str, str] = field(default_factory=dict)
    tombstones: dict[str, int] = field(default_factory=dict)
    keys: PublishedKeys = field(default_factory=lambda: {"keys": []})
    lock: RLock = field(default_factory=RLock)


class MemoryDirectory:
    """Implements `core.ports.Directory` and `LiveSessions`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def owner_of(self, email: str) -> str | None:
        return self._data.owners.get(email)

    def profile(self, user_id: str) -> Profile | None:
        return self._data.profiles.get(user_id)

    def account(self, user_id: str) -> Account:
        return Account(self.profile(user_id), self._data.places.get(user_id, KnownPlaces(user_id)))

    def account_and_credential(self, user_id: str) -> tuple[Account, Credential]:
        if user_id not in self._data.profiles or user_id not in self._data.passwords:
            raise InvalidCredentials
        return self.account(user_id), Credential(user_id, self._data.passwords[user_id])

    def accept_password(self, accepted: AcceptedPassword) -> None:
        credential, upgraded = accepted.credential, accepted.upgraded
        with self._data.lock:
            if self._data.passwords.get(credential.user_id) not in (credential.password, upgraded or b""):
                raise InvalidCredentials
            self._data.passwords[credential.user_id] = upgraded or credential.password
            for counter in (*accepted.counters, *accepted.shared):
                self._data.counters.pop(counter, None)

    def start_session(
        self, session: Session, places: KnownPlaces | None = None, accepted: AcceptedPassword | None = None
    ) -> None:
        with self._data.lock:
            if accepted:
                self.accept_password(accepted)
            if (session.user_id, session.id) in self._data.sessions:
                return
            self._data.sessions[session.user_id, session.id] = session
            if places is not None:
                self._data.places[places.user_id] = places

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        profile, session = self._data.profiles.get(user_id), self._data.sessions.get((user_id, session_id))
        if profile is None or session is None or profile.disabled or session.epoch != profile.epoch:
            return None
        return profile, session

    def step_up_session(self, session: Session) -> bool:
        with self._data.lock:
            stored = self._data.sessions.get((session.user_id, session.id))
            if stored is None:
                return False
            stronger = replace(stored, amr=session.amr, authenticated_at=session.authenticated_at)
            self._data.sessions[session.user_id, session.id] = stronger
            return True

    def end_all_sessions(self, user_id: str) -> None:
        with self._data.lock:
            if user_id in self._data.profiles:
                self.clear_sessions(user_id, self._new_epoch(user_id))

    def clear_sessions(self, user_id: str, epoch: int) -> None:
        with self._data.lock:
            for key, session in list(self._data.sessions.items()):
                if key[0] == user_id and session.epoch < epoch:
                    del self._data.sessions[key]

    erase_sessions = clear_sessions

    def replace_session(self, seen: Session, successor: Session) -> bool:
        with self._data.lock:
            stored = self._data.sessions.get((seen.user_id, seen.id))
            if stored is None or stored.refresh_hash != seen.refresh_hash:
                return False
            self._data.sessions[seen.user_id, seen.id] = replace(
                stored,
                refresh_hash=successor.refresh_hash,
                previous_hash=successor.previous_hash,
                successor=successor.successor,
                rotated_at=successor.rotated_at,
            )
            return True

    def end_session(self, user_id: str, session_id: str) -> None:
        self._data.sessions.pop((user_id, session_id), None)

    def open_challenge(self, challenge: SignUpChallenge) -> None:
        self._data.sign_ups.setdefault(challenge.id_hash, Tried(challenge))

    def try_challenge(self, id_hash: str, now: int) -> SignUpChallenge | None:
        with self._data.lock:
            stored = self._data.sign_ups.get(id_hash)
            if stored is None or stored.tries >= challenges.MAX_TRIES or stored.value.expires_at <= now:
                return None
            stored.tries += 1
            tried: SignUpChallenge = replace(stored.value, tries=stored.tries)
            return tried

    def create_user(self, user: NewUser, challenge: str | None = None, places: KnownPlaces | None = None) -> None:
        user_id, email = user.user_id, user.email
        with self._data.lock:
            if challenge and challenge not in self._data.sign_ups:
                raise InvalidChallenge
            is_reserved = _reservation(self._data, email, user.created_at) is not None
            if email in self._data.owners or user_id in self._data.profiles or is_reserved:
                raise UserExists
            self._data.sign_ups.pop(challenge or "", None)
            self._data.owners[email] = user_id
            self._data.profiles[user_id] = Profile(
                user_id,
                email,
                disabled=False,
                roles=user.roles,
                created_at=user.created_at,
                details=Details(locale=user.locale),
            )
            self._data.passwords[user_id] = user.password
            if places is not None:
                self._data.places[user_id] = places

    def set_disabled(self, user_id: str, *, disabled: bool) -> None:
        with self._data.lock:
            if user_id not in self._data.profiles:
                raise NoSuchUser
            epoch = self._new_epoch(user_id)
            self._data.profiles[user_id] = replace(self._data.profiles[user_id], disabled=disabled)
            self.clear_sessions(user_id, epoch)

    def sessions_of(self, user_id: str) -> list[Session]:
        return [session for (owner, _), session in self._data.sessions.items() if owner == user_id]

    def end_other_sessions(self, profile: Profile, session_id: str) -> None:
        with self._data.lock:
            _begin_epoch(self._data, profile, session_id)
            self.clear_sessions(profile.user_id, profile.epoch + 1)

    def publish_keys(self, published: PublishedKeys) -> None:
        self._data.keys = published

    def published_keys(self) -> PublishedKeys:
        return self._data.keys

    def _new_epoch(self, user_id: str) -> int:
        profile = self._data.profiles[user_id]
        self._data.profiles[user_id] = replace(profile, epoch=profile.epoch + 1)
        return profile.epoch + 1


class MemoryAccounts:
    """Implements `core.ports.Accounts`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def is_taken(self, email: str, now: int, but_for: str = "") -> bool:
        holders = (self._data.owners.get(email), _reservation(self._data, email, now))
        return any(holder not in (None, but_for) for holder in holders)

    def save_details(self, seen: Profile, details: Details) -> bool:
        with self._data.lock:
            stored = self._data.profiles.get(seen.user_id)
            if stored is None or stored.details not in (Details(), seen.details):
                return False
            self._data.profiles[seen.user_id] = replace(stored, details=details)
            return True

    def was_deleted(self, user_id: str) -> bool:
        return user_id in self._data.tombstones

    def is_imported(self, given: UserImport) -> bool:
        user_id = given.user.user_id
        return self._data.imported.get(user_id) == given.digest and user_id in self._data.profiles

    def import_user(self, given: UserImport) -> Outcome:
        with self._data.lock:
            user = given.user
            if not given.restores and user.user_id in self._data.tombstones:
                return Outcome.DELETED
            if self.is_taken(user.email, user.created_at) or user.user_id in self._data.profiles:
                return Outcome.TAKEN
            MemoryDirectory(self._data).create_user(user)
            self._data.profiles[user.user_id] = replace(
                self._data.profiles[user.user_id],
                disabled=given.disabled,
                details=given.details,
                second_factors=len(given.factors),
            )
            for factor in given.factors:
                self._data.factors[user.user_id, factor.id] = Tried(factor)
            self._data.imported[user.user_id] = given.digest
            return Outcome.IMPORTED

    def list_users(self, initial: str, prefix: str, after: str, limit: int) -> list[Profile]:
        known = sorted(self._data.profiles.values(), key=lambda one: one.email)
        fitting = [one for one in known if one.email[0] == initial and one.email.startswith(prefix)]
        return [one for one in fitting if one.email > after and one.email in self._data.owners][:limit]

    def set_roles(self, seen: Profile, roles: tuple[str, ...]) -> bool:
        with self._data.lock:
            stored = self._data.profiles.get(seen.user_id)
            if stored is None or stored.roles != seen.roles:
                return False
            self._data.profiles[seen.user_id] = replace(stored, roles=roles)
            return True

    def change_password(self, profile: Profile, session_id: str, password: bytes, places: KnownPlaces | None) -> None:
        with self._data.lock:
            if profile.user_id not in self._data.passwords:
                raise Contended
            _begin_epoch(self._data, profile, session_id)
            self._data.passwords[profile.user_id] = password
            if places is not None:
                self._data.places[profile.user_id] = places

    def change_address(self, profile: Profile, email: str, challenge: Challenge, link: Link, job: Job) -> None:
        with self._data.lock:
            if self.is_taken(email, job.since, but_for=profile.user_id) or email in self._data.owners:
                raise UserExists
            if challenge.id_hash not in self._data.challenges:
                raise InvalidChallenge
            self._move(profile, email)
            del self._data.challenges[challenge.id_hash]
            self._data.reserved.pop(email, None)
            self._data.reserved[profile.email] = (profile.user_id, link.expires_at)
            self.add_link(link)
            self._add_job(job)

    def undo_address(self, profile: Profile, link: Link, later: Sequence[Link], job: Job) -> None:
        with self._data.lock:
            is_reserved = self._data.reserved.get(link.about, ("", 0))[0] == profile.user_id
            if not is_reserved or profile.user_id in self._data.deleting:
                raise Contended
            self._move(profile, link.about)
            del self._data.reserved[link.about]
            moved = self._data.profiles[profile.user_id]
            self._data.profiles[profile.user_id] = replace(moved, delete_at=0, epoch=moved.epoch + 1)
            self._data.jobs.pop(_job_key(Job(JobKind.DELETION, profile.user_id, profile.delete_at, 0)), None)
            for one in later:
                self._data.links_by_hash.pop((one.user_id, one.hash), None)
            self._add_job(job)

    def plan_deletion(self, profile: Profile, job: Job, *, disabled: bool) -> None:
        with self._data.lock:
            stored = self._as_read(profile)
            self._data.profiles[profile.user_id] = replace(
                stored, delete_at=job.due_at, disabled=disabled, epoch=stored.epoch + 1
            )
            self._data.jobs[_job_key(job)] = job

    def cancel_deletion(self, profile: Profile) -> bool:
        with self._data.lock:
            stored = self._data.profiles.get(profile.user_id)
            is_begun = profile.user_id in self._data.deleting
            if stored is None or stored.delete_at != profile.delete_at or is_begun:
                return False
            self._data.profiles[profile.user_id] = replace(stored, delete_at=0)
            self._data.jobs.pop(_job_key(Job(JobKind.DELETION, profile.user_id, profile.delete_at, 0)), None)
            return True

    def begin_deletion(self, user_id: str, due_at: int | None) -> Profile | None:
        with self._data.lock:
            stored = self._data.profiles.get(user_id)
            is_due = due_at is None or user_id in self._data.deleting
            if stored is None or not (is_due or stored.delete_at == due_at):
                return None
            self._data.deleting.add(user_id)
            self._data.profiles[user_id] = replace(stored, disabled=True, epoch=stored.epoch + 1)
            return self._data.profiles[user_id]

    def erase_user(self, profile: Profile, now: int, job: Job) -> None:
        with self._data.lock:
            user_id = profile.user_id
            if self._data.owners.get(profile.email) != user_id or user_id not in self._data.deleting:
                raise NoSuchUser
            of_user = (self._data.sessions, self._data.factors, self._data.links_by_hash)
            for stored in of_user:
                for key in [key for key in stored if key[0] == user_id]:
                    del stored[key]
            for address in [address for address, (owner, _) in self._data.reserved.items() if owner == user_id]:
                del self._data.reserved[address]
            del self._data.owners[profile.email], self._data.profiles[user_id]
            self._data.passwords.pop(user_id, None)
            self._data.places.pop(user_id, None)
            self._data.tombstones[user_id] = now
            self._data.jobs[_job_key(job)] = job

    def add_link(self, link: Link) -> None:
        self._data.links_by_hash[link.user_id, link.hash] = link

    def link(self, user_id: str, hash_: str) -> Link | None:
        return self._data.links_by_hash.get((user_id, hash_))

    def links_of(self, user_id: str) -> list[Link]:
        return [link for (owner, _), link in self._data.links_by_hash.items() if owner == user_id]

    def due_jobs(self, now: int) -> list[Job]:
        return [job for (due_at, *_), job in sorted(self._data.jobs.items()) if due_at <= now]

    def mark_told(self, job: Job) -> None:
        key = _job_key(job)
        if key in self._data.jobs:
            self._data.jobs[key] = replace(job, is_told=True)

    def _add_job(self, job: Job) -> None:
        key = _job_key(job)
        if key in self._data.jobs:
            raise Contended
        self._data.jobs[key] = job

    def finish_job(self, job: Job) -> None:
        self._data.jobs.pop(_job_key(job), None)

    def leftovers(self) -> Iterator[Leftover]:
        gone = [key for key in self._data.sessions if key[0] not in self._data.profiles]
        return iter([Leftover(Fault.NO_USER, user_id, (user_id, session_id)) for user_id, session_id in gone])

    def is_left(self, leftover: Leftover) -> bool:
        return False

    def mend(self, leftover: Leftover) -> bool:
        return self._data.sessions.pop(leftover.key, None) is not None

    def _move(self, profile: Profile, email: str) -> None:
        stored = self._as_read(profile)
        if self._data.owners.get(profile.email) != profile.user_id:
            raise Contended
        del self._data.owners[profile.email]
        self._data.owners[email] = profile.user_id
        self._data.profiles[profile.user_id] = replace(stored, email=email)

    def _as_read(self, profile: Profile) -> Profile:
        stored = self._data.profiles.get(profile.user_id)
        if stored is None or (stored.epoch, stored.email) != (profile.epoch, profile.email):
            raise Contended
        return stored


@dataclass
class MemoryPool:
    """Implements `core.ports.Pool` with a set of addresses."""

    addresses: set[str] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def change_address(self, old: str, new: str) -> None:
        if self.failure:
            raise self.failure
        if old in self.addresses:
            self.addresses.remove(old)
            self.addresses.add(new)

    def end_access(self, address: str) -> None:
        self.ended.append(address)

    def delete(self, address: str) -> None:
        if self.failure:
            raise self.failure
        self.addresses.discard(address)


@dataclass
class MemoryApplications:
    """Implements `core.ports.Applications` with one application: notes of users."""

    notes: dict[str, list[str]] = field(default_factory=dict)

    def export(self, user_id: str) -> dict[str, Any]:
        return {"notes": self.notes.get(user_id, [])}

    def erase(self, user_id: str) -> None:
        self.notes.pop(user_id, None)


class MemoryFactors:
    """Implements `core.ports.Factors`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def of(self, user_id: str) -> list[Enrolled]:
        found = [one.value for (owner, _), one in self._data.factors.items() if owner == user_id]
        return sorted(found, key=lambda one: str(one.id))

    def add(self, factor: Enrolled) -> None:
        with self._data.lock:
            stored = self._data.factors.get((factor.user_id, factor.id))
            if stored is not None and stored.value.confirmed:
                raise FactorExists
            self._data.factors[factor.user_id, factor.id] = Tried(factor)

    def save_started(self, factor: Enrolled, started: State, *, is_sent: bool) -> None:
        with self._data.lock:
            stored = self._data.factors.get((factor.user_id, factor.id))
            if stored is None or stored.value.confirmed:
                raise NoSuchFactor
            stored.value = replace(stored.value, started=dict(started))
            if is_sent:
                stored.tries = stored.polls = 0

    def try_confirming(self, user_id: str, factor_id: str, now: int, *, is_poll: bool) -> Enrolled:
        with self._data.lock:
            stored = self._data.factors.get((user_id, factor_id))
            if stored is None or stored.value.confirmed or 0 < stored.value.expires_at <= now:
                raise WrongCode
            _count(stored, MAX_TRIES, is_poll=is_poll)
            factor: Enrolled = stored.value
            return factor

    def confirm(self, seen: Enrolled, factor: Enrolled, use: Use, profile: Profile, session_id: str) -> None:
        with self._data.lock:
            stored = self._data.factors.get((seen.user_id, seen.id))
            session = self._data.sessions.get((profile.user_id, session_id))
            if stored is None or stored.value.confirmed or stored.value.encrypted != seen.encrypted:
                raise WrongCode
            if not _is_as_read(self._data, profile) or not _is_unspent(self._data, factor, use):
                raise WrongCode
            is_first = not profile.has_second_factor
            if is_first and (session is None or session.epoch != profile.epoch):
                raise WrongCode
            _spend(self._data, factor, use)
            self._data.factors[factor.user_id, factor.id] = Tried(factor)
            epoch = profile.epoch + 1 if is_first else profile.epoch
            _change(self._data, profile, 1, epoch)
            if is_first and session is not None:
                self._data.sessions[profile.user_id, session_id] = replace(session, epoch=epoch)

    def remove(self, factor: Enrolled, profile: Profile | None = None) -> None:
        with self._data.lock:
            stored = self._data.factors.get((factor.user_id, factor.id))
            is_same = stored is not None and (stored.value.confirmed, stored.value.encrypted) == (
                factor.confirmed,
                factor.encrypted,
            )
            if not is_same or (profile is not None and not _is_as_read(self._data, profile)):
                raise Contended
            del self._data.factors[factor.user_id, factor.id]
            if profile is not None:
                _change(self._data, profile, -1, profile.epoch)
                if profile.second_factors == 1:
                    self._data.factors.pop((factor.user_id, kinds.RECOVERY), None)

    def bind(self, seen: Enrolled, encrypted: bytes, authy_id: str, before: str | None) -> Enrolled:
        with self._data.lock:
            stored = self._data.factors.get((seen.user_id, seen.id))
            if stored is None or stored.value.encrypted != seen.encrypted:
                raise Contended
            stored.value = replace(stored.value, encrypted=encrypted)
            self._linked(authy_id)["accounts"].add(seen.user_id)
            if before not in (None, authy_id):
                self._linked(str(before))["accounts"].discard(seen.user_id)
            return replace(seen, encrypted=encrypted)

    def link(self, user_id: str, authy_id: str, *, proves: bool = False, exports: bool = False) -> AuthyLinks:
        with self._data.lock:
            links = self._linked(authy_id)
            if exports and not links["proven_by"] <= {user_id}:
                raise Contended
            links["accounts"].add(user_id)
            if proves or exports:
                links["proven_by"].add(user_id)
            if exports:
                links["exported_by"] = user_id
            others = {name: frozenset(links[name]) - {user_id} for name in ("accounts", "proven_by")}
            return AuthyLinks(others["accounts"], others["proven_by"], links["exported_by"])

    def unlink(self, user_id: str, authy_id: str) -> bool:
        with self._data.lock:
            links = self._linked(authy_id)
            links["accounts"].discard(user_id)
            links["proven_by"].discard(user_id)
            return not links["accounts"]

    def replace_recovery_codes(self, profile: Profile, hashes: Sequence[bytes], now: int) -> None:
        with self._data.lock:
            stored = self._data.profiles.get(profile.user_id)
            if stored is None or not stored.has_second_factor or stored.epoch != profile.epoch:
                raise NoSuchFactor
            codes = Enrolled(
                user_id=profile.user_id,
                id=kinds.RECOVERY,
                kind=kinds.RECOVERY,
                hint=f"{len(hashes)} left",
                confirmed=True,
                created_at=now,
                encrypted=b"",
                counter=len(hashes),
                codes=frozenset(hashes),
            )
            self._data.factors[profile.user_id, kinds.RECOVERY] = Tried(codes)

    def _linked(self, authy_id: str) -> dict[str, Any]:
        return self._data.links.setdefault(authy_id, {"accounts": set(), "proven_by": set(), "exported_by": None})


class MemoryChallenges:
    """Implements `core.ports.Challenges`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def open(self, challenge: Challenge) -> None:
        self._data.challenges.setdefault(challenge.id_hash, Tried(challenge))

    def attempt(self, id_hash: str, now: int) -> Challenge:
        return self._counted(id_hash, now, is_poll=False)

    def poll(self, id_hash: str, now: int) -> Challenge:
        return self._counted(id_hash, now, is_poll=True)

    def save_started(self, challenge: Challenge, factor_id: str, started: State) -> None:
        with self._data.lock:
            stored = self._same(challenge)
            stored.value = replace(stored.value, started={**stored.value.started, factor_id: dict(started)})

    def accept_first_factor(self, challenge: Challenge, amr: tuple[str, ...]) -> None:
        with self._data.lock:
            stored = self._same(challenge)
            stored.value, stored.tries = replace(stored.value, amr=amr, started={}), 0

    def sign_in(
        self,
        challenge: Challenge,
        factor: Enrolled | None,
        use: Use,
        session: Session,
        places: KnownPlaces | None = None,
    ) -> None:
        with self._data.lock:
            self._close(challenge, factor, use)
            self._data.sessions[session.user_id, session.id] = session
            if places is not None:
                self._data.places[places.user_id] = places

    def step_up(self, challenge: Challenge, factor: Enrolled | None, use: Use, session: Session) -> None:
        with self._data.lock:
            stored = self._data.sessions.get((session.user_id, session.id))
            if stored is None:
                raise WrongCode
            self._close(challenge, factor, use)
            stronger = replace(stored, amr=session.amr, authenticated_at=session.authenticated_at)
            self._data.sessions[session.user_id, session.id] = stronger

    def reset(self, challenge: Challenge, factor: Enrolled | None, use: Use, password: bytes) -> None:
        with self._data.lock:
            profile = self._data.profiles.get(challenge.user_id)
            if profile is None or profile.epoch != challenge.epoch:
                raise WrongCode
            self._close(challenge, factor, use)
            self._data.passwords[challenge.user_id] = password
            self._data.profiles[challenge.user_id] = replace(profile, epoch=profile.epoch + 1)
            self._data.places.pop(challenge.user_id, None)

    def _counted(self, id_hash: str, now: int, *, is_poll: bool) -> Challenge:
        with self._data.lock:
            stored = self._data.challenges.get(id_hash)
            if stored is None or stored.value.expires_at <= now:
                raise WrongCode
            _count(stored, challenges.MAX_TRIES, is_poll=is_poll)
            challenge: Challenge = stored.value
            return challenge

    def _same(self, challenge: Challenge) -> Tried:
        stored = self._data.challenges.get(challenge.id_hash)
        if stored is None or stored.value.amr != challenge.amr:
            raise WrongCode
        return stored

    def _close(self, challenge: Challenge, factor: Enrolled | None, use: Use) -> None:
        self._same(challenge)
        if factor is not None:
            _use(self._data, factor, use)
        del self._data.challenges[challenge.id_hash]


class MemoryCounters:
    """Implements `core.ports.Counters`. As in the table, a counter lives until it is deleted."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def consume(self, consumes: Sequence[Consume], now: int, cooldown: Cooldown | None = None) -> None:
        with self._data.lock:
            full = [one for one in consumes if self._value(one.counter) + one.amount > one.most]
            if full:
                raise TooMany(counters.latest(full) - now, frozenset(one.counter for one in full))
            if cooldown:
                self._start(cooldown, now)
            for one in consumes:
                self.count(one)

    def refund(self, consumes: Sequence[Consume]) -> None:
        with self._data.lock:
            if all(self._value(one.counter) >= one.amount for one in consumes):
                for one in consumes:
                    self._data.counters[one.counter].value -= one.amount

    def count(self, consume: Consume) -> int:
        with self._data.lock:
            value = self._value(consume.counter) + consume.amount
            self._data.counters[consume.counter] = Counter(value, consume.until)
            return value

    def reset(self, counter: str) -> None:
        self._data.counters.pop(counter, None)

    def read(self, counter: str) -> tuple[int, int]:
        found = self._data.counters.get(counter)
        return (found.value, found.until) if found else (0, 0)

    def reset_cooldown(self, cooldown: Cooldown) -> None:
        waiting = self._data.cooldowns.get(cooldown.counter)
        if waiting:
            waiting.ready_at = waiting.sent = 0

    def _start(self, cooldown: Cooldown, now: int) -> None:
        waiting = self._data.cooldowns.get(cooldown.counter)
        if waiting is None or waiting.expires_at <= now:
            waiting = Waiting(0, 0, 0)
        if now < waiting.ready_at:
            raise TooMany(waiting.ready_at - now)
        sent = waiting.sent + 1
        ready_at = now + counters.cooldown_seconds(sent, cooldown.first_seconds)
        self._data.cooldowns[cooldown.counter] = Waiting(sent, ready_at, now + DAY_SECONDS)

    def _value(self, counter: str) -> int:
        found = self._data.counters.get(counter)
        return found.value if found else 0


class MemoryPasswordCipher:
    """Implements `core.ports.PasswordCipher`: readable, and bound to its user."""

    def encrypt(self, phc: str, user_id: str) -> bytes:
        return json.dumps({"phc": phc, "user": user_id}).encode()

    def decrypt(self, encrypted: bytes, user_id: str) -> str:
        content: dict[str, str] = json.loads(encrypted)
        if content["user"] != user_id:
            raise Undecryptable
        return content["phc"]


class MemoryFactorCipher:
    """Implements `core.ports.FactorCipher`: readable, and bound to its user and factor."""

    def encrypt(self, secret: Mapping[str, str], user_id: str, factor_id: str) -> bytes:
        nonce = secrets.token_hex(4)  # two encryptions differ, as those of KMS do
        return json.dumps({"secret": dict(secret), "of": [user_id, factor_id], "nonce": nonce}).encode()

    def decrypt(self, factor: Enrolled) -> dict[str, str]:
        content = json.loads(factor.encrypted)
        if content["of"] != [factor.user_id, factor.id]:
            raise Undecryptable
        secret: dict[str, str] = content["secret"]
        return secret


class MemorySigner:
    """Implements `core.ports.Signer` with a key of the tests."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), PRIVATE, algorithm="RS256", headers={"kid": KID, "typ": "at+jwt"})

    def prepare(self) -> None:
        pass


@dataclass
class Mailbox:
    """Implements `core.ports.Mailer`, and keeps what was sent: (address, subject, text), and the mails as data."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    is_broken: bool = False

    def send(self, address: str, mail: Mail) -> None:
        if not self.notify(address, mail):
            raise MailUnavailable

    def notify(self, address: str, mail: Mail) -> bool:
        if not self.is_broken:
            rendered = render(mail, Letterhead("Sallyport"))
            self.mails.append(mail)
            self.sent.append((address, rendered.subject, rendered.text))
        return not self.is_broken

    def code(self, address: str) -> str:
        """Return the code that was mailed to this address last."""
        text = next(text for to, _, text in reversed(self.sent) if to == address and text.startswith("Your code"))
        return text.split("\n")[0].removeprefix("Your code is ").rstrip(".")

    def subjects(self, address: str) -> list[str]:
        return [subject for to, subject, _ in self.sent if to == address]


@dataclass
class MemoryEvents:
    """Implements `core.ports.Events`, and keeps what was emitted: (event, user id)."""

    emitted: list[tuple[Event, str | None]] = field(default_factory=list)

    def emit(self, event: Event, user_id: str | None = None) -> None:
        self.emitted.append((event, user_id))

    def of(self, user_id: str | None) -> list[Event]:
        """Return the events of a user, oldest first."""
        return [event for event, subject in self.emitted if subject == user_id]


@dataclass
class OtherSystem:
    """Implements `core.ports.Migration`: address → (password, answer); counts what it is asked."""

    users: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    failure: str = ""
    asked: list[str] = field(default_factory=list)

    def ask(self, address: str, password: str) -> bytes:
        self.asked.append(address)
        if self.failure:
            raise Unanswered(self.failure)
        known, answer = self.users.get(address, ("", b"null"))
        return answer if password == known else b"null"


@dataclass
class KnownBreaches:
    """Implements `core.ports.Breaches` with a set of passwords."""

    passwords: set[str] = field(default_factory=set)

    def contain(self, password: str) -> bool:
        return password in self.passwords


@dataclass(kw_only=True)
class MemoryServices:
    """Implements `core.services.Services`; the clock stands still unless a test moves it."""

    data: Data = field(default_factory=Data)
    mailer: Mailbox | None = field(default_factory=Mailbox)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    breaches: KnownBreaches | None = None
    sign_in_limits: SignInLimits = field(default_factory=SignInLimits)
    factor_limits: FactorLimits = field(default_factory=FactorLimits)
    pool: MemoryPool | None = field(default_factory=MemoryPool)
    applications: MemoryApplications = field(default_factory=MemoryApplications)
    deletion: DeletionPolicy = field(default_factory=DeletionPolicy)
    profile_attributes: Mapping[str, Any] = field(default_factory=dict)
    site_url: str = "https://sign-in.example.com"
    requires_mfa: bool = False
    confirms_email: bool = True
    clock: int = NOW
    session_lifetimes: SessionLifetimes = field(default_factory=SessionLifetimes)
    default_roles: tuple[str, ...] = (USER,)
    migration: OtherSystem | None = None
    issuer: Issuer = field(default_factory=lambda: Issuer("https://issuer.example.com", "sallyport-dev", DEFAULT_ROLES))

    def __post_init__(self) -> None:
        self.directory = MemoryDirectory(self.data)
        self.accounts = MemoryAccounts(self.data)
        self.factors = MemoryFactors(self.data)
        self.challenges = MemoryChallenges(self.data)
        self.counters = MemoryCounters(self.data)
        self.password_cipher = MemoryPasswordCipher()
        self.factor_cipher = MemoryFactorCipher()
        self.signer = MemorySigner()
        tools = Tools(self.factor_cipher, self.factors, self.counters, self.factor_limits, "Sallyport")
        self.factor_types: dict[str, FactorType] = {
            kinds.TOTP: totp.make({}, tools),
            kinds.EMAIL: email.make({}, tools),
            kinds.RECOVERY: recovery.make({}, tools),
        }
        self.mailbox: FactorType = email.make({}, tools)
        self.data.profiles[DECOY_USER_ID] = Profile(DECOY_USER_ID, "nobody@invalid", disabled=True)
        self.data.passwords[DECOY_USER_ID] = self.password_cipher.encrypt(DECOY_PHC, DECOY_USER_ID)

    @property
    def mails(self) -> Mailbox:
        """Return the mailer of stacks that send mail."""
        assert self.mailer is not None
        return self.mailer

    @property
    def roles(self) -> Roles:
        return self.issuer.roles

    def pepper(self) -> bytes:
        return b"pepper"

    def now(self) -> int:
        return self.clock

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def add_user(self, address: str = "ada@example.com", password: str = "", **changes: Any) -> Profile:
        """Add a user with this password, by a cheap hash."""
        user_id = secrets.token_hex(16)
        encrypted = self.password_cipher.encrypt(_hashed(password), user_id)
        self.directory.create_user(
            NewUser(user_id=user_id, email=address, password=encrypted, roles=self.default_roles, created_at=self.clock)
        )
        self.data.profiles[user_id] = replace(self.data.profiles[user_id], **changes)
        return self.data.profiles[user_id]


@cache
def _hashed(password: str) -> str:
    from handlers.core.accounts import passwords

    return passwords.hash_password(password)


def _count(stored: Tried, most_tries: int, *, is_poll: bool) -> None:
    if (stored.polls >= challenges.MAX_POLLS) if is_poll else (stored.tries >= most_tries):
        raise WrongCode
    stored.polls, stored.tries = stored.polls + is_poll, stored.tries + (not is_poll)


def _job_key(job: Job) -> tuple[int, JobKind, str, bool]:
    return job.due_at, job.kind, job.user_id, job.is_undo


def _reservation(data: Data, email: str, now: int) -> str | None:
    """Return the user for whom the address is reserved."""
    user_id, until = data.reserved.get(email, (None, 0))
    return user_id if now < until else None


def _begin_epoch(data: Data, profile: Profile, session_id: str) -> None:
    """Begin a new epoch in which this session is kept."""
    stored, session = data.profiles.get(profile.user_id), data.sessions.get((profile.user_id, session_id))
    if stored is None or session is None or not stored.epoch == session.epoch == profile.epoch:
        raise Contended
    data.profiles[profile.user_id] = replace(stored, epoch=stored.epoch + 1)
    data.sessions[profile.user_id, session_id] = replace(session, epoch=stored.epoch + 1)


def _is_as_read(data: Data, profile: Profile) -> bool:
    stored = data.profiles.get(profile.user_id)
    return stored is not None and (stored.second_factors, stored.epoch) == (profile.second_factors, profile.epoch)


def _change(data: Data, profile: Profile, factors: int, epoch: int) -> None:
    stored = data.profiles[profile.user_id]
    data.profiles[profile.user_id] = replace(stored, second_factors=stored.second_factors + factors, epoch=epoch)


def _is_unspent(data: Data, factor: Enrolled, use: Use) -> bool:
    return use.spent is None or (factor.user_id, factor.id, use.spent.partition(":")[2]) not in data.spent


def _spend(data: Data, factor: Enrolled, use: Use) -> None:
    if use.spent is not None:
        data.spent.add((factor.user_id, factor.id, use.spent.partition(":")[2]))


def _use(data: Data, factor: Enrolled, use: Use) -> None:
    stored = data.factors.get((factor.user_id, factor.id))
    if stored is None or not stored.value.confirmed or not _is_unspent(data, factor, use):
        raise WrongCode
    if use.code_hash is not None:
        if use.code_hash not in stored.value.codes:
            raise WrongCode
        codes = stored.value.codes - {use.code_hash}
        stored.value = replace(stored.value, codes=codes, counter=len(codes), hint=f"{len(codes)} left")
    elif use.counter is not None:
        if stored.value.counter != factor.counter:
            raise WrongCode
        stored.value = replace(stored.value, counter=use.counter)
    _spend(data, factor, use)
