"""Function: a Lambda function with its role and its log group; no other file declares one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components import published
from components.edge import Edge
from components.packaging import ARCHITECTURE, ROOT, RUNTIME, Libraries, Package
from components.policy import Grant, Policy
from components.settings import Settings
from components.watched import Watched
from contract.events import MARK
from contract.routes import ROUTES

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
DEFAULT_MEMORY_MB = 256
SIGNING_MEMORY_MB = 512
SIGN_IN_MEMORY_MB = 1280  # one Argon2id, most of whose time is the memory's
HASHING_MEMORY_MB = 1769  # one whole processor, for new passwords: judged, and hashed
"""Chosen by `bench.lambda_like`: docs/performance.md has its figures."""
TIMEOUT_SECONDS = 8  # below the grace of refresh tokens, so that a client whose request timed out can repeat it
SERVED = {route.handler for route in ROUTES}
OPEN = {"metadata/discovery", "metadata/jwks", "metadata/openapi", "account/undo"}
"""What answers past the distribution too, from before the stack had a domain: a former issuer's metadata and keys, and
links in mail."""
AWAITED = {"signin/signin", "signin/verify_factor", "session/refresh", "triggers/authorizer"}
"""What most users wait for: their cold starts are watched, and can be made rare."""
TRACE_ACTIONS = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
"""X-Ray knows no resources for them. Source: AWS Service Authorization Reference."""
LOG_ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents"]

Variables = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """The settings of one function."""

    handler: str  # the file under handlers/functions/, without .py
    environment: Variables = field(default_factory=dict)
    grants: Sequence[Grant] = ()
    libraries: Libraries = "base"
    memory_mb: int = DEFAULT_MEMORY_MB
    timeout_seconds: int = TIMEOUT_SECONDS
    is_background: bool = False
    """True if no caller waits for it: it runs by schedule, event, queue or stream."""

    @property
    def name(self) -> str:
        """Return the logical name: that of the handler's file, with hyphens."""
        return self.handler.rpartition("/")[2].replace("_", "-")


@dataclass(frozen=True)
class Functions:
    """The parts that all functions of a stack share: the archive, the stage's settings, the key of the log groups."""

    package: Package
    settings: Settings
    log_key_arn: pulumi.Input[str]
    edge: Edge
    event_delivery: tuple[pulumi.Output[str], pulumi.Resource] | None = None
    """The ARN of the function that delivers events, and its permission for log groups; None for that function."""
    closes_api: pulumi.Output[str] | None = None
    """`true` for functions that refuse what comes past the site."""
    watched: Watched = field(default_factory=Watched)
    """What is to be watched; shared by all copies."""

    def create(
        self, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None, *, name: str | None = None
    ) -> "Function":
        """Declare a function. Raises `pulumi.RunError` if its handler's file does not exist."""
        return Function(name or args.name, args, self, opts)


class Function(pulumi.ComponentResource):
    """A Lambda function with its log group and a role that may do what its grants allow, and nothing else."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: FunctionArgs, shared: Functions, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sallyport:index:Function", name, None, opts)
        self._name = name
        self._args = args
        self._shared = shared
        self.role = self._role()
        self.log_group = self._log_group()
        self.policy = self._policy()
        self.function = self._function()
        if shared.event_delivery:
            self._subscribe(*shared.event_delivery)
        self.alias = self._alias()
        called = self.alias or self.function
        self.name, self.arn, self.invoke_arn = self.function.name, called.arn, called.invoke_arn
        if args.is_background:
            shared.watched.background[name] = self.name
        if args.handler in AWAITED:
            shared.watched.awaited_logs[name] = self.log_group.name
        self.register_outputs({"name": self.name, "arn": self.arn})

    def allow_invoke(
        self, by: str, service: str, source_arn: pulumi.Input[str], account: pulumi.Input[str] | None = None
    ) -> aws.lambda_.Permission:
        """Let an AWS service invoke the function on behalf of one source; `account` for sources named by a pattern."""
        return aws.lambda_.Permission(
            f"{self._name}-by-{by}",
            action="lambda:InvokeFunction",
            function=self.function.name,
            qualifier=self.alias.name if self.alias else None,
            principal=f"{service}.amazonaws.com",
            source_arn=source_arn,
            source_account=account,
            opts=pulumi.ResourceOptions(parent=self),
        )

    @property
    def _has_versions(self) -> bool:
        settings = self._shared.settings
        return self._args.handler in AWAITED and bool(settings.snap_start or settings.provisioned_concurrency)

    def _alias(self) -> aws.lambda_.Alias | None:
        if not self._has_versions:
            return None
        return published.alias(self._name, self.function, self._shared.settings, self)

    def _subscribe(self, destination_arn: pulumi.Input[str], permission: pulumi.Resource) -> None:
        """Have the events among the function's log lines delivered."""
        aws.cloudwatch.LogSubscriptionFilter(
            f"{self._name}-events",
            log_group=self.log_group.name,
            filter_pattern=f'"{MARK}"',
            destination_arn=destination_arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _role(self) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-execution-role",
            assume_role_policy=TRUST_LAMBDA,
            permissions_boundary=self._shared.settings.permissions_boundary or None,
            tags=self._shared.settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            retention_in_days=self._shared.settings.log_retention_days,
            kms_key_id=self._shared.log_key_arn,
            tags=self._shared.settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _policy(self) -> aws.iam.RolePolicy:
        policy = Policy()
        policy.allow("WriteLogs", LOG_ACTIONS, pulumi.Output.format("{0}:*", self.log_group.arn))
        for grant in self._args.grants:
            grant(policy)
        if self._shared.settings.tracing:
            policy.allow("SendTraces", TRACE_ACTIONS, "*")
        return aws.iam.RolePolicy(
            f"{self._name}-policy",
            role=self.role.name,
            policy=policy.document,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _environment(self) -> Any:
        """Return the variables; functions that serve routes know requests that come through the distribution."""
        handler, edge = self._args.handler, self._shared.edge
        served: Variables = edge.environment if handler in SERVED else {}
        if handler in SERVED - OPEN and self._shared.closes_api is not None:
            served = {**served, "EDGE_REQUIRED": self._shared.closes_api}
        settings = self._shared.settings
        client: Variables = {"AWS_CLIENT": settings.aws_client} if settings.aws_client != "own" else {}
        start: Variables = {"SNAP_START": "true"} if self._has_versions and settings.snap_start else {}
        variables = {**served, **client, **start, **self._args.environment}
        return {"variables": variables} if variables else None

    def _function(self) -> aws.lambda_.Function:
        args, settings, package = self._args, self._shared.settings, self._shared.package
        if not (ROOT / "handlers" / "functions" / f"{args.handler}.py").exists():
            raise pulumi.RunError(f"{self._name}: there is no handlers/functions/{args.handler}.py")
        return aws.lambda_.Function(
            f"{self._name}-function",
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=f"handlers.functions.{args.handler.replace('/', '.')}.handler",
            code=package.archive,
            layers=package.layers(args.libraries),
            role=self.role.arn,
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            environment=self._environment(),
            logging_config={"log_format": "Text", "log_group": self.log_group.name},
            tracing_config={"mode": "Active"} if settings.tracing else None,
            **(published.arguments(settings) if self._has_versions else {}),
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.policy]),
        )
