"""Every role's policy under parliament: known actions, conditions that these have, resources of the right kind."""

import json
import re
import sys
import warnings
from importlib.resources import files
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from tests.stack.conftest import whole

# parliament finds its own files by a module that setuptools has no more.
with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
    beside = SimpleNamespace(resource_filename=lambda package, name: str(files(package) / name))
    patched.setitem(sys.modules, "pkg_resources", cast(ModuleType, beside))
    warnings.simplefilter("ignore")
    import parliament

RECORDED = re.compile(r"arn:aws:([a-z0-9]+):us-east-1:123456789012:([a-z][a-z0-9-]*)")
FORMS = {
    "cognito": "cognito-idp:{place}:userpool/{name}",
    "dynamodb": "dynamodb:{place}:table/{name}",
    "kms": "kms:{place}:key/{name}",
    "lambda": "lambda:{place}:function:{name}",
    "s3": "s3:::{name}",
    "secretsmanager": "secretsmanager:{place}:secret:{name}",
    "sqs": "sqs:{place}:{name}",
}
"""Service of a recorded ARN → the rest of the real one."""
PLACE = "us-east-1:123456789012"


def real(document: str) -> str:
    """Return the policy with ARNs as AWS has them: those of a recorded stack name service and resource alone."""

    def arn(found: re.Match[str]) -> str:
        service, name = found.groups()
        if service == "cloudwatch":  # Pulumi's module of log groups and event buses
            kind = f"logs:{PLACE}:log-group:{name}" if name.endswith("-logs") else f"events:{PLACE}:event-bus/{name}"
            return f"arn:aws:{kind}"
        form = FORMS.get(service)
        return f"arn:aws:{form.format(place=PLACE, name=name)}" if form else found[0]

    return RECORDED.sub(arn, document).replace("T00:00:00.000", "")  # it takes no colons in the label of a stream


def findings(document: str) -> list[str]:
    return [f"{one.issue}: {one.detail}" for one in parliament.analyze_policy_string(document).findings]


def test_no_policy_has_a_finding() -> None:
    policies = {one.name: one.inputs["policy"] for one in whole().of("iam.RolePolicy")}

    assert len(policies) > 50
    assert {name: found for name, document in policies.items() if (found := findings(real(document)))} == {}


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"Action": ["dynamodb:GetItm"]}, "UNKNOWN_ACTION"),
        ({"Condition": {"StringEquals": {"kms:ViaService": "x"}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
        ({"Resource": "arn:aws:kms:us-east-1:123456789012:key/1"}, "RESOURCE_MISMATCH"),
    ],
)
def test_a_mistake_would_be_found(change: dict[str, object], issue: str) -> None:
    statement = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem"],
        "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/directory",
    }
    good, bad = ({"Version": "2012-10-17", "Statement": [one]} for one in (statement, {**statement, **change}))

    assert findings(json.dumps(good)) == []
    assert [one.partition(":")[0] for one in findings(json.dumps(bad))] == [issue]
