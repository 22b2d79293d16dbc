"""handlers.core.accounts.address_change, links and undo"""

import re
from collections.abc import Callable

import pytest

from contract.events import AddressChanged, AddressChangeUndone, SessionEnded
from handlers.core.accounts import address_change, job_runner, undo
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.sessions.caller import Caller
from handlers.errors import (
    BadRequest,
    InvalidChallenge,
    MailUnavailable,
    NoSuchFactor,
    StepUpRequired,
    UserExists,
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
    world.services.data.jobs[0, JobKind.ADDRESS, broken.user_id] = broken
    monkeypatch.setattr(world.services.mails, "send", _fails_for("a@example.com", world.services.mails.send))

    errors = run_jobs(world)

    assert [type(error) for error in errors] == [MailUnavailable, type(None)]
    assert list(world.services.data.jobs.values()) == [broken]


def _fails_for(address: str, send: Callable[..., None]) -> Callable[..., None]:
    def sending(to: str, subject: str, text: str) -> None:
        if to == address:
            raise MailUnavailable
        send(to, subject, text)

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
