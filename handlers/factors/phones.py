"""Phone numbers: whether one is a number at all, and of which country. Source: Google's libphonenumber."""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.core import limits
from handlers.core.factors import Context, Enrolled, masked_phone
from handlers.core.limits import Message
from handlers.errors import BadRequest, CountryNotAllowed
from handlers.factors import Tools

CALL = "call"


@dataclass(frozen=True)
class Phone:
    """A number that can exist. `country` is an ISO 3166 code; numbers that no country has are `001`."""

    e164: str
    calling_code: int
    national: str
    country: str

    @property
    def hint(self) -> str:
        """As its owner may be shown it."""
        return masked_phone(self.e164, self.calling_code)


def parse(number: str, calling_code: str | None, countries: Collection[str] | None, *, is_new: bool = False) -> Phone:
    """The number, which holds its country's calling code unless that is given. No `countries`: of any.

    Its kind is looked at when it is new, never again. Raises `BadRequest`, `CountryNotAllowed`.
    """
    import phonenumbers

    text = f"+{calling_code.lstrip('+')}{number.lstrip('+')}" if calling_code else number
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise BadRequest("The phone is not a number with its country's calling code.") from None
    if not phonenumbers.is_valid_number(parsed):
        raise BadRequest("The phone is not a number that can exist.")
    if is_new and phonenumbers.number_type(parsed) not in _ordinary():
        raise BadRequest("The phone is of a kind that is not called.")
    country = phonenumbers.region_code_for_number(parsed) or "001"
    if countries is not None and country not in countries:
        raise CountryNotAllowed
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    code = parsed.country_code or 0
    return Phone(e164, code, e164.removeprefix(f"+{code}"), country)


def _ordinary() -> tuple[int, ...]:
    """Kinds of number that are a device somewhere (NIST SP 800-63B-4 §3.1.3.1), and that nobody is paid for calling."""
    from phonenumbers import PhoneNumberType as Kind

    return (Kind.MOBILE, Kind.FIXED_LINE, Kind.FIXED_LINE_OR_MOBILE)


def charge(tools: Tools, factor: Enrolled, phone: Phone, channel: str, pepper: str, context: Context) -> None:
    """Charge a message to everything that bounds it. Raises `TooMany`."""
    message = Message(
        factor.user_id,
        factor.id,
        phone.e164,
        phone.country,
        context.source,
        is_call=channel == CALL,
        is_new=not factor.confirmed,
    )
    charges, wait = limits.for_message(tools.limits, message, pepper.encode(), context.now)
    tools.counters.charge(charges, context.now, wait)


def arrived(tools: Tools, factor: Enrolled) -> None:
    """The code that was sent came back: another one may be sent at once."""
    tools.counters.arrived(limits.waiting(tools.limits, factor.user_id, factor.id))
