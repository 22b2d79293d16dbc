"""DeployRole as it is declared: within IAM's limits, bounded to names, and no wider than what is deployed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from components.deploy import boundary
from components.deploy.role import POLICIES
from components.deploy.scope import Scope
from sallyport.local import program
from sallyport.local.recording import Recording
from sallyport.local.tools import ROOT
from tests.stack.conftest import Recorded, record, whole
from tests.stack.test_policy_lint import findings

SCOPE = Scope(
    project="sallyport",
    stage="prod",
    region="us-east-1",
    account="123456789012",
    mail_from="codes@example.com",
    hosted_zone_id="Z0123456789",
    state_bucket="example-state",
    state_key_arn="arn:aws:kms:us-east-1:123456789012:key/1",
    has_test_user=True,
)
MOST_CHARACTERS = 6144
NOT_BY_NAME = {
    "FindLogGroups", "DeliverAccessLogs", "FeedFunctions", "CreateKey", "CreatePool", "FindDomain", "KeepSubscription",
    "CreateSite", "CreateParts", "RequestCertificate",
}  # fmt: skip
"""Statements about `*`: actions for which AWS knows no resource, or none before it exists."""
KNOWN_FINDINGS = (
    "RESOURCE_STAR",  # NOT_BY_NAME, and the boundary, which bounds actions
    "MISMATCHED_TYPE_BUT_USABLE: Type mismatch: StringEquals",  # as AWS's own examples compare iam:PermissionsBoundary
    "RESOURCE_POLICY_PRIVILEGE_ESCALATION: Possible resource policy privilege escalation on arn:aws:s3:::"
    "sallyport-prod-site-logs-",  # CloudFront's legacy logs need the right to change the ACL of their bucket
    "RESOURCE_MISMATCH: [{'action': 'ses:CreateEmailIdentity'",  # SES's API of before knew no resource
)
UNKNOWN_TO_THE_LINTER = {"s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"}
"""Actions of 2025 on. Source: S3 User Guide, "Tagging S3 resources"."""


def declared(**settings: str) -> Recorded:
    given = {f"sallyport-deploy:{name}": value for name, value in settings.items()}
    return Recorded("prod", program.run(ROOT / "deploy", "prod", Recording(), overrides=given))


def of_policies() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, statements in POLICIES.items():
        for statement in statements(SCOPE):
            yield name, statement


@pytest.mark.parametrize("name", [*POLICIES, "boundary"])
def test_a_policy_is_short_enough_and_without_findings(name: str) -> None:
    statements = {**POLICIES, "boundary": boundary.statements}[name](SCOPE)
    for statement in statements:
        statement["Action"] = [one for one in statement["Action"] if one not in UNKNOWN_TO_THE_LINTER]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))

    assert len(document) <= MOST_CHARACTERS
    assert [one for one in findings(document) if not one.startswith(KNOWN_FINDINGS)] == []


def test_every_action_is_spelled_out_and_every_resource_named_where_aws_has_names() -> None:
    for _, statement in of_policies():
        assert all("*" not in action for action in statement["Action"])
        assert (statement["Resource"] == ["*"]) == (statement["Sid"] in NOT_BY_NAME), statement["Sid"]


def test_no_statement_reaches_the_role_itself_or_its_boundary() -> None:
    for _, statement in of_policies():
        assert not any(one.startswith("iam:") for one in statement["Action"]) or statement["Resource"] == [
            "arn:aws:iam::123456789012:role/sallyport-prod-*"
        ]
    assert not SCOPE.boundary_name.startswith(SCOPE.prefix)


def test_the_boundary_has_the_actions_of_the_functions_and_no_more() -> None:
    policies = [json.loads(one.inputs["policy"]) for one in whole(tracing="true").of("iam.RolePolicy")]
    used = {action for policy in policies for one in policy["Statement"] for action in one["Action"]}

    assert {action for one in boundary.statements(SCOPE) for action in one["Action"]} == used
    for one in boundary.statements(SCOPE):
        named = all("sallyport-prod-" in resource for resource in one["Resource"])
        assert named or "Condition" in one or one["Sid"] in ("Mail", "Traces"), one["Sid"]


def test_every_role_of_a_function_has_the_boundary_that_is_set() -> None:
    bounded = record("prod", permissionsBoundary=SCOPE.boundary_arn)

    assert {one.inputs["permissionsBoundary"] for one in bounded.of("iam.Role")} == {SCOPE.boundary_arn}
    assert not any("permissionsBoundary" in one.inputs for one in record("prod").of("iam.Role"))


def test_the_role_trusts_whole_subjects_alone() -> None:
    subject = "repo:example/sign-in:environment:prod"
    role = declared(subjects=json.dumps([subject])).of("iam.Role")[0]
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    issuer = "token.actions.githubusercontent.com"

    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": [subject]}
    }
    for wrong in ("[]", '["repo:example/*"]', '[" "]'):
        with pytest.raises(program.ProgramFailed, match="subjects: name the subject of each pipeline whole"):
            declared(subjects=wrong)


def test_an_existing_provider_is_used() -> None:
    arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
    used = declared(
        subjects='["project_path:a/b:ref_type:branch:ref:main"]', providerArn=arn, issuer="https://gitlab.com"
    )

    assert used.of("iam.OpenIdConnectProvider") == []
    assert arn in used.of("iam.Role")[0].inputs["assumeRolePolicy"]
