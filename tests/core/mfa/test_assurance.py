"""handlers.core.mfa.assurance and the levels of the contract."""

import pytest

from handlers.core.mfa import assurance


@pytest.mark.parametrize(
    ("amr", "level"),
    [
        ((), "password"),
        (("pwd",), "password"),
        (("otp",), "mailbox"),
        (("pwd", "otp", "mfa"), "mfa"),
        (("pop", "mfa"), "mfa"),
    ],
)
def test_the_methods_of_a_sign_in_make_its_level(amr: tuple[str, ...], level: str) -> None:
    assert assurance.level(amr) == level


def test_mfa_stands_for_the_others_and_they_for_themselves_alone() -> None:
    levels = {"password": ("pwd",), "mailbox": ("otp",), "mfa": ("pwd", "otp", "mfa")}

    reached = {(held, wanted) for held, amr in levels.items() for wanted in levels if assurance.reaches(amr, wanted)}

    assert reached == {
        ("password", "password"), ("mailbox", "mailbox"), ("mfa", "password"), ("mfa", "mailbox"), ("mfa", "mfa"),
    }  # fmt: skip
