"""Rules over declared resources. Each takes a resource and returns what is wrong with it: nothing, if it complies.

A resource is its type (`aws:dynamodb/table:Table`), its logical name, and its inputs, named as in Pulumi's schema. The
controls are AWS Foundational Security Best Practices; docs/security.md lists them.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A declared resource."""

    type: str
    name: str
    inputs: Mapping[str, Any]


Rule = Callable[[Resource], Iterator[str]]

RULES: dict[str, Rule] = {}
"""Name → rule. The docstring is what a person reads."""
PYTHON = "python3.13"
MOST_DAYS = 90
TAGGED = {
    "aws:apigatewayv2/api:Api",
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:lambda/function:Function",
    "aws:s3/bucket:Bucket",
    "aws:secretsmanager/secret:Secret",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
}


def rule(checked: Rule) -> Rule:
    """Add a rule to the register, by its name with hyphens."""
    RULES[checked.__name__.replace("_", "-")] = checked
    return checked


def violations(resource: Resource) -> list[str]:
    """Return `RULE: what is wrong` for every rule that the resource breaks."""
    return [f"{name}: {found}" for name, one in RULES.items() for found in one(resource)]


@rule
def encrypted_under_our_key(resource: Resource) -> Iterator[str]:
    """Logs, tables, secrets and topics are encrypted under the stack's key; queues by SQS (SQS.1)."""
    keys = {
        "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId",),
        "aws:secretsmanager/secret:Secret": ("kmsKeyId",),
        "aws:sns/topic:Topic": ("kmsMasterKeyId",),
        "aws:dynamodb/table:Table": ("serverSideEncryption", "kmsKeyArn"),
        "aws:sqs/queue:Queue": ("sqsManagedSseEnabled",),
    }
    path = keys.get(resource.type)
    if path and not _at(resource.inputs, *path):
        yield f"{'.'.join(path)} is missing"


@rule
def kept_for_a_time(resource: Resource) -> Iterator[str]:
    """Logs end after a time that is set; tables can be restored (DynamoDB.2)."""
    if resource.type == "aws:cloudwatch/logGroup:LogGroup" and not resource.inputs.get("retentionInDays"):
        yield "retentionInDays is missing"
    if resource.type == "aws:dynamodb/table:Table" and not _at(resource.inputs, "pointInTimeRecovery", "enabled"):
        yield "pointInTimeRecovery is off"


@rule
def not_public(resource: Resource) -> Iterator[str]:
    """No bucket, topic, queue or function is open to everybody (S3.2, S3.3, S3.8, SNS.4, SQS.3, Lambda.1)."""
    blocks = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    if resource.type == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
        yield from (f"{one} is off" for one in blocks if resource.inputs.get(one) is not True)
    for statement in _statements(resource):
        if statement["Effect"] == "Allow" and _is_anybody(statement.get("Principal")):
            yield f"{statement.get('Sid', 'a statement')} allows everybody"
    if resource.type == "aws:lambda/permission:Permission" and not resource.inputs.get("sourceArn"):
        yield "sourceArn is missing: every API or rule of the service could call it"


@rule
def no_confused_deputy(resource: Resource) -> Iterator[str]:
    """What a service may do here, it may do for this account or one of its resources alone."""
    if resource.type == "aws:iam/role:Role":
        return  # Lambda sends no source when it assumes a role; only this account can pass it the role (iam:PassRole)
    for statement in _statements(resource):
        is_of_service = "Service" in _mapping(statement.get("Principal"))
        conditions = {name.lower() for one in statement.get("Condition", {}).values() for name in one}
        bound = ("aws:sourcearn", "aws:sourceaccount", "kms:encryptioncontext:aws:logs:arn")
        if statement["Effect"] == "Allow" and is_of_service and not conditions & set(bound):
            yield f"{statement.get('Sid', 'a statement')} lets a service act for anybody"


@rule
def no_wildcard(resource: Resource) -> Iterator[str]:
    """Roles have actions that are spelled out, and resources by their ARN (IAM.21, KMS.2)."""
    if resource.type != "aws:iam/rolePolicy:RolePolicy":
        return
    for statement in _statements(resource):
        if any("*" in action for action in _list(statement["Action"])):
            yield f"{statement['Sid']} has an action with a wildcard"
        if "*" in _list(statement["Resource"]) and "xray:" not in _list(statement["Action"])[0]:
            yield f"{statement['Sid']} is about every resource"


@rule
def over_tls(resource: Resource) -> Iterator[str]:
    """Callers and origins are talked to over TLS alone (CloudFront.3, .9, .10, .15, S3.5)."""
    if resource.type == "aws:s3/bucketPolicy:BucketPolicy":
        denied = [one for one in _statements(resource) if one["Effect"] == "Deny"]
        if not any(_at(one, "Condition", "Bool", "aws:SecureTransport") == "false" for one in denied):
            yield "no statement refuses requests without TLS"
    if resource.type == "aws:cloudfront/distribution:Distribution":
        yield from _viewers(resource.inputs)
        yield from _origins(resource.inputs)


def _viewers(inputs: Mapping[str, Any]) -> Iterator[str]:
    behaviors = (inputs["defaultCacheBehavior"], *inputs.get("orderedCacheBehaviors", []))
    if any(one["viewerProtocolPolicy"] not in ("redirect-to-https", "https-only") for one in behaviors):
        yield "viewers may come without TLS"
    certificate = inputs["viewerCertificate"]
    if not certificate.get("cloudfrontDefaultCertificate") and "TLSv1.2_" not in certificate["minimumProtocolVersion"]:
        yield "viewers may use old TLS"


def _origins(inputs: Mapping[str, Any]) -> Iterator[str]:
    for origin in inputs["origins"]:
        custom = origin.get("customOriginConfig")
        if custom and custom["originProtocolPolicy"] != "https-only":
            yield f"{origin['originId']} may be asked without TLS"
        if custom and list(custom["originSslProtocols"]) != ["TLSv1.2"]:
            yield f"{origin['originId']} may be asked with old TLS"


@rule
def logged(resource: Resource) -> Iterator[str]:
    """The API and the distribution log requests; functions have a log group each (APIGateway.9, CloudFront.5)."""
    needs = {
        "aws:apigatewayv2/stage:Stage": ("accessLogSettings", "destinationArn"),
        "aws:cloudfront/distribution:Distribution": ("loggingConfig", "bucket"),
        "aws:lambda/function:Function": ("loggingConfig", "logGroup"),
    }
    path = needs.get(resource.type)
    if path and not _at(resource.inputs, *path):
        yield f"{'.'.join(path)} is missing"


@rule
def supported_runtime(resource: Resource) -> Iterator[str]:
    """Functions run on a runtime that AWS supports (Lambda.2)."""
    if resource.type == "aws:lambda/function:Function" and resource.inputs.get("runtime") != PYTHON:
        yield f"the runtime is {resource.inputs.get('runtime')}, not {PYTHON}"


@rule
def tagged(resource: Resource) -> Iterator[str]:
    """What has tags has those of the project and the stage: rights and bills go by them."""
    tags = resource.inputs.get("tags")
    if (tags is not None or resource.type in TAGGED) and not {"project", "stage"} <= set(tags or ()):
        yield "the tags project and stage are missing"


@rule
def rotated(resource: Resource) -> Iterator[str]:
    """The key rotates (KMS.4), and so do the secrets that can (SecretsManager.1, .4)."""
    if resource.type == "aws:kms/key:Key" and resource.inputs.get("enableKeyRotation") is not True:
        yield "enableKeyRotation is off"
    if resource.type == "aws:secretsmanager/secretRotation:SecretRotation":
        days = _at(resource.inputs, "rotationRules", "automaticallyAfterDays")
        if not days or days > MOST_DAYS:
            yield f"it rotates every {days} days; {MOST_DAYS} at most"


def _statements(resource: Resource) -> list[dict[str, Any]]:
    """Return the statements of the resource's policy, if it has one."""
    text = resource.inputs.get("policy") or resource.inputs.get("assumeRolePolicy")
    if not isinstance(text, str):
        return []
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def _is_anybody(principal: Any) -> bool:
    return principal == "*" or "*" in _list(_mapping(principal).get("AWS", []))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return [value] if isinstance(value, str) else value


def _at(inputs: Any, *path: str) -> Any:
    for name in path:
        inputs = inputs.get(name) if isinstance(inputs, Mapping) else None
    return inputs
