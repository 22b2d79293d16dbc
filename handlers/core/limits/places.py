"""Places: the origin of a request, and the places from which a user has signed in.

Strangers must not use up what the owner of an account needs, so places that an account knows have limits of their own.
A place is a network source, and a device if it presents its cookie.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.core.limits import user_agents

DEVICE = re.compile("[A-Za-z0-9_-]{43}")  # 256 bits
KEPT = 20  # of one user: sources and devices
KEPT_SECONDS = 400 * 86400  # after the last sign-in: longer than a device's cookie
RENEWED_SECONDS = 86400  # a place is stored again when its last use was so long ago
IPV6_NETWORK = 64  # bits; one household has the whole network
COARSE_BITS = {4: 24, 6: 48}  # of a network that is shown or logged: not of one household


@dataclass(frozen=True)
class Place:
    """The caller's network address, and the secret of its device; empty if it has none."""

    source: str
    device: str = ""
    is_shared: bool = False
    """True if all callers share the address, so that it identifies no source."""
    agent: str = ""
    """The `User-Agent` header."""
    language: str = ""
    """The `Accept-Language` header."""

    @property
    def network(self) -> str:
        """Return the IPv4 address, or the IPv6 /64 network, which one household has."""
        try:
            address = ipaddress.ip_address(self.source)
        except ValueError:
            return self.source
        if address.version == 4:
            return str(address)
        return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))

    @property
    def coarse(self) -> str:
        """Return a network of many households, such as `192.0.2.0/24`; empty if there is no address."""
        return coarse_network(self.source)

    @property
    def device_name(self) -> str:
        """Return a short name of the device, such as `Firefox on Linux`."""
        return user_agents.device_name(self.agent)


@dataclass(frozen=True)
class KnownPlaces:
    """The pseudonym of each place that a user has signed in from → the last time, in Unix seconds."""

    user_id: str
    seen: Mapping[str, int] = field(default_factory=dict)


def coarse_network(source: str) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) network of an address; empty if the text is no address."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((address, COARSE_BITS[address.version]), strict=False))


def pseudonym(pepper: bytes, *parts: str) -> str:
    """Return the keyed hash of these values for the table, whose readers then cannot try addresses."""
    return hmac.digest(pepper, "\0".join(parts).encode(), "sha256").hex()[:32]


def known_device(known: KnownPlaces, pepper: bytes, place: Place) -> str | None:
    """Return the pseudonym of this device if the user has signed in with it."""
    name = _device(known.user_id, pepper, place)
    return name if place.device and name in known.seen else None


def known_source(known: KnownPlaces, pepper: bytes, place: Place) -> str | None:
    """Return the pseudonym of this network source, which others may share, if the user has signed in from it."""
    name = _source(known.user_id, pepper, place)
    return name if name in known.seen else None


def is_new(known: KnownPlaces, pepper: bytes, place: Place) -> bool:
    """Return whether the user has neither signed in nor signed up with this device or from this network."""
    return not (known_device(known, pepper, place) or known_source(known, pepper, place))


def after_sign_in(known: KnownPlaces, pepper: bytes, place: Place, now: int) -> KnownPlaces | None:
    """Return the user's places with this one and without the least recently used; None if nothing has changed."""
    names = _names(known.user_id, pepper, place)
    if all(now - known.seen.get(name, 0) < RENEWED_SECONDS for name in names):
        return None
    seen = {**known.seen, **dict.fromkeys(names, now)}
    newest = sorted(seen, key=lambda name: seen[name], reverse=True)[:KEPT]
    return KnownPlaces(known.user_id, {name: seen[name] for name in newest})


def _names(user_id: str, pepper: bytes, place: Place) -> list[str]:
    """Return pseudonyms of this user alone: two users who share a place have nothing in common in the table."""
    names = [_source(user_id, pepper, place)]
    return [*names, _device(user_id, pepper, place)] if place.device else names


def _source(user_id: str, pepper: bytes, place: Place) -> str:
    return pseudonym(pepper, "source", user_id, place.network)


def _device(user_id: str, pepper: bytes, place: Place) -> str:
    return pseudonym(pepper, "device", user_id, place.device)
