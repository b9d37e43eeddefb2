"""What a viewer is looking at: data set, time range, comparison, grain and filters, as one frozen value.

A Selection is what the URL says. `resolve` turns its words into dates against the days that the data cover; the
Resolved value is what engines compute with and what cache keys are made of, so two URLs that mean the same share their
answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

import numpy as np

from analytics.calendar import GRAINS, GREGORIAN, Calendar, Grain, TimeRange, auto_grain
from analytics.errors import NotEnoughData, RequestError, TooLarge, UnknownName
from analytics.ranges import COMPARISONS, PRESETS, base_of, parse_span, range_of
from analytics.schema import FIELDS

GRAIN_WORDS: dict[str, str] = {"auto": "automatic", **{g: f"by {g}" for g in GRAINS}}

MAX_QUERY, MAX_VALUES, MAX_VALUE, MAX_OPTIONS = 16_000, 400, 300, 60

DIMENSIONS = frozenset(f.name for f in FIELDS.values() if f.dimension)
_OPTION = re.compile(r"[a-z_]{1,60}\.[a-z_]{1,40}")
_DATASET = re.compile(r"[a-z0-9_\-]{0,60}")


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

    @property
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
    """The days that data cover: from the first order's day up to, not including, the day after the last; `until` ends
    the complete days."""

    start: np.datetime64
    end: np.datetime64
    until: np.datetime64

    @property
    def span(self) -> TimeRange:
        return TimeRange(self.start, self.end)

    @property
    def complete(self) -> TimeRange:
        return TimeRange(self.start, min(self.end, self.until))


@dataclass(frozen=True)
class Resolved:
    """A Selection with its words turned into dates: what is computed. `asked`, the range before it was cut to
    the data, is for words only."""

    data: str
    span: TimeRange
    base: TimeRange | None  # the comparison's range; None without a base in the data
    comparison: str  # what `base` is: "previous", "year" or "none"
    grain: Grain
    clauses: tuple[Clause, ...]
    asked: TimeRange
    bounds: Bounds
    calendar: Calendar = GREGORIAN

    @property
    def key(self) -> str:
        """The same for the same meaning, different otherwise."""
        return repr((self.data, self.lines_key, str(self.base), self.grain, str(self.bounds.until)))

    @cached_property
    def lines_key(self) -> str:
        """The same where the same lines are selected: the range and the filters."""
        clauses = [(c.field, c.include, c.exclude, c.whole_orders) for c in self.clauses]
        return repr((str(self.span), clauses))

    def without(self, *fields: str) -> Resolved:
        """The same selection without the filters on these fields: what a chart that emits them computes with."""
        return replace(self, clauses=tuple(c for c in self.clauses if c.field not in fields))

    def only(self, *clauses: Clause) -> Resolved:
        """The same dates with these filters instead."""
        return replace(self, clauses=tuple(sorted(c for c in clauses if c)))

    def at(self, span: TimeRange) -> Resolved:
        """The same filters over another range, without comparison."""
        return replace(self, span=span, base=None, comparison="none")

    def by(self, grain: Grain) -> Resolved:
        return replace(self, grain=grain)

    @property
    def before(self) -> Resolved | None:
        """The same selection over the comparison's range."""
        return None if self.base is None else self.at(self.base)

    @property
    def compared(self) -> Resolved:
        """`before`, for a question that is about the change. NotEnoughData where there is nothing to compare with."""
        if self.base is None:
            raise NotEnoughData(
                "there is no earlier time to compare with, or none is chosen.",
                hint="Choose a shorter or later range, or another comparison.",
            )
        return self.at(self.base)

    def values(self, field: str) -> tuple[str, ...]:
        """The included values of a field's plain (line) clause."""
        return next((c.include for c in self.clauses if c.field == field and not c.whole_orders), ())


@dataclass(frozen=True)
class Selection:
    """What the URL says, canonical: clauses sorted, one per (field, whole_orders); options of charts ride along and are
    no part of the key."""

    data: str = ""
    range: str = "all"
    compare: str = "previous"
    grain: str = "auto"
    clauses: tuple[Clause, ...] = ()
    options: tuple[tuple[str, str], ...] = field(default=())

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
        return next(
            (c for c in self.clauses if (c.field, c.whole_orders) == (field, whole_orders)),
            Clause(field, (), (), whole_orders),
        )

    def with_clause(self, clause: Clause) -> Selection:
        """This clause in place of the one on the same field (an empty one removes it)."""
        kept = tuple(c for c in self.clauses if (c.field, c.whole_orders) != (clause.field, clause.whole_orders))
        return replace(self, clauses=(*kept, clause))

    def only_value(self, values: Mapping[str, str]) -> Selection:
        """A click: only these values (one per field); a click on what is already the sole choice clears it."""
        sole = all(self.clause(f) == Clause(f, (v,)) for f, v in values.items())
        result = self
        for f, v in values.items():
            result = result.with_clause(Clause(f) if sole else Clause(f, (v,)))
        return result

    def toggled(self, field: str, value: str, *, exclude: bool = False, whole_orders: bool = False) -> Selection:
        """Shift-click or a tick: the value goes into the set, or out of it when it is there."""
        c = self.clause(field, whole_orders)
        if value in (c.exclude if exclude else c.include):
            return self.without_value(field, value, whole_orders=whole_orders)
        include = tuple(v for v in c.include if v != value) + (() if exclude else (value,))
        excluded = tuple(v for v in c.exclude if v != value) + ((value,) if exclude else ())
        return self.with_clause(Clause(field, include, excluded, whole_orders))

    def without_value(self, field: str, value: str, *, whole_orders: bool = False) -> Selection:
        c = self.clause(field, whole_orders)
        drop = lambda vs: tuple(v for v in vs if v != value)  # noqa: E731
        return self.with_clause(Clause(field, drop(c.include), drop(c.exclude), whole_orders))

    def with_option(self, chart: str, option: str, value: str) -> Selection:
        """A chart's own option; an empty value removes it."""
        options = {**dict(self.options), f"{chart}.{option}": value}
        return replace(self, options=tuple((k, v) for k, v in options.items() if v != ""))

    def options_of(self, chart: str) -> dict[str, str]:
        return {k.split(".", 1)[1]: v for k, v in self.options if k.startswith(f"{chart}.")}

    @property
    def unfiltered(self) -> Selection:
        return replace(self, clauses=())

    # --- URL
    def to_query(self) -> str:
        """The query string, without '?'; defaults are left out."""
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
        """The Selection of a query string and what in it was dropped, in words. `strict` raises instead of dropping."""
        known = frozenset(fields)
        dropped: list[RequestError] = []
        query = query.lstrip("?")
        if len(query) > MAX_QUERY:
            dropped.append(
                TooLarge(f"the query is {len(query):,} characters long; at most {MAX_QUERY:,} are read.", where="URL")
            )
            query = ""
        parts: dict[str, str] = {}
        clauses: list[Clause] = []
        options: dict[str, str] = {}
        pairs, most = parse_qsl(query, keep_blank_values=True), MAX_VALUES + MAX_OPTIONS
        if len(pairs) > most:
            dropped.append(TooLarge(f"{len(pairs):,} parameters; the first {most} are read.", where="URL"))
        for name, value in pairs[:most]:
            try:
                _read(name, value, known, parts, clauses, options)
            except RequestError as error:
                dropped.append(error)
        if strict and dropped:
            raise dropped[0]
        return cls(**parts, clauses=tuple(clauses), options=tuple(options.items())), tuple(str(e) for e in dropped)

    # --- dates
    def resolve(self, bounds: Bounds, calendar: Calendar = GREGORIAN) -> Resolved:
        """Words become dates. The comparison spans equal elapsed time: the range is cut to the data first; whole months
        move by months."""
        asked = range_of(self.range, bounds.span, bounds.complete.end, calendar)
        span = asked.clipped(bounds.span)
        comparison, base = base_of(span, self.compare, bounds.span)
        grain: Grain = auto_grain(span) if self.grain == "auto" else self.grain  # type: ignore[assignment]
        return Resolved(self.data, span, base, comparison, grain, self.clauses, asked, bounds, calendar)


def _escaped(value: str) -> str:
    return "\\" + value if value[:1] in ("!", "\\") else value


def _read(
    name: str, value: str, known: frozenset[str], parts: dict[str, str], clauses: list[Clause], options: dict[str, str]
) -> None:
    """One URL parameter into the part of the selection it belongs to."""
    if len(value) > MAX_VALUE or len(name) > MAX_VALUE:
        raise TooLarge(
            f"a value of {len(value):,} characters; at most {MAX_VALUE} are read.", where=f"URL parameter {name[:60]!r}"
        )
    if "\x00" in value:
        raise RequestError("a value with a zero byte.", where=f"URL parameter {name[:60]!r}")
    if name == "data":
        if not _DATASET.fullmatch(value):
            raise RequestError(f"{value!r} cannot be a data set's name.", where="URL parameter 'data'")
        parts["data"] = value
    elif name == "range":
        if value not in PRESETS:
            parse_span(value)
        parts["range"] = value
    elif name == "compare":
        if value not in COMPARISONS:
            raise UnknownName("comparison", value, COMPARISONS, where="URL parameter 'compare'")
        parts["compare"] = value
    elif name == "grain":
        if value not in GRAIN_WORDS:
            raise UnknownName("grain", value, GRAIN_WORDS, where="URL parameter 'grain'")
        parts["grain"] = value
    elif "." in name:
        if not _OPTION.fullmatch(name):
            raise RequestError(f"{name[:80]!r} is not of the form chart.option.", where="URL")
        options[name] = value
    else:
        whole = name == "with"
        field_name, _, rest = value.partition(":") if whole else (name, "", value)
        if field_name not in known:
            raise UnknownName("field", field_name, known, where="URL")
        excluded = rest.startswith("!")
        text = rest[1:] if excluded else rest
        text = text[1:] if text.startswith("\\") else text
        clauses.append(Clause(field_name, () if excluded else (text,), (text,) if excluded else (), whole))
