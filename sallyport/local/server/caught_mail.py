"""The caught mail to one address. MiniStack answers with all mail, and there may be thousands."""

import json
from typing import Any
from urllib.parse import unquote

from ministack import app
from ministack.services import ses

PATH = "/_ministack/ses/messages"
HEADER = "x-sallyport-to"
"""The address that is asked for, percent-encoded; in a header, because addresses do not belong in URLs."""


def install() -> None:
    """Wrap MiniStack's function."""
    answer_with_all = app._handle_ses_messages_request

    async def answer(method, path, headers, query_params):  # type: ignore[no-untyped-def]
        address = headers.get(HEADER)
        if (method, path) != ("GET", PATH) or address is None:
            return await answer_with_all(method, path, headers, query_params)
        body = json.dumps({"messages": {"": _sent_to(unquote(address))}})
        return 200, {"Content-Type": "application/json"}, body.encode()

    app._handle_ses_messages_request = answer


def _sent_to(address: str) -> list[dict[str, Any]]:
    every = [mail for mails in ses._sent_emails.to_dict().values() for mail in mails]
    return [_shown(mail) for mail in every if address in mail.get("To", ())]


def _shown(mail: dict[str, Any]) -> dict[str, Any]:
    """Return what MiniStack shows of a mail."""
    texts = {name: mail.get(f"Rendered{name}") or mail.get(name) for name in ("Subject", "BodyText", "BodyHtml")}
    return {**texts, **{name: mail[name] for name in ("MessageId", "To", "Timestamp")}}
