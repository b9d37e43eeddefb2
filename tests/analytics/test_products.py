"""Products: the published figures of the two real companies, an oracle on a small nasty one, and the edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData
from analytics.questions import prices, products
from analytics.questions.overview import ranked
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies
from tests.analytics.companies import Tables, frame

# Published for Bytronix: revenue and units per product, over all rows.
BYTRONIX = {
    "Macbook Pro Laptop": (8_032_500, 4725),
    "iPhone": (4_792_900, 6847),
    "ThinkPad Laptop": (4_127_958.72, 4128),
    "Google Phone": (3_317_400, 5529),
    "27in 4K Gaming Monitor": (2_433_147.61, 6239),
    "34in Ultrawide Monitor": (2_352_898.08, 6192),
    "Apple Airpods Headphones": (2_345_550, 15_637),
    "Flatscreen TV": (1_443_900, 4813),
    "Bose SoundSport Headphones": (1_342_865.70, 13_430),
    "27in FHD Monitor": (1_131_074.59, 7541),
    "Vareebadd Phone": (827_200, 2068),
    "20in Monitor": (453_818.74, 4126),
    "LG Washing Machine": (399_600, 666),
    "LG Dryer": (387_600, 646),
    "Lightning Charging Cable": (346_376.55, 23_169),
    "USB-C Charging Cable": (285_975.45, 23_931),
    "Wired Headphones": (246_082.76, 20_524),
    "AA Batteries (4-pack)": (106_041.60, 27_615),
    "AAA Batteries (4-pack)": (92_648.14, 30_986),
}
DECEMBER = {
    "AAA Batteries (4-pack)": 4238,
    "AA Batteries (4-pack)": 3719,
    "USB-C Charging Cable": 3249,
    "Lightning Charging Cable": 3081,
    "Wired Headphones": 2740,
    "Apple Airpods Headphones": 2071,
    "Vareebadd Phone": 284,
    "LG Washing Machine": 80,
}


def asked(
    engine: ColumnarEngine, *clauses: Clause, span: str = "all", compare: str = "none", grain: str = "auto"
) -> Resolved:
    return engine.resolve(Selection(engine.name, span, compare, grain, clauses))


@pytest.fixture(scope="module")
def bytronix(sources: Path, store_root: Path) -> ColumnarEngine:
    return ColumnarEngine(store.open(store_root, "bytronix"))


@pytest.fixture(scope="module")
def models(sources: Path, store_root: Path) -> ColumnarEngine:
    return ColumnarEngine(store.open(store_root, "classic_models"))


@pytest.fixture(scope="module")
def store_root(request: pytest.FixtureRequest) -> Path:
    root: Path = request.getfixturevalue("store")
    return root


@pytest.fixture(scope="module")
def nasty() -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(companies.nasty()))


def engine_of(rows: list[dict]) -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(Tables(frame(rows))))


def line(
    order: str, day: str, product: str, quantity: float, amount: float, customer: str = "Ana", **more: object
) -> dict:
    base = {"order_id": order, "ordered_at": day, "product": product, "quantity": quantity, "amount": amount}
    return base | {"customer": customer} | more


# --- the published figures
def test_bytronix_revenue_and_units(bytronix: ColumnarEngine) -> None:
    selection = asked(bytronix)
    revenue = ranked(bytronix, selection, {}, by="product").frame.set_index("product")
    assert revenue["revenue"].round(2).to_dict() == {p: v for p, (v, _) in BYTRONIX.items()}
    assert list(revenue.index) == list(BYTRONIX), "most revenue first, as published"
    units = products.units(bytronix, selection, {}).frame.set_index("product")
    assert units["units"].to_dict() == {p: n for p, (_, n) in BYTRONIX.items()}
    assert units["share"].sum() == pytest.approx(100)
    assert units.loc["iPhone", "price"] == 700.0
    assert units.index[0] == "AAA Batteries (4-pack)"


def test_bytronix_units_by_month(bytronix: ColumnarEngine) -> None:
    answer = products.by_month(bytronix, asked(bytronix, grain="week"), {})
    december = answer.frame[answer.frame["period"] == "2019-12"].set_index("product")["units"]
    assert {p: december[p] for p in DECEMBER} == DECEMBER
    assert answer.frame["units"].sum() == 208_812
    assert set(answer.frame["period"]) == {*(f"2019-{m:02d}" for m in range(1, 13)), "2020-01"}
    assert "January 2020: 1 of 31 days." in answer.notes
    by_revenue = products.by_month(bytronix, asked(bytronix), {"metric": "revenue"}).frame
    assert round(by_revenue["revenue"].sum(), 2) == 34_465_537.94


def test_bytronix_has_no_single_product_of_80_percent(bytronix: ColumnarEngine) -> None:
    answer = products.abc(bytronix, asked(bytronix), {}).frame
    assert answer["abc"].tolist() == ["A"] * 8 + ["B"] * 5 + ["C"] * 6
    assert answer["cumulative_share"].iloc[6] < 80 <= answer["cumulative_share"].iloc[7], "the crossing product is A"
    assert answer["cumulative_share"].iloc[-1] == pytest.approx(100)


def test_classic_models_product_lines(models: ColumnarEngine) -> None:
    lines = products.by_group(models, asked(models), {}).frame.set_index("category")["revenue"].round(2)
    assert lines[["Classic Cars", "Vintage Cars", "Trains"]].tolist() == [3_919_615.66, 1_903_150.84, 226_243.47]
    assert (lines.index[0], lines.index[-1]) == ("Classic Cars", "Trains")
    assert round(lines.sum(), 2) == 10_032_628.85
    over_time = products.over_time(models, asked(models), {}).frame
    assert over_time.groupby("category")["revenue"].sum().round(2).to_dict() == pytest.approx(lines.to_dict())


def test_classic_models_deal_sizes(models: ColumnarEngine) -> None:
    totals = prices.deal_sizes(models, asked(models), {}).frame.set_index("deal_size")
    assert totals["revenue"].round(2).to_dict() == {
        "Medium": 6_087_432.24,
        "Small": 2_643_077.35,
        "Large": 1_302_119.26,
    }
    assert totals["lines"].drop("Large").to_dict() == {"Medium": 1384, "Small": 1282}
    by_lines = prices.deal_sizes(models, asked(models), {"metric": "lines"}).frame
    assert by_lines["deal_size"].tolist() == ["Medium", "Small", "Large"], "small deals are not the most frequent"
    spread = prices.deal_size_spread(models, asked(models), {}).frame
    assert spread["deal_size"].tolist() == ["Small", "Medium", "Large"]
    raw = sales_of_classic_models(models)
    for row in spread.to_dict("records"):
        mine = raw.loc[raw["deal_size"] == row["deal_size"], "amount"]
        quartiles = [mine.min(), *mine.quantile([0.25, 0.5, 0.75]), mine.max()]
        assert [row[s] for s in prices.STATISTICS] == pytest.approx(quartiles)
        assert row["lines"] == len(mine)


def sales_of_classic_models(models: ColumnarEngine) -> pd.DataFrame:
    return models.lines(asked(models), ["deal_size", "amount"], [], 0, 10_000).rows


def test_classic_models_order_status(models: ColumnarEngine) -> None:
    status = prices.order_status(models, asked(models), {}).frame.set_index("status")
    assert status.loc["Shipped", ["lines", "orders"]].tolist() == [2617, 286]
    assert status.loc["Cancelled", ["lines", "orders"]].tolist() == [60, 4]
    assert status.loc["Shipped", "share"] == pytest.approx(286 / 307 * 100)
    assert round(status["revenue"].sum(), 2) == 10_032_628.85


# --- the small nasty company against plain sums
def test_units_of_the_nasty_company(nasty: ColumnarEngine) -> None:
    rows = companies.nasty().lines
    expected = rows.groupby("product")[["quantity", "amount"]].sum()
    found = products.units(nasty, asked(nasty), {}).frame.set_index("product")
    assert found["units"].to_dict() == expected["quantity"].to_dict()
    assert found["revenue"].to_dict() == pytest.approx(expected["amount"].to_dict(), abs=1e-9)
    assert np.isnan(found.loc["Ladegerät", "price"]), "as many came back as were sold: no price"
    assert found.loc["iPhone", "price"] == 700.0


def test_returns_and_repeat_purchase_of_the_nasty_company(nasty: ColumnarEngine) -> None:
    rows = companies.nasty().lines
    returned = products.returns(nasty, asked(nasty), {}).frame.set_index("product")
    negative = -rows[rows["amount"] < 0].groupby("product")["amount"].sum()
    assert returned["refunds"].to_dict() == pytest.approx(negative.reindex(returned.index).fillna(0).to_dict())
    assert returned.loc["iPhone", "refund_rate"] == 50.0
    assert returned["share"].sum() == pytest.approx(100)
    by_rate = products.returns(nasty, asked(nasty), {"metric": "refund_rate"}).frame
    assert by_rate["product"].iloc[0] == "Ladegerät", "all of it came back"
    again = products.repeat_purchase(nasty, asked(nasty), {})
    sales = rows[rows["sale"] & (rows["customer"] != "")]
    times = sales.groupby(["product", "customer"])["order_id"].nunique()
    expected = (times >= 2).groupby("product").mean() * 100
    found = again.frame.set_index("product")["repeat_rate"]
    assert found.dropna().to_dict() == expected.to_dict()
    assert found["TV"] == 100.0, "Bo bought it in two orders"
    assert np.isnan(found["Ladegerät"]), "only buyers without an id"
    assert again.notes == ("Every product has fewer than 5 buyers: such shares say little.",)


def test_few_buyers_stand_last() -> None:
    rows = [line(f"a{i}{n}", "2020-01-01", "common", 1, 5.0, f"c{i}") for i in range(5) for n in range(1 + (i == 0))]
    rows += [line(f"b{n}", "2020-01-02", "rare", 1, 5.0, "c9") for n in range(2)]
    found = products.repeat_purchase(*both(rows), {}).frame
    assert found["product"].tolist() == ["common", "rare"]
    assert found["repeat_rate"].tolist() == [20.0, 100.0]


def both(rows: list[dict], **of: str) -> tuple[ColumnarEngine, Resolved]:
    engine = engine_of(rows)
    return engine, asked(engine, **of)


def test_movers_add_up_and_name_what_is_new() -> None:
    rows = [
        line("1", "2020-01-01", "old", 1, 100.0),
        line("2", "2020-01-31", "gone", 2, 50.0),
        line("3", "2020-02-01", "old", 1, 80.0),
        line("4", "2020-02-29", "new", 3, 60.0),
    ]
    engine, selection = both(rows, span="2020-02-01..2020-03-01", compare="previous")
    found = products.movers(engine, selection, {}).frame
    assert found["product"].tolist() == ["new", "old", "gone"]
    assert found["gain"].tolist() == [60.0, -20.0, -50.0]
    assert found["gain"].sum() == 140.0 - 150.0
    assert found["growth"].tolist()[1:] == [-20.0, -100.0]
    assert np.isnan(found["growth"].iloc[0])
    by_units = products.movers(engine, selection, {"metric": "units"}).frame
    assert by_units.set_index("product")["gain"].to_dict() == {"new": 3, "old": 0, "gone": -2}


@pytest.mark.parametrize(("now", "said"), [(12.0, "gained, none lost."), (8.0, "lost, none gained.")])
def test_movers_say_that_none_lost_or_none_gained(now: float, said: str) -> None:
    amounts = {"2020-01-01": 10.0, "2020-01-31": 10.0, "2020-02-01": now, "2020-02-29": now}
    rows = [line(day, day, "a", 1, amount) for day, amount in amounts.items()]
    found = products.movers(*both(rows, span="2020-02-01..2020-03-01", compare="previous"), {})
    assert found.notes == (f"1 product {said}",)


def test_movers_need_something_to_compare_with(nasty: ColumnarEngine) -> None:
    with pytest.raises(NotEnoughData, match="shorter or later range"):
        products.movers(nasty, asked(nasty), {})


def test_under_performers_give_their_reason() -> None:
    was = {"a": 100, "b": 100, "c": 100, "stopped": 40, "falling": 100, "small": 10}
    now = {"a": 110, "b": 105, "c": 100, "falling": 40, "small": 10, "new": 5}
    rows = [line(f"w{p}{i}", "2020-01-15", p, 1, 1.0) for p, v in was.items() for i in range(v)]
    rows += [line(f"n{p}{i}", "2020-02-15", p, 1, 1.0) for p, v in now.items() for i in range(v)]
    rows += [line("first", "2020-01-01", "a", 1, 1.0), line("last", "2020-02-29", "a", 1, 1.0)]
    engine, selection = both(rows, span="2020-02-01..2020-03-01", compare="previous")
    found = products.under_performers(engine, selection, {})
    reasons = found.frame.set_index("product")["reason"].to_dict()
    assert reasons == {"stopped": "stopped", "small": "low", "falling": "falling", "a": "", "b": "", "c": "", "new": ""}
    assert found.frame["product"].tolist() == ["stopped", "small", "falling", "a", "b", "c", "new"]
    alone = products.under_performers(engine, asked(engine, span="2020-02-01..2020-03-01"), {})
    assert alone.frame.set_index("product")["reason"].to_dict()["new"] == "low", "without a comparison nothing is new"
    assert "base_revenue" not in alone.frame
    assert "only low sales" in alone.notes[1]


@pytest.mark.long
def test_under_performers_are_rarely_named_where_only_chance_moved_them() -> None:
    random = np.random.default_rng(4)
    named = 0
    for _ in range(20):
        sold = {day: random.poisson(40, 30) for day in ("2020-01-15", "2020-02-15")}
        rows = [
            line(f"{day}{p}-{i}", day, f"p{p:02d}", 1, 1.0)
            for day, orders in sold.items()
            for p, many in enumerate(orders)
            for i in range(many)
        ]
        rows += [line("first", "2020-01-01", "p00", 1, 1.0), line("last", "2020-02-29", "p00", 1, 1.0)]
        engine, selection = both(rows, span="2020-02-01..2020-03-01", compare="previous")
        named += bool((products.under_performers(engine, selection, {}).frame["reason"] != "").any())
    assert named <= 3, "of twenty shops whose products all sell alike; it was eighteen or more"


def test_a_cheap_best_seller_is_no_under_performer() -> None:
    rows = [line(f"{p}", "2020-01-15", p, 10, 1000.0) for p in "abc"] + [line("x", "2020-01-15", "battery", 500, 50.0)]
    assert not (products.under_performers(*both(rows), {}).frame["reason"] != "").any()


def test_abc_leaves_out_what_was_returned_more_than_sold(nasty: ColumnarEngine) -> None:
    rows = [
        line("1", "2020-01-01", "a", 1, 80.0),
        line("2", "2020-01-02", "b", 1, 20.0),
        line("3", "2020-01-03", "c", -1, -5.0),
    ]
    answer = products.abc(*both(rows), {})
    assert answer.frame["product"].tolist() == ["a", "b"]
    assert answer.frame["abc"].tolist() == ["A", "B"], "a alone reaches 80; b, from 80 to 100, crosses 95"
    (note,) = [n for n in answer.notes if "left out" in n]
    assert note.startswith("1 product with more refunds than sales (")
    assert "5.00" in note


def test_over_time_marks_partial_periods_and_shares() -> None:
    rows = [
        line("1", "2020-01-20", "a", 1, 30.0),
        line("2", "2020-02-10", "b", 1, 30.0),
        line("3", "2020-02-20", "a", 1, 10.0),
    ]
    answer = products.over_time(*both(rows, grain="month"), {}, by="product")
    assert answer.frame[["product", "period", "share"]].to_numpy().tolist() == [
        ["a", "2020-01", 100.0],
        ["a", "2020-02", 25.0],
        ["b", "2020-02", 75.0],
    ]
    assert answer.frame["days"].tolist() == [12, 20, 20]
    assert answer.notes == ("January 2020: 12 of 31 days.", "February 2020: 20 of 29 days.")


def test_price_and_quantity_says_which_way_they_go() -> None:
    rows = [line(f"{i}", "2020-01-01", f"p{i}", 10 - i, (10 - i) * 2.0**i) for i in range(6)]
    answer = prices.price_and_quantity(*both(rows), {})
    assert "Expensive products sell fewer units (6 products, rank correlation −1.0)" in answer.notes[0]
    assert answer.frame.set_index("product")["price"].to_dict() == {f"p{i}": 2.0**i for i in range(6)}
    assert "another price" in answer.notes[-1]
    assert prices.price_and_quantity(*both(rows[:2]), {}).notes == answer.notes[-1:], "two products show no pattern"


def test_sales_by_discount_compares_a_product_with_itself() -> None:
    rows = []
    for product, usual, price in (("popular", 100, 1.0), ("slow", 10, 50.0)):
        for month, (rate, factor) in enumerate(((0.0, 1), (0.1, 2), (0.0, 1), (0.25, 4)), start=1):
            rows += [
                line(
                    f"{product}{month}.{order}",
                    f"2020-{month:02d}-10",
                    product,
                    usual,
                    usual * price * (1 - rate),
                    discount=usual * price * rate,
                )
                for order in range(factor)
            ]
    answer = prices.by_discount(*both(rows, grain="month"), {})
    found = answer.frame.set_index("discount_band")
    assert found.index.tolist() == ["no discount", "10 to 20 %", "20 % or more"]
    assert found["index"].to_dict() == {"no discount": 50.0, "10 to 20 %": 100.0, "20 % or more": 200.0}
    assert found["product_periods"].tolist() == [4, 2, 2]
    assert found["units"].tolist() == [220, 220, 440]
    assert "not say what a discount causes" in answer.notes[0]


# --- edges
def test_an_empty_selection_gives_no_rows(nasty: ColumnarEngine) -> None:
    nothing = asked(nasty, Clause("product", ("no such thing",)))
    for question in (
        products.units,
        products.by_month,
        products.abc,
        products.under_performers,
        products.returns,
        products.repeat_purchase,
        products.by_group,
        products.over_time,
        prices.price_and_quantity,
    ):
        assert question(nasty, nothing, {}).empty, question.__name__


def test_one_row_answers_every_question() -> None:
    engine = ColumnarEngine(store.in_memory(companies.one_row()))
    selection = asked(engine)
    assert products.units(engine, selection, {}).frame.iloc[0].tolist() == ["iPhone", 1, 100.0, 700.0, 700.0]
    assert products.abc(engine, selection, {}).frame["abc"].tolist() == ["A"]
    assert products.under_performers(engine, selection, {}).frame["reason"].tolist() == [""]
    assert products.repeat_purchase(engine, selection, {}).frame["repeat_rate"].tolist() == [0.0]
    with pytest.raises(NotInData, match="no returns"):
        products.returns(engine, selection, {})


def test_what_the_data_lack_is_said(nasty: ColumnarEngine) -> None:
    bare = ColumnarEngine(store.in_memory(companies.bare()))
    for question, what in (
        (prices.deal_sizes, "Deal size"),
        (prices.order_status, "status"),
        (prices.by_discount, "discount"),
        (products.by_group, "category"),
        (products.repeat_purchase, "customer"),
    ):
        with pytest.raises(NotInData, match=what):
            question(bare, asked(bare), {})


# --- slow movers
def test_slow_movers_sell_next_to_nothing_and_those_that_stopped_come_first() -> None:
    days = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    stops = {"A": "2024-07-01", "B": "2024-10-20", "C": "", "D": "", "E": "", "F": "", "G": "", "H": ""}
    every = {"A": 1, "B": 1, "C": 7, "D": 3, "E": 1, "F": 1, "G": 1, "H": 1}
    rows = [
        {"order_id": f"{day} {name}", "ordered_at": str(day), "product": name, "quantity": 1.0, "amount": 10.0}
        for name, stop in stops.items()
        for number, day in enumerate(days)
        if number % every[name] == 0 and (not stop or str(day) < stop)
    ]
    lines = frame(rows)
    engine = ColumnarEngine(store.in_memory(Tables(lines)))
    found = products.slow_movers(engine, engine.resolve(Selection("toy", "2024-12-01..2025-01-01")), {}).frame
    last = pd.Timestamp("2024-12-31")
    late = lines[lines["ordered_at"] > last - pd.Timedelta(weeks=13)]
    units = late.groupby("product")["quantity"].sum().reindex(list(stops), fill_value=0.0)
    stopped = lines[lines["product"] == "A"]["ordered_at"].max()
    assert list(found["product"]) == ["A", units.drop("A").idxmin()], "C sells less than half of the middle"
    assert found["days_since"].iloc[0] == (last - stopped).days
    assert list(found["units"]) == [0, units.drop("A").min()]
    assert found["units_before"].iloc[0] == 0
    few = engine.resolve(Selection("toy", "all", clauses=(Clause("product", ("A", "B")),)))
    with pytest.raises(NotEnoughData, match="Fewer than four"):  # the card says so: nothing else may be on its tab
        products.slow_movers(engine, few, {})


def test_a_slow_mover_sells_few_of_a_stock_that_lasts_and_there_may_be_none() -> None:
    rows = [
        {"order_id": f"{day} {name}", "ordered_at": str(day), "product": name, "quantity": sold, "amount": 10 * sold}
        for name, sold in {"A": 1.0, "B": 2.0, "C": 3.0, "D": 4.0}.items()
        for day in np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    ]

    def slow(**held: float) -> Answer:
        day = np.datetime64("2024-12-30", "us")
        stock = pd.DataFrame({"date": day, "product": list(held), "on_hand": held.values()})
        engine = ColumnarEngine(store.in_memory(Tables(frame(rows), extras={"stock": stock})))
        return products.slow_movers(engine, engine.resolve(Selection("toy", "2024-12-01..2025-01-01")), {})

    found = slow(A=400.0, B=20.0, C=4000.0, D=40.0).frame
    assert list(found["product"]) == ["A"], "C has more stock, and sells well"
    assert (found["on_hand"].item(), found["cover_days"].item()) == (400.0, pytest.approx(400.0))
    none = slow(A=40.0, B=20.0, C=4000.0, D=40.0)
    assert none.frame.empty, "A has stock for 40 days"
    assert "1 product has stock for more than 180 days, but sells too well to be slow" in none.why
    assert "none has stock for more than 180 days" in slow(A=40.0, B=20.0, C=40.0, D=40.0).why
