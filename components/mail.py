"""Mail: the identity that codes and notices are sent from."""

import pulumi
import pulumi_aws as aws

from components.function import Function
from components.settings import Settings


class Mail(pulumi.ComponentResource):
    """An SES identity. An address is confirmed by the link that SES mails to it, once.

    Identities are one per account and region: of several stages that share a sender, one creates it.
    """

    sender: str

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:Mail", name, None, opts)
        self.sender = settings.mail_from
        if settings.create_mail_identity:
            aws.sesv2.EmailIdentity(
                f"{name}-identity",
                email_identity=settings.mail_from,
                tags=settings.tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=self)).account_id
        self._identities = pulumi.Output.format("arn:aws:ses:{0}:{1}:identity/*", settings.region, account)
        self.register_outputs({"sender": self.sender})

    def grant_send(self, function: Function) -> None:
        """Send as this sender and no other.

        In SES's sandbox the recipient's identity is checked as well, so the resource is any identity of the account;
        the condition is what names the sender.
        """
        conditions = {"StringEquals": {"ses:FromAddress": self.sender}}
        function.allow("mail", ["ses:SendEmail"], self._identities, conditions)
