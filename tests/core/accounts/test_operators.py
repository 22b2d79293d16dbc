"""handlers.core.accounts.operators: what operators do to users."""

from dataclasses import replace

import pytest

from contract.events import RolesChanged, UserDeleted, UserViewed
from handlers.core.accounts import deletion, operators
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.limits.places import Place
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.errors import (
    Contended,
    InvalidCredentials,
    NoSuchRole,
    NoSuchUser,
    NotificationFailed,
    ProviderUnavailable,
)
from tests.core.conftest import ADDRESS, PASSWORD, World


def signs_in(world: World) -> bool:
    try:
        return isinstance(sign_in.sign_in(world.services, ADDRESS, PASSWORD, Place("192.0.2.50")), SignedIn)
    except InvalidCredentials:
        return False


def test_a_disabled_user_is_out_until_enabled(world: World) -> None:
    caller = world.session()

    operators.disable(world.services, ADDRESS.upper())
    assert world.services.directory.live_session(caller.user_id, caller.session_id) is None
    assert not signs_in(world)

    operators.enable(world.services, ADDRESS)
    assert signs_in(world)


def test_unlock_resets_wrong_passwords_in_a_row(world: World) -> None:
    for number in range(100):
        with pytest.raises(InvalidCredentials):
            sign_in.sign_in(world.services, ADDRESS, "wrong", Place(f"198.51.{number}.1"))
    assert not signs_in(world)

    operators.unlock(world.services, ADDRESS)

    assert signs_in(world)


def test_factors_are_removed_with_recovery_codes_and_the_user_is_told(world: World) -> None:
    world.add_totp()
    world.services.factors.replace_recovery_codes(world.profile, [b"one"], world.services.clock)

    operators.remove_factors(world.services, ADDRESS)

    assert world.services.factors.of(world.user_id) == []
    assert world.services.data.sessions == {}
    assert world.services.mails.subjects(ADDRESS)[-1] == "Your second factors"
    assert signs_in(world)


def test_a_removal_does_not_depend_on_mail(world: World) -> None:
    world.add_totp()
    world.services.mails.is_broken = True

    with pytest.raises(NotificationFailed):
        operators.remove_factors(world.services, ADDRESS)
    assert signs_in(world)


def test_a_deleted_user_leaves_nothing(world: World) -> None:
    world.add_totp()
    world.session()

    operators.delete(world.services, ADDRESS)

    assert world.services.directory.owner_of(ADDRESS) is None
    assert world.services.factors.of(world.user_id) == []
    assert world.services.data.sessions == {}


def test_a_deletion_beside_the_job_that_its_event_starts_is_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    erase = world.services.applications.erase

    def race(user_id: str) -> None:
        monkeypatch.setattr(world.services.applications, "erase", erase)
        (job,) = world.services.accounts.due_jobs(world.services.clock)
        deletion.carry_out(world.services, job)
        erase(user_id)

    monkeypatch.setattr(world.services.applications, "erase", race)

    operators.delete(world.services, ADDRESS)

    assert world.services.directory.owner_of(ADDRESS) is None
    assert world.services.events.of(world.user_id).count(UserDeleted()) == 1
    assert [job.kind for job in world.services.accounts.due_jobs(world.services.clock + 86400)] == [
        JobKind.APPLICATIONS
    ]


def test_a_deletion_that_fails_is_left_to_its_job(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise ProviderUnavailable

    monkeypatch.setattr(world.services.applications, "erase", fail)
    with pytest.raises(ProviderUnavailable):
        operators.delete(world.services, ADDRESS)

    (job,) = world.services.accounts.due_jobs(world.services.clock)
    assert (job.kind, job.user_id) == (JobKind.DELETION, world.user_id)
    assert not signs_in(world)


def test_roles_are_given_and_taken(world: World) -> None:
    world.services.issuer = replace(world.services.issuer, roles={"user": (), "admin": ("admin",)})

    assert operators.change_roles(world.services, ADDRESS, ["admin"], ["user"]) == ("admin",)
    assert operators.change_roles(world.services, ADDRESS, ["admin"], []) == ("admin",)

    assert world.profile.roles == ("admin",)
    assert world.services.events.of(world.user_id) == [RolesChanged(["admin"]), UserViewed()]
    with pytest.raises(NoSuchRole, match="no role emperor; it has: admin, user"):
        operators.change_roles(world.services, ADDRESS, ["emperor"], [])


def test_a_user_whose_deletion_has_begun_is_not_enabled(world: World) -> None:
    now = world.services.clock
    world.services.accounts.plan_deletion(world.profile, Job(JobKind.DELETION, world.user_id, now, now), disabled=True)
    world.services.accounts.begin_deletion(world.user_id, now)

    with pytest.raises(Contended):
        operators.enable(world.services, ADDRESS)
    assert world.profile.disabled


def test_all_sessions_of_a_user_are_ended(world: World) -> None:
    world.session()

    operators.end_sessions(world.services, ADDRESS)

    assert world.services.data.sessions == {}


def test_what_closes_an_account_is_shown(world: World) -> None:
    world.add_totp()
    for number in range(3):
        with pytest.raises(InvalidCredentials):
            sign_in.sign_in(world.services, ADDRESS, "wrong", Place(f"198.51.{number}.1"))

    shown = operators.show(world.services, ADDRESS)

    (failures,) = shown.failures
    assert (failures.what, failures.count, failures.most) == ("wrong passwords in a row from unknown places", 3, 100)
    assert [one.kind for one in shown.factors] == ["totp"]
    assert len(shown.sessions) == 1


@pytest.mark.parametrize(
    "act",
    [
        operators.disable,
        operators.enable,
        operators.unlock,
        operators.remove_factors,
        operators.delete,
        operators.show,
        operators.end_sessions,
    ],
)
def test_an_unknown_address_is_said(world: World, act: object) -> None:
    assert callable(act)
    with pytest.raises(NoSuchUser):
        act(world.services, "nobody@example.com")
