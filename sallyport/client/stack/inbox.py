"""Mail and text messages that the embedded AWS has caught."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from contract.mail import NOBODYS_MAILBOX
from sallyport.client.errors import Failure
from sallyport.client.stack import providers
from sallyport.local import loopback

POLL_SECONDS = 0.5
ADDRESS = re.compile(r"https?://\S+")
TO = "x-sallyport-to"
"""The header that asks for the mail to one address; see `sallyport/local/server/caught_mail.py`."""
CODE = re.compile(r"\b\d{4,8}\b")


@dataclass(frozen=True)
class Message:
    """A caught mail or text message. `at` in Unix seconds."""

    id: str
    at: float
    to: str
    subject: str
    text: str
    html: str = ""
    """The HTML part; empty for a text message."""

    @property
    def code(self) -> str | None:
        """The code in the message."""
        found = CODE.search(ADDRESS.sub("", self.text))
        return found.group() if found else None


def messages(cloud_url: str) -> list[Message]:
    """Return all caught messages, oldest first. Raises `Failure`."""
    return _messages(cloud_url, {})


def sent_to(cloud_url: str, address: str | None = None) -> list[Message]:
    """Return the caught messages, oldest first: those to this address if one is given. Raises `Failure`."""
    if address is None:
        return messages(cloud_url)
    return [one for one in _messages(cloud_url, {TO: quote(address)}) if one.to == address]


def _messages(cloud_url: str, mail_headers: dict[str, str]) -> list[Message]:
    try:
        mail = _get(f"{cloud_url}/_ministack/ses/messages", mail_headers)
        texts = _get(f"{cloud_url}/_ministack/sns/sms-messages", {})
    except httpx.HTTPError as error:
        raise Failure(f"The inbox of {cloud_url} does not answer: {error}") from None
    found = [_mail(item) for account in mail["messages"].values() for item in account]
    found += [_text(item) for account in texts.get("messages", {}).values() for item in account]
    found += [Message(**message) for message in providers.messages(cloud_url)]
    found = [message for message in found if message.to != NOBODYS_MAILBOX]
    return sorted(found, key=lambda message: message.at)


def newest_code(cloud_url: str, address: str | None = None) -> str | None:
    """Return the code that was sent last, to this address if one is given."""
    return next((one.code for one in reversed(sent_to(cloud_url, address)) if one.code), None)


def newest_mail(cloud_url: str, address: str | None = None) -> Message | None:
    """Return the mail with an HTML part that was sent last, to this address if one is given."""
    return next((one for one in reversed(sent_to(cloud_url, address)) if one.html), None)


def follow(cloud_url: str) -> Iterator[Message]:
    """Yield every message, then each new one as it arrives."""
    seen: set[str] = set()
    while True:
        for message in messages(cloud_url):
            if message.id not in seen:
                seen.add(message.id)
                yield message
        time.sleep(POLL_SECONDS)


def _get(url: str, headers: dict[str, str]) -> Any:
    return loopback.request("GET", url, headers=headers).raise_for_status().json()


def _mail(item: dict[str, object]) -> Message:
    to = ", ".join(str(address) for address in item["To"])  # type: ignore[attr-defined]
    at = float(str(item["Timestamp"]))
    return Message(
        str(item["MessageId"]), at, to, str(item["Subject"]), str(item["BodyText"]), str(item.get("BodyHtml") or "")
    )


def _text(item: dict[str, object]) -> Message:
    to = str(item.get("PhoneNumber", ""))
    at = float(str(item.get("Timestamp", 0)))
    return Message(str(item.get("MessageId", at)), at, to, "text message", str(item.get("Message", "")))
