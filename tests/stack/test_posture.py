"""Every declared resource complies with the rules of `policy/`, and each rule refuses what breaks it."""

import json
import runpy
import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from policy.rules import RULES, Resource, violations
from sallyport.local.tools import ROOT
from tests.stack.conftest import Recorded, whole

ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Sid": "Everybody"}
SERVICE = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": "*",
}
ORIGIN = {
    "originId": "api",
    "customOriginConfig": {"originProtocolPolicy": "http-only", "originSslProtocols": ["TLSv1"]},
}
SITE = {
    "defaultCacheBehavior": {"viewerProtocolPolicy": "allow-all"},
    "origins": [ORIGIN],
    "viewerCertificate": {"minimumProtocolVersion": "TLSv1"},
}
TABLE, GROUP, ROLE = "aws:dynamodb/table:Table", "aws:cloudwatch/logGroup:LogGroup", "aws:iam/rolePolicy:RolePolicy"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
SITE_TYPE = "aws:cloudfront/distribution:Distribution"
BROKEN: list[tuple[str, str, dict[str, Any], str]] = [
    ("encrypted-under-our-key", TABLE, {"serverSideEncryption": {}}, "serverSideEncryption.kmsKeyArn is missing"),
    ("encrypted-under-our-key", "aws:sns/topic:Topic", {}, "kmsMasterKeyId is missing"),
    ("kept-for-a-time", GROUP, {"retentionInDays": 0}, "retentionInDays is missing"),
    ("kept-for-a-time", TABLE, {"pointInTimeRecovery": {"enabled": False}}, "pointInTimeRecovery is off"),
    ("not-public", BLOCK, {"blockPublicAcls": True}, "blockPublicPolicy is off"),
    ("not-public", "aws:s3/bucketPolicy:BucketPolicy", {"policy": [ANYBODY]}, "Everybody allows everybody"),
    ("not-public", "aws:lambda/permission:Permission", {"principal": "events.amazonaws.com"}, "sourceArn is missing"),
    ("no-confused-deputy", "aws:sqs/queuePolicy:QueuePolicy", {"policy": [SERVICE]}, "lets a service act for anybody"),
    ("no-wildcard", ROLE, {"policy": [{**ANYBODY, "Action": ["dynamodb:*"]}]}, "an action with a wildcard"),
    ("no-wildcard", ROLE, {"policy": [ANYBODY]}, "is about every resource"),
    ("over-tls", "aws:s3/bucketPolicy:BucketPolicy", {"policy": []}, "no statement refuses requests without TLS"),
    ("over-tls", SITE_TYPE, SITE, "viewers may come without TLS"),
    ("over-tls", SITE_TYPE, SITE, "api may be asked with old TLS"),
    ("over-tls", SITE_TYPE, SITE, "viewers may use old TLS"),
    ("logged", "aws:apigatewayv2/stage:Stage", {}, "accessLogSettings.destinationArn is missing"),
    ("supported-runtime", "aws:lambda/function:Function", {"runtime": "python3.8"}, "the runtime is python3.8"),
    ("tagged", TABLE, {}, "the tags project and stage are missing"),
    ("tagged", TABLE, {"tags": {"stage": "prod"}}, "the tags project and stage are missing"),
    ("rotated", "aws:kms/key:Key", {"enableKeyRotation": False}, "enableKeyRotation is off"),
    ("rotated", ROTATION, {"rotationRules": {"automaticallyAfterDays": 365}}, "365 days"),
]  # fmt: skip


def resources(recorded: Recorded) -> list[Resource]:
    return [Resource(one.type, one.name, one.inputs) for one in recorded.custom]


def made(type_: str, inputs: dict[str, Any]) -> Resource:
    policy = inputs.get("policy")
    document = {"policy": json.dumps({"Version": "2012-10-17", "Statement": policy})} if policy is not None else {}
    return Resource(type_, "broken", {**inputs, **document})


def test_every_resource_of_every_stage_complies(stage: Recorded) -> None:
    broken = {one.name: found for one in resources(stage) if (found := violations(one))}

    # The stack on this machine is reached by loopback.
    expected = {"site-distribution": ["over-tls: api may be asked without TLS"]} if stage.stage == "local" else {}
    assert broken == expected


def test_so_does_a_stack_with_everything() -> None:
    assert {one.name: found for one in resources(whole()) if (found := violations(one))} == {}


@pytest.mark.parametrize(("rule", "type_", "inputs", "said"), BROKEN)
def test_a_rule_refuses_what_breaks_it(rule: str, type_: str, inputs: dict[str, Any], said: str) -> None:
    found = list(RULES[rule](made(type_, inputs)))

    assert any(said in one for one in found), found


def test_every_rule_is_broken_above_and_has_something_to_check() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)
    for rule, type_, inputs, _ in BROKEN:
        if rule != "no-confused-deputy":
            assert any(one.type == type_ for one in whole().custom), (rule, type_, inputs)


class Proxy(Sequence[Any]):
    """A list as Pulumi's policy library hands it over: it equals no list."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: Any) -> Any:
        return proxied(self._values[index])


def proxied(value: Any) -> Any:
    if isinstance(value, list):
        return Proxy(value)
    return {name: proxied(one) for name, one in value.items()} if isinstance(value, dict) else value


def test_rules_judge_the_librarys_own_values_alike() -> None:
    for one in resources(whole()):
        assert violations(Resource(one.type, one.name, proxied(dict(one.inputs)))) == [], one.name


def test_the_policy_pack_has_all_rules_and_reports_as_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    packs: list[dict[str, Any]] = []
    library = ModuleType("pulumi_policy")  # it wants an older protobuf than the program, so it is not installed here
    for name, value in {
        "EnforcementLevel": SimpleNamespace(MANDATORY="mandatory"),
        "PolicyPack": lambda **given: packs.append(given),
        "ReportViolation": object,
        "ResourceValidationArgs": SimpleNamespace,
        "ResourceValidationPolicy": SimpleNamespace,
    }.items():
        setattr(library, name, value)
    monkeypatch.setitem(sys.modules, "pulumi_policy", library)

    runpy.run_path(str(ROOT / "policy" / "__main__.py"))

    (pack,) = packs
    assert [one.name for one in pack["policies"]] == list(RULES)
    assert pack["enforcement_level"] == "mandatory"
    reported: list[str] = []
    for one in pack["policies"]:
        one.validate(SimpleNamespace(resource_type="aws:kms/key:Key", name="key", props={}), reported.append)
    assert reported == ["the tags project and stage are missing", "enableKeyRotation is off"]
