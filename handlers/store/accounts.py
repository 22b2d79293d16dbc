"""Changes of accounts in DynamoDB: each is one transaction, on the condition that the user is as it was read."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from contract import table
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.links import Link, LinkPurpose
from handlers.core.accounts.reconciliation import Leftover
from handlers.core.accounts.user_import import Outcome, UserImport
from handlers.core.accounts.users import Details, Profile
from handlers.core.limits.places import KnownPlaces
from handlers.core.mfa.challenges import Challenge
from handlers.errors import Contended, InvalidChallenge, NoSuchUser, UserExists
from handlers.store import items, leftovers
from handlers.store.attributes import Item
from handlers.store.challenges import closing
from handlers.store.factors import factor_item
from handlers.store.table import LAST, Table

Write = dict[str, Any]


class DynamoAccounts:
    """Implements `core.ports.Accounts`."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def is_taken(self, email: str, now: int, but_for: str = "") -> bool:
        """One read."""
        item = self._table.get(items.owner_key(email))
        if item is None or but_for in (item.get("user_id"), item.get("reserved_for")):
            return False
        return "user_id" in item or bool(item["expires_at"] > now)

    def save_details(self, seen: Profile, details: Details) -> bool:
        """One transaction, because the repetition of an update alone would find other details than were seen."""
        update = {
            "Key": items.profile_key(seen.user_id),
            "UpdateExpression": "SET details = :details",
            "ConditionExpression": "attribute_exists(pk) AND (attribute_not_exists(details) OR details = :seen)",
            "ExpressionAttributeValues": {
                ":details": items.from_details(details),
                ":seen": items.from_details(seen.details),
            },
        }
        return self._is_done([{"Update": update}])

    def import_user(self, given: UserImport) -> Outcome:
        """One transaction, which also checks that the user was not deleted, unless the import restores."""
        user = given.user
        owner, profile, credential = items.new_user(user)
        profile |= {"disabled": given.disabled, "details": items.from_details(given.details), "imported": given.digest}
        profile |= {"second_factors": len(given.factors)} if given.factors else {}
        free = {"ConditionExpression": items.FREE, "ExpressionAttributeValues": {":now": int(time.time())}}
        new = {"ConditionExpression": "attribute_not_exists(pk)"}
        rest = [profile, credential, *(factor_item(factor) for factor in given.factors)]
        writes: list[Write] = [{"Put": {"Item": owner, **free}}, *({"Put": {"Item": item, **new}} for item in rest)]
        if not given.restores:
            writes.append({"ConditionCheck": {"Key": _tombstone_key(user.user_id), **new}})
        reasons = self._table.transact(writes)
        if set(reasons) == {"None"}:
            return Outcome.IMPORTED
        return Outcome.DELETED if not given.restores and reasons[-1] != "None" else Outcome.TAKEN

    def was_deleted(self, user_id: str) -> bool:
        """One read."""
        return self._table.get(_tombstone_key(user_id)) is not None

    def is_imported(self, given: UserImport) -> bool:
        """One read."""
        stored = self._table.get(items.profile_key(given.user.user_id))
        return stored is not None and stored.get("imported") == given.digest

    def list_users(self, initial: str, prefix: str, after: str, limit: int) -> list[Profile]:
        """One query of the index."""
        found = self._table.query_index(
            table.USERS_INDEX, ("initial", initial), ("email", _next(after, prefix), f"{prefix}{LAST}"), limit
        )
        return [items.to_profile(item["pk"].removeprefix(table.USER), item) for item in found]

    def set_roles(self, seen: Profile, roles: tuple[str, ...]) -> bool:
        """One transaction, as `save_details`. A user of an early version has no roles stored."""
        update = {
            "Key": items.profile_key(seen.user_id),
            "UpdateExpression": "SET #roles = :roles",
            "ConditionExpression": "attribute_exists(pk) AND (attribute_not_exists(#roles) OR #roles = :seen)",
            "ExpressionAttributeNames": {"#roles": "roles"},
            "ExpressionAttributeValues": {":roles": list(roles), ":seen": list(seen.roles)},
        }
        return self._is_done([{"Update": update}])

    def change_password(self, profile: Profile, session_id: str, password: bytes, places: KnownPlaces | None) -> None:
        """One transaction: the password, the epoch, the session that stays, the only place that is known."""
        credential = {
            "Key": items.credential_key(profile.user_id),
            "UpdateExpression": "SET password = :password",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":password": password},
        }
        writes: list[Write] = [
            {"Update": credential},
            {"Update": items.new_epoch(profile.user_id, profile.epoch)},
            {"Update": items.kept(profile, session_id)},
            *([{"Put": {"Item": items.from_places(places)}}] if places else []),
        ]
        self._all(writes)

    def change_address(self, profile: Profile, email: str, challenge: Challenge, link: Link, job: Job) -> None:
        """One transaction: both addresses, the profile, the challenge closed, the link, the job."""
        user_id = profile.user_id
        take = {
            "Item": {**items.owner_key(email), "user_id": user_id},
            "ConditionExpression": f"{items.FREE} OR reserved_for = :me",
            "ExpressionAttributeValues": {":now": job.since, ":me": user_id},
        }
        reserve = {
            "Key": items.owner_key(profile.email),
            "UpdateExpression": "SET reserved_for = :me, expires_at = :until REMOVE user_id",
            "ConditionExpression": "user_id = :me",
            "ExpressionAttributeValues": {":me": user_id, ":until": link.expires_at},
        }
        writes: list[Write] = [
            {"Put": take},
            {"Update": reserve},
            {"Update": _moved(profile, email)},
            {"Delete": closing(challenge)},
            {"Put": {"Item": _from_link(link)}},
            {"Put": _new_job(job)},
        ]
        reasons = self._table.transact(writes)
        if reasons[0] != "None":
            raise UserExists
        if reasons[3] != "None":
            raise InvalidChallenge
        if set(reasons) != {"None"}:
            raise Contended

    def undo_address(self, profile: Profile, link: Link, later: Sequence[Link], job: Job) -> None:
        """One transaction: both addresses, the profile with a new epoch, later links, a planned deletion, the job.

        The link stays, for a repetition.
        """
        user_id = profile.user_id
        take_back = {
            "Key": items.owner_key(link.about),
            "UpdateExpression": "SET user_id = :me REMOVE reserved_for, expires_at",
            "ConditionExpression": "reserved_for = :me",
            "ExpressionAttributeValues": {":me": user_id},
        }
        free = {
            "Key": items.owner_key(profile.email),
            "ConditionExpression": "user_id = :me",
            "ExpressionAttributeValues": {":me": user_id},
        }
        moved = _moved(profile, link.about)
        moved["UpdateExpression"] += " REMOVE delete_at ADD epoch :one"
        moved["ConditionExpression"] += " AND attribute_not_exists(deleting)"
        moved["ExpressionAttributeValues"][":one"] = 1
        void = [_link_key(one) for one in later]
        if profile.delete_at:
            void.append(_deletion_key(profile))
        deletes: list[Write] = [{"Delete": {"Key": key}} for key in void]
        self._all([{"Update": take_back}, {"Delete": free}, {"Update": moved}, *deletes, {"Put": _new_job(job)}])

    def plan_deletion(self, profile: Profile, job: Job, *, disabled: bool) -> None:
        """One transaction: the profile with a new epoch, the job."""
        update = items.new_epoch(profile.user_id, profile.epoch)
        update["UpdateExpression"] = f"SET delete_at = :at, disabled = :disabled {update['UpdateExpression']}"
        update["ExpressionAttributeValues"] |= {":at": job.due_at, ":disabled": disabled}
        self._all([{"Update": update}, {"Put": {"Item": _from_job(job)}}])

    def cancel_deletion(self, profile: Profile) -> bool:
        """One transaction: the profile, the job."""
        update = {
            "Key": items.profile_key(profile.user_id),
            "UpdateExpression": "REMOVE delete_at",
            "ConditionExpression": "delete_at = :at AND attribute_not_exists(deleting)",
            "ExpressionAttributeValues": {":at": profile.delete_at},
        }
        writes: list[Write] = [{"Update": update}, {"Delete": {"Key": _deletion_key(profile)}}]
        return self._is_done(writes)

    def begin_deletion(self, user_id: str, due_at: int | None) -> Profile | None:
        """One conditional write, then one read."""
        update = items.new_epoch(user_id)
        update["UpdateExpression"] = f"SET disabled = :yes, deleting = :yes {update['UpdateExpression']}"
        update["ExpressionAttributeValues"][":yes"] = True
        if due_at is not None:
            update["ConditionExpression"] = "attribute_exists(pk) AND (delete_at = :at OR deleting = :yes)"
            update["ExpressionAttributeValues"][":at"] = due_at
        if self._table.update(update) is None:
            return None
        item = self._table.get(items.profile_key(user_id))
        return items.to_profile(user_id, item) if item else None

    def erase_user(self, profile: Profile, now: int, job: Job) -> None:
        """A query and deletes for each partition of the user; then one transaction for the user and the address."""
        user_id = profile.user_id
        for link in self.links_of(user_id):
            if link.purpose is LinkPurpose.ADDRESS:
                self._table.delete_if({"Key": items.owner_key(link.about), **_reserved_for(user_id)})
        for prefix in (table.SESSIONS, table.FACTORS, table.SPENT, table.LINKS, table.PLACES, table.CREDENTIAL):
            for item in self._table.query(f"{prefix}{user_id}"):
                self._table.delete({"pk": item["pk"], "sk": item["sk"]})
        owned = {"ConditionExpression": "user_id = :me", "ExpressionAttributeValues": {":me": user_id}}
        begun = {"ConditionExpression": "deleting = :yes", "ExpressionAttributeValues": {":yes": True}}
        tombstone = {**_tombstone_key(user_id), "deleted_at": now}
        writes: list[Write] = [
            {"Delete": {"Key": items.owner_key(profile.email), **owned}},
            {"Delete": {"Key": items.profile_key(user_id), **begun}},
            {"Put": {"Item": tombstone}},
            {"Put": {"Item": _from_job(job)}},
        ]
        if set(self._table.transact(writes)) != {"None"}:
            raise NoSuchUser

    def add_link(self, link: Link) -> None:
        """One write, which may be repeated."""
        self._table.put(_from_link(link))

    def link(self, user_id: str, hash_: str) -> Link | None:
        """One read."""
        item = self._table.get({"pk": f"{table.LINKS}{user_id}", "sk": hash_})
        return _to_link(user_id, item) if item else None

    def links_of(self, user_id: str) -> list[Link]:
        """One query."""
        return [_to_link(user_id, item) for item in self._table.query(f"{table.LINKS}{user_id}")]

    def due_jobs(self, now: int) -> list[Job]:
        """One query for each megabyte of jobs."""
        return [_to_job(item) for item in self._table.query(table.JOBS, f"{now:012d}~")]

    def mark_told(self, job: Job) -> None:
        """One conditional write, which may be repeated."""
        update = {
            "Key": _job_key(job),
            "UpdateExpression": "SET job = :job",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":job": _from_job(replace(job, is_told=True))["job"]},
        }
        self._table.update(update)

    def finish_job(self, job: Job) -> None:
        """One delete, which may be repeated."""
        self._table.delete(_job_key(job))

    def leftovers(self) -> Iterator[Leftover]:
        """A scan, and a read for each hundred items."""
        return leftovers.find(self._table)

    def is_left(self, leftover: Leftover) -> bool:
        """Two reads."""
        return leftovers.is_left(self._table, leftover)

    def mend(self, leftover: Leftover) -> bool:
        """One read and one write."""
        return leftovers.mend(self._table, leftover)

    def _all(self, writes: list[Write]) -> None:
        if not self._is_done(writes):
            raise Contended

    def _is_done(self, writes: list[Write]) -> bool:
        return set(self._table.transact(writes)) == {"None"}


def _next(after: str, prefix: str) -> str:
    """Return the least text after an address, and not before a prefix."""
    return max(f"{after}\0", prefix) if after else prefix or "\0"


def _moved(profile: Profile, email: str) -> Write:
    """Return the update of a profile to this address, if it is as it was read."""
    condition, values = items.at_epoch(profile.epoch)
    return {
        "Key": items.profile_key(profile.user_id),
        "UpdateExpression": "SET email = :new, initial = :initial",
        "ConditionExpression": f"email = :old AND {condition}",
        "ExpressionAttributeValues": {":new": email, ":initial": email[0], ":old": profile.email, **values},
    }


def _reserved_for(user_id: str) -> Write:
    return {"ConditionExpression": "reserved_for = :me", "ExpressionAttributeValues": {":me": user_id}}


def _tombstone_key(user_id: str) -> Item:
    return {"pk": f"{table.TOMBSTONE}{user_id}", "sk": "deleted"}


def _link_key(link: Link) -> Item:
    return {"pk": f"{table.LINKS}{link.user_id}", "sk": link.hash}


def _from_link(link: Link) -> Item:
    return {
        **_link_key(link),
        "purpose": link.purpose.value,
        "about": link.about,
        "created_at": link.created_at,
        "expires_at": link.expires_at,
    }


def _to_link(user_id: str, item: Item) -> Link:
    times = (item["created_at"], item["expires_at"])
    return Link(user_id, item["sk"], LinkPurpose(item["purpose"]), item["about"], *times)


def _job_key(job: Job) -> Item:
    undo = "#undo" if job.is_undo else ""
    return {"pk": table.JOBS, "sk": f"{job.due_at:012d}#{job.kind.value}#{job.user_id}{undo}"}


def _deletion_key(profile: Profile) -> Item:
    """Return the key of the job of a planned deletion."""
    return _job_key(Job(JobKind.DELETION, profile.user_id, profile.delete_at, 0))


def _from_job(job: Job) -> Item:
    return {**_job_key(job), "job": json.dumps(asdict(job))}


def _new_job(job: Job) -> Write:
    """Return the write of a job that replaces no other: the other's mail would never be sent."""
    return {"Item": _from_job(job), "ConditionExpression": "attribute_not_exists(pk)"}


def _to_job(item: Item) -> Job:
    stored = json.loads(item["job"])
    return Job(**{**stored, "kind": JobKind(stored["kind"])})
