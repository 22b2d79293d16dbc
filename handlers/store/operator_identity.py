"""The identity of an operator: a request to STS that the operator has signed, and that only STS can judge.

The function gets the headers of a signed `GetCallerIdentity` and sends the request itself, to STS and nowhere else. The
signature covers the name of the function, so that a request for one function says nothing to another; it is good for 15
minutes, and for this question alone.

Source: AWS STS API Reference, GetCallerIdentity; IAM User Guide, "AWS Signature Version 4 for API requests".
"""

import os
import re
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from handlers.errors import OperatorUnknown

BODY = "Action=GetCallerIdentity&Version=2011-06-15"
CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
FUNCTION_HEADER = "x-sallyport-function"
PASSED_ON = ("authorization", "x-amz-date", "x-amz-security-token")
TIMEOUT_SECONDS = 3
MAX_BYTES = 16 * 1024


def arn_of(signed: Mapping[str, str], function: str, account: str) -> str:
    """Return the ARN, in this account, of whoever has signed the request for this function.

    Raises `OperatorUnknown`, also for keys of other accounts: their owners give themselves any name.
    """
    names = re.search(r"SignedHeaders=([a-z0-9;-]+)", signed.get("authorization", ""))
    if names is None or FUNCTION_HEADER not in names[1].split(";"):
        raise OperatorUnknown
    headers = {name: signed[name] for name in PASSED_ON if name in signed}
    answer = _ask({**headers, FUNCTION_HEADER: function, "content-type": CONTENT_TYPE})
    found = re.search(r"<Arn>([^<]{1,2048})</Arn>", answer)
    if found is None or found[1].split(":")[4:5] != [account]:
        raise OperatorUnknown
    return found[1]


def _ask(headers: Mapping[str, str]) -> str:
    """Return STS's answer. Raises `OperatorUnknown` for any but a good one."""
    url = urlsplit(os.environ.get("AWS_ENDPOINT_URL") or f"https://sts.{os.environ['AWS_REGION']}.amazonaws.com")
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/", body=BODY, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read(MAX_BYTES).decode(errors="replace")
    except (OSError, HTTPException):
        raise OperatorUnknown from None
    finally:
        connection.close()
    if answer.status != 200:
        raise OperatorUnknown
    return text
