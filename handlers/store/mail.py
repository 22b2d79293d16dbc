"""Mail through SES."""

import json

from handlers.core.mails.letter import Letterhead, Mail, render
from handlers.errors import MailUnavailable
from handlers.store.aws import AwsError, Client, client, hasty_client


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

    def _is_sent(self, ses: Client, address: str, mail: Mail) -> bool:
        sent = render(mail, self._letterhead)
        body = {"Text": _utf8(sent.text), "Html": _utf8(sent.html)}
        content = {"Subject": _utf8(sent.subject), "Body": body}
        try:
            ses.call(
                "SendEmail",
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": content},
            )
        except AwsError as error:
            # SES's messages quote addresses, so only the name of the error is logged.
            print(json.dumps({"event": "mail_not_sent", "reason": error.code}), flush=True)
            return False
        return True


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
