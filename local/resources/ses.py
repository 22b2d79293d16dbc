"""SES identities."""

from local.engine import Made
from local.resources.kind import Call, Kind, Outputs, key_values


class EmailIdentity(Kind):
    """aws.sesv2.EmailIdentity."""

    token = "aws:sesv2/emailIdentity:EmailIdentity"  # noqa: S105

    @staticmethod
    def create(call: Call, *, email_identity: str, tags: dict[str, str] | None = None) -> Made:
        """Outputs: arn. Verified at once here; on AWS its owner follows a link."""
        call.aws("sesv2").create_email_identity(EmailIdentity=email_identity, Tags=key_values(tags))
        account = call.aws("sts").get_caller_identity()["Account"]
        region = call.aws("sesv2").meta.region_name
        return Made(email_identity, {"arn": f"arn:aws:ses:{region}:{account}:identity/{email_identity}"})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Nothing is sent from it any more."""
        call.aws("sesv2").delete_email_identity(EmailIdentity=id_)
