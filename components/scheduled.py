"""What a function does on a schedule, and the metrics that it leaves in its log."""

import json

import pulumi
import pulumi_aws as aws

from components.function import Function
from components.settings import Settings


def invoke_every(
    name: str, parent: pulumi.Resource, settings: Settings, function: Function, by: str, rate: str, step: str
) -> None:
    """Invoke the function with `{"Step": step}` at this rate, such as `rate(1 hour)`. `by` names the permission."""
    own = pulumi.ResourceOptions(parent=parent)
    rule = aws.cloudwatch.EventRule(name, schedule_expression=rate, tags=settings.tags, opts=own)
    permission = function.allow_invoke(by, "events", rule.arn)
    aws.cloudwatch.EventTarget(
        f"{name}-target",
        rule=rule.name,
        arn=function.arn,
        input=json.dumps({"Step": step}),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission]),
    )


def take_metric(name: str, parent: pulumi.Resource, settings: Settings, function: Function, metric: str) -> None:
    """Take a metric from the function's log lines `{"metric": metric, "value": number}`."""
    aws.cloudwatch.LogMetricFilter(
        name,
        log_group_name=function.log_group.name,
        pattern=f'{{ $.metric = "{metric}" }}',
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            name=metric, namespace=settings.metrics_namespace, value="$.value"
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
