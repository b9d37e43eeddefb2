"""Answers page requests: where an action leads, and the cards that are in sight there.

An answer leaves after AT_ONCE seconds with the cards that are ready, and does not wait for the texts about them; the
client asks again for those that are missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from dash import html

from analytics.engines.base import Engine
from analytics.errors import StoresightError
from analytics.language import _, several
from analytics.selection import Resolved, Selection, filterable
from dashboard.actions import reduce
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import LinkedView
from dashboard.changes.panel import since_last_look
from dashboard.chart import Chart
from dashboard.company.state import current_state
from dashboard.components.controls import theme_button
from dashboard.components.markup import markup
from dashboard.components.tour import DEMO, tour_hint
from dashboard.notes.scope import shown as known_notes
from dashboard.notes.scope import versions_of
from dashboard.opening import carried_over
from dashboard.page.bar import bar, foot, linked_bar, nav, printed
from dashboard.page.body import card_state, no_such_data, not_found, page_body
from dashboard.page.cards import card
from dashboard.page.protocol import Card, PageAnswer, PageRequest, address, anchor
from dashboard.pages import BY_PATH, CHARTS, PAGES, screen_of
from dashboard.screens import Screen
from dashboard.text.formats import numbers_of
from dashboard.text.selections import clause_text

AT_ONCE = 0.2  # seconds
MOST_TOLD = 300  # characters of filters that another data set does not have


@dataclass(frozen=True)
class Place:
    """Where a page request stands: an address of the application, read."""

    path: str
    selection: Selection
    engine: Engine
    dropped: tuple[str, ...]  # parts of the address that were not understood

    @property
    def screen(self) -> Screen | None:
        """The tab of a page; None where the path names none."""
        return BY_PATH.get(self.path)

    @cached_property
    def now(self) -> Resolved:
        """The selection with its words turned into dates."""
        return self.engine.resolve(self.selection)

    @property
    def href(self) -> str:
        """The address, as canonical as the selection."""
        return f"{self.path}?{self.selection.to_query()}"

    def opens_default(self, query: str) -> bool:
        """Whether this query names nothing but a data set."""
        return Selection.opens_default(query, filterable(self.engine.schema))

    @property
    def key(self) -> str:
        """Names the cards of the page: they depend on which fields and tables the data have."""
        if self.screen is None:
            return self.path
        schema = self.engine.schema
        return f"{self.path} {self.selection.data} {[f.name for f in schema.fields]} {schema.tables}"

    @cached_property
    def charts(self) -> list[Chart]:
        """The charts of the tab that the data can show; none where it has nothing to show of them."""
        return self.screen.tab.told_in(self.engine.schema) if self.screen else []


def answer(service: ViewerService, request: PageRequest) -> PageAnswer:
    """The answer to a page request. An action that makes no sense changes nothing and is refused in words."""
    end = time.monotonic() + AT_ONCE
    versions = None if request.page else versions_of(current_state(), service)
    path, query = address(request.href)
    linked = service.viewer.linked
    if linked is not None:
        path = linked.page
    if unknown := service.unknown_in(query):
        return _unknown_data(service, request, path, unknown, versions)
    try:
        place = Place(path, *service.select(query))
        place, href, toast = _followed(service, place, request)
    except StoresightError as error:
        return _without_data(request, path, query, error, versions, linked)
    if href is None and linked is None and place.screen is not None:
        place, landed = _landed(place, anchor(request.href))
        if landed or place.opens_default(query):
            href = place.href  # the address says what is shown, whatever opens next time
    begun = PageAnswer(request.n, place.key, {}, href, toast, versions=versions)
    with numbers_of(place.engine.profile):
        return _filled(begun, service, place, request, end)


def _filled(begun: PageAnswer, service: ViewerService, place: Place, request: PageRequest, end: float) -> PageAnswer:
    """The answer with its cards and what else of the page changes with the address."""
    linked = service.viewer.linked
    turned = place.key != request.page
    shown = dict.fromkeys([c.name for c in place.charts], "") if turned else request.cards
    found = replace(begun, cards=_cards(service, place, shown, end, with_texts=turned))
    if found.href is not None or not request.bar_shown:
        found = replace(
            found, bar=_bar(place, service), foot=markup(foot(place.engine, place.selection.to_query(), linked))
        )
    if not turned:
        return found
    return replace(found, nav="" if linked else _nav(place), body=_body(place, service, found.cards))


def first_answer(service: ViewerService, href: str) -> PageAnswer:
    """What a page that is opened at this address begins with."""
    return answer(service, PageRequest(0, href))


def warm(service: ViewerService) -> None:
    """Answer the first page of the default data set once, and then what needs action there, so that nobody waits for a
    newly started process."""
    place = Place(PAGES[0].path, *service.select(""))
    answer(service, PageRequest(0, place.href))
    if "needs_action" in [chart.name for chart in place.charts]:
        chart = CHARTS["needs_action"]
        service.answer(chart, place.now, place.selection.options_of(chart.name), place.engine)


def _followed(service: ViewerService, place: Place, request: PageRequest) -> tuple[Place, str | None, str | None]:
    """Where the request's action leads, the address of it, and what there is to tell of it or why it leads nowhere."""
    linked = service.viewer.linked
    if request.action is None or (linked is not None and not linked.changeable):
        return place, None, None
    try:
        after, told = _after(service, place, request.action)
        page = place.path if place.screen else PAGES[0].path
        place = Place(page, *service.select(after.to_query()))
        if place.screen and not place.charts:  # another data set may lack all that a tab shows
            place = replace(place, path=place.screen.page.screens_in(place.engine.schema)[0].path)
        return place, place.href, told
    except StoresightError as error:
        return place, None, f"{error} [{request.n}]"  # makes a repeated message count as new


def _landed(place: Place, chart: str) -> tuple[Place, bool]:
    """The tab on which the chart stands that the address names behind "#", and whether it is another one than that of
    the address. A chart that is nowhere changes nothing."""
    if place.screen is None or chart not in CHARTS or any(c.name == chart for c in place.charts):
        return place, False
    screen = screen_of(chart, place.screen.page)
    if screen is None or CHARTS[chart].missing(place.engine.schema):
        return place, False
    return replace(place, path=screen.path), True


def _after(service: ViewerService, place: Place, action: Mapping[str, Any]) -> tuple[Selection, str | None]:
    """The selection after an action. Another data set opens with its own dates and the filters that it has; which ones
    it does not have is told. The one that is open stays as it is."""
    after = reduce(place.selection, action, place.engine, CHARTS)
    if action.get("kind") != "data":
        return after, None
    if after.data == place.selection.data:
        return place.selection, None
    opened, engine, _dropped = service.select(service.default_view(after.data))
    opened, left = carried_over(place.selection.clauses, opened, engine)
    if not left:
        return opened, None
    names = several(clause_text(clause, place.engine.schema) for clause in left)
    return opened, _(
        "Left out, because {profile} does not have it: {names}.", profile=engine.profile.title, names=names[:MOST_TOLD]
    )


def _without_data(
    request: PageRequest,
    path: str,
    query: str,
    error: StoresightError,
    versions: str | None,
    linked: LinkedView | None,
) -> PageAnswer:
    """What a page says when its data set cannot be opened."""
    return PageAnswer(
        request.n,
        "none",
        {},
        nav="" if linked else markup(nav(PAGES, BY_PATH[path].page if path in BY_PATH else None, query)),
        bar=markup(html.H1("Storesight")),
        foot="",
        body=markup(card_state("failed", _("No data"), str(error))),
        versions=versions,
    )


def _unknown_data(
    service: ViewerService, request: PageRequest, path: str, name: str, versions: str | None
) -> PageAnswer:
    """What a page says when its address names a data set that is not there for the viewer, whether or not it is for
    anybody else."""
    screen = BY_PATH.get(path, PAGES[0].screens[0])
    there = [
        (each.title, f"{screen.path}?{urlencode({'data': each.name})}") for each in service.datasets() if not each.error
    ]
    bar = html.Div([html.H1(screen.page.title), html.Div(theme_button(), className="bar-tools")], className="bar-top")
    return PageAnswer(
        request.n,
        "none",
        {},
        nav=markup(nav(PAGES, screen.page, "")),
        bar=markup(bar),
        foot="",
        body=markup(no_such_data(name, there)),
        versions=versions,
    )


def _bar(place: Place, service: ViewerService) -> str:
    screen, viewer = place.screen or PAGES[0].screens[0], service.viewer
    if viewer.linked is not None:
        current = service.version(place.engine.name)
        about = (screen, place.selection, place.now, place.engine, place.dropped, current)
        return markup([printed(place.now, place.engine), *linked_bar(viewer.linked, *about)])
    views = bool(viewer.title)
    shown = bar(
        screen,
        place.selection,
        place.now,
        place.engine,
        place.dropped,
        views=views,
        lines=viewer.opens_lines,
        files=viewer.may("export"),
    )
    return markup([printed(place.now, place.engine), *shown])


def _nav(place: Place) -> str:
    here = place.screen.page if place.screen else None
    return markup(nav(PAGES, here, place.selection.to_query(), place.engine.schema))


def _body(place: Place, service: ViewerService, cards: Mapping[str, Card]) -> str:
    if place.screen is None:
        return markup(not_found(place.path))
    changed, hint = None, None
    if place.screen.page is PAGES[0]:  # a look at the Overview
        if place.engine.name == DEMO and service.viewer.linked is None:
            hint = tour_hint()
        if service.viewer.title:  # by somebody who is signed in
            changed = since_last_look(current_state(), service, place.engine)
    return markup([hint, page_body(place.screen, place.engine, changed, cards, place.selection)])


def _cards(
    service: ViewerService, place: Place, shown: Mapping[str, str], end: float, *, with_texts: bool
) -> dict[str, Card]:
    """Cards by chart, {} for one whose digest in `shown` is still right. `with_texts`: with the texts about other cards
    too, as far as they are kept or, at the top of the page, while there is time: nothing below them moves then."""
    selection, now, engine = place.selection, place.now, place.engine
    notes = known_notes(current_state(), service, engine) if shown else ()

    def make(chart: Chart, patience: float) -> Card:
        return card(service, chart, selection, now, engine, patience, notes)

    ready = in_time([c for c in place.charts if c.name in shown], end, make)
    texts = [c for c in place.charts if with_texts and _speaks_of_others(c) and c.name not in ready]
    for chart in texts:
        left = end - time.monotonic()
        computed = left > 0 and chart is place.charts[0]
        asked, patience = (service, left) if computed else (service.without_computing, 0.0)
        text = card(asked, chart, selection, now, engine, patience, notes)
        if text["state"] != "waiting":
            ready[chart.name] = text
    return {name: {} if made["digest"] == shown[name] else made for name, made in ready.items()}


def in_time(charts: list[Chart], end: float, make: Callable[[Chart, float], Card]) -> dict[str, Card]:
    """Cards by chart, one at least, until the time is over; texts about other cards only where they are asked for
    alone. `make`: a chart's card, given the seconds that it may wait for models."""
    made: dict[str, Card] = {}
    for chart in sorted(charts, key=_speaks_of_others):
        left = end - time.monotonic()
        if made and (left < 0 or _speaks_of_others(chart)):
            break
        made[chart.name] = make(chart, max(left, 0))
    return made


def _speaks_of_others(chart: Chart) -> bool:
    """Whether the chart's texts are about the others, which are answered first."""
    return chart.role == "insights"
