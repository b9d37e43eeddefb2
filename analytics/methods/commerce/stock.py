"""Stock: how fast it turns, how long it lasts, and what it earns.

Plain arithmetic over costs and units; it takes numbers or pandas Series and answers in kind.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import DataError
from analytics.methods.frames import require_columns

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, pd.Series)

DAYS_A_YEAR = 365
STOCK_COLUMNS = ("cogs", "opening_stock", "closing_stock", "revenue", "units_sold", "units_left")


def inventory_turnover(cogs: Number, opening_stock: Number, closing_stock: Number) -> Number:
    """How many times was the stock sold? Cost of goods sold / mean of opening and closing stock, both **at cost**.

    Revenue in place of cost overstates it by the margin. No stock → NaN.
    """
    return _ratio(cogs, (opening_stock + closing_stock) / 2)


def days_of_inventory(turnover: Number, days: float = DAYS_A_YEAR) -> Number:
    """How many days does one turn take? days of the period / turnover of that period. No turnover → NaN."""
    return _ratio(turnover * 0 + days, turnover)


def gmroi(revenue: Number, cogs: Number, opening_stock: Number, closing_stock: Number) -> Number:
    """What gross margin did each unit of money in stock earn? (revenue − COGS) / mean stock at cost. No stock → NaN."""
    return _ratio(revenue - cogs, (opening_stock + closing_stock) / 2)


def sell_through(units_sold: Number, units_left: Number) -> Number:
    """What share of the units at hand was sold (0–100)? sold / (sold + left). Nothing at hand → NaN."""
    return _ratio(units_sold * 100.0, units_sold + units_left)


def stock_cover(units_on_hand: Number, units_a_day: Number) -> Number:
    """For how many days will the stock last at this demand? units on hand / units a day; ∞ where nothing is demanded.

    Nothing on hand lasts 0 days. Days without stock hide demand: leave them out of `units_a_day`, or cover is
    overstated. Negative demand (net refunds) → NaN.
    """
    hand, demand = (np.asarray(v, dtype=np.float64) for v in (units_on_hand, units_a_day))
    with np.errstate(divide="ignore", invalid="ignore"):
        cover = np.where(demand > 0, hand / demand, np.where(hand == 0, 0.0, np.inf))
    cover = np.where((demand < 0) | np.isnan(demand) | np.isnan(hand), np.nan, cover)
    return _like(units_on_hand, cover)


def stock_measures(stock: pd.DataFrame, days: float) -> pd.DataFrame:
    """Which products tie up money? All stock measures, a row a product.

    `stock` over a period of `days`: cogs, opening_stock, closing_stock, revenue (money; stock at cost), units_sold,
    units_left.
    Columns: turnover (times in the period), turnover_year (times a year), days_of_inventory, gmroi (in the period),
    sell_through (0–100), cover_days (at the period's pace). No rows give no rows. Raises DataError for missing columns
    or a period that is not above 0 days.
    """
    require_columns(stock, STOCK_COLUMNS, "stock")
    if not days > 0:
        raise DataError(f"expected a period of more than 0 days, got {days}.", where="days")
    s = stock[list(STOCK_COLUMNS)].astype(np.float64)
    turnover = inventory_turnover(s["cogs"], s["opening_stock"], s["closing_stock"])
    return pd.DataFrame(
        {
            "turnover": turnover,
            "turnover_year": turnover * DAYS_A_YEAR / days,
            "days_of_inventory": days_of_inventory(turnover, days),
            "gmroi": gmroi(s["revenue"], s["cogs"], s["opening_stock"], s["closing_stock"]),
            "sell_through": sell_through(s["units_sold"], s["units_left"]),
            "cover_days": stock_cover(s["units_left"], s["units_sold"] / days),
        }
    )


def _ratio(top: Number, bottom: Number) -> Number:
    above, below = (np.asarray(v, dtype=np.float64) for v in (top, bottom))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(below != 0, above / below, np.nan)
    return _like(top, value)


def _like(pattern: Number, values: NDArray[Any]) -> Number:
    if isinstance(pattern, pd.Series):
        return pd.Series(values, index=pattern.index)
    return float(values)
