"""What of a recorded stack holds data, and what would replace it: for releases, and for settings that change.

Run: .venv/bin/python -m tests.support.holding > tests/stack/releases/VERSION.json     at a release
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from sallyport.client.checks.plan import HOLDS, OF_EVENTS

REPLACING: Mapping[str, tuple[str, ...]] = {
    "aws:apigatewayv2/api:Api": ("protocolType",),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "logGroupClass"),
    "aws:cognito/userPool:UserPool": ("aliasAttributes", "usernameAttributes", "usernameConfiguration"),
    "aws:cognito/userPoolClient:UserPoolClient": ("generateSecret",),
    "aws:cognito/userPoolDomain:UserPoolDomain": ("domain",),
    "aws:dynamodb/table:Table": ("name", "hashKey", "rangeKey", "localSecondaryIndexes"),
    "aws:kms/key:Key": ("customerMasterKeySpec", "keyUsage", "multiRegion"),
    "aws:s3/bucket:Bucket": ("bucket", "bucketPrefix", "objectLockEnabled"),
    "aws:secretsmanager/secret:Secret": ("name", "namePrefix"),
    "aws:sqs/queue:Queue": ("name", "namePrefix", "fifoQueue"),
}
"""Type → inputs whose change makes another resource. Source: "Forces replacement" in pulumi-aws's reference."""


def of(stage: Any) -> dict[str, Any]:
    """Return the outputs' names, and URN → type and replacing inputs of what holds data."""
    holding = [one for one in stage.custom if one.type in HOLDS]
    return {
        "outputs": sorted(stage.outputs),
        "resources": {
            one.urn: {"type": one.type, **{name: one.inputs.get(name) for name in REPLACING.get(one.type, ())}}
            for one in sorted(holding, key=lambda one: str(one.urn))
            if not one.type.endswith(":LogGroup") or one.name == OF_EVENTS
        },
    }


if __name__ == "__main__":
    from tests.stack.conftest import record

    sys.stdout.write(json.dumps(of(record("prod")), indent=1) + "\n")
