"""The rules on in-memory ports: a user with a password, and services whose clock the tests move."""

from dataclasses import dataclass

import pyotp
import pytest

from handlers.core.accounts.users import Profile
from handlers.core.limits.places import Place
from handlers.core.mfa import enrolment
from handlers.core.mfa.factor_type import Enrolled, Proof
from handlers.core.sessions.caller import Caller
from tests.support.in_memory import MemoryServices
from tests.support.sessions import started

PASSWORD = "violet otters paddle past nine"
ADDRESS = "ada@example.com"


@dataclass(frozen=True)
class World:
    """Services with one user in them."""

    services: MemoryServices
    user_id: str
    place: Place

    @property
    def profile(self) -> Profile:
        return self.services.data.profiles[self.user_id]

    def session(self, *amr: str) -> Caller:
        """Return a live session of the user, by these methods."""
        methods = amr or ("pwd",)
        session = started(self.user_id, methods, self.services.clock, self.profile.epoch).session
        self.services.directory.start_session(session)
        return Caller(self.user_id, session.id, frozenset(methods))

    def add_totp(self) -> pyotp.TOTP:
        """Add a confirmed authenticator app; its code of the current half minute is used up."""
        caller = self.session("otp")
        secret = enrolment.begin(self.services, caller, "totp", {}).shown["secret"]
        app = pyotp.TOTP(secret)
        confirmed = enrolment.confirm(self.services, caller, "totp", Proof(self.code(app)))
        assert isinstance(confirmed, Enrolled)
        return app

    def code(self, app: pyotp.TOTP, later: int = 0) -> str:
        """Return the app's code, of so many half minutes later."""
        return app.at(self.services.clock + 30 * later)


@pytest.fixture
def services() -> MemoryServices:
    return MemoryServices()


@pytest.fixture
def world(services: MemoryServices) -> World:
    profile = services.add_user(ADDRESS, PASSWORD)
    return World(services, profile.user_id, Place("192.0.2.1", "d" * 43))
