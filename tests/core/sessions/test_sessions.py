"""handlers.core.sessions.sessions and issue"""

import secrets
from dataclasses import replace

import jwt
import pytest

from contract.limits import SessionLifetimes
from handlers.core.accounts.users import Profile
from handlers.core.sessions import sessions
from handlers.core.sessions.issue import issue
from handlers.core.sessions.sessions import SignIn
from tests.support.in_memory import NOW, MemoryServices
from tests.support.sessions import PLACE, started


def test_a_session_ends_thirty_days_after_its_sign_in() -> None:
    begun = started("ada", now=NOW, epoch=3)

    assert begun.session.expires_at == NOW + 30 * 86400
    assert (begun.session.epoch, begun.session.scope) == (3, None)
    assert (begun.session.device, begun.session.network) == ("Firefox on Linux", "192.0.2.0/24")
    assert len(begun.refresh_token.split(".")[2]) == 64


def test_a_step_up_changes_no_lifetime() -> None:
    session = started("ada", now=NOW).session

    stronger = sessions.step_up(session, ("pwd", "otp", "mfa"), NOW + 100)

    assert (stronger.authenticated_at, stronger.expires_at) == (NOW + 100, session.expires_at)


def test_an_access_token_lives_no_longer_than_its_session(services: MemoryServices) -> None:
    begun = started("ada", now=NOW - 30 * 86400 + 60)

    signed_in = issue(services, begun, Profile("ada", "ada@example.com", disabled=False), NOW)

    claims = jwt.decode(signed_in.access.token, options={"verify_signature": False})
    assert (claims["exp"], signed_in.access.expires_in) == (NOW + 60, 60)
    assert (claims["iss"], claims["aud"], claims["sid"]) == (
        services.issuer.issuer,
        services.issuer.audience,
        begun.session.id,
    )


@pytest.mark.parametrize(("amr", "days", "idle_days"), [(("pwd",), 20, 5), (("pwd", "otp", "mfa"), 10, 2)])
def test_lifetimes_follow_the_strength_of_the_sign_in(amr: tuple[str, ...], days: int, idle_days: int) -> None:
    lifetimes = SessionLifetimes(days=20, idle_days=5, days_with_mfa=10, idle_days_with_mfa=2)
    sign_in = SignIn(user_id="ada", amr=amr, epoch=0, place=PLACE, now=NOW)

    session = sessions.start(sign_in, lifetimes, secrets.token_bytes).session

    assert (session.expires_at, session.idle_seconds) == (NOW + days * 86400, idle_days * 86400)


def test_a_session_is_over_at_its_end_or_when_idle() -> None:
    session = replace(started("ada", now=NOW).session, idle_seconds=100)
    busy = replace(session, rotated_at=session.expires_at - 50)

    assert [session.is_over(NOW + seconds) for seconds in (0, 99, 100)] == [False, False, True]
    assert [busy.is_over(session.expires_at + seconds) for seconds in (-1, 0)] == [False, True]
