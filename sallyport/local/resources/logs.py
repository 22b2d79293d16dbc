"""CloudWatch log groups."""

from typing import Any

from botocore.exceptions import ClientError

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, MustReplace, Outputs, ResourceHandler, present


class LogGroup(ResourceHandler):
    """aws.cloudwatch.LogGroup."""

    token = "aws:cloudwatch/logGroup:LogGroup"  # noqa: S105
    named = True

    @staticmethod
    def create(
        call: Call,
        *,
        retention_in_days: int = 0,
        kms_key_id: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the log group. Outputs: arn (without `:*`), name."""
        logs, name = call.aws("logs"), call.physical_name
        logs.create_log_group(logGroupName=name, tags=tags or {}, **present(kmsKeyId=kms_key_id))
        try:
            _retain(call, name, retention_in_days)
        except ClientError:
            logs.delete_log_group(logGroupName=name)
            raise
        found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
        return Made(name, {"name": name, "arn": found["arn"].removesuffix(":*")})

    @staticmethod
    def update(
        call: Call,
        id_: str,
        *,
        retention_in_days: int = 0,
        kms_key_id: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> Outputs:
        """Change the log group; its lines stay."""
        _retain(call, id_, retention_in_days)
        call.aws("logs").tag_resource(resourceArn=call.arn("logs", f"log-group:{id_}"), tags=tags or {})
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the log group with all its lines."""
        call.aws("logs").delete_log_group(logGroupName=id_)


class LogSubscriptionFilter(ResourceHandler):
    """aws.cloudwatch.LogSubscriptionFilter."""

    token = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"  # noqa: S105
    named = True

    @staticmethod
    def create(
        call: Call, *, log_group: str, filter_pattern: str, destination_arn: str, role_arn: str | None = None
    ) -> Made:
        """Create the subscription of a log group."""
        call.aws("logs").put_subscription_filter(
            logGroupName=log_group,
            filterName=call.physical_name,
            filterPattern=filter_pattern,
            destinationArn=destination_arn,
            **present(roleArn=role_arn),
        )
        return Made(f"{log_group}/{call.physical_name}", {"logGroup": log_group, "name": call.physical_name})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """End the subscription."""
        call.aws("logs").delete_subscription_filter(logGroupName=outputs["logGroup"], filterName=outputs["name"])


class LogMetricFilter(ResourceHandler):
    """aws.cloudwatch.LogMetricFilter. The embedded AWS keeps it, and computes no metric from it."""

    token = "aws:cloudwatch/logMetricFilter:LogMetricFilter"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, *, log_group_name: str, pattern: str, metric_transformation: dict[str, Any]) -> Made:
        """Create the filter of a log group."""
        LogMetricFilter._put(call, call.physical_name, log_group_name, pattern, metric_transformation)
        return Made(f"{log_group_name}/{call.physical_name}", {"logGroup": log_group_name, "name": call.physical_name})

    @staticmethod
    def update(
        call: Call, id_: str, *, log_group_name: str, pattern: str, metric_transformation: dict[str, Any]
    ) -> Outputs:
        """Change pattern and metric."""
        if not id_.startswith(f"{log_group_name}/"):
            raise MustReplace
        LogMetricFilter._put(call, id_.rpartition("/")[2], log_group_name, pattern, metric_transformation)
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the filter; what it has counted stays."""
        call.aws("logs").delete_metric_filter(logGroupName=outputs["logGroup"], filterName=outputs["name"])

    @staticmethod
    def _put(call: Call, name: str, log_group: str, pattern: str, metric: dict[str, Any]) -> None:
        transformation = {
            "metricName": metric["name"],
            "metricNamespace": metric["namespace"],
            "metricValue": metric["value"],
            **present(dimensions=metric.get("dimensions"), unit=metric.get("unit")),
        }
        call.aws("logs").put_metric_filter(
            logGroupName=log_group, filterName=name, filterPattern=pattern, metricTransformations=[transformation]
        )


def _retain(call: Call, name: str, days: int) -> None:
    """Set the retention in days; 0 is unlimited."""
    if days:
        call.aws("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
    else:
        call.aws("logs").delete_retention_policy(logGroupName=name)
