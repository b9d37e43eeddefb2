"""What the palette offers for what is typed: groups of entries, each a place to go to or an action.

Names of products, places and customers come from the engine of the viewer, so nobody finds what they may not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from babel.dates import get_month_names

from analytics.calendar import TimeRange
from analytics.language import _, language
from analytics.store.dictionary import folded
from dashboard.company.state import current_state
from dashboard.components.tour import DEMO
from dashboard.page import destinations
from dashboard.page.menus.of_page import THEMES, sharing_address
from dashboard.page.menus.of_time import named_parts
from dashboard.page.menus.opened import Opened
from dashboard.pages import BY_PATH, PAGES
from dashboard.palette.synonyms import OF_CHARTS

MOST: Final = 6  # entries of a group
READ: Final = 40  # values of a field among which those are shown first that begin with what is typed
LEAST_TYPED: Final = 2  # characters from which on values of the data are looked up
MOST_MONTHS: Final = 240  # the latest ones that are found by name
FIELDS: Final = ("product", "customer", "place", "category", "brand", "channel")


@dataclass(frozen=True)
class Entry:
    """One line: its label, what it is of, and where it leads (`href`) or what it does (`action`, as the page sends it
    or the browser carries it out). `page`: the address is one of a page of figures, which the open page turns to."""

    label: str
    hint: str = ""
    href: str = ""
    action: Mapping[str, Any] | None = None
    page: bool = False
    also: str = ""  # found by this too, such as a code that has a name

    def to_json(self) -> dict[str, Any]:
        """What the client reads (assets/js/palette.js)."""
        way = {"action": dict(self.action)} if self.action is not None else {"href": self.href, "page": self.page}
        return {"label": self.label, "hint": self.hint, **way}


def found(opened: Opened) -> dict[str, list[Entry]]:
    """The entries for what is typed, by the heading of their group: groups first that have a label beginning with it;
    groups without entries are left out. Nothing typed gives pages, saved views and actions."""
    groups: dict[str, Iterable[Entry]] = {_("Pages"): _pages(opened)}
    if opened.search.strip():
        groups[_("Charts")] = _charts(opened)
        groups[_("Dates")] = _dates(opened)
    groups[_("Saved views")] = _views(opened)
    for field in FIELDS:
        groups[_heading(opened, field)] = _values(opened, field)
    groups |= {_("Actions"): _actions(opened), _("Data sets"): _datasets(opened)}
    chosen = {title: _best(entries, opened.search) for title, entries in groups.items()}
    begins = sorted(chosen, key=lambda title: not any(_begins(entry, opened.search) for entry in chosen[title]))
    return {title: chosen[title] for title in begins if chosen[title]}


def _best(entries: Iterable[Entry], search: str) -> list[Entry]:
    """The entries that contain every word of the search, whatever its case and accents: first those whose label begins
    with it, then in their own order."""
    words = folded(search.strip()).split()
    fitting = [e for e in entries if all(word in folded(f"{e.label} {e.hint} {e.also}") for word in words)]
    fitting.sort(key=lambda entry: not _begins(entry, search))
    return fitting[:MOST]


def _begins(entry: Entry, search: str) -> bool:
    return folded(entry.label).startswith(folded(search.strip()))


def _pages(opened: Opened) -> Iterator[Entry]:
    """Pages and, once something is typed, their tabs; then those of the company."""
    query, typed = opened.selection.to_query(), opened.search.strip()
    for page in PAGES:
        if not page.tells(opened.engine.schema):
            continue
        screens = page.screens_in(opened.engine.schema)
        for screen in screens if typed else screens[:1]:
            title = page.title if screen.path == page.path else screen.title
            yield Entry(title, href=f"{screen.path}?{query}", page=True, also=screen.title)
    if opened.engine.name == DEMO:
        yield Entry(_("Tour"), href="/tour")
    for there in destinations.open_to(opened.service.viewer):
        yield Entry(there.title, href=f"{there.path}?{query}" if there.filtered else there.path)


def _charts(opened: Opened) -> Iterator[Entry]:
    query, schema = opened.selection.to_query(), opened.engine.schema
    for screen in BY_PATH.values():
        for chart in screen.charts:
            if chart.role == "chart" and not chart.missing(schema) and not chart.nothing_to_compare(schema):
                address = f"{screen.path}?{query}#{chart.name}"
                yield Entry(chart.title, screen.title, address, page=True, also=str(OF_CHARTS.get(chart.name, "")))


def _dates(opened: Opened) -> Iterator[Entry]:
    """The months of the data by name, the latest first, then quarters and years: choosing one shows its days."""
    f, calendar, covered = opened.formats, opened.engine.profile.calendar, opened.engine.bounds.span
    if not covered.days or len(opened.search.strip()) < LEAST_TYPED:
        return
    names = get_month_names("wide", "stand-alone", language())
    start = calendar.floor(np.array([covered.last]), "month")[0]
    for _step in range(MOST_MONTHS):
        span = calendar.period(start, "month")
        if not span.clipped(covered).days:
            break
        month = int(span.start.astype("datetime64[M]").astype(int)) % 12 + 1
        yield Entry(f"{names[month]} {calendar.name(start, 'month')[:4]}", action=_of_days(span))
        start = calendar.next(start, "month", -1)
    for name, span in named_parts(covered, calendar):
        yield Entry(name, f.span(span), action=_of_days(span))


def _of_days(span: TimeRange) -> dict[str, str]:
    return {"kind": "range", "value": str(span)}


def _heading(opened: Opened, field: str) -> str:
    return opened.engine.schema[field].plural.capitalize() if field in opened.engine.schema else field


def _values(opened: Opened, field: str) -> list[Entry]:
    """Values of a dimension: choosing one filters by it."""
    schema = opened.engine.schema
    if field not in schema or len(opened.search.strip()) < LEAST_TYPED:
        return []
    values, _number = opened.engine.values(field, opened.search, opened.now, READ)
    f = opened.formats
    return [
        Entry(
            schema.label(field, str(value)),
            _("{orders:order|orders}", orders=f.count(orders)),
            action={"kind": "only", "field": field, "value": str(value)},
            also=str(value),
        )
        for value, orders in zip(values["value"], values["orders"], strict=True)
    ]


def _views(opened: Opened) -> list[Entry]:
    state, viewer = current_state(), opened.service.viewer
    if state is None or not viewer.title:
        return []
    from dashboard.company import views  # needs packages that only a state store needs

    return [
        Entry(v.title, views.audience_label(v.audience), v.address, page=True) for v in views.seen_by(state, viewer)
    ]


def _datasets(opened: Opened) -> list[Entry]:
    others = [d for d in opened.service.datasets() if not d.error and d.name != opened.selection.data]
    return [Entry(d.title, _("Data set"), action={"kind": "data", "value": d.name}) for d in others]


def _actions(opened: Opened) -> Iterator[Entry]:
    viewer, query = opened.service.viewer, opened.selection.to_query()
    yield Entry(_("Copy link to this view"), action={"kind": "copy"})
    if viewer.may("export"):
        yield Entry(
            _("This tab as Excel") if opened.page.tab.name else _("This page as Excel"),
            href=f"/export/page-{opened.page.name}.xlsx?{query}",
        )
    if share := sharing_address(opened):
        yield Entry(_("Share this view…"), href=share)
    if opened.selection.clauses:
        yield Entry(_("Clear all filters"), action={"kind": "clear"})
    yield Entry(_("Reset to the usual view"), action={"kind": "reset"})
    yield Entry(_("Present on a screen"), action={"kind": "present"})
    yield Entry(_("Keyboard shortcuts"), action={"kind": "shortcuts"})
    yield from (Entry(label, action={"kind": "theme", "value": theme}) for theme, label in THEMES.items())
