"""Certificates of ACM, which the embedded AWS issues at once."""

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values, present


class Certificate(ResourceHandler):
    """aws.acm.Certificate."""

    token = "aws:acm/certificate:Certificate"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        domain_name: str,
        validation_method: str,
        subject_alternative_names: list[str] | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Request the certificate. Outputs: arn, domainName, domainValidationOptions."""
        acm = call.aws("acm")
        arn = acm.request_certificate(
            DomainName=domain_name,
            ValidationMethod=validation_method,
            **present(SubjectAlternativeNames=subject_alternative_names, Tags=key_values(tags) or None),
        )["CertificateArn"]
        options = [
            {
                "domainName": one["DomainName"],
                "resourceRecordName": one["ResourceRecord"]["Name"],
                "resourceRecordType": one["ResourceRecord"]["Type"],
                "resourceRecordValue": one["ResourceRecord"]["Value"],
            }
            for one in acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
        ]
        return Made(arn, {"arn": arn, "domainName": domain_name, "domainValidationOptions": options})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the certificate."""
        call.aws("acm").delete_certificate(CertificateArn=id_)


class CertificateValidation(ResourceHandler):
    """aws.acm.CertificateValidation."""

    token = "aws:acm/certificateValidation:CertificateValidation"  # noqa: S105

    @staticmethod
    def create(call: Call, *, certificate_arn: str, validation_record_fqdns: list[str] | None = None) -> Made:
        """Wait until the certificate is issued. Outputs: certificateArn."""
        call.aws("acm").get_waiter("certificate_validated").wait(CertificateArn=certificate_arn)
        return Made(certificate_arn, {"certificateArn": certificate_arn})
