"""One question of an open page and its answer: where what the viewer did leads, and the cards that are in sight there.

Question  {n, href, event or null, page, framed, cards: {chart: digest of what its card shows}}
Answer    {n, href or null, page, cards: {chart: card, or {} where its digest is the one shown},
           frames: {chart: the HTML around its body} of a page that was not shown,
           nav, bar, foot: HTML where it changes, toast: words, versions: of the data, where no page was shown yet}

`page` names the cards that stand there; where they are others than the page needs, the answer brings their frames and
the first cards in them. An answer goes after AT_ONCE seconds with the cards that are ready, and does not wait for words
about them; the client asks again for those that are not there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from dash import html, no_update

from analytics.engines.base import Engine
from analytics.errors import RequestError, StoresightError, UnknownName
from analytics.selection import Selection
from dashboard.actions import reduce
from dashboard.answers.service import ViewerService
from dashboard.chart import Chart
from dashboard.components.controls import attributes
from dashboard.page import tiles
from dashboard.page.cards import card
from dashboard.page.markup import markup
from dashboard.page.shell import bar, foot, nav, not_found, page_body
from dashboard.pages import BY_PATH, CHARTS, PAGES

AT_ONCE = 0.2
Card = dict[str, Any]  # as cards.py makes it
FIRST = 6  # so many cards of a page are in sight, or nearly so, when it is opened


@dataclass(frozen=True)
class Question:
    """What the client asks; read with suspicion."""

    n: int
    href: str
    event: Mapping[str, Any] | None
    page: str
    framed: bool
    cards: Mapping[str, str]

    @classmethod
    def read(cls, asked: Any) -> Self:
        """Raises RequestError, or UnknownName for a chart that there is not."""
        if not isinstance(asked, dict):
            raise RequestError("a question must be an object.")
        n, cards, event = asked.get("n"), asked.get("cards", {}), asked.get("event")
        if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n < 2**53:
            raise RequestError("a question's number must be a whole number.")
        if not isinstance(cards, dict) or not all(isinstance(d, str) for d in cards.values()):
            raise RequestError("a question's cards must be digests by chart.")
        if event is not None and not isinstance(event, dict):
            raise RequestError("an event must be an object.")
        for name in cards:
            if name not in CHARTS:
                raise UnknownName("chart", name, CHARTS)
        return cls(n, _text(asked, "href"), event, _text(asked, "page"), asked.get("framed") is True, cards)


@dataclass(frozen=True)
class View:
    """The answer, and the frames of the page's cards where they change (no_update where they stay)."""

    answer: dict[str, Any]
    body: Any = no_update


def address(href: Any) -> tuple[str, str]:
    """Path and query of a page's address; `/` is the first page."""
    parts = urlsplit(href if isinstance(href, str) else "")
    return (parts.path.rstrip("/") or PAGES[0].path), parts.query


def view(service: ViewerService, question: Question) -> View:
    """Answers the question. An event that makes no sense changes nothing and is refused in words."""
    began = time.monotonic()
    versions = {} if question.page else {"versions": service.versions()}
    path, query = address(question.href)
    href, toast = None, ""
    try:
        selection, engine, dropped = service.select(query)
        if question.event is not None:
            try:
                after = _after(service, selection, engine, question.event)
                selection, engine, dropped = service.select(after.to_query())
                path = path if path in BY_PATH else PAGES[0].path
                href = f"{path}?{selection.to_query()}"
            except StoresightError as error:
                toast = f"{error} [{question.n}]"  # the same words twice are still news
    except StoresightError as error:
        failed = tiles.state("failed", "No data", str(error))
        frame = {"nav": markup(nav(PAGES, path, query)), "bar": markup(html.H1("Storesight")), "foot": ""}
        none: dict[str, Any] = {"n": question.n, "href": None, "page": "none", "cards": {}}
        return View({**none, **frame, **versions}, _keyed("none", failed))
    page, now = BY_PATH.get(path), engine.resolve(selection)
    key = f"{path} {selection.data} {[f.name for f in engine.schema.fields]} {engine.schema.tables}" if page else path
    charts = [c for c in page.charts if not c.missing(engine.schema)] if page else []
    turned = key != question.page
    shown = dict.fromkeys([c.name for c in charts[:FIRST]], "") if turned else question.cards
    ready = _cards(
        [c for c in charts if c.name in shown],
        began + AT_ONCE,
        lambda chart, patience: card(service, chart, selection, now, engine, patience),
    )
    cards = {name: {} if made["digest"] == shown[name] else made for name, made in ready.items()}
    answer = {"n": question.n, "href": href, "page": key, "cards": cards, "toast": toast}
    if not question.framed or href is not None:
        answer["bar"] = markup(bar(page or PAGES[0], selection, now, engine, dropped))
        answer["foot"] = markup(foot(engine))
    if not turned:
        return View(answer)
    answer |= versions
    answer["frames"] = {c.name: tiles.frame(c) for c in charts}
    answer["nav"] = markup(nav(PAGES, path, selection.to_query(), page.sections_in(engine.schema) if page else ()))
    return View(answer, _keyed(key, page_body(page, engine) if page else not_found(path)))


def warm(service: ViewerService) -> None:
    """Answer the first page of the default data set once, so that nobody waits for a process that was just started."""
    view(service, Question(0, PAGES[0].path, None, "", False, {}))


def _after(service: ViewerService, selection: Selection, engine: Engine, event: Mapping[str, Any]) -> Selection:
    """The selection after an event; another data set opens with its own view."""
    after = reduce(selection, event, engine, CHARTS)
    return service.select(service.default_view(after.data))[0] if event.get("kind") == "data" else after


def _cards(
    charts: list[Chart], end: float, make: Callable[[Chart, float], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Cards by chart, one at least, until the time is over; words about other cards only where they are asked for
    alone. `make`: a chart's card, given the seconds that it may wait for models."""
    made: dict[str, Card] = {}
    for chart in sorted(charts, key=_last):
        left = end - time.monotonic()
        if made and (left < 0 or _last(chart)):
            break
        made[chart.name] = make(chart, max(left, 0))
    return made


def _last(chart: Chart) -> bool:
    """Whether the chart speaks about the others: those are answered first."""
    return chart.role == "insights"


def _keyed(key: str, body: Any) -> Any:
    """The body with the name by which the client knows that it stands there."""
    return html.Div(body, **attributes(data_key=key))


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise RequestError(f"a question's {name} must be a text.")
    return value
