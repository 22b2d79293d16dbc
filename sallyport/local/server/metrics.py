"""Metrics of CloudWatch that MiniStack lacks: it stores what is put, and the filters of log groups, but counts nothing.

| metric | dimensions | source |
|---|---|---|
| AWS/ApiGateway `Count`, `4xx`, `5xx`, `Latency` | `ApiId` | API Gateway Developer Guide, "Monitor CloudWatch metrics for HTTP APIs" |
| AWS/Lambda `Invocations`, `Errors`, `Duration`, `Throttles` | `FunctionName` | Lambda Developer Guide, "Types of metrics for Lambda functions" |
| AWS/SQS `ApproximateNumberOfMessagesVisible` | `QueueName` | SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS" |
| AWS/SES `Send` | none | SES Developer Guide, "Monitoring your Amazon SES sending activity" |
| those of metric filters, by a term, or by `{ $.field = "text" }` | as declared | CloudWatch Logs User Guide, "Filter pattern syntax" |

Queues and mail are counted when somebody asks for metrics. MiniStack counts functions only where they are called by
`Invoke`.
"""  # noqa: E501 tables

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from ministack.services import apigateway, cloudwatch, cloudwatch_logs, lambda_svc, ses, sqs

JSON_PATTERN = re.compile(r'\{ *\$\.([\w.]+) *= *"([^"]*)" *\}')


def install() -> None:
    """Wrap MiniStack's functions."""
    execute_api = apigateway._handle_execute_in_scope
    run = lambda_svc._execute_function
    deliver_lines = cloudwatch_logs._fanout_to_subscription_filters
    answer_query = cloudwatch._get_metric_data

    async def execute_counted(api_id, *request):  # type: ignore[no-untyped-def]
        started = time.perf_counter()
        answer = await execute_api(api_id, *request)
        of_api(api_id, answer[0], (time.perf_counter() - started) * 1000)
        return answer

    def run_counted(record, event):  # type: ignore[no-untyped-def]
        config = record.get("config") or record
        if lambda_svc._function_config_scope_mismatch(config):  # it comes back here, in its own account
            return run(record, event)
        started = time.perf_counter()
        result = run(record, event)
        of_function(config["FunctionName"], result, (time.perf_counter() - started) * 1000)
        return result

    def deliver_counted(group, stream, events):  # type: ignore[no-untyped-def]
        of_lines(group, events)
        return deliver_lines(group, stream, events)

    def answer_with_counts(*request):  # type: ignore[no-untyped-def]
        for queue in sqs._queues.values():
            of_queue(queue)
        of_mail()
        return answer_query(*request)

    apigateway._handle_execute_in_scope = execute_counted
    lambda_svc._execute_function = run_counted
    cloudwatch_logs._fanout_to_subscription_filters = deliver_counted
    cloudwatch._get_metric_data = answer_with_counts
    lambda_svc._emit_lambda_metrics = lambda *_, **__: None


def of_api(api_id: str, status: int, milliseconds: float) -> None:
    """Count a request to an HTTP API."""
    counted = {"Count": 1, "4xx": status // 100 == 4, "5xx": status // 100 == 5, "Latency": milliseconds}
    for name, value in counted.items():
        _put("AWS/ApiGateway", name, {"ApiId": api_id}, value)


def of_function(name: str, result: Mapping[str, Any], milliseconds: float) -> None:
    """Count an invocation."""
    counted = {"Invocations": 1, "Errors": bool(result.get("error")), "Duration": milliseconds}
    for metric, value in ({"Throttles": 1} if result.get("throttle") else counted).items():
        _put("AWS/Lambda", metric, {"FunctionName": name}, value)


def of_lines(group: str, events: list[dict[str, Any]]) -> None:
    """Count log lines by the metric filters of their group."""
    filters = [one for (name, _), one in cloudwatch_logs._metric_filters.items() if name == group]
    for one in filters:
        for event in events:
            _count(one, event["message"], event["timestamp"] / 1000)


def _count(metric_filter: Mapping[str, Any], line: str, at: float) -> None:
    """Count a line that the filter finds. `at` in Unix seconds."""
    fields = _fields(line, metric_filter["filterPattern"])
    for metric in metric_filter["metricTransformations"] if fields is not None else ():
        value = _resolved(fields, metric["metricValue"])
        dimensions = {key: _resolved(fields, path) for key, path in metric.get("dimensions", {}).items()}
        if value is not None and None not in dimensions.values():
            _put(metric["metricNamespace"], metric["metricName"], dimensions, float(value), at)


def of_queue(queue: dict[str, Any]) -> None:
    """Count what waits in a queue."""
    sqs._refresh_counts(queue)
    waiting = queue["attributes"]["ApproximateNumberOfMessages"]
    _put("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue["name"]}, int(waiting))


def of_mail() -> None:
    """Count the mails that were not counted yet."""
    sent = ses._sent_emails_list()
    for mail in sent:
        if not mail.get("counted"):
            mail["counted"] = True
            _put("AWS/SES", "Send", {}, 1, mail["Timestamp"])


def _fields(line: str, pattern: str) -> Mapping[str, Any] | None:
    """Return the fields of a line that a pattern finds; None for one that it does not find."""
    asked = JSON_PATTERN.fullmatch(pattern.strip())
    if asked is None:
        return {} if cloudwatch_logs._subscription_pattern_matches(pattern, line) else None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if _resolved(fields, f"$.{asked[1]}") == asked[2] else None


def _resolved(fields: Any, value: str) -> Any:
    """Return the value, or that of the field that it names as `$.a.b`; None if there is no such field."""
    if not value.startswith("$."):
        return value
    for name in value.removeprefix("$.").split("."):
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields


def _put(namespace: str, name: str, dimensions: Mapping[str, str], value: float, at: float | None = None) -> None:
    at = time.time() if at is None else at
    cloudwatch._store_datum(namespace, name, dict(dimensions), at, "None", float(value), None, None, None)
