"""handlers.core.sessions"""

import itertools
import secrets

import pytest

from handlers.core import sessions
from handlers.core.sessions import GRACE_SECONDS, LIFETIME_SECONDS, Reused, Rotated
from handlers.errors import InvalidGrant

NOW = 1_800_000_000


def start() -> Rotated:
    return sessions.start("u" * 32, ("pwd",), NOW, secrets.token_bytes)


def rotated(before: Rotated, token: str, now: int) -> Rotated:
    outcome = sessions.rotate(before.session, token, now, secrets.token_bytes)
    assert isinstance(outcome, Rotated)
    return outcome


def test_a_refresh_token_buys_the_next() -> None:
    first = start()

    second = rotated(first, first.refresh_token, NOW + 60)
    third = rotated(second, second.refresh_token, NOW + 120)

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3


def test_the_session_never_lasts_longer_than_it_did_at_first() -> None:
    first = start()

    second = rotated(first, first.refresh_token, NOW + LIFETIME_SECONDS - 1)

    assert second.session.expires_at == NOW + LIFETIME_SECONDS


def test_an_expired_session_is_refused() -> None:
    first = start()

    with pytest.raises(InvalidGrant):
        sessions.rotate(first.session, first.refresh_token, NOW + LIFETIME_SECONDS, secrets.token_bytes)


def test_a_spent_token_is_reuse() -> None:
    first = start()
    second = rotated(first, first.refresh_token, NOW)

    outcome = sessions.rotate(second.session, first.refresh_token, NOW + GRACE_SECONDS, secrets.token_bytes)

    assert isinstance(outcome, Reused)


def test_within_the_grace_the_previous_token_replaces_its_successor() -> None:
    """Whoever asks twice because the first answer got lost is served, and only one token is live after it."""
    first = start()
    lost = rotated(first, first.refresh_token, NOW)

    again = rotated(lost, first.refresh_token, NOW + GRACE_SECONDS - 1)
    outcome = sessions.rotate(again.session, lost.refresh_token, NOW + GRACE_SECONDS, secrets.token_bytes)

    assert isinstance(outcome, Reused)
    rotated(again, again.refresh_token, NOW + 60)


def test_the_grace_is_counted_from_the_first_rotation() -> None:
    first = start()
    second = rotated(first, first.refresh_token, NOW)
    again = rotated(second, first.refresh_token, NOW + GRACE_SECONDS - 1)

    outcome = sessions.rotate(again.session, first.refresh_token, NOW + GRACE_SECONDS, secrets.token_bytes)

    assert isinstance(outcome, Reused)


def test_the_token_before_the_previous_one_has_no_grace() -> None:
    """R1 after R3, all within the grace."""
    first = start()
    second = rotated(first, first.refresh_token, NOW)
    third = rotated(second, second.refresh_token, NOW)

    outcome = sessions.rotate(third.session, first.refresh_token, NOW, secrets.token_bytes)

    assert isinstance(outcome, Reused)


def test_a_token_that_never_was_of_the_family_ends_nothing() -> None:
    """Access tokens name user and session: who has only those must not be able to end the session."""
    first = start()
    forged = sessions.start("u" * 32, ("pwd",), NOW, secrets.token_bytes).refresh_token.split(".")[2]

    with pytest.raises(InvalidGrant):
        sessions.rotate(first.session, f"{'u' * 32}.{first.session.id}.{forged}", NOW, secrets.token_bytes)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "a.b.AAAA", "a.b.****", "ä.b.c"])
def test_what_is_not_a_refresh_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidGrant):
        sessions.parse(token)


def test_the_session_holds_no_token() -> None:
    counter = itertools.count(1)

    first = sessions.start("u" * 32, ("pwd",), NOW, lambda size: bytes([next(counter)]) * size)

    assert b"\x01" * 16 not in (first.session.family_hash, first.session.refresh_hash)
    assert first.session.refresh_hash != b"\x02" * 32
