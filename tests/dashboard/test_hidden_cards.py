"""Cards that would show one bar or one month are not there, and no click makes one come or go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import store as stores
from analytics.answer import Answer
from analytics.schema import needed_labels
from analytics.selection import Clause, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import ANONYMOUS
from dashboard.page import cards, handler
from dashboard.pages import CHARTS
from tests.analytics.companies import Tables, frame
from tests.dashboard.conftest import NoCache


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One country with two regions; the region East sells in January only, and one product only."""
    rows = [
        {
            "order_id": f"{month} {region} {product}",
            "ordered_at": f"2024-{month:02}-15 10:00",
            "product": product,
            "quantity": 1.0,
            "amount": 10.0,
            "country": "US",
            "region": region,
            "city": f"{region} City",
        }
        for month in (1, 2, 3)
        for region in ("East", "West")
        for product in ("Lamp", "Desk")
        if region == "West" or (month == 1 and product == "Lamp")
    ]
    folder = tmp_path_factory.mktemp("hidden")
    stores.write(folder, Tables(frame(rows)))
    return folder


def states(root: Path, path: str, query: str) -> dict[str, str]:
    service = Service(root, NoCache()).for_viewer(ANONYMOUS)
    answer = handler.answer(service, handler.PageRequest(0, f"{path}?data=toy&{query}"))
    shown = {name: str(card["state"]) for name, card in answer.cards.items()}
    hidden = {name for name, state in shown.items() if state == "hidden"}
    assert all(_is_hidden(answer.body or "", name) == (name in hidden) for name in shown)
    return shown


def _is_hidden(body: str, chart: str) -> bool:
    tag = body[body.rindex("<section", 0, body.index(f'data-chart="{chart}"')) :].partition(">")[0]
    return " hidden" in tag


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "AT_ONCE", 60.0)


def test_one_year_is_no_comparison_of_years(root: Path) -> None:
    seen = states(root, "/trends/seasonality", "range=all")
    assert seen["year_over_year"] == "hidden"
    chart = CHARTS["year_over_year"]
    months = pd.DataFrame({"year": [2023, 2024], "month": [12, 1], "revenue": [1.0, 2.0]})
    assert not chart.says_nothing(Answer(months))
    assert chart.says_nothing(Answer(months[months["year"] == 2024]))


def test_one_country_is_no_chart_of_countries(root: Path) -> None:
    for query in ("range=all", "range=all&region=East", "range=all&product=Desk"):
        assert states(root, "/geography", query)["revenue_by_country"] == "hidden", query
        assert states(root, "/geography/places", query)["revenue_by_region"] == "ok", query


def test_a_filter_makes_no_card_go(root: Path) -> None:
    for query in ("range=all", "range=all&region=East"):
        assert states(root, "/products", query)["revenue_by_product"] == "ok", query


def test_one_month_has_no_season_of_its_own_but_the_year_before_it_has(root: Path) -> None:
    found = Service(root, NoCache()).for_viewer(ANONYMOUS)
    selection, engine, _ = found.select("data=toy&range=2024-03-01..2024-04-01")
    answer = found.answer(CHARTS["seasonality"], engine.resolve(selection), {}, engine)
    assert list(answer.frame.loc[answer.frame["revenue"] > 0, "month"]) == [1, 2, 3]
    assert "The range alone is too short" in answer.notes[0]
    assert states(root, "/trends/seasonality", "range=2024-03-01..2024-04-01")["seasonality"] == "ok"
    assert states(root, "/trends/seasonality", "range=2024-01-01..2024-02-01")["seasonality"] == "hidden"


@pytest.mark.parametrize(
    ("chart", "rows", "nothing"),
    [
        ("top_products", [("Lamp",)], True),
        ("top_products", [("Lamp",), ("Desk",)], False),
        ("top_products", [], False),  # empty is another state
        ("product_over_time", [("Lamp", "2024-01"), ("Desk", "2024-01")], True),
        ("product_over_time", [("Lamp", "2024-01"), ("Lamp", "2024-02")], True),  # one part is no mix
        ("product_over_time", [("Lamp", "2024-01"), ("Desk", "2024-02")], False),
        ("stock_cover", [("Lamp",)], False),  # a list
        ("revenue_map", [("US",)], False),
    ],
)
def test_what_says_nothing(chart: str, rows: list[Any], nothing: bool) -> None:
    held = pd.DataFrame(rows, columns=["product", "period"][: len(rows[0]) if rows else 1])
    assert CHARTS[chart].says_nothing(Answer(held)) is nothing


@pytest.mark.parametrize(("products", "nothing"), [(["Lamp", "Lamp"], True), (["Lamp", "Desk"], False)])
def test_who_buys_what_compares_products(products: list[str], nothing: bool) -> None:
    held = pd.DataFrame({"customer": ["Ana", "Bo"], "product": products, "revenue": [1.0, 2.0]})
    assert CHARTS["customer_products"].says_nothing(Answer(held)) is nothing


def test_what_a_chart_needs_is_named_as_people_call_it(root: Path) -> None:
    _, engine, _ = Service(root, NoCache()).for_viewer(ANONYMOUS).select("data=toy")
    lacking = {name for chart in CHARTS.values() for name in chart.missing(engine.schema)}
    assert {"deal_size", "payment_method", "stock", "paths"} <= lacking
    assert not [name for name in lacking if "_" in needed_labels([name]) or needed_labels([name]) == name]
    assert needed_labels(["deal_size", "paths"]) == "Deal size, Visits before orders"


@pytest.mark.parametrize(("rate", "nothing"), [([0.0, 0.0], True), ([0.0, 3.0], False), ([], False)])
def test_bars_of_zeros_say_nothing(rate: list[float], nothing: bool) -> None:
    held = pd.DataFrame({"product": ["Lamp", "Desk"][: len(rate)], "repeat_rate": rate, "customers": [5] * len(rate)})
    assert CHARTS["repeat_purchase_by_product"].says_nothing(Answer(held)) is nothing


def test_a_selection_reaches_back_by_whole_months_within_the_data(root: Path) -> None:
    _, engine, _ = Service(root, NoCache()).for_viewer(ANONYMOUS).select("data=toy")

    def spans(span: str, months: int) -> str:
        return str(engine.resolve(Selection("toy", span)).reaching_back(months).span)

    assert spans("2024-03-01..2024-03-11", 2) == "2024-02-01..2024-03-11"
    assert spans("2024-03-01..2024-03-11", 24) == "2024-01-15..2024-03-11"
    assert spans("2024-01-20..2024-03-11", 2) == "2024-01-20..2024-03-11"


def test_an_empty_card_names_the_days_and_the_reason_that_are_its_own(tmp_path: Path) -> None:
    rows = [
        {"order_id": str(at), "ordered_at": f"{at}-15 10:00", "product": product, "quantity": 1.0, "amount": 10.0,
         "customer": customer}
        for at, product, customer in (("2022-01", "Desk", "Ann"), ("2023-09", "Lamp", ""), ("2024-03", "Lamp", ""))
    ]  # fmt: skip
    stores.write(tmp_path, Tables(frame(rows)))
    service = Service(tmp_path, NoCache()).for_viewer(ANONYMOUS)
    query = "/customers/retention?data=toy&range=2024-03-01..2024-04-01&product=Lamp"
    box = str(handler.answer(service, handler.PageRequest(0, query)).cards["cohort_retention"]["box"])
    assert (
        "2 orders with Product: Lamp in 1 Apr 2023 – 15 Mar 2024. Nobody ordered for the first time in these months."
        in box
    )


def test_a_metric_without_any_value_is_no_picture_of_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blank(*_: Any, **__: Any) -> Answer:
        frame = pd.DataFrame({"discount_band": ["none", "some"], "units": [3, 4], "index": [np.nan, np.nan]})
        return Answer(frame, ("No index: discounts depend on the order.",))

    monkeypatch.setattr(ViewerService, "answer", blank)
    service = Service(root, NoCache()).for_viewer(ANONYMOUS)
    selection, engine, _ = service.select("data=toy&range=all")
    found = cards.card(service, CHARTS["sales_by_discount"], selection, engine.resolve(selection), engine)
    assert (found["state"], found["notes"]) == ("empty", "")
    assert "No index: discounts depend on the order." in found["box"]
    units = selection.with_option("sales_by_discount", "metric", "units")
    assert cards.card(service, CHARTS["sales_by_discount"], units, engine.resolve(units), engine)["state"] == "ok"


@pytest.mark.parametrize(
    ("chart", "state"), [("basket_pairs", "empty"), ("basket_network", "hidden"), ("pair_heatmap", "hidden")]
)
def test_where_no_order_has_two_products_one_card_of_the_tab_says_so(tmp_path: Path, chart: str, state: str) -> None:
    day = "2020-03-{:02} 10:00"
    rows = [
        {"order_id": f"o{i}", "ordered_at": day.format(1 + i % 28), "customer": f"c{i}", "product": "ABC"[i % 3],
         "quantity": 1, "amount": 10.0}
        for i in range(60)
    ]  # fmt: skip
    stores.write(tmp_path, Tables(frame(rows)))
    service = Service(tmp_path, NoCache()).for_viewer(ANONYMOUS)
    selection, engine, _ = service.select("data=toy&range=all")
    found = cards.card(service, CHARTS[chart], selection, engine.resolve(selection), engine)
    assert found["state"] == state
    filtered = selection.with_clause(Clause("product", ("A",)))
    assert cards.card(service, CHARTS[chart], filtered, engine.resolve(filtered), engine)["state"] == state


def test_a_list_without_a_row_says_why_instead_of_showing_headings(root: Path) -> None:
    service = Service(root, NoCache()).for_viewer(ANONYMOUS)
    query = "range=2024-02-01..2024-03-01&compare=previous&place=US/West"
    answer = handler.answer(service, handler.PageRequest(0, f"/products/movers?data=toy&{query}"))
    card = answer.cards["under_performers"]
    assert card["state"] == "empty"
    assert "grid" not in card
    assert "underperform" in str(card["box"])
    assert card["notes"] == ""
