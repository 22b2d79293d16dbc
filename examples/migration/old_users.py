"""A migration function: tells Sallyport whether another system knows an address with this password.

Event: {version: "1", email, password}; the address in lower case, the password as it was typed. Answers null, for every
reason alike, or the user: {email_verified, id?, totp?, roles?, created_at?, name?, locale?, picture?, attributes?}.

This one reads a DynamoDB table, `OLD_USERS_TABLE`, whose items have `email`, `salt`, `hash` (PBKDF2-SHA256, 600,000
rounds), `verified` and `name`. An unknown address costs the same hash as a known one.
"""

import hashlib
import hmac
import os
from typing import Any

import boto3

ROUNDS = 600_000
USERS = boto3.resource("dynamodb").Table(os.environ["OLD_USERS_TABLE"])
NOBODY = {"salt": bytes(16), "hash": bytes(32)}


def handler(event: dict[str, Any], context: object) -> dict[str, Any] | None:
    """Return the user of this address and password."""
    found = USERS.get_item(Key={"email": event["email"]}).get("Item")
    user = found or NOBODY
    derived = hashlib.pbkdf2_hmac("sha256", event["password"].encode(), bytes(user["salt"]), ROUNDS)
    is_right = hmac.compare_digest(derived, bytes(user["hash"]))
    if found is None or not is_right:
        return None
    return {"email_verified": bool(found["verified"]), "name": found["name"]}
