"""What went along with discounts: were products ordered more often in their cheaper weeks, or why cannot it be told?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.language import N_
from analytics.methods.commerce.price_effects import (
    Effect,
    price_effect,
    refuse_prices_made_by_buyers,
    refuse_quantity_breaks,
)
from analytics.metrics import ratio
from analytics.selection import Resolved

DEPTHS = (5.0, 10.0, 15.0, 20.0, 30.0)
SAMPLE = 40_000  # lines by which quantity breaks are found
STRETCHES = 8  # of the range, from which they are taken


def discount_effect(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Was a product ordered more often in its cheaper weeks than in its others, the week's demand aside? Grain: one row
    per depth of discount (5, 10, … % off), up to the deepest that one product week in a hundred had.

    Columns: depth ("10 % off"), orders_change (% more orders that contain it), low and high (its 95 % interval),
    revenue_change (% of revenue, at that price and as many units an order), needed (% more orders that keep the gross
    profit at the range's margin; blank without costs, or where the discount eats the margin). From one effect of price
    on the number of orders, product and week fixed. Price is 100 − the week's discount rate. more["effect"]: that
    effect with its error, interval, p, and how many products and weeks it rests on. An association. Raises NotInData
    without discounts; NotEnoughData, "cannot estimate", where larger lines get larger discounts, where weeks differ
    only by which orders came, or without two levels of price in 5 products and 4 weeks. Method: price_effects.py.
    """
    cells = engine.aggregate(["product", "period"], ["orders", "discount_rate"], selection.by("week"))
    rate = cells["discount_rate"].clip(lower=0, upper=99)
    lines = sampled_lines(engine, selection)
    refuse_quantity_breaks(lines)
    refuse_prices_made_by_buyers(lines)
    found = price_effect(
        pd.DataFrame(
            {
                "product": cells["product"],
                "week": cells["period"],
                "price": 100 - rate,
                "orders": cells["orders"].astype(float),
            }
        )
    )
    deepest = float(np.nanquantile(rate, 0.99))
    depths = np.array([d for d in DEPTHS if d <= max(deepest, DEPTHS[0])])
    price = 1 - depths / 100
    frame = pd.DataFrame(
        {
            "depth": [f"{d:g} % off" for d in depths],
            "orders_change": change_at(price, found.value),
            "low": change_at(price, found.high),
            "high": change_at(price, found.low),
            "revenue_change": change_at(price, found.value + 1),
            "needed": np.nan,
        }
    )
    if not engine.schema.missing(["cost"]):
        left = float(engine.aggregate([], ["margin"], selection)["margin"].iloc[0]) - depths
        frame["needed"] = np.where(left > 0, 100 * depths / np.where(left > 0, left, 1.0), np.nan)
    names = ("value", "error", "low", "high", "p", "products", "weeks")
    effect = pd.DataFrame([{name: getattr(found, name) for name in names}])
    return Answer(frame, _association(found), {"effect": effect})


def change_at(price: np.ndarray | float, effect: float) -> np.ndarray:
    """What an effect means at a price that is this part of the list price, in %."""
    return np.asarray(100 * (np.asarray(price) ** effect - 1))


def sampled_lines(engine: Engine, selection: Resolved) -> pd.DataFrame:
    """Sale lines that show how discounts are given: product, week, quantity, rate (% off). All of them or,
    where there are more than SAMPLE, stretches from the whole range."""
    columns = ("product", "ordered_at", "quantity", "amount", "discount")
    page = engine.lines(selection, columns, (), 0, SAMPLE)
    rows = page.rows
    if page.count > SAMPLE:
        length = SAMPLE // STRETCHES
        starts = np.linspace(0, page.count - length, STRETCHES).astype(int)
        rows = pd.concat([engine.lines(selection, columns, (), int(s), length).rows for s in starts])
    sold = rows[(rows["quantity"] > 0) & (rows["amount"] >= 0)]
    off = sold["discount"].astype(float).fillna(0.0)
    day = sold["ordered_at"].to_numpy("datetime64[D]")
    return pd.DataFrame(
        {
            "product": sold["product"].to_numpy(),
            "week": selection.calendar.floor(day, "week"),
            "quantity": sold["quantity"].to_numpy(float),
            "rate": ratio(off.to_numpy(), (sold["amount"].astype(float) + off).to_numpy(), 100.0),
        }
    )


def _association(found: Effect) -> tuple[str, ...]:
    """The meaning of the effect in words."""
    low, high, by = -found.high, -found.low, round(abs(found.value), 2)
    verdict = N_("No clear difference in orders between cheaper weeks and others.")
    if low > 0:
        verdict = N_("Products were ordered more often in their cheaper weeks: {by}% more orders for 1% off.", by=by)
    elif high < 0:
        verdict = N_("Products were ordered less often in their cheaper weeks: {by}% fewer orders for 1% off.", by=by)
    basis = N_(
        "Likely between {low} and {high}%, from {products:product|products} over {weeks:week|weeks}. This shows what "
        "happened together, not what caused it.",
        low=round(low, 2),
        high=round(high, 2),
        products=found.products,
        weeks=found.weeks,
    )
    return (verdict, basis, *found.notes)
