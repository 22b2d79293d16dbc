"""The role that a pipeline assumes with its own OIDC token, its policies, and the boundary of what it creates."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.deploy import boundary, of_data, of_edge, of_functions, of_keys, of_operation
from components.deploy.scope import Scope, Statement

POLICIES: Mapping[str, Callable[[Scope], list[Statement]]] = {
    "functions": of_functions.statements,
    "data": of_data.statements,
    "keys": of_keys.statements,
    "edge": of_edge.statements,
    "operation": of_operation.statements,
}
"""A policy has 6,144 characters at most. Source: IAM User Guide, "IAM and AWS STS quotas"."""
MOST_SECONDS = 3600
"""The longest session: a deployment that waits for a certificate takes half an hour."""


@dataclass(frozen=True, kw_only=True)
class DeployRoleArgs:
    """The stage, and which pipeline deploys it."""

    scope: Scope
    issuer: str
    """The OIDC issuer of the pipeline's tokens, such as `https://token.actions.githubusercontent.com`."""
    audience: str
    """The `aud` of its tokens."""
    subjects: Sequence[str]
    """The `sub` of its tokens, each whole, such as `repo:example/sign-in:environment:prod`."""
    provider_arn: pulumi.Input[str]
    """The account's OIDC provider for this issuer."""


class DeployRole(pulumi.ComponentResource):
    """A role that may deploy one stage. Outputs: `role_arn`, and `boundary_arn` for `permissionsBoundary`."""

    role_arn: pulumi.Output[str]
    boundary_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DeployRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:DeployRole", name, None, opts)
        self._name = name
        self._args = args
        self._scope = args.scope
        self._tags = {"project": args.scope.project, "stage": args.scope.stage}
        self._own = pulumi.ResourceOptions(parent=self)
        self.boundary = self._policy("boundary", args.scope.boundary_name, boundary.statements)
        self.role = self._role()
        for kind, statements in POLICIES.items():
            self._attach(kind, self._policy(kind, f"deploy-{args.scope.prefix}-{kind}", statements))
        self.role_arn, self.boundary_arn = self.role.arn, self.boundary.arn
        self.register_outputs({"role_arn": self.role_arn, "boundary_arn": self.boundary_arn})

    def _role(self) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-role",
            name=f"deploy-{self._scope.prefix}",
            assume_role_policy=pulumi.Output.json_dumps(self._trust()),
            max_session_duration=MOST_SECONDS,
            tags=self._tags,
            opts=self._own,
        )

    def _trust(self) -> dict[str, object]:
        """Trust the tokens of these subjects alone: every pipeline of the issuer's other customers has tokens too.

        Source: GitHub Docs, "Configuring OpenID Connect in Amazon Web Services".
        """
        issuer = self._args.issuer.removeprefix("https://")
        claims = {f"{issuer}:aud": self._args.audience, f"{issuer}:sub": list(self._args.subjects)}
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": self._args.provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": claims},
        }
        return {"Version": "2012-10-17", "Statement": [statement]}

    def _policy(self, kind: str, physical_name: str, statements: Callable[[Scope], list[Statement]]) -> aws.iam.Policy:
        document = {"Version": "2012-10-17", "Statement": statements(self._scope)}
        return aws.iam.Policy(
            f"{self._name}-{kind}",
            name=physical_name,
            policy=json.dumps(document, separators=(",", ":")),
            tags=self._tags,
            opts=self._own,
        )

    def _attach(self, kind: str, policy: aws.iam.Policy) -> None:
        aws.iam.RolePolicyAttachment(
            f"{self._name}-{kind}-attached", role=self.role.name, policy_arn=policy.arn, opts=self._own
        )
