"""Bounds that requests keep."""

from dataclasses import dataclass

MAX_BODY_BYTES = 16 * 1024

PASSWORD_LENGTH = 15
"""Code points at least, for a password that stands alone (NIST SP 800-63B-4 §3.1.1.2)."""


@dataclass(frozen=True, kw_only=True)
class SignInLimits:
    """How often passwords and sign-up codes may be tried, and how much mail may be sent. Days are those of UTC.

    A place is known to an account that has signed in from it: its network source, or its device. All limits but those
    named for known places and devices bound everybody else together. The stack's `signInLimits` setting changes these
    by name.
    """

    wrong_passwords_in_a_row: int = 100
    """Of one account, from unknown places; at most 100 (NIST SP 800-63B-4 §3.2.2). Forgotten after 30 days without."""
    wrong_passwords_per_source_per_day: int = 10
    """Of one account, by one unknown source."""
    wrong_passwords_per_known_place_per_day: int = 20
    """Of one account, by one place that is known to it."""
    attempts_per_source_per_day: int = 1000
    """At all accounts, by one source that is unknown to them, right passwords included; as many where it is known."""
    later_sign_up_tries_per_day: int = 1000
    """Of the whole stage: second and further tries of a sign-up code. The first try is always free."""
    mails_per_day: int = 2000
    """Codes and answers to requests of the whole stage: half for unknown devices, half for known ones."""
    mails_per_source_per_day: int = 30
    mails_per_mailbox_per_day: int = 10
    """To one mailbox, for each of signing in and resetting the password."""
    mails_per_mailbox_and_source_per_day: int = 3
    """To one mailbox for one purpose, asked for by one unknown source."""
    mails_per_known_device_per_day: int = 10
    """To one mailbox for one purpose, asked for by one device that is known to its account, or by one session."""
    mails_per_mailbox_by_known_devices_per_day: int = 30
    """To one mailbox for one purpose, by all of them together."""
    mails_per_source_by_known_devices_per_day: int = 200
    """To all mailboxes, by all known devices at one network source."""
    sign_ups_per_mailbox_per_day: int = 5
    notices_per_mailbox_per_day: int = 1
    """That an address has no account, or has one already."""


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
    wrong_codes_per_day: int = 20
    """Of one user, for codes that can be guessed: TOTP, Authy, Verify. A reset of the password begins anew. Half of
    this and of the next is kept for who has shown the mailbox."""
    wrong_codes_per_30_days: int = 100
    wrong_codes_until_told: int = 3
    """In a day, after a right password: then the owner is told by mail, once."""
    enrolments_per_day: int = 20
    """Of one user."""
