"""handlers.core.keyset and published"""

import secrets

from handlers.core import key_sets, keyset, published
from handlers.core.keyset import RETIREMENT_SECONDS, SIGNER_MAX_AGE_SECONDS
from handlers.core.tokens import ACCESS_SECONDS

NOW = 1_800_000_000


def kids(value: keyset.Keyset, now: float) -> list[str]:
    return [key["kid"] for key in published.visible(keyset.publish(value), now)["keys"]]


def test_the_next_key_is_published_before_it_signs() -> None:
    first = keyset.create(secrets.token_bytes)
    second = keyset.rotate(first, NOW, secrets.token_bytes)

    assert keyset.signing_key(second)[0] in kids(first, NOW)
    assert keyset.signing_key(second)[0] != keyset.signing_key(first)[0]


def test_the_last_key_stays_until_its_last_token_has_expired() -> None:
    first = keyset.create(secrets.token_bytes)
    second = keyset.rotate(first, NOW, secrets.token_bytes)
    old = keyset.signing_key(first)[0]

    assert RETIREMENT_SECONDS >= SIGNER_MAX_AGE_SECONDS + ACCESS_SECONDS
    assert old in kids(second, NOW + RETIREMENT_SECONDS - 1)
    assert old not in kids(second, NOW + RETIREMENT_SECONDS)


def test_two_rotations_in_a_row_retire_no_key_too_early() -> None:
    first = keyset.create(secrets.token_bytes)
    third = keyset.rotate(keyset.rotate(first, NOW, secrets.token_bytes), NOW + 1, secrets.token_bytes)

    assert keyset.signing_key(first)[0] in kids(third, NOW + 60)
    assert len(kids(third, NOW + 60)) == 4


def test_retired_keys_do_not_pile_up() -> None:
    value = keyset.create(secrets.token_bytes)
    for month in range(3):
        value = keyset.rotate(value, NOW + month * 30 * 86400, secrets.token_bytes)

    assert len(value["retired"]) == 1


def test_what_is_published_can_be_read_and_holds_nothing_private() -> None:
    value = keyset.publish(keyset.create(secrets.token_bytes))

    document = published.visible(value, NOW)

    assert len(key_sets.load(document)) == 2
    assert all(set(key) == {"kty", "kid", "use", "alg", "n", "e"} for key in document["keys"])
