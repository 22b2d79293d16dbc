"""The shares of the day's budgets of mail and messages that are used, logged every 15 minutes for CloudWatch."""

import json

from handlers import services
from handlers.adapters.http import task
from handlers.core.limits import shares

SERVICES = services.load("counters", "sign_in_limits", "factor_limits")


def measure(_: str) -> None:
    """Log each share as a line of its own."""
    for metric, percent in shares.of_day(SERVICES).items():
        print(json.dumps({"metric": metric, "value": percent}), flush=True)


handler = task({"measure": measure})
