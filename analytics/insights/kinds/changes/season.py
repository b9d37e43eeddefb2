"""What came a year ago too: a change that the season makes each year is no news."""

from __future__ import annotations

from dataclasses import replace

from analytics.calendar import TimeRange, add_months
from analytics.insights.company import Company

HALF = 0.5  # of the effect: a year ago it was as large, about
SEEN = 0.1  # p up to which an effect a year ago counts as seen; two-sided


def year_ago(company: Company) -> Company | None:
    """The same ranges a year before; None where the data do not reach so far back, or where the comparison is the year
    before, which holds the season already."""
    now = company.now
    if now.base is None or now.comparison == "year":
        return None
    span, base = (TimeRange(add_months(s.start, -12), add_months(s.end, -12)) for s in (now.span, now.base))
    if base.start < now.bounds.start or not span.days or not base.days:
        return None
    earlier = Company(company.engine, replace(now, span=span, base=base), company.query, company.models)
    earlier.calls = company.calls
    return earlier


def came_then(effect: float, then: float, p: float) -> bool:
    """Whether an effect of the same direction, at least half as large, was seen a year ago with that p."""
    return effect * then > 0 and abs(then) >= HALF * abs(effect) and p <= SEEN
