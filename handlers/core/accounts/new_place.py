"""The notice of a sign-in with an unknown device from an unknown network, with a link that ends the session."""

from contract.table import MAIL_COUNTERS
from handlers.core.accounts import links
from handlers.core.accounts.links import LinkPurpose
from handlers.core.limits.counters import daily
from handlers.core.mails.letter import Mail, language_for
from handlers.core.services import Services
from handlers.core.timestamps import moment
from handlers.errors import TooMany


def notify(services: Services, user_id: str, session_id: str) -> None:
    """Tell the owner, unless the session is over or the day's notices are used up. Raises `MailUnavailable`."""
    live = services.directory.live_session(user_id, session_id)
    if live is None or services.mailer is None:
        return
    profile, session = live
    now, most = services.now(), services.sign_in_limits.notices_of_new_places_per_day
    try:
        services.counters.consume([daily(f"{MAIL_COUNTERS}places:{user_id}", 1, most, now)], now)
    except TooMany:
        return
    token, link = links.make(services.pepper(), user_id, LinkPurpose.SESSION, session_id, session.created_at)
    services.accounts.add_link(link)
    facts = {"at": moment(session.created_at), "device": session.device, "network": session.network}
    values = {**facts, "url": f"{services.site_url}/undo#{token}"}
    services.mailer.send(profile.email, Mail("new_place", language_for(profile.details.locale), values))
