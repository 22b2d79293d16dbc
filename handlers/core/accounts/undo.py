"""Mailed links, followed."""

from contract.events import SessionEnded
from handlers.core.accounts import address_change, links
from handlers.core.accounts.links import LinkPurpose
from handlers.core.services import Services
from handlers.errors import InvalidChallenge


def follow(services: Services, token: str) -> None:
    """Do what a mailed link is for; may be repeated. Raises `InvalidChallenge`, `Contended`."""
    user_id, hash_ = links.read(token)
    link = services.accounts.link(user_id, hash_)
    if link is None or link.expires_at <= services.now():
        raise InvalidChallenge
    if link.purpose is LinkPurpose.ADDRESS:
        address_change.undo(services, link)
        return
    services.directory.end_session(user_id, link.about)
    services.events.emit(SessionEnded("ended_from_mail", link.about), user_id)
