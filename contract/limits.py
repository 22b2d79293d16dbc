"""Bounds that requests keep."""

from dataclasses import dataclass

MAX_BODY_BYTES = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class FactorLimits:
    """What second factors may cost, and how often they may be tried. Days and hours are those of UTC.

    Messages are texts and calls. The stack's `limits` setting changes these by their names.
    """

    messages_per_phone_per_day: int = 10
    """With one provider."""
    messages_per_new_phone_per_day: int = 5
    """To a phone that nobody has confirmed yet, whoever claims it."""
    messages_per_user_per_day: int = 20
    messages_per_source_per_day: int = 50
    """Of one network address, with one provider."""
    messages_per_country_per_day: int = 500
    spend_per_day_cents: int = 2000
    """Of the whole stage. Phones that nobody has confirmed get at most half of it, and of a country's messages."""
    text_cents: int = 8
    call_cents: int = 16
    """What a message is taken to cost."""
    first_wait_seconds: int = 30
    """Before a code may be sent again; it doubles with each one, and is forgotten after a day without any."""
    pushes_waiting_per_hour: int = 3
    """Of one user; an approved one does not count."""
    mails_per_address_per_day: int = 10
    wrong_codes_per_day: int = 20
    """Of one user, for codes that can be guessed: TOTP, Authy, Verify."""
    enrolments_per_day: int = 20
    """Of one user."""
