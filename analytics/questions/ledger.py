"""The ledger: from gross sales before discounts to what customers were charged, as shop platforms report it.

gross sales − discounts − returns = net sales, which is the revenue of every other page; + shipping, duties, fees, taxes
and tips = total sales. Gift cards sold and what a marketplace keeps stand below the total. Where the data set says that
amounts contain the tax, the tax is named and not added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import Calendar, Grain
from analytics.engines.base import Engine
from analytics.engines.common.dimensions import REFUND, SALE
from analytics.language import N_
from analytics.selection import Resolved

CHARGES = {  # item of the ledger → measure, of what is charged besides the goods
    "shipping": "shipping_charged",
    "duties": "duties",
    "fees": "fees_charged",
    "taxes": "taxes",
    "tips": "tips",
}
BELOW = {"gift_cards": "gift_cards", "selling_fees": "fees_paid"}  # below the total
SUMS = ("net_sales", "total_sales", "after_fees")
ITEMS = ("gross_sales", "discounts", "returns", "net_sales", *CHARGES, "total_sales", *BELOW, "after_fees")
ORDERED, POSTED = "ordered", "posted"  # returns by the day of the order, or by their own

Sums = Mapping[str, Any]  # a measure → its sum over sale or over refund lines, a number or one for each period


def measures_in(engine: Engine) -> list[str]:
    """The measures of the ledger that the data have."""
    wanted = {"amount": "revenue", "discount": "discount", "shipping": "shipping_charged", "duty": "duties",
              "fees": "fees_charged", "tax": "taxes", "tip": "tips", "gift_card": "gift_cards",
              "selling_fees": "fees_paid"}  # fmt: skip
    return [measure for field, measure in wanted.items() if field in engine.schema]


def account(sales: Sums, refunds: Sums, tax_inside: bool = False) -> dict[str, Any]:
    """The items of the ledger from sums over sale lines and over refund lines, those that the sums allow.

    For example, sales of 90 after discounts of 10, refunds of −20 and taxes of 14 on top (18 less 4 refunded) are gross
    sales 100, discounts −10, returns −20, net sales 70, taxes 14, total sales 84."""
    found: dict[str, Any] = {"gross_sales": sales["revenue"]}
    if "discount" in sales:
        found["gross_sales"] = sales["revenue"] + sales["discount"]
        found["discounts"] = -sales["discount"]
    found["returns"] = refunds["revenue"]
    found["net_sales"] = sales["revenue"] + refunds["revenue"]
    found["total_sales"] = found["net_sales"]
    for item, measure in CHARGES.items():
        if measure in sales:
            found[item] = sales[measure] + refunds[measure]
            if item != "taxes" or not tax_inside:
                found["total_sales"] = found["total_sales"] + found[item]
    for item, measure in BELOW.items():
        if measure in sales:
            both = sales[measure] + refunds[measure]
            found[item] = -both if item == "selling_fees" else both
    if "selling_fees" in found:
        found["after_fees"] = found["total_sales"] + found.get("gift_cards", 0.0) + found["selling_fees"]
    return {item: found[item] for item in ITEMS if item in found}


def ledger(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What lies between gross sales and what customers were charged? Grain: one row per item that the data have.

    Columns: item, amount (what is subtracted is negative), base_amount (of the comparison; blank without one), share (%
    of gross sales; blank where they are not positive). `gross_sales` are before discounts; `net_sales` is the revenue
    of every other page where returns count on the day of their order. The option `returns` is "ordered", or "posted"
    for the day of the return. An empty selection gives zeros.
    """
    returns = options.get("returns") or ORDERED
    now = _whole(engine, selection, returns)
    before = None if selection.before is None else _whole(engine, selection.before, returns)
    frame = pd.DataFrame({"item": list(now), "amount": [float(v) for v in now.values()]})
    frame["base_amount"] = np.nan if before is None else frame["item"].map(before).astype("float64")
    gross = now["gross_sales"]
    frame["share"] = frame["amount"] / gross * 100 if gross > 0 else np.nan
    return Answer(frame, notes(engine, returns))


def ledger_by_period(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How do the items add up period by period? Grain: one row per period of the selection's grain, all of them.

    Columns: period, the items of `ledger`. Option `returns` as there.
    """
    returns = options.get("returns") or ORDERED
    periods = engine.aggregate(["period"], ["lines"], selection)["period"].tolist()
    sales, refunds = sums(engine, selection, returns, by_period=True)
    sales, refunds = ({m: kind[m].reindex(periods, fill_value=0.0) for m in kind} for kind in (sales, refunds))
    items = account(sales, refunds, engine.profile.tax_inside)
    frame = pd.DataFrame({"period": periods, **{item: values.to_numpy() for item, values in items.items()}})
    return Answer(frame, notes(engine, returns))


def notes(engine: Engine, returns: str) -> tuple[str, ...]:
    """What a reader of the ledger must know."""
    said: list[str] = []
    if engine.profile.tax_inside and "tax" in engine.schema:
        said.append(N_("Amounts include tax, so it is not added to the total."))
    if "discount" not in engine.schema:
        said.append(N_("The data have no discounts, so gross sales are after discounts."))
    if returns == POSTED and "posted_day" not in engine.schema:
        said.append(N_("The data do not say when goods came back, so returns count on the day of the order."))
    return tuple(said)


def _whole(engine: Engine, selection: Resolved, returns: str) -> dict[str, float]:
    sales, refunds = sums(engine, selection, returns)
    return account(sales, refunds, engine.profile.tax_inside)


def sums(
    engine: Engine, selection: Resolved, returns: str, by_period: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sums of the ledger's measures over sale lines and over refund lines: numbers or, by period, series with the
    periods that have lines."""
    names = measures_in(engine)
    by = ["period"] if by_period else []
    found = engine.aggregate([*by, "line_kind"], names, selection)
    sales = _of(found, SALE, by, names)
    if returns == POSTED and "posted_day" in engine.schema:
        return sales, _posted(engine, selection, by, names)
    return sales, _of(found, REFUND, by, names)


def _posted(engine: Engine, selection: Resolved, by: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """The same over the refund lines that were posted in the range, whenever their order was."""
    found = engine.aggregate(["line_kind", "posted_day"], names, selection.at(selection.bounds.span))
    day = found["posted_day"].to_numpy("datetime64[D]")
    span = selection.span
    kept = found[(day >= span.start) & (day < span.end)]
    if by:
        kept = kept.assign(period=_periods(kept["posted_day"], selection.calendar, selection.grain))
    return _of(kept, REFUND, by, names)


def _periods(days: pd.Series, calendar: Calendar, grain: Grain) -> list[str]:
    """The name of the period of each day; of hours the first of the day, since the time of a return is not known."""
    begins = calendar.floor(days.to_numpy("datetime64[D]"), grain)
    names = {begin: calendar.name(begin, grain) for begin in np.unique(begins)}
    return [names[begin] + ("T00" if grain == "hour" else "") for begin in begins]


def _of(found: pd.DataFrame, kind: str, by: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    mine = found[found["line_kind"] == kind]
    if by:
        added = mine.groupby("period")[list(names)].sum()
        return {name: added[name] for name in names}
    return {name: float(np.nansum(mine[name])) for name in names}
