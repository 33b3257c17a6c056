"""Which addresses news may be sent to: whole URLs by their parts, and network addresses by where they lead. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from programs.errors import WebhookAddressRefused

# Where one address hides another, besides the mapped and tunnelled forms that the standard library knows.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def check_url(url: str, *, ports: Collection[int], is_plain_allowed: bool = False) -> tuple[str, str, int, str]:
    """(scheme, host, port, path with query) of an address that news may be sent to.

    Raises WebhookAddressRefused. `is_plain_allowed` lets http and any port pass, for tests and development.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise WebhookAddressRefused(why="not an address") from error
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise WebhookAddressRefused(why="not an address")
    if parts.scheme != "https" and not (is_plain_allowed and parts.scheme == "http"):
        raise WebhookAddressRefused(why="it must begin with https://")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookAddressRefused(why="not an address")
    if port not in ports and not is_plain_allowed:
        raise WebhookAddressRefused(why=f"port {port}")
    path = parts.path or "/"
    return parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path


def is_public(address: str) -> bool:
    """Whether a network address leads out into the internet, whichever way it is written."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and (found in _NAT64 or found in _COMPATIBLE):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_loopback or found.is_link_local or found.is_unspecified
    )
