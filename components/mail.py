"""Mail: the identity that codes and notices are sent from."""

import pulumi
import pulumi_aws as aws

from components.function import Function
from components.settings import Settings


class Mail(pulumi.ComponentResource):
    """An SES identity. An address is confirmed by the link that SES mails to it, once."""

    sender: str

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:Mail", name, None, opts)
        self.sender = settings.mail_from
        self.identity = aws.sesv2.EmailIdentity(
            f"{name}-identity",
            email_identity=settings.mail_from,
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"sender": self.sender})

    def grant_send(self, function: Function) -> None:
        """Send as this sender and no other."""
        conditions = {"StringEquals": {"ses:FromAddress": self.sender}}
        function.allow("mail", ["ses:SendEmail"], self.identity.arn, conditions)
