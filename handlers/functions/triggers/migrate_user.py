"""Cognito's user-migration trigger: a user of the directory who signs in at the hosted pages for the first time.

The password is checked as by `POST /signin`, with the same counters. A user with a second factor is refused, because
the pool would not ask for it. A forgotten password migrates nobody, because a mailed code would replace the password.

Source: Amazon Cognito Developer Guide, "Migrate user Lambda trigger".
"""

import time
from typing import Any

from handlers import services
from handlers.adapters.http import Event, cause, log
from handlers.core.accounts import password_check
from handlers.core.limits.places import Place
from handlers.errors import ApiError, InvalidCredentials
from handlers.store.event_origin import Origin, origin

SERVICES = services.load(
    "events", "directory", "password_cipher", "counters", "sign_in_limits", "pepper", "mailer", "migration"
)
HOSTED_PAGES = Place("user pool", is_shared=True)
"""Cognito does not say where its page was opened, so that for the limits all pages are one unknown place."""


class NotMigrated(Exception):
    """The answer to Cognito, whose page says that name or password are wrong."""


def handler(event: Event, context: Any) -> Event:
    """Answer a sign-in of an unknown user at the pool, and leave one line in the log."""
    if event.get("triggerSource") == "UserMigration_ForgotPassword":
        return event  # without attributes, which means that the user is unknown
    started = time.perf_counter()
    origin.set(Origin(getattr(context, "aws_request_id", None)))
    try:
        email = _email(event)
    except ApiError as error:
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
    return password_check.check_single_factor(SERVICES, name, password, HOSTED_PAGES)
