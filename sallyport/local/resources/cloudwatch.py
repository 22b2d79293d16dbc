"""CloudWatch alarms and dashboards. The embedded AWS stores them, but never raises an alarm."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values, pascal, present


class MetricAlarm(ResourceHandler):
    """aws.cloudwatch.MetricAlarm."""

    token = "aws:cloudwatch/metricAlarm:MetricAlarm"  # noqa: S105
    named = True

    @staticmethod
    def exists(call: Call) -> bool:
        """Return whether there is an alarm of this name."""
        return bool(call.aws("cloudwatch").describe_alarms(AlarmNames=[call.physical_name])["MetricAlarms"])

    @staticmethod
    def create(call: Call, *, tags: dict[str, str] | None = None, **inputs: Any) -> Made:
        """Create the alarm. Outputs: arn, name."""
        name = call.physical_name
        call.aws("cloudwatch").put_metric_alarm(
            AlarmName=name, Tags=key_values(tags), **MetricAlarm.configuration(**inputs)
        )
        return Made(name, {"name": name, "arn": call.arn("cloudwatch", f"alarm:{name}")})

    @staticmethod
    def configuration(
        *,
        comparison_operator: str,
        evaluation_periods: int,
        metric_name: str | None = None,
        namespace: str | None = None,
        period: int | None = None,
        statistic: str | None = None,
        extended_statistic: str | None = None,
        threshold: float | None = None,
        threshold_metric_id: str | None = None,
        unit: str | None = None,
        dimensions: dict[str, str] | None = None,
        metric_queries: list[dict[str, Any]] | None = None,
        datapoints_to_alarm: int | None = None,
        treat_missing_data: str | None = None,
        alarm_description: str | None = None,
        alarm_actions: list[str] | None = None,
        ok_actions: list[str] | None = None,
        insufficient_data_actions: list[str] | None = None,
        actions_enabled: bool | None = None,
    ) -> dict[str, Any]:
        """Return the arguments for PutMetricAlarm."""
        return {
            "ComparisonOperator": comparison_operator,
            "EvaluationPeriods": evaluation_periods,
            **present(
                MetricName=metric_name,
                Namespace=namespace,
                Period=period,
                Statistic=statistic,
                ExtendedStatistic=extended_statistic,
                Threshold=threshold,
                ThresholdMetricId=threshold_metric_id,
                Unit=unit,
                Dimensions=dimensions and _dimensions(dimensions),
                Metrics=metric_queries and [_query(query) for query in metric_queries],
                DatapointsToAlarm=datapoints_to_alarm,
                TreatMissingData=treat_missing_data,
                AlarmDescription=alarm_description,
                AlarmActions=alarm_actions,
                OKActions=ok_actions,
                InsufficientDataActions=insufficient_data_actions,
                ActionsEnabled=actions_enabled,
            ),
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the alarm with its history."""
        call.aws("cloudwatch").delete_alarms(AlarmNames=[id_])


class Dashboard(ResourceHandler):
    """aws.cloudwatch.Dashboard."""

    token = "aws:cloudwatch/dashboard:Dashboard"  # noqa: S105

    @staticmethod
    def create(call: Call, *, dashboard_name: str, dashboard_body: str) -> Made:
        """Create the dashboard. Outputs: dashboardArn."""
        call.aws("cloudwatch").put_dashboard(DashboardName=dashboard_name, DashboardBody=dashboard_body)
        return Made(dashboard_name, {"dashboardArn": call.arn("cloudwatch", f"dashboard/{dashboard_name}")})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the dashboard."""
        call.aws("cloudwatch").delete_dashboards(DashboardNames=[id_])


def _dimensions(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def _query(query: dict[str, Any]) -> dict[str, Any]:
    metric = query.get("metric")
    rest = pascal({name: value for name, value in query.items() if name != "metric"})
    if metric is None:
        return dict(rest)
    of = {"MetricName": metric["metricName"], **present(Namespace=metric.get("namespace"))}
    stat = {
        "Metric": {**of, "Dimensions": _dimensions(metric.get("dimensions", {}))},
        "Period": metric["period"],
        "Stat": metric["stat"],
        **present(Unit=metric.get("unit")),
    }
    return {**rest, "MetricStat": stat}
