"""Factors of users in DynamoDB. How many are confirmed stands on the profile, written in the same transaction."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contract import factors as kinds
from handlers.core.challenges import MAX_POLLS
from handlers.core.factors import MAX_TRIES, Enrolled, Known, State, Use
from handlers.core.users import Profile
from handlers.errors import Contended, FactorExists, NoSuchFactor, WrongCode
from handlers.store import items
from handlers.store.table import Item, Table


class DynamoFactors:
    """Keeps the promises of `core.ports.Factors`."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def of(self, user_id: str) -> list[Enrolled]:
        """One query."""
        return [_factor(user_id, item) for item in self._table.query(_partition(user_id))]

    def add(self, factor: Enrolled) -> None:
        """One conditional write."""
        put = {
            "Item": _item(factor),
            "ConditionExpression": "attribute_not_exists(pk) OR confirmed = :no",
            "ExpressionAttributeValues": {":no": {"BOOL": False}},
        }
        if not self._all([{"Put": put}]):
            raise FactorExists

    def note(self, factor: Enrolled, started: State, *, is_sent: bool) -> None:
        """One conditional write; what is sent anew may be tried anew."""
        again, none = (", tries = :none, polls = :none", {":none": {"N": "0"}}) if is_sent else ("", {})
        update = {
            "Key": _key(factor.user_id, factor.id),
            "UpdateExpression": f"SET #started = :started{again}",
            "ConditionExpression": "confirmed = :no",
            "ExpressionAttributeNames": {"#started": "started"},
            "ExpressionAttributeValues": {
                ":started": {"S": json.dumps(dict(started))},
                ":no": {"BOOL": False},
                **none,
            },
        }
        if self._table.update(update) is None:
            raise NoSuchFactor

    def try_confirming(self, user_id: str, factor_id: str, now: int, *, is_poll: bool) -> Enrolled:
        """One conditional write, which also reads."""
        what, most = ("polls", MAX_POLLS) if is_poll else ("tries", MAX_TRIES)
        update = {
            "Key": _key(user_id, factor_id),
            "UpdateExpression": "ADD #what :one",
            "ConditionExpression": "confirmed = :no AND #what < :most AND (ends_at = :never OR ends_at > :now)",
            "ExpressionAttributeNames": {"#what": what},
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":no": {"BOOL": False},
                ":most": {"N": str(most)},
                ":never": {"N": "0"},
                ":now": {"N": str(now)},
            },
            "ReturnValues": "ALL_NEW",
        }
        item = self._table.update(update)
        if item is None:
            raise WrongCode
        return _factor(user_id, item)

    def confirm(self, seen: Enrolled, factor: Enrolled, use: Use, profile: Profile, session_id: str) -> None:
        """One transaction: the factor, what its proof uses up, and the count on the profile.

        The first one begins a new epoch, into which the session that confirms it is taken along.
        """
        put = {
            "Item": _item(factor),
            "ConditionExpression": "confirmed = :no AND sealed = :seen",
            "ExpressionAttributeValues": {":no": {"BOOL": False}, ":seen": {"B": seen.sealed}},
        }
        count = _count(profile, 1)
        writes = [{"Put": put}, {"Update": count}, *spending(factor, use.spent)]
        if not profile.has_second_factor:
            count["UpdateExpression"] += ", epoch :change"
            writes.append({"Update": items.moved_on(profile, session_id)})
        if not self._all(writes):
            raise WrongCode

    def remove(self, factor: Enrolled, profile: Profile | None = None) -> None:
        """One transaction: the factor and the count; recovery codes too, when nothing is left to recover."""
        gone = {
            "Key": _key(factor.user_id, factor.id),
            "ConditionExpression": "confirmed = :was AND sealed = :seen",
            "ExpressionAttributeValues": {":was": {"BOOL": factor.confirmed}, ":seen": {"B": factor.sealed}},
        }
        writes: list[dict[str, Any]] = [{"Delete": gone}]
        if profile is not None:
            writes.append({"Update": _count(profile, -1)})
            if profile.second_factors == 1:
                writes.append({"Delete": {"Key": _key(factor.user_id, kinds.RECOVERY)}})
        if not self._all(writes):
            raise Contended

    def bind(self, seen: Enrolled, sealed: bytes, authy_id: str, before: str | None) -> Enrolled:
        """One transaction: the factor, and who knows the Authy user."""
        keep = {
            "Key": _key(seen.user_id, seen.id),
            "UpdateExpression": "SET sealed = :sealed",
            "ConditionExpression": "sealed = :seen",
            "ExpressionAttributeValues": {":sealed": {"B": sealed}, ":seen": {"B": seen.sealed}},
        }
        writes = [{"Update": keep}, {"Update": _knowing(seen.user_id, authy_id, "ADD")}]
        if before not in (None, authy_id):
            writes.append({"Update": _knowing(seen.user_id, str(before), "DELETE")})
        if not self._all(writes):
            raise Contended
        return replace(seen, sealed=sealed)

    def know(self, user_id: str, authy_id: str, *, proves: bool = False, exports: bool = False) -> Known:
        """One write, which also reads."""
        update = _knowing(user_id, authy_id, "ADD", *(("proven_by",) if proves or exports else ()))
        if exports:
            update["UpdateExpression"] += " SET exported_by = :exporter"
            update["ConditionExpression"] = "attribute_not_exists(proven_by) OR proven_by = :account"
            update["ExpressionAttributeValues"][":exporter"] = {"S": user_id}
        item = self._table.update({**update, "ReturnValues": "ALL_NEW"})
        if item is None:
            raise Contended
        others = {name: frozenset(item.get(name, {}).get("SS", [])) - {user_id} for name in ("accounts", "proven_by")}
        return Known(others["accounts"], others["proven_by"], item.get("exported_by", {}).get("S"))

    def let_go(self, user_id: str, authy_id: str) -> bool:
        """One write, which also reads."""
        update = _knowing(user_id, authy_id, "DELETE", "proven_by")
        update |= {"ConditionExpression": "attribute_exists(pk)", "ReturnValues": "ALL_NEW"}
        item = self._table.update(update) or {}
        return not item.get("accounts", {}).get("SS")

    def replace_recovery_codes(self, profile: Profile, hashes: Sequence[bytes], now: int) -> None:
        """One transaction, only while there is a second factor, in the epoch of this profile."""
        at_epoch, values = items.at_epoch(profile.epoch)
        codes = {
            **_key(profile.user_id, kinds.RECOVERY),
            "kind": {"S": kinds.RECOVERY},
            "hint": {"S": ""},
            "confirmed": {"BOOL": True},
            "created_at": {"N": str(now)},
            "codes": {"BS": list(hashes)},
        }
        needs_one = {
            "Key": items.profile_key(profile.user_id),
            "ConditionExpression": f"second_factors > :none AND {at_epoch}",
            "ExpressionAttributeValues": {":none": {"N": "0"}, **values},
        }
        if not self._all([{"Put": {"Item": codes}}, {"ConditionCheck": needs_one}]):
            raise NoSuchFactor

    def _all(self, writes: list[dict[str, Any]]) -> bool:
        return set(self._table.transact(writes)) == {"None"}


def using(factor: Enrolled, use: Use) -> list[dict[str, Any]]:
    """The writes, without their table, by which a proof of this factor is used up; they fail if it was already."""
    writes = spending(factor, use.spent)
    if use.code_hash is not None:
        code = {
            "Key": _key(factor.user_id, factor.id),
            "UpdateExpression": "DELETE codes :code",
            "ConditionExpression": "contains(codes, :one)",
            "ExpressionAttributeValues": {":code": {"BS": [use.code_hash]}, ":one": {"B": use.code_hash}},
        }
        return [{"Update": code}, *writes]
    if use.counter is not None:
        counter = {
            "Key": _key(factor.user_id, factor.id),
            "UpdateExpression": "SET #counter = :next",
            "ConditionExpression": "#counter = :seen AND confirmed = :yes",
            "ExpressionAttributeNames": {"#counter": "counter"},
            "ExpressionAttributeValues": {
                ":next": {"N": str(use.counter)},
                ":seen": {"N": str(factor.counter)},
                ":yes": {"BOOL": True},
            },
        }
        return [{"Update": counter}, *writes]
    still_there = {
        "Key": _key(factor.user_id, factor.id),
        "ConditionExpression": "confirmed = :yes",
        "ExpressionAttributeValues": {":yes": {"BOOL": True}},
    }
    return [{"ConditionCheck": still_there}, *writes]


def spending(factor: Enrolled, spent: str | None) -> list[dict[str, Any]]:
    """The write that keeps a code from being taken again; it fails if it was."""
    if spent is None:
        return []
    until, _, digest = spent.partition(":")
    item = {
        "pk": {"S": f"spent#{factor.user_id}"},
        "sk": {"S": f"{factor.id}#{digest}"},
        "expires_at": {"N": until},
    }
    return [{"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}]


def _knowing(user_id: str, authy_id: str, how: str, *further: str) -> dict[str, Any]:
    """The update of who knows an Authy user, and of further sets: `ADD` or `DELETE` one account."""
    return {
        "Key": {"pk": {"S": f"authy#{authy_id}"}, "sk": {"S": "accounts"}},
        "UpdateExpression": f"{how} " + ", ".join(f"{name} :account" for name in ("accounts", *further)),
        "ExpressionAttributeValues": {":account": {"SS": [user_id]}},
    }


def _partition(user_id: str) -> dict[str, str]:
    return {"S": f"factors#{user_id}"}


def _key(user_id: str, factor_id: str) -> Item:
    return {"pk": _partition(user_id), "sk": {"S": f"factor#{factor_id}"}}


def _count(seen: Profile, change: int) -> dict[str, Any]:
    """The update of the profile's count, if that and the epoch are as they were seen."""
    is_first = "" if seen.has_second_factor else "attribute_not_exists(second_factors) OR "
    at_epoch, values = items.at_epoch(seen.epoch)
    return {
        "Key": items.profile_key(seen.user_id),
        "UpdateExpression": "ADD second_factors :change",
        "ConditionExpression": f"({is_first}second_factors = :seen) AND {at_epoch}",
        "ExpressionAttributeValues": {
            ":change": {"N": str(change)},
            ":seen": {"N": str(seen.second_factors)},
            **values,
        },
    }


def _item(factor: Enrolled) -> Item:
    """`expires_at`, the table's TTL attribute, is there only for what ends by itself."""
    item: Item = {
        **_key(factor.user_id, factor.id),
        "kind": {"S": factor.kind},
        "hint": {"S": factor.hint},
        "confirmed": {"BOOL": factor.confirmed},
        "created_at": {"N": str(factor.created_at)},
        "sealed": {"B": factor.sealed},
        "counter": {"N": str(factor.counter)},
        "tag": {"B": factor.tag} if factor.tag else {"NULL": True},
        "started": {"S": json.dumps(dict(factor.started))},
        "tries": {"N": "0"},
        "polls": {"N": "0"},
        "ends_at": {"N": str(factor.expires_at)},
    }
    return {**item, "expires_at": {"N": str(factor.expires_at)}} if factor.expires_at else item


def _factor(user_id: str, item: Item) -> Enrolled:
    codes = item.get("codes", {}).get("BS", [])
    return Enrolled(
        user_id=user_id,
        id=item["sk"]["S"].removeprefix("factor#"),
        kind=item["kind"]["S"],
        hint=f"{len(codes)} left" if item["kind"]["S"] == kinds.RECOVERY else item["hint"]["S"],
        confirmed=item["confirmed"]["BOOL"],
        created_at=int(item["created_at"]["N"]),
        sealed=item.get("sealed", {}).get("B", b""),
        counter=int(item.get("counter", {"N": str(len(codes))})["N"]),
        tag=item.get("tag", {}).get("B", b""),
        started=json.loads(item.get("started", {"S": "{}"})["S"]),
        expires_at=int(item.get("ends_at", {"N": "0"})["N"]),
        codes=frozenset(codes),
    )
