"""Targets: what a metric should reach in a period, for all rows or those of a selection. Which of them a viewer may
see, and which belong to what a page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

import numpy as np

from analytics.calendar import Calendar, Day, Grain, TimeRange
from analytics.errors import RequestError
from analytics.language import N_
from analytics.metrics import METRICS
from analytics.ranges import parse_span
from analytics.selection import Clause, Resolved

NAMED: tuple[Grain, ...] = ("month", "quarter", "year", "day")  # periods that have a name
LONGEST_DAYS = 3660  # of a period
_PERIOD = re.compile(r"(?P<fiscal>FY)?(?P<year>\d{4})(-Q(?P<quarter>[1-4])|-(?P<month>\d{2})(-(?P<day>\d{2}))?)?")
HINT = N_("Use 2026-11, 2026-Q4, 2026, 2026-11-27, or days such as 2026-11-27..2026-12-01, without the last.")


@dataclass(frozen=True)
class Target:
    """A metric should reach `value` (its unit) over the days of `span`, under these clauses. `title` tells targets of
    one period apart, such as a budget and a stretch goal. `id`: its number in the state store, 0 for one that the data
    set declares, and for the sum of several. An `ended` one no longer counts, nor does a declared one in its place;
    a `withdrawn` one leaves its place to the declared one again."""

    metric: str
    span: TimeRange
    value: float
    clauses: tuple[Clause, ...] = ()
    title: str = ""
    id: int = 0
    ended: bool = False
    withdrawn: bool = False

    @cached_property
    def rows(self) -> tuple[Clause, ...]:
        """Which rows it is about: equal for clauses of the same meaning."""
        return merged(self.clauses)

    @cached_property
    def key(self) -> str:
        """Equal for targets that stand for the same thing, whatever their values."""
        return repr((self.metric, str(self.span), _told(self.rows), self.title))

    @property
    def at_most(self) -> bool:
        """Whether the value is a limit: less is better."""
        return METRICS[self.metric].good < 0

    @property
    def adds_up(self) -> bool:
        """Whether the metric of a period is the sum of those of its days."""
        return "order" in METRICS[self.metric].additive


# --- what filters mean


def merged(*clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Clauses that all hold, as few as mean the same: one a field, whose included values are in all of them. Those on
    whole orders stay as they are."""
    fields: dict[str, Clause] = {}
    whole: set[Clause] = set()
    for clause in (c for group in clauses for c in group):
        if clause.whole_orders:
            whole.add(clause)
            continue
        known = fields.get(clause.field)
        fields[clause.field] = _reduced(clause) if known is None else _both(known, clause)
    return tuple(sorted((*fields.values(), *whole)))


def _reduced(clause: Clause) -> Clause:
    """The same without excluded values where values are included."""
    if not clause.include:
        return clause
    return Clause(clause.field, tuple(v for v in clause.include if v not in clause.exclude))


def _both(first: Clause, second: Clause) -> Clause:
    if not first or not second:  # a clause without values keeps nothing
        return Clause(first.field)
    exclude = (*first.exclude, *second.exclude)
    if not first.include and not second.include:
        return Clause(first.field, (), exclude)
    given = [set(c.include) for c in (first, second) if c.include]
    include = set.intersection(*given) - set(exclude)
    return Clause(first.field, tuple(include))


def within(target: Target, limits: Sequence[Clause]) -> bool:
    """Whether a viewer whose rows are limited so sees all rows that the target is about: only then may they see it, as
    their own figures are comparable with it. Clauses on whole orders are judged by lines that may be hidden, so a
    limited viewer sees no target that has one."""
    if not limits:
        return True
    whole = any(c.whole_orders for c in (*target.clauses, *limits))
    return not whole and merged(target.rows, limits) == target.rows


def _told(clauses: Iterable[Clause]) -> list[tuple[str, tuple[str, ...], tuple[str, ...], bool]]:
    return [(c.field, c.include, c.exclude, c.whole_orders) for c in clauses]


# --- which targets belong to a selection


def of_selection(targets: Sequence[Target], now: Resolved, limits: Sequence[Clause] = ()) -> tuple[Target, ...]:
    """The targets that the figures of a selection are held against, one for each metric and title.

    The filters mean the same rows, and the days of the range are those of the target's period that have data: the whole
    period, or the period to date. Where several periods fit, it is the one that was chosen as the range, else the
    shortest. Where none fits and the metric adds up, targets of consecutive periods that together fit are added; those
    of ratios and distinct counts never are.
    """
    if not now.span.days:
        return ()
    touching = [t for t in targets if t.span.start < now.span.end and now.span.start < t.span.end]
    found = []
    for _, group in groupby(sorted(_same_rows(touching, now, limits), key=_metric_title), key=_metric_title):
        of_title = sorted(group, key=lambda t: (t.span.days, t.span.start))
        fitting = [t for t in of_title if _fits(t.span, now)]
        exact = [t for t in fitting if t.span == now.requested]
        best = next(iter(exact or fitting), None) or _chained(of_title, now)
        if best is not None:
            found.append(best)
    return tuple(found)


def of_time(targets: Sequence[Target], now: Resolved, limits: Sequence[Clause] = ()) -> tuple[Target, ...]:
    """The targets whose filters mean the rows of a selection and whose periods touch the periods that its range
    touches."""
    edges = now.calendar.edges(now.span, now.grain)
    if not len(edges):
        return ()
    shown = TimeRange(edges[0], edges[-1])
    return tuple(t for t in _same_rows(targets, now, limits) if t.span.clipped(shown).days)


def all_of(targets: Sequence[Target], now: Resolved, limits: Sequence[Clause] = ()) -> tuple[Target, ...]:
    """All of them, whatever the selection: the latest periods first."""
    order = sorted(targets, key=lambda t: (t.metric, t.title, _told(t.clauses)))
    return tuple(sorted(order, key=lambda t: (t.span.end, -t.span.days), reverse=True))


def _same_rows(targets: Sequence[Target], now: Resolved, limits: Sequence[Clause]) -> list[Target]:
    rows = merged(now.clauses, limits)
    return [t for t in targets if (merged(t.rows, limits) if limits else t.rows) == rows]


def _metric_title(target: Target) -> tuple[str, str]:
    return target.metric, target.title


def _fits(span: TimeRange, now: Resolved) -> bool:
    return now.span in (span.clipped(now.bounds.span), span.clipped(now.bounds.complete))


def _chained(targets: Sequence[Target], now: Resolved) -> Target | None:
    """Targets of consecutive periods (the shortest where several begin on a day) as one, if they fit together."""
    first = {t.span.start: t for t in reversed(targets) if t.adds_up}
    day, parts = now.requested.start, list[Target]()
    while day in first and day < now.span.end:
        parts.append(first[day])
        day = parts[-1].span.end
    if len(parts) < 2:
        return None
    whole = TimeRange(parts[0].span.start, day)
    if not _fits(whole, now):
        return None
    return replace(parts[0], span=whole, value=sum(t.value for t in parts), id=0)


# --- names of periods


def parse_period(text: str, calendar: Calendar) -> TimeRange:
    """The days of a period by its name (2026-11, 2026-Q4, 2026, FY2027, FY2027-Q1, 2026-11-27), or of a range as
    addresses write it. RequestError for anything else, and for more than ten years."""
    text = text.strip()
    span = parse_span(text) if ".." in text else _named(text, calendar)
    if span is None or not 1 <= span.days <= LONGEST_DAYS:
        raise RequestError(N_("“{text}” is not a period.", text=text[:60]), where="period", hint=HINT)
    return span


def _named(text: str, calendar: Calendar) -> TimeRange | None:
    found = _PERIOD.fullmatch(text)
    if found is None or int(found["year"]) < 1:
        return None
    parts: tuple[Grain, ...] = ("day", "month", "quarter")
    grain: Grain = next((part for part in parts if found[part]), "year")
    fiscal = grain in ("quarter", "year")
    start: Day
    if bool(found["fiscal"]) != (fiscal and calendar.fiscal_start > 1):
        return None
    try:
        start = np.datetime64(f"{found['year']}-{found['month'] or '01'}-{found['day'] or '01'}", "D")
    except ValueError:
        return None
    if fiscal:
        months = calendar.fiscal_start - 1 - (12 if calendar.fiscal_start > 1 else 0)
        start = calendar.next(start, "month", months + 3 * (int(found["quarter"] or 1) - 1))
    return calendar.period(start, grain)


def period_name(span: TimeRange, calendar: Calendar) -> str:
    """The name of these days as `parse_period` reads it: that of a month, quarter, year or day, else the range."""
    for grain in NAMED:
        start = calendar.floor(np.array([span.start]), grain)[0]
        if calendar.period(start, grain) == span:
            return calendar.name(start, grain)
    return str(span)
