"""The state of a recorded alarm for given values of its metrics, by CloudWatch's rules.

Source: CloudWatch User Guide, "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data", "Using math
expressions with CloudWatch metrics".
"""

from collections.abc import Mapping, Sequence
from typing import Any

Values = Mapping[str, Sequence[float | None]]
"""Name of a metric → its value in each period, oldest first; None for no data."""


class _Number(float):
    """A value by which can be divided, also if it is 0: CloudWatch has no value then, and IF chooses the other one."""

    def __rtruediv__(self, other: float) -> float:
        return float(other) / float(self) if self else 0.0


def is_in_alarm(inputs: Mapping[str, Any], values: Values) -> bool:
    """Return whether the alarm is in the state ALARM. Metrics of one name have the same values."""
    assert inputs["comparisonOperator"] == "GreaterThanThreshold"
    periods = int(inputs["evaluationPeriods"])
    found = [_value(inputs["metricQueries"], values, period) for period in range(-periods, 0)]
    is_missing_bad = inputs["treatMissingData"] == "breaching"
    breaching = [is_missing_bad if one is None else one > inputs["threshold"] for one in found]
    return bool(sum(breaching) >= int(inputs["datapointsToAlarm"]))


def _value(queries: Sequence[Mapping[str, Any]], values: Values, period: int) -> float | None:
    metrics = {one["id"]: values[one["metric"]["metricName"]][period] for one in queries if "metric" in one}
    (counts,) = [one for one in queries if one["returnData"]]
    if "metric" in counts:
        return metrics[counts["id"]]
    if all(one is None for one in metrics.values()):
        return None
    known = {name: _Number(one or 0) for name, one in metrics.items()}
    functions = {"METRICS": lambda: known.values(), "SUM": sum, "MAX": max, "IF": lambda is_so, a, b: a if is_so else b}
    return float(eval(counts["expression"], {"__builtins__": {}}, {**functions, **known}))
