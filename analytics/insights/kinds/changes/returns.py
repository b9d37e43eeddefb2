"""Refunds that eat the margin: the category or product of which more comes back than before, while others do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.significance import adjusted
from analytics.methods.commerce.losses import refund_rises
from analytics.schema import MISSING

THINGS = ("category", "brand", "product")  # from coarse to fine
METRICS = ("gross", "refunds", "lines", "orders")
MOST_GROUPS = 300
LEVEL = 0.05
POINTS = 1.0  # percentage points by which the rate must have risen beyond that of all others
ONE_THING = 0.7  # of the excess of a coarser group: a finer one that holds as much is told in its place


def rising_refunds(company: Company) -> list[Claim]:
    """Of which category, brand or product is more given back than before, beyond what all others show?"""
    if company.now.before is None:
        return []
    tables = [(field, t) for field in THINGS if (t := _refunds(company, field)) is not None]
    q = adjusted(np.concatenate([t["p"].to_numpy(float) for _, t in tables]) if tables else [])
    found: list[tuple[str, pd.Series]] = []
    start = 0
    for field, table in tables:
        rated = table.assign(q=q[start : start + len(table)])
        start += len(table)
        rated = rated[(rated["q"] <= LEVEL) & (rated["points"] >= POINTS)]
        if len(rated):
            found.append((field, rated.iloc[int(rated["excess"].to_numpy().argmax())]))
    if not found:
        return []
    told = found[0]
    for finer in found[1:]:
        if finer[1]["excess"] >= ONE_THING * told[1]["excess"]:
            told = finer
    return [_rise(company, *told)]


def _refunds(company: Company, field: str) -> pd.DataFrame | None:
    """Gross revenue and refunds of each value now and before, with p and what is refunded beyond expectation."""
    before = company.now.before
    if field not in company or before is None:
        return None
    now, base = (company.aggregate([field], METRICS, s).set_index(field) for s in (company.now, before))
    values = [v for v in now.index if str(v) != MISSING]
    if not 2 <= len(values) <= MOST_GROUPS or not now["refunds"].sum() > 0:
        return None
    pairs = {m: np.column_stack([base[m].reindex(values).fillna(0), now[m].reindex(values)]) for m in METRICS}
    expected, p = refund_rises(pairs["gross"], pairs["refunds"], pairs["lines"], company.spread)
    frame = pd.DataFrame({f"{m}_{t}": pairs[m][:, n] for m in METRICS for n, t in enumerate(("base", "now"))})
    frame = frame.assign(name=[str(v) for v in values], p=p, excess=frame["refunds_now"] - expected)
    frame["points"] = 100 * frame["excess"] / frame["gross_now"].where(frame["gross_now"] > 0)
    for time in ("base", "now"):
        gross = frame[f"gross_{time}"].sum() - frame[f"gross_{time}"]
        refunds = frame[f"refunds_{time}"].sum() - frame[f"refunds_{time}"]
        frame[f"others_{time}"] = 100 * refunds / gross.where(gross > 0)
    return frame


def _rise(company: Company, field: str, row: pd.Series) -> Claim:
    evidence = {
        "name": text(company.label(field, row["name"])),
        "rate": percent(100 * row["refunds_now"] / row["gross_now"]),
        "base": percent(100 * row["refunds_base"] / row["gross_base"]),
        "others": percent(row["others_now"]),
        "others_base": percent(row["others_base"]),
        "refunds": money(row["refunds_now"]),
        "excess": money(row["excess"]),
        "orders": count(row["orders_now"]),
        "points": percent(row["points"]),
        "base_span": Value(str(company.now.base), "span"),
        "q": Value(float(row["q"]), "p"),
    }
    return Claim(
        "rising_refunds",
        evidence,
        {field: row["name"]},
        "points",
        float(row["excess"]),
        company.proof("returns_by_product", {field: (row["name"],)}),
        "rising_refunds.do",
        (),
        float(row["p"]),
        float(row["q"]),
    )
