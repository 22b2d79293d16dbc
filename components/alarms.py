"""The alarms of a stack, as data. Each has its section in docs/runbooks.md, under its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi

from components.settings import Settings
from components.watched import Watched
from contract import events
from contract.metrics import KEY_AGE_DAYS, MAIL_SHARE, MESSAGE_SHARE, REASONS

MINUTE, HOUR = 60, 3600
OVERDUE_DAYS = 3
"""Days that a rotation may be late: Secrets Manager chooses the hour, and repeats one that failed."""
BUDGET_PERCENT = 80
"""The share of a day's budget at which somebody is told."""
BOUNCES, COMPLAINTS = 0.05, 0.001
"""The rates from which SES reviews an account. Source: SES Developer Guide, "Reputation metrics messages"."""
SUM_OF_ALL = "SUM(METRICS())"
MOST_METRICS = 10
"""Of an alarm. Source: CloudWatch User Guide, "CloudWatch quotas"."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A statistic of a metric: `Sum`, `Maximum`, or a percentile such as `p99`."""

    namespace: str
    name: str
    statistic: str = "Sum"
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm: `metrics` (m1, m2, ...), or `expression` of them, is above a threshold in `periods` of `of` periods."""

    name: str
    says: str
    metrics: Sequence[Metric]
    above: float
    expression: str = ""
    """Metric math. Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics"."""
    seconds: int = 5 * MINUTE
    """The length of a period."""
    periods: int = 1
    of: int = 1
    missing: str = "notBreaching"
    part: int = 1
    """The number of the alarm, if there are too many metrics for one."""


def alarms(settings: Settings, watched: Watched) -> list[Alarm]:
    """Return the alarms of a stack."""
    of_senders = [*_of_mail(settings), *_of_messages(settings)]
    found = [*_of_requests(watched), *_of_work(settings, watched), *_of_people(settings), *of_senders]
    return [part for alarm in found for part in _parts(alarm)]


def _parts(alarm: Alarm) -> list[Alarm]:
    """Return the alarm, or several with as many metrics as an alarm can have; none if there is nothing to watch."""
    starts = range(0, len(alarm.metrics), MOST_METRICS)
    parts = [alarm.metrics[start : start + MOST_METRICS] for start in starts]
    return [replace(alarm, metrics=part, part=number) for number, part in enumerate(parts, 1)]


def of_event(settings: Settings, event: type[events.Event], **dimensions: str) -> Metric:
    """Return the number of events of a type. `components/events.py` counts them."""
    return Metric(namespace=settings.metrics_namespace, name=event.__name__, dimensions=dimensions)


def of_function(name: str, function: pulumi.Input[str]) -> Metric:
    """Return a metric of a function: the largest age, or the number of errors."""
    how = "Maximum" if name == "IteratorAge" else "Sum"
    return Metric(namespace="AWS/Lambda", name=name, statistic=how, dimensions={"FunctionName": function})


def of_queue(queue: pulumi.Input[str]) -> Metric:
    """Return how many messages wait."""
    waiting = "ApproximateNumberOfMessagesVisible"
    return Metric(namespace="AWS/SQS", name=waiting, statistic="Maximum", dimensions={"QueueName": queue})


def logged(settings: Settings, name: str) -> Metric:
    """Return a metric that a function logs."""
    return Metric(namespace=settings.metrics_namespace, name=name, statistic="Maximum")


def _of_requests(watched: Watched) -> list[Alarm]:
    """Return the alarms of what callers see."""
    (api_id,) = watched.api.values()
    api: dict[str, pulumi.Input[str]] = {"ApiId": api_id}
    throttled = [
        Metric(namespace="AWS/DynamoDB", name=f"{kind}ThrottleEvents", dimensions={"TableName": table})
        for table in watched.tables.values()
        for kind in ("Read", "Write")
    ]
    return [
        Alarm(
            name="failing-requests",
            says="More than 1 % of requests are answered with 5xx.",
            metrics=[
                Metric(namespace="AWS/ApiGateway", name="5xx", dimensions=api),
                Metric(namespace="AWS/ApiGateway", name="Count", dimensions=api),
            ],
            expression="IF(m2 >= 20, 100 * m1 / m2, 0)",
            above=1,
            periods=2,
            of=3,
        ),
        Alarm(
            name="slow-requests",
            says="One request in a hundred takes more than 3 seconds.",
            metrics=[Metric(namespace="AWS/ApiGateway", name="Latency", statistic="p99", dimensions=api)],
            above=3000,
            periods=3,
            of=5,
        ),
        Alarm(
            name="throttled-functions",
            says="Lambda refuses invocations: the account's functions are at their limit.",
            metrics=[Metric(namespace="AWS/Lambda", name="Throttles")],
            above=0,
            periods=2,
            of=3,
        ),
        Alarm(
            name="throttled-tables",
            says="DynamoDB refuses requests: a partition or a table is at its limit.",
            metrics=throttled,
            expression=SUM_OF_ALL,
            above=0,
            periods=2,
            of=3,
        ),
    ]


def _of_work(settings: Settings, watched: Watched) -> list[Alarm]:
    """Return the alarms of what nobody waits for."""
    failed = [of_function("Errors", name) for name in watched.background.values()]
    waiting = [of_queue(name) for name in watched.dead_letters.values()]
    return [
        Alarm(
            name="failing-work",
            says="A function that nobody waits for has failed in every period of half an hour.",
            metrics=failed,
            expression=SUM_OF_ALL,
            above=0,
            seconds=10 * MINUTE,
            periods=3,
            of=3,
        ),
        Alarm(
            name="dead-letters",
            says="A queue has messages that were given up.",
            metrics=waiting,
            expression=SUM_OF_ALL,
            above=0,
        ),
        Alarm(
            name="late-stream",
            says="A stream is read more than 5 minutes late.",
            metrics=[of_function("IteratorAge", name) for name in watched.stream_readers.values()],
            expression="MAX(METRICS())",
            above=5 * MINUTE * 1000,
        ),
        Alarm(
            name="late-rotation",
            says=f"The signing keys are {OVERDUE_DAYS} days older than they should be, or nobody looks after them.",
            metrics=[logged(settings, KEY_AGE_DAYS)],
            above=settings.key_rotation_days + OVERDUE_DAYS,
            seconds=6 * HOUR,
            missing="breaching",
        ),
    ]


def _of_people(settings: Settings) -> list[Alarm]:
    """Return the alarms of what people do, or others in their name."""
    refused = [of_event(settings, events.AuthenticationRefused, reason=reason) for reason in REASONS]
    return [
        Alarm(
            name="refused-sign-ins",
            says=f"More than {settings.refusals_per_five_minutes} passwords or codes are refused in 5 minutes.",
            metrics=refused,
            expression=SUM_OF_ALL,
            above=settings.refusals_per_five_minutes,
            periods=2,
            of=2,
        ),
        Alarm(
            name="locked-accounts",
            says="Many accounts are closed to new places in 5 minutes, after a hundred wrong passwords each.",
            metrics=[of_event(settings, events.AccountLocked)],
            above=5,
        ),
        Alarm(
            name="reused-refresh-tokens",
            says="Spent refresh tokens are presented: somebody has stolen them, or a client repeats itself.",
            metrics=[of_event(settings, events.RefreshTokenReused)],
            above=5,
            seconds=HOUR,
        ),
    ]


def _of_mail(settings: Settings) -> list[Alarm]:
    """Return the alarms of mail; SES counts for the whole account."""
    if not settings.mail_from:
        return []
    return [
        _of_budget(settings, "mail-budget", "of the mails that the stage may send in a day are sent.", MAIL_SHARE),
        Alarm(
            name="bounced-mail",
            says="SES has more bounces than it lets an account have.",
            metrics=[Metric(namespace="AWS/SES", name="Reputation.BounceRate", statistic="Average")],
            above=BOUNCES,
            seconds=HOUR,
        ),
        Alarm(
            name="complaints-about-mail",
            says="SES has more complaints than it lets an account have.",
            metrics=[Metric(namespace="AWS/SES", name="Reputation.ComplaintRate", statistic="Average")],
            above=COMPLAINTS,
            seconds=HOUR,
        ),
    ]


def _of_messages(settings: Settings) -> list[Alarm]:
    """Return the alarm of texts and calls, where a provider sends them."""
    if settings.authy is None and settings.verify is None:
        return []
    says = "of what the stage may spend in a day on texts and calls is spent."
    return [_of_budget(settings, "message-budget", says, MESSAGE_SHARE)]


def _of_budget(settings: Settings, name: str, says: str, share: str) -> Alarm:
    return Alarm(
        name=name,
        says=f"More than {BUDGET_PERCENT} % {says}",
        metrics=[logged(settings, share)],
        above=BUDGET_PERCENT,
        seconds=15 * MINUTE,
    )
