"""A file from its http or https address, for whoever may add data: only from hosts that the owner's settings name.

The connection is made as dashboard/outgoing.py says. Redirections are followed within the host only. Size, time and
silence are bounded.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from analytics.errors import RequestError, SourceError, TooLarge
from analytics.language import N_
from dashboard.outgoing import Address, connected, parsed
from dashboard.uploads.folder import safe_name

LONGEST_SECONDS = 300  # for the whole file
MOST_REDIRECTIONS = 3
CHUNK = 1 << 18  # bytes


def checked(text: str, hosts: Collection[str]) -> Address:
    """An address of one of the hosts, each with a port where it is not the usual one. RequestError for any other."""
    address = parsed(text)
    if address.named not in hosts:
        raise RequestError(
            N_("files may not be fetched from {host}.", host=address.named[:80]),
            hint=N_("Ask an administrator to add it to STORESIGHT_UPLOAD_HOSTS."),
        )
    return address


def file_name(address: Address) -> str:
    """The name of the file behind an address, by its path; one without a known ending is taken as CSV."""
    last = unquote(urlsplit(address.target).path).rpartition("/")[2]
    try:
        return safe_name(last)
    except RequestError:
        return safe_name(f"{last or 'file'}.csv")


def fetch(
    text: str,
    hosts: Collection[str],
    path: Path,
    most_bytes: int,
    trusted: ssl.SSLContext | None = None,
    told: Callable[[int], None] = lambda size: None,
) -> int:
    """Write what is behind an address to a file; how many bytes it has, which `told` is called with about once a second
    meanwhile. TooLarge, SourceError and RequestError say why not; a part of a file may then be left."""
    ends = time.monotonic() + LONGEST_SECONDS
    address = checked(text, hosts)
    for _ in range(MOST_REDIRECTIONS + 1):
        with _answer(address, hosts, trusted or ssl.create_default_context()) as answer:
            if answer.status not in (301, 302, 303, 307, 308):
                return _saved(answer, address, path, most_bytes, ends, told)
            to = urljoin(
                f"{address.scheme}://{address.host}:{address.port}{address.target}", answer.headers["Location"]
            )
        following = checked(to, {address.host, f"{address.host}:{address.port}"} & set(hosts))
        if following.scheme != address.scheme:
            raise SourceError(N_("the address redirects to another protocol."), where=address.shown)
        address = following
    raise SourceError(N_("the address redirects too often."), where=address.shown)


@contextmanager
def _answer(address: Address, hosts: Collection[str], trusted: ssl.SSLContext) -> Iterator[HTTPResponse]:
    try:
        connection = connected(address, hosts, trusted, "STORESIGHT_UPLOAD_HOSTS")
        try:
            connection.request(
                "GET", address.target, headers={"Accept-Encoding": "identity", "User-Agent": "Storesight"}
            )
            yield connection.getresponse()
        finally:
            connection.close()
    except (OSError, HTTPException) as fault:
        raise SourceError(
            N_("the file cannot be fetched: {reason}.", reason=str(fault)[:200]),
            where=address.shown,
            hint=N_("Check the address and the server."),
        ) from fault


def _saved(
    answer: HTTPResponse, address: Address, path: Path, most_bytes: int, ends: float, told: Callable[[int], None]
) -> int:
    """Write the body of an answer; its size."""
    if answer.status != 200:
        raise SourceError(
            N_("the server answers {answer}.", answer=f"{answer.status} {answer.reason[:80]}"), where=address.shown
        )
    if answer.headers.get_content_type() == "text/html":
        raise SourceError(
            N_("this is the address of a web page, not of a file."),
            where=address.shown,
            hint=N_("Use the address of the file itself."),
        )
    declared = answer.headers.get("Content-Length", "")
    size, next_told = 0, time.monotonic() + 1
    with path.open("wb") as file:
        while chunk := answer.read1(CHUNK):
            size += len(chunk)
            if size > most_bytes:
                raise TooLarge(
                    N_("the file has more than {most} MB.", most=most_bytes // 2**20),
                    where=address.shown,
                    hint=N_("Ask an administrator to raise STORESIGHT_UPLOAD_MB."),
                )
            if time.monotonic() > ends:
                raise SourceError(
                    N_("the file takes longer than {minutes:minute|minutes}.", minutes=LONGEST_SECONDS // 60),
                    where=address.shown,
                )
            file.write(chunk)
            if time.monotonic() > next_told:
                next_told = time.monotonic() + 1
                told(size)
    if declared.isdecimal() and size != int(declared):
        raise SourceError(
            N_("the file is incomplete: {size} of {whole} bytes arrived.", size=size, whole=int(declared)),
            where=address.shown,
        )
    if not size:
        raise SourceError(N_("the file is empty."), where=address.shown)
    return size
