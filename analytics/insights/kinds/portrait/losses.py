"""Where money is lost, as far as costs are known: discounts too deep to pay, products and places that cost more than
they bring."""

from __future__ import annotations

import pandas as pd

from analytics.insights.claim import Call, Claim, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.proofs import RANKINGS
from analytics.methods.commerce.losses import losing_depth
from analytics.schema import MISSING

PRODUCTS = ("category", "brand", "product")  # from coarse to fine
PLACES = ("country", "region", "place")
MATERIAL = 0.005  # of revenue: a smaller loss is no news
FEWEST_LINES = 20
MOST_LINES = 500_000


def losing_discounts(company: Company) -> list[Claim]:
    """From which discount on do sales lose money?"""
    rows = company.once("priced lines", lambda: _lines(company))
    known = rows["cost"].notna() & rows["discount"].notna() & (rows["amount"] > 0)
    sold = rows[known]
    amount = sold["amount"].to_numpy(float)
    found = losing_depth(sold["discount"].to_numpy(float), amount, amount - sold["cost"].to_numpy(float))
    if found is None or found.loss < MATERIAL * company.revenue:
        return []
    whole = company.aggregate([], ["profit", "discount"]).iloc[0]
    evidence = {
        "depth": percent(found.depth),
        "loss": money(found.loss),
        "revenue": money(found.revenue),
        "share": percent(100 * found.revenue / company.revenue),
        "discount": money(found.discount),
        "profit": money(whole["profit"]),
        "without": money(float(whole["profit"]) + found.loss),
    }
    any_depth = found.depth == 0
    return [
        Claim(
            "losing_discounts.any" if any_depth else "losing_discounts",
            evidence,
            {"discount": f"{found.depth:g}"},
            "share",
            found.loss,
            company.proof("sales_by_discount"),
            "losing_discounts.any.do" if any_depth else "losing_discounts.do",
            ("losing_discounts.but",),
        )
    ]


def _lines(company: Company) -> pd.DataFrame:
    """Amount, discount and cost of the lines; of the first MOST_LINES where there are more."""
    company.calls.append(Call("lines", (), ("amount", "discount", "cost"), str(company.now.span)))
    return company.engine.lines(company.now, ("amount", "discount", "cost"), (), 0, MOST_LINES).rows


def loss_makers(company: Company) -> list[Claim]:
    """Which categories or products, and which places, cost more than they bring?"""
    return [claim for fields in (PRODUCTS, PLACES) if (claim := _losing(company, fields)) is not None]


def _losing(company: Company, fields: tuple[str, ...]) -> Claim | None:
    """What loses at the coarsest of these levels at which something does."""
    for field in fields:
        frame = company.groups(field, ("revenue", "profit", "margin", "lines"))
        if frame.empty:
            continue
        frame = frame[frame[field].astype(str) != MISSING]
        losing = frame[(frame["profit"] < 0) & (frame["lines"] >= FEWEST_LINES)]
        losing = losing.sort_values("profit", kind="stable", ignore_index=True)
        loss = -float(losing["profit"].sum())
        if len(losing) and loss >= MATERIAL * company.revenue:
            return _loss(company, field, losing, loss, len(frame))
    return None


def _loss(company: Company, field: str, losing: pd.DataFrame, loss: float, of: int) -> Claim:
    first = losing.iloc[0]
    profit = float(company.aggregate([], ["profit"])["profit"].iloc[0])
    evidence = {
        "name": text(company.label(field, first[field])),
        "what": text(company.fields[field].plural),
        "many": count(len(losing)),
        "of": count(of),
        "loss": money(loss),
        "own": money(-float(first["profit"])),
        "revenue": money(first["revenue"]),
        "margin": percent(first["margin"]),
        "profit": money(profit),
        "without": money(profit + loss),
    }
    chart, option = RANKINGS.get(field, ("top_places", None))
    one = "one" if len(losing) == 1 else "several"
    return Claim(
        f"loss_makers.{one}",
        evidence,
        {field: str(first[field])},
        "margin",
        loss,
        company.proof(chart, option=option or ("metric", "profit")),
        "loss_makers.do",
        ("loss_makers.but",),
    )
