"""Twilio Verify, the successor of Authy: codes by text and by call.

While a verification of a phone is open, Twilio continues it when another is started, with the same code. A code must be
valid for one challenge alone, so an open verification is ended before a new one is started. An unconfirmed phone is an
exception: its open verification may be its owner's, and is left alone.

Source: https://www.twilio.com/docs/verify/api.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from contract import factors as kinds
from handlers.core.mfa.factor_type import Context, Enrolled, Enrolment, FactorType, Proof, Started, State, Verified
from handlers.errors import BadRequest, FactorExists, TooMany, WrongCode
from handlers.factors import Settings, Tools, phones
from handlers.factors.verify_api import Verify

RESUMED_SECONDS = 600  # as long as Twilio keeps a verification open
CODE = re.compile(r"[0-9]{4,10}")
AMR = {"sms": "sms", "call": "tel"}  # RFC 8176


def make(settings: Settings, tools: Tools) -> "VerifyFactor":
    """Return the factor type. Settings: `{"secret_id": ..., "url": ..., "countries": [...]}`."""
    return VerifyFactor(tools, Verify(settings["secret_id"], settings["url"]), frozenset(settings["countries"]))


class VerifyFactor(FactorType):
    """The phone of a user, one each; Twilio stores none of them."""

    channels: tuple[str, ...] = ("sms", "call")
    is_guessable = True

    def __init__(self, tools: Tools, verify: Verify, countries: Collection[str]) -> None:
        self._tools = tools
        self._verify = verify
        self._countries = countries

    def enrol(self, context: Context, given: Mapping[str, Any], others: Collection[Enrolled]) -> Enrolment:
        """Return an unconfirmed phone. Raises `BadRequest`, `CountryNotAllowed`, `FactorExists`."""
        known = next((one for one in others if one.kind == kinds.VERIFY), None)
        if known and known.confirmed:
            raise FactorExists
        phone = phones.parse(given["phone"], None, self._countries, is_new=True)
        user_id = context.profile.user_id
        before = self._tools.cipher.decrypt(known) if known else {}
        is_same = known is not None and before["phone"] == phone.e164  # then its open verification continues
        secret = {"phone": phone.e164, "enrolment": before["enrolment"] if is_same else context.random(8).hex()}
        factor = Enrolled(
            user_id=user_id,
            id=kinds.VERIFY,
            kind=kinds.VERIFY,
            hint=phone.hint,
            confirmed=False,
            created_at=context.now,
            encrypted=self._tools.cipher.encrypt(secret, user_id, kinds.VERIFY),
            started=known.started if known and is_same else {},
            expires_at=context.expires_at,
        )
        self._tools.factors.add(factor)
        return Enrolment(factor, {})

    def start(self, factor: Enrolled, channel: str | None, context: Context) -> Started:
        """Send a code by text or by call. Raises `TooMany`."""
        if channel not in self.channels:
            raise BadRequest("The field `channel` must be sms or call.")
        secret = self._tools.cipher.decrypt(factor)
        phone = phones.parse(secret["phone"], None, self._countries)
        phones.consume(self._tools, factor, phone, channel, self._verify.key, context)
        if factor.confirmed:  # an unconfirmed phone's open verification may be its owner's
            self._verify.end(phone.e164)
        sent = self._verify.send(phone.e164, channel)
        if sent.resumed and sent.sid != factor.started.get("sid"):
            raise TooMany(RESUMED_SECONDS)  # a code is on its way for another account
        return Started({"sid": sent.sid, "channel": channel, "enrolment": secret["enrolment"]})

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Verified:
        """Verify the code of the verification that this challenge has started."""
        if "sid" not in started or proof.code is None or not CODE.fullmatch(proof.code):
            raise WrongCode
        if started["enrolment"] != self._tools.cipher.decrypt(factor)["enrolment"]:
            raise WrongCode  # another phone was enrolled meanwhile
        if not self._verify.is_valid(started["sid"], proof.code):
            raise WrongCode
        phones.reset_cooldown(self._tools, factor)
        return Verified(AMR[started["channel"]])
