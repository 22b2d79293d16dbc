"""The data of one user in orders, for the directory: {action: export, iss, sub} → orders; {action: erase, iss, sub}.

Invoked by the functions that export and delete accounts. Both actions may be repeated.
"""

import time
from dataclasses import asdict
from typing import Any

from handlers.adapters.http import Event, log
from handlers.core.orders import rules
from handlers.functions.orders.orders_context import STORE

LABEL = "orders data"


def handler(event: Event, context: Any) -> list[dict[str, Any]]:
    """Return or delete the orders of a user."""
    started = time.perf_counter()
    owner = rules.owner_of(event["iss"], event["sub"])
    if event["action"] == "export":
        found = [{name: value for name, value in asdict(one).items() if name != "owner"} for one in STORE.all_of(owner)]
    else:
        STORE.erase(owner)
        found = []
    log(LABEL, 200, event["action"], started, context)
    return found
