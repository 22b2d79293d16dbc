"""Mail: the SES identity that sends codes and notices."""

import pulumi
import pulumi_aws as aws

from components.policy import Policy
from components.settings import Settings


class Mail(pulumi.ComponentResource):
    """The SES identity of the sender. SES mails a link to the address once, to confirm it.

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

    def grant_send(self, policy: Policy) -> None:
        """Allow to send mail from this sender and no other.

        SES's sandbox checks the recipient's identity too, so the resource is any identity of the account, and the
        condition names the sender.
        """
        conditions = {"StringEquals": {"ses:FromAddress": self.sender}}
        policy.allow("SendMail", ["ses:SendEmail"], self._identities, conditions)
