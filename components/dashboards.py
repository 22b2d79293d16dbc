"""The dashboard of a stack, as CloudWatch takes it: a graph for each question that an operator asks first."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.alarms import REASONS, Metric, age_of_keys, of_event, of_function, of_queue
from components.settings import Settings
from components.watched import Watched
from contract import events
from contract.acr import LEVELS

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
PERCENTILES = ("p50", "p95", "p99")


def body(
    settings: Settings, api_id: pulumi.Input[str], watched: Watched, alarm_arns: Sequence[pulumi.Input[str]]
) -> dict[str, Any]:
    """Return the body. Source: CloudWatch API Reference, "Dashboard body structure and syntax"."""
    graphs = [_graph(settings, title, metrics) for title, metrics in _questions(settings, api_id, watched).items()]
    alarms = {"type": "alarm", "properties": {"title": "Alarms", "alarms": list(alarm_arns)}}
    return {"widgets": [_placed(number, widget) for number, widget in enumerate([alarms, *graphs])]}


def _questions(settings: Settings, api_id: pulumi.Input[str], watched: Watched) -> Mapping[str, list[Metric]]:
    """Return title → metrics."""
    api: dict[str, pulumi.Input[str]] = {"ApiId": api_id}
    of_api = [("Count", "Sum"), ("4xx", "Sum"), ("5xx", "Sum")]
    return {
        "Sign-ins by assurance": [of_event(settings, events.SessionStarted, acr=acr) for acr in LEVELS],
        "New users": [of_event(settings, events.UserCreated, by=by) for by in ("sign_up", "operator", "import")],
        "Refusals by reason": [of_event(settings, events.AuthenticationRefused, reason=one) for one in REASONS],
        "Locks and stolen tokens": [
            of_event(settings, events.AccountLocked),
            of_event(settings, events.RefreshTokenReused),
        ],
        "Requests": [
            Metric(namespace="AWS/ApiGateway", name=name, statistic=how, dimensions=api) for name, how in of_api
        ],
        "Latency": [
            Metric(namespace="AWS/ApiGateway", name="Latency", statistic=one, dimensions=api) for one in PERCENTILES
        ],
        "Throttled functions": [Metric(namespace="AWS/Lambda", name="Throttles")],
        "Work that nobody waits for: errors": [of_function("Errors", name) for name in watched.background.values()],
        "Age of streams": [of_function("IteratorAge", name) for name in watched.stream_readers.values()],
        "Dead letters": [of_queue(name) for name in watched.dead_letters.values()],
        "Age of the signing keys in days": [age_of_keys(settings)],
        "Mail": [Metric(namespace="AWS/SES", name=name) for name in ("Send", "Bounce", "Complaint")],
    }


def _graph(settings: Settings, title: str, metrics: Sequence[Metric]) -> dict[str, Any]:
    properties = {
        "title": title,
        "region": settings.region,
        "view": "timeSeries",
        "period": 300,
        "metrics": [_row(metric) for metric in metrics],
    }
    return {"type": "metric", "properties": properties}


def _row(metric: Metric) -> list[Any]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic}]


def _placed(number: int, widget: dict[str, Any]) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    return {**widget, "x": column * WIDTH, "y": row * HEIGHT, "width": WIDTH, "height": HEIGHT}
