"""The directory in DynamoDB: every write conditional or transactional, every retry safe."""

import contextlib
import json
from typing import Any

from handlers.core.accounts.users import AcceptedPassword, Account, Credential, NewUser, Profile
from handlers.core.limits.places import KnownPlaces
from handlers.core.mfa.challenges import MAX_TRIES, SignUpChallenge
from handlers.core.sessions.sessions import Session
from handlers.core.tokens.published_keys import PublishedKeys
from handlers.errors import Contended, InvalidChallenge, InvalidCredentials, NoSuchUser, UserExists
from handlers.store import items
from handlers.store.attributes import Item
from handlers.store.counters import deletion
from handlers.store.table import MOST_WRITES, Table


class DynamoDirectory:
    """Implements `core.ports.Directory` and `LiveSessions` with one table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def owner_of(self, email: str) -> str | None:
        """One read."""
        item = self._table.get(items.owner_key(email))
        return item.get("user_id") if item else None

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

    def accept_password(self, accepted: AcceptedPassword) -> None:
        """One transaction."""
        if self._table.transact(_acceptance(accepted))[0] != "None":
            raise InvalidCredentials

    def start_session(
        self, session: Session, places: KnownPlaces | None = None, accepted: AcceptedPassword | None = None
    ) -> None:
        """One write, or one transaction."""
        item = items.from_session(session)
        if places is None and accepted is None:
            self._table.put_new(item)
            return
        writes = _acceptance(accepted) if accepted else []
        writes.append({"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}})
        if places is not None:
            writes.append({"Put": {"Item": items.from_places(places)}})
        if self._table.transact(writes)[0] != "None" and accepted:
            raise InvalidCredentials

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        """One read of both, and another if the session was just being kept into a new epoch."""
        keys = [items.profile_key(user_id), items.session_key(user_id, session_id)]
        for _ in range(2):
            found = self._table.get_both(keys)
            if found is None:
                return None
            profile, session = items.to_profile(user_id, found[0]), items.to_session(user_id, found[1])
            if session.epoch == profile.epoch:
                return None if profile.disabled else (profile, session)
        return None

    def replace_session(self, seen: Session, successor: Session) -> bool:
        """One conditional write."""
        update = {
            "Key": items.session_key(seen.user_id, seen.id),
            "UpdateExpression": (
                "SET refresh_hash = :next, previous_hash = :previous, successor = :successor, rotated_at = :at"
            ),
            "ConditionExpression": "refresh_hash = :seen",
            "ExpressionAttributeValues": {
                ":next": successor.refresh_hash,
                ":previous": successor.previous_hash,
                ":successor": successor.successor,
                ":at": successor.rotated_at,
                ":seen": seen.refresh_hash,
            },
        }
        return self._table.update(update) is not None

    def step_up_session(self, session: Session) -> bool:
        """One conditional write."""
        return self._table.update(items.stepped_up(session)) is not None

    def end_session(self, user_id: str, session_id: str) -> None:
        """One delete, which may be repeated."""
        self._table.delete_if({"Key": items.session_key(user_id, session_id)})

    def open_challenge(self, challenge: SignUpChallenge) -> None:
        """One write."""
        self._table.put_new(items.from_challenge(challenge))

    def try_challenge(self, id_hash: str, now: int) -> SignUpChallenge | None:
        """One write, which also reads. Its repetition after a lost answer counts again: never a try too many."""
        update = {
            "Key": items.challenge_key(id_hash),
            "UpdateExpression": "ADD tries :one",
            "ConditionExpression": "tries < :most AND expires_at > :now",
            "ExpressionAttributeValues": {
                ":one": 1,
                ":most": MAX_TRIES,
                ":now": now,
            },
            "ReturnValues": "ALL_NEW",
        }
        item = self._table.update(update)
        return items.to_challenge(id_hash, item) if item else None

    def create_user(self, user: NewUser, challenge: str | None = None, places: KnownPlaces | None = None) -> None:
        """One transaction: the address's ownership, the user, the credential, the place, and the challenge closed."""
        owner, *rest = items.new_user(user)
        free = {"ConditionExpression": items.FREE, "ExpressionAttributeValues": {":now": user.created_at}}
        writes: list[dict[str, Any]] = [{"Put": {"Item": owner, **free}}]
        writes += [{"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}} for item in rest]
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
        """One write, which invalidates all sessions, and as `clear_sessions`."""
        update = items.new_epoch(user_id)
        update["UpdateExpression"] = f"SET disabled = :disabled {update['UpdateExpression']}"
        update["ExpressionAttributeValues"][":disabled"] = disabled
        profile = self._table.update({**update, "ReturnValues": "UPDATED_NEW"})
        if profile is None:
            raise NoSuchUser
        self.clear_sessions(user_id, profile["epoch"])

    def sessions_of(self, user_id: str) -> list[Session]:
        """One query."""
        return [items.to_session(user_id, item) for item in self._table.query(items.sessions_partition(user_id))]

    def end_other_sessions(self, profile: Profile, session_id: str) -> None:
        """One transaction, and as `clear_sessions`."""
        begin, keep = items.new_epoch(profile.user_id, profile.epoch), items.kept(profile, session_id)
        if set(self._table.transact([{"Update": begin}, {"Update": keep}])) != {"None"}:
            raise Contended
        self.clear_sessions(profile.user_id, profile.epoch + 1)

    def end_all_sessions(self, user_id: str) -> None:
        """One write, and as `clear_sessions`."""
        profile = self._table.update({**items.new_epoch(user_id), "ReturnValues": "UPDATED_NEW"})
        if profile is not None:
            self.clear_sessions(user_id, profile["epoch"])

    def clear_sessions(self, user_id: str, epoch: int) -> None:
        """One query and one transaction, however many there are: a user waits for it."""
        found = self._table.first(items.sessions_partition(user_id), MOST_WRITES)
        with contextlib.suppress(Contended):  # by a refresh, which finds the session over
            self._delete_sessions(user_id, epoch, found)

    def erase_sessions(self, user_id: str, epoch: int) -> None:
        """One query, and a transaction for each hundred."""
        found = self._table.query(items.sessions_partition(user_id))
        for start in range(0, len(found), MOST_WRITES):
            self._delete_sessions(user_id, epoch, found[start : start + MOST_WRITES])

    def _delete_sessions(self, user_id: str, epoch: int, found: list[Item]) -> None:
        over = [item for item in found if items.to_session(user_id, item).epoch < epoch]
        if over:
            self._table.transact([{"Delete": {"Key": {"pk": item["pk"], "sk": item["sk"]}}} for item in over])

    def publish_keys(self, published: PublishedKeys) -> None:
        """One write, of the whole."""
        item = {**items.PUBLISHED_KEYS, "document": json.dumps(published)}
        self._table.put(item)

    def published_keys(self) -> PublishedKeys:
        """One read; no keys if nothing was ever published."""
        item = self._table.get(items.PUBLISHED_KEYS)
        published: PublishedKeys = json.loads(item["document"]) if item else {"keys": []}
        return published


def _acceptance(accepted: AcceptedPassword) -> list[dict[str, Any]]:
    """Return the writes of a password that was right; the first holds if the password is still the same."""
    credential = accepted.credential
    unchanged = {
        "Key": items.credential_key(credential.user_id),
        # The second holds when a write whose answer was lost is repeated.
        "ConditionExpression": "password = :seen OR password = :password",
        "ExpressionAttributeValues": {
            ":password": accepted.upgraded or credential.password,
            ":seen": credential.password,
        },
    }
    write = {"Update": {**unchanged, "UpdateExpression": "SET password = :password"}}
    first = write if accepted.upgraded else {"ConditionCheck": unchanged}
    return [first, *map(deletion, (*accepted.counters, *accepted.shared))]
