"""The promises of the ports, for both implementations: in memory, and DynamoDB with KMS."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from contract import factors as kinds
from handlers.core.accounts import links
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.links import Link, LinkPurpose
from handlers.core.accounts.users import AcceptedPassword, Details, NewUser, Profile
from handlers.core.limits.counters import Consume, Cooldown
from handlers.core.limits.places import KnownPlaces
from handlers.core.mfa import challenges
from handlers.core.mfa.challenges import Challenge, Purpose, SignUpChallenge
from handlers.core.mfa.factor_type import Enrolled, Use
from handlers.core.ports import (
    Accounts,
    Challenges,
    Counters,
    Directory,
    FactorCipher,
    Factors,
    PasswordCipher,
    Undecryptable,
)
from handlers.core.sessions.sessions import Session
from handlers.errors import (
    Contended,
    FactorExists,
    InvalidChallenge,
    InvalidCredentials,
    NoSuchFactor,
    NoSuchUser,
    TooMany,
    UserExists,
    WrongCode,
)
from tests.support.handlers import new_address
from tests.support.in_memory import (
    Data,
    MemoryAccounts,
    MemoryChallenges,
    MemoryCounters,
    MemoryDirectory,
    MemoryFactorCipher,
    MemoryFactors,
    MemoryPasswordCipher,
)
from tests.support.sessions import started

RACERS = 6


@dataclass(frozen=True)
class Ports:
    """An implementation of each port."""

    directory: Directory
    accounts: Accounts
    factors: Factors
    challenges: Challenges
    counters: Counters
    password_cipher: PasswordCipher
    factor_cipher: FactorCipher


@pytest.fixture(params=["memory", pytest.param("aws", marks=pytest.mark.stack)])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "memory":
        data = Data()
        stores = (
            MemoryDirectory(data), MemoryAccounts(data), MemoryFactors(data), MemoryChallenges(data),
            MemoryCounters(data),
        )  # fmt: skip
        return Ports(*stores, MemoryPasswordCipher(), MemoryFactorCipher())
    from handlers.store.accounts import DynamoAccounts
    from handlers.store.challenges import DynamoChallenges
    from handlers.store.ciphers import KmsFactorCipher, KmsPasswordCipher
    from handlers.store.counters import DynamoCounters
    from handlers.store.directory import DynamoDirectory
    from handlers.store.factors import DynamoFactors

    environment = request.getfixturevalue("handlers").environment
    table, key = environment["TABLE_NAME"], environment["KEY_ARN"]
    on_aws = (
        DynamoDirectory(table), DynamoAccounts(table), DynamoFactors(table), DynamoChallenges(table),
        DynamoCounters(table),
    )  # fmt: skip
    return Ports(*on_aws, KmsPasswordCipher(key), KmsFactorCipher(key))


def now() -> int:
    return int(time.time())


def new_user(ports: Ports, address: str | None = None) -> str:
    user_id = secrets.token_hex(16)
    ports.directory.create_user(_user(user_id, address or new_address()))
    return user_id


def _user(user_id: str, address: str) -> NewUser:
    return NewUser(user_id=user_id, email=address, password=b"password", roles=("user",), created_at=now())


def new_session(ports: Ports, user_id: str, epoch: int = 0) -> Session:
    session = started(user_id, epoch=epoch).session
    ports.directory.start_session(session)
    return session


def new_sign_up(ports: Ports, **changes: Any) -> SignUpChallenge:
    challenge = SignUpChallenge(
        id_hash=secrets.token_hex(32),
        code_hash=b"code",
        email=new_address(),
        user_id=secrets.token_hex(16),
        password=b"password",
        expires_at=now() + 600,
    )
    ports.directory.open_challenge(replace(challenge, **changes))
    return replace(challenge, **changes)


def new_challenge(ports: Ports, user_id: str, **changes: Any) -> Challenge:
    challenge = Challenge(
        id_hash=secrets.token_hex(32),
        purpose=Purpose.SIGN_IN,
        user_id=user_id,
        amr=("pwd",),
        expires_at=now() + 600,
    )
    ports.challenges.open(replace(challenge, **changes))
    return replace(challenge, **changes)


def new_factor(ports: Ports, user_id: str, factor_id: str = kinds.TOTP) -> Enrolled:
    encrypted = ports.factor_cipher.encrypt({"secret": "s"}, user_id, factor_id)
    factor = Enrolled(
        user_id=user_id,
        id=factor_id,
        kind=kinds.TOTP,
        hint="app",
        confirmed=False,
        created_at=now(),
        encrypted=encrypted,
        expires_at=now() + 600,
    )
    ports.factors.add(factor)
    return factor


def confirmed_factor(ports: Ports, user_id: str, factor_id: str = kinds.TOTP) -> Enrolled:
    """Return a confirmed factor."""
    factor, session = new_factor(ports, user_id, factor_id), new_session(ports, user_id, epoch_of(ports, user_id))
    confirmed = replace(factor, confirmed=True, expires_at=0, counter=1)
    profile = ports.directory.profile(user_id)
    assert profile
    ports.factors.confirm(factor, confirmed, Use(), profile, session.id)
    return confirmed


def epoch_of(ports: Ports, user_id: str) -> int:
    profile = ports.directory.profile(user_id)
    assert profile
    return profile.epoch


def winners(act: Callable[[], Any], *losses: type[Exception]) -> int:
    """Return how many of several racers succeed."""

    def race(_: int) -> bool:
        try:
            return act() is not False
        except losses:
            return False

    with ThreadPoolExecutor(RACERS) as pool:
        return sum(pool.map(race, range(RACERS)))


class TestDirectory:
    """Users, passwords, sessions, sign-ups."""

    def test_a_user_is_found_by_address_and_id(self, ports: Ports) -> None:
        address = new_address()
        user_id = new_user(ports, address)

        profile = ports.directory.profile(user_id)

        assert ports.directory.owner_of(address) == user_id
        assert profile is not None
        assert (profile.email, profile.disabled, profile.second_factors, profile.epoch) == (address, False, 0, 0)
        assert ports.directory.owner_of(new_address()) is None
        assert ports.directory.profile(secrets.token_hex(16)) is None

    def test_an_address_has_one_owner_whoever_is_faster(self, ports: Ports) -> None:
        address = new_address()

        assert winners(lambda: new_user(ports, address), UserExists, Contended) == 1

    def test_a_sign_up_creates_its_user_once(self, ports: Ports) -> None:
        sign_up, place = new_sign_up(ports), {"a" * 32: now()}
        user = _user(sign_up.user_id, sign_up.email)

        ports.directory.create_user(user, sign_up.id_hash, KnownPlaces(sign_up.user_id, place))

        assert ports.directory.account(sign_up.user_id).places.seen == place
        with pytest.raises((InvalidChallenge, UserExists)):
            ports.directory.create_user(user, sign_up.id_hash)

    def test_a_sign_up_has_five_tries_and_an_end(self, ports: Ports) -> None:
        sign_up, late = new_sign_up(ports), new_sign_up(ports, expires_at=now() - 1)

        tries = [ports.directory.try_challenge(sign_up.id_hash, now()) for _ in range(challenges.MAX_TRIES + 1)]

        assert [one and one.tries for one in tries] == [1, 2, 3, 4, 5, None]
        assert tries[0] == replace(sign_up, tries=1)
        assert ports.directory.try_challenge(late.id_hash, now()) is None
        assert ports.directory.try_challenge("unknown", now()) is None

    def test_an_accepted_password_is_upgraded_only_while_it_is_the_same(self, ports: Ports) -> None:
        user_id = new_user(ports)
        _, credential = ports.directory.account_and_credential(user_id)

        ports.directory.accept_password(AcceptedPassword(credential, b"stronger"))

        assert ports.directory.account_and_credential(user_id)[1].password == b"stronger"
        with pytest.raises(InvalidCredentials):
            ports.directory.accept_password(AcceptedPassword(credential))
        with pytest.raises(InvalidCredentials):
            ports.directory.account_and_credential(secrets.token_hex(16))

    def test_an_accepted_password_resets_its_counters(self, ports: Ports) -> None:
        one = Consume(f"password:{secrets.token_hex(8)}", 1, 1, now() + 60)
        ports.counters.consume([one], now())
        _, credential = ports.directory.account_and_credential(new_user(ports))

        ports.directory.accept_password(AcceptedPassword(credential, None, (one.counter,)))

        ports.counters.consume([one], now())

    def test_a_session_and_what_follows_from_its_password_are_written_together_or_not_at_all(
        self, ports: Ports
    ) -> None:
        user_id = new_user(ports)
        one, shared = (Consume(f"password:{secrets.token_hex(8)}", 1, 1, now() + 60) for _ in range(2))
        ports.counters.consume([one, shared], now())
        _, credential = ports.directory.account_and_credential(user_id)
        accepted = AcceptedPassword(credential, b"stronger", (one.counter,), (shared.counter,))
        first, second = started(user_id).session, started(user_id).session

        ports.directory.start_session(first, KnownPlaces(user_id, {"b" * 32: 7}), accepted)
        with pytest.raises(InvalidCredentials):
            ports.directory.start_session(second, None, AcceptedPassword(credential))

        ports.counters.consume([one, shared], now())
        assert ports.directory.account_and_credential(user_id)[1].password == b"stronger"
        assert ports.directory.account(user_id).places.seen == {"b" * 32: 7}
        assert ports.directory.live_session(user_id, first.id) is not None
        assert ports.directory.live_session(user_id, second.id) is None

    def test_a_session_is_alive_until_it_ends(self, ports: Ports) -> None:
        user_id = new_user(ports)
        session = new_session(ports, user_id)
        live = ports.directory.live_session(user_id, session.id)
        assert live is not None
        assert live[1] == session

        for _ in range(2):
            ports.directory.end_session(user_id, session.id)

        assert ports.directory.live_session(user_id, session.id) is None

    def test_all_sessions_of_a_user_who_is_erased_are_deleted(self, ports: Ports) -> None:
        user_id = new_user(ports)
        for _ in range(120):
            ports.directory.start_session(started(user_id).session)

        ports.directory.end_all_sessions(user_id)
        left = len(ports.directory.sessions_of(user_id))
        ports.directory.erase_sessions(user_id, 1)

        assert left in (0, 20), "a request deletes a hundred; the others are over as well"
        assert ports.directory.sessions_of(user_id) == []

    def test_a_session_stores_the_places_of_its_user(self, ports: Ports) -> None:
        user_id = new_user(ports)
        session = started(user_id).session

        ports.directory.start_session(session, KnownPlaces(user_id, {"b" * 32: 7}))

        assert ports.directory.account(user_id).places.seen == {"b" * 32: 7}
        assert ports.directory.live_session(user_id, session.id) is not None

    def test_a_refresh_token_is_exchanged_once_whoever_is_faster(self, ports: Ports) -> None:
        seen = new_session(ports, new_user(ports))

        def exchange() -> bool:
            successor = replace(
                seen,
                refresh_hash=secrets.token_bytes(32),
                previous_hash=seen.refresh_hash,
                successor=b"next",
                rotated_at=now(),
            )
            return ports.directory.replace_session(seen, successor)

        assert winners(exchange, Contended) == 1

    def test_a_step_up_changes_methods_and_time_alone(self, ports: Ports) -> None:
        session = new_session(ports, new_user(ports))
        stronger = replace(session, amr=("pwd", "otp", "mfa"), authenticated_at=now() + 5, refresh_hash=b"other")

        assert ports.directory.step_up_session(stronger)

        live = ports.directory.live_session(session.user_id, session.id)
        assert live is not None
        assert live[1] == replace(stronger, refresh_hash=session.refresh_hash)
        assert not ports.directory.step_up_session(replace(stronger, id="0" * 32))

    def test_a_new_epoch_invalidates_all_sessions(self, ports: Ports) -> None:
        user_id = new_user(ports)
        old = new_session(ports, user_id)

        ports.directory.end_all_sessions(user_id)

        assert ports.directory.live_session(user_id, old.id) is None
        assert epoch_of(ports, user_id) == 1
        new = new_session(ports, user_id, epoch=1)
        assert ports.directory.live_session(user_id, new.id) is not None

    def test_a_disabled_user_has_no_session(self, ports: Ports) -> None:
        user_id = new_user(ports)
        session = new_session(ports, user_id)

        ports.directory.set_disabled(user_id, disabled=True)
        during = new_session(ports, user_id, epoch_of(ports, user_id))
        assert ports.directory.live_session(user_id, session.id) is None
        assert ports.directory.live_session(user_id, during.id) is None

        ports.directory.set_disabled(user_id, disabled=False)
        assert ports.directory.live_session(user_id, session.id) is None
        with pytest.raises(NoSuchUser):
            ports.directory.set_disabled(secrets.token_hex(16), disabled=True)

    def test_a_deleted_user_leaves_the_address_free(self, ports: Ports) -> None:
        address = new_address()
        user_id = new_user(ports, address)
        session = new_session(ports, user_id)

        profile = ports.accounts.begin_deletion(user_id, None)
        assert profile is not None
        ports.accounts.erase_user(profile, now(), job_of(user_id, JobKind.APPLICATIONS))

        assert ports.directory.owner_of(address) is None
        assert ports.directory.profile(user_id) is None
        assert ports.directory.live_session(user_id, session.id) is None
        new_user(ports, address)
        assert ports.accounts.begin_deletion(user_id, None) is None
        with pytest.raises(NoSuchUser):
            ports.accounts.erase_user(profile, now(), job_of(user_id, JobKind.APPLICATIONS))


class TestAccounts:
    """Changes of accounts: passwords, addresses, details, deletions, links, jobs."""

    def test_details_are_saved_only_as_they_were_read(self, ports: Ports) -> None:
        seen = profile_of(ports, new_user(ports))

        assert ports.accounts.save_details(seen, Details(name="Ada"))
        assert not ports.accounts.save_details(replace(seen, details=Details(name="Eve")), Details(name="Bob"))
        assert profile_of(ports, seen.user_id).details == Details(name="Ada")
        assert not ports.accounts.save_details(replace(seen, user_id="nobody"), Details())

    def test_a_new_password_keeps_one_session_and_one_place(self, ports: Ports) -> None:
        user_id = new_user(ports)
        own, other = new_session(ports, user_id), new_session(ports, user_id)
        seen = profile_of(ports, user_id)

        ports.accounts.change_password(seen, own.id, b"new", KnownPlaces(user_id, {"c" * 32: 7}))

        assert ports.directory.account_and_credential(user_id)[1].password == b"new"
        assert ports.directory.account(user_id).places.seen == {"c" * 32: 7}
        assert ports.directory.live_session(user_id, own.id) is not None
        assert ports.directory.live_session(user_id, other.id) is None
        with pytest.raises(Contended):
            ports.accounts.change_password(seen, own.id, b"newer", None)

    def test_other_sessions_are_ended_together(self, ports: Ports) -> None:
        user_id = new_user(ports)
        own, other = new_session(ports, user_id), new_session(ports, user_id)

        ports.directory.end_other_sessions(profile_of(ports, user_id), own.id)

        assert [one.id for one in ports.directory.sessions_of(user_id)] == [own.id]
        assert ports.directory.live_session(user_id, own.id) is not None
        with pytest.raises(Contended):
            ports.directory.end_other_sessions(profile_of(ports, user_id), other.id)

    def test_an_address_has_one_new_owner_whoever_is_faster(self, ports: Ports) -> None:
        address, users = new_address(), [new_user(ports) for _ in range(RACERS)]

        assert winners(lambda: move(ports, users.pop(), address), UserExists, Contended) == 1
        assert ports.directory.owner_of(address) is not None

    def test_a_changed_address_is_reserved_until_its_link_ends(self, ports: Ports) -> None:
        old, new = new_address(), new_address()
        user_id = new_user(ports, old)

        link = move(ports, user_id, new)

        assert (ports.directory.owner_of(old), ports.directory.owner_of(new)) == (None, user_id)
        assert ports.accounts.is_taken(old, now())
        assert not ports.accounts.is_taken(old, now(), but_for=user_id)
        assert not ports.accounts.is_taken(old, link.expires_at)
        with pytest.raises(UserExists):
            new_user(ports, old)

    def test_an_expired_reservation_holds_nobody_up(self, ports: Ports) -> None:
        old = new_address()
        move(ports, new_user(ports, old), new_address(), made_at=now() - links.LIFETIME_SECONDS - 1)

        assert new_user(ports, old)

    def test_a_change_of_address_closes_its_challenge(self, ports: Ports) -> None:
        user_id = new_user(ports)
        challenge = new_challenge(ports, user_id, purpose=Purpose.ADDRESS, amr=())
        move(ports, user_id, new_address(), challenge=challenge)

        with pytest.raises(InvalidChallenge):
            move(ports, user_id, new_address(), challenge=challenge)

    def test_an_undone_change_gives_the_address_back(self, ports: Ports) -> None:
        old, new = new_address(), new_address()
        user_id = new_user(ports, old)
        link, session = move(ports, user_id, new), new_session(ports, user_id)
        moved = profile_of(ports, user_id)

        ports.accounts.undo_address(moved, link, [], job_of(user_id, JobKind.ADDRESS))

        assert (ports.directory.owner_of(old), ports.directory.owner_of(new)) == (user_id, None)
        assert ports.directory.live_session(user_id, session.id) is None
        with pytest.raises(Contended):
            ports.accounts.undo_address(moved, link, [], job_of(user_id, JobKind.ADDRESS))

    def test_an_undone_change_voids_later_links_and_cancels_a_deletion(self, ports: Ports) -> None:
        user_id = new_user(ports)
        link = move(ports, user_id, new_address())
        _, later = links.make(b"pepper", user_id, LinkPurpose.ADDRESS, new_address(), now())
        ports.accounts.add_link(later)
        deletion = job_of(user_id, JobKind.DELETION)
        ports.accounts.plan_deletion(profile_of(ports, user_id), deletion, disabled=False)

        ports.accounts.undo_address(profile_of(ports, user_id), link, [later], job_of(user_id, JobKind.ADDRESS))

        assert ports.accounts.links_of(user_id) == [link]
        assert profile_of(ports, user_id).delete_at == 0
        assert deletion not in ports.accounts.due_jobs(deletion.due_at)

    def test_a_deletion_that_has_begun_is_not_undone(self, ports: Ports) -> None:
        user_id = new_user(ports)
        link = move(ports, user_id, new_address())
        ports.accounts.begin_deletion(user_id, None)

        with pytest.raises(Contended):
            ports.accounts.undo_address(profile_of(ports, user_id), link, [], job_of(user_id, JobKind.ADDRESS))

    def test_a_job_replaces_no_other(self, ports: Ports) -> None:
        """The second change in a second is refused: the mail about the first would never be sent."""
        user_id = new_user(ports)
        job = job_of(user_id, JobKind.ADDRESS)
        move(ports, user_id, new_address(), job=job)

        with pytest.raises(Contended):
            move(ports, user_id, new_address(), job=job)

    def test_a_job_whose_mails_were_sent_says_so(self, ports: Ports) -> None:
        user_id = new_user(ports)
        job = job_of(user_id, JobKind.ADDRESS)
        move(ports, user_id, new_address(), job=job)

        ports.accounts.mark_told(job)
        assert replace(job, is_told=True) in ports.accounts.due_jobs(job.due_at)
        ports.accounts.finish_job(job)
        ports.accounts.mark_told(job)
        assert user_id not in [one.user_id for one in ports.accounts.due_jobs(job.due_at)]

    def test_a_planned_deletion_is_due_and_can_be_taken_back(self, ports: Ports) -> None:
        user_id = new_user(ports)
        session, job = new_session(ports, user_id), job_of(user_id, JobKind.DELETION)

        ports.accounts.plan_deletion(profile_of(ports, user_id), job, disabled=False)
        planned = profile_of(ports, user_id)

        assert (planned.delete_at, planned.disabled) == (job.due_at, False)
        assert ports.directory.live_session(user_id, session.id) is None
        assert job in ports.accounts.due_jobs(job.due_at)
        assert job not in ports.accounts.due_jobs(job.due_at - 1)
        assert ports.accounts.cancel_deletion(planned)
        assert not ports.accounts.cancel_deletion(planned)
        assert job not in ports.accounts.due_jobs(job.due_at)
        assert ports.accounts.begin_deletion(user_id, job.due_at) is None

    def test_a_deletion_begins_or_is_taken_back_whoever_is_faster(self, ports: Ports) -> None:
        user_id = new_user(ports)
        job = job_of(user_id, JobKind.DELETION)
        ports.accounts.plan_deletion(profile_of(ports, user_id), job, disabled=False)
        planned, turns = profile_of(ports, user_id), iter(range(RACERS))

        def act() -> bool:
            if next(turns) % 2:
                return ports.accounts.cancel_deletion(planned)
            return ports.accounts.begin_deletion(user_id, job.due_at) is not None

        winners(act, Contended)

        is_begun = profile_of(ports, user_id).disabled
        assert ports.accounts.cancel_deletion(planned) is False
        assert (ports.accounts.begin_deletion(user_id, job.due_at) is not None) is is_begun

    def test_a_deletion_that_has_begun_may_begin_again(self, ports: Ports) -> None:
        user_id = new_user(ports)
        job = job_of(user_id, JobKind.DELETION)
        ports.accounts.plan_deletion(profile_of(ports, user_id), job, disabled=True)

        begun = [ports.accounts.begin_deletion(user_id, job.due_at) for _ in range(2)]

        assert all(one is not None and one.disabled for one in begun)

    def test_an_erased_user_leaves_no_item(self, ports: Ports) -> None:
        old = new_address()
        user_id = new_user(ports, old)
        move(ports, user_id, new_address())
        confirmed_factor(ports, user_id)
        new_session(ports, user_id, 1)
        begun = ports.accounts.begin_deletion(user_id, None)
        assert begun is not None

        ports.accounts.erase_user(begun, now(), job_of(user_id, JobKind.APPLICATIONS))

        assert not ports.directory.sessions_of(user_id)
        assert not ports.factors.of(user_id)
        assert not ports.accounts.links_of(user_id)
        assert not ports.accounts.is_taken(old, now())

    def test_users_are_listed_by_address(self, ports: Ports) -> None:
        prefix = f"list-{secrets.token_hex(4)}"
        users = [new_user(ports, f"{prefix}-{letter}@example.com") for letter in "cab"]

        first = ports.accounts.list_users("l", prefix, "", 2)
        rest = ports.accounts.list_users("l", prefix, first[-1].email, 2)

        assert [one.user_id for one in (*first, *rest)] == [users[1], users[2], users[0]]
        assert first[0].roles == ("user",)
        assert ports.accounts.list_users("l", f"{prefix}-d", "", 2) == []

    def test_roles_are_changed_only_as_they_were_read(self, ports: Ports) -> None:
        seen = profile_of(ports, new_user(ports))

        assert ports.accounts.set_roles(seen, ("admin", "user"))
        assert not ports.accounts.set_roles(seen, ("emperor",))
        assert profile_of(ports, seen.user_id).roles == ("admin", "user")

    def test_a_counter_is_read_without_counting(self, ports: Ports) -> None:
        one = Consume(f"password:{secrets.token_hex(8)}", 2, 5, now() + 60)
        assert ports.counters.read(one.counter) == (0, 0)
        ports.counters.consume([one], now())

        assert ports.counters.read(one.counter) == (2, one.until)

    def test_links_and_jobs_may_be_written_and_finished_twice(self, ports: Ports) -> None:
        user_id = new_user(ports)
        _, link = links.make(b"pepper", user_id, LinkPurpose.SESSION, "s" * 32, now())
        job = job_of(user_id, JobKind.DELETION)

        for _ in range(2):
            ports.accounts.add_link(link)
            ports.accounts.finish_job(job)

        assert ports.accounts.link(user_id, link.hash) == link
        assert ports.accounts.links_of(user_id) == [link]
        assert ports.accounts.link(user_id, "unknown") is None


def profile_of(ports: Ports, user_id: str) -> Profile:
    profile = ports.directory.profile(user_id)
    assert profile is not None
    return profile


LATER = count(10_000_000)
"""Seconds: no two jobs are due at one time, and no job when other tests run jobs."""


def new_authy_id() -> str:
    return str(secrets.randbelow(10**9))


def job_of(user_id: str, kind: JobKind) -> Job:
    return Job(kind, user_id, now() + next(LATER), now())


def move(
    ports: Ports,
    user_id: str,
    address: str,
    challenge: Challenge | None = None,
    made_at: int | None = None,
    job: Job | None = None,
) -> Link:
    """Change a user's address; return the link that takes it back."""
    profile, since = profile_of(ports, user_id), made_at or now()
    _, link = links.make(b"pepper", user_id, LinkPurpose.ADDRESS, profile.email, since)
    given = challenge or new_challenge(ports, user_id, purpose=Purpose.ADDRESS, amr=())
    ports.accounts.change_address(profile, address, given, link, job or job_of(user_id, JobKind.ADDRESS))
    return link


class TestFactors:
    """Factors, their confirmation and removal, links of Authy users, recovery codes."""

    def test_the_first_factor_keeps_the_session_that_confirms_it_and_no_other(self, ports: Ports) -> None:
        user_id = new_user(ports)
        other, own = new_session(ports, user_id), new_session(ports, user_id)
        factor, profile = new_factor(ports, user_id), ports.directory.profile(user_id)
        assert profile is not None

        ports.factors.confirm(factor, replace(factor, confirmed=True, expires_at=0), Use(), profile, own.id)

        assert ports.directory.live_session(user_id, other.id) is None
        live = ports.directory.live_session(user_id, own.id)
        assert live is not None
        assert (live[0].second_factors, live[0].epoch, live[1].epoch) == (1, 1, 1)
        assert [one.confirmed for one in ports.factors.of(user_id)] == [True]

    def test_a_factor_is_confirmed_once_whoever_is_faster(self, ports: Ports) -> None:
        user_id = new_user(ports)
        session, factor = new_session(ports, user_id), new_factor(ports, user_id)
        profile, confirmed = ports.directory.profile(user_id), replace(factor, confirmed=True, expires_at=0)
        assert profile is not None

        def confirm() -> None:
            ports.factors.confirm(factor, confirmed, Use(), profile, session.id)

        assert winners(confirm, WrongCode, Contended) == 1

    def test_a_confirmed_factor_is_not_added_again(self, ports: Ports) -> None:
        user_id = new_user(ports)
        new_factor(ports, user_id)
        new_factor(ports, user_id)
        factor = confirmed_factor(ports, user_id)

        with pytest.raises(FactorExists):
            ports.factors.add(replace(factor, confirmed=False))
        with pytest.raises(NoSuchFactor):
            ports.factors.save_started(factor, {"x": "y"}, is_sent=False)

    def test_tries_of_an_enrolment_are_counted_and_begin_anew_with_a_new_code(self, ports: Ports) -> None:
        user_id = new_user(ports)
        factor = new_factor(ports, user_id)

        for _ in range(5):
            ports.factors.try_confirming(user_id, factor.id, now(), is_poll=False)
        with pytest.raises(WrongCode):
            ports.factors.try_confirming(user_id, factor.id, now(), is_poll=False)
        ports.factors.try_confirming(user_id, factor.id, now(), is_poll=True)

        ports.factors.save_started(factor, {"sid": "1"}, is_sent=True)
        again = ports.factors.try_confirming(user_id, factor.id, now(), is_poll=False)
        assert again.started == {"sid": "1"}
        with pytest.raises(WrongCode):
            ports.factors.try_confirming(user_id, factor.id, now() + 601, is_poll=False)

    def test_the_last_factor_takes_the_recovery_codes_along(self, ports: Ports) -> None:
        user_id = new_user(ports)
        factor = confirmed_factor(ports, user_id)
        profile = ports.directory.profile(user_id)
        assert profile is not None
        ports.factors.replace_recovery_codes(profile, [b"one", b"two"], now())
        (codes,) = [one for one in ports.factors.of(user_id) if one.kind == kinds.RECOVERY]
        assert (codes.codes, codes.counter, codes.hint) == (frozenset({b"one", b"two"}), 2, "2 left")

        with pytest.raises(Contended):
            ports.factors.remove(factor, replace(profile, epoch=profile.epoch + 1))
        ports.factors.remove(factor, profile)

        assert ports.factors.of(user_id) == []
        after = ports.directory.profile(user_id)
        assert after is not None
        assert after.second_factors == 0
        with pytest.raises(NoSuchFactor):
            ports.factors.replace_recovery_codes(after, [b"one"], now())

    def test_an_authy_user_has_links_until_the_last_account_goes(self, ports: Ports) -> None:
        ada, bob, authy_id = "ada", "bob", new_authy_id()

        assert ports.factors.link(ada, authy_id).others == frozenset()
        assert ports.factors.link(bob, authy_id, proves=True).others == {ada}
        assert ports.factors.link(ada, authy_id).proven_by_others == {bob}
        with pytest.raises(Contended):
            ports.factors.link(ada, authy_id, exports=True)
        assert ports.factors.link(bob, authy_id, exports=True).exported_by == bob

        assert not ports.factors.unlink(bob, authy_id)
        assert ports.factors.unlink(ada, authy_id)

    def test_an_authy_user_is_bound_to_the_factor_as_it_was_read(self, ports: Ports) -> None:
        user_id, authy_id = new_user(ports), new_authy_id()
        factor = new_factor(ports, user_id)

        bound = ports.factors.bind(factor, b"with id", authy_id, None)

        assert ports.factors.of(user_id)[0].encrypted == bound.encrypted == b"with id"
        assert ports.factors.link("other", authy_id).others == {user_id}
        with pytest.raises(Contended):
            ports.factors.bind(factor, b"late", authy_id, None)


class TestChallenges:
    """Open sign-ins, step-ups and resets."""

    def test_a_challenge_has_five_tries_and_an_end(self, ports: Ports) -> None:
        challenge = new_challenge(ports, new_user(ports))
        late = new_challenge(ports, "nobody", expires_at=now() - 1)

        for _ in range(challenges.MAX_TRIES):
            assert ports.challenges.attempt(challenge.id_hash, now()) == challenge
        for id_hash in (challenge.id_hash, late.id_hash, "unknown"):
            with pytest.raises(WrongCode):
                ports.challenges.attempt(id_hash, now())
        assert ports.challenges.poll(challenge.id_hash, now()) == challenge

    def test_a_first_factor_is_accepted_once_and_gives_new_tries(self, ports: Ports) -> None:
        challenge = new_challenge(ports, new_user(ports), amr=(), started={"email": {"code_hash": "x"}})
        for _ in range(challenges.MAX_TRIES):
            ports.challenges.attempt(challenge.id_hash, now())

        assert winners(lambda: ports.challenges.accept_first_factor(challenge, ("otp",)), WrongCode, Contended) == 1

        again = ports.challenges.attempt(challenge.id_hash, now())
        assert (again.amr, dict(again.started)) == (("otp",), {})
        with pytest.raises(WrongCode):
            ports.challenges.save_started(challenge, "totp", {"a": "b"})
        ports.challenges.save_started(again, "totp", {"a": "b"})
        assert ports.challenges.poll(challenge.id_hash, now()).started == {"totp": {"a": "b"}}

    def test_one_proof_starts_one_session(self, ports: Ports) -> None:
        user_id = new_user(ports)
        factor = confirmed_factor(ports, user_id)
        challenge = new_challenge(ports, user_id, epoch=1)

        def sign_in() -> None:
            session = started(user_id, ("pwd", "otp", "mfa"), epoch=1).session
            ports.challenges.sign_in(challenge, factor, Use(counter=2), session)

        assert winners(sign_in, WrongCode, Contended) == 1
        assert next(one.counter for one in ports.factors.of(user_id) if one.id == factor.id) == 2

    @pytest.mark.parametrize("use", [Use(spent="9999999999:digest"), Use(counter=5), Use()])
    def test_a_proof_serves_one_challenge(self, ports: Ports, use: Use) -> None:
        """A use of nothing serves several; the challenge is what is used up."""
        user_id = new_user(ports)
        factor = confirmed_factor(ports, user_id)
        first, second = (new_challenge(ports, user_id, epoch=1) for _ in range(2))
        session = started(user_id, epoch=1).session
        ports.challenges.sign_in(first, factor, use, session)

        other = replace(session, id=secrets.token_hex(16))
        if use == Use():
            ports.challenges.sign_in(second, factor, use, other)
        else:
            with pytest.raises(WrongCode):
                ports.challenges.sign_in(second, factor, use, other)
        assert (ports.directory.live_session(user_id, other.id) is not None) == (use == Use())

    def test_a_recovery_code_is_used_once(self, ports: Ports) -> None:
        user_id = new_user(ports)
        confirmed_factor(ports, user_id)
        profile = ports.directory.profile(user_id)
        assert profile is not None
        ports.factors.replace_recovery_codes(profile, [b"one", b"two"], now())
        codes = next(one for one in ports.factors.of(user_id) if one.kind == kinds.RECOVERY)

        def sign_in() -> None:
            challenge = new_challenge(ports, user_id, epoch=1)
            session = started(user_id, epoch=1).session
            ports.challenges.sign_in(challenge, codes, Use(code_hash=b"one"), session)

        assert winners(sign_in, WrongCode, Contended) == 1
        left = next(one for one in ports.factors.of(user_id) if one.kind == kinds.RECOVERY)
        assert left.codes == frozenset({b"two"})

    def test_a_step_up_needs_its_session(self, ports: Ports) -> None:
        user_id = new_user(ports)
        factor = confirmed_factor(ports, user_id)
        session = new_session(ports, user_id, 1)
        challenge = new_challenge(ports, user_id, purpose=Purpose.STEP_UP, session_id=session.id, epoch=1)
        stronger = replace(session, amr=("pwd", "otp", "mfa"), authenticated_at=now() + 9)

        with pytest.raises(WrongCode):
            ports.challenges.step_up(challenge, factor, Use(counter=2), replace(stronger, id="0" * 32))
        ports.challenges.step_up(challenge, factor, Use(counter=2), stronger)

        live = ports.directory.live_session(user_id, session.id)
        assert live is not None
        assert live[1] == stronger

    def test_a_reset_sets_the_password_and_invalidates_everything(self, ports: Ports) -> None:
        user_id = new_user(ports)
        session = started(user_id).session
        ports.directory.start_session(session, KnownPlaces(user_id, {"c" * 32: 1}))
        challenge = new_challenge(ports, user_id, purpose=Purpose.RESET)
        late = new_challenge(ports, user_id, purpose=Purpose.RESET)

        ports.challenges.reset(challenge, None, Use(), b"new")

        account, credential = ports.directory.account_and_credential(user_id)
        assert (credential.password, account.places.seen) == (b"new", {})
        assert ports.directory.live_session(user_id, session.id) is None
        with pytest.raises(WrongCode):
            ports.challenges.reset(late, None, Use(), b"newer")


class TestCounters:
    """Counters and cooldowns."""

    def test_all_are_consumed_or_none(self, ports: Ports) -> None:
        wide, narrow = (Consume(f"sent:{secrets.token_hex(8)}", 1, most, now() + 60) for most in (5, 1))
        ports.counters.consume([wide, narrow], now())

        with pytest.raises(TooMany) as full:
            ports.counters.consume([wide, narrow], now())

        assert full.value.counters == {narrow.counter}
        assert 0 < (full.value.retry_after_seconds or 0) <= 60
        assert ports.counters.count(replace(wide, amount=0)) == 1

    def test_parallel_consumption_never_exceeds_the_limit(self, ports: Ports) -> None:
        one = Consume(f"codes:{secrets.token_hex(8)}", 1, 2, now() + 60)

        assert winners(lambda: ports.counters.consume([one], now()), TooMany, Contended) == 2

    def test_what_is_refunded_can_be_consumed_again(self, ports: Ports) -> None:
        both = [Consume(f"codes:{secrets.token_hex(8)}", 1, 1, now() + 60) for _ in range(2)]
        ports.counters.consume(both, now())

        ports.counters.refund(both)
        ports.counters.refund(both)

        ports.counters.consume(both, now())
        ports.counters.reset(both[0].counter)
        ports.counters.consume(both[:1], now())

    def test_more_than_the_limit_fits_into_no_counter(self, ports: Ports) -> None:
        with pytest.raises(TooMany):
            ports.counters.consume([Consume(f"sent:{secrets.token_hex(8)}", 9, 8, now() + 60)], now())

    def test_a_cooldown_doubles_and_ends_with_a_right_code(self, ports: Ports) -> None:
        cooldown = Cooldown(f"sent:wait:{secrets.token_hex(8)}", 30)
        one = [Consume(f"sent:{secrets.token_hex(8)}", 1, 100, now() + 60)]
        start = now()
        ports.counters.consume(one, start, cooldown)

        for at, left in ((start + 10, 20), (start + 29, 1)):
            with pytest.raises(TooMany) as early:
                ports.counters.consume(one, at, cooldown)
            assert early.value.retry_after_seconds == left
        ports.counters.consume(one, start + 30, cooldown)
        with pytest.raises(TooMany) as early:
            ports.counters.consume(one, start + 31, cooldown)
        assert early.value.retry_after_seconds == 59

        ports.counters.reset_cooldown(cooldown)
        ports.counters.consume(one, start + 31, cooldown)


class TestCiphers:
    """Secrets are bound to their owners."""

    def test_a_password_hash_is_decrypted_for_its_user_alone(self, ports: Ports) -> None:
        encrypted = ports.password_cipher.encrypt("phc", "ada")

        assert ports.password_cipher.decrypt(encrypted, "ada") == "phc"
        with pytest.raises(Undecryptable):
            ports.password_cipher.decrypt(encrypted, "bob")

    def test_a_factors_secret_is_decrypted_for_that_factor_alone(self, ports: Ports) -> None:
        factor = new_factor(ports, new_user(ports))

        assert ports.factor_cipher.decrypt(factor) == {"secret": "s"}
        for other in (replace(factor, id="passkey"), replace(factor, user_id="0" * 32)):
            with pytest.raises(Undecryptable):
                ports.factor_cipher.decrypt(other)
