"""Dimensions that a data set declares itself, on pages and in addresses."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import UnknownName
from analytics.loading.rules.dimensions import is_taken
from analytics.profile import Profile
from analytics.schema import HIERARCHIES
from analytics.selection import Clause, Selection
from dashboard.actions import reduce
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import ANONYMOUS, Viewer
from dashboard.page import bar, cards, menus
from dashboard.page.bar.controls import filter_fields
from dashboard.page.lines import line_columns, selection_of_mark
from dashboard.pages import BY_PATH, CHARTS, PAGES
from tests.analytics import companies
from tests.dashboard.conftest import NoCache, frame_at, routes


def company() -> companies.Tables:
    """The nasty company with a store to each order and a sub-category to each product."""
    tables = companies.nasty()
    lines = tables.lines.assign(
        store=tables.lines["order_id"].map(lambda order: companies.STORES[int(order) % 2]),
        sub_category=tables.lines["product"].map(companies.SUB_CATEGORIES),
    )
    profile = replace(tables.profile, dimensions=companies.OWN, default_view="range=all&store=A")
    return companies.Tables(lines, profile, tables.extras)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    stores.write(folder, company())
    return folder


@pytest.fixture(scope="module")
def engine(root: Path) -> ColumnarEngine:
    return ColumnarEngine(stores.open(root, "toy"))


@pytest.fixture
def client(root: Path) -> FlaskClient:
    return routes(Service(root, NoCache())).test_client()


@lru_cache
def service_of(root: Path) -> ViewerService:
    """What shows the cards of a store: one for all of them, so that each model is fitted once."""
    return Service(root, NoCache()).for_viewer(ANONYMOUS)


def card(root: Path, name: str, query: str) -> dict:
    service = service_of(root)
    selection, engine, dropped = service.select(query)
    assert not dropped
    return cards.card(service, CHARTS[name], selection, engine.resolve(selection), engine)


def test_an_own_dimension_is_a_parameter_of_addresses(client: FlaskClient) -> None:
    stores_of = frame_at(client, "/data/breakdown.csv?data=toy&breakdown.by=store")
    assert list(stores_of.columns)[:2] == ["store", "revenue"]
    only = frame_at(client, "/data/top_products.csv?data=toy&store=B")
    assert set(only["product"]) == {"iPhone", "Kabel/2m", "TV", "Ladegerät"}
    assert "store" in frame_at(client, "/lines.csv?data=toy&store=!A").columns
    wrong = client.get("/data/top_products.csv?data=toy&stor=B")
    assert wrong.status_code == 400
    assert "Did you mean 'store'" in wrong.get_json()["error"]
    assert client.get("/data/breakdown.csv?data=toy&breakdown.by=stores").status_code == 400


def test_the_default_view_may_filter_by_one(root: Path) -> None:
    selection, _, dropped = Service(root, NoCache()).for_viewer(ANONYMOUS).select("")
    assert selection.clauses == (Clause("store", ("A",)),)
    assert not dropped


def test_a_data_set_without_it_names_the_filter_that_is_dropped(store: Path) -> None:
    selection, _, dropped = Service(store, NoCache()).for_viewer(ANONYMOUS).select("data=demo&store=A")
    assert not selection.clauses
    assert "“store”" in dropped[0]


def test_it_is_a_filter_with_its_label_and_a_column_of_lines(engine: ColumnarEngine) -> None:
    shown = [name for names in filter_fields(engine) for name in names]
    assert shown.index("channel") < shown.index("store") < shown.index("sub_category") < shown.index("weekday")
    assert {"store", "sub_category"} <= set(line_columns(engine))
    selection = Selection("toy", clauses=(Clause("store", ("A",)),))
    drawn = str(bar.bar(BY_PATH["/overview"], selection, engine.resolve(Selection()), engine, ()))
    assert "Store: A" in drawn


def test_its_menu_lists_values(root: Path) -> None:
    service = Service(root, NoCache()).for_viewer(ANONYMOUS)
    drawn = str(menus.content(service, menus.MenuRequest("filter:sub_category", "/overview?data=toy", "")))
    assert "Sub-category" in drawn
    assert "USB" in drawn
    drawn = str(menus.content(service, menus.MenuRequest("option:breakdown.by", "/overview?data=toy", "")))
    assert "Store" in drawn
    assert "Sub-category" in drawn


def test_a_click_on_a_mark_filters_by_it(engine: ColumnarEngine) -> None:
    start = Selection("toy").with_option("breakdown", "by", "store")
    click = {"kind": "mark", "chart": "breakdown", "values": ["B"]}
    after = reduce(start, click, engine, CHARTS)
    assert after.clauses == (Clause("store", ("B",)),)
    lines = selection_of_mark(start, CHARTS["breakdown"], ["B"], engine)
    assert lines.clauses == after.clauses
    with pytest.raises(UnknownName):
        reduce(start, {"kind": "option", "chart": "breakdown", "option": "by", "value": "shop"}, engine, CHARTS)


def test_rankings_drill_through_own_levels(root: Path, engine: ColumnarEngine) -> None:
    assert CHARTS["top_products"].levels_in(engine.schema) == ("category", "sub_category", "product")
    assert CHARTS["top_places"].levels_in(engine.schema) == HIERARCHIES["place"]
    found = card(root, "top_products", "data=toy&top_products.level=category&category=Cables")
    assert "Drill into sub-categories" in found["trail"]
    found = card(root, "top_products", "data=toy&top_products.level=sub_category&category=Cables")
    assert found["state"] == "ok"
    assert found["emits"] == ("sub_category",)
    assert "Drill" not in found["trail"]


def test_the_breakdown_drills_too(root: Path) -> None:
    found = card(root, "breakdown", "data=toy&breakdown.by=sub_category")
    assert "Category" in found["trail"]
    assert found["options"]["by"] == "Sub-category"
    assert card(root, "breakdown", "data=toy&breakdown.by=store")["trail"] == ""


@pytest.mark.long
def test_every_card_of_every_page_stands(root: Path) -> None:
    for page in PAGES:
        for chart in page.charts:
            found = card(root, chart.name, "data=toy&store=A&with=sub_category:USB")
            assert found["state"] in ("ok", "empty", "absent", "waiting", "hidden"), (chart.name, found)
    assert "breakdown_over_time" in [chart.name for page in PAGES for chart in page.charts]


def test_no_own_dimension_can_be_called_as_another_column_of_a_chart_that_shows_it() -> None:
    offering = (chart for chart in CHARTS.values() if any(option.listed for option in chart.options))
    assert {c for chart in offering for c in chart.columns if not is_taken(c)} == set()


# --- names beside codes
@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named")
    tables = companies.nasty()
    names = {"iPhone": "Phone 15", "TV": "Telly <55>"}
    lines = tables.lines.assign(product_name=tables.lines["product"].map(names).fillna(""))
    stores.write(folder, companies.Tables(lines, tables.profile, tables.extras))
    return folder


def test_charts_chips_and_menus_show_names_and_send_codes(named: Path) -> None:
    found = card(named, "top_products", "data=toy&range=all")
    bars = found["figure"]["data"][0]
    assert ["iPhone"] in bars["customdata"]
    assert "Phone 15" in str(found["figure"]["layout"]["yaxis"]["ticktext"])
    assert "Telly &lt;55&gt;" in str(found["figure"])
    service = Service(named, NoCache()).for_viewer(ANONYMOUS)
    drawn = str(menus.content(service, menus.MenuRequest("filter:product", "/overview?data=toy", "phone")))
    assert "Phone 15" in drawn
    assert "Telly" not in drawn
    selection, engine, _ = service.select("data=toy&product=iPhone")
    assert "Product: Phone 15" in str(bar.bar(BY_PATH["/overview"], selection, engine.resolve(selection), engine, ()))


def test_exports_have_the_name_after_the_code(named: Path) -> None:
    client = routes(Service(named, NoCache())).test_client()
    frame = frame_at(client, "/data/top_products.csv?data=toy&range=all")
    assert list(frame.columns)[:3] == ["product", "product_name", "revenue"]
    assert dict(zip(frame["product"], frame["product_name"], strict=True))["iPhone"] == "Phone 15"
    assert "product_name" in frame_at(client, "/lines.csv?data=toy&range=all").columns


@pytest.mark.long
@pytest.mark.no_cover
def test_every_card_stands_with_names(named: Path) -> None:
    for page in PAGES:
        for chart in page.charts:
            found = card(named, chart.name, "data=toy&range=all")
            assert found["state"] in ("ok", "empty", "absent", "waiting", "hidden"), (chart.name, found)


@pytest.mark.long
def test_insights_stand_under_a_filter_by_an_own_field(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    days = np.datetime64("2023-01-01") + chance.integers(0, 420, 900)
    lines = pd.DataFrame({"order_id": np.arange(900).astype(str), "ordered_at": days.astype("datetime64[us]")})
    lines["product"] = chance.choice(["M-1", "M-2", "P-1"], 900)
    lines["product_name"] = lines["product"].map({"M-1": "Blue Mug", "M-2": "Red Mug", "P-1": "Plate"})
    lines["store"] = chance.choice(["A", "B"], 900, p=[0.8, 0.2])
    lines["customer"] = chance.choice([f"C{i}" for i in range(90)], 900)
    lines = lines.assign(quantity=1.0, amount=chance.choice([5.0, 9.0], 900), sale=True)
    stores.write(tmp_path, companies.Tables(lines, Profile("toy", "Toy", dimensions=companies.OWN[:1])))
    for name in [n for n in CHARTS if "insight" in n]:
        for query in ("store=A", "store=!A&product=M-1"):
            found = card(tmp_path, name, f"data=toy&range=last_quarter&{query}")
            assert found["state"] in ("ok", "empty", "absent", "waiting", "hidden"), (name, found)


def test_an_own_field_cannot_have_a_name_that_breaks_a_frame() -> None:
    assert all(map(is_taken, ("self", "index", "count", "period", "revenue", "city", "median_amount", "with_product")))
    assert not any(map(is_taken, ("store", "size", "group", "class", "select", "campaign")))


def test_a_policy_about_an_own_field_hides_data_sets_without_it(root: Path, tmp_path: Path) -> None:
    stores.write(tmp_path, company())
    other = companies.nasty()
    stores.write(tmp_path, replace(other, profile=replace(other.profile, name="other")))
    limited = Service(tmp_path, NoCache()).for_viewer(Viewer("limited", (Clause("store", ("B",)),)))
    assert [d.name for d in limited.datasets()] == ["toy"]
    assert frame_of_stores(limited) == {"B"}
    with pytest.raises(UnknownName, match="unknown data set 'other'"):
        limited.engine("other")


def frame_of_stores(service: ViewerService) -> set[str]:
    selection, engine, _ = service.select("data=toy&breakdown.by=store")
    answer = service.answer(CHARTS["breakdown"], engine.resolve(selection), {"by": "store"}, engine)
    return set(answer.frame["store"])
