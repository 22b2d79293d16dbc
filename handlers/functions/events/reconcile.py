"""The reconciler: invoked once a day. It finds and mends what a crash can have left, and counts it in events."""

import json
import time
from typing import Any

from handlers import services
from handlers.adapters.http import Event, cause, log
from handlers.core.accounts import reconciliation
from handlers.store.event_origin import Origin, origin

SERVICES = services.load("events", "accounts", "factor_types")
ACTOR = "sallyport:reconciler"
LABEL = "reconcile"


class NotReconciled(Exception):
    """A run that has not come to its end; the log line says why."""


def handler(_: Event, context: Any) -> dict[str, int]:
    """Mend what is to be mended; return how many of each kind."""
    started = time.perf_counter()
    origin.set(Origin(getattr(context, "aws_request_id", None), actor=ACTOR))
    try:
        mended = dict(reconciliation.run(SERVICES))
    except Exception as error:  # noqa: BLE001 the boundary
        log(LABEL, 500, cause(error), started, context)
        raise NotReconciled from None
    log(LABEL, 200, json.dumps(mended), started, context)
    return mended
