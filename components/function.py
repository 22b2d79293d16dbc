"""The one place where a Lambda, its role and its log group are made."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.packaging import ARCHITECTURE, ROOT, RUNTIME, Libraries, Package
from components.settings import Settings

TRUST_LAMBDA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
TIMEOUT_SECONDS = 8  # below the grace of refresh tokens: who was cut off can still ask again
LOG_ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents"]


def _partitions(partitions: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`ForAllValues` is true of a request that names no key at all, such as a scan; `Null` refuses that.

    Source: IAM User Guide, "Set operators for multivalued context keys".
    """
    return {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """What sets one function apart."""

    handler: str  # the file under handlers/, without .py
    package: Package
    settings: Settings
    log_key_arn: pulumi.Input[str]
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    libraries: Libraries = "base"
    memory_mb: int = 256
    timeout_seconds: int = TIMEOUT_SECONDS


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a handler's function is given: variables, rights, memory, libraries."""

    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    grants: Sequence[Callable[["Function"], None]] = ()
    memory_mb: int = 256
    libraries: Libraries = "none"
    timeout_seconds: int = TIMEOUT_SECONDS


class Function(pulumi.ComponentResource):
    """A Lambda function that may write to its own log group, and whatever is granted to it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:Function", name, None, opts)
        self._name = name
        self._args = args
        self.grants: list[pulumi.Resource] = []
        self.role = self._role()
        self.log_group = self._log_group()
        self.allow("logs", LOG_ACTIONS, self.log_group.arn.apply(lambda arn: f"{arn}:*"))
        self.function = self._function()
        self.name, self.arn, self.invoke_arn = self.function.name, self.function.arn, self.function.invoke_arn
        self.register_outputs({"name": self.name, "arn": self.arn})

    def allow(
        self,
        what: str,
        actions: Sequence[str],
        resource: pulumi.Input[str],
        conditions: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Grant the role exactly these actions on this resource; one statement, one policy."""
        statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        if conditions:
            statement["Condition"] = conditions
        policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.grants.append(
            aws.iam.RolePolicy(
                f"{self._name}-{what}",
                role=self.role.name,
                policy=policy,
                opts=pulumi.ResourceOptions(parent=self),
            )
        )

    def allow_items(
        self, what: str, actions: Sequence[str], table_arn: pulumi.Input[str], partitions: Sequence[str]
    ) -> None:
        """Grant the role exactly these actions on the items of these partitions; `*` ends a partition's prefix."""
        self.allow(what, actions, table_arn, _partitions(partitions))

    def allow_attributes(
        self, what: str, table_arn: pulumi.Input[str], partitions: Sequence[str], attributes: Sequence[str]
    ) -> None:
        """Grant the role to update these attributes of the items of these partitions, and to see no others by it."""
        named = _partitions(partitions)
        conditions = {
            **named,
            "ForAllValues:StringEquals": {"dynamodb:Attributes": list(attributes)},
            "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]},
            "Null": {**named["Null"], "dynamodb:Attributes": "false"},
        }
        self.allow(what, ["dynamodb:UpdateItem"], table_arn, conditions)

    def allow_invoke(self, by: str, service: str, source_arn: pulumi.Input[str]) -> aws.lambda_.Permission:
        """Let an AWS service call the function on behalf of exactly one source."""
        return aws.lambda_.Permission(
            f"{self._name}-by-{by}",
            action="lambda:InvokeFunction",
            function=self.function.name,
            principal=f"{service}.amazonaws.com",
            source_arn=source_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _role(self) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-role",
            assume_role_policy=TRUST_LAMBDA,
            tags=self._args.settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            retention_in_days=self._args.settings.log_retention_days,
            kms_key_id=self._args.log_key_arn,
            tags=self._args.settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _function(self) -> aws.lambda_.Function:
        args = self._args
        if not (ROOT / "handlers" / f"{args.handler}.py").exists():
            raise pulumi.RunError(f"{self._name}: there is no handlers/{args.handler}.py")
        return aws.lambda_.Function(
            f"{self._name}-function",
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=f"handlers.{args.handler}.handler",
            code=args.package.archive,
            layers=args.package.layers(args.libraries),
            role=self.role.arn,
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            environment={"variables": dict(args.environment)} if args.environment else None,
            logging_config={"log_format": "Text", "log_group": self.log_group.name},
            tags=args.settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self.grants)),
        )
