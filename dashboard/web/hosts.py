"""Which names the server answers to.

A page of another site can make a browser send requests here under a name of its own, which it lets point to this
machine (DNS rebinding). Such a name is refused. An IP address or localhost cannot be made to point elsewhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_

_EXTENSION = "storesight.trusted_host"
ALWAYS = ("/healthz",)  # a probe may use any name


def install(server: Flask, names: Sequence[str], proxies: int) -> None:
    """Answer 400 to a request for another host than `names` (`.example.com` stands for its subdomains too), localhost
    and IP addresses. Without `names`, a server behind `proxies` answers to whatever name the router in front knows."""

    def trusted(host: str) -> bool:
        return local(host) or any(host == n.lstrip(".") or (n[0] == "." and host.endswith(n)) for n in names)

    server.extensions[_EXTENSION] = trusted
    if not names and proxies:
        return

    @server.before_request
    def _check() -> None:
        host = hostname(request.host)
        if not trusted(host) and request.path not in ALWAYS:
            raise RequestError(
                N_("this server does not answer to the name {host}.", host=repr(host[:100])),
                where="Host",
                hint=N_("Name it in STORESIGHT_HOSTS."),
            )


def trusted_base() -> str:
    """`https://shop.example.com` of the request where that name is trusted; "" where it is not: such a name must not
    stand in a file."""
    trusted: Callable[[str], bool] = current_app.extensions.get(_EXTENSION, local)
    return request.host_url.rstrip("/") if trusted(hostname(request.host)) else ""


def check_origin() -> None:
    """NotAllowed for a request that a page of another site sent, or that says nothing about where it comes from."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        same = site == "same-origin"
    else:
        same = origin is not None and urlsplit(origin)[:2] == (request.scheme, request.host)
    if not same:
        raise NotAllowed(N_("this request did not come from a page of Storesight."), hint=N_("Load the page again."))


def hostname(host: str) -> str:
    """`Shop.example.com:8050` → `shop.example.com`, `[::1]:8050` → `::1`; "" for what is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def local(host: str) -> bool:
    """Whether this is localhost or an IP address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
