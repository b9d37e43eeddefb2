"""The range itself: products that are new, and products that are no longer sold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.calendar import ONE_DAY, TimeRange
from analytics.insights.claim import Claim, a_day, change, count, money, percent, period, text
from analytics.insights.company import Company
from analytics.selection import Clause, Resolved

MATERIAL = 0.01  # of revenue: what new products, or those that are gone, must bring together
HISTORY_DAYS = 28  # before the range; with fewer, everything would be new
FEWEST = 10  # orders of a product that is gone
A_YEAR = 364
USUAL = 2.0  # times the share of the range before: what always comes and goes is no news


def new_products(company: Company) -> list[Claim]:
    """Which products were first sold in this range, and what did they bring?"""
    new = None if _filtered(company) else _new(company, company.now)
    if new is None or new.empty or len(new) == len(_sold(company, company.now)):
        return []
    revenue = float(new["revenue"].sum())
    usual = _usual(company, company.now, _new_share)
    if revenue < MATERIAL * company.revenue or revenue < USUAL * usual * company.revenue:
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
        "a_day": a_day(float(first["orders"]) / max((company.now.span.end - began) / ONE_DAY, 1.0)),
        "old_change": change((company.revenue - revenue) / base * 100 - 100 if base > 0 else np.nan),
        "whole_change": change(company.revenue / base * 100 - 100 if base > 0 else np.nan),
        "base_span": company.base_span,
    }
    one = "one" if len(new) == 1 else "several"
    says = (f"new_products.{one}", "new_products.without") if base > 0 else f"new_products.{one}"
    return [
        Claim(
            says,
            evidence,
            {"product": str(first["product"])} if len(new) == 1 else {"range": "new"},
            "share",
            revenue - usual * company.revenue,
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
    gone = _gone(company, before, company.now)
    gone = gone[~gone["product"].isin(_out_of_season(company))].reset_index(drop=True)
    revenue = float(gone["revenue"].sum())
    whole = float(base["revenue"].sum())
    usual = _usual(company, before, lambda _, earlier: _gone_share(company, earlier, before))
    if gone.empty or revenue < MATERIAL * whole or revenue < USUAL * usual * whole:
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
        "base_span": company.base_span,
    }
    one = len(gone) == 1
    return [
        Claim(
            "gone_products.one" if one else "gone_products.several",
            evidence,
            {"product": str(first["product"])} if one else {"range": "gone"},
            "share",
            revenue - usual * whole,
            company.proof("product_movers"),
            "gone_products.do",
        )
    ]


def _filtered(company: Company) -> bool:
    """Whether filters on lines decide what is sold."""
    return any(company.fields[c.field].level == "line" for c in company.now.clauses)


def _new(company: Company, selection: Resolved) -> pd.DataFrame | None:
    """Products that were sold in a range and on no day before it; None where too few days are known before it."""
    start = selection.bounds.start
    if selection.span.start - start < HISTORY_DAYS * ONE_DAY:
        return None
    past = _sold(company, company.now.at(TimeRange(start, selection.span.start)))
    sold = _sold(company, selection)
    return sold[~sold["product"].isin(past["product"]) & (sold["revenue"] > 0)].reset_index(drop=True)


def _gone(company: Company, before: Resolved, after: Resolved) -> pd.DataFrame:
    """Products that were sold often in a range and not at all in a later one."""
    base = _sold(company, before)
    still = base["product"].isin(_sold(company, after)["product"])
    return base[~still & (base["orders"] >= FEWEST) & (base["revenue"] > 0)].reset_index(drop=True)


def _usual(company: Company, selection: Resolved, share: Callable[[Company, Resolved], float]) -> float:
    """The same share, 0–1, of the range of equal length before: what always comes and goes is no news. 0 where the data
    do not reach so far back."""
    span = selection.span
    earlier = TimeRange(span.start - (span.end - span.start), span.start)
    return share(company, company.now.at(earlier)) if earlier.start >= selection.bounds.start else 0.0


def _new_share(company: Company, selection: Resolved) -> float:
    new = _new(company, selection)
    whole = float(_sold(company, selection)["revenue"].sum())
    return float(new["revenue"].sum()) / whole if new is not None and whole > 0 else 0.0


def _gone_share(company: Company, before: Resolved, after: Resolved) -> float:
    whole = float(_sold(company, before)["revenue"].sum())
    return float(_gone(company, before, after)["revenue"].sum()) / whole if whole > 0 else 0.0


def _sold(company: Company, selection: Resolved) -> pd.DataFrame:
    """Products with orders, most revenue first."""

    def asked() -> pd.DataFrame:
        frame = company.aggregate(["product"], ["revenue", "orders"], selection)
        frame = frame[frame["orders"] > 0].astype({"product": str})
        return frame.sort_values("revenue", ascending=False, kind="stable", ignore_index=True)

    return company.once(("sold", selection), asked)


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
    span = TimeRange(company.now.span.start - A_YEAR * ONE_DAY, company.now.span.end - A_YEAR * ONE_DAY)
    earlier = TimeRange(company.now.bounds.start, span.start)
    if span.start <= company.now.bounds.start or not earlier.days:
        return set()
    then = set(_sold(company, company.now.at(span))["product"])
    return set(_sold(company, company.now.at(earlier))["product"]) - then
