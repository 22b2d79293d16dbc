"""Jobs: work that a change leaves to be done, written in one transaction with the change.

A job is deleted when it is done, and may be done twice. What it needs for that is in the job, and nothing secret.
"""

from dataclasses import dataclass
from enum import StrEnum


class JobKind(StrEnum):
    """What is to be done."""

    ADDRESS = "address"
    """Tell both addresses of a change, and let the user of the pool follow."""
    DELETION = "deletion"
    """Delete the user."""
    APPLICATIONS = "applications"
    """Delete once more what applications hold about a deleted user, when no token of the user works any more."""


@dataclass(frozen=True)
class Job:
    """A job, from `due_at` on. `since` is the time of the change; both in Unix seconds."""

    kind: JobKind
    user_id: str
    due_at: int
    since: int
    old_address: str = ""
    new_address: str = ""
    is_undo: bool = False
    """True if the owner of the old address has taken a change back."""
    is_told: bool = False
    """True if the mails of a change have been sent."""
