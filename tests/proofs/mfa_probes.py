"""One use of each function of factors and MFA on the deployed stack, for the proof that every statement is needed.

The steps before it are done by the handlers in this process, which may do everything.
"""

import time
from typing import Any

import httpx
from argon2 import PasswordHasher

from handlers.core.accounts.jobs import Job, JobKind
from handlers.store.ciphers import KmsPasswordCipher
from sallyport.client.stack import inbox
from tests.support.account import Account, new_phone
from tests.support.fake_providers import Providers
from tests.support.handlers import PASSWORD, Handlers

FACTORS = "Your second factors"
OF_PASSWORDS = (
    "FindOwner", "ReadUser", "CountAttempts", "CheckPasswordUnchanged", "UpgradePassword", "DecryptPasswords",
    "EncryptPasswords", "ReadSession", "StepUpSession", "ReadPepper",
)  # fmt: skip
LOST = ("EncryptFactors", "LinkAuthy")
"""The statements for a user that Authy has lost, who is created and linked again."""
OF_VERIFY = "ReadVerifyCredentials"


def mails_to(handlers: Handlers, address: str, subject: str) -> list[str]:
    """The texts of the mail of this subject."""
    caught = inbox.messages(handlers.stack.cloud.url)
    return [mail.text for mail in caught if (mail.to, mail.subject) == (address, subject)]


class MfaProbes:
    """The probes. Each gets the removed statement, so that it can use the function where that is needed."""

    def __init__(self, handlers: Handlers, api: httpx.Client, providers: Providers) -> None:
        self._handlers = handlers
        self._api = api
        self._providers = providers

    def ahead(self) -> bool:
        """Return whether the password leads to the second factor."""
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
        if what == "SendMail":
            return self._tells_of_wrong_codes("/signin/verify", self._account(), lambda one: one.challenge())
        account, proof = self._before_second_factor(what, lambda account: account.challenge())
        if what in ("ChangeUser", "CancelDeletion"):
            return self._takes_a_deletion_back(account)
        return self._passes(self._post("/signin/verify", proof), what, 200)

    def _takes_a_deletion_back(self, account: Account) -> bool:
        """Sign in while a deletion is planned."""
        services = self._handlers.module("delete_account").SERVICES
        user_id, due_at = account.user.id, int(time.time()) + 3600
        job = Job(JobKind.DELETION, user_id, due_at, due_at)
        services.accounts.plan_deletion(services.directory.profile(user_id), job, disabled=False)
        challenge_id = account.challenge()
        account.start(challenge_id, "authy", "push")
        self._providers.answer_push(self._phone_of(account), "approved")
        return self._post("/signin/verify", {"challenge_id": challenge_id, "factor_id": "authy"}).status_code == 200

    def step_up(self, what: str) -> bool:
        if what in ("CountMail", "SendMail"):
            account = self._account()
            account.sign_in()
            return self._post("/stepup", {}, account).status_code == 202
        if what in OF_PASSWORDS:
            account = self._account()
            account.sign_in()
            if what in ("EncryptPasswords", "UpgradePassword"):
                self._outdated(account)
            return self._post("/stepup", {"password": PASSWORD}, account).status_code == 200
        account, proof = self._before_second_factor(what, self._begin_step_up)
        return "challenge_id" in proof and self._passes(self._post("/stepup", proof, account), what, 200)

    def reset_password(self, what: str) -> bool:
        account, proof = self._before_second_factor(what, self._reset_up_to_second_factor)
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
        """Enrol two phones, of which the first is removed, at Authy too; or one that Authy refuses."""
        account = self._signed_in()
        if what == "UndoEnrolment":
            refused = {"email": account.user.address, "phone": "11980000000", "ccode": "55"}
            return self._post("/me/factors/authy", refused, account).status_code == 400
        bodies = [{"email": account.user.address, "phone": new_phone()[3:], "ccode": "55"} for _ in range(2)]
        return [self._post("/me/factors/authy", body, account).status_code for body in bodies] == [200, 200]

    def send_factor_code(self, what: str) -> bool:
        account, kind = self._signed_in(), "verify" if what == OF_VERIFY else "authy"
        phone = new_phone()
        account.enrol_phone(kind, phone)
        self._maybe_lose(account, what)
        return self._post(f"/me/factors/{kind}/code", {"channel": "sms"}, account).status_code == 202

    def confirm_factor(self, what: str) -> bool:
        account, kind = self._signed_in(), "verify" if what == OF_VERIFY else "authy"
        phone = new_phone()
        account.enrol_phone(kind, phone)
        if what == "CountCodes":
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
        return Account(self._handlers.user(), self._providers)

    def _signed_in(self) -> Account:
        """Return an account that may add a first factor."""
        account = self._account()
        account.prove_mailbox()
        return account

    def _is_told(self, what: str, account: Account, subject: str, text: str = "") -> bool:
        """Nothing depends on a notice, so a missing permission shows in the mail that does not come."""
        return what != "SendMail" or any(text in one for one in mails_to(self._handlers, account.user.address, subject))

    def _tells_of_wrong_codes(self, path: str, account: Account, begin: Any) -> bool:
        account.add_totp()
        proof = {"challenge_id": begin(account), "factor_id": "totp", "code": "000000"}
        for _ in range(3):
            assert self._post(path, proof).status_code == 401
        return bool(mails_to(self._handlers, account.user.address, "Somebody knows your password"))

    def _with_phone(self, what: str) -> tuple[Account, str, str]:
        """Return an account, the type of its factor, its phone: messages may be sent to it again."""
        account, kind, phone = self._account(), "verify" if what == OF_VERIFY else "authy", new_phone()
        account.add_phone(kind, phone)
        self._providers.forget_waits(account)
        return account, kind, phone

    def _before_second_factor(self, what: str, begin: Any) -> tuple[Account, dict[str, str]]:
        """An account before the second factor, with the right proof; a wrong one where Authy has lost the user."""
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
        """Begin a step-up by the deployed function itself."""
        answer = self._post("/stepup", {}, account)
        return answer.json()["challenge_id"] if answer.status_code == 202 else None

    def _reset_up_to_second_factor(self, account: Account) -> str:
        challenge_id: str = self._handlers.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
        body = {
            "challenge_id": challenge_id,
            "code": account.mailed_code(),
            "password": "another long password of mine",
        }
        assert self._handlers.call("reset_password", body).status == 202
        return challenge_id

    def _passes(self, answer: httpx.Response, what: str, status: int) -> bool:
        """Return whether the status is as expected: 401 where Authy has lost the user, whose code is void."""
        return answer.status_code == (401 if what in LOST else status)

    def _maybe_lose(self, account: Account, what: str) -> None:
        if what in LOST:
            kind = self._handlers.module("enrol_factor").SERVICES.factor_types["authy"]
            (factor,) = kind._tools.factors.of(account.user.id)
            kind._authy.delete(kind._secret(factor)["authy_id"])

    def _strengthen(self, account: Account) -> None:
        """Sign in with both factors."""
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
        old = KmsPasswordCipher(self._handlers.environment["KEY_ARN"]).encrypt(
            PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD), account.user.id
        )
        self._handlers.stack.aws("dynamodb").update_item(
            TableName=self._handlers.environment["TABLE_NAME"],
            Key={"pk": {"S": f"credential#{account.user.id}"}, "sk": {"S": "password"}},
            UpdateExpression="SET password = :value",
            ExpressionAttributeValues={":value": {"B": old}},
        )

    def _post(self, path: str, body: dict[str, Any], account: Account | None = None) -> httpx.Response:
        return self._api.post(path, json=body, headers=account.bearer if account else {})

    def _get(self, path: str, account: Account) -> httpx.Response:
        return self._api.get(path, headers=account.bearer)
