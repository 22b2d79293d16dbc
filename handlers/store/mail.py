"""Mail through SES."""

import json
from typing import Any

from handlers.core.mails.letter import Letterhead, Mail, render
from handlers.errors import MailUnavailable
from handlers.store.aws import client, error_code, hasty_client


class SesMailer:
    """Implements `core.ports.Mailer`."""

    def __init__(self, sender: str, letterhead: Letterhead) -> None:
        self._sender = sender
        self._letterhead = letterhead

    def send(self, address: str, mail: Mail) -> None:
        """One call to SES. Raises `MailUnavailable` for every error, so that callers cannot tell addresses apart."""
        if not self._is_sent(client("sesv2"), address, mail):
            raise MailUnavailable

    def notify(self, address: str, mail: Mail) -> bool:
        """One call to SES, which is not waited for long, nor tried again."""
        return self._is_sent(hasty_client("sesv2"), address, mail)

    def _is_sent(self, ses: Any, address: str, mail: Mail) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        sent = render(mail, self._letterhead)
        body = {"Text": _utf8(sent.text), "Html": _utf8(sent.html)}
        content = {"Subject": _utf8(sent.subject), "Body": body}
        try:
            ses.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": content},
            )
        except (ClientError, BotoCoreError) as error:
            # SES's messages quote addresses, so only the type of the error is logged.
            print(
                json.dumps({"event": "mail_not_sent", "reason": error_code(error) or type(error).__name__}), flush=True
            )
            return False
        return True


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
