"""Places: where a request comes from, and from where a user has signed in before.

What strangers do must not use up what the owner of an account needs, so limits for places that are known to an account
are kept apart from those for everybody else. A place is a network source, and a device if it presents its cookie.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DEVICE = re.compile("[A-Za-z0-9_-]{43}")  # 256 bits
KEPT = 20  # of one user: sources and devices
KEPT_SECONDS = 400 * 86400  # after the last sign-in: longer than a device's cookie
RENEWED_SECONDS = 86400  # a place is written down again when it was last used so long ago
IPV6_NETWORK = 64  # bits, of which one household has all


@dataclass(frozen=True)
class Place:
    """The caller's network address, and the secret of its device; empty if it has none."""

    source: str
    device: str = ""
    is_shared: bool = False
    """Whether everybody comes from there, so that it stands for no one source."""

    @property
    def network(self) -> str:
        """The address, or of IPv6 the network that one household has."""
        try:
            address = ipaddress.ip_address(self.source)
        except ValueError:
            return self.source
        if address.version == 4:
            return str(address)
        return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))


@dataclass(frozen=True)
class KnownPlaces:
    """Pseudonym of each place that a user has signed in from → when it was last, in Unix seconds."""

    user_id: str
    seen: Mapping[str, int] = field(default_factory=dict)


def pseudonym(pepper: bytes, *parts: str) -> str:
    """What stands for these in the table: keyed, so that who reads it cannot try all addresses."""
    return hmac.digest(pepper, "\0".join(parts).encode(), "sha256").hex()[:32]


def known_device(known: KnownPlaces, pepper: bytes, place: Place) -> str | None:
    """The pseudonym by which the user's places hold this device."""
    name = _device(known.user_id, pepper, place)
    return name if place.device and name in known.seen else None


def known_source(known: KnownPlaces, pepper: bytes, place: Place) -> str | None:
    """The pseudonym by which the user's places hold this network source, which others may share."""
    name = _source(known.user_id, pepper, place)
    return name if name in known.seen else None


def after_sign_in(known: KnownPlaces, pepper: bytes, place: Place, now: int) -> KnownPlaces | None:
    """The user's places with this one, the longest unused left out; None if there is nothing to write."""
    names = _names(known.user_id, pepper, place)
    if all(now - known.seen.get(name, 0) < RENEWED_SECONDS for name in names):
        return None
    seen = {**known.seen, **dict.fromkeys(names, now)}
    newest = sorted(seen, key=lambda name: seen[name], reverse=True)[:KEPT]
    return KnownPlaces(known.user_id, {name: seen[name] for name in newest})


def _names(user_id: str, pepper: bytes, place: Place) -> list[str]:
    """Each means one user alone: two who share a place cannot be told from the table."""
    names = [_source(user_id, pepper, place)]
    return [*names, _device(user_id, pepper, place)] if place.device else names


def _source(user_id: str, pepper: bytes, place: Place) -> str:
    return pseudonym(pepper, "source", user_id, place.network)


def _device(user_id: str, pepper: bytes, place: Place) -> str:
    return pseudonym(pepper, "device", user_id, place.device)
