"""The dashboard of a stack, as CloudWatch takes it: a graph for each of `contract.dashboard.QUESTIONS`."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pulumi

from components.settings import Settings
from components.watched import Watched
from contract.dashboard import QUESTIONS, Shown

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
BY_ROUTE = """fields @timestamp | filter ispresent(route)
| stats count() as requests, pct(ms, 50) as p50, pct(ms, 95) as p95, pct(ms, 99) as p99 by route | sort p99 desc"""
COLD_STARTS = """filter @type = "REPORT" and ispresent(@initDuration)
| stats count() as cold_starts, avg(@initDuration) as init_ms, max(@duration) as slowest_ms by @log"""
"""Queries of Logs Insights. Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights query syntax"."""


def body(settings: Settings, watched: Watched, alarm_arns: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
    """Return the body. Source: CloudWatch API Reference, "Dashboard body structure and syntax"."""
    alarms = {"type": "alarm", "properties": {"title": "Alarms", "alarms": list(alarm_arns)}}
    graphs = [_graph(settings, watched, title, shown) for title, shown in QUESTIONS.items()]
    tables = [
        _table(settings, "Latency by route in ms", watched.access_logs.values(), BY_ROUTE),
        _table(settings, "Cold starts that people wait for", watched.awaited_logs.values(), COLD_STARTS),
    ]
    return {"widgets": [_placed(number, widget) for number, widget in enumerate([alarms, *graphs, *tables])]}


def _graph(settings: Settings, watched: Watched, title: str, shown: Sequence[Shown]) -> dict[str, Any]:
    properties = {
        "title": title,
        "region": settings.region,
        "view": "timeSeries",
        "period": 300,
        "metrics": [row for one in shown for row in _rows(settings, watched, one)],
    }
    return {"type": "metric", "properties": properties}


def _rows(settings: Settings, watched: Watched, shown: Shown) -> list[list[Any]]:
    named = [shown.namespace or settings.metrics_namespace, shown.name]
    return [
        [*named, *chain.from_iterable(dimensions.items()), {"stat": shown.statistic, "label": label}]
        for label, dimensions in shown.metrics(watched.named)
    ]


def _table(settings: Settings, title: str, groups: Any, query: str) -> dict[str, Any]:
    """Return a table that is asked of the logs when somebody looks, so that it costs nothing else."""
    sources = [pulumi.Output.format("SOURCE '{0}'", group) for group in groups]
    text = pulumi.Output.all(*sources).apply(lambda named: " | ".join([*named, query]))
    properties = {"title": title, "region": settings.region, "view": "table", "query": text}
    return {"type": "log", "properties": properties}


def _placed(number: int, widget: dict[str, Any]) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    return {**widget, "x": column * WIDTH, "y": row * HEIGHT, "width": WIDTH, "height": HEIGHT}
