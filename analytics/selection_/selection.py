"""What a viewer is looking at: data set, time range, comparison, grain and clauses, as one frozen value.

A Selection is what the URL says. `resolve` turns its words into dates, against the days that the data cover. Engines
compute with the Resolved selection, and cache keys are made of it, so URLs that mean the same share their answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

import numpy as np

from analytics.calendar import GRAINS, GREGORIAN, Calendar, Grain, TimeRange, auto_grain
from analytics.errors import NotEnoughData, RequestError, TooLarge, UnknownName
from analytics.ranges import COMPARISONS, PRESETS, base_of, parse_span, range_of
from analytics.schema import FIELDS, Schema

GRAIN_LABELS: dict[str, str] = {"auto": "automatic", **{g: f"by {g}" for g in GRAINS}}

# Bounds of a query string: its length, the clauses' values, the length of one value, and the options of charts.
MAX_QUERY = 16_000
MAX_VALUES = 400
MAX_VALUE = 300
MAX_OPTIONS = 60

DIMENSIONS = frozenset(f.name for f in FIELDS.values() if f.dimension)
_OPTION = re.compile(r"[a-z_]{1,60}\.[a-z_]{1,40}")
_DATASET = re.compile(r"[a-z0-9_\-]{0,60}")


def filterable(schema: Schema) -> frozenset[str]:
    """The dimensions that an address of this data set may filter by: the canonical ones, also those that it lacks, and
    its own."""
    return DIMENSIONS.union(f.name for f in schema.own)


@dataclass(frozen=True, order=True)
class Clause:
    """One condition on a field: keep rows whose value is among `include`, or any where only `exclude` is given, and not
    among `exclude`.

    A clause without any value keeps nothing. A Selection drops such clauses, since nothing was chosen; in a policy they
    stand, so that an empty list of what a viewer may see never shows everything.

    `whole_orders`: judge an order by any of its lines and keep or drop it whole ("orders that contain an iPhone").
    """

    field: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    whole_orders: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "include", tuple(sorted(set(self.include))))
        object.__setattr__(self, "exclude", tuple(sorted(set(self.exclude))))

    def __bool__(self) -> bool:
        return bool(self.include or self.exclude)

    @cached_property
    def conditions(self) -> tuple[tuple[tuple[str, ...], bool], ...]:
        """(values, whether a row's value must be among them): all must hold."""
        if not self:
            return (((), True),)
        return tuple((values, wanted) for values, wanted in ((self.include, True), (self.exclude, False)) if values)


# What a viewer may see: layers of clauses, the outermost first. A layer judges whole orders by what the layers before
# it show, so the same clauses in two layers may mean something else than in one. `()` shows everything.
Policy = tuple[tuple[Clause, ...], ...]


@dataclass(frozen=True)
class Bounds:
    """The days that data cover: from the day of the first order (or a declared earlier one) up to, not including, the
    day after the last order's (or after a declared later one). `until` is the end of the complete days, not included
    either."""

    start: np.datetime64
    end: np.datetime64
    until: np.datetime64

    @property
    def span(self) -> TimeRange:
        """All days that the data cover."""
        return TimeRange(self.start, self.end)

    @property
    def complete(self) -> TimeRange:
        """Those of them that are complete."""
        return TimeRange(self.start, min(self.end, self.until))


SAME_WEEKDAYS = 364  # days of a year that is whole weeks


@dataclass(frozen=True)
class Resolved:
    """A Selection with its words turned into dates: what is computed."""

    data: str
    span: TimeRange
    base: TimeRange | None  # the comparison's range; None where the data have none
    comparison: str  # what `base` is: "previous", "year" or "none"
    grain: Grain
    clauses: tuple[Clause, ...]
    requested: TimeRange  # the range before it was cut to the data; only for telling people
    bounds: Bounds
    calendar: Calendar = GREGORIAN

    @property
    def key(self) -> str:
        """Equal for selections of the same meaning, different for others."""
        return repr((self.data, self.lines_key, str(self.base), self.grain, str(self.bounds.until)))

    @cached_property
    def lines_key(self) -> str:
        """Equal where the same lines are selected: the range and the clauses."""
        clauses = [(c.field, c.include, c.exclude, c.whole_orders) for c in self.clauses]
        return repr((str(self.span), clauses))

    def without(self, *fields: str) -> Resolved:
        """The same selection without the clauses on these fields: what a chart computes with whose marks set them."""
        return replace(self, clauses=tuple(c for c in self.clauses if c.field not in fields))

    def only(self, *clauses: Clause) -> Resolved:
        """The same dates with these clauses instead."""
        return replace(self, clauses=tuple(sorted(c for c in clauses if c)))

    def at(self, span: TimeRange) -> Resolved:
        """The same clauses over another range, without comparison."""
        return replace(self, span=span, base=None, comparison="none")

    @property
    def to_date(self) -> Resolved:
        """The same filters over all history up to the end of the range: what is said of customers' whole lives."""
        return self.at(TimeRange(min(self.bounds.start, self.span.end), self.span.end))

    def by(self, grain: Grain) -> Resolved:
        """The same selection at another grain."""
        return replace(self, grain=grain)

    @property
    def before(self) -> Resolved | None:
        """The same selection over the comparison's range."""
        return None if self.base is None else self.at(self.base)

    @property
    def matched(self) -> TimeRange | None:
        """The days that those of the range are compared with one by one, in order; None without a comparison. Hours,
        days and weeks are compared with those 364 days before, not with the same dates of the year before: those fall
        on other weekdays.
        """
        if self.comparison == "year" and self.base is not None and self.grain in ("hour", "day", "week"):
            return self.span.shifted(-SAME_WEEKDAYS)
        return self.base

    @property
    def compared(self) -> Resolved:
        """`before`, for a question about the change; NotEnoughData where there is nothing to compare with."""
        if self.base is None:
            raise NotEnoughData(
                "there is no earlier time to compare with, or none is chosen.",
                hint="Choose a shorter or later range, or another comparison.",
            )
        return self.at(self.base)

    def values(self, field: str) -> tuple[str, ...]:
        """The included values of a field's clause, other than one on whole orders."""
        return next((c.include for c in self.clauses if c.field == field and not c.whole_orders), ())


@dataclass(frozen=True)
class Selection:
    """What the URL says, in canonical form: clauses are sorted, and there is one for each field and value of
    `whole_orders`. Options of charts travel with the selection but are no part of its meaning."""

    data: str = ""
    range: str = "all"
    compare: str = "previous"
    grain: str = "auto"
    clauses: tuple[Clause, ...] = ()
    options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        merged: dict[tuple[str, bool], Clause] = {}
        for c in self.clauses:
            old = merged.get((c.field, c.whole_orders), Clause(c.field, whole_orders=c.whole_orders))
            merged[c.field, c.whole_orders] = Clause(
                c.field, old.include + c.include, old.exclude + c.exclude, c.whole_orders
            )
        object.__setattr__(self, "clauses", tuple(sorted(c for c in merged.values() if c)))
        object.__setattr__(self, "options", tuple(sorted(dict(self.options).items())))

    # --- one change at a time: each returns a new Selection
    def clause(self, field: str, whole_orders: bool = False) -> Clause:
        """The clause on a field; one without values where there is none."""
        return next(
            (c for c in self.clauses if (c.field, c.whole_orders) == (field, whole_orders)),
            Clause(field, (), (), whole_orders),
        )

    def with_clause(self, clause: Clause) -> Selection:
        """This clause in place of the one on the same field; one without values removes it."""
        kept = tuple(c for c in self.clauses if (c.field, c.whole_orders) != (clause.field, clause.whole_orders))
        return replace(self, clauses=(*kept, clause))

    def only_value(self, values: Mapping[str, str]) -> Selection:
        """A click on a mark: only these values, one for each field; where they are the only ones already, none."""
        sole = all(self.clause(f) == Clause(f, (v,)) for f, v in values.items())
        result = self
        for f, v in values.items():
            result = result.with_clause(Clause(f) if sole else Clause(f, (v,)))
        return result

    def toggled(self, field: str, value: str, *, exclude: bool = False, whole_orders: bool = False) -> Selection:
        """A click with Shift, or a tick: the value joins the included (or excluded) ones, or leaves them."""
        c = self.clause(field, whole_orders)
        if value in (c.exclude if exclude else c.include):
            return self.without_value(field, value, whole_orders=whole_orders)
        include = tuple(v for v in c.include if v != value) + (() if exclude else (value,))
        excluded = tuple(v for v in c.exclude if v != value) + ((value,) if exclude else ())
        return self.with_clause(Clause(field, include, excluded, whole_orders))

    def without_value(self, field: str, value: str, *, whole_orders: bool = False) -> Selection:
        """The selection without a value, whether it is included or excluded."""
        c = self.clause(field, whole_orders)
        include = tuple(v for v in c.include if v != value)
        exclude = tuple(v for v in c.exclude if v != value)
        return self.with_clause(Clause(field, include, exclude, whole_orders))

    def with_whole_orders(self, field: str, whole: bool) -> Selection:
        """The filter on a field turned to whole orders that contain a value of it, or back to the lines alone."""
        c = self.clause(field, not whole)
        return (
            self.with_clause(Clause(field, (), (), not whole)).with_clause(replace(c, whole_orders=whole))
            if c
            else self
        )

    def with_option(self, chart: str, option: str, value: str) -> Selection:
        """The selection with a chart's own option set; an empty value removes it."""
        options = {**dict(self.options), f"{chart}.{option}": value}
        return replace(self, options=tuple((k, v) for k, v in options.items() if v != ""))

    def options_of(self, chart: str) -> dict[str, str]:
        """A chart's own options, by name."""
        return {k.split(".", 1)[1]: v for k, v in self.options if k.startswith(f"{chart}.")}

    @property
    def unfiltered(self) -> Selection:
        """The selection without clauses."""
        return replace(self, clauses=())

    # --- URL
    def to_query(self) -> str:
        """The query string, without "?"; defaults are left out."""
        pairs: list[tuple[str, str]] = []
        for name, default in (("data", ""), ("range", "all"), ("compare", "previous"), ("grain", "auto")):
            value = getattr(self, name)
            if value != default:
                pairs.append((name, value))
        for c in self.clauses:
            name, prefix = ("with", f"{c.field}:") if c.whole_orders else (c.field, "")
            pairs += [(name, prefix + _escaped(v)) for v in c.include]
            pairs += [(name, f"{prefix}!{_escaped(v)}") for v in c.exclude]
        pairs += list(self.options)
        return urlencode(pairs)

    @classmethod
    def from_query(
        cls, query: str, fields: Iterable[str] = DIMENSIONS, *, strict: bool = False
    ) -> tuple[Selection, tuple[str, ...]]:
        """The selection that a query string says, and why parts of it were dropped, a sentence each.

        `strict` raises the first of these reasons, a RequestError, instead.
        """
        known = frozenset(fields)
        dropped: list[RequestError] = []
        query = query.lstrip("?")
        if len(query) > MAX_QUERY:
            message = f"the query is {len(query):,} characters long; at most {MAX_QUERY:,} are read."
            dropped.append(TooLarge(message, where="URL"))
            query = ""
        pairs = parse_qsl(query, keep_blank_values=True)
        most = MAX_VALUES + MAX_OPTIONS
        if len(pairs) > most:
            dropped.append(TooLarge(f"{len(pairs):,} parameters; the first {most} are read.", where="URL"))
        parts: dict[str, str] = {}
        clauses: list[Clause] = []
        options: dict[str, str] = {}
        for name, value in pairs[:most]:
            try:
                _check_size(name, value)
                if name in _CHECKS:
                    _CHECKS[name](value)
                    parts[name] = value
                elif "." in name:
                    options[_checked_option(name)] = value
                else:
                    clauses.append(_clause(name, value, known))
            except RequestError as error:
                dropped.append(error)
        if strict and dropped:
            raise dropped[0]
        return cls(**parts, clauses=tuple(clauses), options=tuple(options.items())), tuple(str(e) for e in dropped)

    # --- dates
    def resolve(self, bounds: Bounds, calendar: Calendar = GREGORIAN) -> Resolved:
        """The selection with words turned into dates.

        The comparison spans equal elapsed time: the range is cut to the data first. Whole months are compared with
        whole months.
        """
        requested = range_of(self.range, bounds.span, bounds.complete.end, calendar)
        span = requested.clipped(bounds.span)
        comparison, base = base_of(span, self.compare, bounds.span, self.range, calendar)
        grain: Grain = auto_grain(span) if self.grain == "auto" else self.grain  # type: ignore[assignment]
        return Resolved(self.data, span, base, comparison, grain, self.clauses, requested, bounds, calendar)


# --- one parameter of a query string
def _escaped(value: str) -> str:
    """A value as the URL has it: "!" at the beginning marks an excluded one, so it is preceded by a backslash where it
    belongs to the value itself."""
    return "\\" + value if value[:1] in ("!", "\\") else value


def _check_size(name: str, value: str) -> None:
    where = f"URL parameter {name[:60]!r}"
    if len(value) > MAX_VALUE or len(name) > MAX_VALUE:
        raise TooLarge(f"a value of {len(value):,} characters; at most {MAX_VALUE} are read.", where=where)
    if "\x00" in value:
        raise RequestError("a value with a zero byte.", where=where)


def _check_data(value: str) -> None:
    if not _DATASET.fullmatch(value):
        raise RequestError(f"{value!r} cannot be a data set's name.", where="URL parameter 'data'")


def _check_range(value: str) -> None:
    if value not in PRESETS:
        parse_span(value)


def _check_comparison(value: str) -> None:
    if value not in COMPARISONS:
        raise UnknownName("comparison", value, COMPARISONS, where="URL parameter 'compare'")


def _check_grain(value: str) -> None:
    if value not in GRAIN_LABELS:
        raise UnknownName("grain", value, GRAIN_LABELS, where="URL parameter 'grain'")


_CHECKS: dict[str, Callable[[str], None]] = {
    "data": _check_data,
    "range": _check_range,
    "compare": _check_comparison,
    "grain": _check_grain,
}


def _checked_option(name: str) -> str:
    if not _OPTION.fullmatch(name):
        raise RequestError(f"{name[:80]!r} is not of the form chart.option.", where="URL")
    return name


def _clause(name: str, value: str, known: frozenset[str]) -> Clause:
    """A clause of one value: `city=Portland`; excluded, `city=!Portland`; on whole orders, `with=product:iPhone`."""
    whole_orders = name == "with"
    field, _, rest = value.partition(":") if whole_orders else (name, "", value)
    if field not in known:
        raise UnknownName("field", field, known, where="URL")
    excluded = rest.startswith("!")
    text = rest[1:] if excluded else rest
    values = (text.removeprefix("\\"),)
    return Clause(field, () if excluded else values, values if excluded else (), whole_orders)
