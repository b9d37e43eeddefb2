"""How revenue compares: with the comparison, and with what season, weekdays and trend let expect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.calendar import Grain, TimeRange, add_months
from analytics.insights.claim import Claim, Value, change, count, money, money_change, percent, period
from analytics.insights.company import Company
from analytics.insights.days import range_change
from analytics.insights.significance import FEWEST
from analytics.methods.timeseries.expectation import Expectation, expectation
from analytics.selection import Resolved

SAME = 0.0005  # of revenue: what differs by less is the same


@dataclass(frozen=True)
class Compared:
    """The range that is looked at and what it is compared with: the selection's own, or else its last full month or
    quarter. `period` names it where it is not the selection's own."""

    now: Resolved
    base: TimeRange
    comparison: str
    period: str = ""


def against_expected(company: Company) -> list[Claim]:
    """Did revenue change against the comparison, and by how much more or less than was to be expected? Without a
    comparison: of the last full month that has one, or quarter where months have too few orders."""
    for compared in _candidates(company):
        rows = [
            company.aggregate([], ["revenue", "orders"], s).iloc[0]
            for s in (compared.now, compared.now.at(compared.base))
        ]
        if min(row["orders"] for row in rows) >= FEWEST and rows[1]["revenue"] > 0:
            return [_claim(company, compared, *rows)]
    return []


def _candidates(company: Company) -> Iterator[Compared]:
    now = company.now
    if now.base is not None and now.base.days:
        yield Compared(now, now.base, now.comparison)
        return
    for grain in ("month", "quarter"):
        full = company.coverage.full(grain)
        if len(full) < 2:
            continue
        last = full[-1]
        year = TimeRange(add_months(last.span.start, -12), add_months(last.span.end, -12))
        known = year.within(now.bounds.span)
        base = year if known else full[-2].span
        yield Compared(now.at(last.span), base, "year" if known else "previous", last.name)


def _claim(company: Company, compared: Compared, actual: pd.Series, before: pd.Series) -> Claim:
    found = _expectation(company, compared)
    revenue, base = float(actual["revenue"]), float(before["revenue"])
    expected, p = found.value, found.p
    if np.isnan(p):
        expected = base
        p = range_change(company, "revenue", compared.now.span, compared.base).p
    gap = revenue - expected
    evidence = {
        "revenue": money(revenue),
        "base": money(base),
        "base_span": Value(str(compared.base), "span"),
        "period": period(compared.period),
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
    moved = _moved(compared, revenue, base)
    known = "" if np.isnan(found.p) else f".{_known(found, compared.comparison)}"
    says = (moved, f"expected.more{known}" if gap > 0 else f"expected.less{known}") if known else moved
    caveats = ("expected.miss",) if known else ()
    grain: Grain | None = None if not compared.period else "month"
    proof = company.proof("revenue_over_time", grain=grain)
    doubtful = (moved, f"expected.chance{known}")
    return Claim(says, evidence, {}, "gap_share", abs(gap), proof, (), caveats, p, p, doubtful=doubtful)


def _moved(compared: Compared, revenue: float, base: float) -> str:
    where = ".in" if compared.period else ""
    if abs(revenue - base) < SAME * base:
        return f"expected{where}.same"
    return f"expected{where}.rose" if revenue > base else f"expected{where}.fell"


def _known(found: Expectation, comparison: str) -> str:
    if comparison == "year":
        return "trend"
    return "season" if found.seasons else "weekdays"


def _expectation(company: Company, compared: Compared) -> Expectation:
    start = company.now.bounds.start
    span = TimeRange(start, company.now.span.end)
    if compared.base.start < start:
        return Expectation(np.nan, 0, np.nan, 0, np.nan)
    base, now = (
        (int((stretch.start - start).astype(int)), int((stretch.end - start).astype(int)))
        for stretch in (compared.base, compared.now.span)
    )
    return expectation(company.history.daily(span)[: now[1]], base, now)
