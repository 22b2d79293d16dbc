"""The steps of a Pulumi preview that would lose what a stack holds.

Source: `PreviewDigest` in Pulumi's sdk/go/common/display/json.go, which `pulumi preview --json` prints.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sallyport.client.errors import Failure

HOLDS = {
    "aws:apigatewayv2/api:Api": "the address by which applications know users",
    "aws:cloudfront/distribution:Distribution": "the address of the site",
    "aws:cloudwatch/logGroup:LogGroup": "the events of years",
    "aws:cognito/userPool:UserPool": "the users of the pool",
    "aws:cognito/userPoolDomain:UserPoolDomain": "the address of the hosted pages",
    "aws:cognito/userPoolClient:UserPoolClient": "the id and the secret that clients have",
    "aws:dynamodb/table:Table": "items",
    "aws:kms/key:Key": "the key of passwords and secrets",
    "aws:s3/bucket:Bucket": "files",
    "aws:secretsmanager/secret:Secret": "a secret",
    "aws:sqs/queue:Queue": "messages",
}
"""Type → what a resource of it holds."""
OF_EVENTS = "events-logs"
"""The log group that is data; those of functions may go with their functions."""
LOSING = {"create-replacement": "replaced", "delete": "deleted", "delete-replaced": "replaced", "replace": "replaced"}
"""Operation → what it does to the resource."""
HOW = "pulumi preview --json > preview.json"


@dataclass(frozen=True)
class Loss:
    """A resource that would be replaced or deleted, by its logical name, which is unique to its type alone."""

    name: str
    type: str
    what: str
    holds: str
    because: tuple[str, ...]
    """The inputs whose change replaces it."""


@dataclass(frozen=True)
class Plan:
    """A preview: operation → number of steps, and what would be lost."""

    counts: Mapping[str, int]
    losses: tuple[Loss, ...]


def read(text: str, source: str) -> Plan:
    """Return the plan in a preview's JSON. Raises `Failure` for anything else, and for a preview that has failed."""
    try:
        digest: Any = json.loads(text)
    except ValueError as error:
        raise Failure(f"{source} holds no JSON: {error}\nMake it with: {HOW}") from None
    if not isinstance(digest, dict) or ("changeSummary" not in digest and "steps" not in digest):
        raise Failure(f"{source} holds no preview. Make it with: {HOW}")
    errors = [one["message"] for one in digest.get("diagnostics") or [] if one.get("severity") == "error"]
    if errors or digest.get("maybeCorrupt"):
        raise Failure(f"The preview in {source} has failed: {(errors or ['the state may be corrupt'])[0].strip()}")
    steps = digest.get("steps") or []
    if not all(isinstance(one, dict) and "::" in str(one.get("urn")) and "op" in one for one in steps):
        raise Failure(f"{source} holds steps without an operation or a URN. Make it with: {HOW}")
    losses = {(loss.name, loss.type): loss for step in steps if (loss := _loss(step))}
    return Plan(digest.get("changeSummary") or {}, tuple(losses[key] for key in sorted(losses)))


def _loss(step: Mapping[str, Any]) -> Loss | None:
    """Return what a step loses. A replacement is several steps of one name, of which one has the reasons."""
    *_, type_chain, name = step["urn"].split("::")
    type_ = type_chain.rpartition("$")[2]
    holds, what = HOLDS.get(type_), LOSING.get(step["op"])
    is_of_a_function = type_.endswith(":LogGroup") and name != OF_EVENTS
    if holds is None or what is None or is_of_a_function:
        return None
    return Loss(name, type_, what, holds, tuple(step.get("replaceReasons") or ()))
