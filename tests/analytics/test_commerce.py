"""Stock arithmetic on the toy figures; price effects on simulated markets whose truth is known."""

from __future__ import annotations

from math import exp, inf, isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, NotEnoughData
from analytics.methods.commerce.stock_and_prices import (
    days_of_inventory,
    discount_effect,
    gmroi,
    inventory_turnover,
    price_elasticity,
    sell_through,
    stock_cover,
    stock_measures,
)

SEED = 0  # a market of ten products whose prices all change


def market(seed: int, products: int = 60, weeks: int = 52, elasticity: float = -2.0) -> pd.DataFrame:
    """Popular products and busy weeks are discounted (by 20 %) more often: the trap for naive comparisons."""
    generator = np.random.default_rng(seed)
    popularity = generator.normal(0, 1, products)[:, None]
    season = (0.6 * np.sin(2 * np.pi * np.arange(weeks) / 52) + generator.normal(0, 0.3, weeks))[None, :]
    discounted = generator.random((products, weeks)) < 1 / (1 + np.exp(1.5 - popularity - 2 * season))
    list_price = np.exp(generator.normal(3, 0.5, (products, 1)) + 0.3 * popularity)
    factor = np.where(discounted, 0.8, 1.0)
    noise = generator.normal(0, 0.2, (products, weeks))
    units = generator.poisson(np.exp(5 + popularity + season + elasticity * np.log(factor) + noise))
    product, week = np.divmod(np.arange(products * weeks), weeks)
    return pd.DataFrame(
        {
            "product": [f"p{i}" for i in product],
            "week": week,
            "price": (list_price * factor).ravel(),
            "discount": 20.0 * discounted.ravel(),
            "units": units.ravel(),
        }
    )


def dummies_regression(sales: pd.DataFrame, x: np.ndarray) -> tuple[float, float]:
    """The oracle: least squares on a column a product and a week, and the sandwich by product, spelled out."""
    columns = pd.get_dummies(sales[["product", "week"]].astype(str), dtype=float).to_numpy()
    design = np.column_stack([x, columns])
    y = np.log(sales["units"].to_numpy(float))
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ y
    residual = y - design @ coefficients
    meat = np.zeros_like(inverse)
    groups = [np.flatnonzero(sales["product"] == p) for p in sales["product"].unique()]
    for rows in groups:
        score = design[rows].T @ residual[rows]
        meat += np.outer(score, score)
    variance = (inverse @ meat @ inverse)[0, 0] * len(groups) / (len(groups) - 1)
    return float(coefficients[0]), float(np.sqrt(variance))


# ---- stock


def test_toy_stock_figures():
    turnover = inventory_turnover(1200.0, 250.0, 350.0)
    assert turnover == 4.0
    assert days_of_inventory(turnover) == 91.25
    assert gmroi(2000.0, 1200.0, 250.0, 350.0) == pytest.approx(2.667, abs=5e-4)
    assert stock_cover(420.0, 14.0) == 30
    assert sell_through(300.0, 100.0) == 75


def test_nothing_to_divide_by_is_blank_and_no_demand_is_endless():
    assert isnan(inventory_turnover(10.0, 0.0, 0.0))
    assert isnan(days_of_inventory(0.0))
    assert isnan(gmroi(10.0, 5.0, 0.0, 0.0))
    assert isnan(sell_through(0.0, 0.0))
    assert stock_cover(5.0, 0.0) == inf
    assert stock_cover(0.0, 0.0) == 0
    assert isnan(stock_cover(5.0, -1.0))
    assert isnan(stock_cover(float("nan"), 0.0))


def test_a_row_a_product_in_and_out():
    stock = pd.DataFrame(
        {
            "cogs": [1200, 0], "opening_stock": [250, 0], "closing_stock": [350, 0],
            "revenue": [2000, 0], "units_sold": [300, 0], "units_left": [100, 7],
        },
        index=["Größe", "new"],
    )  # fmt: skip
    found = stock_measures(stock, days=365)
    assert found.loc["Größe"].tolist() == pytest.approx([4, 4, 91.25, 8 / 3, 75, 100 / (300 / 365)])
    assert found.loc["new", ["sell_through", "cover_days"]].tolist() == [0, inf]
    assert found.loc["new", ["turnover", "gmroi", "days_of_inventory"]].isna().all()
    quarter = stock_measures(stock, days=73)
    assert quarter.loc["Größe", ["turnover", "turnover_year", "days_of_inventory"]].tolist() == [4, 20, 18.25]
    assert len(stock_measures(stock.iloc[:0], days=30)) == 0
    with pytest.raises(DataError, match="missing: cogs"):
        stock_measures(stock.drop(columns="cogs"), days=30)
    with pytest.raises(DataError, match="more than 0 days"):
        stock_measures(stock, days=0)


# ---- price


def test_elasticity_equals_the_regression_on_dummies():
    sales = market(1, products=8, weeks=12)
    sales = sales.drop(index=[3, 17, 50]).reset_index(drop=True)
    sales = sales[sales["units"] > 0]
    found = price_elasticity(sales)
    value, error = dummies_regression(sales, np.log(sales["price"].to_numpy()))
    assert (found.value, found.error) == pytest.approx((value, error), rel=1e-7)
    assert (found.rows, found.products, found.weeks) == (len(sales), 8, 12)
    assert (found.low + found.high) / 2 == pytest.approx(found.value)
    # t with 7 degrees of freedom
    assert (found.high - found.value) / found.error == pytest.approx(2.3646, abs=1e-4)


@pytest.mark.parametrize("seed", [42, 7, 2019])
def test_only_product_and_week_together_find_the_truth(seed):
    sales = market(seed)
    found = price_elasticity(sales)
    assert found.value == pytest.approx(-2, abs=0.15)
    sold = sales[sales["units"] > 0]
    x, y = np.log(sold["price"]), np.log(sold["units"])
    pooled = np.polyfit(x, y, 1)[0]
    within = [v - v.groupby(sold["product"]).transform("mean") for v in (x, y)]
    by_product = np.polyfit(*within, 1)[0]
    assert pooled > -1
    assert by_product < -2.5


def test_the_interval_covers_the_truth_as_often_as_it_says():
    covered = []
    for seed in range(80):
        found = price_elasticity(market(seed, products=20, weeks=20))
        covered.append(found.low <= -2 <= found.high)
    assert 0.87 <= np.mean(covered) <= 1


def test_discount_effect_finds_the_lift_that_naive_comparison_overstates():
    sales = market(42)
    found = discount_effect(sales)
    truth = 100 * (0.8**-2 - 1)
    assert truth == pytest.approx(56, abs=0.5)
    assert found.low < truth < found.high
    assert found.value == pytest.approx(truth, abs=6)
    sold = sales[sales["units"] > 0]
    few = sales[sales["product"].isin(["p1", "p2", "p3", "p4", "p5", "p6"]) & (sales["units"] > 0)]
    value, error = dummies_regression(few, (few["discount"] > 0).to_numpy(float))
    found = discount_effect(few)
    assert (found.value, found.error) == pytest.approx((100 * (exp(value) - 1), error), rel=1e-6)
    naive = sold.loc[sold["discount"] > 0, "units"].mean() / sold.loc[sold["discount"] == 0, "units"].mean()
    assert naive > 3


def test_no_effect_is_found_where_there_is_none():
    found = price_elasticity(market(5, elasticity=0.0))
    assert found.low < 0 < found.high


def test_products_with_one_price_are_left_out_and_said():
    sales = market(SEED, products=10, weeks=20)
    still = pd.DataFrame({"product": "fixed", "week": range(20), "price": 9.99, "discount": 0.0, "units": 5})
    still["price"] += np.where(still["week"] % 2, 1e-9, 0)
    found = price_elasticity(pd.concat([sales, still]))
    assert found.products == 10
    assert "Products left out, with a single level of price: 1." in found.notes
    assert found.value == price_elasticity(sales).value


def test_rows_that_sold_nothing_are_left_out_and_said():
    sales = market(SEED, products=10, weeks=20)
    holes = sales.assign(units=sales["units"].where(sales.index % 50 != 0, 0))
    holes.loc[1, "units"] = -3
    found = price_elasticity(holes)
    assert found.rows == 200 - 5
    assert "Rows left out, without units or price: 5." in found.notes


def test_cannot_estimate():
    sales = market(SEED, products=10, weeks=20)
    with pytest.raises(NotEnoughData, match=r"cannot estimate: .*: 0, over"):
        price_elasticity(sales.assign(price=10.0))
    with pytest.raises(NotEnoughData, match=r"cannot estimate: .*: 0, over"):
        discount_effect(sales.assign(discount=10.0))
    with pytest.raises(NotEnoughData, match=r"cannot estimate: .*: 0, over"):
        price_elasticity(sales.iloc[:0])
    with pytest.raises(NotEnoughData, match=r"cannot estimate: .*: 1, over"):
        price_elasticity(sales[sales["product"] == "p1"])
    with pytest.raises(NotEnoughData, match="3 weeks"):
        price_elasticity(sales[sales["week"] < 3].assign(price=lambda t: 10.0 + t["week"] + np.arange(len(t)) % 2))


def test_prices_that_move_together_cannot_be_told_from_the_week():
    sales = market(SEED, products=10, weeks=20)
    together = sales.assign(price=np.where(sales["week"] % 4 == 0, 8.0, 10.0), discount=20.0 * (sales["week"] % 4 == 0))
    with pytest.raises(NotEnoughData, match="moves for all products"):
        price_elasticity(together)
    with pytest.raises(NotEnoughData, match="moves for all products"):
        discount_effect(together)


def test_bad_tables_are_named():
    sales = market(SEED, products=10, weeks=20)
    with pytest.raises(DataError, match="missing: price"):
        price_elasticity(sales.drop(columns="price"))
    with pytest.raises(DataError, match="one row a product and week"):
        discount_effect(pd.concat([sales, sales]))


def test_bytronix_never_changed_a_price(sources: Path):
    columns = ["Product", "Quantity Ordered", "Price Each", "Order Date"]
    files = sorted((sources / "bytronix").glob("Sales_*.csv"))[:3]
    lines = pd.concat([pd.read_csv(f, usecols=columns, dtype=str) for f in files]).dropna()
    lines = lines[lines["Product"] != "Product"]
    lines["week"] = pd.to_datetime(lines["Order Date"], format="%m/%d/%y %H:%M").dt.strftime("%G-%V")
    lines["units"] = lines["Quantity Ordered"].astype(int)
    lines["amount"] = lines["units"] * lines["Price Each"].astype(float)
    sales = lines.groupby(["Product", "week"])[["units", "amount"]].sum().reset_index(names=["product", "week"])
    sales["price"] = sales["amount"] / sales["units"]
    with pytest.raises(NotEnoughData, match="cannot estimate: products with two or more levels of price: 0"):
        price_elasticity(sales)
