"""One use of each function of the second gate, on the deployed stack: for the proof that every right of theirs is used.

What leads up to it is done by the handlers in this process, which may do everything.
"""

from typing import Any

import httpx
from argon2 import PasswordHasher

from client import inbox
from handlers.store.vault import KmsVault
from tests.account import Account, new_phone
from tests.door import PASSWORD, Door
from tests.providers import Providers

FACTORS = "Your second factors"
OF_PASSWORDS = (
    "find-owner", "find-user", "attempt", "unchanged", "upgrade", "unseal", "seal", "live", "strengthen", "pepper",
)  # fmt: skip
LOST = ("seal-factor", "bind")
"""What is needed when Authy has lost a user, who is then made and bound again."""


def mails_to(door: Door, address: str, subject: str) -> list[str]:
    """The texts of the mail of this subject."""
    caught = inbox.messages(door.stack.cloud.url)
    return [mail.text for mail in caught if (mail.to, mail.subject) == (address, subject)]


class GateProbes:
    """Each is told which right was taken away, so that it can come by where it is needed."""

    def __init__(self, door: Door, api: httpx.Client, providers: Providers) -> None:
        self._door = door
        self._api = api
        self._providers = providers

    def ahead(self) -> bool:
        """The password leads to the second gate."""
        account = self._account()
        account.add_totp()
        return self._post("/signin", self._credentials(account)).status_code == 202

    def signin_code(self, _: str) -> bool:
        return self._post("/signin/code", {"email": self._account().user.address}).status_code == 202

    def forgot_password(self, _: str) -> bool:
        return self._post("/password/forgot", {"email": self._account().user.address}).status_code == 202

    def signin_passkey(self, _: str) -> bool:
        return self._post("/signin/passkey", {}).status_code == 202

    def start_factor(self, what: str) -> bool:
        account, kind, _ = self._with_phone(what)
        challenge = {"challenge_id": account.challenge(), "factor_id": kind}
        self._maybe_lose(account, what)
        return self._post("/signin/factor", {**challenge, "channel": "sms"}).status_code == 202

    def verify_factor(self, what: str) -> bool:
        if what == "mail":
            return self._tells_of_wrong_codes("/signin/verify", self._account(), lambda one: one.challenge())
        _, proof = self._before_the_gate(what, lambda account: account.challenge())
        return self._passes(self._post("/signin/verify", proof), what, 200)

    def step_up(self, what: str) -> bool:
        if what in ("count-mail", "mail"):
            account = self._account()
            account.sign_in()
            return self._post("/stepup", {}, account).status_code == 202
        if what in OF_PASSWORDS:
            account = self._account()
            account.sign_in()
            if what in ("seal", "upgrade"):
                self._outdated(account)
            return self._post("/stepup", {"password": PASSWORD}, account).status_code == 200
        account, proof = self._before_the_gate(what, self._begin_step_up)
        return "challenge_id" in proof and self._passes(self._post("/stepup", proof, account), what, 200)

    def reset_password(self, what: str) -> bool:
        account, proof = self._before_the_gate(what, self._reset_up_to_the_second_gate)
        answer = self._post("/password/reset", {**proof, "password": "another long password of mine"})
        return self._passes(answer, what, 204) and self._is_told(what, account, "Your password was changed")

    def list_factors(self, _: str) -> bool:
        return self._get("/me/factors", self._signed_in()).status_code == 200

    def available_factors(self, _: str) -> bool:
        return self._get("/me/factors/available", self._signed_in()).status_code == 200

    def show_factor(self, what: str) -> bool:
        account, _, _ = self._with_phone("authy")
        self._maybe_lose(account, what)
        return self._get("/me/factors/authy", account).status_code == 200

    def factor_qr(self, what: str) -> bool:
        account, _, _ = self._with_phone("authy")
        self._strengthen(account)
        self._maybe_lose(account, what)
        answer = self._post("/me/factors/authy/qr", {}, account)
        return answer.status_code == 200 and self._is_told(what, account, FACTORS, "another app")

    def enrol_factor(self, what: str) -> bool:
        """Twice, with two phones: the first is forgotten, at Authy too. Or one that Authy refuses."""
        account = self._signed_in()
        if what == "undo":
            refused = {"email": account.user.address, "phone": "11980000000", "ccode": "55"}
            return self._post("/me/factors/authy", refused, account).status_code == 400
        bodies = [{"email": account.user.address, "phone": new_phone()[3:], "ccode": "55"} for _ in range(2)]
        return [self._post("/me/factors/authy", body, account).status_code for body in bodies] == [200, 200]

    def send_factor_code(self, what: str) -> bool:
        account, kind = self._signed_in(), "verify" if what == "verify" else "authy"
        phone = new_phone()
        account.enrol_phone(kind, phone)
        self._maybe_lose(account, what)
        return self._post(f"/me/factors/{kind}/code", {"channel": "sms"}, account).status_code == 202

    def confirm_factor(self, what: str) -> bool:
        account, kind = self._signed_in(), "verify" if what == "verify" else "authy"
        phone = new_phone()
        account.enrol_phone(kind, phone)
        if what == "count":
            account.call("send_factor_code", {"channel": "push"}, kind)
            self._providers.answer_push(phone, "approved")
            return self._post("/me/factors/authy/confirm", {}, account).status_code == 200
        account.call("send_factor_code", {"channel": "sms"}, kind)
        proof = {"code": self._providers.code(phone)}
        self._maybe_lose(account, what)
        answer = self._post(f"/me/factors/{kind}/confirm", proof, account)
        return self._passes(answer, what, 200) and self._is_told(what, account, FACTORS, "was added")

    def remove_factor(self, what: str) -> bool:
        account, _, _ = self._with_phone("authy")
        self._strengthen(account)
        answer = self._api.delete("/me/factors/authy", headers=account.bearer)
        return answer.status_code == 204 and self._is_told(what, account, FACTORS, "was removed")

    def make_recovery_codes(self, what: str) -> bool:
        account = self._account()
        account.sign_in_strongly(account.add_totp())
        answer = self._post("/me/recovery-codes", {}, account)
        return answer.status_code == 200 and self._is_told(what, account, FACTORS, "recovery codes")

    def with_authy(self, account: Account) -> None:
        """A phone with Authy, confirmed."""
        account.add_phone("authy", new_phone())

    def _account(self) -> Account:
        return Account(self._door.user(), self._providers)

    def _signed_in(self) -> Account:
        """Who may add a first factor."""
        account = self._account()
        account.prove_mailbox()
        return account

    def _is_told(self, what: str, account: Account, subject: str, text: str = "") -> bool:
        """A notice is no condition of anything, so its right is missed by the mail alone that does not come."""
        return what != "mail" or any(text in one for one in mails_to(self._door, account.user.address, subject))

    def _tells_of_wrong_codes(self, path: str, account: Account, begin: Any) -> bool:
        account.add_totp()
        proof = {"challenge_id": begin(account), "factor_id": "totp", "code": "000000"}
        for _ in range(3):
            assert self._post(path, proof).status_code == 401
        return bool(mails_to(self._door, account.user.address, "Somebody knows your password"))

    def _with_phone(self, what: str) -> tuple[Account, str, str]:
        """An account, the kind of its factor, its phone: it may be sent to again."""
        account, kind, phone = self._account(), "verify" if what == "verify" else "authy", new_phone()
        account.add_phone(kind, phone)
        self._providers.forget_waits(account)
        return account, kind, phone

    def _before_the_gate(self, what: str, begin: Any) -> tuple[Account, dict[str, str]]:
        """An account before the second gate, with the right proof; a wrong one where Authy has lost the user."""
        account, kind, phone = self._with_phone(what)
        challenge_id = begin(account)
        if challenge_id is None:
            return account, {}
        if kind == "verify":
            account.start(challenge_id, kind, "sms")
            code = self._providers.code(phone)
        else:
            code = self._providers.user(phone)["app_code"]
        self._maybe_lose(account, what)
        return account, {"challenge_id": challenge_id, "factor_id": kind, "code": code}

    def _begin_step_up(self, account: Account) -> str | None:
        """By the deployed function itself."""
        answer = self._post("/stepup", {}, account)
        return answer.json()["challenge_id"] if answer.status_code == 202 else None

    def _reset_up_to_the_second_gate(self, account: Account) -> str:
        challenge_id: str = self._door.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
        body = {
            "challenge_id": challenge_id,
            "code": account.mailed_code(),
            "password": "another long password of mine",
        }
        assert self._door.call("reset_password", body).status == 202
        return challenge_id

    def _passes(self, answer: httpx.Response, what: str, status: int) -> bool:
        """Where Authy has lost the user, a new one is made, whose code it is not."""
        return answer.status_code == (401 if what in LOST else status)

    def _maybe_lose(self, account: Account, what: str) -> None:
        if what in LOST:
            kind = self._door.module("enrol_factor").GATES.kinds["authy"]
            (factor,) = kind._tools.factors.of(account.user.id)
            kind._authy.delete(kind._secret(factor)["authy_id"])

    def _strengthen(self, account: Account) -> None:
        """Through both gates, with the app's own code."""
        challenge_id = account.challenge()
        account.start(challenge_id, "authy", "push")
        phone = self._phone_of(account)
        self._providers.answer_push(phone, "approved")
        account.hold(account.verify(challenge_id, "authy"))

    def _phone_of(self, account: Account) -> str:
        return next(str(one["phone"]) for one in self._providers.users() if one["email"] == account.user.address)

    def _credentials(self, account: Account) -> dict[str, str]:
        return {"email": account.user.address, "password": PASSWORD}

    def _outdated(self, account: Account) -> None:
        old = KmsVault(self._door.environment["KEY_ARN"]).seal(
            PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD), account.user.id
        )
        self._door.stack.aws("dynamodb").update_item(
            TableName=self._door.environment["TABLE_NAME"],
            Key={"pk": {"S": f"credential#{account.user.id}"}, "sk": {"S": "password"}},
            UpdateExpression="SET password = :value",
            ExpressionAttributeValues={":value": {"B": old}},
        )

    def _post(self, path: str, body: dict[str, Any], account: Account | None = None) -> httpx.Response:
        return self._api.post(path, json=body, headers=account.bearer if account else {})

    def _get(self, path: str, account: Account) -> httpx.Response:
        return self._api.get(path, headers=account.bearer)
