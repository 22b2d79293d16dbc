"""handlers.core.accounts.export"""

import pytest

from contract.events import DataExported
from handlers.core.accounts import export
from handlers.core.sessions import sign_in
from handlers.errors import InvalidGrant, StepUpRequired
from tests.core.conftest import ADDRESS, PASSWORD, World


def test_everything_stored_is_there(world: World) -> None:
    sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place)
    world.services.applications.notes[world.user_id] = ["a note"]

    data = export.export(world.services, world.session())

    assert data.profile.email == ADDRESS
    assert len(data.sessions) == 2
    assert len(data.places.seen) == 2
    assert data.applications == {"notes": ["a note"]}
    assert world.services.events.of(world.user_id)[-1] == DataExported()


def test_factors_are_listed_without_recovery_codes(world: World) -> None:
    world.add_totp()
    world.services.factors.replace_recovery_codes(world.profile, [b"one", b"two"], world.services.clock)

    data = export.export(world.services, world.session("pwd", "otp", "mfa"))

    assert ([one.kind for one in data.factors], data.recovery_codes_left) == (["totp"], 2)


def test_a_weak_or_an_ended_session_exports_nothing(world: World) -> None:
    world.add_totp()
    caller = world.session("pwd")

    with pytest.raises(StepUpRequired):
        export.export(world.services, caller)
    world.services.directory.end_all_sessions(world.user_id)
    with pytest.raises(InvalidGrant):
        export.export(world.services, caller)
