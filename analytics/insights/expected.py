"""How revenue compares: with the comparison, and with what season, weekdays and trend let expect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.insights.claim import Claim, Value, change, count, money, money_change, percent, period
from analytics.insights.company import Company
from analytics.insights.days import range_change
from analytics.insights.significance import FEWEST
from analytics.methods.timeseries.expectation import Expectation, expectation

SAME = 0.0005  # of revenue: what differs by less is the same
AGAINST = (".season", ".trend")  # where revenue rose although more was expected, or fell although less was


def against_expected(company: Company) -> list[Claim]:
    """Did revenue change against the comparison, and by how much more or less than was to be expected?"""
    now, before = company.now, company.now.before
    if before is None or not before.span.days:
        return []
    actual, base = (company.aggregate([], ["revenue", "orders"], s).iloc[0] for s in (now, before))
    if not base["revenue"] > 0:
        return []
    return [_claim(company, actual, base)]


def chance(company: Company) -> float:
    """p of what is claimed of revenue as a whole: of the miss against what was to be expected or, where that cannot be
    judged, of the change. Whatever splits the change has no other."""
    found = _expectation(company)
    return range_change(company).p if np.isnan(found.p) else found.p


def _claim(company: Company, actual: pd.Series, before: pd.Series) -> Claim:
    revenue, base = float(actual["revenue"]), float(before["revenue"])
    few = min(actual["orders"], before["orders"]) < FEWEST
    found = _expectation(company)
    known = f".{_known(found, company.now.comparison)}" if not few and not np.isnan(found.p) else ""
    expected = found.value if known else base
    p = 1.0 if few else chance(company)
    gap = revenue - expected
    evidence = {
        "revenue": money(revenue),
        "base": money(base),
        "base_span": company.base_span,
        "period": period(company.period),
        "orders": count(actual["orders"]),
        "base_orders": count(before["orders"]),
        "step": money_change(revenue - base),
        "by": percent(abs(revenue / base - 1) * 100),
        "change": change((revenue / base - 1) * 100),
        "expected": money(expected),
        "gap": money(abs(gap)),
        "gap_share": percent(abs(gap) / expected * 100),
        "miss": percent((np.exp(found.miss) - 1) * 100),
        "trials": count(found.trials),
        "q": Value(p, "p"),
    }
    moved = _moved(company, revenue, base)
    against = bool(known) and (gap < 0 < revenue - base or gap > 0 > revenue - base)
    only = f"{moved}_only" if against and not moved.endswith("same") else moved
    says = (only, f"expected.more{known}" if gap > 0 else f"expected.less{known}") if known else moved
    caveats = ("expected.miss.but",) if known else ()
    proof = company.proof("revenue_over_time", grain="month" if company.period else None)
    doubtful = (moved, "expected.few" if few else f"expected.chance{known}")
    if only != moved and known in AGAINST:
        doubtful = (moved, f"expected.chance{known}.{'even_less' if gap > 0 else 'even_more'}")
    if not few and not known and np.isinf(range_change(company).usual):
        doubtful = (moved, "expected.short")
    return Claim(says, evidence, {}, "gap_share", abs(gap), proof, (), caveats, p, p, doubtful=doubtful)


def _moved(company: Company, revenue: float, base: float) -> str:
    where = ".in" if company.period else ""
    if abs(revenue - base) < SAME * base:
        return f"expected{where}.same"
    return f"expected{where}.rose" if revenue > base else f"expected{where}.fell"


def _known(found: Expectation, comparison: str) -> str:
    if comparison == "year":
        return "trend"
    return "season" if found.seasons else "weekdays"


def _expectation(company: Company) -> Expectation:
    return company.once("expectation", lambda: _expected(company))


def _expected(company: Company) -> Expectation:
    start = company.now.bounds.start
    span = TimeRange(start, company.now.span.end)
    stretches = (company.now.base or span, company.now.span)
    if stretches[0].start < start:
        return Expectation(np.nan, 0, np.nan, 0, np.nan)
    base, now = (tuple(int((day - start).astype(int)) for day in (s.start, s.end)) for s in stretches)
    return expectation(company.history.daily(span), (base[0], base[1]), (now[0], now[1]))
