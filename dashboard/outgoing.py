"""Connections to other hosts that somebody's setting names: one check for all that leaves the application.

The host is looked up once, the addresses found are checked, and the connection goes to one of these, so that a name
cannot come to mean another machine in between (DNS rebinding). An address in a private network must be named itself.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

from analytics.errors import RequestError, SourceError

SILENCE_SECONDS = 20  # without any data, after which the server is given up
LONGEST_ADDRESS = 2000
TRANSLATED = ipaddress.ip_network("64:ff9b::/32")  # IPv6 for addresses of IPv4, also of private networks
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """An address that may be asked: where to connect to, and what to ask for."""

    scheme: str
    host: str
    port: int
    target: str  # path and query

    @property
    def shown(self) -> str:
        """Host and path, for messages: the rest may hold a key."""
        return f"{self.host}{urlsplit(self.target).path}"

    @property
    def named(self) -> str:
        """The host as settings name it: with a port where that is not the usual one."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"


def parsed(text: str) -> Address:
    """An http or https address without a name and password. RequestError for any other text; the host is not checked
    yet."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as fault:
        raise RequestError("This is no address.") from fault
    host = parts.hostname or ""
    if (
        len(text) > LONGEST_ADDRESS
        or parts.scheme not in PORTS
        or not host
        or not re.fullmatch(r"[!-~]+", text.strip())
    ):
        raise RequestError("An address begins with https:// or http://.")
    if parts.username is not None:
        raise RequestError("Addresses with a name and password are not used.")
    return Address(parts.scheme, host, port, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")


def connected(
    address: Address, private: Collection[str], trusted: ssl.SSLContext | None, setting: str
) -> HTTPConnection:
    """A connection to a machine of the host that may be reached: a public one, or one whose IP address is in `private`.

    `trusted`: whose certificates are believed; None: those that the system believes. `setting` names where `private` is
    written. SourceError where the host is in a private network; OSError where it cannot be reached.
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    allowed = [ip for ip in (str(where[0]) for *_, where in found) if ip in private or is_public(ip)]
    if not allowed:
        raise SourceError(
            "the host is in a private network.",
            where=address.shown,
            hint=f"Where that is meant, name its address in {setting} too.",
        )
    plain = socket.create_connection((allowed[0], address.port), timeout=SILENCE_SECONDS)
    if address.scheme == "http":
        connection = HTTPConnection(address.host, address.port, timeout=SILENCE_SECONDS)
        connection.sock = plain
        return connection
    trusted = trusted or ssl.create_default_context()
    secure = HTTPSConnection(address.host, address.port, timeout=SILENCE_SECONDS, context=trusted)
    try:
        secure.sock = trusted.wrap_socket(plain, server_hostname=address.host)
    except OSError:
        plain.close()
        raise
    return secure


def is_public(text: str) -> bool:
    """Whether an IP address is of the public internet: not of this machine, a private network or a cloud's metadata."""
    ip = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in TRANSLATED:
            return False
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved  # reserved: such as ::127.0.0.1
