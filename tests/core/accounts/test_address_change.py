"""handlers.core.accounts.address_change, links and undo"""

import re
from collections.abc import Callable

import pytest

from contract.events import AddressChanged, AddressChangeUndone, SessionEnded
from handlers.core.accounts import address_change, deletion, job_runner, mailed_codes, undo
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.mails.letter import Mail
from handlers.core.mfa.factor_type import Proof
from handlers.core.sessions import sign_in
from handlers.core.sessions.caller import Caller
from handlers.errors import (
    BadRequest,
    InvalidChallenge,
    MailUnavailable,
    NoSuchFactor,
    StepUpRequired,
    UserExists,
    WrongCode,
)
from tests.core.conftest import ADDRESS, World

NEW = "countess@example.com"
DAY = 86400


def begin(world: World, caller: Caller, address: str = NEW) -> str:
    return address_change.start(world.services, caller, address, world.place).challenge_id


def change(world: World, address: str = NEW) -> Caller:
    caller = world.session()
    challenge_id = begin(world, caller, address)
    address_change.confirm(world.services, caller, challenge_id, world.services.mails.code(address))
    return caller


def run_jobs(world: World) -> list[Exception | None]:
    errors: list[Exception | None] = []
    job_runner.run(world.services, lambda _, error: errors.append(error))
    return errors


def link_mailed_to(world: World, address: str) -> str:
    text = next(text for to, _, text in reversed(world.services.mails.sent) if to == address and "/undo#" in text)
    found = re.search(r"/undo#(\S+)", text)
    assert found
    return found.group(1)


def owner(world: World, address: str) -> str | None:
    return world.services.directory.owner_of(address)


def test_the_mailed_code_switches_and_both_addresses_are_told(world: World) -> None:
    assert world.services.pool is not None
    world.services.pool.addresses.add(ADDRESS)
    caller = change(world)

    assert run_jobs(world) == [None]

    assert (owner(world, ADDRESS), owner(world, NEW)) == (None, world.user_id)
    assert world.profile.email == NEW
    assert world.services.directory.live_session(caller.user_id, caller.session_id) is not None
    assert world.services.mails.subjects(NEW) == ["Your code", "Your address was changed"]
    assert world.services.mails.subjects(ADDRESS) == ["Your address was changed"]
    assert world.services.pool.addresses == {NEW}
    assert AddressChanged() in world.services.events.of(world.user_id)
    assert run_jobs(world) == []


def test_a_code_that_was_mailed_to_the_old_address_opens_nothing_after_the_change(world: World) -> None:
    """Whoever reads the old mailbox may have asked for it just before."""
    begun = mailed_codes.start_sign_in(world.services, ADDRESS, world.place)
    proof = Proof(world.services.mails.code(ADDRESS))
    change(world)

    with pytest.raises(WrongCode):
        sign_in.verify(world.services, begun.challenge_id, "email", proof, world.place)


def test_before_the_code_nothing_changes(world: World) -> None:
    caller = world.session()
    challenge_id = begin(world, caller)

    with pytest.raises(InvalidChallenge):
        address_change.confirm(world.services, caller, challenge_id, "00000000")

    assert world.profile.email == ADDRESS


def test_another_session_cannot_use_the_code(world: World) -> None:
    challenge_id = begin(world, world.session())

    with pytest.raises(InvalidChallenge):
        address_change.confirm(world.services, world.session(), challenge_id, world.services.mails.code(NEW))


def test_a_taken_address_is_answered_alike_and_its_owner_is_told(world: World) -> None:
    world.services.add_user(NEW)
    caller = world.session()

    assert begin(world, caller)

    assert world.services.mails.subjects(NEW) == ["You have an account already"]


def test_an_address_that_is_taken_meanwhile_stays_its_owners(world: World) -> None:
    caller = world.session()
    challenge_id = begin(world, caller)
    other = world.services.add_user(NEW)

    with pytest.raises(UserExists):
        address_change.confirm(world.services, caller, challenge_id, world.services.mails.code(NEW))

    assert (owner(world, NEW), world.profile.email) == (other.user_id, ADDRESS)


def test_the_old_address_is_reserved_for_seven_days(world: World) -> None:
    change(world)

    assert world.services.accounts.is_taken(ADDRESS, world.services.clock)
    with pytest.raises(UserExists):
        world.services.add_user(ADDRESS)
    world.services.clock += 7 * DAY
    assert not world.services.accounts.is_taken(ADDRESS, world.services.clock)
    assert world.services.add_user(ADDRESS)


def test_the_link_takes_the_address_back_and_ends_all_sessions(world: World) -> None:
    caller = change(world)
    run_jobs(world)
    token = link_mailed_to(world, ADDRESS)
    world.services.clock += 100

    for _ in range(2):
        undo.follow(world.services, token)
    run_jobs(world)

    assert (owner(world, ADDRESS), owner(world, NEW)) == (world.user_id, None)
    assert world.services.directory.live_session(caller.user_id, caller.session_id) is None
    assert world.services.events.of(world.user_id)[-2:] == [AddressChangeUndone(), SessionEnded("ended_from_mail")]
    assert world.services.mails.sent[-1][0] == ADDRESS


def test_a_thief_cannot_undo_the_undo(world: World) -> None:
    """The thief changed the address twice, and has the link that was mailed to the first of them."""
    change(world, "thief@example.com")
    run_jobs(world)
    world.services.clock += 10
    change(world, "thief2@example.com")
    run_jobs(world)
    world.services.clock += 10

    undo.follow(world.services, link_mailed_to(world, ADDRESS))
    world.services.clock += 10

    with pytest.raises(InvalidChallenge):
        undo.follow(world.services, link_mailed_to(world, "thief@example.com"))
    assert world.profile.email == ADDRESS


def test_a_thief_cannot_void_the_link_of_the_owner(world: World) -> None:
    """The thief takes the second of two changes back, with the link that was mailed to the first new address."""
    for address in ("thief@example.com", "thief2@example.com"):
        change(world, address)
        run_jobs(world)
        world.services.clock += 10
    undo.follow(world.services, link_mailed_to(world, "thief@example.com"))
    world.services.clock += 10

    undo.follow(world.services, link_mailed_to(world, ADDRESS))

    assert world.profile.email == ADDRESS


def test_the_link_takes_a_planned_deletion_back_too(world: World) -> None:
    """The thief has asked for it; that mail went to the new address."""
    caller = change(world)
    run_jobs(world)
    deletion.request(world.services, caller)
    world.services.clock += 10

    undo.follow(world.services, link_mailed_to(world, ADDRESS))
    world.services.clock += 8 * DAY

    assert run_jobs(world) == [None]
    assert world.profile.email == ADDRESS


def test_a_pool_that_fails_holds_up_no_mail_and_no_mail_is_sent_twice(world: World) -> None:
    assert world.services.pool is not None
    world.services.pool.addresses.add(ADDRESS)
    world.services.pool.failure = RuntimeError("the pool")
    change(world)

    errors = [run_jobs(world) for _ in range(2)]
    world.services.pool.failure = None
    errors.append(run_jobs(world))

    assert [type(error) for (error,) in errors] == [RuntimeError, RuntimeError, type(None)]
    told = [to for to, subject, _ in world.services.mails.sent if subject == "Your address was changed"]
    assert told == [ADDRESS, NEW]
    assert world.services.pool.addresses == {NEW}


def test_a_mail_that_fails_does_not_hold_up_the_pool(world: World) -> None:
    assert world.services.pool is not None
    world.services.pool.addresses.add(ADDRESS)
    change(world)
    world.services.mails.is_broken = True

    run_jobs(world)

    assert world.services.pool.addresses == {NEW}


def test_an_undone_change_ends_the_access_to_the_pool(world: World) -> None:
    """Whoever has read the new mailbox may have set a password there."""
    assert world.services.pool is not None
    world.services.pool.addresses.add(ADDRESS)
    change(world)
    run_jobs(world)
    assert world.services.pool.ended == []
    world.services.clock += 10

    undo.follow(world.services, link_mailed_to(world, ADDRESS))
    run_jobs(world)

    assert (world.services.pool.addresses, world.services.pool.ended) == ({ADDRESS}, [ADDRESS])


def test_a_job_about_an_address_of_somebody_else_leaves_the_pool_alone(world: World) -> None:
    assert world.services.pool is not None
    world.services.pool.addresses.add(ADDRESS)
    made_up = Job(JobKind.ADDRESS, "u" * 32, 0, 0, old_address=ADDRESS, new_address="thief@example.com")
    world.services.data.jobs[0, JobKind.ADDRESS, made_up.user_id, False] = made_up

    run_jobs(world)

    assert world.services.pool.addresses == {ADDRESS}


def test_many_jobs_that_fail_hold_up_no_mail(world: World) -> None:
    assert world.services.pool is not None
    for number in range(200):
        user = world.services.add_user(f"a{number}@example.com", delete_at=1)
        world.services.data.jobs[1, JobKind.DELETION, user.user_id, False] = Job(JobKind.DELETION, user.user_id, 1, 0)
    world.services.pool.failure = RuntimeError("the pool")
    change(world)

    run_jobs(world)

    assert link_mailed_to(world, ADDRESS)


@pytest.mark.parametrize("later", [0, 7 * DAY])
def test_links_that_are_made_up_or_old_do_nothing(world: World, later: int) -> None:
    change(world)
    run_jobs(world)
    token = link_mailed_to(world, ADDRESS)
    world.services.clock += later

    with pytest.raises(InvalidChallenge):
        undo.follow(world.services, token if later else token[:-1] + "AB"[token.endswith("A")])
    assert world.profile.email == NEW


def test_a_mail_that_cannot_be_sent_is_sent_by_the_next_run_with_the_same_link(world: World) -> None:
    change(world)
    world.services.mails.is_broken = True
    (error,) = run_jobs(world)
    assert isinstance(error, MailUnavailable)
    world.services.mails.is_broken = False
    world.services.clock += 900

    assert run_jobs(world) == [None]
    undo.follow(world.services, link_mailed_to(world, ADDRESS))

    assert world.profile.email == ADDRESS


def test_one_job_that_fails_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(world)
    broken = Job(JobKind.ADDRESS, "u" * 32, 0, 0, old_address="a@example.com", new_address="b@example.com")
    world.services.data.jobs[0, JobKind.ADDRESS, broken.user_id, False] = broken
    monkeypatch.setattr(world.services.mails, "send", _fails_for("a@example.com", world.services.mails.send))

    errors = run_jobs(world)

    assert {type(error) for error in errors} == {MailUnavailable, type(None)}
    assert list(world.services.data.jobs.values()) == [broken]


def _fails_for(address: str, send: Callable[..., None]) -> Callable[..., None]:
    def sending(to: str, mail: Mail) -> None:
        if to == address:
            raise MailUnavailable
        send(to, mail)

    return sending


def test_the_same_address_is_no_change(world: World) -> None:
    with pytest.raises(BadRequest):
        begin(world, world.session(), ADDRESS.upper())


def test_a_user_with_a_second_factor_needs_it(world: World) -> None:
    world.add_totp()

    with pytest.raises(StepUpRequired):
        begin(world, world.session("pwd"))


def test_a_stack_without_mail_changes_no_address(world: World) -> None:
    world.services.mailer = None

    with pytest.raises(NoSuchFactor):
        begin(world, world.session())
