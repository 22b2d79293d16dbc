"""The fakes of Authy and Twilio Verify, seen by the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from sallyport.local import fakes

if TYPE_CHECKING:
    from tests.support.account import Account


class Providers:
    """The messages that were sent, the waiting pushes, and the faults."""

    def __init__(self, cloud_url: str) -> None:
        self._url = f"{cloud_url}{fakes.CONTROL}"

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """Return the texts and calls to this phone, oldest first."""
        return [message for message in self._get("messages") if message["to"] == phone]

    def code(self, phone: str) -> str:
        """Return the code that was sent last."""
        text: str = self.messages(phone)[-1]["text"]
        return text.rstrip(".").rsplit(" ", 1)[1]

    def users(self) -> list[dict[str, Any]]:
        """Return the users of Authy."""
        found: list[dict[str, Any]] = self._get("users")
        return found

    def user(self, phone: str) -> dict[str, Any]:
        """Return the user of Authy with this phone."""
        return next(user for user in self.users() if user["phone"] == phone)

    def pushes(self, phone: str) -> list[str]:
        """Return the texts of the waiting pushes."""
        return [push["text"] for push in self._get("pushes") if push["to"] == phone]

    def answer_push(self, phone: str, status: str) -> None:
        """Answer the newest push of this phone."""
        push = [push for push in self._get("pushes") if push["to"] == phone][-1]
        httpx.post(f"{self._url}/pushes", json={"id": push["id"], "status": status}).raise_for_status()

    def forget_waits(self, account: "Account") -> None:
        """End the cooldowns of the account's messages."""
        handlers = account.handlers
        dynamodb = handlers.stack.aws("dynamodb")
        for kind in ("authy", "verify"):
            key = {"pk": {"S": f"limit#sent:wait:{account.user.id}:{kind}"}, "sk": {"S": "count"}}
            dynamodb.delete_item(TableName=handlers.environment["TABLE_NAME"], Key=key)

    @contextmanager
    def fault(self, name: str, provider: str) -> Iterator[None]:
        """Let every answer have this fault for a while."""
        self._spoil(provider, name)
        try:
            yield
        finally:
            self._spoil(provider, None)

    def _spoil(self, provider: str, name: str | None) -> None:
        httpx.post(f"{self._url}/faults", json={"provider": provider, "fault": name}).raise_for_status()

    def _get(self, what: str) -> Any:
        return httpx.get(f"{self._url}/{what}").raise_for_status().json()
