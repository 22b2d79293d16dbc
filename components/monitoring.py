"""Monitoring: alarms, the topic that they go to, a dashboard, and budgets: of mail and messages, and of the account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import dashboards, scheduled
from components.alarms import Alarm, Metric, alarms
from components.directory_table import DirectoryTable
from components.function import FunctionArgs, Functions
from components.secret_store import ALARM_SERVICES, SecretStore
from components.settings import Settings
from contract.metrics import MAIL_SHARE, MESSAGE_SHARE

BUDGET_SCHEDULE = "rate(15 minutes)"
RUNBOOKS = "docs/runbooks.md"
BUDGET_SHARES = (50, 80, 100)
"""Percent of the budget at which somebody is told."""
KEY_EVENTS = ["DisableKey", "ScheduleKeyDeletion"]


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What is watched."""

    settings: Settings
    secrets: SecretStore
    functions: Functions
    table: DirectoryTable


class Monitoring(pulumi.ComponentResource):
    """The monitoring of a stack. Output: `topic_arn`, where alarms go."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:Monitoring", name, None, opts)
        self._name = name
        self._args = args
        self._settings = args.settings
        self._watched = args.functions.watched
        self._own = pulumi.ResourceOptions(parent=self)
        self.topic = self._topic()
        self.topic_arn = self.topic.arn
        self._tell()
        self._measure_budgets()
        self.alarms = [self._alarm(one) for one in alarms(args.settings, self._watched)]
        self._watch_key()
        self._dashboard()
        self._budget()
        self.register_outputs({"topic_arn": self.topic_arn})

    def _topic(self) -> aws.sns.Topic:
        """Return the topic, to which CloudWatch, EventBridge and Budgets of this account publish."""
        topic = aws.sns.Topic(
            f"{self._name}-alarms",
            kms_master_key_id=self._args.secrets.key_arn,
            tags=self._settings.tags,
            opts=self._own,
        )
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=self)).account_id
        statement = {
            "Sid": "ServicesOfThisAccountPublish",
            "Effect": "Allow",
            "Principal": {"Service": ALARM_SERVICES},
            "Action": "sns:Publish",
            "Resource": topic.arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        aws.sns.TopicPolicy(
            f"{self._name}-publishers",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]}),
            opts=self._own,
        )
        return topic

    def _tell(self) -> None:
        """Mail alarms to `alarmMail`, whose owner confirms it once."""
        if self._settings.alarm_mail:
            aws.sns.TopicSubscription(
                f"{self._name}-mail",
                topic=self.topic.arn,
                protocol="email",
                endpoint=self._settings.alarm_mail,
                opts=self._own,
            )

    def _measure_budgets(self) -> None:
        """Log every 15 minutes how much of the day's budgets of mail and messages is used, and take it from there."""
        args = FunctionArgs(
            handler="events/measure_budgets",
            environment={
                "TABLE_NAME": self._args.table.name,
                "SIGN_IN_LIMITS": self._settings.sign_in_limits_json,
                "FACTOR_LIMITS": self._settings.factor_limits_json,
            },
            grants=(self._args.table.grant_read_budgets,),
            is_background=True,
        )
        function = self._args.functions.create(args, self._own)
        schedule = f"{self._name}-budgets"
        scheduled.invoke_every(schedule, self, self._settings, function, "schedule", BUDGET_SCHEDULE, "measure")
        for metric in (MAIL_SHARE, MESSAGE_SHARE):
            scheduled.take_metric(f"{self._name}-{metric}", self, self._settings, function, metric)

    def _alarm(self, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        part = f"-{alarm.part}" if alarm.part > 1 else ""
        made = aws.cloudwatch.MetricAlarm(
            f"{self._name}-{alarm.name}{part}",
            alarm_description=f"{alarm.says} {RUNBOOKS}#{alarm.name}",
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.above,
            evaluation_periods=alarm.of,
            datapoints_to_alarm=alarm.periods,
            treat_missing_data=alarm.missing,
            metric_queries=_queries(alarm),
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            tags=self._settings.tags,
            opts=self._own,
        )
        self._watched.alarms[f"{alarm.name}{part}"] = made.name
        return made

    def _watch_key(self) -> None:
        """Tell of a key that is disabled or will be deleted: all passwords and secrets are lost with it.

        Source: KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail".
        """
        pattern = pulumi.Output.json_dumps(
            {
                "source": ["aws.kms"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {"eventName": KEY_EVENTS, "resources": {"ARN": [self._args.secrets.key_arn]}},
            }
        )
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-key", event_pattern=pattern, tags=self._settings.tags, opts=self._own
        )
        aws.cloudwatch.EventTarget(f"{self._name}-key-target", rule=rule.name, arn=self.topic.arn, opts=self._own)

    def _dashboard(self) -> None:
        body = dashboards.body(self._settings, self._watched, [alarm.arn for alarm in self.alarms])
        aws.cloudwatch.Dashboard(
            f"{self._name}-dashboard",
            dashboard_name=self._settings.audience,
            dashboard_body=pulumi.Output.json_dumps(body),
            opts=self._own,
        )

    def _budget(self) -> None:
        """Tell when the account has spent shares of `monthlyBudgetUsd`, or is expected to."""
        amount = self._settings.monthly_budget_usd
        if not amount:
            return
        aws.budgets.Budget(
            f"{self._name}-budget",
            budget_type="COST",
            limit_amount=str(amount),
            limit_unit="USD",
            time_unit="MONTHLY",
            tags=self._settings.tags,
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "threshold": share,
                    "threshold_type": "PERCENTAGE",
                    "notification_type": "ACTUAL",
                    "subscriber_sns_topic_arns": [self.topic.arn],
                }
                for share in BUDGET_SHARES
            ],
            opts=self._own,
        )


def _queries(alarm: Alarm) -> Any:
    """Return the metrics as m1, m2, ..., and the expression that counts, if there is one."""
    expression: Sequence[dict[str, Any]] = ()
    if alarm.expression:
        expression = [{"id": "e1", "expression": alarm.expression, "label": alarm.name, "return_data": True}]
    metrics = [
        {"id": f"m{number}", "return_data": not alarm.expression, "metric": _metric(metric, alarm.seconds)}
        for number, metric in enumerate(alarm.metrics, 1)
    ]
    return [*metrics, *expression]


def _metric(metric: Metric, seconds: int) -> dict[str, Any]:
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "stat": metric.statistic,
        "period": seconds,
        "dimensions": dict(metric.dimensions),
    }
