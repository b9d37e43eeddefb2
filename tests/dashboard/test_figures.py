"""Every chart's figure: a plain dict, complete, in the theme's colours, under any selection."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData
from analytics.profile import Profile
from analytics.questions.targets.standing import Goal, declared
from analytics.selection import Selection
from analytics.store import in_memory
from dashboard.bundles.plotly import TRACES
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.figures.base import clipped, distinct_labels, opacities, ticks
from dashboard.figures.describe import describe
from dashboard.figures.periods import periods_of, time_axis
from dashboard.figures.topics import segments
from dashboard.figures.topics.customers import called_by_name
from dashboard.page.tables import frame_table
from dashboard.pages import CHARTS
from dashboard.pages.products import terms
from dashboard.text.formats import formats
from tests.analytics import companies
from tests.processes import ROOT
from tests.samples import crossed

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

CURVES = {"customer_pareto"}  # which draws many customers as a curve that cannot be clicked
DRAWN = [c for c in CHARTS.values() if c.kind == "figure"]
OTHERS = [c for c in CHARTS.values() if c.kind != "figure"]
TEXT_KEYS = {
    "x",
    "y",
    "z",
    "customdata",
    "hovertext",
    "text",
    "ticktext",
    "tickvals",
    "names",
    "name",
    "labels",
    "ids",
    "locations",
    "values",
}
COLOURED = ("color", "colorscale", "colorway", "colors")
ROLES = set(re.findall(r"--ss-([\w-]+)\s*:", (ROOT / "assets" / "a-theme.css").read_text("utf-8")))

SELECTIONS = {
    "everything": "range=all",
    "a month by day": "range=2025-01-01..2025-02-01&grain=day&compare=year",
    "an hour's grain": "range=2025-02-01..2025-02-03&grain=hour",
    "filtered": "range=last_12m&channel=Direct&hour=9&hour=10&weekday=1&product=!x",
    "one day": "range=2025-02-28..2025-03-01",
    "nothing": "range=all&order_id=none",
}


@pytest.fixture(scope="session")
def one() -> ColumnarEngine:
    """A company of one order line."""
    return ColumnarEngine(in_memory(companies.one_row()))


@pytest.fixture(scope="session")
def german() -> ColumnarEngine:
    """The nasty company in another currency and calendar, with names that want to be HTML or a colour."""
    rows = companies.nasty()
    rows.lines["product"] = rows.lines["product"].replace({"iPhone": "<b>&iPhone</b>", "TV": "@accent", "~": "x" * 200})
    rows.profile = Profile("toy", "Toy", currency="EUR", locale="de-DE", week_start=6, fiscal_start=4)
    return ColumnarEngine(in_memory(rows))


def drawn(chart: Chart, engine: ColumnarEngine, query: str, **options: str) -> tuple[Any, Answer, Context] | None:
    """What a card shows: the figure, grid or component, with its answer and context; None where there is none."""
    now = engine.resolve(Selection.from_query(query)[0])
    chosen = chart.read_options(options, engine.schema)
    if chart.missing(engine.schema, chosen):
        return None
    try:
        answer = chart.compute(engine, chart.own(now, chosen, engine.schema), chosen)
    except (NotInData, NotEnoughData):
        return None
    if answer.empty:
        return None
    profile = engine.profile
    written = formats(profile.currency, profile.locale)
    at_grain = chart.at_grain(now, chosen)
    context = Context(chart.title, at_grain, chosen, written, engine.schema, chart.emitted(chosen))
    return chart.draw(answer, context), answer, context


def colours(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a key that means a colour, and every text elsewhere that looks like one."""
    if isinstance(value, dict):
        for k, v in value.items():
            if k not in TEXT_KEYS:
                yield from colours(v, k)
    elif isinstance(value, list | tuple):
        for v in value:
            yield from colours(v, key)
    elif isinstance(value, str) and (key.endswith(COLOURED) or re.match(r"@|#[0-9a-fA-F]{3}|rgb", value)):
        yield key, value


def check(chart: Chart, made: tuple[Any, Answer, Context]) -> None:
    """What holds for every figure."""
    figure, answer, context = made
    json.dumps(figure, allow_nan=False)
    assert set(figure) == {"data", "layout"}
    assert "template" not in json.dumps(figure["layout"])
    assert {trace["type"] for trace in figure["data"]} <= set(TRACES), "what plotly.js is cut to"
    assert figure["data"] or answer.notes, "marks, or a note that says why there are none"
    for key, colour in colours(figure):
        role = colour.removeprefix("@").split("/")[0]
        assert colour == "rgba(0,0,0,0)" or (colour.startswith("@") and role in ROLES), f"{key} is {colour!r}"
    marked = [trace for trace in figure["data"] if trace.get("customdata") is not None]
    if context.emits and figure["data"] and chart.name not in CURVES:
        assert marked, "a chart that filters has marks to click"
    for trace in marked:
        check_marks(trace, len(context.emits))
    assert str(describe(answer, context)).strip()
    for trace in figure["data"]:
        for_legend = all(v is None for v in trace.get("y", [0]))
        if "hoverinfo" not in trace and not for_legend:
            assert "hovertemplate" in trace, "a hover speaks the data set's own formats"


def check_marks(trace: dict[str, Any], emitted: int) -> None:
    """A key for each mark, each with a value per emitted dimension."""
    cells = trace["customdata"]
    if trace["type"] == "heatmap":
        assert len(cells) == len(trace["z"])
        assert all(len(a) == len(b) for a, b in zip(cells, trace["z"], strict=True))
        cells = [cell for row in cells for cell in row]
    else:
        axis = next(trace[k] for k in ("x", "locations", "lon", "labels") if k in trace)
        assert len(cells) == len(axis)
    for cell in cells:
        if cell is not None and emitted:
            assert isinstance(cell, list)
            assert len(cell) == emitted
            assert all(isinstance(v, str) for v in cell), "keys are texts, as in actions"


# --- every chart, any selection
@pytest.mark.sampled(200)
@pytest.mark.slow
@pytest.mark.parametrize(("chart", "selection"), crossed(DRAWN, list(SELECTIONS), 1))
def test_a_figure_is_plain_and_complete_under_any_selection(demo: ColumnarEngine, chart: Chart, selection: str) -> None:
    made = drawn(chart, demo, f"data=demo&{SELECTIONS[selection]}")
    if made is not None:
        check(chart, made)


@pytest.mark.sampled(32)
@pytest.mark.slow
@pytest.mark.parametrize("chart", DRAWN, ids=lambda c: c.name)
def test_every_choice_of_a_chart_can_be_drawn(demo: ColumnarEngine, chart: Chart) -> None:
    listed = [{o.name: choice} for o in chart.options if not isinstance(o.choices, str) for choice in o.choices]
    listed.append({})
    chosen = {tuple(chart.read_options(given, demo.schema).items()): given for given in listed}  # a default once
    found = [drawn(chart, demo, "data=demo&range=last_12m&compare=year", **given) for given in chosen.values()]
    assert any(found), "the demo company shows every chart"
    for made in found:
        if made is not None:
            check(chart, made)


@pytest.mark.sampled(14)
@pytest.mark.parametrize("chart", DRAWN, ids=lambda c: c.name)
def test_small_and_odd_companies_can_be_drawn(
    one: ColumnarEngine, german: ColumnarEngine, toy: ColumnarEngine, chart: Chart
) -> None:
    for engine in (one, german, toy):
        for query in ("range=all", "range=2020-02-29..2020-03-01", "range=all&grain=week&compare=previous"):
            made = drawn(chart, engine, f"data=toy&{query}")
            if made is not None:
                check(chart, made)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("chart", DRAWN, ids=lambda c: c.name)
def test_names_are_never_read_as_html(german: ColumnarEngine, chart: Chart) -> None:
    made = drawn(chart, german, "data=toy&range=all")
    if made is not None:
        shown = [
            t
            for trace in made[0]["data"]
            for k in ("hovertext", "text", "name", "labels")
            for t in np.ravel(trace.get(k) or []).tolist()
        ]
        shown += made[0]["layout"].get("yaxis", {}).get("ticktext", []) + made[0]["layout"].get("xaxis", {}).get(
            "ticktext", []
        )
        assert not [t for t in shown if "<b>&iPhone" in str(t)]


# --- other kinds
@pytest.mark.sampled(7)
@pytest.mark.parametrize(("chart", "selection"), crossed(OTHERS, list(SELECTIONS), 1))
def test_grids_and_html_can_be_sent(demo: ColumnarEngine, chart: Chart, selection: str) -> None:
    made = drawn(chart, demo, f"data=demo&{SELECTIONS[selection]}")
    if made is None:
        return
    if chart.kind == "grid":
        assert {"rowData", "columnDefs"} <= set(made[0])
        json.dumps(made[0], allow_nan=False)
        known = {column["field"] for column in made[0]["columnDefs"]}
        assert all(known <= set(row) for row in made[0]["rowData"])
    else:
        assert "to_plotly_json" in dir(made[0]) or isinstance(made[0], list)


@pytest.mark.sampled(30)
@pytest.mark.slow
@pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda c: c.name)
def test_every_answer_can_be_seen_as_a_table_that_filters(demo: ColumnarEngine, chart: Chart) -> None:
    made = drawn(chart, demo, "data=demo&range=last_90d")
    if made is None:
        return
    _, answer, context = made
    table = str(frame_table(answer.frame, chart, context))
    for dimension in context.emits:
        if dimension in answer.frame and dimension != "period":
            assert f'"field":"{dimension}"' in table or '"values":' in table, "what the mouse filters, the keyboard can"


# --- what figures share
@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1), (0, 0), (-5, 3), (-5, -1), (0, 1e9), (0.1, 0.100001), (0, math.inf), (math.nan, math.nan)],
)
def test_axes_have_a_few_round_ticks(low: float, high: float) -> None:
    for from_zero in (True, False):
        axis = ticks(low, high, str, from_zero=from_zero)
        assert 2 <= len(axis["tickvals"]) <= 14
        assert len(axis["ticktext"]) == len(axis["tickvals"])
        assert axis["range"][0] < axis["range"][1]
        json.dumps(axis, allow_nan=False)


def test_dimming() -> None:
    assert opacities(["a", "b"], ()) == 1.0
    assert opacities(["a", "b"], ("b",)) == [0.28, 1.0]
    assert opacities([1, 2], ("2",)) == [0.28, 1.0]  # type: ignore[list-item]


def test_the_clicked_chart_keeps_its_marks_and_dims_the_others(demo: ColumnarEngine) -> None:
    chart = CHARTS["top_places"]
    whole = drawn(chart, demo, "data=demo&range=all")
    assert whole is not None
    keys = whole[0]["data"][0]["customdata"]
    made = drawn(chart, demo, f"data=demo&range=all&place={keys[1][0]}")
    assert made is not None
    bar = made[0]["data"][0]
    assert bar["customdata"] == keys
    assert bar["x"] == whole[0]["data"][0]["x"]
    assert bar["marker"]["opacity"][:3] == [0.28, 1.0, 0.28]


def test_days_against_the_year_before_say_that_they_are_of_the_same_weekdays(demo: ColumnarEngine) -> None:
    for grain, said in (("day", True), ("month", False)):
        query = f"data=demo&range=2025-01-01..2025-02-01&compare=year&grain={grain}"
        made = drawn(CHARTS["revenue_over_time"], demo, query)
        assert made is not None
        names = [trace.get("name", "") for trace in made[0]["data"]]
        assert any(name.endswith("2024, same weekdays") for name in names) == said, names


def test_the_rest_of_a_ranking_has_a_hatched_bar_that_is_cut_where_it_would_dwarf_the_others(
    demo: ColumnarEngine,
) -> None:
    for top, cut in (("20", False), ("5", True)):
        made = drawn(CHARTS["top_products"], demo, "data=demo&range=2025-01-01..2026-01-01", top=top)
        assert made is not None
        bars = made[0]["data"][0]
        longest, rest = max(bars["x"][:-1]), bars["x"][-1]
        whole = made[1].frame["revenue"].iloc[int(top) :].sum()
        assert bars["marker"]["pattern"]["shape"] == [""] * int(top) + ["/"]
        assert rest == pytest.approx(min(whole, 1.25 * longest))
        assert bool(made[0]["layout"]["shapes"]) == cut == (whole > rest + 1), "a shorter bar is broken"
        assert bars["hovertext"][-1].endswith("The bar is cut short") == cut


def test_a_hover_names_the_comparison_as_people_write_dates_and_the_change(demo: ColumnarEngine) -> None:
    made = drawn(CHARTS["revenue_over_time"], demo, "data=demo&range=2025-01-01..2025-04-01&compare=year&grain=month")
    assert made is not None
    now, base = made[1].frame[["revenue", "base_revenue"]].iloc[0]
    told = made[0]["data"][0]["hovertext"][0]
    assert told.startswith("<b>Jan 2025</b><br>Revenue $")
    assert "<br>Jan 2024 $" in told
    assert told.endswith(f" · {(now / base - 1) * 100:+.1f}%".replace("-", "−"))


def test_hours_are_written_as_people_write_them(demo: ColumnarEngine) -> None:
    made = drawn(CHARTS["revenue_over_time"], demo, "data=demo&range=2025-03-03..2025-03-04&compare=year&grain=hour")
    assert made is not None
    first = made[1].frame["period"].iloc[0][-2:]
    axis, hover = made[0]["layout"]["xaxis"], made[0]["data"][0]["hovertext"][0]
    assert axis["ticktext"][0] == f"{first}:00<br>3 Mar"
    assert hover.startswith(f"<b>3 Mar 2025, {first}:00</b><br>")
    assert "T" + first not in hover


def test_partial_periods_are_marked_and_missing_values_are_gaps(demo: ColumnarEngine) -> None:
    made = drawn(CHARTS["revenue_over_time"], demo, "data=demo&range=2025-01-10..2025-04-01&grain=month")
    assert made is not None
    assert made[0]["data"][0]["marker"]["pattern"]["shape"] == ["/", "", ""]
    assert "22 of 31 days" in made[0]["data"][0]["hovertext"][0]
    made = drawn(
        CHARTS["aov_over_time"],
        demo,
        "data=demo&range=2025-01-01..2025-03-01&grain=day&channel=Direct&product=!x&hour=12",
    )
    assert made is not None
    marks = next(t for t in made[0]["data"] if t.get("customdata"))
    empty = [i for i, row in enumerate(made[1].frame["aov"]) if np.isnan(row)]
    assert empty, "a day without an order at noon"
    assert 0 < len(empty) < len(marks["y"])
    assert all(marks["y"][i] is None for i in empty)


@pytest.mark.long
def test_who_is_slipping_away_is_called_by_name(demo: ColumnarEngine) -> None:
    grid, answer, _ = drawn(CHARTS["churn_risk"], demo, "range=all")  # type: ignore[misc]
    first = answer.frame.iloc[0]
    assert grid["rowData"][0]["customer"].startswith(first["customer_name"] or first["customer"])
    nameless = pd.DataFrame({"customer": ["a", "b", "c"], "customer_name": ["Ann", "", "Ann"]})
    assert called_by_name(nameless)["customer"].tolist() == ["Ann (a)", "b", "Ann (c)"]


def test_clipped_names_are_told_apart() -> None:
    assert clipped("Nordrhein-Westfalen (Germany)", 22) == "Nordrhein-Westfalen…"
    assert clipped("Scotland (United Kingdom)", 22) == "Scotland (United King…"
    names = ["Varnholt Folio 13", "Varnholt Folio 15", "Varnholt", "Brisca Over-Ear Max"]
    assert distinct_labels(names, 15) == ["Varnholt Fol…13", "Varnholt Fol…15", "Varnholt", "Brisca Over-Ea…"]
    assert all(len(n) <= 11 for n in distinct_labels([f"https://shop.example/{i}" for i in range(9)], 11))


def test_targets_of_periods_are_steps_and_what_none_covers_is_a_gap(demo: ColumnarEngine) -> None:
    now = demo.resolve(Selection("demo", "last_12m", grain="month"))
    known = [t for t in declared(demo)[0] if str(t.span.start)[5:7] not in ("03", "05")]
    chart = CHARTS["revenue_over_time"]
    answer = chart.compute(demo, now, {}, targets=[Goal(t) for t in known])
    context = Context(chart.title, now, {}, formats("USD", "en-US"), demo.schema, ("period",))
    drawn = chart.draw(answer, context)
    line = next(trace for trace in drawn["data"] if trace.get("name") == "Target")
    assert line["line"]["shape"] == "hvh"
    assert [v is None for v in line["y"]] == answer.frame["target"].isna().tolist()
    assert sum(v is None for v in line["y"]) == 2
    assert line["mode"] == "lines+markers", "April stands alone: a line would not show it"
    assert "customdata" not in line, "a click on it filters nothing"
    assert line["hoverinfo"] == "skip", "its label would cover the tooltip, which says it"
    told = ["<br>Target $" in text for text in drawn["data"][0]["hovertext"]]
    assert told == answer.frame["target"].notna().tolist()
    assert time_axis(replace(periods_of(answer.frame, context), grain="week"), context)["hoverformat"] == "%-d %b %Y"
    assert drawn["layout"]["yaxis"]["range"][1] >= max(v for v in line["y"] if v is not None)


def test_scores_that_nobody_has_are_no_column(demo: ColumnarEngine) -> None:
    frame = pd.DataFrame({"r": [5, 1], "f": [1, 4], "rfm_segment": ["New Customers", "At Risk"], "customers": [7, 3]})
    frame = frame.assign(share=[70.0, 30.0], revenue=[70.0, 30.0])
    now = demo.resolve(Selection("demo"))
    context = Context("", now, {}, formats("USD", "en-US"), demo.schema, ("rfm_segment",))
    drawn = segments.score_grid(Answer(frame), context)["data"][0]
    assert np.array(drawn["z"]).shape == (5, 2)
    assert np.nansum(np.array(drawn["z"], float)) == 10


def test_a_discount_that_cannot_pay_for_itself_names_no_number_of_orders(demo: ColumnarEngine) -> None:
    frame = pd.DataFrame({"depth": ["5 % off", "20 % off", "30 % off"], "needed": [19.7, 7189.9, np.nan]})
    frame = frame.assign(orders_change=10.0, low=5.0, high=15.0, revenue_change=4.0)
    now = demo.resolve(Selection("demo"))
    drawn = terms.discount_effect.draw(Answer(frame), Context("", now, {}, formats("USD", "en-US"), demo.schema))
    assert [row["needed_text"] for row in drawn["rowData"]] == ["+19.7%", "Out of reach", "Out of reach"]
