"""A chart is a declaration: what it asks, how it is drawn, what a click on it filters. Pages list charts; generic
callbacks do the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.schema import Schema, place_parts
from analytics.selection import Resolved
from dashboard.context import Context

Kind = Literal["figure", "grid", "html"]


@dataclass(frozen=True)
class Option:
    """A choice that belongs to one chart; in the URL as `chart.name=value`. `choices`: value → words, or the name of a
    dimension."""

    name: str
    label: str
    choices: Mapping[str, str] | str
    default: str = ""

    def read(self, value: str | None, chart: str) -> str:
        """The value if it may be chosen, the default where none came."""
        if value in (None, ""):
            return self.default
        if isinstance(self.choices, str) or value in self.choices:
            return str(value)
        raise UnknownName("option", str(value), self.choices, where=f"{chart}.{self.name}")

    def words(self, value: str) -> str:
        """What is chosen, as its button says it."""
        return value or self.label if isinstance(self.choices, str) else self.choices.get(value, value)


@dataclass(frozen=True)
class EmitsBy:
    """The dimensions a click filters, by the value of one of the chart's options."""

    option: str
    dimensions: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Chart:
    """One card. `emits`: the dimensions that a click on a mark filters, or, when they depend on an option, the option's
    name and its dimensions by value: emits=EmitsBy("by", {"category": ("category",), "brand": ("brand",)}). `compute`
    answers from (engine, selection, options); `draw` makes a plain dict (figure), a component (html) or grid properties
    from (answer, context). `columns`: names of the answer's columns under the default options, where the data have
    every field and a comparison; what spreadsheets that link to the data URL may count on. `models`: what the answer
    rests on and takes long, asked by (engine, selection) once for each data version and end of the range, and given to
    `compute` as `models`; until it is there the card says "being computed"."""

    name: str
    title: str
    question: str
    compute: Callable[..., Answer]
    draw: Callable[[Answer, Context], Any]
    columns: str
    kind: Kind = "figure"
    options: tuple[Option, ...] = ()
    emits: tuple[str, ...] | EmitsBy = ()
    levels: tuple[str, ...] = ()  # values of the option `level`, from coarse to fine: the card's breadcrumb
    needs: frozenset[str] = frozenset()
    models: Callable[[Engine, Resolved], Answer] | None = None
    how: str = ""  # "how is this computed", in two or three sentences
    units: Mapping[str, str] = field(default_factory=dict)
    lines: bool = True  # the marks have order lines behind them
    whole_orders: bool = False  # it reads a filter on products as "orders that contain", and so do its lines
    bare: bool = False  # html without the frame of a card
    afterwards: bool = False  # words about the other cards: those are answered first
    height: int = 300

    @property
    def menus(self) -> tuple[Option, ...]:
        """The options that have a button in the card's head; levels are chosen in its breadcrumb."""
        return tuple(o for o in self.options if not (self.levels and o.name == "level"))

    def read_options(self, given: Mapping[str, str]) -> dict[str, str]:
        """The chart's options, defaults filled in; UnknownName for a value that may not be chosen or an option it does
        not have."""
        known = {o.name for o in self.options}
        for name in given:
            if name not in known:
                raise UnknownName("option", name, known, where=self.name)
        return {o.name: o.read(given.get(o.name), self.name) for o in self.options}

    def emitted(self, options: Mapping[str, str]) -> tuple[str, ...]:
        """The dimensions that a click filters under these options (as read_options gives them)."""
        if isinstance(self.emits, EmitsBy):
            return self.emits.dimensions.get(options.get(self.emits.option, ""), ())
        return self.emits

    def own(self, selection: Resolved, options: Mapping[str, str], schema: Schema) -> Resolved:
        """What the chart computes with: the selection without the filters that its own marks set, so that they all stay
        to be clicked.

        A place coarser than the chart's marks is no such filter: under place=US/CA the cities of California are shown,
        all bright."""
        emitted = self.emitted(options)
        places = selection.values("place")
        if "place" in emitted and places:
            depth = len(schema.place_levels(options.get("level", "")))
            if all(len(place_parts(p)) < depth for p in places):
                emitted = tuple(e for e in emitted if e != "place")
        return selection.without(*emitted)

    def missing(self, schema: Schema) -> tuple[str, ...]:
        return schema.missing(sorted(self.needs))


@dataclass(frozen=True)
class Page:
    """A page: rows of (chart, columns of 12). `sections`: a heading above the row that begins with this chart."""

    name: str
    title: str
    icon: str
    rows: tuple[tuple[tuple[Chart, int], ...], ...]
    sections: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/{self.name}"

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(c for row in self.rows for c, _ in row)

    def sections_in(self, schema: Schema) -> tuple[str, ...]:
        """The headings under which this data set has a chart."""
        found: dict[str, None] = {}
        heading = ""
        for row in self.rows:
            heading = self.sections.get(row[0][0].name, heading)
            if heading and any(not c.missing(schema) for c, _ in row):
                found[heading] = None
        return tuple(found)
