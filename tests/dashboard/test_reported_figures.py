"""The figures that analysts published about these companies, through the application's own data URLs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from flask.testing import FlaskClient

from tests.dashboard.conftest import frame_at

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

# Published: orders per hour of the day, 0 to 23.
ORDERS_BY_HOUR = [
    3758, 2255, 1196, 804, 814, 1259, 2375, 3836, 6036, 8404, 10492, 11882,
    12082, 11682, 10522, 9761, 9960, 10476, 11761, 12377, 11763, 10499, 8453, 5990,
]  # fmt: skip
# Published by month number; January there holds the stray day of January 2020, which has a month of its own here.
REVENUE_BY_MONTH = [
    1_812_742.87, 2_200_078.08, 2_804_973.35, 3_389_217.98, 3_150_616.23, 2_576_280.15, 2_646_461.32, 2_241_083.37,
    2_094_465.69, 3_734_777.86, 3_197_875.05, 4_608_295.70, 8_670.29,
]  # fmt: skip
ORDERS_BY_MONTH_NUMBER = [9293, 11496, 14549, 17528, 15836, 12989, 13761, 11484, 11202, 19436, 16859, 24004]
REVENUE_BY_PLACE = {
    "US/CA/San Francisco": 8_254_743.55, "US/CA/Los Angeles": 5_448_304.28, "US/NY/New York City": 4_661_867.14,
    "US/MA/Boston": 3_658_627.65, "US/GA/Atlanta": 2_794_199.07, "US/TX/Dallas": 2_765_373.96,
    "US/WA/Seattle": 2_745_046.02,
    "US/OR/Portland": 1_870_010.56, "US/TX/Austin": 1_818_044.33, "US/ME/Portland": 449_321.38,
}  # fmt: skip
UNITS_OF_PRODUCTS = {
    "Macbook Pro Laptop": 4725,
    "iPhone": 6847,
    "AAA Batteries (4-pack)": 30_986,
    "LG Washing Machine": 666,
}
GROWTH = [20.79, 27.49, 20.83, -7.04, -18.23, 2.72, -15.32, -6.54, 78.32, -14.38, 44.10]

Read = Callable[[str, str], pd.DataFrame]


@pytest.fixture
def read(sources: Path, web: FlaskClient) -> Read:
    """`read(chart, query)`: the chart's data URL as a frame."""

    def fetch(chart: str, query: str) -> pd.DataFrame:
        return frame_at(web, f"/data/{chart}.csv?{query}")

    return fetch


def kpis(frame: pd.DataFrame) -> dict[str, float]:
    return dict(zip(frame["metric"], frame["value"], strict=True))


def test_totals_of_bytronix(read: Read) -> None:
    found = kpis(read("kpis", "data=bytronix&range=all"))
    assert found["revenue"] == 34_465_537.94
    assert (found["orders"], found["units"], found["customers"]) == (178_437, 208_812, 140_787)
    assert round(found["aov"], 2) == 193.15
    assert round(found["repeat_rate"], 2) == 21.87
    assert "gross" not in found, "there are no refunds"


def test_2019_alone(read: Read) -> None:
    assert kpis(read("kpis", "data=bytronix&range=2019-01-01..2020-01-01"))["revenue"] == 34_456_867.65


def test_orders_by_hour_and_part_of_day(read: Read) -> None:
    hours = read("orders_by_hour", "data=bytronix&range=all")
    assert hours["hour"].tolist() == list(range(24))
    assert hours["orders"].tolist() == ORDERS_BY_HOUR
    parts = read("orders_by_part_of_day", "data=bytronix&range=all")
    assert dict(zip(parts["part_of_day"], parts["orders"], strict=True)) == {
        "Night": 10_086, "Morning": 43_025, "Afternoon": 64_483, "Evening": 60_843,
    }  # fmt: skip


def test_true_calendar_months(read: Read) -> None:
    months = read("revenue_over_time", "data=bytronix&range=all&grain=month")
    assert months["period"].tolist() == [f"2019-{m:02d}" for m in range(1, 13)] + ["2020-01"]
    assert months["revenue"].tolist() == REVENUE_BY_MONTH
    last = months.iloc[-1]
    assert (last["days"], last["period_days"]) == (1, 31), "January 2020 is one day"
    orders = read("orders_over_time", "data=bytronix&range=all&grain=month")["orders"].tolist()
    assert orders[1:12] == ORDERS_BY_MONTH_NUMBER[1:]
    assert orders[0] + orders[12] == ORDERS_BY_MONTH_NUMBER[0]


def test_growth_from_month_to_month(read: Read) -> None:
    growth = read("growth_over_time", "data=bytronix&range=all&grain=month")["growth"].tolist()
    assert [round(g, 2) for g in growth[2:12]] == GROWTH[1:]
    assert round(growth[1], 2) == round((2_200_078.08 / 1_812_742.87 - 1) * 100, 2), "against the true January"
    assert pd.isna(growth[0])
    assert pd.isna(growth[12])


def test_partial_months_are_named(sources: Path, web: FlaskClient) -> None:
    answer = json.loads(web.get("/data/revenue_over_time.json?data=bytronix&range=all&grain=month").data)
    assert answer["notes"] == ["January 2020: 1 of 31 days."]


def test_ten_places_of_nine_names(read: Read) -> None:
    places = read("top_places", "data=bytronix&range=all")
    assert dict(zip(places["place"], places["revenue"], strict=True)) == REVENUE_BY_PLACE
    assert places["revenue"].is_monotonic_decreasing
    assert places["share"].sum() == pytest.approx(100)
    assert places["orders"].sum() == 178_437


def test_products(read: Read) -> None:
    products = read("top_products", "data=bytronix&range=all").set_index("product")
    assert len(products) == 19
    assert products.loc["Macbook Pro Laptop", "revenue"] == 8_032_500
    assert products.loc["ThinkPad Laptop", "revenue"] == 4_127_958.72
    assert products["units"][list(UNITS_OF_PRODUCTS)].to_dict() == UNITS_OF_PRODUCTS


def test_the_quality_report_of_bytronix(sources: Path, web: FlaskClient) -> None:
    report = json.loads(web.get("/quality/bytronix.json").data)
    left_out = {f["reason"]: f["rows"] for f in report["findings"] if f["effect"] == "left out"}
    assert left_out == {"blank_row": 545, "repeated_header": 355, "exact_duplicate": 264}
    assert report["rows_kept"] == 185_686
    assert report["rows_read"] == 185_686 + 545 + 355 + 264
    assert all(f["examples"] for f in report["findings"] if f["effect"] == "left out")


def test_totals_of_classic_models(read: Read) -> None:
    found = kpis(read("kpis", "data=classic_models&range=all"))
    assert found["revenue"] == 10_032_628.85
    assert (found["orders"], found["customers"], found["units"]) == (307, 92, 99_067)
    months = read("revenue_over_time", "data=classic_models&range=all&grain=month").set_index("period")["revenue"]
    assert months["2003-11"] == 1_029_837.66
    assert months["2004-11"] == 1_089_048.01


def test_totals_of_atliq(read: Read) -> None:
    found = kpis(read("kpis", "data=atliq&range=all"))
    assert (found["orders"], found["customers"], found["revenue"]) == (262, 17, 1_807_805)
    assert round(found["aov"], 2) == 6900.02
    assert round(found["revenue_per_customer"], 2) == 106_341.47
    months = read("revenue_over_time", "data=atliq&range=all&grain=month").set_index("period")["revenue"]
    assert months["2017-10":"2017-12"].tolist() == [262_339, 442_429, 37_231]
    assert months["2018-09"] == 945
    assert months["2020-06"] == 1_542


@pytest.mark.long
def test_a_filter_gives_the_part_that_the_report_names(read: Read) -> None:
    assert kpis(read("kpis", "data=bytronix&range=all&place=US/OR/Portland"))["revenue"] == 1_870_010.56
    assert kpis(read("kpis", "data=bytronix&range=all&city=Portland"))["revenue"] == 2_319_331.94
    assert round(kpis(read("kpis", "data=bytronix&range=all&city=Atlanta"))["aov"], 4) == 196.0429
    less = kpis(read("kpis", "data=bytronix&range=all&place=!US/CA/San+Francisco"))["revenue"]
    assert less == pytest.approx(34_465_537.94 - 8_254_743.55, abs=0.005)
