"""What bounds guesses and mail, made once from the environment: all parts of a function fetch the pepper once."""

import json
import os
from functools import cache

from contract.limits import SignInLimits
from handlers import env
from handlers.core.mailing import Post
from handlers.core.ports import Mailer
from handlers.store.counters import DynamoCounters
from handlers.store.credentials import Pepper
from handlers.store.mail import SesMailer


@cache
def limits() -> SignInLimits:
    """Of passwords, sign-up codes and mail."""
    return SignInLimits(**json.loads(env.load("SIGN_IN_LIMITS")["SIGN_IN_LIMITS"]))


@cache
def pepper() -> Pepper:
    """The key of pseudonyms; nothing is called yet."""
    return Pepper(env.load("PEPPER_SECRET_ID")["PEPPER_SECRET_ID"])


@cache
def mailer() -> Mailer | None:
    """Who sends codes and notices; nobody on stacks that do not confirm addresses."""
    sender = os.environ.get("MAIL_FROM")
    return SesMailer(sender) if sender else None


@cache
def post() -> Post | None:
    """What mail is sent with that somebody asks for; None on stacks that send none."""
    sender = mailer()
    if sender is None:
        return None
    return Post(DynamoCounters(env.load("TABLE_NAME")["TABLE_NAME"]), sender, limits(), pepper())
