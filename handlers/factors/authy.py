"""Authy: a Twilio user with a phone and perhaps an app. Texts, calls, the app's codes, and pushes to approve.

Authy knows a user by their phone, and answers the same id whoever asks, so that creating one again is harmless: that is
what mends whatever was left half-made. Several accounts may know one Authy user, and a stranger may claim a phone, so
the directory keeps who knows whom: Authy is told to forget a user by the last account that does, nothing about a user
but its id is shown before a code has confirmed the phone, and none is brought into another app that several accounts
know. The factor is kept before Authy is asked, and forgotten after Authy has forgotten: no Authy user without an
account that knows it.

Source: Twilio, "Authy API" (closed to new customers), and the `authy` package.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from contract import factors as kinds
from handlers.core import limits
from handlers.core.factors import (
    Context,
    Enrolled,
    Enrolment,
    Factor,
    Passed,
    Proof,
    Started,
    State,
    Use,
    Waiting,
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
    """`{"secret_id": ..., "url": ..., "countries": [...]}`."""
    return AuthyFactor(tools, Authy(settings["secret_id"], settings["url"]), frozenset(settings["countries"]))


class AuthyFactor(Factor):
    """One for each user."""

    channels: tuple[str, ...] = (SMS, CALL, PUSH, APP)
    is_guessable = True

    def __init__(self, tools: Tools, authy: Authy, countries: Collection[str]) -> None:
        self._tools = tools
        self._authy = authy
        self._countries = countries

    def enrol(self, context: Context, given: Mapping[str, Any], others: Collection[Enrolled]) -> Enrolment:
        """Create the Authy user and bind it to the account. Raises `UserNotValid`, `FactorExists`."""
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
            sealed=self._tools.vault.seal(secret, user_id, kinds.AUTHY),
        )
        self._tools.factors.add(factor)
        try:
            bound, told = self._bind(factor, secret)
        except UserNotValid:
            self._tools.factors.remove(factor)
            raise
        return Enrolment(bound, told)

    def start(self, factor: Enrolled, channel: str | None, context: Context) -> Started:
        """A text, a call or a push; nothing for the app's own code."""
        if channel not in self.channels:
            raise BadRequest("The field `channel` must be sms, call, push or app.")
        if channel == APP:
            return Started({"channel": APP}, is_sent=False)
        secret = self._secret(factor)
        phone, bound = phones.parse(secret["phone"], None, self._countries), {"enrolment": secret["enrolment"]}
        if channel == PUSH:
            return Started({"channel": PUSH, **bound, **self._pushed(factor, secret, phone, context)})
        phones.charge(self._tools, factor, phone, channel, self._authy.key, context)
        action = context.random(8).hex()
        self._as_user(factor, secret, lambda id_: self._authy.send(id_, channel, action))
        return Started({"channel": channel, **bound, "action": action})

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Passed | Waiting:
        """A code that was sent for this and nothing else, a code of the app, or the answer to a push.

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
            phones.arrived(self._tools, factor)
        digest = hashlib.sha256(f"{factor.user_id} {code}".encode()).hexdigest()
        spent = f"{context.now + SPENT_SECONDS}:{digest}"
        return Passed(AMR[APP if channel == PUSH else channel], Use(spent=spent))

    def export(self, factor: Enrolled) -> None:
        """Nobody else may pass with the Authy user. Raises `FactorShared`."""
        self._as_user(factor, self._secret(factor), lambda id_: self._check_alone(factor, id_))

    def remove(self, factor: Enrolled) -> None:
        """Have Authy forget the user, unless another account knows it; one whose id was lost is asked for once more."""
        secret = self._secret(factor)
        if "authy_id" in secret and self._forget(factor.user_id, secret["authy_id"]):
            return
        try:
            self._forget(factor.user_id, self._create(secret))
        except UserNotValid:
            return  # Authy does not take the phone, so it knows nobody by it

    def details(self, factor: Enrolled) -> Mapping[str, Any]:
        """Whether Authy knows an app of theirs, and which devices."""
        return self._as_user(factor, self._secret(factor), self._authy.status)

    def qr(self, factor: Enrolled, label: str) -> Mapping[str, str]:
        """A QR code for another authenticator app, once it is written down whose app that is. Raises `FactorShared`."""
        return self._as_user(factor, self._secret(factor), lambda id_: self._exported(factor, id_, label))

    def _judge(self, factor: Enrolled, authy_id: str, code: str, action: str | None) -> None:
        if not self._authy.is_valid(authy_id, code, action):
            raise WrongCode
        self._prove(factor, authy_id)

    def _prove(self, factor: Enrolled, authy_id: str) -> None:
        """The account has shown a right code; but one that somebody else's app shows proves nothing."""
        known = self._tools.factors.know(factor.user_id, authy_id, proves=True)
        if known.exported_by not in (None, factor.user_id):
            raise FactorShared

    def _check_alone(self, factor: Enrolled, authy_id: str) -> None:
        if self._tools.factors.know(factor.user_id, authy_id).proven_by_others:
            raise FactorShared

    def _exported(self, factor: Enrolled, authy_id: str, label: str) -> Mapping[str, str]:
        try:
            self._tools.factors.know(factor.user_id, authy_id, exports=True)
        except Contended:
            raise FactorShared from None
        return self._authy.qr(authy_id, label)

    def _pushed(self, factor: Enrolled, secret: Mapping[str, str], phone: Phone, context: Context) -> dict[str, str]:
        """A push; to a phone that nobody has confirmed yet it says what it is for, and counts as a message."""
        text = PUSH_TEXT if factor.confirmed else NEW_PUSH_TEXT
        self._tools.counters.charge([limits.for_push(self._tools.limits, factor.user_id, context.now)], context.now)
        if not factor.confirmed:
            phones.charge(self._tools, factor, phone, PUSH, self._authy.key, context)
        seconds = context.expires_at - context.now
        uuid = self._as_user(factor, secret, lambda id_: self._authy.ask_approval(id_, text, seconds))
        return {"uuid": uuid, "at": str(context.now)}

    def _approved(self, factor: Enrolled, secret: Mapping[str, str], started: State) -> Passed | Waiting:
        if "uuid" not in started:
            raise WrongCode
        status = self._authy.approval(started["uuid"])
        if status == "pending":
            return Waiting()
        if status == "approved":
            self._prove(factor, secret["authy_id"])  # there is one: a push is sent to who is bound
            push = limits.for_push(self._tools.limits, factor.user_id, int(started["at"]))
            self._tools.counters.give_back([push])
            return Passed(AMR[PUSH], Use(spent=f"{int(started['at']) + SPENT_SECONDS}:{started['uuid']}"))
        raise WrongCode

    def _as_user(self, factor: Enrolled, secret: Mapping[str, str], act: Callable[[str], T]) -> T:
        """Do it as this Authy user; one that is gone is made again, once."""
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
        """Create the Authy user and keep its id with the factor."""
        authy_id = self._create(secret)
        sealed = self._tools.vault.seal({**secret, "authy_id": authy_id}, factor.user_id, factor.id)
        told = {"message": "User created successfully.", "user": {"id": int(authy_id)}, "success": "true"}
        try:
            return self._tools.factors.bind(factor, sealed, authy_id, secret.get("authy_id")), told
        except Contended:
            return self._bound_by_another(factor, authy_id), told

    def _bound_by_another(self, factor: Enrolled, authy_id: str) -> Enrolled:
        """Another request was faster: it has bound the same user, or removed the factor, or taken another phone."""
        current = next((one for one in self._tools.factors.of(factor.user_id) if one.id == factor.id), None)
        if current and self._secret(current).get("authy_id") == authy_id:
            return current
        if current is None or current.hint != factor.hint:
            self._forget(factor.user_id, authy_id)
        raise Contended

    def _forget(self, user_id: str, authy_id: str) -> bool:
        """Have the Authy user deleted if no other account knows it, then know it no more; whether Authy knew it."""
        is_shared = bool(self._tools.factors.know(user_id, authy_id).others)
        was_known = is_shared or self._delete(authy_id)
        is_last = self._tools.factors.let_go(user_id, authy_id)
        if is_shared and is_last:  # the other has gone meanwhile, and left it to us
            self._delete(authy_id)
        return was_known

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
        """As Authy would say it."""
        try:
            return phones.parse(given["phone"], str(given["ccode"]), self._countries, is_new=True)
        except CountryNotAllowed:
            raise
        except BadRequest:
            raise UserNotValid(("cellphone",)) from None

    def _secret(self, factor: Enrolled) -> dict[str, str]:
        return self._tools.vault.unseal(factor)
