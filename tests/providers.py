"""The fakes of Authy and Twilio Verify, as their owner sees them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from local import fakes

if TYPE_CHECKING:
    from tests.account import Account


class Providers:
    """What was sent, what waits, and which fault they have."""

    def __init__(self, cloud_url: str) -> None:
        self._url = f"{cloud_url}{fakes.CONTROL}"

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """Texts and calls to this phone, oldest first."""
        return [message for message in self._get("messages") if message["to"] == phone]

    def code(self, phone: str) -> str:
        """The one that was sent last."""
        text: str = self.messages(phone)[-1]["text"]
        return text.rstrip(".").rsplit(" ", 1)[1]

    def users(self) -> list[dict[str, Any]]:
        """Of Authy."""
        found: list[dict[str, Any]] = self._get("users")
        return found

    def user(self, phone: str) -> dict[str, Any]:
        """Of Authy, by their phone."""
        return next(user for user in self.users() if user["phone"] == phone)

    def pushes(self, phone: str) -> list[str]:
        """What the pushes say that wait."""
        return [push["text"] for push in self._get("pushes") if push["to"] == phone]

    def answer_push(self, phone: str, status: str) -> None:
        """The newest of this phone."""
        push = [push for push in self._get("pushes") if push["to"] == phone][-1]
        httpx.post(f"{self._url}/pushes", json={"id": push["id"], "status": status}).raise_for_status()

    def forget_waits(self, account: "Account") -> None:
        """As if the account's last message had been long ago."""
        door = account.door
        dynamodb = door.stack.aws("dynamodb")
        for kind in ("authy", "verify"):
            key = {"pk": {"S": f"limit#sent:wait:{account.user.id}:{kind}"}, "sk": {"S": "count"}}
            dynamodb.delete_item(TableName=door.environment["TABLE_NAME"], Key=key)

    @contextmanager
    def fault(self, name: str, provider: str) -> Iterator[None]:
        """While it lasts, every answer has it."""
        self._spoil(provider, name)
        try:
            yield
        finally:
            self._spoil(provider, None)

    def _spoil(self, provider: str, name: str | None) -> None:
        httpx.post(f"{self._url}/faults", json={"provider": provider, "fault": name}).raise_for_status()

    def _get(self, what: str) -> Any:
        return httpx.get(f"{self._url}/{what}").raise_for_status().json()
