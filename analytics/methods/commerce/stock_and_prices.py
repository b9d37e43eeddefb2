"""Stock and price: how fast stock turns, how long it lasts, and what discounts went along with.

Stock measures are plain arithmetic over costs and units; they take numbers or pandas Series and answer in kind.
The price methods compare a product with itself and a week with itself: popular products and busy weeks are discounted
more often, so a comparison across products or weeks mostly shows that ("products with discounts sell better").

Source of the estimator: two-way fixed effects (within product and week), standard errors clustered by product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import DataError, NotEnoughData

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, pd.Series)

DAYS_A_YEAR = 365
STOCK_COLUMNS = ("cogs", "opening_stock", "closing_stock", "revenue", "units_sold", "units_left")
FEWEST_PRODUCTS = 5
FEWEST_WEEKS = 4
PRICE_STEP = 0.005


@dataclass(frozen=True)
class Effect:
    """An estimate with its 95 % interval; `rows`, `products`, `weeks` are those it rests on, `notes` what was left
    out."""

    value: float
    error: float
    low: float
    high: float
    rows: int
    products: int
    weeks: int
    notes: list[str] = field(default_factory=list)


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
    _require(stock, STOCK_COLUMNS, "stock")
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


def price_elasticity(sales: pd.DataFrame) -> Effect:
    """By how many % did units differ where a product's price was 1 % higher, against itself and against the week?

    `sales`: one row per product and week: product, week, price (paid, a unit), units; rows with price or units not
    above 0 are left out and counted (weeks that sold nothing included: where many, demand at high prices is
    overstated). log units = product + week + elasticity · log price. Only products with two or more price levels
    (0.5 % apart or more) enter. An association: what else changed with a price within product and week is in it.
    Raises NotEnoughData, "cannot estimate", without price levels, with under 5 such products or 4 weeks, or where
    prices move for all products alike; DataError for missing columns or a product and week twice.
    """
    _require(sales, ("product", "week", "price", "units"), "sales")
    sold = (sales["price"] > 0) & (sales["units"] > 0)
    return _within_product_and_week(
        sales[sold], np.log(sales.loc[sold, "price"]), PRICE_STEP, "price", int((~sold).sum())
    )


def discount_effect(sales: pd.DataFrame) -> Effect:
    """By how many % did a product sell more units in its discounted weeks than in its others, the week's demand aside?

    `sales`: one row per product and week: product, week, discount (0–100, of the list price), units; discounted = above
    0. Rows with units not above 0 are left out and counted. value, low and high are % more units (−100 and up), error
    is that of the logarithm. Only products seen with and without a discount enter. An association, not the effect of
    the next discount.
    Raises as `price_elasticity`.
    """
    _require(sales, ("product", "week", "discount", "units"), "sales")
    sold = (sales["units"] > 0) & sales["discount"].notna()
    discounted = (sales.loc[sold, "discount"] > 0).astype(np.float64)
    found = _within_product_and_week(sales[sold], discounted, 0.5, "discount", int((~sold).sum()))
    value, low, high = (100 * float(np.expm1(v)) for v in (found.value, found.low, found.high))
    return Effect(value, found.error, low, high, found.rows, found.products, found.weeks, found.notes)


def _within_product_and_week(sales: pd.DataFrame, x: pd.Series, step: float, what: str, unsold: int) -> Effect:
    if sales.duplicated(["product", "week"]).any():
        raise DataError("expected one row a product and week.", where="sales", hint="Add up the lines first.")
    notes = [f"Rows left out, without units or {what}: {unsold}."] if unsold else []
    spread = x.groupby(sales["product"], observed=True).transform(lambda v: v.max() - v.min())
    moved = (spread >= step).to_numpy(dtype=bool)
    still = int(sales["product"].nunique() - sales["product"][moved].nunique())
    if still:
        notes.append(f"Products left out, with a single level of {what}: {still}.")
    product, products = pd.factorize(sales["product"][moved])
    week, weeks = pd.factorize(sales["week"][moved])
    if len(products) < FEWEST_PRODUCTS or len(weeks) < FEWEST_WEEKS:
        raise NotEnoughData(
            f"cannot estimate: products with two or more levels of {what}: {len(products)}, over {len(weeks)} weeks; "
            f"at least {FEWEST_PRODUCTS} and {FEWEST_WEEKS} are needed.",
            where=what,
        )
    log_units = np.log(sales["units"][moved].to_numpy(dtype=np.float64))
    values = x[moved].to_numpy(dtype=np.float64)
    y, own = (_residual(v, product, week, len(products), len(weeks)) for v in (log_units, values))
    around_product = values - (np.bincount(product, values) / np.bincount(product))[product]
    information = float(own @ own)
    freedom = y.size - len(products) - len(weeks)
    if freedom < 1 or information < 1e-6 * float(around_product @ around_product):
        raise NotEnoughData(
            f"cannot estimate: {what} moves for all products in the same weeks, or there are too few rows ({y.size}).",
            where=what,
        )
    value = float(own @ y) / information
    scores = np.bincount(product, own * (y - value * own))
    groups = len(products)
    error = float(np.sqrt((scores @ scores) * groups / (groups - 1))) / information
    from scipy.special import stdtrit

    reach = float(stdtrit(groups - 1, 0.975)) * error
    return Effect(value, error, value - reach, value + reach, int(y.size), groups, len(weeks), notes)


def _residual(values: Floats, product: NDArray[Any], week: NDArray[Any], products: int, weeks: int) -> Floats:
    """What neither the product nor the week explains, exactly: products are averaged out, weeks solved for."""
    size = np.bincount(product, minlength=products).astype(np.float64)
    present = np.zeros((products, weeks))
    present[product, week] = 1.0
    centred = values - (np.bincount(product, values, products) / size)[product]
    between = np.diag(present.sum(axis=0)) - present.T @ (present / size[:, None])
    effect = np.linalg.lstsq(between, np.bincount(week, centred, weeks), rcond=None)[0]
    mean_effect = (present @ effect) / size
    residual: Floats = centred - effect[week] + mean_effect[product]
    return residual


def _ratio(top: Number, bottom: Number) -> Number:
    above, below = (np.asarray(v, dtype=np.float64) for v in (top, bottom))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(below != 0, above / below, np.nan)
    return _like(top, value)


def _like(pattern: Number, values: NDArray[Any]) -> Number:
    if isinstance(pattern, pd.Series):
        return pd.Series(values, index=pattern.index)
    return float(values)


def _require(table: pd.DataFrame, columns: Sequence[str], where: str) -> None:
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise DataError(f"expected columns {', '.join(columns)}; missing: {', '.join(missing)}.", where=where)
