"""Limits of requests: size and length, attempts, messages and mail."""

from dataclasses import dataclass

MAX_BODY_BYTES = 16 * 1024

PASSWORD_LENGTH = 15
"""The minimum in code points of a password that is the only factor (NIST SP 800-63B-4 §3.1.1.2)."""


@dataclass(frozen=True, kw_only=True)
class SignInLimits:
    """The limits of attempts at passwords and sign-up codes, and of mail. Days are days of UTC.

    A place is a network source or a device; an account knows the places from which it has signed in. Limits that are
    not named for known places or devices apply to unknown ones. The stack's `signInLimits` setting changes limits
    by name.
    """

    wrong_passwords_in_a_row: int = 100
    """Per account, from unknown places; at most 100 (NIST SP 800-63B-4 §3.2.2). Then the password signs in from known
    places alone, until it is used there or reset. Reset after 30 days without a wrong one."""
    wrong_passwords_per_source_per_day: int = 10
    """Per account and unknown source."""
    wrong_passwords_per_known_place_per_day: int = 20
    """Per account and place that the account knows."""
    attempts_per_source_per_day: int = 1000
    """Per source, at all accounts that do not know it, right passwords included; as many again where it is known."""
    later_sign_up_tries_per_day: int = 1000
    """Second and further tries of sign-up codes, on the whole stage. The first try is always free."""
    mails_per_day: int = 2000
    """Codes, and notices that answer requests, of the whole stage: half for unknown devices, half for known ones."""
    mails_per_source_per_day: int = 30
    """Per unknown network source, to all mailboxes."""
    mails_per_mailbox_per_day: int = 10
    """Per mailbox, whatever its `+tag`, and purpose: signing in, or resetting the password."""
    mails_per_mailbox_and_source_per_day: int = 3
    """Per mailbox, purpose and unknown source."""
    mails_per_known_device_per_day: int = 10
    """Per mailbox and purpose, and per known device or session."""
    mails_per_mailbox_by_known_devices_per_day: int = 30
    """Per mailbox and purpose, for all known devices together."""
    mails_per_source_by_known_devices_per_day: int = 200
    """Per network source, for all known devices there and all mailboxes."""
    sign_ups_per_mailbox_per_day: int = 5
    """Per mailbox, whatever its `+tag`."""
    notices_of_new_places_per_day: int = 5
    """Notices of sign-ins with an unknown device from an unknown network, per user."""
    notices_per_mailbox_per_day: int = 1
    """Notices that an address has no account, or has one already."""


@dataclass(frozen=True, kw_only=True)
class SessionLifetimes:
    """The lifetimes of sessions, in days. The stack's `sessionLifetimes` setting changes them by name.

    Source: NIST SP 800-63B-4 §2.1.3 and §2.2.3 recommend 30 days for one factor, and 24 hours for two.
    """

    days: int = 30
    """From sign-in, never extended."""
    idle_days: int = 14
    """Without a refresh."""
    days_with_mfa: int = 30
    """As `days`, of sessions that were started with a second factor or a passkey."""
    idle_days_with_mfa: int = 14
    """As `idleDays`, of these sessions."""


@dataclass(frozen=True, kw_only=True)
class DeletionPolicy:
    """What follows a user's request to delete the account."""

    grace_days: int = 7
    sign_in_cancels: bool = True
    """True if a sign-in within these days takes the request back; else it is refused."""


@dataclass(frozen=True, kw_only=True)
class FactorLimits:
    """The limits of the cost of second factors and of attempts at them. Days and hours are those of UTC.

    Messages are texts and calls. The stack's `factorLimits` setting changes limits by name.
    """

    messages_per_phone_per_day: int = 10
    """Per phone and provider."""
    messages_per_new_phone_per_day: int = 5
    """Per phone that nobody has confirmed yet, for all users who claim it."""
    messages_per_user_per_day: int = 20
    """Per user, with all providers."""
    messages_per_source_per_day: int = 50
    """Per network address and provider."""
    messages_per_country_per_day: int = 500
    """Per country, on the whole stage."""
    spend_per_day_cents: int = 2000
    """Per stage. Phones that nobody has confirmed get at most half of it, and of a country's messages."""
    text_cents: int = 8
    """The assumed cost of a text."""
    call_cents: int = 16
    """The assumed cost of a call."""
    first_wait_seconds: int = 30
    """Seconds before a code may be sent again; doubled by each code, reset after a day without one."""
    pushes_waiting_per_hour: int = 3
    """Pushes without an answer, per user; an approved push does not count."""
    wrong_codes_per_day: int = 20
    """Per user, for codes that can be guessed: TOTP, Authy, Verify. A password reset restarts the count. Half of this
    limit and of the next is reserved for attempts after a mailed code. Passkeys and recovery codes are not counted."""
    wrong_codes_per_30_days: int = 100
    """The same, in 30 days."""
    wrong_codes_until_told: int = 3
    """Per day, after a right password; then the owner is told by mail, once."""
    enrolments_per_day: int = 20
    """Enrolments of a factor that are begun, per user."""
