"""Cards that would show one bar or one month are not there, and no click makes one come or go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics import store as stores
from analytics.answer import Answer
from analytics.selection import Selection
from dashboard.answers.service import Service
from dashboard.answers.viewers import ANONYMOUS
from dashboard.page import handler
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
        ("product_over_time", [("Lamp", "2024-01"), ("Lamp", "2024-02")], False),
        ("stock_cover", [("Lamp",)], False),  # a list
        ("revenue_map", [("US",)], False),
    ],
)
def test_what_says_nothing(chart: str, rows: list[Any], nothing: bool) -> None:
    held = pd.DataFrame(rows, columns=["product", "period"][: len(rows[0]) if rows else 1])
    assert CHARTS[chart].says_nothing(Answer(held)) is nothing


def test_a_selection_reaches_back_by_whole_months_within_the_data(root: Path) -> None:
    _, engine, _ = Service(root, NoCache()).for_viewer(ANONYMOUS).select("data=toy")

    def spans(span: str, months: int) -> str:
        return str(engine.resolve(Selection("toy", span)).reaching_back(months).span)

    assert spans("2024-03-01..2024-03-11", 2) == "2024-02-01..2024-03-11"
    assert spans("2024-03-01..2024-03-11", 24) == "2024-01-15..2024-03-11"
    assert spans("2024-01-20..2024-03-11", 2) == "2024-01-20..2024-03-11"
