"""Mail through SES."""

from handlers.store.aws import client


class SesMailer:
    """Keeps the promises of `core.ports.Mailer`."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, address: str, subject: str, text: str) -> None:
        """One call to SES."""
        client("sesv2").send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [address]},
            Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}},
        )
