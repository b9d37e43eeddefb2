"""The range itself: products that are new, and products that are no longer sold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.calendar import TimeRange
from analytics.insights.claim import Claim, Value, change, count, money, percent, period, text
from analytics.insights.company import Company
from analytics.selection import Clause, Resolved

MATERIAL = 0.01  # of revenue: what new products, or those that are gone, must bring together
HISTORY_DAYS = 28  # before the range; with fewer, everything would be new
FEWEST = 10  # orders of a product that is gone
A_YEAR = 364

_DAY = np.timedelta64(1, "D")


def new_products(company: Company) -> list[Claim]:
    """Which products were first sold in this range, and what did they bring?"""
    past = _past(company)
    if past is None:
        return []
    now = _sold(company, company.now)
    known = set(_sold(company, past)["product"])
    new = now[~now["product"].isin(known) & (now["revenue"] > 0)].reset_index(drop=True)
    revenue = float(new["revenue"].sum())
    if new.empty or revenue < MATERIAL * company.revenue or len(new) == len(now):
        return []
    first = new.iloc[0]
    began = _first_day(company, str(first["product"]))
    base = _base_revenue(company)
    evidence = {
        "products": count(len(new)),
        "product": text(company.label("product", first["product"])),
        "revenue": money(revenue),
        "share": percent(100 * revenue / company.revenue),
        "orders": count(new["orders"].sum()),
        "first": period(str(began)),
        "own": money(first["revenue"]),
        "others": count(len(new) - 1),
        "a_day": count(round(float(first["orders"]) / max((company.now.span.end - began) / _DAY, 1.0), 1)),
        "old_change": change((company.revenue - revenue) / base * 100 - 100 if base > 0 else np.nan),
        "whole_change": change(company.revenue / base * 100 - 100 if base > 0 else np.nan),
        "base_span": Value(str(company.now.base), "span"),
    }
    one = "one" if len(new) == 1 else "several"
    says = (f"new_products.{one}", "new_products.without") if base > 0 else f"new_products.{one}"
    return [
        Claim(
            says,
            evidence,
            {"product": str(first["product"])} if len(new) == 1 else {"range": "new"},
            "share",
            revenue,
            company.proof("revenue_by_product", {"product": tuple(map(str, new["product"][:20]))}),
            "new_products.do",
            ("new_products.but",),
        )
    ]


def gone_products(company: Company) -> list[Claim]:
    """Which products were sold in the comparison and not at all in this range?"""
    before = company.now.before
    if before is None or _filtered(company):
        return []
    base = _sold(company, before)
    now = set(_sold(company, company.now)["product"])
    gone = base[~base["product"].isin(now) & (base["orders"] >= FEWEST) & (base["revenue"] > 0)]
    gone = gone[~gone["product"].isin(_out_of_season(company))].reset_index(drop=True)
    revenue = float(gone["revenue"].sum())
    if gone.empty or revenue < MATERIAL * float(base["revenue"].sum()):
        return []
    first = gone.iloc[0]
    evidence = {
        "products": count(len(gone)),
        "product": text(company.label("product", first["product"])),
        "revenue": money(revenue),
        "share": percent(100 * revenue / float(base["revenue"].sum())),
        "orders": count(gone["orders"].sum()),
        "own": money(first["revenue"]),
        "others": count(len(gone) - 1),
        "base_span": Value(str(company.now.base), "span"),
    }
    one = len(gone) == 1
    return [
        Claim(
            "gone_products.one" if one else "gone_products.several",
            evidence,
            {"product": str(first["product"])} if one else {"range": "gone"},
            "share",
            revenue,
            company.proof("product_movers"),
            "gone_products.do",
        )
    ]


def _filtered(company: Company) -> bool:
    """Whether filters on lines decide what is sold."""
    return any(company.fields[c.field].level == "line" for c in company.now.clauses)


def _past(company: Company) -> Resolved | None:
    """All days before the range; None where there are too few."""
    start = company.now.bounds.start
    if _filtered(company) or company.now.span.start - start < HISTORY_DAYS * _DAY:
        return None
    return company.now.at(TimeRange(start, company.now.span.start))


def _sold(company: Company, selection: Resolved) -> pd.DataFrame:
    """Products with orders, most revenue first."""
    frame = company.once(("sold", selection), lambda: company.aggregate(["product"], ["revenue", "orders"], selection))
    frame = frame[frame["orders"] > 0].astype({"product": str})
    return frame.sort_values("revenue", ascending=False, kind="stable", ignore_index=True)


def _first_day(company: Company, product: str) -> np.datetime64:
    chosen = replace(company.now, clauses=tuple(sorted((*company.now.clauses, Clause("product", (product,))))))
    frame = company.aggregate(["product", "period"], ["orders"], chosen.by("day"))
    sold = frame.loc[frame["orders"] > 0, "period"].astype(str)
    return np.datetime64(sold.min(), "D")


def _base_revenue(company: Company) -> float:
    before = company.now.before
    return 0.0 if before is None else float(_sold(company, before)["revenue"].sum())


def _out_of_season(company: Company) -> set[str]:
    """Products that were sold before the same days of the year before, and not in them either."""
    span = TimeRange(company.now.span.start - A_YEAR * _DAY, company.now.span.end - A_YEAR * _DAY)
    earlier = TimeRange(company.now.bounds.start, span.start)
    if span.start <= company.now.bounds.start or not earlier.days:
        return set()
    then = set(_sold(company, company.now.at(span))["product"])
    return set(_sold(company, company.now.at(earlier))["product"]) - then
