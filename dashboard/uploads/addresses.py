"""A file from its http or https address, for whoever may add data: only from hosts that the owner's settings name.

The host is looked up once, the addresses found are checked, and the connection goes to one of these, so that a name
cannot come to mean another machine in between. An address in a private network must be named itself. Redirections are
followed within the host only. Size, time and silence are bounded.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from analytics.errors import RequestError, SourceError, TooLarge
from dashboard.uploads.folder import safe_name

SILENCE_SECONDS = 20  # without any data, after which the server is given up
LONGEST_SECONDS = 300  # for the whole file
MOST_REDIRECTIONS = 3
LONGEST_ADDRESS = 2000
CHUNK = 1 << 18  # bytes
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """An address that may be read: where to connect to, and what to ask for."""

    scheme: str
    host: str
    port: int
    target: str  # path and query

    @property
    def shown(self) -> str:
        """Host and path, for messages: the rest may hold a key."""
        return f"{self.host}{urlsplit(self.target).path}"


def checked(text: str, hosts: Collection[str]) -> Address:
    """An address of one of the hosts, each with a port where it is not the usual one. RequestError for any other."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as fault:
        raise RequestError("This is no address of a file.") from fault
    host = parts.hostname or ""
    if (
        len(text) > LONGEST_ADDRESS
        or parts.scheme not in PORTS
        or not host
        or not re.fullmatch(r"[!-~]+", text.strip())
    ):
        raise RequestError("The address of a file begins with https:// or http://.")
    if parts.username is not None:
        raise RequestError("Addresses with a name and password are not read.")
    named = host if port == PORTS[parts.scheme] else f"{host}:{port}"
    if named not in hosts:
        raise RequestError(
            f"Files are not fetched from {named[:80]}.", hint="The setting STORESIGHT_UPLOAD_HOSTS names the hosts."
        )
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Address(parts.scheme, host, port, target)


def file_name(address: Address) -> str:
    """The name of the file behind an address, by its path; one without a known ending is taken as CSV."""
    last = unquote(urlsplit(address.target).path).rpartition("/")[2]
    try:
        return safe_name(last)
    except RequestError:
        return safe_name(f"{last or 'file'}.csv")


def fetch(text: str, hosts: Collection[str], path: Path, most_bytes: int, trusted: ssl.SSLContext | None = None) -> int:
    """Write what is behind an address to a file; how many bytes it has. TooLarge, SourceError and RequestError say why
    not; a part of a file may then be left."""
    ends = time.monotonic() + LONGEST_SECONDS
    address = checked(text, hosts)
    for _ in range(MOST_REDIRECTIONS + 1):
        with _answer(address, hosts, trusted or ssl.create_default_context()) as answer:
            if answer.status not in (301, 302, 303, 307, 308):
                return _saved(answer, address, path, most_bytes, ends)
            to = urljoin(
                f"{address.scheme}://{address.host}:{address.port}{address.target}", answer.headers["Location"]
            )
        following = checked(to, {address.host, f"{address.host}:{address.port}"} & set(hosts))
        if following.scheme != address.scheme:
            raise SourceError("the address redirects to another protocol.", where=address.shown)
        address = following
    raise SourceError("the address redirects again and again.", where=address.shown)


@contextmanager
def _answer(address: Address, hosts: Collection[str], trusted: ssl.SSLContext) -> Iterator[HTTPResponse]:
    try:
        connection = _connection(address, hosts, trusted)
        try:
            connection.request(
                "GET", address.target, headers={"Accept-Encoding": "identity", "User-Agent": "Storesight"}
            )
            yield connection.getresponse()
        finally:
            connection.close()
    except (OSError, HTTPException) as fault:
        raise SourceError(
            f"cannot be fetched: {str(fault)[:200]}.", where=address.shown, hint="Check the address and the server."
        ) from fault


def _connection(address: Address, hosts: Collection[str], trusted: ssl.SSLContext) -> HTTPConnection:
    """A connection to an address of the host that was checked."""
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    allowed = [ip for ip in (str(where[0]) for *_, where in found) if ip in hosts or _is_public(ip)]
    if not allowed:
        raise SourceError(
            "the host is in a private network.",
            where=address.shown,
            hint="Where that is meant, name its address in STORESIGHT_UPLOAD_HOSTS too.",
        )
    plain = socket.create_connection((allowed[0], address.port), timeout=SILENCE_SECONDS)
    if address.scheme == "http":
        connection = HTTPConnection(address.host, address.port, timeout=SILENCE_SECONDS)
        connection.sock = plain
        return connection
    secure = HTTPSConnection(address.host, address.port, timeout=SILENCE_SECONDS, context=trusted)
    try:
        secure.sock = trusted.wrap_socket(plain, server_hostname=address.host)
    except OSError:
        plain.close()
        raise
    return secure


def _is_public(text: str) -> bool:
    ip = ipaddress.ip_address(text.partition("%")[0])
    inside = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (inside or ip).is_global


def _saved(answer: HTTPResponse, address: Address, path: Path, most_bytes: int, ends: float) -> int:
    """Write the body of an answer; its size."""
    if answer.status != 200:
        raise SourceError(f"the server answers {answer.status} {answer.reason[:80]}.", where=address.shown)
    if answer.headers.get_content_type() == "text/html":
        raise SourceError(
            "there is a web page, not a file.", where=address.shown, hint="Use the address of the file itself."
        )
    declared = answer.headers.get("Content-Length", "")
    size = 0
    with path.open("wb") as file:
        while chunk := answer.read1(CHUNK):
            size += len(chunk)
            if size > most_bytes:
                raise TooLarge(
                    f"the file has more than {most_bytes // 2**20:,} MB.",
                    where=address.shown,
                    hint="Raise STORESIGHT_UPLOAD_MB.",
                )
            if time.monotonic() > ends:
                raise SourceError(f"the file takes longer than {LONGEST_SECONDS // 60} minutes.", where=address.shown)
            file.write(chunk)
    if declared.isdecimal() and size != int(declared):
        raise SourceError(f"the file was cut: {size:,} of {int(declared):,} bytes came.", where=address.shown)
    if not size:
        raise SourceError("the file is empty.", where=address.shown)
    return size
