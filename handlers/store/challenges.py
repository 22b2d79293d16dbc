"""Those who are on their way through the gates. What closes a challenge and what that opens is one transaction."""

import json
from typing import Any

from handlers.core.challenges import MAX_POLLS, MAX_TRIES, GateChallenge, Purpose
from handlers.core.factors import Enrolled, State, Use
from handlers.core.places import KnownPlaces
from handlers.core.sessions import Session
from handlers.errors import WrongCode
from handlers.store import items
from handlers.store.factors import using
from handlers.store.table import Item, Table


class DynamoChallenges:
    """Keeps the promises of `core.ports.Challenges`."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def open(self, challenge: GateChallenge) -> None:
        """One write."""
        self._table.put_new(_item(challenge))

    def attempt(self, id_hash: str, now: int) -> GateChallenge:
        """One write, which also reads."""
        return self._charge(id_hash, "tries", MAX_TRIES, now)

    def poll(self, id_hash: str, now: int) -> GateChallenge:
        """One write, which also reads."""
        return self._charge(id_hash, "polls", MAX_POLLS, now)

    def note(self, challenge: GateChallenge, factor_id: str, started: State) -> None:
        """One conditional write."""
        update = {
            "Key": _key(challenge.id_hash),
            "UpdateExpression": "SET #started.#factor = :started",
            "ConditionExpression": "passed = :passed",
            "ExpressionAttributeNames": {"#started": "started", "#factor": factor_id},
            "ExpressionAttributeValues": {
                ":started": {"S": json.dumps(dict(started))},
                ":passed": items.strings(challenge.passed),
            },
        }
        if self._table.update(update) is None:
            raise WrongCode

    def pass_first(self, challenge: GateChallenge, amr: tuple[str, ...]) -> None:
        """One conditional write: of two that present the same code, one."""
        update = {
            "Key": _key(challenge.id_hash),
            "UpdateExpression": "SET passed = :passed, #started = :nothing, tries = :none",
            "ConditionExpression": "passed = :seen",
            "ExpressionAttributeNames": {"#started": "started"},
            "ExpressionAttributeValues": {
                ":passed": items.strings(amr),
                ":seen": items.strings(challenge.passed),
                ":nothing": {"M": {}},
                ":none": {"N": "0"},
            },
        }
        if self._table.update(update) is None:
            raise WrongCode

    def sign_in(
        self,
        challenge: GateChallenge,
        factor: Enrolled | None,
        use: Use,
        session: Session,
        places: KnownPlaces | None = None,
    ) -> None:
        """One transaction."""
        opened = [items.from_session(session), *([items.from_places(places)] if places else [])]
        self._close(challenge, factor, use, *({"Put": {"Item": item}} for item in opened))

    def step_up(self, challenge: GateChallenge, factor: Enrolled | None, use: Use, session: Session) -> None:
        """One transaction."""
        self._close(challenge, factor, use, {"Update": items.strengthened(session)})

    def reset(self, challenge: GateChallenge, factor: Enrolled | None, use: Use, password: bytes) -> None:
        """One transaction. Every session is over, and no place is known: a thief may have signed in there."""
        update = {
            "Key": items.credential_key(challenge.user_id),
            "UpdateExpression": "SET password = :password",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":password": {"B": password}},
        }
        over = {"Update": items.new_epoch(challenge.user_id, challenge.epoch)}
        unknown = {"Delete": {"Key": items.places_key(challenge.user_id)}}
        self._close(challenge, factor, use, {"Update": update}, over, unknown)

    def _charge(self, id_hash: str, what: str, most: int, now: int) -> GateChallenge:
        update = {
            "Key": _key(id_hash),
            "UpdateExpression": "ADD #what :one",
            "ConditionExpression": "#what < :most AND expires_at > :now",
            "ExpressionAttributeNames": {"#what": what},
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":most": {"N": str(most)},
                ":now": {"N": str(now)},
            },
            "ReturnValues": "ALL_NEW",
        }
        item = self._table.update(update)
        if item is None:
            raise WrongCode
        return _challenge(id_hash, item)

    def _close(self, challenge: GateChallenge, factor: Enrolled | None, use: Use, *opens: dict[str, Any]) -> None:
        closed = {
            "Key": _key(challenge.id_hash),
            "ConditionExpression": "passed = :passed",
            "ExpressionAttributeValues": {":passed": items.strings(challenge.passed)},
        }
        writes = [{"Delete": closed}, *opens, *(using(factor, use) if factor else [])]
        if set(self._table.transact(writes)) != {"None"}:
            raise WrongCode


def _key(id_hash: str) -> Item:
    return {"pk": {"S": f"challenge#{id_hash}"}, "sk": {"S": "gates"}}


def _item(challenge: GateChallenge) -> Item:
    return {
        **_key(challenge.id_hash),
        "purpose": {"S": challenge.purpose.value},
        "user_id": {"S": challenge.user_id},
        "epoch": {"N": str(challenge.epoch)},
        "passed": items.strings(challenge.passed),
        "session_id": {"S": challenge.session_id} if challenge.session_id else {"NULL": True},
        "started": {"M": {factor: {"S": json.dumps(dict(state))} for factor, state in challenge.started.items()}},
        "tries": {"N": "0"},
        "polls": {"N": "0"},
        "expires_at": {"N": str(challenge.expires_at)},
    }


def _challenge(id_hash: str, item: Item) -> GateChallenge:
    return GateChallenge(
        id_hash=id_hash,
        purpose=Purpose(item["purpose"]["S"]),
        user_id=item["user_id"]["S"],
        epoch=int(item.get("epoch", {"N": "0"})["N"]),
        passed=tuple(method["S"] for method in item["passed"]["L"]),
        session_id=item["session_id"].get("S"),
        started={factor: json.loads(state["S"]) for factor, state in item["started"]["M"].items()},
        expires_at=int(item["expires_at"]["N"]),
    )
