"""Services are checked when a function starts, before it has answered anybody."""

import pytest

from handlers import services

SIGN_UP = {"CONFIRM_EMAIL": "true", "TABLE_NAME": "table", "KEY_ARN": "arn"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_FROM", raising=False)
    for name, value in SIGN_UP.items():
        monkeypatch.setenv(name, value)


def test_a_stack_that_confirms_addresses_does_not_start_without_a_sender() -> None:
    """Otherwise users would be created unconfirmed, or wait for a code that nothing sends."""
    with pytest.raises(RuntimeError, match="MAIL_FROM"):
        services.load("directory", "mailer")


def test_a_stack_that_confirms_no_address_sends_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIRM_EMAIL", "false")

    assert services.load("directory", "mailer").mailer is None


def test_every_missing_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")
    monkeypatch.delenv("KEY_ARN")

    with pytest.raises(RuntimeError, match=r"TABLE_NAME.*KEY_ARN|KEY_ARN.*TABLE_NAME"):
        services.load("directory", "password_cipher")
