"""Events: their log group and bus, the function that delivers them, and the queue for what could not be delivered."""

from collections.abc import Mapping
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.function import LOG_ACTIONS, Function, FunctionArgs, Functions
from components.policy import READ_QUEUE, Policy
from components.secret_store import SecretStore
from components.settings import Settings
from contract import events
from contract.metrics import FACTOR_REFUSED

DELIVERY_SECONDS = 30
REDELIVERY_SECONDS = 6 * DELIVERY_SECONDS  # AWS Lambda Developer Guide, "Configuring a queue to use with Lambda"
KEPT_SECONDS = 12 * 24 * 3600  # CloudWatch Logs takes no events that are older than 14 days


METRICS: Mapping[str, tuple[type[events.Event], str]] = {
    "UserCreated": (events.UserCreated, "by"),
    "SessionStarted": (events.SessionStarted, "acr"),
    "AuthenticationRefused": (events.AuthenticationRefused, "reason"),
    FACTOR_REFUSED: (events.AuthenticationRefused, "factor"),
    "FactorAdded": (events.FactorAdded, ""),
    "FactorRemoved": (events.FactorRemoved, ""),
    "AccountLocked": (events.AccountLocked, ""),
    "RefreshTokenReused": (events.RefreshTokenReused, ""),
    "MigrationFailed": (events.MigrationFailed, ""),
}
"""Metric → the events that it counts, and the field of their data that is its dimension."""


class Events(pulumi.ComponentResource):
    """The log group and the bus of events. Functions that are created by `subscribed` have their events delivered."""

    log_group_name: pulumi.Output[str]
    bus_name: pulumi.Output[str]
    bus_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: Settings,
        functions: Functions,
        secrets: SecretStore,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Events", name, None, opts)
        self._name = name
        self._settings = settings
        self._secrets = secrets
        self.log_group = self._log_group()
        self.bus = self._bus()
        self.undelivered = self._undelivered()
        self.log_group_name, self.bus_name, self.bus_arn = self.log_group.name, self.bus.name, self.bus.arn
        functions.watched.dead_letters[f"{name}-undelivered"] = self.undelivered.name
        self._delivery = self._function(functions)
        self._permission = self._allow_log_groups()
        self._redeliver()
        self._count()
        self.subscribed = replace(functions, event_delivery=(self._delivery.arn, self._permission))
        self.register_outputs({"log_group": self.log_group.name, "bus_arn": self.bus.arn})

    def _function(self, functions: Functions) -> Function:
        args = FunctionArgs(
            handler="events/deliver_events",
            environment={
                "EVENTS_LOG_GROUP": self.log_group.name,
                "EVENT_BUS": self.bus.name,
                "UNDELIVERED_QUEUE_URL": self.undelivered.url,
                "STAGE": self._settings.stage,
            },
            grants=(self._grant_deliver,),
            timeout_seconds=DELIVERY_SECONDS,
            is_background=True,
        )
        return functions.create(args, pulumi.ResourceOptions(parent=self))

    def _grant_deliver(self, policy: Policy) -> None:
        policy.allow("LogEvents", LOG_ACTIONS, pulumi.Output.format("{0}:*", self.log_group.arn))
        policy.allow("PutEvents", ["events:PutEvents"], self.bus.arn)
        policy.allow("QueueUndelivered", ["sqs:SendMessage"], self.undelivered.arn)
        policy.allow("ReadQueue", READ_QUEUE, self.undelivered.arn)

    def _allow_log_groups(self) -> pulumi.Resource:
        """Let CloudWatch Logs invoke the delivery for log groups of this account."""
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=self)).account_id
        groups = pulumi.Output.format("arn:aws:logs:{0}:{1}:log-group:*", self._settings.region, account)
        return self._delivery.allow_invoke("logs", "logs", groups, account)

    def _redeliver(self) -> None:
        aws.lambda_.EventSourceMapping(
            f"{self._name}-undelivered-source",
            event_source_arn=self.undelivered.arn,
            function_name=self._delivery.name,
            batch_size=1,
            function_response_types=["ReportBatchItemFailures"],
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._delivery.policy]),
        )

    def _count(self) -> None:
        """Count events as metrics, on the group in which each of them is once: alarms need no code in a request."""
        for name, (event, field) in METRICS.items():
            aws.cloudwatch.LogMetricFilter(
                f"{self._name}-{name}",
                log_group_name=self.log_group.name,
                pattern=f'{{ $.type = "{event.type}" }}',
                metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                    name=name,
                    namespace=self._settings.metrics_namespace,
                    value="1",
                    unit="Count",
                    dimensions={field: f"$.data.{field}"} if field else None,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            retention_in_days=self._settings.event_retention_days,
            kms_key_id=self._secrets.key_arn,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=self._settings.retain),
        )

    def _bus(self) -> aws.cloudwatch.EventBus:
        return aws.cloudwatch.EventBus(
            f"{self._name}-bus", tags=self._settings.tags, opts=pulumi.ResourceOptions(parent=self)
        )

    def _undelivered(self) -> aws.sqs.Queue:
        return aws.sqs.Queue(
            f"{self._name}-undelivered",
            message_retention_seconds=KEPT_SECONDS,
            visibility_timeout_seconds=REDELIVERY_SECONDS,
            sqs_managed_sse_enabled=True,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
