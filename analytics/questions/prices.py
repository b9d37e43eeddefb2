"""Prices, discounts, deal sizes and order status: what goes with the terms of a sale. Descriptions, not effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.language import N_
from analytics.methods.commerce.price_effects import rates_differ_within_weeks
from analytics.metrics import ratio
from analytics.questions.discounts import sampled_lines
from analytics.questions.overview import ranked
from analytics.selection import Resolved

FEWEST_PRODUCTS = 5
CLEAR_LINK = 0.3  # rank correlation from which price and units are said to be related
DISCOUNT_BANDS = (
    (0.0, "no discount"),
    (5.0, "under 5 %"),
    (10.0, "5 to 10 %"),
    (20.0, "10 to 20 %"),
    (np.inf, "20 % or more"),
)
STATISTICS = ("min", "p25", "median", "p75", "max")


def price_and_quantity(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Do expensive products sell less? Grain: one row per product, most revenue first.

    Columns: product, units, revenue, price (revenue / units: what was paid on average; blank without units), share (%
    of revenue). more["middle"]: the median price and units. The notes give the rank correlation over the products (−1
    to 1; Spearman 1904), from 5 products on. It compares different products: it does not say what another price would
    do.
    """
    frame = engine.aggregate(["product"], ["units", "revenue"], selection, order="revenue")
    frame["price"] = ratio(frame["revenue"], frame["units"].where(frame["units"] > 0, 0))
    total = float(frame["revenue"].sum())
    frame["share"] = frame["revenue"] / total * 100 if total > 0 else np.nan
    sold = frame.dropna(subset=["price"])
    notes: list[str] = []
    if len(sold) >= FEWEST_PRODUCTS and sold["price"].nunique() > 1 and sold["units"].nunique() > 1:
        link = float(sold["price"].rank().corr(sold["units"].rank()))
        notes.append(_together(len(sold), round(link, 2)))
    notes.append(N_("This compares different products: it does not say what another price would do."))
    return Answer(frame, tuple(notes), {"middle": pd.DataFrame([sold[["price", "units"]].median()])})


def by_discount(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Do products sell more while they are discounted more? Grain: one row per band of discount, from none up.

    A product's period (at the selection's grain) is put into the band of its discount rate, discounts / (revenue +
    discounts). Columns: discount_band, units, revenue, product_periods (how many lie in the band), share (% of
    revenue), index: orders that contain the product in such a period against its average period, 100 = its average, so
    that popular products do not pass for discounted ones, nor large quantities, for which discounts are given, for
    demand. The index is blank where orders of one product and week get differing discounts: then a period of many
    orders is likelier to hold a discounted one. Periods in which a product did not sell, or was returned more than
    sold, are left out. Descriptive: discounts are given for reasons (season, stock) that move sales too. Raises
    NotInData without discounts."""
    names = ["units", "revenue", "orders", "discount_rate"]
    cells = engine.aggregate(["product", "period"], names, selection)
    cells = cells[(cells["units"] > 0) & cells["discount_rate"].notna()]
    usual = cells.groupby("product", observed=True)["orders"].transform("mean")
    edges = [edge for edge, _ in DISCOUNT_BANDS]
    words = [word for _, word in DISCOUNT_BANDS]
    rate = cells["discount_rate"].to_numpy(float)
    band = np.where(rate <= 0, 0, np.searchsorted(edges[1:], rate, side="right") + 1)
    cells = cells.assign(band=np.minimum(band, len(words) - 1), relative=ratio(cells["orders"], usual, 100.0))
    sums = cells.groupby("band").agg(
        units=("units", "sum"),
        revenue=("revenue", "sum"),
        product_periods=("units", "size"),
        index=("relative", "mean"),
    )
    sums = sums.rename_axis(None)
    sums.insert(0, "discount_band", [words[b] for b in sums.index])
    total = float(sums["revenue"].sum())
    sums["share"] = sums["revenue"] / total * 100 if total > 0 else np.nan
    columns = ["discount_band", "units", "revenue", "share", "product_periods", "index"]
    notes = (N_("This does not say what a discount causes."),)
    if rates_differ_within_weeks(sampled_lines(engine, selection)):
        sums["index"] = np.nan
        notes = (N_("No index: discounts differ by order within a week, so weeks cannot be compared."),)
    return Answer(sums[columns].reset_index(drop=True), notes)


def _together(products: int, link: float) -> str:
    """How price and units go together over products, by their rank correlation."""
    counted = {"products": products, "link": link}
    if abs(link) <= CLEAR_LINK:
        return N_(
            "Price and units hardly go together ({products:product|products}, rank correlation {link}).", **counted
        )
    if link > 0:
        return N_(
            "Expensive products sell more units ({products:product|products}, rank correlation {link}).", **counted
        )
    return N_("Expensive products sell fewer units ({products:product|products}, rank correlation {link}).", **counted)


def deal_sizes(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which deal size brings the revenue? Grain: one row per deal size, most of the option `metric` first.

    Columns: deal_size, the metric, then revenue, lines, orders, units, and share (% of the leading metric's total).
    """
    return ranked(engine, selection, options, by="deal_size", metrics=("revenue", "lines", "orders", "units"))


def deal_size_spread(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How large are the order lines of each deal size? Grain: one row per deal size, smallest median first.

    Columns: deal_size, lines, and min, p25, median, p75, max of a line's amount (money; linear between ranks; refund
    lines count with their negative amount). An empty selection gives no rows.
    """
    measures = [f"{s}_amount" for s in STATISTICS]
    frame = engine.aggregate(["deal_size"], ["lines", *measures], selection)
    frame = frame.rename(columns={f"{s}_amount": s for s in STATISTICS})
    return Answer(frame.sort_values(["median", "deal_size"], ignore_index=True))


def order_status(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What became of the orders? Grain: one row per status, most of the option `metric` first.

    Columns: status, the metric, then orders (with a sale line), revenue, lines, and share (% of the leading metric's
    total).
    """
    return ranked(engine, selection, options, by="status", metrics=("orders", "revenue", "lines"))
