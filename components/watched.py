"""Watched: what the components of a stack have to be watched; each adds its own."""

from dataclasses import dataclass, field

import pulumi

Names = dict[str, pulumi.Input[str]]


@dataclass(frozen=True)
class Watched:
    """Logical name → physical name."""

    tables: Names = field(default_factory=dict)
    background: Names = field(default_factory=dict)
    """Functions that no caller waits for: they run by schedule, event, queue or stream."""
    stream_readers: Names = field(default_factory=dict)
    """Those of them that read a stream."""
    dead_letters: Names = field(default_factory=dict)
    """Queues of messages that were given up."""
