"""Watched: what the components of a stack have to be watched; each adds its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi

from contract.dashboard import DIMENSIONS, Watchable

Names = dict[str, pulumi.Input[str]]


@dataclass(frozen=True)
class Watched:
    """Logical name → physical name."""

    api: Names = field(default_factory=dict)
    tables: Names = field(default_factory=dict)
    background: Names = field(default_factory=dict)
    """Functions that no caller waits for: they run by schedule, event, queue or stream."""
    stream_readers: Names = field(default_factory=dict)
    """Those of them that read a stream."""
    dead_letters: Names = field(default_factory=dict)
    """Queues of messages that were given up."""
    access_logs: Names = field(default_factory=dict)
    awaited_logs: Names = field(default_factory=dict)
    """The log groups of the functions whose cold starts people notice most."""

    alarms: Names = field(default_factory=dict)

    @property
    def named(self) -> Mapping[Watchable, Names]:
        """Return what metrics are about: kind → logical name → physical name."""
        return cast("Mapping[Watchable, Names]", {kind: getattr(self, kind) for kind in DIMENSIONS})

    def output(self, namespace: str) -> pulumi.Output[str]:
        """Return all that `sallyport dashboard` needs to ask CloudWatch, as JSON."""
        return pulumi.Output.json_dumps({"namespace": namespace, "alarms": self.alarms, **self.named})
