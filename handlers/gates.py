"""What stands behind the gates, put together from the environment: for the handlers of factors and second gate."""

import json
import os
from functools import cache

from contract.limits import FactorLimits, SignInLimits
from handlers import env, factors
from handlers.core.mailing import Post
from handlers.core.ports import Mailer
from handlers.core.second_gate import Gates
from handlers.factors import email
from handlers.store.challenges import DynamoChallenges
from handlers.store.counters import DynamoCounters
from handlers.store.credentials import Pepper
from handlers.store.directory import DynamoDirectory
from handlers.store.factors import DynamoFactors
from handlers.store.mail import SesMailer
from handlers.store.vault import KmsFactorVault

VARIABLES = (
    "TABLE_NAME", "KEY_ARN", "FACTORS", "FACTOR_LIMITS", "SECOND_FACTOR", "DISPLAY_NAME", "PROVES_MAILBOX",
    "PEPPER_SECRET_ID",
)  # fmt: skip


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
        pepper=Pepper(variables["PEPPER_SECRET_ID"]),
        is_required=variables["SECOND_FACTOR"] == "required",
        proves_mailbox=variables["PROVES_MAILBOX"] == "true",
        mailer=mailer(),
    )


@cache
def post() -> Post | None:
    """What mail is sent with that somebody asks for; None on stacks that send none."""
    sender = mailer()
    if sender is None:
        return None
    limits = SignInLimits(**json.loads(env.load("SIGN_IN_LIMITS")["SIGN_IN_LIMITS"]))
    return Post(load().counters, sender, limits, load().pepper)


@cache
def mailer() -> Mailer | None:
    """Who sends codes and notices; nobody on stacks that do not confirm addresses."""
    sender = os.environ.get("MAIL_FROM")
    return SesMailer(sender) if sender else None
