"""What eats the margin: refunds that rise in one category or product, while others do not, and selling fees."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.kinds.changes.season import came_then, year_ago
from analytics.insights.significance import LEVEL, adjusted
from analytics.methods.commerce.losses import refund_rises
from analytics.schema import MISSING

THINGS = ("category", "brand", "product")  # from coarse to fine
METRICS = ("gross", "refunds", "lines", "orders")
MOST_GROUPS = 300
POINTS = 1.0  # percentage points by which the rate must have risen beyond that of all others
FEE_POINTS = 0.5  # percentage points by which the part that fees take must have risen
ONE_THING = 0.7  # of the excess of a coarser group: a finer one that holds as much is told in its place


def rising_refunds(company: Company) -> list[Claim]:
    """Of which category, brand or product is more given back than before, beyond what all others show? Nothing where
    refunds are told of whole orders: their lines only share them."""
    if company.now.before is None or company.engine.profile.refunds_shared:
        return []
    tables = [(field, t) for field in THINGS if (t := _refunds(company, field)) is not None]
    q = adjusted(np.concatenate([t["p"].to_numpy(float) for _, t in tables]) if tables else [])
    found: list[tuple[str, pd.Series]] = []
    start = 0
    for field, table in tables:
        rated = table.assign(q=q[start : start + len(table)])
        start += len(table)
        rated = rated[(rated["q"] <= LEVEL) & (rated["points"] >= POINTS)]
        rated = rated[[not _each_year(company, field, row) for _, row in rated.iterrows()]]
        if len(rated):
            found.append((field, rated.iloc[int(rated["excess"].to_numpy().argmax())]))
    if not found:
        return []
    told = found[0]
    for finer in found[1:]:
        if finer[1]["excess"] >= ONE_THING * told[1]["excess"]:
            told = finer
    return [_rise(company, *told)]


def _each_year(company: Company, field: str, row: pd.Series) -> bool:
    """Whether the rate rose in the same range a year ago too."""
    then = year_ago(company)
    table = None if then is None else _refunds(then, field)
    if table is None:
        return False
    own = table[table["name"] == row["name"]]
    return any(came_then(float(row["points"]), float(o["points"]), float(o["p"])) for _, o in own.iterrows())


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
        "base_span": company.base_span,
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


def rising_fees(company: Company) -> list[Claim]:
    """Do selling fees take a larger part of revenue than before, because one channel charges more or because more is
    sold through it?"""
    before = company.now.before
    if before is None:
        return []
    now, base = (company.aggregate([], ["fees_paid", "revenue"], s).iloc[0] for s in (company.now, before))
    if not min(now["revenue"], base["revenue"]) > 0:
        return []
    rate = float(now["fees_paid"] / now["revenue"])
    earlier = float(base["fees_paid"] / base["revenue"])
    gap = (rate - earlier) * float(now["revenue"])
    if 100 * (rate - earlier) < FEE_POINTS or earlier <= 0:
        return []
    evidence = {
        "rate": percent(100 * rate),
        "base": percent(100 * earlier),
        "fees": money(now["fees_paid"]),
        "gap": money(gap),
        "base_span": company.base_span,
    }
    case, about, more = _fees_of_one(company, earlier)
    says = ("rising_fees", f"rising_fees.{case}") if case else "rising_fees"
    advice = f"rising_fees.{case}.do" if case else "rising_fees.do"
    return [Claim(says, evidence | more, about, "rate", gap, company.proof("kpis"), advice)]


def _fees_of_one(company: Company, earlier: float) -> tuple[str, dict[str, str], dict[str, Value]]:
    """The channel behind most of the rise: "rate" where it charges more, "mix" where more is sold through it; nothing
    where the data know no channels, or none did."""
    before = company.now.before
    if "channel" not in company or before is None:
        return "", {}, {}
    now, base = (
        company.aggregate(["channel"], ["fees_paid", "revenue"], s).set_index("channel").astype(float)
        for s in (company.now, before)
    )
    both = now.merge(base, left_index=True, right_index=True, suffixes=("", "_base"))
    both = both[(both["revenue"] > 0) & (both["revenue_base"] > 0)]
    if both.empty:
        return "", {}, {}
    own = both["fees_paid"] / both["revenue"]
    own_base = both["fees_paid_base"] / both["revenue_base"]
    share = both["revenue"] / now["revenue"].sum()
    share_base = both["revenue_base"] / base["revenue"].sum()
    whole = float(now["revenue"].sum())
    through = {"rate": (own - own_base) * share * whole, "mix": (share - share_base) * (own_base - earlier) * whole}
    case = max(through, key=lambda name: float(through[name].max()))
    at = int(through[case].to_numpy().argmax())
    if not through[case].iloc[at] > 0:
        return "", {}, {}
    name = str(both.index[at])
    evidence = {
        "name": text(company.label("channel", name)),
        "own": percent(100 * own.iloc[at]),
        "own_base": percent(100 * own_base.iloc[at]),
        "share": percent(100 * share.iloc[at]),
        "share_base": percent(100 * share_base.iloc[at]),
        "part": money(through[case].iloc[at]),
        "own_fees": money(both["fees_paid"].iloc[at]),
    }
    return case, {"channel": name}, evidence
