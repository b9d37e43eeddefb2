"""What a browser posts to the application and hears from it, for those who have no browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

ROUTE = "/_dash-update-component"
Post = Callable[[bytes], bytes]  # a body → the answer's body


def question(
    href: Any, *charts: str, page: Any = "", framed: Any = False, event: Any = None, n: Any = 1
) -> dict[str, Any]:
    """The body that asks for these cards under an address. `page`: the cards that stand there, see page_of; without
    it the answer brings the frames of the page's cards, and the first of them."""
    asked = {"n": n, "href": href, "event": event, "page": page, "framed": framed, "cards": dict.fromkeys(charts, "")}
    return body_of(asked)


def body_of(asked: Any) -> dict[str, Any]:
    return {
        "output": "..answer.data...page.children..",
        "outputs": [{"id": "answer", "property": "data"}, {"id": "page", "property": "children"}],
        "inputs": [{"id": "asked", "property": "data", "value": asked}],
        "state": [],
        "changedPropIds": ["asked.data"],
    }


def page_of(post: Post, href: str) -> str:
    """How the application names the cards of the page under this address."""
    told = json.loads(post(json.dumps(question(href)).encode()))
    return str(told["response"]["answer"]["data"]["page"])


def render_call(href: str, *charts: str, page: str) -> bytes:
    """The body for charts of a page that is shown."""
    return json.dumps(question(href, *charts, page=page, framed=True)).encode()
