"""Users listed by their addresses, in pages, from an index: no page reads more than it needs to look at."""

import string
from dataclasses import dataclass

from handlers.core.accounts.users import Profile
from handlers.core.services import Services

INITIALS = "".join(sorted(f"!#$%&'*+-/=?^_`{{|}}~.{string.digits}{string.ascii_lowercase}"))
"""The first characters that an address may have, in the order of their code points."""
MOST_LOOKED_AT = 1000
"""Users that one page looks at, where few of them fit."""
STATES = ("enabled", "disabled", "deleting")


@dataclass(frozen=True, kw_only=True)
class Query:
    """The users that are looked for. Empty values fit all; `since` is the earliest creation, in Unix seconds."""

    prefix: str = ""
    role: str = ""
    state: str = ""
    since: int = 0
    after: str = ""
    """The address that the page before has ended with."""
    limit: int = 100


@dataclass(frozen=True)
class Page:
    """Users in the order of their addresses. `next` continues the list; empty at its end."""

    users: list[Profile]
    next: str


def state_of(profile: Profile) -> str:
    """Return one of `STATES`."""
    if profile.delete_at:
        return "deleting"
    return "disabled" if profile.disabled else "enabled"


def find(services: Services, query: Query) -> Page:
    """Return a page of users. Eventually consistent: a user of this second may be missing."""
    found: list[Profile] = []
    looked_at = 0
    initials = [query.prefix[0]] if query.prefix else [one for one in INITIALS if one >= query.after[:1]]
    for initial in initials:
        after = query.after if query.after[:1] == initial else ""
        while True:
            batch = services.accounts.list_users(initial, query.prefix, after, query.limit)
            for user in batch:
                looked_at, after = looked_at + 1, user.email
                found += [user] if _fits(user, query) else []
                if len(found) == query.limit or looked_at == MOST_LOOKED_AT:
                    return Page(found, after)
            if len(batch) < query.limit:
                break
    return Page(found, "")


def _fits(user: Profile, query: Query) -> bool:
    return (
        user.created_at >= query.since
        and (not query.role or query.role in user.roles)
        and (not query.state or state_of(user) == query.state)
    )
