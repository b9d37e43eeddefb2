"""What is computed: clauses, the days that the data cover, and a selection whose words are dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analytics.calendar import GREGORIAN, Calendar, Grain, TimeRange
from analytics.errors import NotEnoughData
from analytics.language import N_


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


MOST_COMPARED = 6  # values side by side: as many as can be told apart by their colours


def compared(clauses: Iterable[Clause], field: str) -> Clause | None:
    """The clause whose values can be shown side by side: the one on this field, if it includes two to six values."""
    found = (c for c in clauses if c.field == field and 2 <= len(c.include) <= MOST_COMPARED)
    return next(found, None)


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
    versus: str = ""  # the field whose values are shown side by side

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
        """The same filters over all history up to the end of the range: for customers' whole histories."""
        return self.at(TimeRange(min(self.bounds.start, self.span.end), self.span.end))

    def reaching_back(self, months: int) -> Resolved:
        """The same clauses over at least so many calendar months up to the end of the range, as far as the data go
        back, without comparison; the selection itself where its range is as long. Of a range within December 2025,
        12 months begin on 1 January 2025."""
        if not self.span.days:
            return self
        first = (self.span.last.astype("datetime64[M]") - (months - 1)).astype("datetime64[D]")
        start = max(first, self.bounds.start)
        return self if start >= self.span.start else self.at(TimeRange(start, self.span.end))

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
                N_("there is no earlier time to compare with, or none is chosen."),
                hint=N_("Choose a shorter or later range, or another comparison."),
            )
        return self.at(self.base)

    @property
    def together(self) -> Resolved:
        """The same selection, whose values are shown as one."""
        return replace(self, versus="")

    @property
    def sides(self) -> tuple[tuple[str, Resolved], ...]:
        """The values that are shown side by side, in order, each with the selection of it alone; () where none are."""
        clause = compared(self.clauses, self.versus)
        if clause is None:
            return ()
        others = tuple(c for c in self.clauses if c is not clause)
        alone = [(v, replace(clause, include=(v,))) for v in clause.include]
        return tuple((v, replace(self, clauses=tuple(sorted((*others, one))), versus="")) for v, one in alone)

    def values(self, field: str) -> tuple[str, ...]:
        """The included values of a field's clause, other than one on whole orders."""
        return next((c.include for c in self.clauses if c.field == field and not c.whole_orders), ())
