"""What changed from one recap to another: a pure comparison of two recaps of the same scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analytics.calendar import TimeRange
from dashboard.changes.recap import MOST_DAYS, MOST_MONTHS, Recap, Story, Totals

CENT = 0.005  # money that differs by less is the same


@dataclass(frozen=True)
class Restated:
    """A month whose days were complete already and that has other totals now. `span`: those of its days that were
    complete then; `day`: the only day that differs, where it is one alone; "" otherwise."""

    month: str
    span: TimeRange
    before: Totals
    after: Totals
    day: str = ""

    @property
    def revenue(self) -> float:
        """How much revenue was added."""
        return self.after.revenue - self.before.revenue


@dataclass(frozen=True)
class NewDays:
    """Days that have become complete, with what they brought."""

    span: TimeRange
    totals: Totals


@dataclass(frozen=True)
class Changes:
    """What changed. `restated`: the largest change of revenue first."""

    restated: tuple[Restated, ...] = ()
    new_days: NewDays | None = None
    lost_days: TimeRange | None = None  # that were complete, and after which the data now end
    new_stories: tuple[Story, ...] = ()
    gone_stories: tuple[Story, ...] = ()
    alerts_began: tuple[str, ...] = ()
    alerts_ended: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything did."""
        parts = (self.restated, self.new_stories, self.gone_stories, self.alerts_began, self.alerts_ended)
        return self.new_days is not None or self.lost_days is not None or any(parts)


def compare(before: Recap, after: Recap) -> Changes:
    """What the second tells otherwise than the first.

    Only days that were complete in the first can be restated: of its last month those days count that both know by day,
    so that days which came since never look like a change of the past. Two recaps of one version give no changes.
    """
    if before.version == after.version:
        return Changes()
    told, now = {s.about for s in before.stories}, {s.about for s in after.stories}
    return Changes(
        tuple(sorted(_restated(before, after), key=lambda r: (-abs(r.revenue), r.month))),
        _new_days(before, after),
        lost if (lost := TimeRange(_day(after.until), _day(before.until))).days else None,
        new_stories=tuple(s for s in after.stories if s.about not in told),
        gone_stories=tuple(s for s in before.stories if s.about not in now),
        alerts_began=tuple(a for a in after.alerts if a not in before.alerts),
        alerts_ended=tuple(a for a in before.alerts if a not in after.alerts),
    )


def _restated(before: Recap, after: Recap) -> Iterator[Restated]:
    """Of months before the last common one all days, of that one the days that both tell."""
    end = min(before.until, after.until)
    last = end[:7]
    first_day = _first(before.days, after.days, MOST_DAYS)
    for month in sorted({*before.months, *after.months}):
        span = TimeRange(_day(month), min(_day(month, months=1), _day(end)))
        whole = month < last and month >= _first(before.months, after.months, MOST_MONTHS)
        by_day = month == last and span.days > 0 and str(span.start) >= first_day
        if whole:
            old, new = before.months.get(month, Totals()), after.months.get(month, Totals())
        elif by_day:
            old, new = (_sum(t for d, t in r.days.items() if str(span.start) <= d < end) for r in (before, after))
        else:
            continue
        if _differ(old, new):
            days = np.arange(max(span.start, _day(first_day)) if first_day else span.start, span.end)
            yield Restated(month, span, old, new, _only_day(before, after, days, new.revenue - old.revenue))


def _first(before: Mapping[str, Totals], after: Mapping[str, Totals], most: int) -> str:
    """The first period that both tell. A recap with fewer than `most` tells all there are: one that it lacks brought
    nothing."""
    return max((min(periods) for periods in (before, after) if len(periods) >= most), default="")


def _only_day(before: Recap, after: Recap, days: np.ndarray, change: float) -> str:
    """The day that alone makes the whole change of revenue; "" where there is none."""
    pairs = {str(d): (before.days.get(str(d), Totals()), after.days.get(str(d), Totals())) for d in days}
    differing = [d for d, (old, new) in pairs.items() if _differ(old, new)]
    if len(differing) != 1:
        return ""
    old, new = pairs[differing[0]]
    return differing[0] if abs(new.revenue - old.revenue - change) < CENT else ""


def _new_days(before: Recap, after: Recap) -> NewDays | None:
    span = TimeRange(_day(before.until), _day(after.until))
    if not span.days:
        return None
    days = [d for d in after.days if before.until <= d < after.until]
    if len(days) < span.days:  # more than the recap tells by day
        return NewDays(span, Totals(float("nan")))
    return NewDays(span, _sum(after.days[d] for d in days))


def _differ(one: Totals, other: Totals) -> bool:
    money = abs(one.revenue - other.revenue) >= CENT or abs(one.gross - other.gross) >= CENT
    return money or one.orders != other.orders or one.refunds != other.refunds


def _sum(totals: Iterable[Totals]) -> Totals:
    columns = list(zip(Totals(), *totals, strict=True))
    return Totals(*(sum(column) for column in columns))


def _day(text: str, months: int = 0) -> np.datetime64:
    """A day, or the first day of a month that many months later."""
    if not months:
        return np.datetime64(text, "D")
    first: np.datetime64 = (np.datetime64(text, "M") + np.timedelta64(months, "M")).astype("datetime64[D]")
    return first
