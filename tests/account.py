"""Somebody with an account, who signs in through both gates and changes their factors: the handlers in this process."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
import pyotp

from client import inbox
from tests.door import Answer, Door, User, behind_the_gate
from tests.providers import Providers


@dataclass
class Account:
    """A user of the API door, and the access token that they hold."""

    user: User
    providers: Providers
    claims: dict[str, Any] = field(default_factory=dict)
    token: str = ""

    @property
    def door(self) -> Door:
        return self.user.door

    def call(self, name: str, body: Any = None, factor_id: str = "", **changes: str) -> Answer:
        """One of the account's own routes, with what the gate makes of the access token.

        Who adds a factor without having signed in before, signs in and shows the mailbox.
        """
        if name.startswith("enrol_factor") and not self.claims:
            self.prove_mailbox()
        return self.door.call(name, {} if body is None else body, **self.event(factor_id, **changes))

    def event(self, factor_id: str = "", **changes: str) -> dict[str, Any]:
        """What API Gateway adds to a request of theirs."""
        claims = self.claims or self.sign_in()
        known = {name: str(claims[name]) for name in ("sub", "sid", "auth_time")}
        caller = {**known, "amr": " ".join(claims["amr"]), "email": self.user.address, **changes}
        return {**behind_the_gate(**caller), "pathParameters": {"id": factor_id}}

    def password(self) -> Answer:
        """The first gate."""
        return self.door.call("signin", {"email": self.user.address, "password": self.user.password})

    def sign_in(self) -> dict[str, Any]:
        """With the password alone."""
        answer = self.password()
        assert answer.status == 200, answer.text
        return self.hold(answer)

    def hold(self, answer: Answer) -> dict[str, Any]:
        """The claims of the access token that was answered, which is the one used from now on."""
        assert answer.status == 200, answer.text
        self.token = answer.body["access_token"]
        self.claims = jwt.decode(self.token, options={"verify_signature": False})
        return self.claims

    @property
    def bearer(self) -> dict[str, str]:
        """For the deployed stack, which takes the same tokens."""
        return {"Authorization": f"Bearer {self.token}"}

    def sign_in_strongly(self, app: pyotp.TOTP) -> None:
        """Through two gates."""
        self.hold(self.verify(self.challenge(), "totp", next_code(app)))

    def challenge(self) -> str:
        """Before the second gate."""
        answer = self.password()
        assert answer.status == 202, answer.text
        challenge_id: str = answer.body["challenge_id"]
        return challenge_id

    def start(self, challenge_id: str, factor_id: str, channel: str | None = None, **event: Any) -> Answer:
        body = {"challenge_id": challenge_id, "factor_id": factor_id}
        return self.door.call("start_factor", {**body, "channel": channel} if channel else body, **event)

    def verify(self, challenge_id: str, factor_id: str, code: str | None = None, **more: Any) -> Answer:
        proof = {"code": code} if code is not None else {}
        return self.door.call("verify_factor", {"challenge_id": challenge_id, "factor_id": factor_id, **proof, **more})

    def prove_mailbox(self) -> None:
        """A mailed code, which the first factor needs."""
        begun = self.call("step_up")
        assert begun.status == 202, begun.text
        proof = {"challenge_id": begun.body["challenge_id"], "factor_id": "email", "code": self.mailed_code()}
        self.hold(self.call("step_up", proof))

    def add_totp(self, code_of: Callable[[pyotp.TOTP], str] = pyotp.TOTP.now) -> pyotp.TOTP:
        """An authenticator app, confirmed."""
        if not self.factors():
            self.prove_mailbox()
        made = self.call("enrol_factor_totp")
        assert made.status == 201, made.text
        app = pyotp.TOTP(made.body["secret"])
        confirmed = self.call("confirm_factor", {"code": code_of(app)}, "totp")
        assert confirmed.status == 200, confirmed.text
        return app

    def add_phone(self, kind: str, phone: str) -> None:
        """A phone with Authy or Verify, confirmed by a text."""
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
        code = inbox.newest_code(self.door.stack.cloud.url, self.user.address)
        assert code
        return code

    def subjects(self) -> list[str]:
        """Of the mail that came, oldest first."""
        return [mail.subject for mail in inbox.messages(self.door.stack.cloud.url) if mail.to == self.user.address]

    def factors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("list_factors").body["factors"]
        return found


def next_code(app: pyotp.TOTP) -> str:
    """Of the next half minute: taken already, and never used."""
    return app.at(int(time.time()) + 30)


def new_phone() -> str:
    """A mobile phone in Brazil that can exist, and that no other test has: a phone is a user of Authy."""
    phone = f"+55119{secrets.randbelow(19_999_999) + 80_000_001}"
    if phone in _PHONES:
        return new_phone()
    _PHONES.add(phone)
    return phone


_PHONES: set[str] = set()


NewAccount = Callable[[], Account]
