"""Which data set opens first in a browser: a setting, or else the one that it used last, by a cookie."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Response, has_request_context, request

from analytics.selection import Selection
from dashboard.answers.service import Service
from dashboard.answers.viewers import current_viewer

COOKIE = "storesight_data"  # the name of a data set; it allows nothing, and a name that is not known is ignored
YEAR = 365 * 24 * 3600


def first(service: Service, setting: str) -> Service:
    """The service, with these data sets opening first: that of the setting, or else the one that the browser of the
    request used last."""

    def wanted() -> Sequence[str]:
        return setting, request.cookies.get(COOKIE, "") if has_request_context() else ""

    service.wanted = wanted
    return service


def remember(response: Response, service: Service, href: str) -> None:
    """Let the browser keep the data set of an address that it shows, where it is another one than before."""
    try:
        name = Selection.from_query(urlsplit(href).query)[0].data
    except ValueError:
        return
    if not name or name == request.cookies.get(COOKIE) or current_viewer().linked is not None:
        return
    if name in service.current_versions():
        secure = request.is_secure
        response.set_cookie(COOKIE, name, max_age=YEAR, secure=secure, httponly=True, samesite="Lax", path="/")
