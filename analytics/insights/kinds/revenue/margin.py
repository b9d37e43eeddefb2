"""Profit against revenue: did less of each sale remain than before, and what did discounts have to do with it?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, change, money, percent, text
from analytics.insights.company import Company
from analytics.insights.days import ComparedDays
from analytics.insights.significance import FEWEST, LEVEL
from analytics.schema import MISSING

POINTS = 1.0  # percentage points by which the margin, or a rate of discounts, must have moved
COSTED = 0.9  # of revenue: the part whose cost must be known in both ranges
SHARE = 0.25  # of the gap: what discounts must be able to explain to be named
THINGS = ("category", "brand", "product")  # where discounts may have grown, from coarse to fine
METRICS = ("revenue", "orders", "profit", "margin")


def margin(company: Company) -> list[Claim]:
    """Did profit move otherwise than revenue, because the margin did? Only where nearly all costs are known."""
    before = company.now.before
    if before is None or company.now.base is None:
        return []
    now, base = (company.aggregate([], METRICS, s).iloc[0] for s in (company.now, before))
    if min(now["orders"], base["orders"]) < FEWEST or not min(now["profit"], base["profit"]) > 0:
        return []
    costed = [float(s["profit"] / s["margin"] * 100) for s in (now, base)]
    if costed[0] < COSTED * now["revenue"] or costed[1] < COSTED * base["revenue"]:
        return []
    points = float(now["margin"] - base["margin"])
    p = _chance(company, float(now["profit"] + base["profit"]) / sum(costed))
    if abs(points) < POINTS or p > LEVEL:
        return []
    gap = abs(points) / 100 * costed[0]
    evidence = {
        "profit": money(now["profit"]),
        "change": change((now["profit"] / base["profit"] - 1) * 100),
        "whole": change((now["revenue"] / base["revenue"] - 1) * 100),
        "margin": percent(now["margin"]),
        "before": percent(base["margin"]),
        "base_span": company.base_span,
        "points": Value(points, "ratio"),
        "gap": money(gap),
        "q": Value(p, "p"),
    }
    says = "margin.fell" if points < 0 else "margin.rose"
    given = _discounts(company, gap) if points < 0 else {}
    grew = "margin.discounts_most" if "name" in given else "margin.discounts"
    return [
        Claim(
            (says, "margin.whole", *((grew,) if given else ())),
            evidence | given,
            {},
            "points",
            gap,
            company.proof("kpis"),
            _advice(points, bool(given)),
            (),
            p,
            p,
        )
    ]


def _advice(points: float, discounts: bool) -> str:
    if points > 0:
        return ""
    return "margin.discounts.do" if discounts else "margin.do"


def _chance(company: Company, rate: float) -> float:
    """p that what each day leaves beyond that share of its revenue is the same in both ranges."""
    if company.now.base is None:
        return 1.0
    days = ComparedDays.of(company.now, company.now.span, company.now.base)
    profit, revenue = (np.nan_to_num(company.history.daily(days.span, name)) for name in ("profit", "revenue"))
    return days.change(profit - rate * revenue, np.full(len(revenue), revenue.mean())).p


def _discounts(company: Company, gap: float) -> dict[str, Value]:
    """By how much discounts grew, and where most; nothing where they explain little of the gap."""
    before = company.now.before
    if "discount" not in company or before is None:
        return {}
    now, base = (company.aggregate([], ["discount", "discount_rate"], s).iloc[0] for s in (company.now, before))
    given = float(now["discount"] - base["discount"])
    if not (given >= SHARE * gap and now["discount_rate"] - base["discount_rate"] >= POINTS):
        return {}
    found = {
        "given": money(given),
        "discounts": money(now["discount"]),
        "rate": percent(now["discount_rate"]),
        "rate_before": percent(base["discount_rate"]),
    }
    field = next((thing for thing in THINGS if thing in company), "")
    return found | (_most(company, field) if field else {})


def _most(company: Company, field: str) -> dict[str, Value]:
    """The value in which discounts grew most, with its rates."""
    before = company.now.before
    if before is None:
        return {}
    both = pd.concat(
        [company.aggregate([field], ["discount", "discount_rate"], s).set_index(field) for s in (company.now, before)],
        axis=1,
        keys=["now", "base"],
    ).dropna()
    both = both[[str(value) != MISSING for value in both.index]]
    if len(both) < 2:
        return {}
    steps = (both["now"]["discount"] - both["base"]["discount"]).to_numpy(float)
    row = both.iloc[int(steps.argmax())]
    return {
        "name": text(company.label(field, both.index[int(steps.argmax())])),
        "own": percent(row["now"]["discount_rate"]),
        "own_before": percent(row["base"]["discount_rate"]),
        "own_given": money(float(steps.max())),
    }
