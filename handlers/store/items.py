"""How things lie in the one table: keys, and items to and from the rules' types.

| pk | sk | what |
|---|---|---|
| `address#<email>` | `owner` | which user owns the address |
| `user#<id>` | `profile` | the user |
| `sessions#<user id>` | `session#<id>` | a session of theirs |
| `credential#<id>` | `password` | the sealed password |
| `places#<user id>` | `known` | pseudonyms of the places that they have signed in from, with the time |
| `challenge#<hash of id>` | `signup` | an open sign-up |
| `challenge#<hash of id>` | `gates` | somebody on their way through the gates |
| `factors#<user id>` | `factor#<id>` | a factor of theirs; `factor#recovery` holds the hashes of recovery codes |
| `authy#<Authy id>` | `accounts` | who knows this Authy user, who has shown a code of it, who exported it |
| `spent#<user id>` | `<factor id>#<hash>` | a code that is not to be taken again while it may live |
| `limit#password:<...>` | `count` | attempts at passwords |
| `limit#signup:<...>` | `count` | tries of sign-up codes |
| `limit#mail:<...>` | `count` | mail that somebody asks for |
| `limit#codes:<...>` | `count` | wrong second codes |
| `limit#sent:<...>` | `count` | texts, calls and pushes, and the waits between them |
| `limit#enrolments:<...>` | `count` | factors that are begun to be added |
| `keys` | `published` | the issuer's public keys |

Partitions are what IAM conditions tell apart (`dynamodb:LeadingKeys`), so each role reaches only its own.
"""

from collections.abc import Iterable
from typing import Any

from handlers.core.challenges import SignUpChallenge
from handlers.core.places import KEPT_SECONDS, KnownPlaces
from handlers.core.sessions import Session
from handlers.core.users import Credential, Profile

Item = dict[str, dict[str, Any]]

PUBLISHED_KEYS: Item = {"pk": {"S": "keys"}, "sk": {"S": "published"}}


def owner_key(email: str) -> Item:
    """Of the address's ownership."""
    return {"pk": {"S": f"address#{email}"}, "sk": {"S": "owner"}}


def profile_key(user_id: str) -> Item:
    """Of the user."""
    return {"pk": {"S": f"user#{user_id}"}, "sk": {"S": "profile"}}


def sessions_partition(user_id: str) -> dict[str, str]:
    """Where all sessions of the user lie."""
    return {"S": f"sessions#{user_id}"}


def session_key(user_id: str, session_id: str) -> Item:
    """Of the session."""
    return {"pk": sessions_partition(user_id), "sk": {"S": f"session#{session_id}"}}


def credential_key(user_id: str) -> Item:
    """Of the password."""
    return {"pk": {"S": f"credential#{user_id}"}, "sk": {"S": "password"}}


def challenge_key(id_hash: str) -> Item:
    """Of the open sign-up."""
    return {"pk": {"S": f"challenge#{id_hash}"}, "sk": {"S": "signup"}}


def places_key(user_id: str) -> Item:
    """Of the places that the user has signed in from."""
    return {"pk": {"S": f"places#{user_id}"}, "sk": {"S": "known"}}


def from_places(places: KnownPlaces) -> Item:
    """The item of a user's places."""
    return {
        **places_key(places.user_id),
        "seen": {"M": {name: _number(at) for name, at in places.seen.items()}},
        "expires_at": _number(max(places.seen.values()) + KEPT_SECONDS),
    }


def to_places(user_id: str, item: Item | None) -> KnownPlaces:
    """The user's places; none without an item."""
    seen = item["seen"]["M"] if item else {}
    return KnownPlaces(user_id, {name: int(at["N"]) for name, at in seen.items()})


def to_profile(user_id: str, item: Item) -> Profile:
    """The user of a profile item."""
    second_factors, epoch = (int(item.get(name, {"N": "0"})["N"]) for name in ("second_factors", "epoch"))
    return Profile(user_id, item["email"]["S"], item["disabled"]["BOOL"], second_factors, epoch)


def to_credential(user_id: str, item: Item) -> Credential:
    """The credential of an item."""
    return Credential(user_id, item["password"]["B"])


def from_session(session: Session) -> Item:
    """The item of a session; `expires_at` is the table's TTL attribute."""
    return {
        **session_key(session.user_id, session.id),
        "family_hash": {"B": session.family_hash},
        "refresh_hash": {"B": session.refresh_hash},
        "previous_hash": {"B": session.previous_hash} if session.previous_hash else {"NULL": True},
        **({"successor": {"B": session.successor}} if session.successor else {}),
        "rotated_at": _number(session.rotated_at),
        "created_at": _number(session.created_at),
        "expires_at": _number(session.expires_at),
        "amr": strings(session.amr),
        "authenticated_at": _number(session.authenticated_at),
        "epoch": _number(session.epoch),
        **({"scope": {"S": session.scope}} if session.scope else {}),
    }


def to_session(user_id: str, item: Item) -> Session:
    """The session of an item."""
    return Session(
        user_id=user_id,
        id=item["sk"]["S"].removeprefix("session#"),
        family_hash=item["family_hash"]["B"],
        refresh_hash=item["refresh_hash"]["B"],
        previous_hash=item["previous_hash"].get("B"),
        successor=item.get("successor", {}).get("B"),
        rotated_at=int(item["rotated_at"]["N"]),
        created_at=int(item["created_at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
        amr=tuple(method["S"] for method in item["amr"]["L"]),
        authenticated_at=int(item.get("authenticated_at", item["created_at"])["N"]),
        epoch=int(item.get("epoch", {"N": "0"})["N"]),
        scope=item.get("scope", {}).get("S"),
    )


def strengthened(session: Session) -> dict[str, Any]:
    """The update of a session whose holder has shown again who they are."""
    return {
        "Key": session_key(session.user_id, session.id),
        "UpdateExpression": "SET amr = :amr, authenticated_at = :at",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":amr": strings(session.amr), ":at": _number(session.authenticated_at)},
    }


def moved_on(profile: Profile, session_id: str) -> dict[str, Any]:
    """The update of a session that goes along into the epoch after this profile's."""
    return {
        "Key": session_key(profile.user_id, session_id),
        "UpdateExpression": "SET epoch = :next",
        "ConditionExpression": "epoch = :seen",
        "ExpressionAttributeValues": {":next": _number(profile.epoch + 1), ":seen": _number(profile.epoch)},
    }


def new_epoch(user_id: str, seen: int | None = None) -> dict[str, Any]:
    """The update of a profile after which no session and no challenge of before is alive; in the epoch `seen` only."""
    condition, values = ("attribute_exists(pk)", {}) if seen is None else at_epoch(seen)
    return {
        "Key": profile_key(user_id),
        "UpdateExpression": "ADD epoch :one",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {":one": _number(1), **values},
    }


def at_epoch(epoch: int) -> tuple[str, dict[str, Any]]:
    """The condition, and its values, that a profile is in this epoch; it has none until the first change."""
    is_first = "attribute_not_exists(epoch) OR " if epoch == 0 else ""
    return f"attribute_exists(pk) AND ({is_first}epoch = :epoch)", {":epoch": _number(epoch)}


def from_challenge(challenge: SignUpChallenge) -> Item:
    """The item of an open sign-up."""
    return {
        **challenge_key(challenge.id_hash),
        "code_hash": {"B": challenge.code_hash},
        "email": {"S": challenge.email},
        "user_id": {"S": challenge.user_id},
        "password": {"B": challenge.password},
        "tries": _number(0),
        "expires_at": _number(challenge.expires_at),
    }


def to_challenge(id_hash: str, item: Item) -> SignUpChallenge:
    """The open sign-up of an item."""
    return SignUpChallenge(
        id_hash=id_hash,
        code_hash=item["code_hash"]["B"],
        email=item["email"]["S"],
        user_id=item["user_id"]["S"],
        password=item["password"]["B"],
        expires_at=int(item["expires_at"]["N"]),
        tries=int(item["tries"]["N"]),
    )


def new_user(user_id: str, email: str, password: bytes, now: int) -> tuple[Item, Item, Item]:
    """The three items of a new user: ownership, profile, credential."""
    owner = {**owner_key(email), "user_id": {"S": user_id}}
    profile = {
        **profile_key(user_id),
        "email": {"S": email},
        "disabled": {"BOOL": False},
        "created_at": _number(now),
    }
    credential = {**credential_key(user_id), "password": {"B": password}}
    return owner, profile, credential


def strings(values: Iterable[str]) -> dict[str, Any]:
    """A list of strings, in its order."""
    return {"L": [{"S": value} for value in values]}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
