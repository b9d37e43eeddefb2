"""The totals of the fourth report, which came without data, out of the purchases generated to its shape."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pandas as pd
import pytest

from analytics import store as stores
from analytics.loading import catalog, dataset
from dashboard.answers.service import Service
from data import evitalrx
from tests.conftest import DATA
from tests.dashboard.conftest import NoCache, frame_at, routes

Read = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    return evitalrx.generate()["purchases"]


@pytest.fixture(scope="module")
def read(purchases: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """`read("chart?options")`: the chart's data URL over the purchases, loaded as their TOML says."""
    beside = tmp_path_factory.mktemp("catalog")
    shutil.copy(DATA / "evitalrx.toml", beside)
    (beside / "generated" / "evitalrx").mkdir(parents=True)
    purchases.to_parquet(beside / "generated" / "evitalrx" / "purchases.parquet", index=False)
    root = tmp_path_factory.mktemp("store")
    stores.write(root, dataset.read(catalog.load(beside / "evitalrx.toml"), beside))
    client = routes(Service(root, NoCache())).test_client()

    def fetch(asked: str) -> pd.DataFrame:
        chart, _, query = asked.partition("?")
        return frame_at(client, f"/data/{chart}.csv?data=evitalrx&range=all&{query}")

    return fetch


@pytest.mark.long
def test_totals(read: Read) -> None:
    found = read("kpis").set_index("metric")["value"]
    assert found["orders"] == 50_000
    assert found["revenue"] == 12_776_500
    assert round(found["revenue"] / 1e6, 2) == 12.78
    assert round(found["aov"], 2) == 255.53


def test_mean_rating(read: Read) -> None:
    cities = read("sales_and_rating_by_city?sales_and_rating_by_city.least=1")
    assert cities["rated_lines"].sum() == 50_000
    assert (cities["rating"] * cities["rated_lines"]).sum() / 50_000 == pytest.approx(3.00)


def test_the_reports_retention_is_a_share_of_rows(read: Read, purchases: pd.DataFrame) -> None:
    flagged = read("order_status").set_index("status")
    assert flagged.loc["Repeat purchase", "share"] == pytest.approx(50.49)
    real = read("kpis").set_index("metric")["value"]["repeat_rate"]
    bought = purchases.groupby("customer_id").size()
    assert real == pytest.approx((bought > 1).mean() * 100)
    assert abs(real - 50.49) > 2


def test_age_groups(read: Read, purchases: pd.DataFrame) -> None:
    ages = read("by_age_group").set_index("age_group")["revenue"]
    assert ages.to_dict() == pytest.approx(purchases.groupby("age_group")["amount"].sum().to_dict())
    assert ages.index.tolist() == list(evitalrx.AGE_GROUPS)


def test_payment_methods(read: Read, purchases: pd.DataFrame) -> None:
    payments = read("by_payment_method").set_index("payment_method")["orders"]
    assert payments["UPI"] == 12_387
    assert payments.to_dict() == purchases["payment_method"].value_counts().to_dict()


def test_genders(read: Read, purchases: pd.DataFrame) -> None:
    genders = read("by_gender").set_index("gender")["orders"]
    assert genders.to_dict() == purchases["gender"].value_counts().to_dict()


def test_top_products(read: Read, purchases: pd.DataFrame) -> None:
    top = read("revenue_by_product?limit=10").set_index("product")["revenue"]
    expected = purchases.groupby("product")["amount"].sum().nlargest(10)
    assert top.index.tolist() == expected.index.tolist()
    assert top.tolist() == pytest.approx(expected.tolist())


def test_repeat_purchases_by_product(read: Read, purchases: pd.DataFrame) -> None:
    times = purchases.groupby(["product", "customer_id"]).size()
    frame = read("repeat_purchase_by_product").set_index("product")
    assert frame["customers"].to_dict() == times.groupby("product").size().to_dict()
    assert frame["repeat_customers"].to_dict() == (times > 1).groupby("product").sum().to_dict()


def test_effect_of_discounts(read: Read, purchases: pd.DataFrame) -> None:
    bands = read("sales_by_discount")
    assert bands["revenue"].sum() == pytest.approx(12_776_500)
    assert bands["units"].sum() == purchases["quantity"].sum()
    assert bands["index"].isna().all(), "each purchase has a discount of its own: no week is a discounted one"
    with pytest.raises(AssertionError, match="Discounts differ by order within a week"):
        read("discount_effect")


def test_cities_that_sell_much_and_please_little(read: Read, purchases: pd.DataFrame) -> None:
    cities = read("sales_and_rating_by_city")
    expected = purchases.groupby(["state", "city"])["amount"].sum()
    keys = [tuple(place.split("/")[1:]) for place in cities["place"]]
    found = dict(zip(keys, cities["revenue"], strict=True))
    assert found == pytest.approx(expected.to_dict())
    low = cities[cities["quadrant"] == "high sales, low rating"]["place"].str.rpartition("/")[2]
    assert set(low) >= set(evitalrx.LOW_RATED_CITIES)
