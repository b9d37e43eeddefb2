"""What the URL says, as one frozen value, with every change that a viewer can make to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analytics.calendar import GREGORIAN, Calendar, Grain, auto_grain
from analytics.errors import capital
from analytics.ranges import base_of, range_of
from analytics.selection import query
from analytics.selection.query import DIMENSIONS, not_compared
from analytics.selection.resolved import Bounds, Clause, Resolved, compared


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
    versus: str = ""  # the field whose two to six included values are shown side by side

    def __post_init__(self) -> None:
        merged: dict[tuple[str, bool], Clause] = {}
        for c in self.clauses:
            old = merged.get((c.field, c.whole_orders), Clause(c.field, whole_orders=c.whole_orders))
            merged[c.field, c.whole_orders] = Clause(
                c.field, old.include + c.include, old.exclude + c.exclude, c.whole_orders
            )
        object.__setattr__(self, "clauses", tuple(sorted(c for c in merged.values() if c)))
        object.__setattr__(self, "options", tuple(sorted(dict(self.options).items())))
        if compared(self.clauses, self.versus) is None:
            object.__setattr__(self, "versus", "")

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
        """The query string, without "?"; defaults are left out, except that the range is said where the query would
        name nothing but a data set: such an address opens the default view (`opens_default`)."""
        parts = [(name, str(getattr(self, name))) for name in ("data", "range", "compare", "grain", "versus")]
        told = [(name, value) for name, value in parts if value != getattr(Selection, name)]
        if self.data and len(told) == 1 and not self.clauses and not self.options:
            told.append(("range", self.range))
        return query.written(told, self.clauses, self.options)

    @staticmethod
    def opens_default(text: str, fields: Iterable[str] = DIMENSIONS) -> bool:
        """Whether a query string asks for the view that its data set opens with: nothing that it says is understood, or
        only which data set."""
        said = query.parsed(text, frozenset(fields))
        return not (said.clauses or said.options) and said.parts.keys() <= {"data"}

    @classmethod
    def from_query(
        cls, text: str, fields: Iterable[str] = DIMENSIONS, *, strict: bool = False
    ) -> tuple[Selection, tuple[str, ...]]:
        """The selection that a query string says, and why parts of it were dropped, a sentence each for whoever reads a
        page.

        `strict` raises the first of these reasons, a RequestError, instead.
        """
        said = query.parsed(text, frozenset(fields))
        if strict and said.dropped:
            raise said.dropped[0]
        found = cls(**said.parts, clauses=said.clauses, options=said.options)
        told = said.told
        if said.parts.get("versus") and not found.versus:
            alone = not_compared(said.parts["versus"])
            if strict:
                raise alone
            told += (capital(alone.message),)
        return found, tuple(map(str, told))

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
        return Resolved(
            self.data, span, base, comparison, grain, self.clauses, requested, bounds, calendar, self.versus
        )
