"""How much of the day's budgets is used: for alarms, before callers are refused."""

from collections.abc import Mapping

from contract import metrics
from handlers.core.limits import mail, messages
from handlers.core.limits.counters import Consume
from handlers.core.ports import Counters
from handlers.core.services import Services


def of_day(services: Services) -> Mapping[str, float]:
    """Return metric → percent. Of a limit of 0 nothing can be used."""
    now = services.now()
    mails = [one(services.sign_in_limits, now) for one in (mail.for_known, mail.for_unknown)]
    spend = messages.for_spend(services.factor_limits, now)
    return {
        metrics.MAIL_SHARE: max(_percent(services.counters, one) for one in mails),
        metrics.MESSAGE_SHARE: _percent(services.counters, spend),
    }


def _percent(counters: Counters, budget: Consume) -> float:
    used, _ = counters.read(budget.counter)
    return round(100 * used / budget.most, 1) if budget.most else 0.0
