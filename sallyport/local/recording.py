"""A backend that makes no resources: it returns plausible outputs, so that tests can inspect what was declared."""

from typing import Any

from sallyport.local.engine import Made, Registration

ACCOUNT = "123456789012"


class Recording:
    """A backend that gives every resource an id and every output that a program may ask for."""

    def make(self, registration: Registration) -> Made:
        """Return outputs that name their resource, so that tests can follow references."""
        head, project, *_ = registration.urn.split("::")
        stack = head.rpartition(":")[2]
        name = registration.inputs.get("name", f"{project}-{stack}-{registration.name}-1234567")
        service = registration.type.split("/")[0].split(":")[1]
        arn = f"arn:aws:{service}:us-east-1:{ACCOUNT}:{registration.name}"
        outputs = {
            "arn": arn,
            "name": name,
            "invokeArn": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
            "executionArn": f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{registration.name}",
            "apiEndpoint": f"https://{registration.name}.execute-api.us-east-1.amazonaws.com",
            "ciphertextBlob": "c2VhbGVk",
            "clientSecret": "a-client-secret",
            "result": "a-random-password",
            "streamArn": f"{arn}/stream/2026-01-01T00:00:00.000",
            "url": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{name}",
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.us-east-1.amazonaws.com",
            "domainName": registration.inputs.get("domainName", "d111111abcdef8.cloudfront.net"),
            "hostedZoneId": "Z2FDTNDATAQYW2",
            "domainValidationOptions": [
                {
                    "domainName": one,
                    "resourceRecordName": f"_a.{one}",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "_b.acm",
                }
                for one in (
                    *registration.inputs.get("subjectAlternativeNames", []),
                    registration.inputs.get("domainName", ""),
                )
            ],
            "fqdn": name,
            "certificateArn": registration.inputs.get("certificateArn", arn),
            "domain": registration.inputs.get("domain", ""),
        }
        return Made(f"{registration.name}-id", outputs)

    def outputs_of(self, stack: str) -> tuple[dict[str, Any], tuple[str, ...]]:  # noqa: ARG002
        """Return no outputs: no other stack is recorded."""
        return {}, ()

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return the account that resources are recorded for."""
        return {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "userId": ACCOUNT, "id": ACCOUNT}
