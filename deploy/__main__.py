"""The role with which a pipeline deploys a stage, made once by an administrator: docs/pipelines.md."""

import pulumi
import pulumi_aws as aws

from components.deploy import DeployRole, DeployRoleArgs
from components.deploy.scope import Scope
from components.settings_checks import LONGEST_PREFIX

config = pulumi.Config()
subjects: list[str] = config.require_object("subjects")
if not subjects or any("*" in one or not one.strip() for one in subjects):
    raise pulumi.RunError(
        "subjects: name the subject of each pipeline whole, such as repo:example/sign-in:environment:prod"
    )

issuer, audience = config.require("issuer"), config.require("audience")
provider_arn: pulumi.Input[str] = (
    config.get("providerArn")
    or aws.iam.OpenIdConnectProvider(
        "pipelines", url=issuer, client_id_lists=[audience], opts=pulumi.ResourceOptions(protect=True)
    ).arn
)
scope = Scope(
    project=config.require("project"),
    stage=pulumi.get_stack(),
    region=config.require("stageRegion"),
    account=aws.get_caller_identity().account_id,
    mail_from=config.get("mailFrom") or "",
    hosted_zone_id=config.get("hostedZoneId") or "",
    migration_function=config.get("migrationFunction") or "",
    state_bucket=config.get("stateBucket") or "",
    state_key_arn=config.get("stateKeyArn") or "",
    has_test_user=config.require_bool("testUser"),
)
args = DeployRoleArgs(scope=scope, issuer=issuer, audience=audience, subjects=subjects, provider_arn=provider_arn)
if len(scope.prefix) > LONGEST_PREFIX or scope.project == "deploy":
    raise pulumi.RunError(
        f"{scope.prefix}: project and stage have {LONGEST_PREFIX} characters at most, and no project is `deploy`"
    )
role = DeployRole("deploy", args)

pulumi.export("role_arn", role.role_arn)
pulumi.export("boundary_arn", role.boundary_arn)
pulumi.export("provider_arn", provider_arn)
