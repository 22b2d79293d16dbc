"""Breached passwords, where the stack asks for them."""

import os

from handlers.core.ports import Breaches
from handlers.store.breaches import PwnedPasswords


def load() -> Breaches | None:
    """Who knows of breaches; nobody unless the stack is configured so."""
    url = os.environ.get("BREACHED_PASSWORDS_URL")
    return PwnedPasswords(url) if url else None
