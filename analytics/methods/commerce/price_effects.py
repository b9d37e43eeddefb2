"""Did a product sell more in the weeks in which it was cheaper? Orders that contain it, against itself and the week.

Popular products and busy weeks are discounted more often, so a comparison across products or weeks mostly shows that
("products with discounts sell better"). And a price for a quantity depends on what is bought: where larger lines get
larger discounts, cheap weeks are weeks of large lines, whatever people would have done at another price. So the outcome
is the number of orders, never of units, and with quantity breaks nothing is estimated at all.

Source: Poisson regression with fixed effects of product and week (Santos Silva & Tenreyro 2006, Review of Economics and
Statistics 88(4)), truncated at zero, since weeks without an order show no price; standard errors clustered by product.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import DataError, NotEnoughData
from analytics.language import N_
from analytics.methods.frames import require_columns

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

FEWEST_PRODUCTS = 5
FEWEST_WEEKS = 4
MOST_PRODUCTS = 2000  # those with the most orders
PRICE_STEP = 0.005  # of the logarithm: two prices closer than this are one
ROUNDS = 100
PRECISION = 1e-9
RIDGE = 1e-10  # of the mean weight of a week
LEAST_LOG = -3.0  # logarithm of the fewest orders expected
BREAKS = 0.2  # correlation from which larger lines are said to get larger discounts
MIXED = 0.1  # of the variance of a product's discounts, which may lie within weeks
MADE = 0.3  # of the variance of a product's weekly discounts, which may come from which orders were placed
CERTAIN = 4.0  # standard deviations that it must be from none


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

    @property
    def p(self) -> float:
        """Probability that chance alone makes it differ as much from 0; NaN where it has no error."""
        from scipy.special import stdtr

        return float(2 * stdtr(self.products - 1, -abs(self.value) / self.error)) if self.error > 0 else np.nan


def price_effect(sales: pd.DataFrame) -> Effect:
    """By how many % did the number of orders differ where a product's price was 1 % higher?

    `sales`: one row per product and week: product, week, price (paid), orders that contain it; rows with price or
    orders not above 0 are left out and counted. Orders are Poisson numbers above 0 of mean exp(product + week + effect
    · log price). Only products with two or more price levels (0.5 % apart or more) and a week of more than one order
    enter; at most MOST_PRODUCTS. An association: what else changed with a price within product and week is in it.
    Raises NotEnoughData without price levels, with under 5 such products or 4 weeks, or where
    prices move for all products alike; DataError for missing columns or a product and week twice.
    """
    require_columns(sales, ("product", "week", "price", "orders"), "sales")
    if sales.duplicated(["product", "week"]).any():
        raise DataError("expected one row a product and week.", where="sales", hint="Add up the lines first.")
    sold = (sales["price"] > 0) & (sales["orders"] > 0)
    notes: list[str] = []
    if not sold.all():
        notes.append(N_("Rows left out, without orders or price: {rows}.", rows=int((~sold).sum())))
    used = _movers(sales[sold], notes)
    product, products = pd.factorize(used["product"])
    week, weeks = pd.factorize(used["week"])
    if len(products) < FEWEST_PRODUCTS or len(weeks) < FEWEST_WEEKS:
        raise NotEnoughData(
            N_(
                "Too few prices changed to measure an effect: {products:product|products} over {weeks:week|weeks}; "
                "{least} and {fewest} are needed.",
                products=len(products),
                weeks=len(weeks),
                least=FEWEST_PRODUCTS,
                fewest=FEWEST_WEEKS,
            )
        )
    orders = used["orders"].to_numpy(np.float64)
    price = np.log(used["price"].to_numpy(np.float64))
    alike = _residual(price, np.ones_like(price), product, week)
    around_product = price - (np.bincount(product, price) / np.bincount(product))[product]
    freedom = orders.size - len(products) - len(weeks)
    if freedom < 1 or float(alike @ alike) < 1e-6 * float(around_product @ around_product):
        raise NotEnoughData(
            N_("Prices change for all products in the same weeks, so their effect cannot be told apart.")
        )
    value, error = _fitted(orders, price, product, week)
    from scipy.special import stdtrit

    reach = float(stdtrit(len(products) - 1, 0.975)) * error
    return Effect(value, error, value - reach, value + reach, int(orders.size), len(products), len(weeks), notes)


def _movers(sales: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Rows of the products that can tell something; what is left out is added to `notes`."""
    price = pd.Series(np.log(sales["price"].to_numpy(np.float64)), index=sales.index)
    logs = price.groupby(sales["product"], observed=True)
    moved = (logs.transform("max") - logs.transform("min") >= PRICE_STEP).to_numpy(dtype=bool)
    still = int(sales["product"].nunique() - sales["product"][moved].nunique())
    if still:
        notes.append(N_("Products left out, as their price never changed: {still}.", still=still))
    sales = sales[moved]
    by_product = sales.groupby("product", observed=True)["orders"]
    told = sales[(by_product.transform("max") > 1).to_numpy(dtype=bool)]
    rare = int(sales["product"].nunique() - told["product"].nunique())
    if rare:
        notes.append(N_("Products left out, never in more than one order a week: {rare}.", rare=rare))
    sums = told.groupby("product", observed=True)["orders"].sum()
    if len(sums) > MOST_PRODUCTS:
        notes.append(N_("Only the {most} products with the most orders were compared.", most=MOST_PRODUCTS))
        told = told[told["product"].isin(sums.nlargest(MOST_PRODUCTS).index)]
    return told


def _fitted(orders: Floats, price: Floats, product: Codes, week: Codes) -> tuple[float, float]:
    """The effect and its standard error: weighted least squares, again and again (Newton)."""
    log_mean = np.log(orders)
    value = np.nan
    for _ in range(ROUNDS):
        mean = np.exp(log_mean)
        nothing = np.exp(-mean)
        expected = mean / -np.expm1(-mean)  # of what is above 0
        weight = expected * (1 - expected * nothing)
        goal = log_mean + (orders - expected) / weight
        x, y = (_residual(v, weight, product, week) for v in (price, goal))
        information = float(x @ (weight * x))
        before = value
        value = float(x @ (weight * y)) / information
        log_mean = np.maximum(goal - (y - value * x), LEAST_LOG)
        if abs(value - before) < PRECISION:
            break
    groups = int(product.max()) + 1
    scores = np.bincount(product, x * weight * (y - value * x))
    return value, float(np.sqrt((scores @ scores) * groups / (groups - 1))) / information


def _residual(values: Floats, weight: Floats, product: Codes, week: Codes) -> Floats:
    """What neither the product nor the week explains, exactly: products are averaged out, weeks solved for."""
    table = np.zeros((int(product.max()) + 1, int(week.max()) + 1))
    table[product, week] = weight
    size = table.sum(axis=1)
    centred = values - (np.bincount(product, weight * values) / size)[product]
    between = np.diag(table.sum(axis=0)) - table.T @ (table / size[:, None])
    between += np.eye(len(between)) * (RIDGE * np.trace(between) / len(between))  # weeks are known up to a constant
    effect = np.linalg.solve(between, np.bincount(week, weight * centred))
    residual: Floats = centred - effect[week] + ((table @ effect) / size)[product]
    return residual


def refuse_quantity_breaks(lines: pd.DataFrame) -> None:
    """NotEnoughData where, within a product and week, larger lines get larger discounts.

    `lines`: sale lines: product, week, quantity, rate (discount, % of the list price). Their quantities (logarithms)
    and rates are correlated around the means of each product and week; a sample of lines will do.
    """
    require_columns(lines, ("product", "week", "quantity", "rate"), "lines")
    known = (lines["quantity"] > 0) & lines["rate"].notna()
    sold = lines[known]
    if sold.empty:
        return
    cell = sold.groupby(["product", "week"], observed=True, sort=False).ngroup().to_numpy()
    size = np.bincount(cell)
    quantity, rate = (
        v - (np.bincount(cell, v) / size)[cell]
        for v in (np.log(sold["quantity"].to_numpy(np.float64)), sold["rate"].to_numpy(np.float64))
    )
    spread = float(np.sqrt((quantity @ quantity) * (rate @ rate)))
    both = (np.bincount(cell, np.abs(quantity)) > 0) & (np.bincount(cell, np.abs(rate)) > 0)
    lines_that_tell = int(size[both].sum())
    link = float(quantity @ rate) / spread if spread > 1e-9 else 0.0
    if link >= BREAKS and link * np.sqrt(lines_that_tell) >= CERTAIN:
        raise NotEnoughData(
            N_("Larger quantities get larger discounts here, so a low price follows from what was bought.")
        )


def refuse_prices_made_by_buyers(lines: pd.DataFrame) -> None:
    """NotEnoughData where a product's weekly prices differ mainly by which orders came, not by what was asked.

    `lines` as for refuse_quantity_breaks. Coupons and discounts on whole baskets differ between the orders of a week;
    by that alone the mean rate of n lines varies with a variance of theirs / n. Where this is more than MADE of what
    the rates of a product's weeks vary by, a low price says who bought.
    """
    require_columns(lines, ("product", "week", "rate"), "lines")
    known = lines[lines["rate"].notna()]
    cells = known.groupby(["product", "week"], observed=True)["rate"].agg(["mean", "size", "var"]).reset_index()
    several = cells["size"] > 1
    freedom = float((cells["size"] - 1)[several].sum())
    if not freedom > 0:
        return
    within = float(((cells["size"] - 1) * cells["var"])[several].sum()) / freedom
    around = cells["mean"] - cells.groupby("product", observed=True)["mean"].transform("mean")
    between = float((around**2).sum())
    if between > 0 and within * float((1 / cells["size"]).sum()) > MADE * between:
        raise NotEnoughData(N_("Discounts differ by order within a week, so a low price follows from who bought."))


def rates_differ_within_weeks(lines: pd.DataFrame) -> bool:
    """Whether lines of one product and week get differing discounts, as with coupons or quantity breaks, so that a week
    cannot be called discounted.

    `lines` as for refuse_quantity_breaks. True where more than a tenth of the variance of a product's rates lies within
    weeks. Then weeks of many lines are likelier to hold a discounted one, and useless discounts would seem to sell.
    """
    require_columns(lines, ("product", "week", "rate"), "lines")
    known = lines[lines["rate"].notna()]
    if known.empty:
        return False
    rate = known["rate"]
    around_product = rate - rate.groupby(known["product"], observed=True).transform("mean")
    around_week = rate - rate.groupby([known["product"], known["week"]], observed=True).transform("mean")
    whole = float((around_product**2).sum())
    return whole > 0 and float((around_week**2).sum()) > MIXED * whole
