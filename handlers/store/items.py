"""Items of the directory's table, to and from the types of the rules; `contract.table` has their keys."""

import json
from dataclasses import asdict
from typing import Any

from contract import table
from contract.roles import USER
from handlers.core.accounts.users import Credential, Details, NewUser, Profile
from handlers.core.limits.places import KEPT_SECONDS, KnownPlaces
from handlers.core.mfa.challenges import SignUpChallenge
from handlers.core.sessions.sessions import Session
from handlers.store.attributes import Item

PUBLISHED_KEYS: Item = {"pk": table.KEYS, "sk": "published"}


FREE = "attribute_not_exists(pk) OR (attribute_exists(reserved_for) AND expires_at <= :now)"
"""The condition that an address has no owner, nor is reserved for one."""


def owner_key(email: str) -> Item:
    """Return the key of an address's ownership."""
    return {"pk": f"{table.ADDRESS}{email}", "sk": "owner"}


def profile_key(user_id: str) -> Item:
    """Return the key of a user."""
    return {"pk": f"{table.USER}{user_id}", "sk": "profile"}


def sessions_partition(user_id: str) -> str:
    """Return the partition of all sessions of a user."""
    return f"{table.SESSIONS}{user_id}"


def session_key(user_id: str, session_id: str) -> Item:
    """Return the key of a session."""
    return {"pk": sessions_partition(user_id), "sk": f"session#{session_id}"}


def credential_key(user_id: str) -> Item:
    """Return the key of a password."""
    return {"pk": f"{table.CREDENTIAL}{user_id}", "sk": "password"}


def challenge_key(id_hash: str) -> Item:
    """Return the key of an open sign-up."""
    return {"pk": f"{table.CHALLENGE}{id_hash}", "sk": "signup"}


def places_key(user_id: str) -> Item:
    """Return the key of the places that a user has signed in from."""
    return {"pk": f"{table.PLACES}{user_id}", "sk": "known"}


def from_places(places: KnownPlaces) -> Item:
    """Return the item of a user's places."""
    return {
        **places_key(places.user_id),
        "seen": dict(places.seen),
        "expires_at": max(places.seen.values()) + KEPT_SECONDS,
    }


def to_places(user_id: str, item: Item | None) -> KnownPlaces:
    """Return the user's places; none without an item."""
    return KnownPlaces(user_id, item["seen"] if item else {})


def to_profile(user_id: str, item: Item) -> Profile:
    """Return the user of an item."""
    numbers = {name: item.get(name, 0) for name in ("second_factors", "epoch", "created_at", "delete_at")}
    details = json.loads(item.get("details", "{}"))
    roles = tuple(item.get("roles", (USER,)))
    return Profile(user_id, item["email"], item["disabled"], roles=roles, details=Details(**details), **numbers)


def to_credential(user_id: str, item: Item) -> Credential:
    """Return the password of an item."""
    return Credential(user_id, item["password"])


def from_session(session: Session) -> Item:
    """Return the item of a session; `expires_at` is the table's TTL attribute."""
    return {
        **session_key(session.user_id, session.id),
        "family_hash": session.family_hash,
        "refresh_hash": session.refresh_hash,
        "previous_hash": session.previous_hash if session.previous_hash else None,
        **({"successor": session.successor} if session.successor else {}),
        "rotated_at": session.rotated_at,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "idle_seconds": session.idle_seconds,
        "amr": list(session.amr),
        "authenticated_at": session.authenticated_at,
        "epoch": session.epoch,
        **({"scope": session.scope} if session.scope else {}),
        "device": session.device,
        "network": session.network,
    }


def to_session(user_id: str, item: Item) -> Session:
    """Return the session of an item."""
    return Session(
        user_id=user_id,
        id=item["sk"].removeprefix("session#"),
        family_hash=item["family_hash"],
        refresh_hash=item["refresh_hash"],
        previous_hash=item["previous_hash"],
        successor=item.get("successor"),
        rotated_at=item["rotated_at"],
        created_at=item["created_at"],
        expires_at=item["expires_at"],
        idle_seconds=item.get("idle_seconds", item["expires_at"] - item["created_at"]),
        amr=tuple(item["amr"]),
        authenticated_at=item["authenticated_at"] if "authenticated_at" in item else item["created_at"],
        epoch=item.get("epoch", 0),
        scope=item.get("scope"),
        device=item.get("device", ""),
        network=item.get("network", ""),
    )


def stepped_up(session: Session) -> dict[str, Any]:
    """Return the update of a session after a new authentication."""
    return {
        "Key": session_key(session.user_id, session.id),
        "UpdateExpression": "SET amr = :amr, authenticated_at = :at",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":amr": list(session.amr), ":at": session.authenticated_at},
    }


def kept(profile: Profile, session_id: str) -> dict[str, Any]:
    """Return the update that keeps a session alive in the epoch after this profile's."""
    return {
        "Key": session_key(profile.user_id, session_id),
        "UpdateExpression": "SET epoch = :next",
        "ConditionExpression": "epoch = :seen",
        "ExpressionAttributeValues": {":next": profile.epoch + 1, ":seen": profile.epoch},
    }


def new_epoch(user_id: str, seen: int | None = None) -> dict[str, Any]:
    """Return the update of a profile that invalidates all earlier sessions and challenges; only in the epoch `seen`."""
    condition, values = ("attribute_exists(pk)", {}) if seen is None else at_epoch(seen)
    return {
        "Key": profile_key(user_id),
        "UpdateExpression": "ADD epoch :one",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {":one": 1, **values},
    }


def at_epoch(epoch: int) -> tuple[str, dict[str, Any]]:
    """Return the condition that a profile is in this epoch, with its values; the first epoch, 0, is not stored."""
    is_first = "attribute_not_exists(epoch) OR " if epoch == 0 else ""
    return f"attribute_exists(pk) AND ({is_first}epoch = :epoch)", {":epoch": epoch}


def from_challenge(challenge: SignUpChallenge) -> Item:
    """Return the item of an open sign-up."""
    return {
        **challenge_key(challenge.id_hash),
        "code_hash": challenge.code_hash,
        "email": challenge.email,
        "user_id": challenge.user_id,
        "password": challenge.password,
        "tries": 0,
        "expires_at": challenge.expires_at,
    }


def to_challenge(id_hash: str, item: Item) -> SignUpChallenge:
    """Return the open sign-up of an item."""
    return SignUpChallenge(
        id_hash=id_hash,
        code_hash=item["code_hash"],
        email=item["email"],
        user_id=item["user_id"],
        password=item["password"],
        expires_at=item["expires_at"],
        tries=item["tries"],
    )


def from_details(details: Details) -> str:
    """Return the details as stored: two equal ones are the same text."""
    return json.dumps(asdict(details), sort_keys=True)


def new_user(user: NewUser) -> tuple[Item, Item, Item]:
    """Return the three items of a new user: ownership, profile, credential."""
    owner = {**owner_key(user.email), "user_id": user.user_id}
    profile = {
        **profile_key(user.user_id),
        "email": user.email,
        "initial": user.email[0],
        "disabled": False,
        "roles": list(user.roles),
        "created_at": user.created_at,
        **({"details": from_details(Details(locale=user.locale))} if user.locale else {}),
    }
    credential = {**credential_key(user.user_id), "password": user.password}
    return owner, profile, credential
