"""The identity of the operator: a request to STS, signed with the operator's AWS credentials and not sent.

The stack's function sends it, and so learns the ARN from STS itself. The signature covers the function's name.
"""

from collections.abc import Mapping

from sallyport.client.errors import Failure
from sallyport.client.stack import target
from sallyport.client.stack.local_stack import here
from sallyport.local.clients import REGION

BODY = "Action=GetCallerIdentity&Version=2011-06-15"
CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
FUNCTION_HEADER = "X-Sallyport-Function"
SENT = ("authorization", "x-amz-date", "x-amz-security-token")


def sign(outputs: Mapping[str, str], function: str) -> dict[str, str]:
    """Return the headers of the signed request, good for 15 minutes and for this function. Raises `Failure`."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    url, region, credentials = _signer(outputs)
    request = AWSRequest("POST", url, headers={"Content-Type": CONTENT_TYPE, FUNCTION_HEADER: function}, data=BODY)
    SigV4Auth(credentials, "sts", region).add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {name: str(headers[name]) for name in SENT if name in headers}


def _signer(outputs: Mapping[str, str]) -> tuple[str, str, object]:
    from botocore.credentials import Credentials

    if target.is_local(outputs):
        keys = here().cloud.keys
        return f"{target.cloud_url(outputs)}/", REGION, Credentials(keys.access_key_id, keys.secret_access_key)
    import boto3

    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise Failure("There are no AWS credentials; see: aws configure")
    region = outputs["region"]
    return f"https://sts.{region}.amazonaws.com/", region, credentials.get_frozen_credentials()
