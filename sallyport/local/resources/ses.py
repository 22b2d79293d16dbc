"""SES identities."""

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values


class EmailIdentity(ResourceHandler):
    """aws.sesv2.EmailIdentity."""

    token = "aws:sesv2/emailIdentity:EmailIdentity"  # noqa: S105

    @staticmethod
    def create(call: Call, *, email_identity: str, tags: dict[str, str] | None = None) -> Made:
        """Create the identity, verified at once; on AWS its owner follows a link. Outputs: arn."""
        call.aws("sesv2").create_email_identity(EmailIdentity=email_identity, Tags=key_values(tags))
        account = call.aws("sts").get_caller_identity()["Account"]
        region = call.aws("sesv2").meta.region_name
        return Made(email_identity, {"arn": f"arn:aws:ses:{region}:{account}:identity/{email_identity}"})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the identity; no mail can be sent from it any more."""
        call.aws("sesv2").delete_email_identity(EmailIdentity=id_)
