"""An account that signs in with MFA and changes its factors, by the handlers in this process."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
import pyotp

from sallyport.client.stack import inbox
from tests.support.fake_providers import Providers
from tests.support.handlers import Answer, Handlers, User, authorized


@dataclass
class Account:
    """A user of the API handlers, and the user's access token."""

    user: User
    providers: Providers
    claims: dict[str, Any] = field(default_factory=dict)
    token: str = ""

    @property
    def handlers(self) -> Handlers:
        return self.user.handlers

    def call(self, name: str, body: Any = None, factor_id: str = "", **changes: str) -> Answer:
        """Call one of the account's own routes, with the authorizer context of the access token.

        A user who adds a factor without a session signs in first, and steps up with a mailed code.
        """
        if name.startswith("enrol_factor") and not self.claims:
            self.prove_mailbox()
        return self.handlers.call(name, {} if body is None else body, **self.event(factor_id, **changes))

    def event(self, factor_id: str = "", **changes: str) -> dict[str, Any]:
        """Return API Gateway's addition to a request of the user."""
        claims = self.claims or self.sign_in()
        known = {name: str(claims[name]) for name in ("sub", "sid", "auth_time")}
        caller = {**known, "amr": " ".join(claims["amr"]), "email": self.user.address, **changes}
        return {**authorized(**caller), "pathParameters": {"id": factor_id}}

    def password(self) -> Answer:
        """Sign in with the password."""
        return self.handlers.call("signin", {"email": self.user.address, "password": self.user.password})

    def sign_in(self) -> dict[str, Any]:
        """Sign in with the password alone."""
        answer = self.password()
        assert answer.status == 200, answer.text
        return self.hold(answer)

    def hold(self, answer: Answer) -> dict[str, Any]:
        """Use the access token of this answer from now on; return its claims."""
        assert answer.status == 200, answer.text
        self.token = answer.body["access_token"]
        self.claims = jwt.decode(self.token, options={"verify_signature": False})
        return self.claims

    @property
    def bearer(self) -> dict[str, str]:
        """Return the Authorization header for the deployed stack, which accepts the same tokens."""
        return {"Authorization": f"Bearer {self.token}"}

    def sign_in_strongly(self, app: pyotp.TOTP) -> None:
        """Sign in with the password and a second factor."""
        self.hold(self.verify(self.challenge(), "totp", next_code(app)))

    def challenge(self) -> str:
        """Sign in with the password; return the challenge."""
        answer = self.password()
        assert answer.status == 202, answer.text
        challenge_id: str = answer.body["challenge_id"]
        return challenge_id

    def start(self, challenge_id: str, factor_id: str, channel: str | None = None, **event: Any) -> Answer:
        body = {"challenge_id": challenge_id, "factor_id": factor_id}
        return self.handlers.call("start_factor", {**body, "channel": channel} if channel else body, **event)

    def verify(self, challenge_id: str, factor_id: str, code: str | None = None, **more: Any) -> Answer:
        proof = {"code": code} if code is not None else {}
        return self.handlers.call(
            "verify_factor", {"challenge_id": challenge_id, "factor_id": factor_id, **proof, **more}
        )

    def prove_mailbox(self) -> None:
        """Step up with a mailed code, which the first factor needs."""
        begun = self.call("step_up")
        assert begun.status == 202, begun.text
        proof = {"challenge_id": begun.body["challenge_id"], "factor_id": "email", "code": self.mailed_code()}
        self.hold(self.call("step_up", proof))

    def add_totp(self, code_of: Callable[[pyotp.TOTP], str] = pyotp.TOTP.now) -> pyotp.TOTP:
        """Add an authenticator app and confirm it."""
        if not self.factors():
            self.prove_mailbox()
        made = self.call("enrol_factor_totp")
        assert made.status == 201, made.text
        app = pyotp.TOTP(made.body["secret"])
        confirmed = self.call("confirm_factor", {"code": code_of(app)}, "totp")
        assert confirmed.status == 200, confirmed.text
        return app

    def add_phone(self, kind: str, phone: str) -> None:
        """Add a phone with Authy or Verify, confirmed by a text."""
        if not self.factors():
            self.prove_mailbox()
        assert self.enrol_phone(kind, phone).status in (200, 201)
        sent = self.call("send_factor_code", {"channel": "sms"}, kind)
        assert sent.status == 202, sent.text
        confirmed = self.call("confirm_factor", {"code": self.providers.code(phone)}, kind)
        assert confirmed.status == 200, confirmed.text

    def enrol_phone(self, kind: str, phone: str) -> Answer:
        if kind == "verify":
            return self.call("enrol_factor_verify", {"phone": phone})
        assert phone.startswith("+55")
        return self.call("enrol_factor_authy", {"email": self.user.address, "phone": phone[3:], "ccode": "55"})

    def mailed_code(self) -> str:
        code = inbox.newest_code(self.handlers.stack.cloud.url, self.user.address)
        assert code
        return code

    def subjects(self) -> list[str]:
        """Return the subjects of the mail that came, oldest first."""
        return [mail.subject for mail in inbox.messages(self.handlers.stack.cloud.url) if mail.to == self.user.address]

    def factors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("list_factors").body["factors"]
        return found


def next_code(app: pyotp.TOTP) -> str:
    """Return the code of the next half minute: accepted already, and never used."""
    return app.at(int(time.time()) + 30)


def new_phone() -> str:
    """Return a possible mobile phone in Brazil that no other test has: a phone is a user of Authy."""
    phone = f"+55119{secrets.randbelow(19_999_999) + 80_000_001}"
    if phone in _PHONES:
        return new_phone()
    _PHONES.add(phone)
    return phone


_PHONES: set[str] = set()


NewAccount = Callable[[], Account]
