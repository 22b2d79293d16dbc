"""handlers.core.sessions.refresh"""

import itertools
import secrets
from dataclasses import replace

import pytest

from contract.limits import SessionLifetimes
from handlers.core.sessions import refresh
from handlers.core.sessions.refresh import GRACE_SECONDS, Reused
from handlers.core.sessions.sessions import Rotated
from handlers.errors import InvalidGrant
from tests.support.sessions import started

NOW = 1_800_000_000
IDLE_SECONDS = SessionLifetimes().idle_days * 86400


def start() -> Rotated:
    return started("u" * 32, now=NOW)


def rotated(before: Rotated, token: str, now: int) -> Rotated:
    outcome = presented(before, token, now)
    assert isinstance(outcome, Rotated)
    return outcome


def presented(before: Rotated, token: str, now: int) -> Rotated | Reused:
    return refresh.rotate(before.session, refresh.parse(token), now, secrets.token_bytes)


def test_a_refresh_token_buys_the_next() -> None:
    first = start()

    second = rotated(first, first.refresh_token, NOW + 60)
    third = rotated(second, second.refresh_token, NOW + 120)

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3


def test_the_session_never_lasts_longer_than_it_did_at_first() -> None:
    first = start()

    second = rotated(first, first.refresh_token, NOW + IDLE_SECONDS - 1)

    assert second.session.expires_at == NOW + SessionLifetimes().days * 86400


def test_an_expired_session_is_refused() -> None:
    first = start()

    with pytest.raises(InvalidGrant):
        presented(first, first.refresh_token, NOW + IDLE_SECONDS)


def test_a_spent_token_is_reuse() -> None:
    first = start()
    second = rotated(first, first.refresh_token, NOW)

    outcome = presented(second, first.refresh_token, NOW + GRACE_SECONDS)

    assert isinstance(outcome, Reused)


def test_within_the_grace_all_uses_of_a_token_have_the_same_successor() -> None:
    """An answer may be lost, and tabs may ask at the same moment; the session is not written again."""
    first = start()
    second = rotated(first, first.refresh_token, NOW)

    again = [rotated(second, first.refresh_token, NOW + seconds) for seconds in range(GRACE_SECONDS)]

    assert {one.refresh_token for one in again} == {second.refresh_token}
    assert all(one.session == second.session for one in again)
    rotated(second, again[0].refresh_token, NOW + 60)


def test_the_grace_is_counted_from_the_rotation() -> None:
    first = start()
    second = rotated(first, first.refresh_token, NOW)
    again = rotated(second, first.refresh_token, NOW + GRACE_SECONDS - 1)

    outcome = presented(again, first.refresh_token, NOW + GRACE_SECONDS)

    assert isinstance(outcome, Reused)


def test_a_successor_is_kept_for_the_holder_of_the_token_before_it_alone() -> None:
    """Not even the live token, or another one of the family, opens it; nor does it open in another session."""
    first = start()
    second = rotated(first, first.refresh_token, NOW)
    third = rotated(second, second.refresh_token, NOW)
    stored = third.session.successor
    assert stored is not None
    owner = refresh.parse(second.refresh_token)
    live = refresh.parse(third.refresh_token)

    assert live.secret not in stored
    assert refresh._decrypt(stored, owner) == live.secret
    others = [
        refresh.parse(first.refresh_token),
        live,
        replace(owner, session_id="0" * 32),
        replace(owner, secret=third.session.previous_hash or b""),
    ]
    for other in others:
        with pytest.raises(InvalidGrant):
            refresh._decrypt(stored, other)


def test_a_session_that_was_rotated_before_successors_were_kept_is_refused_and_not_ended() -> None:
    first = start()
    second = rotated(first, first.refresh_token, NOW)
    old = Rotated(replace(second.session, successor=None), second.refresh_token)

    with pytest.raises(InvalidGrant):
        presented(old, first.refresh_token, NOW)


def test_the_token_before_the_previous_one_has_no_grace() -> None:
    """R1 after R3, all within the grace."""
    first = start()
    second = rotated(first, first.refresh_token, NOW)
    third = rotated(second, second.refresh_token, NOW)

    outcome = presented(third, first.refresh_token, NOW)

    assert isinstance(outcome, Reused)


def test_a_token_that_never_was_of_the_family_ends_nothing() -> None:
    """Access tokens name user and session; they must not be enough to end the session."""
    first = start()
    forged = started("u" * 32, now=NOW).refresh_token.split(".")[2]

    with pytest.raises(InvalidGrant):
        presented(first, f"{'u' * 32}.{first.session.id}.{forged}", NOW)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "a.b.AAAA", "a.b.****", "ä.b.c"])
def test_what_is_not_a_refresh_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidGrant):
        refresh.parse(token)


def test_the_session_holds_no_token() -> None:
    counter = itertools.count(1)

    first = started("u" * 32, now=NOW, random=lambda size: bytes([next(counter)]) * size)

    assert b"\x01" * 16 not in (first.session.family_hash, first.session.refresh_hash)
    assert first.session.refresh_hash != b"\x02" * 32
