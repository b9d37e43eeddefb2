"""Values of a filter side by side: each is the chart's own answer for that value, wherever it is shown."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from plotly.io.json import to_json_plotly

from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import RequestError
from analytics.selection import MOST_COMPARED, Clause, Selection
from dashboard.actions import reduce
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.side_by_side import Seen, joined, seen_as, short_labels
from dashboard.answers.viewers import ANONYMOUS, Viewer
from dashboard.components.markup import markup
from dashboard.context import Side
from dashboard.figures.sides import panels, rows, times
from dashboard.page.bar import bar
from dashboard.page.cards import card
from dashboard.page.dialog import DialogRequest, content
from dashboard.page.handler import answer
from dashboard.page.protocol import PageRequest
from dashboard.pages import BY_PATH, CHARTS
from dashboard.pages.side_by_side import DRAWN
from tests.dashboard.conftest import Memory, frame_at

BOSTON, DALLAS = "US/MA/Boston", "US/TX/Dallas"
SPAN = "data=demo&range=last_12m"
TWO = f"{SPAN}&versus=place&place=US%2FMA%2FBoston&place=US%2FTX%2FDallas"


@pytest.fixture(scope="module")
def service(store: Path) -> ViewerService:
    return Service(store, Memory()).for_viewer(ANONYMOUS)


def seen(service: ViewerService, chart: str, query: str = TWO) -> Seen:
    selection, engine, _ = service.select(query)
    return seen_as(service, CHARTS[chart], engine.resolve(selection), selection.options_of(chart), engine)


# --- the address
def test_values_side_by_side_are_part_of_the_address() -> None:
    selection = Selection.from_query(TWO, strict=True)[0]
    assert selection.versus == "place"
    assert selection.to_query() == TWO


@pytest.mark.parametrize(
    "query",
    [
        "versus=place",
        "place=A&versus=place",
        "place=A&place=!B&versus=place",
        "place=A&place=B&versus=city",
        "place=A&place=B&versus=",
        "place=A&place=B&versus=<script>",
        "versus=city&" + "&".join(f"city={i}" for i in range(MOST_COMPARED + 1)),
    ],
)
def test_what_cannot_stand_side_by_side_is_dropped_and_named_or_refused(query: str) -> None:
    selection, dropped = Selection.from_query(query)
    assert selection.versus == ""
    assert any("side by side" in reason or "field" in reason for reason in dropped)
    with pytest.raises(RequestError):
        Selection.from_query(query, strict=True)


def test_a_selection_side_by_side_has_the_key_of_the_same_values_together(toy: ColumnarEngine) -> None:
    apart = Selection("toy", clauses=(Clause("product", ("TV", "iPhone")),), versus="product")
    assert toy.resolve(apart).key == toy.resolve(replace(apart, versus="")).key, "they share the answers as one"
    keys = {now.key for _, now in toy.resolve(apart).sides}
    assert keys == {toy.resolve(Selection("toy", clauses=(Clause("product", (v,)),))).key for v in ("TV", "iPhone")}


# --- actions
def test_the_comparison_begins_and_ends_by_actions(toy: ColumnarEngine) -> None:
    def after(selection: Selection, **sent: object) -> Selection:
        return reduce(selection, sent, toy, CHARTS)

    start = Selection("toy", clauses=(Clause("product", ("TV", "iPhone")),))
    apart = after(start, kind="versus", field="product")
    assert apart == replace(start, versus="product")
    assert after(apart, kind="together") == start
    assert after(apart, kind="field", field="product") == Selection("toy")
    assert after(apart, kind="remove", field="product", value="TV").versus == "", "one value is no comparison"
    assert after(apart, kind="mark", chart="top_products", values=["~"]).versus == ""
    assert after(apart, kind="toggle", field="product", value="~").versus == "product"
    with pytest.raises(RequestError, match="side by side"):
        after(Selection("toy"), kind="versus", field="product")
    six = replace(start, clauses=(Clause("product", tuple(str(i) for i in range(MOST_COMPARED))),), versus="product")
    with pytest.raises(RequestError, match="two to 6"):
        after(six, kind="toggle", field="product", value="TV")


# --- the same figures everywhere
@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    "chart",
    ["kpis", "top_products", "revenue_over_time", "growth_over_time", "seasonality", "product_movers", "forecast"],
)
def test_each_value_has_the_answer_that_it_has_alone(web: FlaskClient, chart: str) -> None:
    both = frame_at(web, f"/data/{chart}.csv?{TWO}")
    for value in (BOSTON, DALLAS):
        alone = frame_at(web, f"/data/{chart}.csv?{SPAN}&place={value}")
        part = both[both["place"] == value].drop(columns="place").reset_index(drop=True)
        pd.testing.assert_frame_equal(part[alone.columns], alone, check_dtype=False)
    assert set(both["place"]) == {BOSTON, DALLAS}


def test_a_chart_of_these_values_or_without_such_a_drawing_shows_them_together(service: ViewerService) -> None:
    assert seen(service, "top_places").sides == ()
    assert seen(service, "top_places").answer.notes == (), "its bars stand side by side anyhow"
    week = seen(service, "revenue_by_weekday_hour")
    assert week.sides == ()
    assert week.answer.notes[0] == "Boston and Dallas are shown together here."
    merged = seen(service, "revenue_by_weekday_hour", TWO.replace("versus=place&", ""))
    pd.testing.assert_frame_equal(week.answer.frame, merged.answer.frame)


def test_the_workbook_has_a_column_more_and_says_so(web: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(web.get(f"/export/top_products.xlsx?{TWO}").data))
    about, sheet = book.worksheets
    assert ("Side by side", "Boston vs Dallas") in [row[:2] for row in about.iter_rows(values_only=True)]
    header, *body = sheet.iter_rows(values_only=True)
    assert header[:2] == ("Place", "Product")
    assert {row[0] for row in body} == {BOSTON, DALLAS}


def test_a_viewer_who_may_not_see_a_value_sees_no_comparison(store: Path) -> None:
    limited = Viewer("b", (Clause("region", ("MA",)),))
    service = Service(store, Memory()).for_viewer(limited)
    found = seen(service, "kpis")
    assert found.sides == ()
    assert found.answer.notes == seen(service, "kpis", f"{SPAN}&place=US/MA/Boston").answer.notes
    selection, engine, dropped = service.select(TWO)
    shown = markup(bar(BY_PATH["/overview"], selection, engine.resolve(selection), engine, dropped))
    assert " vs " not in shown
    assert "is not in the data" in shown


# --- what is drawn
def test_each_value_keeps_its_colour_in_the_chip_and_in_every_chart(service: ViewerService) -> None:
    page = answer(service, PageRequest(0, f"/overview?{TWO}"))
    assert page.bar is not None
    chip = page.bar[page.bar.index("chip versus") :]
    assert chip.index("side-c0") < chip.index("Boston<") < chip.index("side-c1") < chip.index("Dallas<")
    assert "Show together" in page.bar
    line = seen(service, "revenue_over_time")
    names = {t["text"][0].strip(): t["textfont"]["color"] for t in line.draw()["data"] if t.get("mode") == "text"}
    assert names == {"Boston": "@t0", "Dallas": "@t1"}, "the same hues, as letters need them"
    bars = seen(service, "top_products").draw()["data"]
    assert [(t["name"], t["marker"]["color"]) for t in bars] == [("Boston", "@c0"), ("Dallas", "@c1")]
    assert bars[0]["customdata"] == bars[1]["customdata"]
    assert "Boston: " in line.described()


@pytest.mark.long
def test_gains_and_losses_and_forecasts_are_drawn_for_each_value(service: ViewerService) -> None:
    found = seen(service, "product_movers", f"{TWO}&compare=year")
    bars = found.draw()["data"]
    assert [(t["name"], t["marker"]["color"]) for t in bars] == [("Boston", "@c0"), ("Dallas", "@c1")]
    total = [sum(t["x"][i] or 0 for t in bars) for i in range(len(bars[0]["x"]))]
    assert total == sorted(total, reverse=True)
    gains = {(s.label, str(r.product)): r.gain for s in found.sides for r in s.answer.frame.itertuples()}
    drawn = {(t["name"], key[0]): x for t in bars for key, x in zip(t["customdata"], t["x"], strict=True)}
    assert drawn == {key: pytest.approx(gains[key]) if key in gains else None for key in drawn}
    assert all(text[0] in "+−" for t in bars for text, x in zip(t["text"], t["x"], strict=True) if x)
    none = replace(found.sides[0], answer=Answer(found.sides[0].answer.frame.head(0)))
    assert set(rows.moves([none, found.sides[1]], found.context)["data"][0]["x"]) == {None}
    ahead = seen(service, "forecast").draw()
    assert {t["xaxis"] for t in ahead["data"]} == {"x", "x2"}
    assert [a["text"] for a in ahead["layout"]["annotations"]] == ["Boston", "Dallas"]


def test_the_button_to_compare_stands_where_two_values_are_chosen(service: ViewerService) -> None:
    def row(query: str) -> str:
        return answer(service, PageRequest(0, f"/overview?{SPAN}&{query}")).bar or ""

    assert "Compare 2 cities" in row("city=Boston&city=Dallas")
    assert "Compare" not in row("city=Boston").partition('class="chips"')[2]
    assert "Compare" not in row("city=Boston&city=!Dallas").partition('class="chips"')[2]


def test_a_value_without_rows_has_no_bar_and_no_line(service: ViewerService) -> None:
    found = seen(service, "top_products")
    none = replace(found.sides[0], answer=Answer(found.sides[0].answer.frame.head(0)))
    drawn = rows.ranked([none, found.sides[1]], found.context)
    assert set(drawn["data"][0]["x"]) == {None}
    assert all(value is not None for value in drawn["data"][1]["x"])
    line = seen(service, "revenue_over_time")
    gone = replace(line.sides[0], answer=Answer(line.sides[0].answer.frame.head(0)))
    texts = [t["text"] for t in times.metric([gone, line.sides[1]], line.context)["data"] if t.get("mode") == "text"]
    assert texts == [[" Dallas"]]


def test_names_at_the_ends_of_lines_keep_apart(service: ViewerService) -> None:
    found = seen(service, "revenue_over_time")
    same = [Side(str(i), f"City {i}", f"@c{i}", found.sides[0].answer) for i in range(MOST_COMPARED)]
    drawn = times.metric(same, found.context)
    low, high = drawn["layout"]["yaxis"]["range"]
    heights = sorted(t["y"][0] for t in drawn["data"] if t.get("mode") == "text")
    assert min(np.diff(heights)) > 0.08 * (high - low)
    assert heights[-1] <= high


def test_few_bars_where_many_values_are_compared(service: ViewerService) -> None:
    found = seen(service, "top_products")
    same = [Side(str(i), f"City {i}", f"@c{i}", found.sides[0].answer) for i in range(MOST_COMPARED)]
    drawn = rows.ranked(same, found.context)
    first = drawn["data"][0]
    assert len(first["y"]) == rows.FEWEST_ROWS + 1
    assert first["marker"]["pattern"]["shape"] == [*[""] * rows.FEWEST_ROWS, "/"], "and one for all others"
    assert first["customdata"][-1] is None
    assert drawn["layout"]["yaxis"]["names"][-1].startswith("Other (")
    assert first["x"][-1] <= rows.LONGEST_REST * max(v for t in drawn["data"] for v in t["x"][:-1]) + 0.01
    short = [told.endswith("The bar is cut short") for told in first["hovertext"]]
    assert short == [False] * rows.FEWEST_ROWS + [bool(drawn["layout"]["shapes"])]
    assert set(drawn["data"][0]["text"]) == {""}, "no room for numbers; the hover has them"


def test_the_others_of_two_values_have_bars_in_the_order_of_their_amounts(service: ViewerService) -> None:
    found = seen(service, "top_products")
    smaller = found.sides[0].answer.frame.assign(revenue=lambda frame: frame["revenue"] * 0.8)
    drawn = rows.ranked([found.sides[0], replace(found.sides[1], answer=Answer(smaller))], found.context)
    one, other = (trace["x"] for trace in drawn["data"])
    named = max(one[:-1])
    assert one[-1] == pytest.approx(rows.LONGEST_REST * named)
    amounts = [float(found.sides[0].answer.frame["revenue"].sum()) - sum(one[:-1])]
    amounts.append(amounts[0] * 0.8)
    assert amounts[1] > named, "both are broken"
    share = (other[-1] - named) / (one[-1] - named)
    assert share == pytest.approx((amounts[1] - named) / (amounts[0] - named)), "each as far as its amount exceeds"
    ends = [shape["x1"] for shape in drawn["layout"]["shapes"]]
    assert ends == [pytest.approx(0.87 * length) for length in (one[-1], other[-1])], "each is broken within its bar"
    assert all(t["hovertext"][-1].endswith("The bar is cut short") for t in drawn["data"])


def test_namesakes_are_told_apart(service: ViewerService) -> None:
    _, engine, _ = service.select(SPAN)
    assert short_labels("place", [BOSTON, DALLAS], engine.schema) == ["Boston", "Dallas"]
    twins = ["US/OR/Portland", "US/ME/Portland"]
    assert short_labels("place", twins, engine.schema) == ["Portland (Oregon)", "Portland (Maine)"]


@pytest.mark.long
@pytest.mark.no_cover
def test_no_card_fails_side_by_side(service: ViewerService) -> None:
    selection, engine, _ = service.select(f"{SPAN}&versus=channel&channel=Website&channel=Marketplace&range=last_month")
    now = engine.resolve(selection)
    charts = [c for c in CHARTS.values() if c.draw in DRAWN and not c.missing(engine.schema)]
    states = {c.name: card(service, c, selection, now, engine, 0)["state"] for c in charts}
    assert len(now.sides) == 2
    assert "failed" not in states.values(), states


def test_in_a_ranking_of_the_compared_values_their_bars_have_their_colours(service: ViewerService) -> None:
    found = seen(service, "top_places")
    (bar,) = found.draw()["data"]
    colours = {key[0]: colour for key, colour in zip(bar["customdata"], bar["marker"]["color"], strict=True) if key}
    assert colours.pop(BOSTON) == "@c0"
    assert colours.pop(DALLAS) == "@c1"
    assert set(colours.values()) == {"@accent"}
    few = seen(service, "top_places", f"{TWO}&top_places.top=5").draw()["data"][0]
    assert {BOSTON, DALLAS} <= {key[0] for key in few["customdata"] if key}, "also where they are not among the first"
    plain = seen(service, "top_places", TWO.replace("versus=place&", "")).draw()["data"][0]
    assert plain["marker"]["color"] == "@accent"


def test_a_second_value_is_compared_from_its_row_in_the_menu(toy: ColumnarEngine) -> None:
    one = Selection("toy", clauses=(Clause("product", ("TV",)),))
    sent = {"kind": "toggle", "field": "product", "value": "iPhone", "versus": True}
    both = reduce(one, sent, toy, CHARTS)
    assert (both.versus, both.clause("product").include) == ("product", ("TV", "iPhone"))
    with pytest.raises(RequestError, match="side by side"):
        reduce(Selection("toy"), sent, toy, CHARTS)


@pytest.mark.parametrize("chart", ["breakdown_over_time", "year_over_year", "new_and_returning", "retention_over_time"])
def test_charts_along_time_have_a_panel_for_each_value_on_one_scale(service: ViewerService, chart: str) -> None:
    found = seen(service, chart)
    drawn = found.draw()
    layout = drawn["layout"]
    assert {trace["xaxis"] for trace in drawn["data"]} == {"x", "x2"}
    assert "yaxis2" not in layout
    assert layout["xaxis"]["domain"][1] < layout["xaxis2"]["domain"][0]
    assert [name["text"] for name in layout["annotations"]] == ["Boston", "Dallas"]
    tops = [side.answer for side in found.sides]
    alone = [found.chart.draw(top, found.context)["layout"]["yaxis"]["range"][1] for top in tops]
    assert layout["yaxis"]["range"][1] >= max(alone) * 0.999
    keys = [{t["name"] for t in drawn["data"] if t["xaxis"] == x and t.get("name")} for x in ("x", "x2")]
    assert keys[0] == keys[1]
    assert layout.get("showlegend") or layout["margin"]["t"] > 20, "room for the names"


def test_unusual_days_have_a_panel_for_each_value(service: ViewerService) -> None:
    drawn = seen(service, "anomalies", f"{SPAN}&channel=Direct&channel=Social&versus=channel").draw()
    assert [name["text"] for name in drawn["layout"]["annotations"]] == ["Direct", "Social"]
    assert {trace["xaxis"] for trace in drawn["data"]} == {"x", "x2"}


def test_a_part_has_the_same_colour_in_every_panel(service: ViewerService) -> None:
    found = seen(service, "breakdown_over_time")
    only = found.sides[0].answer.frame
    fewer = replace(found.sides[0], answer=replace(found.sides[0].answer, frame=only[only["channel"] != "Direct"]))
    drawn = panels.mixes([fewer, found.sides[1]], found.context)
    colours = {(t["name"], str(t["marker"]["color"])) for t in drawn["data"]}
    assert len(colours) == len({name for name, _ in colours})


def test_what_only_one_value_has_to_say_is_said_with_its_name() -> None:
    frame = pd.DataFrame({"metric": ["orders"], "value": [1.0]})
    sides = [
        Side("a", "Boston", "@c0", Answer(frame, ("Both.", "One left out."))),
        Side("b", "Dallas", "@c1", Answer(frame, ("Both.", "Two left out."))),
    ]
    found = joined(sides, "city", ["Miami: nothing to compare with."])
    assert found.notes == (
        "Miami: nothing to compare with.", "Both.", "Boston: One left out.", "Dallas: Two left out.",
    )  # fmt: skip
    assert found.frame["city"].tolist() == ["a", "b"]
    twice = [replace(sides[0], answer=Answer(frame.assign(city="x")))]
    assert joined(twice, "city", []).frame.columns[0] == "city_compared", "the answer has a column of that name"


def test_the_lines_of_each_value_are_a_step_away(service: ViewerService) -> None:
    def lines(**more: str) -> str:
        asked = {"show": "lines", "chart": "revenue_over_time", "href": f"http://localhost/overview?{TWO}"} | more
        return str(to_json_plotly(content(service, DialogRequest.read(asked))))

    def count(text: str) -> int:
        return int(text.partition('"data-count":"')[2].partition('"')[0])

    both, boston, dallas = lines(), lines(side=BOSTON), lines(side=DALLAS)
    assert '"children":"Boston"' in both
    assert count(boston) + count(dallas) == count(both) > 0
    assert "Place: Boston" in boston
    assert '"children":"Dallas"' in boston, "and back"
    with pytest.raises(RequestError, match="side by side"):
        lines(side="US/NY/New York City")
