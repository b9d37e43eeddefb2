"""The generated companies: the same seed gives the same frames, every field is filled, what is planted can be found."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import KINDS
from analytics.insights.claim import Claim
from analytics.insights.company import Company
from analytics.loading import catalog, dataset
from analytics.questions import products
from analytics.schema import EXTRA_TABLES, FIELDS
from analytics.selection import Selection
from data import demo_company, evitalrx
from data.demo_buyers import customer_names, draw_customers
from data.demo_demand import OUTAGE
from data.demo_names import ORIGINS
from data.demo_places import CITIES, UNHAPPY_CITY
from data.demo_products import (
    AFFINITIES,
    DISAPPOINTING,
    EARLIER_STOCK_OUT,
    ELASTICITY,
    OVERSTOCKED,
    POSITION,
    PRODUCTS,
    SOLD_OUT,
    SOLD_OUT_SINCE,
    UNRELATED,
)
from data.demo_slow import LIKE, SLOW
from data.demo_stories import BUNDLE, CAMPAIGN_CHANNEL, CLOSURE, DEPARTURE, FAULT
from data.draws import Tables, pick, pick_by_group

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

DATA = Path(demo_company.__file__).parent
GENERATED = [FIELDS[name] for name in catalog.load(DATA / "demo.toml").fields]


def fingerprint(tables: Tables) -> dict[str, str]:
    """A digest of every value of every table."""
    return {
        name: hashlib.sha256(pd.util.hash_pandas_object(frame).to_numpy().tobytes()).hexdigest()
        for name, frame in tables.items()
    }


@pytest.fixture(scope="module")
def demo() -> Tables:
    return demo_company.generate()


@pytest.fixture(scope="module")
def lines(demo: Tables) -> pd.DataFrame:
    return demo["lines"]


@pytest.fixture(scope="module")
def sales(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[lines["quantity"] > 0]


@pytest.fixture(scope="module")
def refunds(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[lines["quantity"] < 0]


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    return evitalrx.generate()["purchases"]


# The same seed, the same frames


def test_a_seed_determines_every_value() -> None:
    first = fingerprint(demo_company.generate(scale=0.02))
    assert fingerprint(demo_company.generate(scale=0.02)) == first
    other = fingerprint(demo_company.generate(seed=7, scale=0.02))
    # Events are the company's history, not a draw.
    assert {name for name in first if first[name] == other[name]} == {"events"}


@pytest.mark.long
def test_a_seed_determines_the_purchases(purchases: pd.DataFrame) -> None:
    again = evitalrx.generate()["purchases"]
    pd.testing.assert_frame_equal(again, purchases)
    assert not evitalrx.generate(seed=7)["purchases"].equals(purchases)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", [0, 1, 99])
def test_another_seed_keeps_the_shape_and_the_totals_of_the_report(seed: int) -> None:
    other = evitalrx.generate(seed)["purchases"]
    assert len(other) == 50_000
    assert (other["amount"] * 100).round().astype("int64").sum() == 1_277_650_000
    assert other["rating"].mean() == 3.0


@pytest.mark.long
def test_a_tiny_company_has_every_table_and_column(demo: Tables) -> None:
    tiny = demo_company.generate(scale=0.001)
    assert {name: list(frame) for name, frame in tiny.items()} == {name: list(frame) for name, frame in demo.items()}


# Report 4


def test_the_totals_of_the_report(purchases: pd.DataFrame) -> None:
    assert len(purchases) == 50_000
    assert purchases["purchase_id"].is_unique
    assert round(purchases["amount"].sum(), 2) == 12_776_500.00
    assert round(purchases["amount"].sum() / 1e6, 2) == 12.78
    assert round(purchases["amount"].mean(), 2) == 255.53
    assert purchases["rating"].mean() == 3.0
    assert set(purchases["rating"]) == {1, 2, 3, 4, 5}
    assert (purchases["repeat_purchase"] == "Yes").mean() == 0.5049
    assert (purchases["payment_method"] == "UPI").sum() == 12_387


def test_the_money_of_a_purchase_adds_up(purchases: pd.DataFrame) -> None:
    np.testing.assert_allclose(purchases["amount"], purchases["quantity"] * purchases["unit_price"], atol=0.001)
    np.testing.assert_allclose(
        purchases["discount"], purchases["quantity"] * (purchases["mrp"] - purchases["unit_price"]), atol=0.001
    )
    assert (purchases["amount"] > 0).all()
    assert (purchases["discount"] >= 0).all()
    in_paise = purchases["amount"] * 100
    np.testing.assert_allclose(in_paise, in_paise.round(), atol=1e-6)


def test_the_flag_is_not_retention(purchases: pd.DataFrame) -> None:
    orders = purchases.groupby("customer_id").size()
    assert abs((orders > 1).mean() - 0.5049) > 0.02
    flagged = purchases.assign(flag=purchases["repeat_purchase"] == "Yes").groupby("product")["flag"].mean()
    assert flagged.max() - flagged.min() > 0.3


def test_cities_that_sell_much_and_please_little(purchases: pd.DataFrame) -> None:
    cities = purchases.groupby(["city", "state"]).agg(revenue=("amount", "sum"), rating=("rating", "mean"))
    worst = cities.nsmallest(2, "rating")
    assert set(worst.index.get_level_values("city")) == set(evitalrx.LOW_RATED_CITIES)
    assert (worst["revenue"] > cities["revenue"].median()).all()
    assert (worst["rating"] < 2.8).all()


def test_buyers_keep_gender_age_and_city(purchases: pd.DataFrame) -> None:
    fixed = ["customer_name", "gender", "age_group", "city", "state"]
    assert (purchases.groupby("customer_id")[fixed].nunique() == 1).all(axis=None)
    assert purchases["purchased_at"].is_monotonic_increasing
    assert not purchases.isna().any(axis=None)


# Every canonical field and extra table


@pytest.mark.long
def test_every_declared_field_is_there_and_filled(lines: pd.DataFrame) -> None:
    assert set(lines) == {f.name for f in GENERATED}
    assert len(GENERATED) >= 29, "the demo company shows what every chart can do"
    filled = lines.notna().mean()
    may_miss = {"customer", "customer_name", "segment", "gender", "age_group", "rating"}
    assert set(filled[filled < 1].index) == may_miss
    assert filled["customer"] == pytest.approx(0.945, abs=0.01)
    assert 0.3 < filled["rating"] < 0.5


def test_every_extra_table_is_there_and_filled(demo: Tables) -> None:
    assert set(demo) == {"lines", *EXTRA_TABLES}
    for name, needed in EXTRA_TABLES.items():
        assert set(needed) <= set(demo[name]), name
        assert len(demo[name]) > 10, name
        assert not demo[name].isna().any(axis=None), name


def test_fields_are_constant_at_the_level_they_claim(lines: pd.DataFrame) -> None:
    of_order = [f.name for f in GENERATED if f.level == "order" and f.name != "order_id"]
    of_customer = [f.name for f in GENERATED if f.level == "customer"]
    assert (lines.groupby("order_id")[of_order].nunique(dropna=False) == 1).all(axis=None)
    assert (lines.groupby("customer")[of_customer].nunique(dropna=False) == 1).all(axis=None)


def test_a_guest_has_no_customer_level_fields(lines: pd.DataFrame) -> None:
    guests = lines[lines["customer"].isna()]
    assert len(guests) > 1000
    assert guests[["customer_name", "segment", "gender", "age_group"]].isna().all(axis=None)


@pytest.mark.long
def test_customers_are_listed_buying_or_not(demo: Tables, lines: pd.DataFrame) -> None:
    listed = demo["customers"]
    assert listed["customer"].is_unique
    buyers = set(lines["customer"].dropna())
    assert buyers < set(listed["customer"])
    assert len(listed) - len(buyers) == 6_500
    named = lines.drop_duplicates("customer").dropna(subset="customer").set_index("customer")["customer_name"]
    pd.testing.assert_series_equal(
        listed.set_index("customer")["customer_name"].reindex(named.index), named, check_names=False
    )


# References, time and money


def test_identifiers(lines: pd.DataFrame) -> None:
    assert lines["line_id"].is_unique
    assert lines["order_id"].is_monotonic_increasing
    assert lines["ordered_at"].is_monotonic_increasing
    assert (lines["quantity"] != 0).all()


def test_time_runs_forward_and_stays_within_the_two_years(lines: pd.DataFrame) -> None:
    assert (lines["posted_at"] >= lines["ordered_at"]).all()
    assert lines["ordered_at"].min().date().isoformat() == "2024-01-01"
    assert lines["ordered_at"].max().date().isoformat() == "2025-12-31"
    assert lines["posted_at"].max() < pd.Timestamp("2026-01-01")
    assert lines["ordered_at"].dt.normalize().nunique() == 731


def test_a_refund_gives_back_an_earlier_sale(sales: pd.DataFrame, refunds: pd.DataFrame) -> None:
    assert not sales.duplicated(["order_id", "product"]).any()
    assert not refunds.duplicated(["order_id", "product"]).any()
    both = refunds.merge(sales, on=["order_id", "product"], how="left", suffixes=("", "_sold"), validate="1:1")
    assert both["amount_sold"].notna().all()
    assert (both["posted_at"] > both["posted_at_sold"]).all()
    assert (-both["quantity"] <= both["quantity_sold"]).all()
    assert (both["unit_price"] == both["unit_price_sold"]).all()
    assert (refunds["amount"] < 0).all()
    assert (refunds["cost"] < 0).all()
    assert (refunds["discount"] <= 0).all()
    assert refunds["rating"].isna().all()


def test_the_money_of_a_line_adds_up_to_the_cent(lines: pd.DataFrame) -> None:
    np.testing.assert_allclose(lines["amount"], lines["quantity"] * lines["unit_price"], atol=1e-6)
    np.testing.assert_allclose(
        lines["discount"], lines["quantity"] * (lines["list_price"] - lines["unit_price"]), atol=1e-6
    )
    for column in ("amount", "unit_price", "list_price", "discount", "cost"):
        assert (lines[column] == lines[column].round(2)).all(), column
    assert (lines["unit_price"] <= lines["list_price"]).all()


@pytest.mark.long
def test_status_says_what_was_given_back(lines: pd.DataFrame) -> None:
    left = lines.groupby("order_id")["quantity"].sum()
    status = lines.drop_duplicates("order_id").set_index("order_id")["status"]
    gone = status.isin(["Returned", "Cancelled"])
    assert (left[gone] == 0).mean() > 0.99  # an order cancelled in the last hours may still wait for a refund
    assert (left[~gone] > 0).all()
    partly = lines.loc[lines["quantity"] < 0, "order_id"].unique()
    assert set(status[partly]) == {"Partly returned", "Returned", "Cancelled"}
    assert set(status) == set(demo_company.STATUSES)


def test_places_with_one_name_are_told_apart(lines: pd.DataFrame) -> None:
    regions = lines.groupby("city")["region"].nunique()
    assert regions["Portland"] == 2
    assert regions["Springfield"] == 3
    assert regions["Columbus"] == 2
    assert lines.loc[lines["city"] == "London", "country"].nunique() == 2
    assert lines.groupby(["country", "region", "city"])[["latitude", "longitude"]].nunique().eq(1).all(axis=None)
    assert len(lines.groupby(["country", "region", "city"])) == len(CITIES)


def test_names_are_not_all_ascii(lines: pd.DataFrame) -> None:
    for column in ("customer_name", "product", "brand", "city", "region"):
        values = lines[column].dropna().unique()
        assert any(not v.isascii() for v in values), column


# A believable company


def test_the_figures_a_stranger_sees_first(demo: Tables, sales: pd.DataFrame, lines: pd.DataFrame) -> None:
    orders = sales.drop_duplicates("order_id")
    by_year = orders["ordered_at"].dt.year.value_counts()
    revenue = lines.groupby(lines["ordered_at"].dt.year)["amount"].sum()
    assert len(orders) == pytest.approx(180_000, rel=0.03)
    assert 40_000 < sales["customer"].nunique() < 62_000
    assert 1.05 < revenue[2025] / revenue[2024] < 1.15
    last_year = lines[lines["ordered_at"].dt.year == 2025]
    assert 150 < revenue[2025] / by_year[2025] < 250
    assert 0.28 < 1 - last_year["cost"].sum() / last_year["amount"].sum() < 0.36
    of_customer = orders[orders["ordered_at"].dt.year == 2025].groupby("customer").size()
    assert 0.35 < (of_customer > 1).mean() < 0.50
    assert 4.1 < last_year["rating"].mean() < 4.3
    visits = demo["sessions"].loc[demo["sessions"]["date"].dt.year == 2025, "sessions"].sum()
    assert 0.02 < by_year[2025] / visits < 0.03
    given_back = last_year["amount"].clip(upper=0).sum() / last_year["amount"].clip(lower=0).sum()
    assert -0.08 < given_back < -0.03


def test_seasons_of_day_week_and_year(sales: pd.DataFrame) -> None:
    orders = sales.drop_duplicates("order_id")["ordered_at"]
    by_month = orders.dt.to_period("M").value_counts().sort_index()
    for year in ("2024", "2025"):
        assert by_month[year].idxmax() == pd.Period(f"{year}-12", "M")
    by_hour = orders.dt.hour.value_counts()
    assert by_hour.idxmax() in (12, 20)
    assert by_hour.max() > 20 * by_hour.min()
    by_day = orders.dt.normalize().value_counts()
    black_fridays = [pd.Timestamp("2024-11-29"), pd.Timestamp("2025-11-28")]
    assert any(friday <= by_day.idxmax() <= friday + pd.Timedelta(days=3) for friday in black_fridays)
    usual = by_day[[OUTAGE - pd.Timedelta(weeks=w) for w in (1, 2, 3)]].mean()
    assert by_day[OUTAGE] < 0.4 * usual


def test_customers_differ_and_drop_out(sales: pd.DataFrame) -> None:
    days = sales.dropna(subset="customer").assign(day=lambda s: s["ordered_at"].dt.normalize())
    orders = days.groupby("customer")["day"].nunique()
    assert orders.var() > 2 * orders.mean()  # one rate for all would give a variance below the mean
    early = days[days["ordered_at"] < "2024-07-01"]["customer"].unique()
    late = set(days.loc[days["ordered_at"] >= "2025-07-01", "customer"])
    stayed = np.mean([c in late for c in early])
    assert 0.1 < stayed < 0.5


# What is planted


def test_planted_affinities_are_found_by_counting(sales: pd.DataFrame) -> None:
    sales = sales[sales["product"] != SLOW]  # which is bought alone
    order = sales["order_id"].factorize()[0]
    holds = coo_array((np.ones(len(order)), (order, sales["product"].map(POSITION)))).tocsr()
    holds.data[:] = 1  # however many of one are in an order
    common = (holds.T @ holds).toarray()

    def pairs(a: str, b: str) -> float:
        return float(common[POSITION[a], POSITION[b]])

    def lift(a: str, b: str) -> float:
        return pairs(a, b) * holds.shape[0] / (pairs(a, a) * pairs(b, b))

    for leader, follower, share in AFFINITIES:
        confidence = pairs(leader, follower) / pairs(leader, leader)
        assert lift(leader, follower) > 2, (leader, follower)
        assert share - 0.03 < confidence < share + 0.15, (leader, follower)
    assert 2.5 < lift("Kestrane One", "Kestrane Clear Case") < 4
    # Many common orders, and yet bought together more rarely than chance would have it.
    assert pairs(*UNRELATED) > 1000
    assert lift(*UNRELATED) < 1


@pytest.mark.long
def test_planted_elasticity_is_found_within_product_and_week(sales: pd.DataFrame) -> None:
    week = (sales["ordered_at"] - pd.Timestamp("2024-01-01")).dt.days // 7
    sold = sales.groupby([week.rename("week"), "product"]).agg(units=("quantity", "sum"), price=("unit_price", "mean"))
    logs = np.log(sold).reset_index()
    pooled = np.polyfit(logs["price"], logs["units"], 1)[0]
    for _ in range(40):  # sweep out both means in turn: the panel is not balanced
        for level in ("product", "week"):
            logs[["units", "price"]] -= logs.groupby(level)[["units", "price"]].transform("mean")
    within = (logs["units"] * logs["price"]).sum() / (logs["price"] ** 2).sum()
    assert within == pytest.approx(ELASTICITY, abs=0.15)
    assert abs(pooled - ELASTICITY) > 1  # the naive fit is far off


def test_peak_weeks_have_more_discounts(sales: pd.DataFrame) -> None:
    reduced = (sales["discount"] > 0).groupby(sales["ordered_at"].dt.month).mean()
    assert reduced[12] > 1.3 * reduced[2]


def test_a_city_and_a_product_that_sell_well_and_disappoint(sales: pd.DataFrame) -> None:
    cities = sales.groupby(["country", "region", "city"]).agg(revenue=("amount", "sum"), rating=("rating", "mean"))
    assert cities["rating"].idxmin()[2] == UNHAPPY_CITY
    assert cities["revenue"].rank(ascending=False)["US", "CA", UNHAPPY_CITY] <= 2
    products = sales.groupby("product").agg(units=("quantity", "sum"), rating=("rating", "mean"))
    assert products["rating"].idxmin() == DISAPPOINTING
    assert products["units"].rank(ascending=False)[DISAPPOINTING] <= 5


def test_channels_differ_in_conversion_and_order_value(demo: Tables, lines: pd.DataFrame) -> None:
    orders = lines.groupby("channel")["order_id"].nunique()
    conversion = orders / demo["sessions"].groupby("channel")["sessions"].sum()
    value = lines.groupby("channel")["amount"].sum() / orders
    assert conversion["E-mail"] > 2.5 * conversion["Social"]
    assert value["Referral"] > 1.4 * value["Social"]
    assert (demo["sessions"].groupby("date")["channel"].nunique() == 7).all()


def test_products_come_and_go(sales: pd.DataFrame) -> None:
    seen = sales.groupby("product")["ordered_at"].agg(["min", "max"])
    for product in PRODUCTS:
        if product.launched:
            assert seen.loc[product.name, "min"] >= pd.Timestamp(product.launched)
        if product.discontinued:
            assert seen.loc[product.name, "max"] < pd.Timestamp(product.discontinued)
    gone = sales.loc[sales["product"] == SOLD_OUT, "ordered_at"]
    assert gone.max() < pd.Timestamp(SOLD_OUT_SINCE)
    assert not gone.between(*EARLIER_STOCK_OUT, inclusive="left").any()


def test_stock_is_counted_weekly_and_agrees_with_the_sales(demo: Tables, lines: pd.DataFrame) -> None:
    stock = demo["stock"]
    assert not stock.duplicated(["date", "product"]).any()
    assert (stock["date"].dt.day_of_week == 0).all()
    assert (stock["on_hand"] >= 0).all()
    week = lines["posted_at"].dt.normalize() - pd.to_timedelta(lines["posted_at"].dt.day_of_week, unit="D")
    sold = lines.groupby([week.rename("date"), "product"])["quantity"].sum().rename("left").reset_index()
    both = stock.merge(sold, on=["date", "product"], how="left")
    assert (both["on_hand"] >= both["left"].fillna(0)).all()
    latest = stock[stock["date"] == stock["date"].max()].set_index("product")["on_hand"]
    recent = lines[lines["ordered_at"] >= "2025-12-01"].groupby("product")["quantity"].sum() / 31
    cover = latest / recent.reindex(latest.index)
    assert latest[SOLD_OUT] == 0
    assert (latest == 0).sum() == 1
    assert cover.nlargest(2).index.tolist() == [SLOW, OVERSTOCKED]
    assert cover[OVERSTOCKED] > 150
    assert cover.drop([SLOW, OVERSTOCKED, SOLD_OUT]).between(10, 90).all()


@pytest.mark.long
def test_one_product_is_slow_and_changes_no_figure_but_of_products(quillmere: ColumnarEngine, demo: Tables) -> None:
    """It takes a few sales of another one of the same price, cost, brand and category."""
    slow = products.slow_movers(quillmere, quillmere.resolve(Selection("demo", "last_month")), {}).frame
    assert slow["product"].tolist() == [SLOW]
    assert slow["cover_days"].iloc[0] > 365
    like = demo["lines"][demo["lines"]["product"].isin([SLOW, LIKE])]
    same = ["category", "brand", "list_price"]
    assert len(like[same].drop_duplicates()) == 1
    taken = like[like["product"] == SLOW]
    assert not demo["lines"]["order_id"][demo["lines"]["product"] != SLOW].isin(taken["order_id"]).any()
    assert (demo["stock"].loc[demo["stock"]["product"] == SLOW, "on_hand"].diff().dropna() <= 0).mean() > 0.9


def test_paths_agree_with_the_orders(demo: Tables, lines: pd.DataFrame, sales: pd.DataFrame) -> None:
    paths = demo["paths"]
    assert paths["path"].is_unique
    assert paths["conversions"].sum() == lines["order_id"].nunique()
    assert paths["conversion_value"].sum() == pytest.approx(sales["amount"].sum(), abs=1)
    last = paths["path"].str.split(" > ").str[-1]
    by_last = paths.groupby(last)["conversions"].sum()
    by_channel = lines.drop_duplicates("order_id")["channel"].value_counts()
    pd.testing.assert_series_equal(by_last, by_channel.reindex(by_last.index), check_names=False)
    assert (paths.loc[paths["conversions"] == 0, "conversion_value"] == 0).all()
    assert paths["null_paths"].sum() > 5 * paths["conversions"].sum()
    assert paths["path"].str.count(" > ").max() == 4


def test_targets_are_near_what_was_sold_and_not_all_met(demo: Tables, lines: pd.DataFrame) -> None:
    targets = demo["targets"].set_index("period")["value"]
    assert len(targets) == 24
    sold = lines.groupby(lines["ordered_at"].dt.to_period("M"))["amount"].sum()
    reached = sold.rename(str) / targets
    assert reached.between(0.75, 1.25).all()
    assert (reached[reached.index >= "2025"] < 1).any()
    assert (reached[reached.index >= "2025"] > 1).any()


# The draws and the files


def test_weighted_draws_follow_their_weights() -> None:
    rng = np.random.default_rng(3)
    drawn = np.bincount(pick(rng, (1.0, 0.0, 3.0), 40_000), minlength=3) / 40_000
    np.testing.assert_allclose(drawn, [0.25, 0, 0.75], atol=0.01)
    weights = np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 2.0], [0.0, 0.0, 5.0]])
    group = np.repeat([0, 1, 2], 10_000)
    chosen = pick_by_group(rng, weights, group)
    assert (chosen[group == 0] == 0).all()
    assert (chosen[group == 2] == 2).all()
    np.testing.assert_allclose((chosen[group == 1] == 1).mean(), 0.5, atol=0.02)
    assert len(pick_by_group(rng, weights, np.zeros(0, dtype=np.int64))) == 0


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like data/: both TOMLs and, written by the command, their files below it."""
    folder = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-m", "data.generate", "--out", str(folder / "generated")]
    subprocess.run(command, cwd=DATA.parent, check=True, capture_output=True)
    for name in ("demo.toml", "evitalrx.toml"):
        shutil.copy(DATA / name, folder / name)
    return folder


@pytest.mark.long
def test_the_command_leaves_nothing_unfinished(generated: Path) -> None:
    root = generated / "generated"
    written = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert written == {"evitalrx/purchases.parquet", *(f"demo/{name}.parquet" for name in ("lines", *EXTRA_TABLES))}


@pytest.fixture(scope="module")
def loaded(generated: Path) -> dataset.Tables:
    return dataset.read(catalog.load(generated / "demo.toml"), generated / "absent")


@pytest.mark.long
def test_the_demo_loads_as_declared(loaded: dataset.Tables, lines: pd.DataFrame) -> None:
    assert loaded.quality.rows_left_out == 0
    assert {f.reason for f in loaded.quality.findings} <= {"refund", "returned_whole", "no_customer"}
    assert {f.name for f in GENERATED} | {"region_group"} <= set(loaded.lines)
    assert set(loaded.extras) == set(EXTRA_TABLES)
    assert loaded.lines["amount"].sum() == pytest.approx(lines["amount"].sum(), abs=0.01)
    assert (~loaded.lines["sale"]).sum() == (lines["quantity"] < 0).sum()


@pytest.mark.long
def test_the_purchases_load_as_declared(generated: Path) -> None:
    loaded = dataset.read(catalog.load(generated / "evitalrx.toml"), generated / "absent")
    assert loaded.quality.rows_left_out == 0
    assert round(loaded.lines["amount"].sum(), 2) == 12_776_500.00
    assert (loaded.lines["status"] == "Repeat purchase").sum() == 25_245
    assert (loaded.lines["payment_method"] == "UPI").sum() == 12_387
    assert loaded.lines["rating"].mean() == 3.0


# What is planted, as the insights tell it


@pytest.fixture(scope="module")
def quillmere(loaded: dataset.Tables, tmp_path_factory: pytest.TempPathFactory) -> ColumnarEngine:
    root = tmp_path_factory.mktemp("store")
    stores.write(root, loaded)
    return ColumnarEngine(stores.open(root, "demo"))


def claims(engine: ColumnarEngine, kind: str, query: str = "range=last_month&compare=previous") -> list[Claim]:
    """What one kind of insight says of a selection."""
    selection, _ = Selection.from_query(f"data=demo&{query}")
    company = Company(engine, engine.resolve(selection), selection)
    find = next(k.find for k in KINDS if k.name == kind)
    return find(company)


def test_the_last_month_grew_and_met_its_target(demo: Tables, lines: pd.DataFrame) -> None:
    november, december = (
        lines[lines["posted_at"].between(first, end, inclusive="left")]
        for first, end in (("2025-11-01", "2025-12-01"), ("2025-12-01", "2026-01-01"))
    )
    assert 1.12 < december["amount"].sum() / november["amount"].sum() < 1.22
    assert december["customer"].nunique() / november["customer"].nunique() > 1.12, "mainly more customers"
    target = demo["targets"].set_index("period")["value"]["2025-12"]
    assert 1.02 < december["amount"].sum() / target < 1.08


@pytest.mark.long
def test_the_insights_find_the_channel_that_closed_in_one_country(quillmere: ColumnarEngine) -> None:
    about = {"country": CLOSURE.country, "channel": CLOSURE.channel}
    (fall,) = [c for c in claims(quillmere, "mover") if dict(c.about) == about]
    assert fall.gap > 30_000
    assert fall.q is not None
    assert fall.q < 0.001
    others = [c for c in claims(quillmere, "mover", "range=2025-11-01..2025-12-01") if dict(c.about) == about]
    assert others == [], "nothing of it before it happened"


@pytest.mark.long
def test_the_insights_find_the_campaign(quillmere: ColumnarEngine) -> None:
    assert any(dict(c.about) == {"channel": CAMPAIGN_CHANNEL} and c.gap > 50_000 for c in claims(quillmere, "mover"))


def test_the_insights_find_the_faulty_delivery(quillmere: ColumnarEngine) -> None:
    for kind in ("rising_refunds", "refund_share"):
        (told,) = claims(quillmere, kind)
        assert dict(told.about) == {"product": FAULT.product}


def test_the_insights_find_the_segment_that_leaves(quillmere: ColumnarEngine) -> None:
    (group,) = claims(quillmere, "departing_group", "range=2025-10-01..2026-01-01&compare=previous")
    assert dict(group.about) == {"segment": DEPARTURE.segment}
    assert claims(quillmere, "departing_group", "range=2025-07-01..2025-10-01&compare=previous") == []


def test_the_insights_find_the_stock_out_the_launch_and_the_ratings(quillmere: ColumnarEngine) -> None:
    lost = [c for c in claims(quillmere, "lost_sales") if c.about.get("product") == SOLD_OUT]
    assert len(lost) == 1
    year = "range=last_12m&compare=year"
    assert [c.about["product"] for c in claims(quillmere, "new_products", year)] == ["Kestrane Two"]
    assert [c.about["product"] for c in claims(quillmere, "gone_products", year)] == ["Teklune K3"]
    low = {value for c in claims(quillmere, "low_rating") for value in c.about.values()}
    assert low == {f"US/CA/{UNHAPPY_CITY}", DISAPPOINTING}


def test_the_insights_find_what_is_bought_together_and_what_lies_idle(quillmere: ColumnarEngine) -> None:
    pairs = {frozenset((c.about["product"], c.about["with"])) for c in claims(quillmere, "affinity")}
    assert frozenset(BUNDLE[:2]) in pairs
    assert pairs <= {frozenset(pair[:2]) for pair in AFFINITIES}
    assert [c.about["product"] for c in claims(quillmere, "idle_stock")] == [OVERSTOCKED]


def test_a_bundle_raises_what_is_taken_with_it(sales: pd.DataFrame) -> None:
    leader, follower, since, factor = BUNDLE
    baskets = sales[sales["product"].isin((leader, follower))].groupby("order_id")
    orders = baskets.agg(products=("product", set), at=("ordered_at", "min"))
    led = orders[[leader in products for products in orders["products"]]]
    taken = pd.Series([follower in products for products in led["products"]], index=led.index)
    before, after = taken[led["at"] < since].mean(), taken[led["at"] >= since].mean()
    assert after / before == pytest.approx(factor, rel=0.15)


def test_every_customer_has_a_name_of_their_own(demo: Tables) -> None:
    people = demo["customers"]
    assert people["customer_name"].is_unique
    assert not people["customer_name"].str.contains(r"\d|  ", regex=True).any()
    abroad = people[people["country"] == "Japan"]["customer_name"]
    assert (abroad.str.split().str[-1].isin(ORIGINS["Japanese"].family)).mean() > 0.9


def test_names_of_more_people_than_there_are_initials_are_told_apart() -> None:
    rng = np.random.default_rng(1)
    people = draw_customers(rng, 400)
    same = replace(people, given=np.zeros(400, dtype=np.int64), family=np.zeros(400, dtype=np.int64))
    assert customer_names(same, np.arange(340)).is_unique
