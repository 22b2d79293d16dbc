"""Open sign-ins, step-ups and resets in DynamoDB. A challenge and what closing it brings about are one transaction."""

import json
from typing import Any

from contract import table
from handlers.core.limits.places import KnownPlaces
from handlers.core.mfa.challenges import MAX_POLLS, MAX_TRIES, Challenge, Purpose
from handlers.core.mfa.factor_type import Enrolled, State, Use
from handlers.core.sessions.sessions import Session
from handlers.errors import WrongCode
from handlers.store import items
from handlers.store.attributes import Item
from handlers.store.factors import using
from handlers.store.table import Table


class DynamoChallenges:
    """Implements `core.ports.Challenges`."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def open(self, challenge: Challenge) -> None:
        """One write."""
        self._table.put_new(_item(challenge))

    def attempt(self, id_hash: str, now: int) -> Challenge:
        """One write, which also reads. Its repetition after a lost answer counts again: never a try too many."""
        return self._count(id_hash, "tries", MAX_TRIES, now)

    def poll(self, id_hash: str, now: int) -> Challenge:
        """One write, which also reads."""
        return self._count(id_hash, "polls", MAX_POLLS, now)

    def save_started(self, challenge: Challenge, factor_id: str, started: State) -> None:
        """One conditional write."""
        update = {
            "Key": _key(challenge.id_hash),
            "UpdateExpression": "SET #started.#factor = :started",
            "ConditionExpression": "passed = :passed",
            "ExpressionAttributeNames": {"#started": "started", "#factor": factor_id},
            "ExpressionAttributeValues": {
                ":started": json.dumps(dict(started)),
                ":passed": list(challenge.amr),
            },
        }
        if self._table.update(update) is None:
            raise WrongCode

    def accept_first_factor(self, challenge: Challenge, amr: tuple[str, ...]) -> None:
        """One transaction, which succeeds for one of two equal codes, and once however often it is repeated."""
        update = {
            "Key": _key(challenge.id_hash),
            "UpdateExpression": "SET passed = :passed, #started = :nothing, tries = :none",
            "ConditionExpression": "passed = :seen",
            "ExpressionAttributeNames": {"#started": "started"},
            "ExpressionAttributeValues": {
                ":passed": list(amr),
                ":seen": list(challenge.amr),
                ":nothing": {},
                ":none": 0,
            },
        }
        if self._table.transact([{"Update": update}]) != ["None"]:
            raise WrongCode

    def sign_in(
        self,
        challenge: Challenge,
        factor: Enrolled | None,
        use: Use,
        session: Session,
        places: KnownPlaces | None = None,
    ) -> None:
        """One transaction."""
        opened = [items.from_session(session), *([items.from_places(places)] if places else [])]
        self._close(challenge, factor, use, *({"Put": {"Item": item}} for item in opened))

    def step_up(self, challenge: Challenge, factor: Enrolled | None, use: Use, session: Session) -> None:
        """One transaction."""
        self._close(challenge, factor, use, {"Update": items.stepped_up(session)})

    def reset(self, challenge: Challenge, factor: Enrolled | None, use: Use, password: bytes) -> None:
        """One transaction. The known places are deleted, because a thief may have signed in from one."""
        update = {
            "Key": items.credential_key(challenge.user_id),
            "UpdateExpression": "SET password = :password",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":password": password},
        }
        invalidate = {"Update": items.new_epoch(challenge.user_id, challenge.epoch)}
        forget = {"Delete": {"Key": items.places_key(challenge.user_id)}}
        self._close(challenge, factor, use, {"Update": update}, invalidate, forget)

    def _count(self, id_hash: str, what: str, most: int, now: int) -> Challenge:
        update = {
            "Key": _key(id_hash),
            "UpdateExpression": "ADD #what :one",
            "ConditionExpression": "#what < :most AND expires_at > :now",
            "ExpressionAttributeNames": {"#what": what},
            "ExpressionAttributeValues": {
                ":one": 1,
                ":most": most,
                ":now": now,
            },
            "ReturnValues": "ALL_NEW",
        }
        item = self._table.update(update)
        if item is None:
            raise WrongCode
        return _challenge(id_hash, item)

    def _close(self, challenge: Challenge, factor: Enrolled | None, use: Use, *opens: dict[str, Any]) -> None:
        writes = [{"Delete": closing(challenge)}, *opens, *(using(factor, use) if factor else [])]
        if set(self._table.transact(writes)) != {"None"}:
            raise WrongCode


def closing(challenge: Challenge) -> dict[str, Any]:
    """Return the delete, without its table, that closes a challenge; it fails if the challenge has changed."""
    return {
        "Key": _key(challenge.id_hash),
        "ConditionExpression": "passed = :passed",
        "ExpressionAttributeValues": {":passed": list(challenge.amr)},
    }


def _key(id_hash: str) -> Item:
    return {"pk": f"{table.CHALLENGE}{id_hash}", "sk": "gates"}


def _item(challenge: Challenge) -> Item:
    return {
        **_key(challenge.id_hash),
        "purpose": challenge.purpose.value,
        "user_id": challenge.user_id,
        "epoch": challenge.epoch,
        "passed": list(challenge.amr),
        "session_id": challenge.session_id,
        "started": {factor: json.dumps(dict(state)) for factor, state in challenge.started.items()},
        "tries": 0,
        "polls": 0,
        "expires_at": challenge.expires_at,
    }


def _challenge(id_hash: str, item: Item) -> Challenge:
    return Challenge(
        id_hash=id_hash,
        purpose=Purpose(item["purpose"]),
        user_id=item["user_id"],
        epoch=item.get("epoch", 0),
        amr=tuple(item["passed"]),
        session_id=item["session_id"],
        started={factor: json.loads(state) for factor, state in item["started"].items()},
        expires_at=item["expires_at"],
    )
