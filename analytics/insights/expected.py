"""How revenue compares: with the comparison, and with what season, weekdays and trend let expect."""

from __future__ import annotations

import numpy as np

from analytics.calendar import TimeRange
from analytics.insights.claim import Claim, Value, change, count, money, money_change, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import FEWEST, LEVEL, totals_differ
from analytics.methods.timeseries.expectation import Expectation, expectation

LITTLE = 0.02  # of revenue: an expectation nearer to the base than that is not told apart from it


def against_expected(company: Company) -> list[Claim]:
    """Did revenue change against the comparison, and by how much more or less than was to be expected?"""
    now, before = company.now, company.now.before
    if before is None or now.base is None or not now.base.days:
        return []
    names = ["revenue", "orders"]
    actual, base = (company.aggregate([], names, s).iloc[0] for s in (now, before))
    if min(actual["orders"], base["orders"]) < FEWEST or not base["revenue"] > 0:
        return []
    found = _expectation(company, now.base)
    revenue = float(actual["revenue"])
    expected = found.value if found.value > 0 else float(base["revenue"])
    p = found.p
    if np.isnan(p):
        expected = float(base["revenue"])
        spread = company.spread
        p = float(totals_differ(revenue, actual["orders"], expected, base["orders"], spread))
    step = revenue - float(base["revenue"])
    gap = revenue - expected
    apart = abs(expected - float(base["revenue"])) > LITTLE * float(base["revenue"])
    evidence = {
        "revenue": money(revenue),
        "base": money(base["revenue"]),
        "base_span": Value(str(now.base), "span"),
        "step": money_change(step),
        "by": percent(abs(revenue / float(base["revenue"]) - 1) * 100),
        "change": change((revenue / float(base["revenue"]) - 1) * 100),
        "expected": money(expected),
        "gap": money(abs(gap)),
        "gap_share": percent(abs(gap) / expected * 100),
        "miss": percent((np.exp(found.miss) - 1) * 100),
        "trials": count(found.trials),
        "known": text(_known(found, now.comparison)),
        "q": Value(p, "p"),
    }
    says = (_moved(step, float(base["revenue"])), _judgement(gap, p, apart))
    caveats = ("expected.miss",) if found.trials and not np.isnan(found.miss) else ()
    return [Claim(says, evidence, {}, "gap_share", abs(gap), company.proof("revenue_over_time"), (), caveats, p, p)]


def _moved(step: float, base: float) -> str:
    if abs(step) < 0.0005 * base:
        return "expected.same"
    return "expected.rose" if step > 0 else "expected.fell"


def _judgement(gap: float, p: float, apart: bool) -> str:
    """The sentence that says how that compares with the expectation."""
    if p > LEVEL:
        return "expected.chance_apart" if apart else "expected.chance"
    if not apart:
        return ""
    return "expected.more" if gap > 0 else "expected.less"


def _known(found: Expectation, comparison: str) -> str:
    if comparison == "year":
        return "the weekdays and the trend of the weeks before"
    return "the season and the weekdays" if found.seasons else "the weekdays"


def _expectation(company: Company, base: TimeRange) -> Expectation:
    bounds = company.now.bounds
    span = TimeRange(bounds.start, company.now.span.end)
    daily = company.history.daily(span)
    at = [int((day - span.start).astype(int)) for day in (base.start, base.end, company.now.span.start)]
    if at[0] < 0:
        return Expectation(np.nan, 0, np.nan, 0, np.nan)
    return expectation(daily, (at[0], at[1]), (at[2], span.days))
