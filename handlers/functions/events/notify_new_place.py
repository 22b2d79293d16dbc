"""The notice of a sign-in from a new place, invoked by the event of the sign-in. A failure is tried again by Lambda."""

import time
from typing import Any

from handlers import services
from handlers.adapters.http import Event, cause, log
from handlers.core.accounts import new_place

SERVICES = services.load("directory", "accounts", "counters", "sign_in_limits", "pepper", "mailer", "site_url")
LABEL = "notify new place"


class NotNotified(Exception):
    """A notice that could not be sent; the log line says why."""


def handler(event: Event, context: Any) -> None:
    """Tell the user of the event, and leave one line in the log."""
    started = time.perf_counter()
    detail = event["detail"]
    try:
        new_place.notify(SERVICES, detail["subject"], detail["data"]["session_id"])
    except Exception as error:  # noqa: BLE001 the boundary
        log(LABEL, 500, cause(error), started, context)
        raise NotNotified from None
    log(LABEL, 200, "ok", started, context)
