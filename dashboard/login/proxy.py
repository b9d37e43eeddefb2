"""Signing in by a proxy in front, which authenticates and names the person in headers (oauth2-proxy, Authelia …).

The headers are believed only from the addresses in STORESIGHT_LOGIN_FROM, of the machine that is connected itself:
anybody else could write them. There is no session here: each request carries who it comes from.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence

from flask import request

from dashboard.company.sessions import Session
from dashboard.settings import Settings

LONGEST = 200
MOST_GROUPS = 500

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def finder(settings: Settings) -> Callable[[], Session | None]:
    """What finds the person of a request: None where the proxy did not send it, or named nobody."""
    networks = tuple(ipaddress.ip_network(text) for text in settings.login_from)

    def find() -> Session | None:
        name = request.headers.get(settings.proxy_user, "").strip()
        if not name or len(name) > LONGEST or not trusted(peer(), networks):
            return None
        groups = [g.strip() for g in request.headers.get(settings.proxy_groups, "").split(",")]
        known = tuple(dict.fromkeys(g for g in groups if g and len(g) <= LONGEST))
        return None if len(known) > MOST_GROUPS else Session("", name, name, known, "proxy")

    return find


def trusted(peer: str, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks if network.version == address.version)


def peer() -> str:
    """The address of the machine that is connected, whatever headers say of others before it."""
    original = request.environ.get("werkzeug.proxy_fix.orig", {})
    return str(original.get("REMOTE_ADDR") or request.environ.get("REMOTE_ADDR") or "")
