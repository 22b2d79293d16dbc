"""Authy: texts, calls, codes of the app, and pushes to approve. An Authy user has a phone and perhaps an app.

Authy identifies a user by the phone, and answers every request to create it with the same id, so that a repetition
completes what a failure stopped. Several accounts may be linked to one Authy user, and a stranger may claim a phone, so
the directory stores the links: the last linked account has Authy delete the user, only its id is shown before a code
has confirmed the phone, and an Authy user with several accounts is not brought into another app. The factor is stored
before Authy creates the user, and deleted after Authy has deleted it: no Authy user is without a linked account.

Source: Twilio, "Authy API" (closed to new customers), and the `authy` package.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from contract import factors as kinds
from handlers.core.limits import messages
from handlers.core.mfa.factor_type import (
    Context,
    Enrolled,
    Enrolment,
    FactorType,
    Pending,
    Proof,
    Started,
    State,
    Use,
    Verified,
)
from handlers.errors import (
    BadRequest,
    Contended,
    CountryNotAllowed,
    FactorExists,
    FactorShared,
    ProviderFailed,
    UserNotValid,
    WrongCode,
)
from handlers.factors import Settings, Tools, phones
from handlers.factors.authy_api import Authy, UserGone
from handlers.factors.phones import Phone

T = TypeVar("T")

SMS, CALL, PUSH, APP = "sms", "call", "push", "app"
AMR = {SMS: "sms", CALL: "tel", PUSH: "swk", APP: "otp"}  # RFC 8176
PUSH_TEXT, NEW_PUSH_TEXT = "Sign in?", "Add this phone to an account?"
SPENT_SECONDS = 900  # longer than any code lives


def make(settings: Settings, tools: Tools) -> "AuthyFactor":
    """Return the factor type. Settings: `{"secret_id": ..., "url": ..., "countries": [...]}`."""
    return AuthyFactor(tools, Authy(settings["secret_id"], settings["url"]), frozenset(settings["countries"]))


class AuthyFactor(FactorType):
    """The Authy user of an account, one each."""

    channels: tuple[str, ...] = (SMS, CALL, PUSH, APP)
    is_guessable = True

    def __init__(self, tools: Tools, authy: Authy, countries: Collection[str]) -> None:
        self._tools = tools
        self._authy = authy
        self._countries = countries

    def enrol(self, context: Context, given: Mapping[str, Any], others: Collection[Enrolled]) -> Enrolment:
        """Create the Authy user and link the account to it. Raises `UserNotValid`, `FactorExists`."""
        known = next((one for one in others if one.kind == kinds.AUTHY), None)
        if known and known.confirmed:
            raise FactorExists
        if given["email"].lower() != context.profile.email:
            raise UserNotValid(("email",))
        phone = self._phone(given)
        if known and self._secret(known)["phone"] != phone.e164:
            self.remove(known)
        user_id = context.profile.user_id
        secret = {"email": context.profile.email, "phone": phone.e164, "enrolment": context.random(8).hex()}
        factor = Enrolled(
            user_id=user_id,
            id=kinds.AUTHY,
            kind=kinds.AUTHY,
            hint=phone.hint,
            confirmed=False,
            created_at=context.now,
            encrypted=self._tools.cipher.encrypt(secret, user_id, kinds.AUTHY),
        )
        self._tools.factors.add(factor)
        try:
            bound, shown = self._bind(factor, secret)
        except UserNotValid:
            self._tools.factors.remove(factor)
            raise
        return Enrolment(bound, shown)

    def start(self, factor: Enrolled, channel: str | None, context: Context) -> Started:
        """Send a text, a call or a push; nothing for a code of the app."""
        if channel not in self.channels:
            raise BadRequest("The field `channel` must be sms, call, push or app.")
        if channel == APP:
            return Started({"channel": APP}, is_sent=False)
        secret = self._secret(factor)
        phone, bound = phones.parse(secret["phone"], None, self._countries), {"enrolment": secret["enrolment"]}
        if channel == PUSH:
            return Started({"channel": PUSH, **bound, **self._pushed(factor, secret, phone, context)})
        phones.consume(self._tools, factor, phone, channel, self._authy.key, context)
        action = context.random(8).hex()
        self._as_user(factor, secret, lambda id_: self._authy.send(id_, channel, action))
        return Started({"channel": channel, **bound, "action": action})

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Verified | Pending:
        """Verify a code that was sent for this challenge, a code of the app, or the answer to a push.

        Raises `WrongCode`; `FactorShared` if an app of another account shows the codes.
        """
        channel, secret = started.get("channel", APP), self._secret(factor)
        if channel != APP and started["enrolment"] != secret["enrolment"]:
            raise WrongCode  # another phone was enrolled meanwhile
        if proof.code is None:
            return self._approved(factor, secret, started)
        if not (proof.code.isascii() and proof.code.isdigit()):
            raise WrongCode
        code = proof.code
        self._as_user(factor, secret, lambda id_: self._judge(factor, id_, code, started.get("action")))
        if "action" in started:
            phones.reset_cooldown(self._tools, factor)
        digest = hashlib.sha256(f"{factor.user_id} {code}".encode()).hexdigest()
        spent = f"{context.now + SPENT_SECONDS}:{digest}"
        return Verified(AMR[APP if channel == PUSH else channel], Use(spent=spent))

    def check_export(self, factor: Enrolled) -> None:
        """Check that no other account has used the Authy user. Raises `FactorShared`."""
        self._as_user(factor, self._secret(factor), lambda id_: self._check_alone(factor, id_))

    def remove(self, factor: Enrolled) -> None:
        """Have Authy delete the user, unless another account is linked to it; a lost id is requested once more."""
        secret = self._secret(factor)
        if "authy_id" in secret and self._forget(factor.user_id, secret["authy_id"]):
            return
        try:
            self._forget(factor.user_id, self._create(secret))
        except UserNotValid:
            return  # Authy does not accept the phone, so it has no user of it

    def forget(self, user_id: str, provider_id: str) -> None:
        """Have Authy delete the user, unless another account is linked to it."""
        self._forget(user_id, provider_id)

    def details(self, factor: Enrolled) -> Mapping[str, Any]:
        """Return whether the user has the app, and on which devices."""
        return self._as_user(factor, self._secret(factor), self._authy.status)

    def qr(self, factor: Enrolled, label: str) -> Mapping[str, str]:
        """Store the account as the exporter, then return a QR code for another app. Raises `FactorShared`."""
        return self._as_user(factor, self._secret(factor), lambda id_: self._exported(factor, id_, label))

    def _judge(self, factor: Enrolled, authy_id: str, code: str, action: str | None) -> None:
        if not self._authy.is_valid(authy_id, code, action):
            raise WrongCode
        self._prove(factor, authy_id)

    def _prove(self, factor: Enrolled, authy_id: str) -> None:
        """Store that the account has presented a right code. Raises `FactorShared` if another app shows it."""
        known = self._tools.factors.link(factor.user_id, authy_id, proves=True)
        if known.exported_by not in (None, factor.user_id):
            raise FactorShared

    def _check_alone(self, factor: Enrolled, authy_id: str) -> None:
        if self._tools.factors.link(factor.user_id, authy_id).proven_by_others:
            raise FactorShared

    def _exported(self, factor: Enrolled, authy_id: str, label: str) -> Mapping[str, str]:
        try:
            self._tools.factors.link(factor.user_id, authy_id, exports=True)
        except Contended:
            raise FactorShared from None
        return self._authy.qr(authy_id, label)

    def _pushed(self, factor: Enrolled, secret: Mapping[str, str], phone: Phone, context: Context) -> dict[str, str]:
        """Send a push. To an unconfirmed phone its text says what it is for, and it counts as a message."""
        text = PUSH_TEXT if factor.confirmed else NEW_PUSH_TEXT
        self._tools.counters.consume([messages.for_push(self._tools.limits, factor.user_id, context.now)], context.now)
        if not factor.confirmed:
            phones.consume(self._tools, factor, phone, PUSH, self._authy.key, context)
        seconds = context.expires_at - context.now
        uuid = self._as_user(factor, secret, lambda id_: self._authy.ask_approval(id_, text, seconds))
        return {"uuid": uuid, "at": str(context.now)}

    def _approved(self, factor: Enrolled, secret: Mapping[str, str], started: State) -> Verified | Pending:
        if "uuid" not in started:
            raise WrongCode
        status = self._authy.approval(started["uuid"])
        if status == "pending":
            return Pending()
        if status == "approved":
            self._prove(factor, secret["authy_id"])  # it exists: a push is sent to a linked user alone
            push = messages.for_push(self._tools.limits, factor.user_id, int(started["at"]))
            self._tools.counters.refund([push])
            return Verified(AMR[PUSH], Use(spent=f"{int(started['at']) + SPENT_SECONDS}:{started['uuid']}"))
        raise WrongCode

    def _as_user(self, factor: Enrolled, secret: Mapping[str, str], act: Callable[[str], T]) -> T:
        """Act on this Authy user; one that Authy has lost is created again, once."""
        if "authy_id" in secret:
            try:
                return act(secret["authy_id"])
            except UserGone:
                pass
        bound, _ = self._bind(factor, secret)
        try:
            return act(self._secret(bound)["authy_id"])
        except UserGone:
            raise ProviderFailed from None

    def _bind(self, factor: Enrolled, secret: Mapping[str, str]) -> tuple[Enrolled, Mapping[str, Any]]:
        """Create the Authy user and store its id with the factor."""
        authy_id = self._create(secret)
        encrypted = self._tools.cipher.encrypt({**secret, "authy_id": authy_id}, factor.user_id, factor.id)
        shown = {"message": "User created successfully.", "user": {"id": int(authy_id)}, "success": "true"}
        try:
            return self._tools.factors.bind(factor, encrypted, authy_id, secret.get("authy_id")), shown
        except Contended:
            return self._bound_by_another(factor, authy_id), shown

    def _bound_by_another(self, factor: Enrolled, authy_id: str) -> Enrolled:
        """Return the factor after another request has linked the same user. Raises `Contended` for other changes."""
        current = next((one for one in self._tools.factors.of(factor.user_id) if one.id == factor.id), None)
        if current and self._secret(current).get("authy_id") == authy_id:
            return current
        if current is None or current.hint != factor.hint:
            self._forget(factor.user_id, authy_id)
        raise Contended

    def _forget(self, user_id: str, authy_id: str) -> bool:
        """Have the Authy user deleted if no other account is linked, then unlink; return whether Authy had the user."""
        is_shared = bool(self._tools.factors.link(user_id, authy_id).others)
        existed = is_shared or self._delete(authy_id)
        is_last = self._tools.factors.unlink(user_id, authy_id)
        if is_shared and is_last:  # the other account was unlinked meanwhile, and left the user to this one
            self._delete(authy_id)
        return existed

    def _delete(self, authy_id: str) -> bool:
        try:
            self._authy.delete(authy_id)
        except UserGone:
            return False
        return True

    def _create(self, secret: Mapping[str, str]) -> str:
        phone = phones.parse(secret["phone"], None, None)
        return self._authy.create(secret["email"], phone.national, phone.calling_code)

    def _phone(self, given: Mapping[str, Any]) -> Phone:
        """Parse the phone; what is wrong with it is said as Authy says it. Raises `UserNotValid`."""
        try:
            return phones.parse(given["phone"], str(given["ccode"]), self._countries, is_new=True)
        except CountryNotAllowed:
            raise
        except BadRequest:
            raise UserNotValid(("cellphone",)) from None

    def _secret(self, factor: Enrolled) -> dict[str, str]:
        return self._tools.cipher.decrypt(factor)
