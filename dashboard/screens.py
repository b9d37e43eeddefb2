"""Pages and their tabs: which charts stand together under one address.

A page is about one topic, and its tabs divide that into screens that can be read without scrolling far. The first tab
has the page's own address, `/products`; the addresses of the others begin with it: `/products/stock`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.schema import Schema
from analytics.selection import Resolved
from dashboard.chart import Chart

MOST_CARDS = 6  # of a tab; a test holds every page to it
Row = tuple[tuple[Chart, int], ...]


@dataclass(frozen=True)
class Tab:
    """Rows of (chart, width) that are seen together; the widths of a row add up to 12. `name` is the last part of its
    address; a page of one tab needs neither name nor title."""

    name: str
    title: str
    rows: tuple[Row, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Its charts in reading order."""
        return tuple(c for row in self.rows for c, _ in row)

    def charts_in(self, schema: Schema) -> list[Chart]:
        """Those of its charts that this data set can show."""
        return [c for c in self.charts if not c.missing(schema)]

    def told_in(self, schema: Schema) -> list[Chart]:
        """The same, and none where not one of them, besides insights, has something to compare in this data set."""
        charts = self.charts_in(schema)
        return charts if any(c.role != "insights" and not c.nothing_to_compare(schema) for c in charts) else []

    def tells(self, schema: Schema) -> bool:
        """Whether one of its charts, besides insights, has something to compare in this data set."""
        return bool(self.told_in(schema))


@dataclass(frozen=True)
class Page:
    """An entry of the navigation: its tabs, the first of which answers the page's question.

    topic    what its insights are about, one of analytics.insights.TOPICS; without one it has no such card
    details  charts without a card of their own: tables behind others, in files and by data URL
    """

    name: str
    title: str
    icon: str  # of Bootstrap Icons
    tabs: tuple[Tab, ...]
    topic: str = ""
    insight_models: Callable[[Engine, Resolved], Answer] | None = None  # what these insights rest on, as Chart.models
    details: tuple[Chart, ...] = ()

    @property
    def path(self) -> str:
        """Its address, without the query."""
        return f"/{self.name}"

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts of all its tabs in reading order, then those without a card."""
        return (*(c for tab in self.tabs for c in tab.charts), *self.details)

    @property
    def screens(self) -> tuple[Screen, ...]:
        """What its addresses show, in the order of its tabs."""
        return tuple(Screen(self, tab) for tab in self.tabs)

    def screens_in(self, schema: Schema) -> tuple[Screen, ...]:
        """Those of its screens that tell something of this data set; where none does, the first one, which says
        why."""
        return tuple(s for s in self.screens if s.tab.tells(schema)) or self.screens[:1]

    def tells(self, schema: Schema) -> bool:
        """Whether one of its screens tells something of this data set."""
        return any(s.tab.tells(schema) for s in self.screens)


@dataclass(frozen=True)
class Screen:
    """A tab of a page, as one address shows it."""

    page: Page
    tab: Tab

    @property
    def path(self) -> str:
        """Its address, without the query."""
        return self.page.path if self.tab is self.page.tabs[0] else f"{self.page.path}/{self.tab.name}"

    @property
    def name(self) -> str:
        """What its files are called."""
        return "-".join(filter(None, (self.page.name, self.tab.name)))

    @property
    def title(self) -> str:
        """Page and tab, for lists: 'Products · Stock'."""
        return " · ".join(str(title) for title in (self.page.title, self.tab.title) if title)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Its charts in reading order."""
        return self.tab.charts
