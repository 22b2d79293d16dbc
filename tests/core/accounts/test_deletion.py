"""handlers.core.accounts.deletion and job_runner"""

import pytest

from contract.events import DeletionCancelled, UserDeleted
from contract.limits import DeletionPolicy
from handlers.core.accounts import deletion, job_runner, operators
from handlers.core.mfa.factor_type import Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.errors import InvalidCredentials, StepUpRequired
from tests.core.conftest import ADDRESS, PASSWORD, World

DAY = 86400


def signs_in(world: World) -> bool:
    try:
        return isinstance(sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place), SignedIn)
    except InvalidCredentials:
        return False


def run_jobs(world: World) -> list[Exception | None]:
    errors: list[Exception | None] = []
    job_runner.run(world.services, lambda _, error: errors.append(error))
    return errors


def test_after_the_grace_nothing_is_left_but_a_tombstone(world: World) -> None:
    world.add_totp()
    world.services.applications.notes[world.user_id] = ["a note"]
    assert world.services.pool is not None
    world.services.pool.addresses.add(ADDRESS)
    caller = world.session("pwd", "otp", "mfa")

    requested = deletion.request(world.services, caller)
    world.services.clock = requested.delete_at
    assert run_jobs(world) == [None]

    data = world.services.data
    assert requested.delete_at == 1_800_000_000 + 7 * DAY
    assert world.user_id not in data.profiles
    assert not [key for key in (*data.sessions, *data.factors) if key[0] == world.user_id]
    assert world.services.applications.notes == {}
    assert world.services.pool.addresses == set()
    assert data.tombstones == {world.user_id: world.services.clock}
    assert world.services.events.of(world.user_id)[-1] == UserDeleted()
    assert run_jobs(world) == []


def test_what_a_token_of_the_last_moment_has_written_is_deleted_too(world: World) -> None:
    """Tokens work for up to `revocationSeconds` after the user is gone."""
    profile = world.services.accounts.begin_deletion(world.user_id, None)
    assert profile is not None
    deletion.erase(world.services, profile)
    world.services.applications.notes[world.user_id] = ["a late note"]

    assert run_jobs(world) == []
    world.services.clock += deletion.TOKENS_WORK_SECONDS
    assert run_jobs(world) == [None]

    assert world.services.applications.notes == {}
    assert world.services.data.jobs == {}


def test_the_request_ends_all_sessions_and_tells_the_owner(world: World) -> None:
    caller = world.session()

    deletion.request(world.services, caller)

    assert world.services.directory.live_session(caller.user_id, caller.session_id) is None
    assert "If you sign in before, nothing is deleted." in world.services.mails.sent[-1][2]


def test_a_sign_in_within_the_grace_takes_it_back(world: World) -> None:
    due_at = deletion.request(world.services, world.session()).delete_at

    assert signs_in(world)

    world.services.clock = due_at
    assert run_jobs(world) == []
    assert world.profile.delete_at == 0
    assert DeletionCancelled() in world.services.events.of(world.user_id)


def test_the_password_alone_takes_nothing_back_from_a_user_with_a_second_factor(world: World) -> None:
    app = world.add_totp()
    deletion.request(world.services, world.session("pwd", "otp", "mfa"))

    required = sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place)
    assert isinstance(required, MfaRequired)
    assert world.profile.delete_at != 0
    proof = Proof(world.code(app, later=1))
    world.services.clock += 30
    assert isinstance(sign_in.verify(world.services, required.challenge_id, "totp", proof, world.place), SignedIn)
    assert world.profile.delete_at == 0


def test_where_a_sign_in_cancels_nothing_it_is_refused(world: World) -> None:
    world.services.deletion = DeletionPolicy(sign_in_cancels=False)

    deletion.request(world.services, world.session())

    assert not signs_in(world)
    assert "write to whoever runs this service" in world.services.mails.sent[-1][2]
    operators.enable(world.services, ADDRESS)
    assert signs_in(world)
    assert world.services.data.jobs == {}


def test_a_deletion_that_has_begun_is_not_taken_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    due_at = deletion.request(world.services, world.session()).delete_at
    world.services.clock = due_at
    with monkeypatch.context() as patch:
        patch.setattr(world.services.applications, "erase", _fails)
        (error,) = run_jobs(world)
    assert isinstance(error, OSError)

    assert not signs_in(world)
    assert run_jobs(world) == [None]
    assert world.user_id not in world.services.data.profiles


def test_a_grace_of_no_days_deletes_with_the_next_run(world: World) -> None:
    world.services.deletion = DeletionPolicy(grace_days=0)

    deletion.request(world.services, world.session())

    assert run_jobs(world) == [None]
    assert world.user_id not in world.services.data.profiles


def test_a_user_with_a_second_factor_needs_it(world: World) -> None:
    world.add_totp()

    with pytest.raises(StepUpRequired):
        deletion.request(world.services, world.session("pwd"))


def _fails(_: str) -> None:
    raise OSError("the application is down")
