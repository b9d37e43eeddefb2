"""Stock arithmetic on the toy figures."""

from __future__ import annotations

from math import inf, isnan

import pandas as pd
import pytest

from analytics.errors import DataError
from analytics.methods.commerce.stock import (
    days_of_inventory,
    gmroi,
    inventory_turnover,
    sell_through,
    stock_cover,
    stock_measures,
)

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
