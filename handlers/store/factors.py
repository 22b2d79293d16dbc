"""Factors of users in DynamoDB. Their number is on the profile, written in the same transaction."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contract import factors as kinds
from contract import table
from handlers.core.accounts.users import Profile
from handlers.core.mfa.challenges import MAX_POLLS
from handlers.core.mfa.factor_type import MAX_TRIES, AuthyLinks, Enrolled, State, Use
from handlers.errors import Contended, FactorExists, NoSuchFactor, WrongCode
from handlers.store import items
from handlers.store.attributes import Item
from handlers.store.table import Table


class DynamoFactors:
    """Implements `core.ports.Factors`."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def of(self, user_id: str) -> list[Enrolled]:
        """One query."""
        return [_factor(user_id, item) for item in self._table.query(_partition(user_id))]

    def add(self, factor: Enrolled) -> None:
        """One conditional write."""
        put = {
            "Item": factor_item(factor),
            "ConditionExpression": "attribute_not_exists(pk) OR confirmed = :no",
            "ExpressionAttributeValues": {":no": False},
        }
        if not self._all([{"Put": put}]):
            raise FactorExists

    def save_started(self, factor: Enrolled, started: State, *, is_sent: bool) -> None:
        """One conditional write; a new code has new tries."""
        again, none = (", tries = :none, polls = :none", {":none": 0}) if is_sent else ("", {})
        update = {
            "Key": _key(factor.user_id, factor.id),
            "UpdateExpression": f"SET #started = :started{again}",
            "ConditionExpression": "confirmed = :no",
            "ExpressionAttributeNames": {"#started": "started"},
            "ExpressionAttributeValues": {
                ":started": json.dumps(dict(started)),
                ":no": False,
                **none,
            },
        }
        if self._table.update(update) is None:
            raise NoSuchFactor

    def try_confirming(self, user_id: str, factor_id: str, now: int, *, is_poll: bool) -> Enrolled:
        """One conditional write, which also reads. Its repetition after a lost answer counts again."""
        what, most = ("polls", MAX_POLLS) if is_poll else ("tries", MAX_TRIES)
        update = {
            "Key": _key(user_id, factor_id),
            "UpdateExpression": "ADD #what :one",
            "ConditionExpression": "confirmed = :no AND #what < :most AND (ends_at = :never OR ends_at > :now)",
            "ExpressionAttributeNames": {"#what": what},
            "ExpressionAttributeValues": {
                ":one": 1,
                ":no": False,
                ":most": most,
                ":never": 0,
                ":now": now,
            },
            "ReturnValues": "ALL_NEW",
        }
        item = self._table.update(update)
        if item is None:
            raise WrongCode
        return _factor(user_id, item)

    def confirm(self, seen: Enrolled, factor: Enrolled, use: Use, profile: Profile, session_id: str) -> None:
        """One transaction: the factor, what its proof uses up, and the count on the profile.

        The first one begins a new epoch, in which the session that confirms it is kept alive.
        """
        put = {
            "Item": factor_item(factor),
            "ConditionExpression": "confirmed = :no AND sealed = :seen",
            "ExpressionAttributeValues": {":no": False, ":seen": seen.encrypted},
        }
        count = _count(profile, 1)
        writes = [{"Put": put}, {"Update": count}, *spending(factor, use.spent)]
        if not profile.has_second_factor:
            count["UpdateExpression"] += ", epoch :change"
            writes.append({"Update": items.kept(profile, session_id)})
        if not self._all(writes):
            raise WrongCode

    def remove(self, factor: Enrolled, profile: Profile | None = None) -> None:
        """One transaction: the factor and the count; recovery codes too, with the last factor."""
        gone = {
            "Key": _key(factor.user_id, factor.id),
            "ConditionExpression": "confirmed = :was AND sealed = :seen",
            "ExpressionAttributeValues": {":was": factor.confirmed, ":seen": factor.encrypted},
        }
        writes: list[dict[str, Any]] = [{"Delete": gone}]
        if profile is not None:
            writes.append({"Update": _count(profile, -1)})
            if profile.second_factors == 1:
                writes.append({"Delete": {"Key": _key(factor.user_id, kinds.RECOVERY)}})
        if not self._all(writes):
            raise Contended

    def bind(self, seen: Enrolled, encrypted: bytes, authy_id: str, before: str | None) -> Enrolled:
        """One transaction: the factor, and the links of the Authy user."""
        keep = {
            "Key": _key(seen.user_id, seen.id),
            "UpdateExpression": "SET sealed = :sealed",
            "ConditionExpression": "sealed = :seen",
            "ExpressionAttributeValues": {":sealed": encrypted, ":seen": seen.encrypted},
        }
        writes = [{"Update": keep}, {"Update": _linking(seen.user_id, authy_id, "ADD")}]
        if before not in (None, authy_id):
            writes.append({"Update": _linking(seen.user_id, str(before), "DELETE")})
        if not self._all(writes):
            raise Contended
        return replace(seen, encrypted=encrypted)

    def link(self, user_id: str, authy_id: str, *, proves: bool = False, exports: bool = False) -> AuthyLinks:
        """One write, which also reads."""
        update = _linking(user_id, authy_id, "ADD", *(("proven_by",) if proves or exports else ()))
        if exports:
            update["UpdateExpression"] += " SET exported_by = :exporter"
            update["ConditionExpression"] = "attribute_not_exists(proven_by) OR proven_by = :account"
            update["ExpressionAttributeValues"][":exporter"] = user_id
        item = self._table.update({**update, "ReturnValues": "ALL_NEW"})
        if item is None:
            raise Contended
        others = {name: frozenset(item.get(name, ())) - {user_id} for name in ("accounts", "proven_by")}
        return AuthyLinks(others["accounts"], others["proven_by"], item.get("exported_by"))

    def unlink(self, user_id: str, authy_id: str) -> bool:
        """One write, which also reads."""
        update = _linking(user_id, authy_id, "DELETE", "proven_by")
        update |= {"ConditionExpression": "attribute_exists(pk)", "ReturnValues": "ALL_NEW"}
        item = self._table.update(update) or {}
        return not item.get("accounts")

    def replace_recovery_codes(self, profile: Profile, hashes: Sequence[bytes], now: int) -> None:
        """One transaction, only while there is a second factor, in the epoch of this profile."""
        at_epoch, values = items.at_epoch(profile.epoch)
        codes = {
            **_key(profile.user_id, kinds.RECOVERY),
            "kind": kinds.RECOVERY,
            "hint": "",
            "confirmed": True,
            "created_at": now,
            "codes": set(hashes),
        }
        needs_one = {
            "Key": items.profile_key(profile.user_id),
            "ConditionExpression": f"second_factors > :none AND {at_epoch}",
            "ExpressionAttributeValues": {":none": 0, **values},
        }
        if not self._all([{"Put": {"Item": codes}}, {"ConditionCheck": needs_one}]):
            raise NoSuchFactor

    def _all(self, writes: list[dict[str, Any]]) -> bool:
        return set(self._table.transact(writes)) == {"None"}


def using(factor: Enrolled, use: Use) -> list[dict[str, Any]]:
    """Return the writes, without their table, that use up a proof; they fail if it is used up."""
    writes = spending(factor, use.spent)
    if use.code_hash is not None:
        code = {
            "Key": _key(factor.user_id, factor.id),
            "UpdateExpression": "DELETE codes :code",
            "ConditionExpression": "contains(codes, :one)",
            "ExpressionAttributeValues": {":code": {use.code_hash}, ":one": use.code_hash},
        }
        return [{"Update": code}, *writes]
    if use.counter is not None:
        counter = {
            "Key": _key(factor.user_id, factor.id),
            "UpdateExpression": "SET #counter = :next",
            "ConditionExpression": "#counter = :seen AND confirmed = :yes",
            "ExpressionAttributeNames": {"#counter": "counter"},
            "ExpressionAttributeValues": {
                ":next": use.counter,
                ":seen": factor.counter,
                ":yes": True,
            },
        }
        return [{"Update": counter}, *writes]
    still_there = {
        "Key": _key(factor.user_id, factor.id),
        "ConditionExpression": "confirmed = :yes",
        "ExpressionAttributeValues": {":yes": True},
    }
    return [{"ConditionCheck": still_there}, *writes]


def spending(factor: Enrolled, spent: str | None) -> list[dict[str, Any]]:
    """Return the write that keeps a code from being accepted again; it fails if the code was."""
    if spent is None:
        return []
    until, _, digest = spent.partition(":")
    item = {
        "pk": f"{table.SPENT}{factor.user_id}",
        "sk": f"{factor.id}#{digest}",
        "expires_at": int(until),
    }
    return [{"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}]


def _linking(user_id: str, authy_id: str, how: str, *further: str) -> dict[str, Any]:
    """Return the update of the links of an Authy user, and of further sets: `ADD` or `DELETE` one account."""
    return {
        "Key": {"pk": f"{table.AUTHY}{authy_id}", "sk": "accounts"},
        "UpdateExpression": f"{how} " + ", ".join(f"{name} :account" for name in ("accounts", *further)),
        "ExpressionAttributeValues": {":account": {user_id}},
    }


def _partition(user_id: str) -> str:
    return f"{table.FACTORS}{user_id}"


def _key(user_id: str, factor_id: str) -> Item:
    return {"pk": _partition(user_id), "sk": f"factor#{factor_id}"}


def _count(seen: Profile, change: int) -> dict[str, Any]:
    """Return the update of the number of factors, if that and the epoch are as they were read."""
    is_first = "" if seen.has_second_factor else "attribute_not_exists(second_factors) OR "
    at_epoch, values = items.at_epoch(seen.epoch)
    return {
        "Key": items.profile_key(seen.user_id),
        "UpdateExpression": "ADD second_factors :change",
        "ConditionExpression": f"({is_first}second_factors = :seen) AND {at_epoch}",
        "ExpressionAttributeValues": {
            ":change": change,
            ":seen": seen.second_factors,
            **values,
        },
    }


def factor_item(factor: Enrolled) -> Item:
    """Return the item of a factor. Only an enrolment has `expires_at`, the table's TTL attribute."""
    item: Item = {
        **_key(factor.user_id, factor.id),
        "kind": factor.kind,
        "hint": factor.hint,
        "confirmed": factor.confirmed,
        "created_at": factor.created_at,
        "sealed": factor.encrypted,
        "counter": factor.counter,
        "tag": factor.tag if factor.tag else None,
        "started": json.dumps(dict(factor.started)),
        "tries": 0,
        "polls": 0,
        "ends_at": factor.expires_at,
    }
    return {**item, "expires_at": factor.expires_at} if factor.expires_at else item


def _factor(user_id: str, item: Item) -> Enrolled:
    codes = item.get("codes", ())
    return Enrolled(
        user_id=user_id,
        id=item["sk"].removeprefix("factor#"),
        kind=item["kind"],
        hint=f"{len(codes)} left" if item["kind"] == kinds.RECOVERY else item["hint"],
        confirmed=item["confirmed"],
        created_at=item["created_at"],
        encrypted=item.get("sealed", b""),
        counter=item.get("counter", len(codes)),
        tag=item.get("tag") or b"",
        started=json.loads(item.get("started", "{}")),
        expires_at=item.get("ends_at", 0),
        codes=frozenset(codes),
    )
