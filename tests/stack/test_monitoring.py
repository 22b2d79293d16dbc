"""Monitoring as it is declared: each alarm is raised by bad values of its metrics, and not by good ones."""

import json
import re
from typing import Any

import pytest

from sallyport.local.tools import ROOT
from tests.stack.conftest import Recorded, record
from tests.support.alarm_state import Values, is_in_alarm

PREFIX = "monitoring-"
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()
BAD_AND_GOOD: dict[str, tuple[Values, Values]] = {
    "failing-requests": (
        {"5xx": [0, 2, 2], "Count": [100, 100, 100]},
        {"5xx": [2, 0, 1], "Count": [19, 0, 100]},
    ),
    "slow-requests": ({"Latency": [10, 3001, 3001, 10, 3001]}, {"Latency": [3001, 10, 3000, 3000, None]}),
    "throttled-functions": ({"Throttles": [1, 0, 1]}, {"Throttles": [0, 0, 1]}),
    "throttled-tables": (
        {"ReadThrottleEvents": [1, None, None], "WriteThrottleEvents": [None, None, 1]},
        {"ReadThrottleEvents": [0, 0, 1], "WriteThrottleEvents": [None, None, None]},
    ),
    "failing-work": ({"Errors": [1, 1, 1]}, {"Errors": [1, None, 1]}),
    "dead-letters": (
        {"ApproximateNumberOfMessagesVisible": [1]},
        {"ApproximateNumberOfMessagesVisible": [0]},
    ),
    "late-stream": ({"IteratorAge": [300_001]}, {"IteratorAge": [None]}),
    "late-rotation": ({"SigningKeyAgeDays": [33.1]}, {"SigningKeyAgeDays": [33]}),
    "refused-sign-ins": ({"AuthenticationRefused": [21, 21]}, {"AuthenticationRefused": [20, 20]}),
    "locked-accounts": ({"AccountLocked": [6]}, {"AccountLocked": [5]}),
    "reused-refresh-tokens": ({"RefreshTokenReused": [6]}, {"RefreshTokenReused": [5]}),
    "mail-budget": ({"MailBudgetPercent": [80.1]}, {"MailBudgetPercent": [80]}),
    "message-budget": ({"MessageBudgetPercent": [80.1]}, {"MessageBudgetPercent": [None]}),
    "bounced-mail": ({"Reputation.BounceRate": [0.051]}, {"Reputation.BounceRate": [0.05]}),
    "complaints-about-mail": ({"Reputation.ComplaintRate": [0.0011]}, {"Reputation.ComplaintRate": [0.001]}),
}
"""Alarm → values for which it is in the state ALARM, and values for which it is not."""
KNOWN = {
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
    "AWS/DynamoDB": {"ReadThrottleEvents", "WriteThrottleEvents"},
    "AWS/Lambda": {"Errors", "IteratorAge", "Throttles"},
    "AWS/SES": {"Bounce", "Complaint", "Reputation.BounceRate", "Reputation.ComplaintRate", "Send"},
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible"},
}
"""The metrics of AWS that are used. Source: each service's developer guide, on its CloudWatch metrics."""


@pytest.fixture(scope="module")
def prod() -> Recorded:
    return record(
        "prod", alarmMail="ops@example.com", monthlyBudgetUsd="100", authyApiKey="key", messageCountries='["US"]'
    )


def alarms(stage: Recorded) -> dict[str, dict[str, Any]]:
    return {one.name.removeprefix(PREFIX): one.inputs for one in stage.of("cloudwatch.MetricAlarm")}


def metrics_of(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    return [query for query in inputs["metricQueries"] if "metric" in query]


def test_every_alarm_has_values_here_and_a_section_in_the_runbooks(prod: Recorded) -> None:
    sections = re.findall(r"^## ([a-z-]+)$", RUNBOOKS, re.MULTILINE)

    assert set(alarms(prod)) == set(BAD_AND_GOOD)
    assert set(BAD_AND_GOOD) == set(sections)
    for name, inputs in alarms(prod).items():
        assert inputs["alarmDescription"].endswith(f" docs/runbooks.md#{name}")


@pytest.mark.parametrize("name", BAD_AND_GOOD)
def test_an_alarm_is_raised_by_bad_values_and_not_by_good_ones(prod: Recorded, name: str) -> None:
    inputs, (bad, good) = alarms(prod)[name], BAD_AND_GOOD[name]

    assert is_in_alarm(inputs, bad)
    assert not is_in_alarm(inputs, good)


def test_no_data_is_an_alarm_where_nobody_looks_after_the_keys(prod: Recorded) -> None:
    quiet = {name for name, inputs in alarms(prod).items() if is_in_alarm(inputs, _nothing(inputs))}

    assert quiet == {"late-rotation"}


def _nothing(inputs: dict[str, Any]) -> Values:
    empty = [None] * int(inputs["evaluationPeriods"])
    return {one["metric"]["metricName"]: empty for one in metrics_of(inputs)}


def test_alarms_and_dashboard_use_metrics_that_somebody_counts(prod: Recorded) -> None:
    filters = {one.inputs["metricTransformation"]["name"] for one in prod.of("cloudwatch.LogMetricFilter")}
    counted = {**KNOWN, "Sallyport/sallyport-prod": filters}
    queries = [query["metric"] for inputs in alarms(prod).values() for query in metrics_of(inputs)]
    (dashboard,) = prod.of("cloudwatch.Dashboard")
    widgets = json.loads(dashboard.inputs["dashboardBody"])["widgets"]
    graphs = [one["properties"] for one in widgets if one["type"] == "metric"]

    for metric in queries:
        assert metric["metricName"] in counted[metric["namespace"]]
    for namespace, name, *_ in (row for graph in graphs for row in graph["metrics"]):
        assert name in counted[namespace]
    assert all(graph["metrics"] for graph in graphs)


def test_functions_that_nobody_waits_for_are_watched(prod: Recorded) -> None:
    names = {one["metric"]["dimensions"]["FunctionName"] for one in metrics_of(alarms(prod)["failing-work"])}

    watched = {name.removeprefix("sallyport-prod-").removesuffix("-function-1234567") for name in names}
    assert watched == {
        "deliver-events", "fulfil-orders", "measure-budgets", "notify-new-place", "queue-orders", "reconcile",
        "rotation", "run-jobs",
    }  # fmt: skip


def test_alarms_reach_somebody_through_an_encrypted_topic(prod: Recorded) -> None:
    (topic,) = prod.of("sns.Topic")
    (subscription,) = prod.of("sns.TopicSubscription")
    (policy,) = prod.of("sns.TopicPolicy")
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    (key,) = prod.of("kms.Key")
    on_key = {one["Sid"]: one for one in json.loads(key.inputs["policy"])["Statement"]}["AlarmsAreEncrypted"]

    for inputs in alarms(prod).values():
        assert inputs["alarmActions"] == inputs["okActions"] == [f"arn:aws:sns:us-east-1:123456789012:{topic.name}"]
    assert topic.inputs["kmsMasterKeyId"].endswith(":secrets-key")
    assert (subscription.inputs["protocol"], subscription.inputs["endpoint"]) == ("email", "ops@example.com")
    assert statement["Condition"] == on_key["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert statement["Principal"] == on_key["Principal"]
    assert on_key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_a_key_that_is_to_be_deleted_is_told_of(prod: Recorded) -> None:
    pattern = json.loads(prod.named("monitoring-key").inputs["eventPattern"])

    assert set(pattern["detail"]["eventName"]) == {"DisableKey", "ScheduleKeyDeletion"}
    assert pattern["detail"]["resources"]["ARN"][0].endswith(":secrets-key")
    assert prod.named("monitoring-key-target").inputs["arn"].endswith(":monitoring-alarms")


def test_a_budget_is_there_where_it_is_set(prod: Recorded) -> None:
    (budget,) = prod.of("budgets.Budget")

    assert (budget.inputs["limitAmount"], budget.inputs["timeUnit"]) == ("100", "MONTHLY")
    assert [one["threshold"] for one in budget.inputs["notifications"]] == [50, 80, 100]
    assert not record("prod").of("budgets.Budget")


def test_stages_that_nobody_watches_have_none_of_it() -> None:
    for stage in ("dev", "local"):
        recorded = record(stage)
        assert not [one.name for one in recorded.custom if one.name.startswith(PREFIX)]
        assert "alarms_topic_arn" not in recorded.outputs
