"""The published tables and rankings of the three companies, through the data URL of the chart that draws each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from flask.testing import FlaskClient

from tests.dashboard.conftest import frame_at

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

# Published: revenue and units of every product of Bytronix, by how its name begins.
PRODUCTS = {
    "Macbook Pro": (8_032_500, 4_725), "iPhone": (4_792_900, 6_847), "ThinkPad": (4_127_958.72, 4_128),
    "Google Phone": (3_317_400, 5_529), "27in 4K": (2_433_147.61, 6_239), "34in": (2_352_898.08, 6_192),
    "Apple Airpods": (2_345_550, 15_637), "Flatscreen TV": (1_443_900, 4_813), "Bose": (1_342_865.70, 13_430),
    "27in FHD": (1_131_074.59, 7_541), "Vareebadd": (827_200, 2_068), "20in": (453_818.74, 4_126),
    "LG Washing": (399_600, 666), "LG Dryer": (387_600, 646), "Lightning": (346_376.55, 23_169),
    "USB-C": (285_975.45, 23_931), "Wired": (246_082.76, 20_524), "AA Batteries": (106_041.60, 27_615),
    "AAA Batteries": (92_648.14, 30_986),
}  # fmt: skip
UNITS_OF_DECEMBER = {
    "AAA Batteries": 4238, "AA Batteries": 3719, "USB-C": 3249, "Lightning": 3081, "Wired": 2740,
    "Apple Airpods": 2071, "Vareebadd": 284, "LG Washing": 80,
}  # fmt: skip
# By month number, as the report counts: its January holds the stray day of January 2020.
REVENUE_BY_MONTH_NUMBER = [
    1_821_413.16, 2_200_078.08, 2_804_973.35, 3_389_217.98, 3_150_616.23, 2_576_280.15,
    2_646_461.32, 2_241_083.37, 2_094_465.69, 3_734_777.86, 3_197_875.05, 4_608_295.70,
]  # fmt: skip
GROWTH_BY_MONTH_NUMBER = [20.79, 27.49, 20.83, -7.04, -18.23, 2.72, -15.32, -6.54, 78.32, -14.38, 44.10]
AOV_FROM_FEBRUARY = [191.38, 192.79, 193.36, 198.95, 198.34, 192.32, 195.15, 186.97, 192.16, 189.68, 191.98]
AOV_OF_CITIES = {
    "Atlanta": 196.0429, "New York City": 195.4825, "Seattle": 194.4221, "Dallas": 194.1976, "Portland": 193.6003,
    "San Francisco": 192.4272, "Boston": 191.6315, "Austin": 191.1920, "Los Angeles": 191.1820,
}  # fmt: skip
CUSTOMERS_BY_ORDERS = [109_998, 25_043, 4_798, 806, 121, 17, 4]
RANKED_CUSTOMERS = [
    572_181, 407_084, 259_200, 184_801, 63_157, 59_665, 53_044, 50_090, 44_194,
    29_648, 29_635, 23_898, 13_992, 7_176, 5_694, 3_032, 1_314,
]  # fmt: skip
ORDERS_OF_CUSTOMERS = {"Info": 124, "Excel": 33, "Logic": 29, "Atlas": 20, "Electricalsara": 14, "Premium": 12}
ORDERS_OF_YEARS = {2017: 43, 2018: 110, 2019: 95, 2020: 14}
SEGMENTS = {"VIPs": 21, "Loyal Customers": 16, "Potential Loyalists": 18, "At Risk": 18, "Lost Customers": 19}

Read = Callable[[str], pd.DataFrame]


@pytest.fixture
def read(sources: Path, web: FlaskClient) -> Read:
    """`read("chart?query")`: the chart's data URL as a frame."""

    def fetch(asked: str) -> pd.DataFrame:
        chart, _, query = asked.partition("?")
        return frame_at(web, f"/data/{chart}.csv?{query}")

    return fetch


def starting(series: pd.Series, begin: str) -> float:
    """The one value whose label begins so."""
    (value,) = series[series.index.str.startswith(begin)]
    return float(value)


# --- Bytronix
def test_every_product_of_bytronix(read: Read) -> None:
    revenue = read("revenue_by_product?data=bytronix&range=all").set_index("product")
    units = read("units_by_product?data=bytronix&range=all").set_index("product")
    assert len(revenue) == len(units) == len(PRODUCTS)
    for begin, (money, pieces) in PRODUCTS.items():
        assert starting(revenue["revenue"], begin) == money, begin
        assert starting(units["units"], begin) == pieces, begin


def test_units_by_month_and_product(read: Read) -> None:
    frame = read("product_month_units?data=bytronix&range=all")
    december = frame[frame["period"] == "2019-12"].set_index("product")["units"]
    assert {begin: starting(december, begin) for begin in UNITS_OF_DECEMBER} == UNITS_OF_DECEMBER
    assert frame.groupby("product")["units"].sum().sort_values(ascending=False).tolist() == sorted(
        (pieces for _, pieces in PRODUCTS.values()), reverse=True
    )


def test_months_by_number_as_the_report_counts_them(read: Read) -> None:
    revenue = read("seasonality?data=bytronix&range=all").set_index("month")["revenue"]
    assert revenue.index.tolist() == list(range(1, 13))
    assert revenue.tolist() == REVENUE_BY_MONTH_NUMBER
    assert round(revenue.mean(), 2) == 2_872_128.16
    assert [round(g, 2) for g in revenue.pct_change().mul(100).tolist()[1:]] == GROWTH_BY_MONTH_NUMBER


def test_orders_a_day_as_the_report_divides_them(read: Read) -> None:
    months = read("orders_over_time?data=bytronix&range=all&grain=month")
    assert round(months["orders"].sum() / months["days"].iloc[:-1].sum(), 2) == 488.87, "over the 365 days of 2019"


def test_average_order_of_every_month(read: Read) -> None:
    months = read("aov_over_time?data=bytronix&range=all&grain=month").set_index("period")["aov"]
    assert [round(v, 2) for v in months["2019-02":"2019-12"]] == AOV_FROM_FEBRUARY
    revenue = read("revenue_over_time?data=bytronix&range=all&grain=month")["revenue"]
    orders = read("orders_over_time?data=bytronix&range=all&grain=month")["orders"]
    january = (revenue.iloc[0] + revenue.iloc[-1]) / (orders.iloc[0] + orders.iloc[-1])
    assert round(january, 2) == 196.00, "with the stray day, as the report has it"


def test_every_published_pair(read: Read, sources: Path) -> None:
    published = pd.read_csv(sources / "bytronix" / "expected_pairs.csv")
    expected = {frozenset((r.a, r.b)): (r.n, round(r.lift, 9)) for r in published.itertuples()}
    frame = read("basket_pairs?data=bytronix&range=all")
    found = {frozenset((r.product, r.with_product)): (r.orders, round(r.lift, 9)) for r in frame.itertuples()}
    assert found == expected
    counts = frame["orders"].tolist()[:5]
    assert counts == [1011, 997, 462, 422, 373]


def test_average_order_of_every_city(read: Read) -> None:
    frame = read("aov_by_city?data=bytronix&range=all&aov_by_city.by=city").set_index("city")["aov"]
    assert frame.round(4).to_dict() == AOV_OF_CITIES
    places = read("revenue_by_city?data=bytronix&range=all").set_index("place")["revenue"]
    assert (places["US/OR/Portland"], places["US/ME/Portland"]) == (1_870_010.56, 449_321.38)


def test_customers_by_number_of_orders(read: Read) -> None:
    frame = read("customers_by_orders?data=bytronix&range=all")
    assert frame["order_count"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert frame["customers"].tolist() == CUSTOMERS_BY_ORDERS


@pytest.mark.long
def test_nobody_is_told_that_phones_and_headphones_sell_together(read: Read) -> None:
    pairs = read("basket_pairs?data=bytronix&range=all").set_index(["product", "with_product"])
    phone = pairs.loc[("Wired Headphones", "iPhone")]
    assert (round(phone["lift"], 3), round(phone["lift_multi"], 3)) == (0.639, 1.055)
    # Fisher's p among orders of two or more products is 0.066 (test_rules.py); within orders of one size it is near 1.
    assert phone["p"] > 0.5
    assert phone["significant"] == "no"
    sentences = read("insights?data=bytronix&range=all")["sentence"]
    told = [s for s in sentences if "Wired Headphones" in s and "iPhone" in s]
    assert all("often together only because both sell well" in s for s in told)


# --- AtliQ
def test_customers_of_atliq(read: Read) -> None:
    frame = read("customer_kpis?data=atliq&range=all&customer_kpis.window=720").set_index("metric")["value"]
    assert (frame["listed_customers"], frame["customers"], frame["active_customers"]) == (38, 17, 9)
    assert round(frame["revenue_per_customer"], 2) == 106_341.47


def test_concentration_and_ranking_of_atliq(read: Read) -> None:
    pareto = read("customer_pareto?data=atliq&range=all")
    assert pareto["customer"].iloc[0] == "Cus006"
    assert pareto["share"].round(2).iloc[0] == 31.65
    assert pareto["cumulative_share"].round(1).iloc[2] == 68.5
    ranking = read("customer_ranking?data=atliq&range=all")
    assert ranking["revenue"].tolist() == RANKED_CUSTOMERS
    assert ranking["rank"].tolist() == list(range(1, 18))


def test_spending_of_atliq(read: Read) -> None:
    frame = read("spending_and_aov?data=atliq&range=all").set_index("customer")
    assert sorted(frame["revenue"], reverse=True) == RANKED_CUSTOMERS
    assert frame.loc["Cus006", "aov"] == pytest.approx(572_181 / 14)
    assert (frame["revenue"] / frame["orders"]).tolist() == pytest.approx(frame["aov"].tolist())


def test_months_of_atliq(read: Read) -> None:
    months = read("revenue_over_time?data=atliq&range=all&grain=month").set_index("period")["revenue"]
    assert months["2017-10":"2017-12"].tolist() == [262_339, 442_429, 37_231]
    assert (months["2018-07"], months["2018-09"], months["2019-09"]) == (253_369, 945, 194_797)
    years = read("year_over_year?data=atliq&range=all")
    assert set(years["year"]) == {2017, 2018, 2019, 2020}
    assert years.set_index(["year", "month"])["revenue"].to_dict()[(2019, 9)] == 194_797


def test_order_frequency_of_atliq(read: Read) -> None:
    frame = read("order_frequency?data=atliq&range=all")
    orders = frame.drop_duplicates("customer").set_index("customer_name")["customer_orders"]
    assert {begin: starting(orders, begin) for begin in ORDERS_OF_CUSTOMERS} == ORDERS_OF_CUSTOMERS
    assert frame.drop_duplicates("period").set_index("period")["year_orders"].to_dict() == ORDERS_OF_YEARS
    info = frame[frame["customer_name"].str.startswith("Info")].set_index("period")["orders"]
    assert info.to_dict() == {2017: 21, 2018: 43, 2019: 48, 2020: 12}


def test_products_of_each_customer_lose_no_code(read: Read, sources: Path) -> None:
    frame = read("customer_products?data=atliq&range=all")
    assert frame["revenue"].sum() == 1_807_805
    assert frame.groupby("customer")["revenue"].sum().sort_values(ascending=False).tolist() == RANKED_CUSTOMERS


# --- Classic Models
def test_peaks_of_classic_models(read: Read) -> None:
    months = read("revenue_over_time?data=classic_models&range=all&grain=month").set_index("period")["revenue"]
    assert months["2003-01":"2003-12"].idxmax() == "2003-11"
    assert months["2004-01":"2004-12"].idxmax() == "2004-11"
    assert (months["2003-11"], months["2004-11"]) == (1_029_837.66, 1_089_048.01)


def test_product_lines(read: Read) -> None:
    frame = read("revenue_by_category?data=classic_models&range=all").set_index("category")["revenue"]
    assert (frame["Classic Cars"], frame["Vintage Cars"], frame["Trains"]) == (3_919_615.66, 1_903_150.84, 226_243.47)
    assert frame.idxmin() == "Trains"
    assert frame.sum() == pytest.approx(10_032_628.85)


def test_deal_sizes(read: Read) -> None:
    totals = read("deal_size_totals?data=classic_models&range=all").set_index("deal_size")
    assert totals["revenue"].to_dict() == {"Medium": 6_087_432.24, "Small": 2_643_077.35, "Large": 1_302_119.26}
    assert (totals.loc["Medium", "lines"], totals.loc["Small", "lines"]) == (1384, 1282)
    spread = read("deal_size_distribution?data=classic_models&range=all").set_index("deal_size")
    assert (spread["min"] <= spread["p25"]).all()
    assert (spread["p75"] <= spread["max"]).all()
    assert spread["lines"].to_dict() == totals["lines"].to_dict()


def test_top_countries(read: Read) -> None:
    frame = read("revenue_by_country?data=classic_models&range=all&limit=3").set_index("country")["revenue"]
    assert frame.to_dict() == {"USA": 3_627_982.83, "Spain": 1_215_686.92, "France": 1_110_916.52}


def test_order_status(read: Read) -> None:
    frame = read("order_status?data=classic_models&range=all").set_index("status")[["lines", "orders"]]
    assert (frame.loc["Shipped"].tolist(), frame.loc["Cancelled"].tolist()) == ([2617, 286], [60, 4])


@pytest.mark.long
def test_segments_scores_and_plan_of_classic_models(read: Read, sources: Path) -> None:
    published = pd.read_csv(sources / "classic_models" / "expected_rfm.csv").set_index("CUSTOMERNAME").sort_index()
    segments = read("rfm_segments?data=classic_models&range=all").set_index("rfm_segment")
    assert segments["customers"].to_dict() == SEGMENTS
    assert segments["action"].str.len().min() > 10
    scores = read("rfm_scatter?data=classic_models&range=all").set_index("customer").sort_index()
    assert scores[["r", "f", "m"]].to_numpy().tolist() == published[["r", "f", "m"]].to_numpy().tolist()
    assert scores["frequency"].tolist() == published["F"].tolist()
    means = read("rfm_heatmap?data=classic_models&range=all").set_index("rfm_segment")
    ours = scores.groupby("rfm_segment")[["r", "f", "m"]].mean()
    assert means.loc[ours.index, ["r", "f", "m"]].to_numpy() == pytest.approx(ours.to_numpy())
    plan = read("action_plan?data=classic_models&range=all").set_index("rfm_segment")
    assert plan["customers"].to_dict() == SEGMENTS
    assert plan["action"].to_dict() == segments["action"].to_dict()
