"""handlers.core.tokens.signing_keys and published"""

import secrets

from handlers.core.tokens import jwks, published_keys, signing_keys
from handlers.core.tokens.access_tokens import ACCESS_SECONDS
from handlers.core.tokens.published_keys import PublishedKeys
from handlers.core.tokens.signing_keys import RETIREMENT_SECONDS, SIGNER_MAX_AGE_SECONDS

NOW = 1_800_000_000
NOTHING: PublishedKeys = {"keys": []}


class Issuer:
    """The signing keys and what is published of them, through the steps of rotations."""

    def __init__(self) -> None:
        self.keys = signing_keys.create(secrets.token_bytes)
        self.published = signing_keys.publish(self.keys, NOTHING)

    def prepare(self, now: int) -> signing_keys.SigningKeys:
        """createSecret and setSecret: the next key is published, the old one signs."""
        pending = signing_keys.rotate(self.keys, self.published, now, secrets.token_bytes)
        self.published = signing_keys.publish(pending, self.published)
        return pending

    def finish(self, pending: signing_keys.SigningKeys, now: int) -> None:
        self.keys = pending
        self.published = signing_keys.publish(pending, self.published, now + RETIREMENT_SECONDS)

    def rotate(self, now: int) -> None:
        self.finish(self.prepare(now), now)

    @property
    def signs(self) -> str:
        return signing_keys.signing_key(self.keys)[0]

    def shows(self, now: float) -> list[str]:
        return [key["kid"] for key in published_keys.visible(self.published, now)["keys"]]


def test_the_next_key_is_published_before_it_signs() -> None:
    issuer = Issuer()
    before = issuer.shows(NOW)
    old = issuer.signs

    issuer.rotate(NOW)

    assert issuer.signs in before
    assert issuer.signs != old


def test_the_last_key_stays_until_its_last_token_has_expired() -> None:
    issuer = Issuer()
    old = issuer.signs
    issuer.rotate(NOW)

    assert RETIREMENT_SECONDS >= SIGNER_MAX_AGE_SECONDS + ACCESS_SECONDS
    assert old in issuer.shows(NOW + RETIREMENT_SECONDS - 1)
    assert old not in issuer.shows(NOW + RETIREMENT_SECONDS)


def test_a_rotation_that_stops_half_way_leaves_the_signing_key_published_for_ever() -> None:
    issuer = Issuer()

    for day in range(3):
        issuer.prepare(NOW + day * 86400)

    assert issuer.signs in issuer.shows(NOW + 365 * 86400)


def test_a_rotation_that_is_finished_late_counts_from_its_end() -> None:
    issuer = Issuer()
    old = issuer.signs
    pending = issuer.prepare(NOW)

    issuer.finish(pending, NOW + 86400)

    assert old in issuer.shows(NOW + 86400 + RETIREMENT_SECONDS - 1)
    assert old not in issuer.shows(NOW + 86400 + RETIREMENT_SECONDS)


def test_repeating_the_last_step_extends_nothing() -> None:
    issuer = Issuer()
    old = issuer.signs
    issuer.rotate(NOW)

    issuer.finish(issuer.keys, NOW + 600)

    assert old not in issuer.shows(NOW + RETIREMENT_SECONDS)


def test_two_rotations_in_a_row_retire_no_key_too_early() -> None:
    issuer = Issuer()
    first = issuer.signs
    issuer.rotate(NOW)
    issuer.rotate(NOW + 1)

    assert first in issuer.shows(NOW + 60)
    assert len(issuer.shows(NOW + 60)) == 4


def test_retired_keys_do_not_pile_up() -> None:
    issuer = Issuer()
    for month in range(3):
        issuer.rotate(NOW + month * 30 * 86400)

    assert len(issuer.keys["retired"]) == 1


def test_in_an_emergency_retired_keys_are_shown_no_more() -> None:
    issuer = Issuer()
    old = issuer.signs
    issuer.rotate(NOW)

    issuer.published = signing_keys.publish(signing_keys.without_retired(issuer.keys), issuer.published)

    assert old not in issuer.shows(NOW)
    assert issuer.signs in issuer.shows(NOW)


def test_what_is_published_can_be_read_and_holds_nothing_private() -> None:
    issuer = Issuer()
    issuer.rotate(NOW)

    document = published_keys.visible(issuer.published, NOW)

    assert len(jwks.load(document)) == 3
    assert all(set(key) == {"kty", "kid", "use", "alg", "n", "e"} for key in document["keys"])
    assert "PRIVATE" not in str(issuer.published)
