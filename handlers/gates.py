"""What stands behind the gates, put together from the environment: for the handlers of factors and second gate."""

import json
import os
from functools import cache

from contract.limits import FactorLimits
from handlers import env, factors
from handlers.core.ports import Mailer
from handlers.core.second_gate import Gates
from handlers.store.challenges import DynamoChallenges
from handlers.store.counters import DynamoCounters
from handlers.store.directory import DynamoDirectory
from handlers.store.factors import DynamoFactors
from handlers.store.mail import SesMailer
from handlers.store.vault import KmsFactorVault

VARIABLES = ("TABLE_NAME", "KEY_ARN", "FACTORS", "FACTOR_LIMITS", "SECOND_FACTOR", "DISPLAY_NAME")


@cache
def load() -> Gates:
    """Read the environment; nothing is called yet."""
    variables = env.load(*VARIABLES)
    table = variables["TABLE_NAME"]
    limits = FactorLimits(**json.loads(variables["FACTOR_LIMITS"]))
    kept, counters = DynamoFactors(table), DynamoCounters(table)
    tools = factors.Tools(KmsFactorVault(variables["KEY_ARN"]), kept, counters, limits, variables["DISPLAY_NAME"])
    return Gates(
        directory=DynamoDirectory(table),
        factors=kept,
        challenges=DynamoChallenges(table),
        counters=counters,
        kinds=factors.load(json.loads(variables["FACTORS"]), tools),
        limits=limits,
        is_required=variables["SECOND_FACTOR"] == "required",
    )


@cache
def mailer() -> Mailer | None:
    """Who sends codes and notices; nobody on stacks that do not confirm addresses."""
    sender = os.environ.get("MAIL_FROM")
    return SesMailer(sender) if sender else None
