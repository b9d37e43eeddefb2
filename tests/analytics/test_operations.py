"""Stock and channels: naive figures of the demo and of tiny tables, and the edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData
from analytics.questions import discounts, operations
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies
from tests.analytics.companies import Tables, frame

QUESTIONS = (
    discounts.discount_effect,
    operations.inventory_turnover,
    operations.stock_cover,
    operations.channel_performance,
    operations.attribution,
)


def asked(engine: ColumnarEngine, *clauses: Clause, span: str = "all") -> Resolved:
    return engine.resolve(Selection(engine.name, span, "none", "auto", clauses))


def counts(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["date", "product", "on_hand"])
    return table.assign(date=pd.to_datetime(table["date"]).astype("datetime64[us]"))


def line(day: str, product: str, quantity: float = 1, amount: float = 10.0, **more: object) -> dict:
    order = f"{day} {product} {quantity}"
    base = {"order_id": order, "ordered_at": day, "product": product, "quantity": quantity, "amount": amount}
    return base | {"customer": "Ana", "category": product[0].upper(), "channel": "web"} | more


def company(rows: list[dict], **extras: pd.DataFrame) -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(Tables(frame(rows), extras=extras)))


@pytest.fixture(scope="module")
def demo(store: Path) -> ColumnarEngine:
    from analytics import store as stores

    return ColumnarEngine(stores.open(store, "demo"))


@pytest.fixture(scope="module")
def lines(demo: ColumnarEngine) -> pd.DataFrame:
    columns = ["ordered_at", "order_id", "product", "quantity", "amount", "cost", "discount", "channel"]
    return demo.lines(asked(demo), columns, [], 0, 10**6).rows


# --- stock
def test_the_published_toy_of_turnover() -> None:
    """Cost of goods 1,200 against a stock of 250, then 350; 2,000 of revenue; 300 sold and 100 left at 1 a piece."""
    rows = [line("2021-01-01", "a", 700, 1200.0, cost=700.0), line("2021-12-31", "a", 500, 800.0, cost=500.0)]
    engine = company(rows, stock=counts(("2021-01-01", "a", 250), ("2021-12-31", "a", 350)))
    found = operations.inventory_turnover(engine, asked(engine), {}).frame.iloc[0]
    assert found["turnover"] == pytest.approx(4.0)
    assert found["turnover_year"] == pytest.approx(4.0)
    assert found["days_of_inventory"] == pytest.approx(91.25)
    assert found["gmroi"] == pytest.approx(2.667, abs=5e-4)
    assert found["sell_through"] == pytest.approx(100 * 1200 / 1550)
    assert (found["units_left"], found["counts"]) == (350, 2)


def test_turnover_of_the_demo_counted_naively(demo: ColumnarEngine, lines: pd.DataFrame) -> None:
    answer = operations.inventory_turnover(demo, asked(demo, span="last_12m"), {})
    found = answer.frame.set_index("product")
    year = lines[lines["ordered_at"] >= "2025-01-01"]
    stock = demo.table("stock")
    stock = stock[(stock["date"] >= "2025-01-01") & (stock["date"] < "2026-01-01")]
    values, costs, profits = [], [], []
    for product in year["product"].unique():
        own = year[year["product"] == product]
        sold, cost = own["quantity"].sum(), own["cost"].sum()
        value = stock.loc[stock["product"] == product, "on_hand"].mean() * cost / sold
        values, costs = [*values, value], [*costs, cost]
        profits.append(own["amount"].sum() - cost)
        row = found.loc[product]
        assert row["turnover"] == pytest.approx(cost / value)
        assert row["days_of_inventory"] == pytest.approx(365 * value / cost)
        assert row["gmroi"] == pytest.approx(profits[-1] / value)
        assert row["stock_value"] == pytest.approx(value)
    whole = sum(costs) / sum(values)
    assert f"In all: {whole:.1f} turns a year, {365 / whole:.0f} days" in answer.notes[0]
    assert f"{sum(profits) / sum(values):.2f} times the value of stock" in answer.notes[0]
    assert found["stock_value"].is_monotonic_decreasing


def test_turnover_is_blank_where_it_has_no_meaning() -> None:
    rows = [
        line("2021-01-01", "sold", 2, cost=8.0),
        line("2021-01-01", "uncounted", 2, cost=8.0),
        line("2021-01-01", "half costed", 2, cost=8.0),
        line("2021-01-02", "half costed", 3, cost=None),
        line("2021-01-01", "returned", -1, -10.0, cost=-4.0),
    ]
    table = counts(*(("2021-01-01", p, 4) for p in ("sold", "half costed", "returned", "unsold")))
    answer = operations.inventory_turnover(engine := company(rows, stock=table), asked(engine), {})
    found = answer.frame.set_index("product")
    assert found["turnover"].dropna().to_dict() == {"sold": 0.5}
    assert set(found.index) == {"sold", "uncounted", "half costed", "returned", "unsold"}
    assert found.loc["uncounted", "counts"] == 0
    assert found.loc["unsold", "sell_through"] == 0
    assert "4 products have no turnover: a count, net sales or costs are missing." in answer.notes


def test_cover_of_the_demo_counted_naively(demo: ColumnarEngine, lines: pd.DataFrame) -> None:
    answer = operations.stock_cover(demo, asked(demo, span="last_12m"), {})
    found = answer.frame.set_index("product")
    stock = demo.table("stock")
    last = stock["date"].max()
    recent = lines[(lines["ordered_at"] >= last - pd.Timedelta(days=28)) & (lines["ordered_at"] < last)]
    for row in stock[stock["date"] == last].itertuples():
        daily = recent.loc[recent["product"] == row.product, "quantity"].sum() / 28
        assert found.loc[row.product, "on_hand"] == row.on_hand
        assert found.loc[row.product, "daily_units"] == pytest.approx(daily)
        if daily > 0:
            assert found.loc[row.product, "cover_days"] == pytest.approx(row.on_hand / daily)
    assert len(found) == (stock["date"] == last).sum()
    assert answer.notes[0] == f"Counted on {last.day} {last:%B %Y}; demand is that of the 28 days before."


def test_states_of_cover_and_hidden_demand() -> None:
    days = pd.date_range("2021-03-01", "2021-03-28")
    rows = [line(f"{d:%Y-%m-%d}", p, q) for d in days for p, q in (("fast", 10), ("even", 1), ("out", 2), ("slow", 1))]
    rows += [line("2021-01-01", "unsold"), line("2021-03-05", "back", -1, -10.0), line("2021-03-29", "fast", 3)]
    table = counts(
        ("2021-03-15", "out", 0), ("2021-03-15", "fast", 500), ("2021-03-22", "out", 5),
        *(("2021-03-29", p, n) for p, n in
          (("fast", 100), ("even", 30), ("out", 0), ("slow", 420), ("unsold", 7), ("back", 7))),
    )  # fmt: skip
    engine = company(rows, stock=table)
    answer = operations.stock_cover(engine, asked(engine), {})
    assert answer.frame[["product", "state"]].to_numpy().tolist() == [
        ["out", "out of stock"],
        ["fast", "under 14 days"],
        ["even", "enough"],
        ["slow", "over 180 days"],
        ["unsold", "nothing sold"],
        ["back", "net returns"],
    ]
    found = answer.frame.set_index("product")
    assert found.loc["slow", "cover_days"] == 420
    assert found.loc[["unsold", "back"], "cover_days"].isna().all(), "no number for what has no end"
    assert np.isfinite(found["cover_days"].dropna()).all()
    assert (found.loc["out", "times_out"], found.loc["out", "counts"], found.loc["fast", "times_out"]) == (2, 3, 0)
    assert any("real demand is higher than shown" in n for n in answer.notes)
    narrow = operations.stock_cover(
        engine, asked(engine, Clause("product", ("slow",)), Clause("channel", ("shop",))), {}
    )
    assert narrow.frame[["product", "cover_days"]].to_numpy().tolist() == [["slow", 420.0]]
    assert "Stock is not split by channel, so that filter does not apply." in narrow.notes


def test_reorder_levels_orders_under_way_and_discontinued_products() -> None:
    days = pd.date_range("2021-03-01", "2021-03-28")
    rows = [line(f"{d:%Y-%m-%d}", p, 1) for d in days for p in ("low", "coming", "ended", "out", "fine")]
    table = counts(*(("2021-03-28", p, n) for p, n in
                     (("low", 20), ("low", 5), ("coming", 20), ("ended", 3), ("out", 0), ("fine", 60))))  # fmt: skip
    table = table.assign(
        reorder_level=[30.0, 10.0, 40.0, 50.0, 10.0, np.nan],
        on_order=[0.0, np.nan, 25.0, 0.0, 0.0, 0.0],
        discontinued=["", "no", "", "Yes", "", ""],
    )
    engine = company(rows, stock=table)
    found = operations.stock_cover(engine, asked(engine), {}).frame.set_index("product")
    assert found["state"].to_dict() == {
        "out": "out of stock",
        "ended": "discontinued",
        "coming": "enough",
        "low": "below reorder level",
        "fine": "enough",
    }
    assert found["to_order"].dropna().to_dict() == {"out": 10, "ended": 0, "coming": 0, "low": 15}
    assert (found.loc["low", "on_hand"], found.loc["low", "reorder_level"]) == (25, 40), "two places are added up"
    plain = company(rows, stock=table[["date", "product", "on_hand"]])
    assert list(operations.stock_cover(plain, asked(plain), {}).frame.columns) == list(operations.COVER_COLUMNS)


def test_no_count_in_the_range_is_said() -> None:
    engine = company([line("2021-01-01", "a", cost=4.0)], stock=counts(("2022-01-01", "a", 3)))
    for question in (operations.inventory_turnover, operations.stock_cover):
        with pytest.raises(NotEnoughData, match="No stock was counted"):
            question(engine, asked(engine), {})


# --- channels
def test_channels_of_the_demo_counted_naively(demo: ColumnarEngine, lines: pd.DataFrame) -> None:
    from scipy.stats import binomtest

    found = operations.channel_performance(demo, asked(demo), {}).frame
    visits = demo.table("sessions").groupby("channel", observed=True)["sessions"].sum()
    for row in found.itertuples():
        own = lines[lines["channel"] == row.channel]
        orders = own.loc[own["amount"] > 0, "order_id"].nunique()
        assert (row.orders, row.sessions) == (orders, visits[row.channel])
        assert row.revenue == pytest.approx(own["amount"].sum())
        assert row.revenue_per_session == pytest.approx(own["amount"].sum() / visits[row.channel])
        assert row.aov == pytest.approx(own["amount"].sum() / orders)
        limits = binomtest(orders, int(visits[row.channel])).proportion_ci(method="wilson")
        assert (row.conversion_low, row.conversion_high) == pytest.approx((100 * limits.low, 100 * limits.high))
        assert row.conversion_low < row.conversion_rate < row.conversion_high


def test_channels_without_sessions_or_under_a_filter_they_do_not_know(demo: ColumnarEngine) -> None:
    bare = company([line("2021-01-01", "a")])
    assert "sessions" not in operations.channel_performance(bare, asked(bare), {}).frame
    city = demo.aggregate(["city"], ["orders"], asked(demo), order="orders", limit=1)["city"].iloc[0]
    found = operations.channel_performance(demo, asked(demo, Clause("city", (city,))), {}).frame
    assert "sessions" not in found
    assert len(found) > 1
    few = pd.DataFrame({"date": pd.to_datetime(["2021-01-01"]), "channel": ["web"], "sessions": [1]})
    two = [line("2021-01-01", "a"), line("2021-01-01", "b")]
    crowded = company(two, sessions=few.assign(date=few["date"].astype("datetime64[us]")))
    row = operations.channel_performance(crowded, asked(crowded), {}).frame.iloc[0]
    assert row["conversion_rate"] == 200
    assert np.isnan(row["conversion_low"]), "no interval of what is no share"


def paths(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["path", "conversions", "null_paths"])


def test_attribution_side_by_side_and_the_flip() -> None:
    engine = company([line("2021-01-01", "a")], paths=paths(("x > y", 10, 0), ("y", 2, 5), ("x > z > y", 4, 1)))
    answer = operations.attribution(engine, asked(engine, Clause("channel", ("web",))), {"model": "last"})
    found = answer.frame.set_index("channel")
    assert found["first"].to_dict() == {"y": 2, "x": 14, "z": 0}
    assert found["last"].to_dict() == {"y": 16, "x": 0, "z": 0}
    assert found.loc["z", "linear"] == pytest.approx(4 / 3)
    assert found.loc["z", "position"] == pytest.approx(0.8)
    assert found["conversions"].equals(found["last"])
    assert (found[list(operations.MODELS)].sum() - 16).abs().max() < 1e-9, "every model hands out all"
    assert found["value"].isna().all(), "the paths say no value"
    told = "In the last touch model y is above x, in first touch below it: a budget would depend on the model."
    assert told in answer.notes
    assert any(n.startswith("Dates and filters do not apply") for n in answer.notes)
    assert any("does not show what a channel caused" in n for n in answer.notes)
    assert operations.attribution(engine, asked(engine), {}).frame.iloc[0]["channel"] == "y", "in every journey"


def test_one_channel_ranks_alike_and_paths_without_a_sale_are_not_enough() -> None:
    alone = company([line("2021-01-01", "a")], paths=paths(("x", 3, 1)))
    answer = operations.attribution(alone, asked(alone), {})
    assert answer.notes[-1] == "The models Markov chain and last touch rank the channels alike."
    for table in (paths(("x > y", 0, 9)), paths(("", 5, 0))):
        lost = company([line("2021-01-01", "a")], paths=table)
        with pytest.raises(NotEnoughData, match="nothing to attribute"):
            operations.attribution(lost, asked(lost), {})


# --- edges
@pytest.mark.parametrize("question", QUESTIONS)
def test_data_without_the_tables_or_fields_are_refused(question) -> None:
    bare = ColumnarEngine(store.in_memory(companies.bare()))
    with pytest.raises(NotInData):
        question(bare, asked(bare), {})


def test_an_empty_selection(demo: ColumnarEngine) -> None:
    nothing = asked(demo, Clause("product", ("no such thing",)))
    assert operations.channel_performance(demo, nothing, {}).empty
    for question in (operations.inventory_turnover, operations.stock_cover):
        with pytest.raises(NotEnoughData):
            question(demo, nothing, {})
