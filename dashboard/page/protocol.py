"""What an open page asks of POST /page, and what it is answered: one typed request and one typed answer, both JSON.

`page` names the cards that stand on the page. Where the address needs others, the answer brings their shells and the
first cards in them. `cards` holds, for each card in sight, the digest of what it shows; a card whose digest is still
right comes back empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
from plotly.io.json import to_json_plotly

from analytics.errors import RequestError, UnknownName
from analytics.language import N_
from dashboard.pages import CHARTS, PAGES

_UNREADABLE = re.compile("[\x00\ud800-\udfff]")  # characters that JSON can hold but an address cannot

Card = dict[str, Any]  # as cards.py makes it


@dataclass(frozen=True)
class PageRequest:
    """One request of an open page. `href` is its address; `action` what the viewer did there, or None; `bar_shown`
    tells whether the bar shows this address already, `early` that nobody has clicked yet."""

    n: int
    href: str
    action: Mapping[str, Any] | None = None
    page: str = ""
    bar_shown: bool = False
    cards: Mapping[str, str] = field(default_factory=dict)
    early: bool = False

    @classmethod
    def from_json(cls, raw: bytes) -> Self:
        """Checks everything. Raises RequestError for anything but such a request, UnknownName for a chart that
        does not exist."""
        try:
            given = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise RequestError(N_("a page request must be JSON whose texts are whole characters.")) from None
        if not isinstance(given, dict):
            raise RequestError(N_("a page request must be an object."))
        n, action, cards = given.get("n"), given.get("action"), given.get("cards", {})
        if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n < 2**53:
            raise RequestError(N_("a page request's n must be a whole number."))
        if action is not None and not isinstance(action, dict):
            raise RequestError(N_("a page request's action must be an object."))
        if not isinstance(cards, dict) or not all(isinstance(digest, str) for digest in cards.values()):
            raise RequestError(N_("a page request's cards must be digests by chart."))
        for name in cards:
            if name not in CHARTS:
                raise UnknownName("chart", name, CHARTS)
        bar_shown, early = (given.get(name) is True for name in ("bar_shown", "early"))
        return cls(n, text(given, "href"), action, text(given, "page"), bar_shown, cards, early)


@dataclass(frozen=True)
class PageAnswer:
    """The answer to the request of the same `n`. What is None stays as it is on the page: `href` is the address that
    follows an action; `nav`, `bar`, `foot` and `body` are HTML, `body` of all the page's card shells; `versions` are
    those of the data, for a page that is just opened."""

    n: int
    page: str
    cards: Mapping[str, Card]
    href: str | None = None
    toast: str | None = None
    nav: str | None = None
    bar: str | None = None
    foot: str | None = None
    body: str | None = None
    versions: str | None = None

    def to_json(self) -> str:
        """As JSON, without what stays."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return str(to_json_plotly({name: value for name, value in given.items() if value is not None}))


def address(href: str) -> tuple[str, str]:
    """Path and query of a page's address; `/` is the first page. Raises RequestError for what is no address, such as
    `//[`."""
    try:
        parts = urlsplit(href)
    except ValueError:
        raise RequestError(N_("{href} is not an address.", href=repr(href[:80]))) from None
    return (parts.path.rstrip("/") or PAGES[0].path), parts.query


def anchor(href: str) -> str:
    """What an address names behind "#": the chart that a link leads to, or ""."""
    return href.partition("#")[2]


def text(given: Mapping[str, Any], name: str) -> str:
    """A text of a request, "" where it has none. Raises RequestError for anything else, and for characters that no
    address can hold."""
    value = given.get(name, "")
    if not isinstance(value, str) or _UNREADABLE.search(value):
        raise RequestError(N_("a request's {name} must be a text.", name=name))
    return value
