"""The origin of the request that is being handled, for the events that it causes."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """`actor` is the ARN of an operator; None for the user in question."""

    request_id: str | None = None
    network: str = ""
    actor: str | None = None


UNKNOWN = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=UNKNOWN)
"""Set for each request by the adapter, so that no rule has to hand it on."""
