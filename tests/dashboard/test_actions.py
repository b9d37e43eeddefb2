"""What a viewer did, and the selection afterwards: every kind of action, and whatever else a browser may send."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import RequestError, TooLarge, UnknownName
from analytics.questions.overview import WHOLE_ORDERS
from analytics.selection import Clause, Selection
from dashboard.actions import ACTIONS, MOST_MARKS, reduce
from dashboard.answers.service import Service
from dashboard.answers.viewers import ANONYMOUS
from dashboard.page import menus
from dashboard.pages import CHARTS
from tests.analytics.companies import selections
from tests.dashboard.conftest import NoCache
from tests.samples import examples

START = Selection("toy", "all", "previous", "month")
SALEM = "US~1OR//Salem"
KINDS = tuple(ACTIONS)


def after(engine: ColumnarEngine, selection: Selection = START, **sent: Any) -> Selection:
    return reduce(selection, sent, engine, CHARTS)


# --- marks
def test_a_click_chooses_and_the_same_click_clears(toy: ColumnarEngine) -> None:
    click = {"kind": "mark", "chart": "top_products", "values": ["iPhone"]}
    once = after(toy, **click)
    assert once == replace(START, clauses=(Clause("product", ("iPhone",)),))
    assert after(toy, once, **click) == START


def test_a_click_on_another_mark_replaces_and_other_filters_stay(toy: ColumnarEngine) -> None:
    start = replace(START, clauses=(Clause("product", ("TV", "~")), Clause("channel", (), ("shop",))))
    now = after(toy, start, kind="mark", chart="top_products", values=["iPhone"])
    assert now.clauses == (Clause("channel", (), ("shop",)), Clause("product", ("iPhone",)))


def test_a_click_on_one_of_several_keeps_only_that_one(toy: ColumnarEngine) -> None:
    start = replace(START, clauses=(Clause("product", ("TV", "iPhone")),))
    now = after(toy, start, kind="mark", chart="top_products", values=["iPhone"])
    assert now.clauses == (Clause("product", ("iPhone",)),)


def test_shift_click_adds_and_takes_away(toy: ColumnarEngine) -> None:
    click = {"kind": "mark", "chart": "top_products", "toggle": True}
    both = after(toy, after(toy, **click, values=["iPhone"]), **click, values=["Kabel/2m"])
    assert both.clauses == (Clause("product", ("Kabel/2m", "iPhone")),)
    assert after(toy, both, **click, values=["iPhone"]).clauses == (Clause("product", ("Kabel/2m",)),)
    assert after(toy, after(toy, both, **click, values=["iPhone"]), **click, values=["Kabel/2m"]) == START


def test_a_place_is_clicked_by_its_path(toy: ColumnarEngine) -> None:
    now = after(toy, kind="mark", chart="top_places", values=[SALEM])
    assert now.clauses == (Clause("place", (SALEM,)),)
    assert Selection.from_query(now.to_query()) == (now, ())


def test_a_cell_of_the_heat_map_filters_two_dimensions(toy: ColumnarEngine) -> None:
    click = {"kind": "mark", "chart": "revenue_by_weekday_hour", "values": ["5", "12"]}
    once = after(toy, **click)
    assert once.clauses == (Clause("hour", ("12",)), Clause("weekday", ("5",)))
    assert after(toy, once, **click) == START
    one_left = replace(once, clauses=(Clause("hour", ("12",)),))
    assert after(toy, one_left, **click) == once, "half of the cell's filters is not the cell"


def test_a_period_beside_another_dimension_narrows_the_range_and_filters(toy: ColumnarEngine) -> None:
    charts = {"both": replace(CHARTS["top_products"], name="both", emits=("period", "product"), options=())}
    click = {"kind": "mark", "chart": "both", "values": ["2020-02", "iPhone"]}
    once = reduce(START, click, toy, charts)
    assert once == replace(START, range="2020-02-01..2020-03-01", clauses=(Clause("product", ("iPhone",)),))
    more = reduce(START, click | {"values": ["2020-02", "TV"], "toggle": True}, toy, charts)
    assert more.clauses == (Clause("product", ("TV",)),)


def test_the_level_of_a_chart_decides_what_its_marks_filter(toy: ColumnarEngine) -> None:
    start = after(toy, kind="option", chart="top_products", option="level", value="category")
    now = after(toy, start, kind="mark", chart="top_products", values=["Cables"])
    assert now.clauses == (Clause("category", ("Cables",)),)


@pytest.mark.parametrize(
    ("grain", "period", "expected"),
    [
        ("year", "2020", "2020-01-01..2021-01-01"),
        ("quarter", "2020-Q1", "2020-01-01..2020-04-01"),
        ("month", "2020-02", "2020-02-01..2020-03-01"),
        ("week", "2020-02-24", "2020-02-24..2020-03-02"),
        ("day", "2020-02-29", "2020-02-29..2020-03-01"),
        ("hour", "2020-02-29T12", "2020-02-29..2020-03-01"),
    ],
)
def test_a_period_becomes_the_range(toy: ColumnarEngine, grain: str, period: str, expected: str) -> None:
    start = replace(START, grain=grain, clauses=(Clause("channel", ("web",)),))
    now = after(toy, start, kind="mark", chart="revenue_over_time", values=[period])
    assert now == replace(start, range=expected)


@pytest.mark.parametrize("period", ["2018-01", "2020-13", "2020-02-01", "", "nonsense", "2020"])
def test_a_period_that_is_none_of_the_data_is_refused(toy: ColumnarEngine, period: str) -> None:
    with pytest.raises(RequestError, match="is not a month of the data"):
        after(toy, kind="mark", chart="revenue_over_time", values=[period])


def test_marks_inside_a_box_become_the_filter(toy: ColumnarEngine) -> None:
    now = after(toy, kind="marks", chart="top_products", marks=[["TV"], ["iPhone"], ["TV"]])
    assert now.clauses == (Clause("product", ("TV", "iPhone")),)


@pytest.mark.parametrize(
    "marks", [[], [["a", "b"]], [[]], "TV", [["TV"]] * (MOST_MARKS + 1), [[1]], [None], None, {"a": 1}]
)
def test_marks_that_are_none_are_refused(toy: ColumnarEngine, marks: Any) -> None:
    with pytest.raises(RequestError):
        after(toy, kind="marks", chart="top_products", marks=marks)


def test_periods_cannot_be_boxed(toy: ColumnarEngine) -> None:
    with pytest.raises(RequestError, match="does not emit"):
        after(toy, kind="marks", chart="revenue_over_time", marks=[["2020-01"]])


@pytest.mark.parametrize(
    ("chart", "values"), [("kpis", ["x"]), ("kpis", []), ("top_products", []), ("top_products", ["a", "b"])]
)
def test_a_mark_with_the_wrong_number_of_values_is_refused(toy: ColumnarEngine, chart: str, values: list[str]) -> None:
    with pytest.raises(RequestError, match="values a mark"):
        after(toy, kind="mark", chart=chart, values=values)


def test_a_chart_that_is_not_there_is_named(toy: ColumnarEngine) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'top_places'"):
        after(toy, kind="mark", chart="top_place", values=["x"])


# --- brush and dates
@pytest.mark.parametrize(
    ("grain", "first", "last", "expected"),
    [
        ("month", "2020-01-15", "2020-02-10", "2020-01-01..2020-03-01"),
        ("month", "2020-02-10", "2020-01-15", "2020-01-01..2020-03-01"),  # dragged to the left
        ("month", "1999-01-01", "2020-01-15", "2019-12-31..2020-02-01"),  # cut to the data
        ("day", "2020-02-29", "2020-02-29", "2020-02-29..2020-03-01"),
        ("week", "2020-02-26", "2020-02-27", "2020-02-24..2020-03-02"),
    ],
)
def test_a_drag_over_time_takes_whole_periods(
    toy: ColumnarEngine, grain: str, first: str, last: str, expected: str
) -> None:
    now = after(
        toy, replace(START, grain=grain), kind="brush", chart="revenue_over_time", **{"from": first, "to": last}
    )
    assert now.range == expected


def test_a_drag_beside_the_data_is_refused(toy: ColumnarEngine) -> None:
    with pytest.raises(RequestError):
        after(toy, kind="brush", chart="revenue_over_time", **{"from": "2031-01-01", "to": "2031-02-01"})


def test_typed_dates_include_both(toy: ColumnarEngine) -> None:
    assert after(toy, kind="dates", **{"from": "2020-02-01", "to": "2020-02-29"}).range == "2020-02-01..2020-03-01"
    assert after(toy, kind="dates", **{"from": "2020-02-29", "to": "2020-02-29"}).range == "2020-02-29..2020-03-01"
    with pytest.raises(RequestError):
        after(toy, kind="dates", **{"from": "2020-03-01", "to": "2020-02-01"})


@pytest.mark.parametrize(
    "day", ["2019-02-29", "", "29.2.2020", "0001-01-01", "9999-12-31", "2020-02", "２０２０-01-01", "today"]
)
def test_days_that_are_none_are_refused(toy: ColumnarEngine, day: str) -> None:
    with pytest.raises(RequestError):
        after(toy, kind="dates", **{"from": day, "to": "2020-03-01"})


# --- filters
def test_ticks_exclusions_and_chips(toy: ColumnarEngine) -> None:
    tick = {"kind": "toggle", "field": "product"}
    one = after(toy, **tick, value="TV")
    assert one.clauses == (Clause("product", ("TV",)),)
    out = after(toy, one, **tick, value="TV", exclude=True)
    assert out.clauses == (Clause("product", (), ("TV",)),), "a value is either in or out"
    assert after(toy, out, **tick, value="TV", exclude=True) == START
    assert after(toy, out, kind="remove", field="product", value="TV") == START
    assert after(toy, out, **tick, value="TV").clauses == (Clause("product", ("TV",)),)


def test_whole_orders_are_a_filter_of_their_own(toy: ColumnarEngine) -> None:
    both = after(
        toy,
        after(toy, kind="toggle", field="product", value="TV", whole=True),
        kind="toggle",
        field="product",
        value="TV",
    )
    assert both.clauses == (Clause("product", ("TV",)), Clause("product", ("TV",), whole_orders=True))
    assert after(toy, both, kind="remove", field="product", value="TV", whole=True).clauses == (
        Clause("product", ("TV",)),
    )


def test_a_filter_on_lines_is_turned_to_whole_orders_and_back(toy: ColumnarEngine) -> None:
    start = replace(START, clauses=(Clause("product", ("TV",), ("iPhone",)), Clause("channel", ("web",))))
    turned = after(toy, start, kind="whole", field="product", whole=True)
    assert turned.clause("product") == Clause("product")
    assert turned.clause("product", True) == Clause("product", ("TV",), ("iPhone",), whole_orders=True)
    assert after(toy, turned, kind="whole", field="product") == start
    assert after(toy, turned, kind="field", field="product", whole=True).clauses == (Clause("channel", ("web",)),)
    assert after(toy, START, kind="whole", field="product", whole=True) == START


def test_the_menu_of_a_filter_on_lines_offers_whole_orders(store: Path) -> None:
    service = Service(store, NoCache()).for_viewer(ANONYMOUS)
    engine = service.select("data=demo")[1]
    product = quote(str(engine.values("product", "", engine.resolve(Selection("demo")), 1)[0]["value"].iloc[0]))

    def offered(name: str, query: str) -> bool:
        asked = menus.MenuRequest(f"filter:{name}", f"/overview?data=demo&{query}", "")
        ways = [way for way in str(menus.content(service, asked)).split("Button(") if WHOLE_ORDERS in way]
        return bool(ways) and "disabled=True" not in ways[0]

    assert offered("product", f"product={product}")
    assert offered("product", f"with=product:{product}"), "and turns back"
    assert not offered("product", ""), "there is nothing to turn"
    assert not offered("channel", "channel=Web"), "an order has one channel"


def test_only_field_and_clear(toy: ColumnarEngine) -> None:
    start = replace(START, clauses=(Clause("product", ("TV", "~")), Clause("channel", (), ("web",))))
    assert after(toy, start, kind="only", field="product", value="iPhone").clause("product") == Clause(
        "product", ("iPhone",)
    )
    assert after(toy, start, kind="field", field="product").clauses == (Clause("channel", (), ("web",)),)
    assert after(toy, start, kind="clear") == START
    assert after(toy, start, kind="clear", fields=["product", "nothing"]).clauses == (Clause("channel", (), ("web",)),)
    with pytest.raises(RequestError, match="lists of texts"):
        after(toy, start, kind="clear", fields="product")


def test_the_missing_value_can_be_filtered(toy: ColumnarEngine) -> None:
    now = after(toy, kind="toggle", field="channel", value="")
    assert now.clauses == (Clause("channel", ("",)),)
    assert Selection.from_query(now.to_query())[0] == now


@pytest.mark.parametrize("field", ["amount", "ordered_at", "brand", "nonsense", ""])
def test_only_dimensions_of_the_data_filter(toy: ColumnarEngine, field: str) -> None:
    for kind in ("toggle", "remove", "only", "field", "whole"):
        with pytest.raises(UnknownName):
            after(toy, kind=kind, field=field, value="x")


# --- the bar
def test_range_comparison_and_grain(toy: ColumnarEngine) -> None:
    assert after(toy, kind="range", value="ytd").range == "ytd"
    assert after(toy, kind="range", value="2020-01-01..2020-02-01").range == "2020-01-01..2020-02-01"
    assert after(toy, kind="compare", value="year").compare == "year"
    assert after(toy, kind="grain", value="week").grain == "week"
    for kind, value in (
        ("range", "soon"),
        ("range", "2020-02-01..2020-01-01"),
        ("compare", "years"),
        ("grain", "fortnight"),
    ):
        with pytest.raises(RequestError):
            after(toy, kind=kind, value=value)


def test_another_data_set_starts_without_filters(toy: ColumnarEngine) -> None:
    start = replace(START, range="ytd", clauses=(Clause("product", ("TV",)),))
    assert after(toy, start, kind="data", value="bytronix") == Selection("bytronix")


@pytest.mark.parametrize("name", ["bytronix&city=Boston", "../etc", "a b", "A", "é"])
def test_a_data_set_is_named_by_a_plain_name(toy: ColumnarEngine, name: str) -> None:
    with pytest.raises(RequestError):
        after(toy, kind="data", value=name)


def test_options(toy: ColumnarEngine) -> None:
    now = after(toy, kind="option", chart="top_products", option="metric", value="orders")
    assert now.options == (("top_products.metric", "orders"),)
    for option, value in (("metric", "revenues"), ("metrics", "orders")):
        with pytest.raises(UnknownName):
            after(toy, kind="option", chart="top_products", option=option, value=value)


def test_reset_is_the_view_of_the_toml(demo: ColumnarEngine) -> None:
    start = Selection(
        "demo", "ytd", "none", "week", (Clause("channel", ("Direct",)),), (("top_products.metric", "orders"),)
    )
    assert reduce(start, {"kind": "reset"}, demo, CHARTS) == Selection("demo", "last_month")


# --- whatever else comes
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20) | st.just("x" * 400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
LIKELY = st.sampled_from([
    *CHARTS, *KINDS, "product", "place", "hour", "amount", "web", "TV", "metric", "orders", "2020-02-29", "2020-01",
    "month", "all",
    "2020-01-01..2020-02-01", "9999-12-31..9999-12-31", "0000-01-01..9999-12-31",
])  # fmt: skip
KEYS = ("chart", "values", "marks", "toggle", "field", "value", "exclude", "whole", "from", "to", "option", "n")


@pytest.mark.long
@settings(
    max_examples=examples(400),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(KINDS) | JSON,
    rest=st.dictionaries(
        st.sampled_from(KEYS),
        LIKELY | st.lists(LIKELY, max_size=2) | st.lists(st.lists(LIKELY, max_size=2), max_size=2) | JSON,
    ),
    selection=selections(),
)
def test_any_action_gives_a_selection_or_a_request_error(
    toy: ColumnarEngine, kind: Any, rest: dict[str, Any], selection: Selection
) -> None:
    try:
        now = reduce(selection, {"kind": kind, **rest}, toy, CHARTS)
    except RequestError:
        return
    assert isinstance(now, Selection)
    again, dropped = Selection.from_query(now.to_query())
    assert dropped == (), "what a click gives can stand in the URL"
    assert again == now
    toy.resolve(now)


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 301, None, 7, True, ["TV"]])
def test_what_no_url_can_carry_is_refused(toy: ColumnarEngine, value: Any) -> None:
    with pytest.raises(RequestError):
        after(toy, kind="toggle", field="product", value=value)
    with pytest.raises(RequestError):
        after(toy, kind="mark", chart="top_products", values=[value])


def test_a_click_that_no_link_could_hold_is_refused(toy: ColumnarEngine) -> None:
    values = [f"{i:03d}" + "é" * 80 for i in range(60)]
    full = replace(START, clauses=(Clause("product", tuple(values[:30])),))
    assert Selection.from_query(full.to_query()) == (full, ())
    with pytest.raises(TooLarge, match="Remove some filters"):
        after(toy, full, kind="marks", chart="top_products", marks=[[v] for v in values])


@pytest.mark.parametrize(
    "value", ["\u202e", "a\nb", "%00", "!", "\\", "!\\!", "&city=x", "+", "#", "?", "名前", "e\u0301", "\U0001f4a9"]
)
def test_odd_letters_come_back_from_the_url(toy: ColumnarEngine, value: str) -> None:
    now = after(toy, kind="toggle", field="product", value=value)
    assert now.clauses == (Clause("product", (value,)),)
    assert Selection.from_query(now.to_query()) == (now, ())
