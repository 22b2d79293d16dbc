"""Mail to users: codes and notices, each counted by the limits of mail."""

from contract.mail import NOBODYS_MAILBOX
from handlers.core.accounts.users import Profile
from handlers.core.limits import mail, places
from handlers.core.limits.mail import MailRequest
from handlers.core.limits.places import KnownPlaces, Place
from handlers.core.mails.letter import Mail, language_for
from handlers.core.ports import Mailer
from handlers.core.services import Services
from handlers.errors import NoSuchFactor, TooMany


def require_mailer(services: Services) -> Mailer:
    """Return the mailer. Raises `NoSuchFactor` on a stack that sends no mail."""
    if services.mailer is None:
        raise NoSuchFactor("This stack sends no mail.")
    return services.mailer


def consume(services: Services, purpose: str, address: str, place: Place, known: KnownPlaces, now: int) -> None:
    """Count a mail that a caller requests. Raises `TooMany`, for known and unknown addresses alike."""
    device = places.known_device(known, services.pepper(), place)
    _consume(services, MailRequest(purpose, address, place, device), now)


def consume_of_session(
    services: Services, address: str, session_id: str, place: Place, now: int, purpose: str = mail.STEP_UP
) -> None:
    """Count a mail that the owner of a session requests, as one of a known device. Raises `TooMany`."""
    session = places.pseudonym(services.pepper(), "session", session_id)
    _consume(services, MailRequest(purpose, address, place, session), now)


def send(services: Services, address: str, letter: Mail, now: int, *, is_notice: bool) -> None:
    """Send a code, or a notice if the mailbox has had none today. Raises `MailUnavailable`, `NoSuchFactor`.

    A notice too many is sent to a mailbox that drops it, so that the caller cannot tell the difference.
    """
    counter = mail.notice(services.sign_in_limits, services.pepper(), address, now, is_notice=is_notice)
    try:
        services.counters.consume([counter], now)
    except TooMany:
        address = NOBODYS_MAILBOX
    require_mailer(services).send(address, letter)


def tell(services: Services, profile: Profile, name: str, **values: str) -> None:
    """Send a notice to the owner of an account, if the stack sends mail; a failure changes nothing."""
    if services.mailer:
        services.mailer.notify(profile.email, Mail(name, language_for(profile.details.locale), values))


def _consume(services: Services, request: MailRequest, now: int) -> None:
    budget = mail.budget(services.sign_in_limits, services.pepper(), request, now)
    services.counters.consume(budget.own, now)
    services.counters.consume([budget.stage], now)
