"""A chart is one declaration: the question it asks, how the answer is drawn, what a click on a mark filters.

A page lists charts; everything else (addresses, exports, reports, the page itself) follows from the declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Generic, Literal, TypeVar

import numpy as np

from analytics.answer import Answer, filled
from analytics.calendar import Grain
from analytics.engines.base import Engine
from analytics.errors import RequestError, UnknownName
from analytics.language import N_, _
from analytics.metrics import METRICS
from analytics.questions.targets.target import Target
from analytics.schema import FIELDS, Schema, place_parts
from analytics.selection import Clause, Resolved
from dashboard.context import Context

Kind = Literal["figure", "grid", "html"]
Role = Literal["chart", "headline", "kpis", "insights"]
T = TypeVar("T", covariant=True)
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,4})?")  # what may be typed where an option is a number


@dataclass(frozen=True)
class Option:
    """A choice that belongs to one chart; in the address as `chart.name=value`.

    `choices` maps each value to its text, or names a dimension whose values may be chosen. `needs` holds the fields
    that a value cannot do without: where the data lack them the value is not offered, and the default is the first
    value that is. `listed` gives the choices of one data set, value → text, where it may add dimensions of its own.
    """

    name: str
    label: str
    choices: Mapping[str, str] | str
    default: str = ""
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    listed: Callable[[Schema], Mapping[str, str]] | None = None
    number: bool = False  # any amount may be typed

    def offered(self, schema: Schema) -> dict[str, str]:
        """The choices that this data set can answer, value → text; none for an option among a dimension's values."""
        if isinstance(self.choices, str):
            return {}
        if self.listed is not None:
            return dict(self.listed(schema))
        return {value: text for value, text in self.choices.items() if not self.missing(value, schema)}

    def is_choice(self, schema: Schema) -> bool:
        """Whether this data set has two values or more to choose from."""
        if isinstance(self.choices, str):
            return self.choices not in schema.single
        return self.number or len(self.offered(schema)) > 1

    def missing(self, value: str, schema: Schema) -> tuple[str, ...]:
        """The fields that the value needs and the data set lacks."""
        own = self.listed is not None and value not in self.choices
        return schema.missing([value] if own else sorted(self.needs.get(value, ())))

    def default_in(self, schema: Schema) -> str:
        """The default; where the data cannot answer it, the first choice that they can."""
        if not self.missing(self.default, schema):
            return self.default
        return next(iter(self.offered(schema)), self.default)

    def read(self, value: str | None, chart: str, schema: Schema | None = None) -> str:
        """The value, if it may be chosen (in this data set, where `schema` is given); the default for none. Raises
        UnknownName for any other."""
        if value in (None, ""):
            return self.default
        if self.number:
            if not is_amount(str(value)):
                raise RequestError(
                    N_("{value} is not an amount such as 12345.67.", value=repr(str(value)[:40])),
                    where=f"{chart}.{self.name}",
                )
            return str(value)
        own = self.offered(schema) if schema is not None and self.listed is not None else {}
        if isinstance(self.choices, str) or value in self.choices or value in own or value == self.default:
            return str(value)
        raise UnknownName("option", str(value), {**self.choices, **own}, where=f"{chart}.{self.name}")

    def text(self, value: str, schema: Schema) -> str:
        """What is chosen, as the option's button says it."""
        if isinstance(self.choices, str):
            return schema.label(self.choices, value) if value else self.label
        if self.number:
            return _("{name}: {value}", name=self.label, value=value) if value else self.label
        return self.offered(schema).get(value) or self.choices.get(value, value)


def is_amount(text: str) -> bool:
    """Whether a text is an amount that an option may hold."""
    return bool(_AMOUNT.fullmatch(text))


def metric_option(choices: Mapping[str, str], default: str = "") -> Option:
    """A choice among metrics (metrics.labels or metrics.offered); the first is the default unless another is named.
    A metric is offered where the data have what it is computed from."""
    needs = {name: frozenset(METRICS[name].needs) for name in choices if name in METRICS}
    return Option("metric", N_("Metric"), choices, default or next(iter(choices)), needs)


def dimension_option(
    *dimensions: str,
    default: str = "",
    texts: Mapping[str, str] | None = None,
    own: Callable[[Schema], Iterable[str]] | None = None,
) -> Option:
    """The option `by`: a choice among dimensions, each offered where the data have it; the first is the default unless
    another is named. `texts` replace the labels of the fields. `own` names dimensions of a
    data set's own that are offered too."""
    choices = {name: (texts or {}).get(name) or FIELDS[name].label for name in dimensions}
    needs = {name: frozenset({name}) for name in dimensions}

    def listed(schema: Schema) -> dict[str, str]:
        more = () if own is None else own(schema)
        given = {name: text for name, text in choices.items() if name in schema}
        return given | {name: schema[name].label for name in more}

    return Option("by", N_("By"), choices, default or dimensions[0], needs, None if own is None else listed)


@dataclass(frozen=True)
class ByOption(Generic[T]):
    """Something about a chart that depends on the value of one of its options."""

    option: str
    values: Mapping[str, T]
    other: Callable[[str], T] | None = None  # what holds under a value that is not listed

    def under(self, options: Mapping[str, str]) -> T | None:
        """What holds under these options (as Chart.read_options gives them)."""
        value = options.get(self.option, "")
        if self.other is not None and value not in self.values:
            return self.other(value)
        return self.values.get(value)


def each_itself(option: str, *dimensions: str, own: bool = False) -> ByOption[tuple[str, ...]]:
    """`emits` of a chart whose marks are values of the dimension that the option names: one of these or, with `own`,
    any of a data set's own."""
    return ByOption(option, {name: (name,) for name in dimensions}, _itself if own else None)


def _itself(name: str) -> tuple[str, ...]:
    return (name,)


@dataclass(frozen=True)
class Explanation:
    """What "How is this computed?" says about a chart: a sentence or two each. Plain arithmetic needs only how it is
    computed; a method also says what it tells, how sure that is, and what to do with it."""

    computed: str
    tells: str = ""
    how_sure: str = ""
    to_do: str = ""
    more: tuple[str, ...] = ()  # sentences after `computed` that several charts have

    @property
    def how(self) -> str:
        """How it is computed, in full."""
        return " ".join(map(str, (self.computed, *self.more)))

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """(label, text) in reading order; the first has no label."""
        if not self.tells:
            return (("", self.how),)
        labelled = ((_("How sure"), self.how_sure), (_("To do"), self.to_do), (_("Computed"), self.how))
        return (("", self.tells), *((label, text) for label, text in labelled if text))

    @property
    def text(self) -> str:
        """All of it as one paragraph: what exports and reports print."""
        return " ".join(f"{label}: {text}" if label else str(text) for label, text in self.parts)


@dataclass(frozen=True)
class Chart:
    """One card of a page, its data URL, its sheet in a workbook and its place in a report.

    compute   answers the question from (engine, selection, options)
    draw      makes a plain dict (figure), a component (html) or grid properties from (answer, context)
    columns   the answer's columns under the default options, where the data have every field and a comparison: what
              spreadsheets that link to the data URL may count on
    role      what the card is for: "headline" is one sentence above all; "kpis" stand first on their page and are a
              table in reports; "insights" are sentences about the page's other charts
    grain     the grain of the answer's periods where it is the chart's own; None follows the page
    emits     the dimensions that a click on a mark filters
    needs     fields and extra tables without which the chart is not shown; options add those of the value chosen
    compares  further dimensions without two values of which it has nothing to compare, besides those of its rows
    models    what the answer rests on and takes long to fit: called with (engine, selection) once for each data version
              and end of the range, and given to `compute` as `models`; until then the card says "being computed"
    targets   which of the viewer's targets it is held against, given them, the selection and the limits of the viewer;
              they are given to `compute` as `targets`
    chances   whether with the chance of meeting each
    levels    values of the option `level` from coarse to fine: the card's breadcrumb
    units     units of columns that are no metrics
    """

    name: str
    title: str
    question: str
    compute: Callable[..., Answer]
    draw: Callable[[Answer, Context], Any]
    columns: tuple[str, ...]
    explanation: Explanation
    kind: Kind = "figure"
    role: Role = "chart"
    grain: Grain | ByOption[Grain] | None = None
    options: tuple[Option, ...] = ()
    emits: tuple[str, ...] | ByOption[tuple[str, ...]] = ()
    levels: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    compares: frozenset[str] = frozenset()
    models: Callable[[Engine, Resolved], Answer] | None = None
    targets: Callable[[Sequence[Target], Resolved, Sequence[Clause]], tuple[Target, ...]] | None = None
    chances: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    months: int = 0  # of history that it shows at least, up to the end of the range: one month has no season
    silent: bool = False  # where it is empty whatever is filtered it is not shown: another card of its tab says why
    least: int = 2  # marks, rows or periods; a picture or comparison with fewer says nothing, and is not shown
    nothing: str = ""  # why there may be orders and still nothing to show, as a sentence
    lines: bool = True  # the marks have order lines behind them
    whole_orders: bool = False  # it reads a filter on products as "orders that contain", and so do its lines
    bare: bool = False  # html without a card shell
    height: int = 300  # pixels

    def menus_in(self, schema: Schema) -> tuple[Option, ...]:
        """The options that have a button in the card's head; levels are chosen in its breadcrumb, and one value is no
        choice. A bare card has no head, and offers its options itself."""
        options = () if self.bare else self.options
        return tuple(o for o in options if o.is_choice(schema) and not (self.levels and o.name == "level"))

    def levels_in(self, schema: Schema) -> tuple[str, ...]:
        """Its levels that the data have, with the data set's own where the option `level` lists them."""
        listing = next((o for o in self.options if o.name == "level" and o.listed is not None), None)
        return tuple(listing.offered(schema)) if listing else tuple(x for x in self.levels if x in schema)

    def read_options(self, given: Mapping[str, str], schema: Schema | None = None) -> dict[str, str]:
        """The chart's options with defaults filled in: those of this data set where `schema` is given.

        Raises UnknownName for a value that may not be chosen or an option that the chart does not have.
        """
        known = {o.name for o in self.options}
        for name in given:
            if name not in known:
                raise UnknownName("option", name, known, where=self.name)
        chosen = {}
        for option in self.options:
            value = given.get(option.name)
            if not value and schema is not None:
                value = option.default_in(schema)
            chosen[option.name] = option.read(value, self.name, schema)
        return chosen

    def emitted(self, options: Mapping[str, str]) -> tuple[str, ...]:
        """The dimensions that a click filters under these options (as read_options gives them)."""
        if isinstance(self.emits, ByOption):
            return self.emits.under(options) or ()
        return self.emits

    def most_rows(self, schema: Schema) -> int:
        """How many rows it has at most whatever is filtered: the values of the dimension that its marks filter. 0 where
        that is not known, or people choose the dimension."""
        own = self.emits[0] if isinstance(self.emits, tuple) and len(self.emits) == 1 else ""
        return schema.sizes.get(own, 0) if own in self.columns[:1] else 0

    def nothing_to_compare(self, schema: Schema) -> str:
        """The dimension by whose values its rows are and of which this data set has one value only, so that the chart
        has nothing to compare; "" where there is none. Of an option `by` or `level`, all choices must be so."""
        rows = set(takewhile(lambda name: name not in METRICS, self.columns)) | self.compares
        for option in self.options:
            if option.name in ("by", "level") and set(option.choices) & set(FIELDS):
                rows -= {option.default}
                offered = set(option.offered(schema))
                rows |= offered if offered <= schema.single else set()
        return min(rows & schema.single, default="")

    def at_grain(self, selection: Resolved, options: Mapping[str, str]) -> Resolved:
        """The selection at the chart's own grain under these options, where it has one, and over the months that it
        needs."""
        grain = self.grain.under(options) if isinstance(self.grain, ByOption) else self.grain
        selection = selection if grain is None else selection.by(grain)
        return selection.reaching_back(self.months) if self.months else selection

    def says_nothing(self, answer: Answer) -> bool:
        """Whether the answer is one bar, one month, one row, one part of a whole along time, one year alone,
        or nothing but zeros: there is nothing to compare. Lists say something with one row too. An empty answer says
        why it is empty, unless the chart is `silent`."""
        if answer.empty:
            return self.silent
        if self.kind == "grid" or self.role != "chart":
            return False
        frame = answer.frame
        if any(c in frame and frame[c].nunique() == 1 for c in self.compares):
            return True
        metrics = [c for c in frame.columns if c in METRICS]
        marks = np.ones(len(frame), bool)
        if metrics:  # months of the year without a sale are no marks
            marks = filled(frame, metrics)
        if "period" not in frame:
            zeros = bool(metrics) and len(frame) > 0 and not filled(frame, metrics[:1]).any()
            years = self.columns[0] == "year"
            several = frame["year"][marks].nunique() if years else int(np.count_nonzero(marks))
            return zeros or 0 < several < self.least
        parts = str(frame.columns[0])
        if parts != "period" and parts in FIELDS and frame[parts][marks].nunique() == 1:
            return True
        return 0 < frame["period"][marks].nunique() < self.least

    def own(self, selection: Resolved, options: Mapping[str, str], schema: Schema) -> Resolved:
        """What the chart computes with: the selection at the chart's grain, without the filters that its own marks set,
        so that they all stay to be clicked.

        A place coarser than the chart's marks is no such filter: under place=US/CA the cities of California are shown,
        all bright."""
        emitted = self.emitted(options)
        places = selection.values("place")
        if "place" in emitted and places:
            depth = len(schema.place_levels(options.get("level", "")))
            if all(len(place_parts(p)) < depth for p in places):
                emitted = tuple(e for e in emitted if e != "place")
        return self.at_grain(selection, options).without(*emitted)

    def within(self, selection: Resolved, options: Mapping[str, str], schema: Schema) -> Resolved:
        """What the chart computes with for a file, which holds what its filters say: the selection at the chart's grain
        with all of them, the chart's own too. A chart that reads a filter on products as "orders that contain" has the
        same rows as on the page."""
        return self.own(selection, options, schema) if self.whole_orders else self.at_grain(selection, options)

    def missing(self, schema: Schema, options: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """The fields and extra tables without which the chart cannot be shown (under these options, where given) and
        which the data set lacks."""
        chosen = self.read_options({}, schema) if options is None else options
        lacking = {n for o in self.options for n in o.missing(chosen[o.name], schema)}
        return tuple(sorted(lacking.union(schema.missing(self.needs))))
