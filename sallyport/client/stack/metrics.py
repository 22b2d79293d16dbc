"""The numbers of a stack's dashboard, from CloudWatch, with the operator's own AWS credentials."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contract.dashboard import DIMENSIONS, QUESTIONS, Shown, Watchable
from sallyport.client.errors import Failure
from sallyport.client.stack import aws

COLUMNS = 30
"""Periods that are asked for."""
LEAST_PERIOD_SECONDS = 60
MOST_QUERIES = 500
"""Of a call. Source: CloudWatch API Reference, "GetMetricData"."""


@dataclass(frozen=True)
class Series:
    """A metric's values, oldest first; None for a period without data."""

    label: str
    is_sum: bool
    values: tuple[float | None, ...]

    @property
    def value(self) -> float | None:
        """The sum of a count, or the last value of anything else; None if there is no data."""
        known = [one for one in self.values if one is not None]
        if not known:
            return None
        return sum(known) if self.is_sum else known[-1]


@dataclass(frozen=True)
class Snapshot:
    """The answers to all questions: title → series, and alarm → state, for stacks that have alarms."""

    since: int
    period_seconds: int
    answers: Mapping[str, list[Series]]
    alarms: Mapping[str, str]


def read(outputs: Mapping[str, str], minutes: int) -> Snapshot:
    """Return the numbers of the last minutes. Raises `Failure`."""
    watched = _watched(outputs["watched"])
    period = max(LEAST_PERIOD_SECONDS, 60 * minutes // COLUMNS // 60 * 60)
    end = (int(time.time()) // period + 1) * period
    starts = [end - period * back for back in range(60 * minutes // period, 0, -1)]
    asked = [(title, shown, *one) for title, shown, one in _metrics({kind: watched[kind] for kind in DIMENSIONS})]
    queries = [_query(number, watched, period, shown, of) for number, (_, shown, _, of) in enumerate(asked)]
    found = _values(outputs, queries, starts[0], end)
    answers: dict[str, list[Series]] = {title: [] for title in QUESTIONS}
    for number, (title, shown, label, _) in enumerate(asked):
        at = found.get(f"m{number}", {})
        answers[title].append(Series(label, shown.statistic == "Sum", tuple(at.get(start) for start in starts)))
    return Snapshot(starts[0], period, answers, _alarms(outputs, watched["alarms"]))


def _metrics(watched: Mapping[Watchable, Mapping[str, str]]) -> Iterator[tuple[str, Shown, tuple[str, dict[str, str]]]]:
    for title, shown in QUESTIONS.items():
        for one in shown:
            for metric in one.metrics(watched):
                yield title, one, metric


def _query(
    number: int, watched: Mapping[str, Any], period: int, shown: Shown, dimensions: Mapping[str, str]
) -> dict[str, Any]:
    metric = {
        "Namespace": shown.namespace or watched["namespace"],
        "MetricName": shown.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    return {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": period, "Stat": shown.statistic}}


def _values(
    outputs: Mapping[str, str], queries: list[dict[str, Any]], start: int, end: int
) -> dict[str, dict[int, float]]:
    """Return id → start of a period → value."""
    found: dict[str, dict[int, float]] = {query["Id"]: {} for query in queries}
    for first in range(0, len(queries), MOST_QUERIES):
        pages = aws.call(
            outputs,
            "cloudwatch",
            "get_metric_data",
            MetricDataQueries=queries[first : first + MOST_QUERIES],
            StartTime=datetime.fromtimestamp(start, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
        )
        for result in (one for page in pages for one in page["MetricDataResults"]):
            times = (int(at.timestamp()) for at in result["Timestamps"])
            found[result["Id"]].update(zip(times, result["Values"], strict=True))
    return found


def _alarms(outputs: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return logical name → `OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    if not names:
        return {}
    pages = aws.call(outputs, "cloudwatch", "describe_alarms", AlarmNames=list(names.values()))
    states = {one["AlarmName"]: one["StateValue"] for page in pages for one in page["MetricAlarms"]}
    return {name: states[physical] for name, physical in names.items() if physical in states}


def _watched(text: str) -> Mapping[str, Any]:
    watched = json.loads(text)
    if not isinstance(watched, dict) or not {"namespace", "alarms", *DIMENSIONS} <= set(watched):
        raise Failure("The output watched is not as it is now: deploy the stack again.")
    return watched
