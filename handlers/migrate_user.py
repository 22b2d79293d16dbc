"""Cognito's user-migration trigger: a user of the directory who signs in at the hosted pages for the first time.

The password is checked as at the API door, with the same counters. Whoever has a second factor is refused: the pool
would not ask for it. Nobody is migrated for having forgotten a password: a mailed code would stand in for it.

Source: Amazon Cognito Developer Guide, "Migrate user Lambda trigger".
"""

import time
from typing import Any

from handlers import door
from handlers.core import signin
from handlers.core.places import Place
from handlers.errors import AuthError, InvalidCredentials
from handlers.http import Event, cause, log

CHECK = door.password_check()
HOSTED_PAGES = Place("user pool", is_shared=True)
"""Cognito does not say where its page was opened: for the limits, all of them are one unknown place."""


class NotMigrated(Exception):
    """What Cognito gets to see; the person at the page reads that name or password are wrong."""


def handler(event: Event, context: Any) -> Event:
    """See the module."""
    if event.get("triggerSource") == "UserMigration_ForgotPassword":
        return event  # without attributes: nobody of this name is known here
    started = time.perf_counter()
    try:
        email = _email(event)
    except AuthError as error:
        log("migrate user", error.status, error.code, started, context)
        raise NotMigrated(str(error)) from None
    except Exception as error:  # noqa: BLE001 the boundary
        log("migrate user", 500, cause(error), started, context)
        raise NotMigrated("The user cannot be migrated now.") from None
    log("migrate user", 200, "ok", started, context)
    event["response"] = {
        "userAttributes": {"email": email, "email_verified": "true"},
        "finalUserStatus": "CONFIRMED",
        "messageAction": "SUPPRESS",
    }
    return event


def _email(event: Event) -> str:
    if event["triggerSource"] != "UserMigration_Authentication":
        raise InvalidCredentials
    name, password = event["userName"], event["request"]["password"]
    return signin.check_without_factor(CHECK, name, password, HOSTED_PAGES, int(time.time()))
