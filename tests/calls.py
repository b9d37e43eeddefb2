"""Page requests as a browser posts them, for those who have no browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dash import Dash

ROUTE = "/page"
Post = Callable[[bytes], bytes]  # a body → the answer's body


def page_request(
    href: Any, *charts: str, page: Any = "", bar_shown: Any = False, action: Any = None, n: Any = 1
) -> dict[str, Any]:
    """The body that asks for these cards under an address. `page`: the cards that stand there, see page_of; without
    it the answer brings the shells of the page's cards, and the first of them."""
    cards = dict.fromkeys(charts, "")
    return {"n": n, "href": href, "action": action, "page": page, "bar_shown": bar_shown, "cards": cards}


def page_of(post: Post, href: str) -> str:
    """How the application names the cards of the page under this address."""
    return str(json.loads(post(json.dumps(page_request(href)).encode()))["page"])


def render_call(href: str, *charts: str, page: str) -> bytes:
    """The body for charts of a page that is shown."""
    return json.dumps(page_request(href, *charts, page=page, bar_shown=True)).encode()


def callback(app: Dash, name: str) -> Callable[..., Any]:
    """The function that Dash calls for one of its own routes' requests, by its name in dashboard/page/callbacks.py."""
    app.server.test_client().get("/healthz")  # Dash completes its callbacks at the first request
    by_name = {c["callback"].__name__: c["callback"] for c in app.callback_map.values() if "callback" in c}
    function: Callable[..., Any] = by_name[name].__wrapped__
    return function
