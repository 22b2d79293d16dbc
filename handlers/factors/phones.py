"""Phone numbers: their validity, their country, and the limits of messages. Source: Google's libphonenumber."""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.core.limits import messages
from handlers.core.limits.messages import Message
from handlers.core.mfa.factor_type import Context, Enrolled
from handlers.errors import BadRequest, CountryNotAllowed
from handlers.factors import Tools

CALL = "call"


@dataclass(frozen=True)
class Phone:
    """A valid number. `country` is an ISO 3166 code; `001` for numbers of no country."""

    e164: str
    calling_code: int
    national: str
    country: str

    @property
    def hint(self) -> str:
        """The masked number for its owner: `+55 •••• 0547`."""
        return f"+{self.calling_code} •••• {self.e164[-4:]}"


def parse(number: str, calling_code: str | None, countries: Collection[str] | None, *, is_new: bool = False) -> Phone:
    """Parse a number with its country's calling code, or with `calling_code`. `countries` None allows any country.

    A new number must be of an ordinary type. Raises `BadRequest`, `CountryNotAllowed`.
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
    """Return the types of numbers that belong to a device (NIST SP 800-63B-4 §3.1.3.1) and pay nobody for calls."""
    from phonenumbers import PhoneNumberType as Type

    return (Type.MOBILE, Type.FIXED_LINE, Type.FIXED_LINE_OR_MOBILE)


def consume(tools: Tools, factor: Enrolled, phone: Phone, channel: str, pepper: str, context: Context) -> None:
    """Consume the counters of a message. Raises `TooMany`."""
    message = Message(
        factor.user_id,
        factor.id,
        phone.e164,
        phone.country,
        context.source,
        is_call=channel == CALL,
        is_new=not factor.confirmed,
    )
    consumes, cooldown = messages.for_message(tools.limits, message, pepper.encode(), context.now)
    tools.counters.consume(consumes, context.now, cooldown)


def reset_cooldown(tools: Tools, factor: Enrolled) -> None:
    """End the cooldown after a right code: the next message may be sent at once."""
    tools.counters.reset_cooldown(messages.cooldown(tools.limits, factor.user_id, factor.id))
