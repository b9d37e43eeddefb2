"""Stock: what runs out, and where money lies idle."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData, NotInData
from analytics.insights.claim import Claim, a_day, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.kinds.changes import silences
from analytics.language import N_
from analytics.questions import operations

SOON = operations.LOW_COVER
LONG = operations.HIGH_COVER
DAYS_A_MONTH = 365.25 / 12
IDLE = (f"over {LONG} days", "nothing sold")


def running_out(company: Company) -> list[Claim]:
    """Which products are out of stock or will be within two weeks, and what would they have sold in that time?"""
    frame = _cover(company)
    sold = frame[(frame["daily_units"] > 0) & (frame["state"] != "discontinued")]
    short = sold[sold["cover_days"] < SOON].copy()
    short["missed"] = (SOON - short["cover_days"]) * short["daily_units"] * short["price"]
    told = {claim.about["product"] for claim in silences.lost_sales(company) if "lost_sales.out_now" in claim.says}
    short = short[(short["missed"] > 0) & ~short["product"].astype(str).isin(told)]  # told with what is lost already
    short = short.sort_values(["missed", "product"], ascending=[False, True], ignore_index=True)
    if short.empty:
        return []
    first = short.iloc[0]
    evidence = {
        "product": text(company.label("product", first["product"])),
        "cover": count(round(float(first["cover_days"]))),
        "units": a_day(float(first["daily_units"])),
        "others": count(len(short) - 1),
        "within": count(SOON),
        "missed": money(short["missed"].sum()),
        "cover_days": count(round(float(first["cover_days"]), 1)),
    }
    says = "running_out.gone" if first["on_hand"] <= 0 else "running_out.soon"
    return [
        Claim(
            (says, "running_out.others") if len(short) > 1 else says,
            evidence,
            {"product": str(first["product"])},
            "cover_days",
            float(short["missed"].sum()),
            company.proof("stock_cover"),
            "running_out.do",
            ("running_out.but",),
        )
    ]


def idle_stock(company: Company) -> list[Claim]:
    """Which products lie for more than half a year or do not sell, and how much money is in them?"""
    frame = _cover(company)
    idle = frame[frame["state"].isin(IDLE) & (frame["on_hand"] > 0)].copy()
    idle["worth"] = idle["on_hand"] * idle["unit_worth"]
    idle = idle[idle["worth"] > 0].sort_values(["worth", "product"], ascending=[False, True], ignore_index=True)
    if idle.empty:
        return []
    evidence = {
        "products": count(len(idle)),
        "pieces": count(idle["on_hand"].sum()),
        "worth": money(idle["worth"].sum()),
        "product": text(company.label("product", idle["product"].iloc[0])),
        "largest": money(idle["worth"].iloc[0]),
        "part": percent(100 * float(idle["worth"].iloc[0] / idle["worth"].sum())),
        "long": count(LONG),
        "priced": text(N_("at cost") if "cost" in company else N_("at selling prices")),
    }
    says = "idle_stock.several"
    if len(idle) == 1:
        says = "idle_stock.unsold"
        if idle["daily_units"].iloc[0] > 0:
            says = "idle_stock.one"
            evidence["months"] = count(round(float(idle["cover_days"].iloc[0]) / DAYS_A_MONTH))
            evidence["sold"] = count(round(float(idle["daily_units"].iloc[0]) * operations.DEMAND_DAYS))
    return [
        Claim(
            says,
            evidence,
            {"product": str(idle["product"].iloc[0])},
            "worth",
            float(idle["worth"].sum()),
            company.proof("stock_cover"),
            "idle_stock.do",
            ("running_out.but",),
        )
    ]


def _cover(company: Company) -> pd.DataFrame:
    """The last count of each product with what a piece sells for (`price`) and is worth in stock (`unit_worth`);
    nothing under filters that stock does not know."""
    nothing = pd.DataFrame(columns=[*operations.COVER_COLUMNS, "price", "unit_worth"])
    if any(clause.field not in company.engine.schema.product_levels for clause in company.now.clauses):
        return nothing
    try:
        frame = company.ask(operations.stock_cover).frame
    except (NotEnoughData, NotInData):
        return nothing
    metrics = ["revenue", "units", *(["cost"] if "cost" in company else [])]
    whole = company.now.only().at(company.now.bounds.span)
    sold = company.once("sold by product", lambda: company.aggregate(["product"], metrics, whole)).set_index("product")
    units = sold["units"].where(sold["units"] > 0).astype(float)
    worth = sold["cost" if "cost" in company else "revenue"] / units
    price = (sold["revenue"] / units).reindex(frame["product"]).to_numpy(float)
    return frame.assign(price=np.nan_to_num(price), unit_worth=np.nan_to_num(worth.reindex(frame["product"])))
