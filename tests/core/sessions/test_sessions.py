"""handlers.core.sessions.sessions and issue"""

import jwt

from handlers.core.sessions import sessions
from handlers.core.sessions.issue import issue
from tests.support.in_memory import NOW, MemoryServices


def test_a_session_ends_thirty_days_after_its_sign_in(services: MemoryServices) -> None:
    started = sessions.start("ada", ("pwd",), NOW, services.random, epoch=3)

    assert started.session.expires_at == NOW + 30 * 86400
    assert (started.session.epoch, started.session.scope) == (3, None)
    assert len(started.refresh_token.split(".")[2]) == 64


def test_a_step_up_changes_no_lifetime(services: MemoryServices) -> None:
    session = sessions.start("ada", ("pwd",), NOW, services.random).session

    stronger = sessions.step_up(session, ("pwd", "otp", "mfa"), NOW + 100)

    assert (stronger.authenticated_at, stronger.expires_at) == (NOW + 100, session.expires_at)


def test_an_access_token_lives_no_longer_than_its_session(services: MemoryServices) -> None:
    started = sessions.start("ada", ("pwd",), NOW - 30 * 86400 + 60, services.random)

    signed_in = issue(services, started, NOW)

    claims = jwt.decode(signed_in.access.token, options={"verify_signature": False})
    assert (claims["exp"], signed_in.access.expires_in) == (NOW + 60, 60)
    assert (claims["iss"], claims["aud"], claims["sid"]) == (
        services.issuer.issuer,
        services.issuer.audience,
        started.session.id,
    )
