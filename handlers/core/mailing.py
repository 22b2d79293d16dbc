"""Mail that somebody asks for: charged to its limits, and sent to whom it is for, or to nobody at the same cost."""

from collections.abc import Callable
from dataclasses import dataclass

from contract.limits import SignInLimits
from contract.mail import NOBODYS_MAILBOX
from handlers.core import mail_limits, places
from handlers.core.mail_limits import Asked
from handlers.core.places import KnownPlaces, Place
from handlers.core.ports import Counters, Mailer
from handlers.errors import TooMany


@dataclass(frozen=True)
class Post:
    """What mail is sent with, and bounded by."""

    counters: Counters
    mailer: Mailer
    limits: SignInLimits
    pepper: Callable[[], bytes]

    def charge(self, purpose: str, address: str, place: Place, known: KnownPlaces, now: int) -> None:
        """Charge a mail, whoever has the address. Raises `TooMany`, for known and unknown addresses alike."""
        self._charge(Asked(purpose, address, place, places.known_device(known, self.pepper(), place)), now)

    def charge_session(self, address: str, session_id: str, place: Place, now: int) -> None:
        """Charge a mail that the holder of a session asks for: it is bounded as a known device. Raises `TooMany`."""
        session = places.pseudonym(self.pepper(), "session", session_id)
        self._charge(Asked(mail_limits.STEP_UP, address, place, session), now)

    def send(self, address: str, subject: str, text: str, now: int, *, is_notice: bool) -> None:
        """Send a code; or a notice, if the mailbox has had none today. Raises `MailUnavailable`."""
        room = mail_limits.notice(self.limits, self.pepper(), address, now, is_notice=is_notice)
        try:
            self.counters.charge([room], now)
        except TooMany:
            address = NOBODYS_MAILBOX
        self.mailer.send(address, subject, text)

    def _charge(self, asked: Asked, now: int) -> None:
        budget = mail_limits.budget(self.limits, self.pepper(), asked, now)
        self.counters.charge(budget.own, now)
        self.counters.charge([budget.stage], now)
