"""The directory in DynamoDB: every write conditional or transactional, every retry safe."""

import json
from collections.abc import Sequence
from typing import Any

from handlers.core.challenges import MAX_TRIES, SignUpChallenge
from handlers.core.places import KnownPlaces
from handlers.core.published import Published
from handlers.core.sessions import Session
from handlers.core.users import Account, Credential, Profile
from handlers.errors import InvalidChallenge, InvalidCredentials, NoSuchUser, UserExists
from handlers.store import items
from handlers.store.aws import client
from handlers.store.counters import forgotten
from handlers.store.table import Table


class DynamoDirectory:
    """Keeps the promises of `core.ports.Directory` with one table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def owner_of(self, email: str) -> str | None:
        """One read."""
        item = self._table.get(items.owner_key(email))
        return item["user_id"]["S"] if item else None

    def profile(self, user_id: str) -> Profile | None:
        """One read."""
        item = self._table.get(items.profile_key(user_id))
        return items.to_profile(user_id, item) if item else None

    def account(self, user_id: str) -> Account:
        """One read of both."""
        profile, places = self._table.get_some([items.profile_key(user_id), items.places_key(user_id)])
        return Account(items.to_profile(user_id, profile) if profile else None, items.to_places(user_id, places))

    def account_and_credential(self, user_id: str) -> tuple[Account, Credential]:
        """One read of all three. Raises `InvalidCredentials` if the user is gone."""
        keys = [items.profile_key(user_id), items.places_key(user_id), items.credential_key(user_id)]
        profile, places, credential = self._table.get_some(keys)
        if profile is None or credential is None:
            raise InvalidCredentials
        account = Account(items.to_profile(user_id, profile), items.to_places(user_id, places))
        return account, items.to_credential(user_id, credential)

    def forgive(self, credential: Credential, upgraded: bytes | None, counters: Sequence[str]) -> None:
        """One transaction."""
        unchanged = {
            "Key": items.credential_key(credential.user_id),
            # The second: the SDK has repeated a write of ours whose answer got lost.
            "ConditionExpression": "password = :seen OR password = :password",
            "ExpressionAttributeValues": {
                ":password": {"B": upgraded or credential.password},
                ":seen": {"B": credential.password},
            },
        }
        write = {"Update": {**unchanged, "UpdateExpression": "SET password = :password"}}
        writes = [write if upgraded else {"ConditionCheck": unchanged}, *map(forgotten, counters)]
        if self._table.transact(writes)[0] != "None":
            raise InvalidCredentials

    def start_session(self, session: Session, places: KnownPlaces | None = None) -> None:
        """One write, or one transaction."""
        item = items.from_session(session)
        if places is None:
            self._table.put_new(item)
            return
        new = {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        self._table.transact([{"Put": new}, {"Put": {"Item": items.from_places(places)}}])

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        """One read of both, and one more if a session was being taken along into a new epoch just then.

        Expiry is the caller's to judge: the session says when.
        """
        keys = [items.profile_key(user_id), items.session_key(user_id, session_id)]
        for _ in range(2):
            found = self._table.get_both(keys)
            if found is None:
                return None
            profile, session = items.to_profile(user_id, found[0]), items.to_session(user_id, found[1])
            if session.epoch == profile.epoch:
                return None if profile.disabled else (profile, session)
        return None

    def email_of_live(self, user_id: str, session_id: str, now: int) -> str | None:
        """One read: the address of the session's user, while both may be let in."""
        live = self.live_session(user_id, session_id)
        if live is None:
            return None
        profile, session = live
        return profile.email if now < session.expires_at else None

    def replace_session(self, seen: Session, successor: Session) -> bool:
        """One conditional write."""
        update = {
            "Key": items.session_key(seen.user_id, seen.id),
            "UpdateExpression": (
                "SET refresh_hash = :next, previous_hash = :previous, successor = :successor, rotated_at = :at"
            ),
            "ConditionExpression": "refresh_hash = :seen",
            "ExpressionAttributeValues": {
                ":next": {"B": successor.refresh_hash},
                ":previous": {"B": successor.previous_hash},
                ":successor": {"B": successor.successor},
                ":at": {"N": str(successor.rotated_at)},
                ":seen": {"B": seen.refresh_hash},
            },
        }
        return self._table.update(update) is not None

    def strengthen_session(self, session: Session) -> bool:
        """One conditional write."""
        return self._table.update(items.strengthened(session)) is not None

    def end_session(self, user_id: str, session_id: str) -> None:
        """One delete, which may be repeated."""
        client("dynamodb").delete_item(TableName=self._table.name, Key=items.session_key(user_id, session_id))

    def open_challenge(self, challenge: SignUpChallenge) -> None:
        """One write."""
        self._table.put_new(items.from_challenge(challenge))

    def try_challenge(self, id_hash: str, now: int) -> SignUpChallenge | None:
        """One write, which also reads."""
        update = {
            "Key": items.challenge_key(id_hash),
            "UpdateExpression": "ADD tries :one",
            "ConditionExpression": "tries < :most AND expires_at > :now",
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":most": {"N": str(MAX_TRIES)},
                ":now": {"N": str(now)},
            },
            "ReturnValues": "ALL_NEW",
        }
        item = self._table.update(update)
        return items.to_challenge(id_hash, item) if item else None

    def create_user(
        self,
        user_id: str,
        email: str,
        password: bytes,
        now: int,
        challenge: str | None = None,
        places: KnownPlaces | None = None,
    ) -> None:
        """One transaction: the address's ownership, the user, the credential, the place, and the challenge closed."""
        absent = "attribute_not_exists(pk)"
        writes: list[dict[str, Any]] = [
            {"Put": {"Item": item, "ConditionExpression": absent}}
            for item in items.new_user(user_id, email, password, now)
        ]
        if places is not None:
            writes.append({"Put": {"Item": items.from_places(places)}})
        if challenge:
            key = items.challenge_key(challenge)
            writes.append({"Delete": {"Key": key, "ConditionExpression": "attribute_exists(pk)"}})
        reasons = self._table.transact(writes)
        if challenge and reasons[-1] != "None":
            raise InvalidChallenge
        if any(reason != "None" for reason in reasons):
            raise UserExists

    def set_disabled(self, user_id: str, *, disabled: bool) -> None:
        """One write, after which no session of before is alive; then those are cleared away, one by one."""
        update = items.new_epoch(user_id)
        update["UpdateExpression"] = f"SET disabled = :disabled {update['UpdateExpression']}"
        update["ExpressionAttributeValues"][":disabled"] = {"BOOL": disabled}
        profile = self._table.update({**update, "ReturnValues": "UPDATED_NEW"})
        if profile is None:
            raise NoSuchUser
        self.clear_sessions(user_id, int(profile["epoch"]["N"]))

    def delete_user(self, user_id: str, email: str) -> None:
        """Shut out first; then one transaction for all that is left, if the address is still theirs.

        In this order a retry finds the user by their address until everything is gone; a session that is started
        meanwhile is dead without its user, and expires.
        """
        self.set_disabled(user_id, disabled=True)
        owner, *rest = [
            items.owner_key(email),
            items.profile_key(user_id),
            items.credential_key(user_id),
            items.places_key(user_id),
        ]
        still_theirs = {
            "ConditionExpression": "user_id = :user",
            "ExpressionAttributeValues": {":user": {"S": user_id}},
        }
        deletes: list[dict[str, Any]] = [{"Key": owner, **still_theirs}, *({"Key": key} for key in rest)]
        reasons = self._table.transact([{"Delete": delete} for delete in deletes])
        if any(reason != "None" for reason in reasons):
            raise NoSuchUser

    def end_all_sessions(self, user_id: str) -> None:
        """One write; then those that are over are cleared away, one by one."""
        profile = self._table.update({**items.new_epoch(user_id), "ReturnValues": "UPDATED_NEW"})
        if profile is not None:
            self.clear_sessions(user_id, int(profile["epoch"]["N"]))

    def clear_sessions(self, user_id: str, epoch: int) -> None:
        """One query, and a delete for each."""
        over = [
            item
            for item in self._table.query(items.sessions_partition(user_id))
            if items.to_session(user_id, item).epoch < epoch
        ]
        for item in over:
            key = {"pk": item["pk"], "sk": item["sk"]}
            client("dynamodb").delete_item(TableName=self._table.name, Key=key)

    def publish_keys(self, published: Published) -> None:
        """One write, of the whole."""
        item = {**items.PUBLISHED_KEYS, "document": {"S": json.dumps(published)}}
        client("dynamodb").put_item(TableName=self._table.name, Item=item)

    def published_keys(self) -> Published:
        """One read; no keys if nothing was ever published."""
        item = self._table.get(items.PUBLISHED_KEYS)
        published: Published = json.loads(item["document"]["S"]) if item else {"keys": []}
        return published
