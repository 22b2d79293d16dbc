"""What an operator asks a stack first, and the metrics that answer.

CloudWatch's dashboard and `sallyport dashboard` both show these questions. Sources: the CloudWatch metrics pages of API
Gateway, Lambda, SQS and SES; the stack's own metrics are counted by `components/events.py` and `key_rotation.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from contract.acr import LEVELS
from contract.factors import KINDS
from contract.metrics import FACTOR_REFUSED, KEY_AGE_DAYS, MAIL_SHARE, MESSAGE_SHARE, REASONS

T = TypeVar("T")

Watchable = Literal["api", "tables", "background", "stream_readers", "dead_letters"]

DIMENSIONS: Mapping[Watchable, str] = {
    "api": "ApiId",
    "tables": "TableName",
    "background": "FunctionName",
    "stream_readers": "FunctionName",
    "dead_letters": "QueueName",
}
OWN = ""
"""Stands for the namespace of the stack's own metrics."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A metric of CloudWatch, or one for each thing of a kind that is watched."""

    name: str
    namespace: str = OWN
    statistic: str = "Sum"
    label: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    each: Watchable | None = None

    def metrics(self, watched: Mapping[Watchable, Mapping[str, T]]) -> Iterator[tuple[str, dict[str, T | str]]]:
        """Yield label and dimensions. `watched` is kind → logical name → physical name."""
        label = self.label or self.name
        if self.each is None:
            yield label, dict(self.dimensions)
        else:
            for name, physical in watched[self.each].items():
                yield (label if self.each == "api" else name), {DIMENSIONS[self.each]: physical}


def _by(name: str, field_: str, *values: str) -> tuple[Shown, ...]:
    return tuple(Shown(name=name, label=value, dimensions={field_: value}) for value in values)


def _of_api(name: str, statistic: str = "Sum", label: str = "") -> Shown:
    return Shown(namespace="AWS/ApiGateway", name=name, statistic=statistic, label=label, each="api")


QUESTIONS: Mapping[str, tuple[Shown, ...]] = {
    "Sign-ins by assurance": _by("SessionStarted", "acr", *LEVELS),
    "New users": _by("UserCreated", "by", "sign_up", "operator", "import", "migration"),
    "Refusals by reason": _by("AuthenticationRefused", "reason", *REASONS),
    "Refusals by factor": _by(FACTOR_REFUSED, "factor", "password", *KINDS),
    "Second factors": (
        Shown(name="FactorAdded", label="added"),
        Shown(name="FactorRemoved", label="removed"),
    ),
    "Locks and stolen tokens": (
        Shown(name="AccountLocked", label="locked accounts"),
        Shown(name="RefreshTokenReused", label="reused refresh tokens"),
    ),
    "Requests": (_of_api("Count", label="all"), _of_api("4xx"), _of_api("5xx")),
    "Latency in ms": tuple(_of_api("Latency", one, one) for one in ("p50", "p95", "p99")),
    "Throttled functions": (Shown(namespace="AWS/Lambda", name="Throttles", label="of the account"),),
    "Failures that nobody waits for": (Shown(namespace="AWS/Lambda", name="Errors", each="background"),),
    "Age of streams in ms": (
        Shown(namespace="AWS/Lambda", name="IteratorAge", statistic="Maximum", each="stream_readers"),
    ),
    "Dead letters": (
        Shown(namespace="AWS/SQS", name="ApproximateNumberOfMessagesVisible", statistic="Maximum", each="dead_letters"),
    ),
    "Age of the signing keys in days": (Shown(name=KEY_AGE_DAYS, statistic="Maximum", label="keys"),),
    "Budgets of the day in %": (
        Shown(name=MAIL_SHARE, statistic="Maximum", label="mail"),
        Shown(name=MESSAGE_SHARE, statistic="Maximum", label="texts and calls"),
    ),
    "Mail of the account": tuple(
        Shown(namespace="AWS/SES", name=name, label=label)
        for name, label in (("Send", "sent"), ("Bounce", "bounced"), ("Complaint", "complaints"))
    ),
}
"""Title → metrics."""
