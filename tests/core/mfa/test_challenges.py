"""handlers.core.mfa.challenges"""

import secrets
from collections import Counter
from dataclasses import fields

from handlers.core.mfa import challenges
from handlers.core.mfa.challenges import CODE_DIGITS, LIFETIME_SECONDS

NOW = 1_800_000_000


def open_one() -> challenges.OpenedSignUp:
    return challenges.open_sign_up("ada@example.com", "u" * 32, b"encrypted", NOW, secrets.token_bytes)


def test_the_mailed_code_is_the_answer_and_no_other() -> None:
    opened = open_one()
    other = str((int(opened.code) + 1) % 10**CODE_DIGITS).zfill(CODE_DIGITS)

    assert challenges.is_answer(opened.challenge, opened.id, opened.code)
    assert not challenges.is_answer(opened.challenge, opened.id, other)


def test_a_code_belongs_to_its_challenge() -> None:
    opened, stranger = open_one(), open_one()

    assert not challenges.is_answer(opened.challenge, stranger.id, opened.code)


def test_what_is_stored_names_neither_the_id_nor_the_code() -> None:
    opened = open_one()

    stored = " ".join(str(getattr(opened.challenge, field.name)) for field in fields(opened.challenge))

    assert opened.id not in stored
    assert opened.code not in stored


def test_a_challenge_lives_ten_minutes() -> None:
    assert open_one().challenge.expires_at == NOW + LIFETIME_SECONDS == NOW + 600


def test_codes_have_eight_digits_and_no_favourites() -> None:
    assert CODE_DIGITS == 8
    codes = [open_one().code for _ in range(2000)]

    digits = Counter("".join(codes))

    assert all(len(code) == CODE_DIGITS and code.isdigit() for code in codes)
    assert min(digits.values()) > 0.85 * max(digits.values())
