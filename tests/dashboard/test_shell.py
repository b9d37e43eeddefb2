"""The frame around the cards: parts of a page, and how tall a table is."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest
from flask import Flask

from analytics import store as stores
from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import UnknownName
from analytics.schema import FIELDS, Schema
from analytics.selection import Clause, Selection
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import OPERATOR
from dashboard.components.markup import markup
from dashboard.figures.marks.grids import ROW, Column, grid, height
from dashboard.page.bar import foot, nav, printed, tabs
from dashboard.page.body import page_body, room
from dashboard.page.menus import MENUS, Opened
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.screens import Page, Screen
from dashboard.text.formats import Formats
from tests.analytics import companies


@pytest.fixture(scope="module")
def bare() -> ColumnarEngine:
    """A company that has nothing but what must be there."""
    return ColumnarEngine(stores.in_memory(companies.one_row()))


def cards(screen: Screen, engine: ColumnarEngine) -> list[str]:
    """The charts that have a place in the body of a tab, in order."""
    return re.findall('data-chart="([^"]+)"', str(markup(page_body(screen, engine))))


def links(screen: Screen, engine: ColumnarEngine) -> dict[str, bool]:
    """The tabs that the bar offers, with their addresses, and which is marked as open."""
    drawn = str(markup(tabs(screen, "data=demo", engine.schema)))
    found = re.findall(r'<a [^>]*?href="([^"?]+)\?data=demo"[^>]*>', drawn)
    marked = re.findall(r'<a (?=[^>]*aria-current="page")[^>]*?href="([^"?]+)\?', drawn)
    return {path: path in marked for path in found}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_tab_is_offered_where_it_has_a_card(page: Page, demo: ColumnarEngine, bare: ColumnarEngine) -> None:
    for engine in (demo, bare):
        shown = [s.path for s in page.screens if cards(s, engine)] or [page.path]
        for screen in page.screens:
            found = links(screen, engine)
            assert list(found) == (shown if len(shown) > 1 or screen.path not in shown else [])
            assert found.get(screen.path, not found or screen.path not in shown)
            assert sum(found.values()) == (screen.path in found)
            told = screen.tab.charts_in(engine.schema) if screen.tab.tells(engine.schema) else []
            assert set(cards(screen, engine)) == {c.name for c in told}


def test_a_tab_without_a_card_says_what_it_needs(bare: ColumnarEngine) -> None:
    ratings = BY_PATH["/geography/ratings"]
    assert cards(ratings, bare) == []
    assert "needs: Rating" in str(markup(page_body(ratings, bare)))


def test_one_product_is_no_page_of_products_and_a_link_to_it_says_why(bare: ColumnarEngine) -> None:
    listed = str(markup(nav(PAGES, None, "data=toy", bare.schema)))
    assert "/trends?" in listed
    assert "/products" not in listed
    assert "/basket" not in listed
    for path in ("/products", "/products/stock", "/basket", "/basket/offers"):
        told = str(markup(page_body(BY_PATH[path], bare)))
        assert "Every sale in this data set has the same value of “Product”." in told, path
        assert "data-chart" not in told, path


def test_what_is_answered_stands_in_the_page_before_the_client_comes(demo: ColumnarEngine) -> None:
    stock, places = BY_PATH["/products/stock"], BY_PATH["/geography"]
    names, numbers = (
        [{"field": "product"}, {"field": "brand"}],
        [{"field": f"n{i}", "type": "rightAligned"} for i in range(4)],
    )
    table = SimpleNamespace(
        style={"height": "212px"},
        rowData=[{"product": "A long name of a product", "brand": f"and its brand {i}"} for i in range(12)],
        columnDefs=[*names, *numbers],
    )
    grid = SimpleNamespace(children=table)
    known = {
        "stock_cover": {"state": "ok", "trail": "", "box": "", "notes": "1 < 2", "room": room(400, {"grid": grid})}
    }
    drawn = str(markup(page_body(stock, demo, cards=known)))
    assert "--rows:212px" in drawn.replace(": ", ":")
    list_of_a_phone = (
        "--items:6;--shared:0;--lines:2;--titles:2;--more:2"  # six of 12, 4 facts, long names, an order and a button
    )
    assert list_of_a_phone in drawn.replace(": ", ":")
    assert ">1 &lt; 2</footer>" in drawn
    table.rowData = [{"product": "A long name of a product", "brand": "and its only brand"}] * 12
    assert room(400, {"grid": grid}) | {"--shared": "1", "--titles": "1"} == room(400, {"grid": grid}), "told once"
    empty = {"stock_cover": {"state": "empty", "trail": "", "box": "<b>Why</b>", "notes": ""}}
    drawn = str(markup(page_body(stock, demo, cards=empty)))
    assert "<b>Why</b>" in drawn
    assert 'data-state="empty"' in drawn
    assert drawn.count("data-awaited") == drawn.count("<section") - 1, "what stands below those is not seen yet"
    drawn = str(markup(page_body(places, demo)))
    assert "trail reserved" in drawn, "levels have their place"


def test_options_are_named_before_their_card_is_answered(demo: ColumnarEngine) -> None:
    overview = BY_PATH["/overview"]
    chosen = Selection(demo.name, options=(("top_places.top", "20"), ("top_products.top", "many")))
    drawn = str(markup(page_body(overview, demo, selection=chosen)))
    told = {
        chart: re.findall(rf'data-menu="option:{chart}[^>]*><span>([^<]*)<', drawn)
        for chart in ("top_places", "top_products")
    }
    assert told == {"top_places": ["Revenue", "Top 20"], "top_products": ["", ""]}, "an option that it does not have"


def test_one_value_is_no_choice(demo: ColumnarEngine, bare: ColumnarEngine) -> None:
    def offered(path: str, engine: ColumnarEngine) -> list[str]:
        return re.findall(r'data-menu="option:([^"]+)"', str(markup(page_body(BY_PATH[path], engine))))

    assert offered("/trends/forecast", demo) == ["forecast.metric", "forecast.product"]
    assert offered("/trends/forecast", bare) == ["forecast.metric"], "there is one product"
    assert {"product", "customer"} == {name.split(".")[1] for name in offered("/basket/offers", demo) if "rec" in name}


def test_the_larger_periods_have_their_place_before_they_are_named(demo: ColumnarEngine) -> None:
    for path in ("/overview", "/trends"):
        drawn = str(markup(page_body(BY_PATH[path], demo)))
        cards = {c.name: c.emits for c in BY_PATH[path].tab.charts_in(demo.schema) if not c.bare}
        for name, emits in cards.items():
            card = drawn.partition(f'data-chart="{name}"')[2].partition("<section")[0]
            assert ("trail reserved" in card) or emits != ("period",), name


def test_the_height_of_a_figure_follows_from_its_bars_and_on_a_phone_from_its_legend() -> None:
    bars = {"type": "bar", "orientation": "h", "y": ["a", "b", "b"], "name": "Now"}
    other = bars | {"y": ["a"], "name": "Before"}

    def style(*traces: dict[str, Any], height: int = 300, most_rows: int = 0, **layout: Any) -> dict[str, str]:
        return room(height, {"figure": {"data": list(traces), "layout": layout}}, most_rows)

    few = style(bars, other)
    assert few == {"--asked": "184px", "--least": "88px", "--narrow": "240px"}, (
        "with room for those that a click brings"
    )
    five = bars | {"y": range(5)}
    assert style(five) == {"--asked": "204px", "--least": "104px", "--narrow": "300px"}
    many = bars | {"y": range(20)}
    assert style(many) == {"--least": "300px", "--narrow": "300px"}, "never more than the chart's height"
    columns = {"type": "bar", "y": [1, 2], "name": "Now"}
    assert style(columns, columns, showlegend=True) == {}
    assert style(columns, columns, columns, showlegend=True) == {"--keys": "1"}, "two columns"
    assert style(columns, columns, columns | {"showlegend": False}, showlegend=True) == {}
    assert style(columns, columns, columns, showlegend=False) == {}
    assert room(300, {"body": ""}) == {}
    assert style(bars, most_rows=3)["--asked"] == "132px", "a card of three bars, also where a filter leaves two"
    assert style(bars, other, most_rows=3, showlegend=True)["--asked"] == "156px", "and of the values side by side"
    assert style(bars, most_rows=9) == style(bars)
    assert style(columns, most_rows=3) == {}
    cells = {"type": "heatmap", "z": [[1, 2], [3, 4], [5, 6]], "text": [["1", "2"], ["3", "4"], ["5", "6"]]}
    assert style(cells, height=460) == {"--asked": "228px", "--least": "180px"}
    lines = cells | {"text": [["1<br>Loyal<br>Customers", "2"]]}
    assert style(lines, height=460) == {"--asked": "300px", "--least": "300px"}, "rows with room for their texts"


def test_only_a_chart_of_one_known_dimension_knows_how_many_rows_it_can_have() -> None:
    schema = Schema((FIELDS["payment_method"], FIELDS["product"]), sizes={"payment_method": 3, "product": 4})
    assert CHARTS["by_payment_method"].most_rows(schema) == 3
    assert CHARTS["by_payment_method"].most_rows(Schema(schema.fields)) == 0, "inside a policy"
    assert CHARTS["top_products"].most_rows(schema) == 0, "people choose its level"


def test_a_choice_among_fields_offers_those_that_the_data_have(demo: ColumnarEngine, bare: ColumnarEngine) -> None:
    def offered(engine: ColumnarEngine) -> str:
        selection = Selection(engine.name)
        service = cast("ViewerService", None)  # this menu asks it for nothing
        opened = Opened(service, BY_PATH["/geography"], selection, engine.resolve(selection), engine)
        menu = MENUS["option"](opened, "revenue_by_region.by")
        return str(menu)

    assert "Region name" in offered(demo)
    assert "Region name" in offered(bare)
    assert "Region group" in offered(demo)
    assert "Region group" not in offered(bare)


@pytest.mark.parametrize(
    ("metric", "course"),
    [
        ("revenue", "/overview#revenue_over_time"),
        ("orders", "/trends#orders_over_time"),
        ("margin", "#growth_over_time"),
    ],
)
def test_a_key_figure_leads_to_its_course_and_its_lines(demo: ColumnarEngine, metric: str, course: str) -> None:
    selection = Selection(demo.name, clauses=(Clause("channel", ("Direct",)),))
    for viewer, takes in ((OPERATOR, True), (replace(OPERATOR, rights=frozenset({"view"})), False)):
        service = cast("ViewerService", SimpleNamespace(viewer=viewer))
        opened = Opened(service, BY_PATH["/overview"], selection, demo.resolve(selection), demo)
        with Flask("tested").app_context():
            menu = str(markup(MENUS["kpi"](opened, metric)))
        link = re.search(r'href="([^"]*)"[^>]*chart-link|chart-link[^>]*href="([^"]*)"', menu)
        assert link
        path, _, query = unescape(link[1] or link[2]).partition("?")
        assert course in f"{path}#{query.partition('#')[2]}"
        assert "channel=Direct" in query
        assert ("growth_over_time.metric=margin" in query) == (metric == "margin")
        assert ("Order lines" in menu, "/data/kpis.csv" in menu) == (True, takes)
    with pytest.raises(UnknownName):
        MENUS["kpi"](opened, "nothing")


def test_the_navigation_leads_to_the_first_tab_that_has_a_card(bare: ColumnarEngine) -> None:
    page = BY_PATH["/customers"].page
    drawn = str(markup(nav(PAGES, page, "data=demo", bare.schema)))
    first = page.screens_in(bare.schema)[0]
    assert f'href="{first.path}?data=demo"' in drawn
    assert drawn.count("aria-current") == 1
    assert "#" not in drawn


def test_a_table_is_no_taller_than_its_rows_nor_than_its_card() -> None:
    columns = (Column("product", "Product"), Column("revenue", "Revenue", "money"))
    sizes = [
        height(grid(pd.DataFrame({"product": ["x"] * n, "revenue": [1.0] * n}), columns, Formats()), 300)
        for n in (0, 1, 2, 50)
    ]
    assert sizes[0] == sizes[1] == sizes[2] - ROW
    assert 300 - ROW < sizes[3] <= 300
    assert (sizes[3] - sizes[1]) % ROW == 0, "whole rows"


def test_a_column_is_as_wide_as_its_longest_number_and_word() -> None:
    columns = (Column("revenue", "R", "money"), Column("units", "Extraordinarily", "count"))
    definitions = grid(pd.DataFrame({"revenue": [1.0, 1234567.89], "units": [1, 2]}), columns, Formats())["columnDefs"]
    assert definitions[0]["minWidth"] >= 7.5 * len("$1,234,567.89") + 24
    assert definitions[1]["minWidth"] >= 8 * len("Extraordinarily") + 24


@pytest.mark.parametrize(
    ("frame", "empty"),
    [
        ({"period": [], "revenue": []}, True),
        ({"period": ["2024-01", "2024-02"], "revenue": [0.0, float("nan")], "days": [31, 29]}, True),
        ({"period": ["2024-01", "2024-02"], "revenue": [0.0, 0.01], "days": [31, 29]}, False),
        ({"period": ["2024-01"], "revenue": [0.0], "base_revenue": [5.0]}, False),
        ({"product": ["x"], "revenue": [0.0]}, False),
    ],
)
def test_periods_without_anything_are_empty(frame: dict[str, list[object]], empty: bool) -> None:
    assert Answer(pd.DataFrame(frame)).empty is empty


def test_that_no_row_was_left_out_is_told_in_words(demo: ColumnarEngine) -> None:
    told = str(foot(demo, ""))
    assert "no rows left out" in told
    assert "0 rows" not in told


def test_what_stands_on_printed_pages_changes_nothing_on_a_screen(bare: ColumnarEngine) -> None:
    """A sheet of styles for the screen that each click replaces has every element's style computed again."""
    head = printed(bare.resolve(Selection.from_query("data=one&range=all")[0]), bare)
    assert re.fullmatch(r"<style media='print'>:root \{ --head: \".+\"; \}</style>", head)
