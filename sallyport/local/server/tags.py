"""Tags of requests and resources, for conditions by them, where MiniStack does not tell its policy evaluation of them.

| service | `aws:RequestTag/...` | `aws:ResourceTag/...` |
|---|---|---|
| Cognito | CreateUserPool | user pools |
| API Gateway | CreateApi | HTTP APIs |
| CloudFront | CreateDistribution | distributions |
| ACM | known | certificates |
| EventBridge, logs and others | known | known, where they are asked for |

Source: AWS Service Authorization Reference.
"""

import re
from collections.abc import Mapping
from typing import Any

from ministack.services import acm, apigateway, cloudfront, cognito

POOL_ARN = re.compile(r"arn:aws:cognito-idp:[^:]+:\d+:userpool/([^/]+)")
API_ARN = re.compile(r"arn:aws:apigateway:[^:]+::/apis/([^/]+)$")
XML_TAG = re.compile(rb"<Tag>\s*<Key>([^<]*)</Key>\s*<Value>([^<]*)</Value>\s*</Tag>")

Tags = Mapping[str, str]


def of_request(service: str, body: bytes, content: Mapping[str, Any]) -> dict[str, str]:
    """Return the conditions of the tags that a request gives."""
    tags: Tags = {}
    if service == "cognito-idp":
        tags = content.get("UserPoolTags") or {}
    elif service == "apigateway":
        tags = content.get("tags") or {}
    elif service == "cloudfront":
        tags = {name.decode(): value.decode() for name, value in XML_TAG.findall(body)}
    return {f"aws:RequestTag/{name}": value for name, value in tags.items()}


def of_resource(arn: str) -> dict[str, str]:
    """Return the conditions of the tags that a resource has."""
    return {f"aws:ResourceTag/{name}": value for name, value in _tags(arn).items()}


def _tags(arn: str) -> Tags:
    pool, api = POOL_ARN.fullmatch(arn), API_ARN.fullmatch(arn)
    if pool:
        return (cognito._user_pools.get(pool[1]) or {}).get("UserPoolTags") or {}
    if api:
        return (apigateway._apis.get(api[1]) or {}).get("tags") or {}
    if ":acm:" in arn:
        return _pairs((acm._certificates.get(arn) or {}).get("Tags", []))
    return _pairs(cloudfront._tags.get(arn) or []) if ":cloudfront:" in arn else {}


def _pairs(tags: list[dict[str, str]]) -> Tags:
    return {one["Key"]: one["Value"] for one in tags}
