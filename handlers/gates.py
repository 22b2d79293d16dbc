"""What stands behind the gates, put together from the environment: for the handlers of factors and second gate."""

import json
from functools import cache

from contract.limits import FactorLimits
from handlers import env, factors, shared
from handlers.core.second_gate import Gates
from handlers.factors import email
from handlers.store.challenges import DynamoChallenges
from handlers.store.counters import DynamoCounters
from handlers.store.directory import DynamoDirectory
from handlers.store.factors import DynamoFactors
from handlers.store.vault import KmsFactorVault

VARIABLES = ("TABLE_NAME", "KEY_ARN", "FACTORS", "FACTOR_LIMITS", "SECOND_FACTOR", "DISPLAY_NAME", "PROVES_MAILBOX")


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
        mailbox=email.make({}, tools),
        limits=limits,
        pepper=shared.pepper(),
        is_required=variables["SECOND_FACTOR"] == "required",
        proves_mailbox=variables["PROVES_MAILBOX"] == "true",
        mailer=shared.mailer(),
    )
