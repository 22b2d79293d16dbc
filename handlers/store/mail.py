"""Mail through SES."""

import json
from typing import Any

from handlers.errors import MailUnavailable
from handlers.store.aws import client, error_code, hasty_client


class SesMailer:
    """Implements `core.ports.Mailer`."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, address: str, subject: str, text: str) -> None:
        """One call to SES. Raises `MailUnavailable` for every error, so that callers cannot tell addresses apart."""
        if not self._is_sent(client("sesv2"), address, subject, text):
            raise MailUnavailable

    def notify(self, address: str, subject: str, text: str) -> bool:
        """One call to SES, which is not waited for long, nor tried again."""
        return self._is_sent(hasty_client("sesv2"), address, subject, text)

    def _is_sent(self, ses: Any, address: str, subject: str, text: str) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            ses.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}},
            )
        except (ClientError, BotoCoreError) as error:
            # SES's messages quote addresses, so only the type of the error is logged.
            print(
                json.dumps({"event": "mail_not_sent", "reason": error_code(error) or type(error).__name__}), flush=True
            )
            return False
        return True
