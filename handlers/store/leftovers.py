"""Leftovers in DynamoDB, found by a scan of keys and addresses alone."""

import time
from collections.abc import Iterator, Set
from itertools import islice

from contract import factors as kinds
from contract import table
from handlers.core.accounts.reconciliation import Fault, Leftover
from handlers.errors import Contended
from handlers.store import items
from handlers.store.attributes import Item
from handlers.store.table import Table

SCANNED = ("pk", "sk", "user_id", "email", "initial", "accounts")
"""The attributes that the scan reads; the role may read no others."""
MOST_BATCHED = 100
"""Source: DynamoDB API Reference, BatchGetItem."""
ABANDONED_SECONDS = 86400
OF_USER = (table.SESSIONS, table.CREDENTIAL, table.PLACES, table.FACTORS, table.LINKS, table.SPENT)
DECOY_USER_ID = "decoy"


def find(of: Table) -> Iterator[Leftover]:
    """Yield what may be a leftover; `mend` looks again. Memory holds a page of the scan and a batch of users."""
    candidates = (one for item in of.scan(SCANNED) for one in _candidates(item))
    while batch := list(islice(candidates, MOST_BATCHED)):
        gone = _gone(of, {one.user_id for one in batch})
        yield from (one for one in batch if one.fault in (Fault.NOT_LISTED, Fault.NO_FACTOR) or one.user_id in gone)


def _gone(of: Table, user_ids: Set[str]) -> Set[str]:
    """Return the users who may be gone: one read; all, if DynamoDB answers a part alone."""
    ordered = sorted(user_ids)
    try:
        found = of.get_some([items.profile_key(user_id) for user_id in ordered])
    except Contended:
        return user_ids
    return {user_id for user_id, item in zip(ordered, found, strict=True) if item is None}


def mend(of: Table, leftover: Leftover) -> bool:
    """Mend a leftover, if it still is one; return whether it was."""
    pk, sk = leftover.key
    profile = of.get(items.profile_key(leftover.user_id))
    if leftover.fault is Fault.NOT_LISTED:
        return profile is not None and _list(of, leftover.user_id, profile["email"])
    if profile is not None:
        return False
    if leftover.fault is Fault.NO_OWNER:
        owned = {"ConditionExpression": "user_id = :user", "ExpressionAttributeValues": {":user": leftover.user_id}}
        return of.delete_if({"Key": {"pk": pk, "sk": sk}, **owned})
    of.delete({"pk": pk, "sk": sk})
    return True


def is_left(of: Table, leftover: Leftover) -> bool:
    """Return whether an Authy user is still linked to a user who is gone, or has no confirmed factor of Authy's.

    An enrolment counts as abandoned after a day.
    """
    factor = of.get({"pk": f"{table.FACTORS}{leftover.user_id}", "sk": f"factor#{kinds.AUTHY}"})
    if factor is None or of.get(items.profile_key(leftover.user_id)) is None:
        return True
    return not factor["confirmed"] and bool(factor["created_at"] < time.time() - ABANDONED_SECONDS)


def _list(of: Table, user_id: str, email: str) -> bool:
    update = {
        "Key": items.profile_key(user_id),
        "UpdateExpression": "SET initial = :initial",
        "ConditionExpression": "email = :email AND attribute_not_exists(initial)",
        "ExpressionAttributeValues": {":initial": email[0], ":email": email},
    }
    return of.update(update) is not None


def _candidates(item: Item) -> Iterator[Leftover]:
    pk, sk = item["pk"], item["sk"]
    prefix, _, rest = pk.partition("#")
    if rest == DECOY_USER_ID:
        return
    if f"{prefix}#" == table.USER and "initial" not in item:
        yield Leftover(Fault.NOT_LISTED, rest, (pk, sk))
    if f"{prefix}#" == table.ADDRESS and "user_id" in item:
        yield Leftover(Fault.NO_OWNER, item["user_id"], (pk, sk))
    if f"{prefix}#" in OF_USER:
        yield Leftover(Fault.NO_USER, rest, (pk, sk))
    for user_id in item.get("accounts", ()) if f"{prefix}#" == table.AUTHY else ():
        yield Leftover(Fault.NO_FACTOR, user_id, (pk, sk))
