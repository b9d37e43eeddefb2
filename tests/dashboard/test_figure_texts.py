"""What figures say and how: names, dates, the rest of a ranking, a plot for each part."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from dashboard.context import Context
from dashboard.figures.base import end_labels, ink, metric_ticks, name_axis, ticks
from dashboard.figures.marks.bars import LONGEST_REST, column_axis
from dashboard.figures.marks.grids import Column, grid, write_instead
from dashboard.figures.marks.heatmap import ONE_WAY, Colours, heatmap
from dashboard.figures.marks.scatter import MOST_NAMES, Axis, log_ticks, scatter
from dashboard.figures.marks.series import years
from dashboard.figures.topics.compared import EACH_WAY, attach_bars, movers
from dashboard.figures.topics.customers import order_counts
from dashboard.figures.topics.outlook import anomalies, forecast
from dashboard.pages import CHARTS
from dashboard.text.formats import formats
from tests.dashboard.test_figures import drawn

LONG = "The quiet and rather long name of a lamp that nobody shortens"
NAMES = [
    LONG,
    "Настольная лампа «Северное сияние» для письменного стола",
    "🪔" * 30,
    "مصباح مكتب طويل الاسم جدا للقراءة",
    "<b>&",
]


def plain(**more: Any) -> Context:
    """A context without a selection, in dollars."""
    schema = SimpleNamespace(label=lambda field, value: str(value))
    nothing = SimpleNamespace(formats=formats("USD", "en-US"), schema=schema, options={}, selected=lambda field: ())
    return cast(Context, SimpleNamespace(**{**vars(nothing), **more}))


def test_an_axis_keeps_whole_names_for_its_tooltips_whatever_their_letters() -> None:
    axis = name_axis(NAMES)
    assert axis["names"] == NAMES
    assert all(len(text) <= 26 for text in axis["ticktext"][:4])
    assert axis["ticktext"][0] == "The quiet and rather long…"
    assert axis["ticktext"][4] == "&lt;b&gt;&amp;"


def test_hours_and_months_are_thinned_out_where_they_would_meet_and_names_are_not() -> None:
    hours = column_axis("hour", range(24), [f"{h:02d}:00" for h in range(24)])
    assert hours["ticktext"][14] == "14:00"
    assert "names" not in hours
    assert column_axis("month", [1, 2], ["January", "February"])["ticktext"] == ["Jan", "Feb"]
    assert column_axis("part_of_day", ["0", "1"], ["Night", "Morning"])["names"] == ["Night", "Morning"]


def test_an_axis_of_powers_has_three_numbers_at_least() -> None:
    for low, high in ((695.0, 1281.0), (9.0, 11.0), (0.4, 0.6), (1.0, 1000.0), (20.0, 5e6), (7.0, 7.0)):
        axis = log_ticks(low, high, str)
        begin, end = (10**power for power in axis["range"])
        assert len(axis["tickvals"]) == len(axis["ticktext"]) >= 3
        assert all(begin <= value <= end for value in axis["tickvals"])


def test_what_is_counted_has_no_halves_along_its_axis() -> None:
    for most in (1, 2, 3, 7, 11.9, 12.1, 19, 30, 120, 4000):
        assert all(float(v).is_integer() for v in ticks(0, most, str, whole=True)["tickvals"]), most


def test_the_largest_points_are_named_wherever_they_lie() -> None:
    """Which of the names there is room for, the client knows alone: assets/js/texts.js."""
    price = [1.0, *np.linspace(50, 51, 20), 100.0]
    frame = pd.DataFrame({"product": [f"p{i}" for i in range(22)], "price": price, "units": 10.0})
    frame["revenue"] = frame["price"] * frame["units"]
    axes = {name: Axis(name, name, "money") for name in ("price", "units", "revenue")}
    trace = scatter(Answer(frame), plain(), x=axes["price"], y=axes["units"], size=axes["revenue"])["data"][0]
    assert trace["text"][0] == "p21", "though it lies at the edge"
    assert sum(map(bool, trace["text"])) == MOST_NAMES


def test_lines_of_a_comparison_are_set_off_from_the_bars_that_they_cross(demo: ColumnarEngine) -> None:
    figure = drawn(CHARTS["revenue_over_time"], demo, "range=2025-11-01..2025-12-01&compare=previous&grain=day")
    assert figure is not None
    rim, line = (t for t in figure[0]["data"] if t.get("marker", {}).get("symbol") == "line-ew")
    assert (rim["showlegend"], rim["marker"]["line"]["color"]) == (False, "@card")
    assert rim["marker"]["line"]["width"] > line["marker"]["line"]["width"]
    bars = figure[0]["data"][0]["y"]
    over = [(bar, at) for bar, at, shown in zip(bars, line["y"], rim["y"], strict=True) if shown is not None]
    assert over
    assert all(at < bar for bar, at in over), "none where the line lies above its bar"


def test_no_growth_has_no_sign(demo: ColumnarEngine) -> None:
    figure = drawn(CHARTS["growth_over_time"], demo, "range=2025-01-01..2026-01-01&grain=month")
    assert figure is not None
    texts = figure[0]["layout"]["yaxis"]["ticktext"]
    assert "0%" in texts
    assert "±0%" not in texts


def test_steps_are_joined_between_their_bars(demo: ColumnarEngine) -> None:
    figure = drawn(CHARTS["revenue_bridge"], demo, "range=2025-11-01..2025-12-01&compare=previous")
    assert figure is not None
    joins = [shape for shape in figure[0]["layout"]["shapes"] if shape["line"]["width"] == 1]
    bars = 1 - figure[0]["layout"]["bargap"]
    assert joins
    assert all(join["x1"] - join["x0"] == pytest.approx(1 - bars) for join in joins), "they do not show above a bar"


def test_amounts_of_a_table_have_no_decimals_where_none_has_a_part_of_a_unit() -> None:
    columns = (Column("product", "Product"), Column("revenue", "Revenue", "money"))

    def told(*amounts: float) -> list[str]:
        frame = pd.DataFrame({"product": "x", "revenue": list(amounts)})
        return [row["revenue_text"] for row in grid(frame, columns, formats("USD", "en-US"))["rowData"]]

    assert told(387_000.0, 0.0, np.nan) == ["$387,000", "$0", ""]
    assert told(387_000.0, 0.5) == ["$387,000.00", "$0.50"]


def test_rates_stand_in_a_column_beyond_bars_and_ticks_and_not_next_to_either() -> None:
    frame = pd.DataFrame(
        {"product": ["a", "b"], "orders": [5, 1], "attach_rate": [12.6, 0.1], "base_rate": [12.0, 13.0]}
    )
    bar, mark, text = attach_bars(Answer(frame.assign(significant="no")), plain())["data"]
    assert text["text"] == ["12.6%", "0.1%"]
    assert len(set(text["x"])) == 1
    assert text["x"][0] > max(*bar["x"], *mark["x"])


def test_numbers_of_customers_along_an_axis_are_written_in_one_way() -> None:
    frame = pd.DataFrame(
        {"order_count": [1, 2], "customers": [22_450, 735], "share": [97.0, 3.0], "revenue": [2.0, 1.0]}
    )
    drawn = order_counts(Answer(frame.assign(revenue_share=50.0)), plain())
    assert drawn["layout"]["yaxis"]["ticktext"] == ["0", "5K", "10K", "15K", "20K", "25K"]


def test_periods_of_the_ledger_are_written_as_dates_and_sorted_by_time(toy: ColumnarEngine) -> None:
    found = drawn(CHARTS["ledger_by_period"], toy, "range=all&grain=day")
    assert found is not None
    rows = found[0]["rowData"]
    assert [row["period"] for row in rows] == sorted((row["period"] for row in rows), reverse=True)
    assert rows[0]["period_text"] == formats("EUR", "en-US").day(np.datetime64(rows[0]["period"]))


def test_rules_say_in_their_own_periods_how_often_they_would_have_fired() -> None:
    rows = [
        ("a", "revenue", "week", "no", 0, 52),
        ("b", "orders", "day", "no", 1, 365),
        ("c", "orders", "day", "no", 2, 1),
    ]
    frame = pd.DataFrame(rows, columns=["rule", "metric", "grain", "firing_now", "fired", "tested"])
    told = cast("Any", CHARTS["alerts"].draw(Answer(frame), plain()))["rowData"]
    assert [row["sentence"] for row in told] == ["Never in 52 weeks", "Once in 365 days", "2 times in 1 day"]


def test_a_forecast_by_month_names_months() -> None:
    months = [f"2025-{m:02}" for m in range(1, 8)]
    frame = pd.DataFrame({"period": months, "kind": ["history"] * 5 + ["forecast"] * 2, "revenue": 1.0})
    bands = {f"{end}_{level}": [np.nan] * 5 + [2.0] * 2 for end in ("lower", "upper") for level in ("80", "95")}
    told = forecast(Answer(frame.assign(**bands)), plain())
    assert told["layout"]["xaxis"]["ticktext"][:2] == ["Jan 2025", "Feb 2025"]
    assert any("<b>Jul 2025</b>" in text for trace in told["data"] for text in trace.get("hovertext", []))


@pytest.mark.parametrize("ordered", [False, True])
def test_every_row_and_column_of_a_heat_map_has_a_label(ordered: bool) -> None:
    cells = [[[["x"] for _ in range(40)] for _ in range(3)], [["" for _ in range(40)] for _ in range(3)]]
    columns = [f"column {i}" for i in range(40)]
    colours = Colours(ONE_WAY, (0, 1))
    z = np.ones((3, 40))
    layout = heatmap(["a", "b", "c"], columns, z, cells[1], cells[0], None, colours, ordered=ordered)["layout"]
    assert layout["xaxis"]["ticktext"] == columns
    assert ("names" in layout["xaxis"]) != ordered
    assert layout["yaxis"]["names"] == ["a", "b", "c"]


def gains(values: list[float]) -> Answer:
    """Gains of products a0, a1 … against 100 of each."""
    frame = pd.DataFrame({"product": [f"a{i}" for i in range(len(values))]})
    frame["revenue"] = [100 + v for v in values]
    frame["base_revenue"] = 100.0
    frame["gain"] = values
    frame["growth"] = values
    return Answer(frame)


def test_what_moved_less_than_the_shown_is_a_hatched_bar_between_gains_and_losses() -> None:
    moved = [*range(60, 50, -1), -50, -60.0]
    figure = movers(gains(moved), plain())
    bar, text = figure["data"]
    assert figure["layout"]["yaxis"]["names"][EACH_WAY] == "Other (4)"
    assert bar["customdata"][EACH_WAY] is None, "a click on it filters nothing"
    assert [i for i, shape in enumerate(bar["marker"]["pattern"]["shape"]) if shape] == [EACH_WAY]
    others = sum(moved[EACH_WAY:10])
    assert bar["x"][EACH_WAY] == pytest.approx(min(others, LONGEST_REST * 60))
    assert text["text"][EACH_WAY] == f"+${others}.00"
    assert [shape["y0"] > EACH_WAY > shape["y1"] for shape in figure["layout"]["shapes"]] == [True], "its bar is broken"
    assert [told.endswith("The bar is cut short") for told in bar["hovertext"]] == [i == EACH_WAY for i in range(9)]
    assert text["text"][0] == "+$60.00 · +60.0%"


@pytest.mark.parametrize("moved", [[5.0, -5.0], [3.0, 2.0, 1.0, -1.0], [9, 8, 7, 6, 5, 4, 3.0]])
def test_few_that_moved_are_all_shown(moved: list[float]) -> None:
    bar = movers(gains(moved), plain())["data"][0]
    assert all(bar["customdata"])
    assert not any(bar["marker"]["pattern"]["shape"])


def test_few_years_carry_their_names_at_their_ends_and_many_have_a_legend() -> None:
    def of(count: int) -> dict[str, Any]:
        rows = [(2020 + y, m, 100.0 + y, 30, 30) for y in range(count) for m in range(1, 13)]
        return years(Answer(pd.DataFrame(rows, columns=["year", "month", "revenue", "days", "period_days"])), plain())

    few = of(3)
    assert not few["layout"]["showlegend"]
    names = [t for t in few["data"] if t.get("mode") == "text"]
    assert [t["text"] for t in names] == [[" 2020"], [" 2021"], [" 2022"]]
    lines = {t["name"]: t["line"]["color"] for t in few["data"] if t.get("name")}
    assert all(t["textfont"]["color"] == ink(lines[t["text"][0].strip()]) for t in names)
    assert of(6)["layout"]["showlegend"]
    assert not of(1)["layout"]["showlegend"]


def test_names_at_the_ends_of_lines_keep_their_order_and_stay_within_the_axis() -> None:
    texts = end_labels([("x", 99.0, LONG, "@c0"), ("x", 99.5, "b", "@c1"), ("x", 98.9, "c", "@c2")], [0, 100])
    heights = [t["y"][0] for t in texts]
    assert [t["text"][0].strip()[:3] for t in texts] == ["c", "The", "b"]
    assert min(np.diff(heights)) >= 8
    assert heights[-1] <= 100


def test_each_part_has_a_plot_of_its_own_on_one_scale_where_that_is_chosen(demo: ColumnarEngine) -> None:
    query = "data=demo&range=2025-01-01..2026-01-01&grain=month"
    together = drawn(CHARTS["breakdown_over_time"], demo, query)
    each = drawn(CHARTS["breakdown_over_time"], demo, query, show="each")
    assert together is not None
    assert each is not None
    layout, traces = each[0]["layout"], each[0]["data"]
    bars = [t for t in together[0]["data"] if t.get("customdata")]
    assert [t["y"] for t in traces] == [t["y"] for t in bars]
    assert [t["customdata"] for t in traces] == [t["customdata"] for t in bars], "a click filters as before"
    assert [a["text"] for a in layout["annotations"]] == [t["name"] for t in traces]
    plots = [(layout[f"xaxis{t['xaxis'][1:]}"], layout[f"yaxis{t['yaxis'][1:]}"]) for t in traces]
    assert len({str(y["range"]) for _, y in plots}) == 1
    assert len(plots[0][1]["ticktext"]) == 2, "zero and the highest step"
    assert plots[0][1]["tickvals"][1] <= plots[0][1]["range"][1]
    assert plots[0][1]["range"][1] >= max(v for t in traces for v in t["y"] if v is not None)
    boxes = [(*x["domain"], *y["domain"]) for x, y in plots]
    for i, (left, right, bottom, top) in enumerate(boxes):
        assert 0 <= left < right <= 1
        assert 0 <= bottom < top <= 1
        for other in boxes[:i]:
            assert left >= other[1] or right <= other[0] or top <= other[2] or bottom >= other[3]
    named = [x["showticklabels"] for x, _ in plots]
    assert named[-2:] == [True, True]
    assert not any(named[:-2])


def test_hovers_over_days_write_them_as_the_axis_does() -> None:
    days = ["2025-03-01", "2025-03-02", "2025-03-03"]
    frame = pd.DataFrame({"period": days, "kind": ["known", "known", "forecast"], "revenue": [1.0, 2.0, 3.0]})
    bands = {
        f"{end}_{level}": [np.nan, np.nan, value] for level in (80, 95) for end, value in (("lower", 2), ("upper", 4))
    }
    told = [h for t in forecast(Answer(frame.assign(**bands)), plain())["data"] for h in t.get("hovertext", [])]
    assert "<b>1 Mar 2025</b><br>$1.00" in told
    assert not any("2025-03" in h for h in told)
    usual = frame.drop(columns="kind").assign(
        expected=1.0, lower=0.0, upper=4.0, state="ok", days=1, total=1.0, usual=1.0
    )
    told = [h for t in anomalies(Answer(usual), plain())["data"] for h in t.get("hovertext", [])]
    assert told[0].startswith("<b>1 Mar 2025</b><br>$1.00")


def test_words_in_place_of_a_number_widen_their_column() -> None:
    drawn_grid = grid(pd.DataFrame({"times": [1.5]}), (Column("times", "Times", "times"),), formats("USD", "en-US"))
    before = drawn_grid["columnDefs"][0]["minWidth"]
    write_instead(drawn_grid, drawn_grid["rowData"][0], "times", "as often as expected")
    assert drawn_grid["rowData"][0]["times_text"] == "as often as expected"
    assert drawn_grid["columnDefs"][0]["minWidth"] > before


def test_what_is_counted_has_no_halves_on_its_axis() -> None:
    written = formats("USD", "en-US")
    assert metric_ticks(written, "orders", 0, 2)["ticktext"] == ["0", "1", "2"]
    assert metric_ticks(written, "revenue", 0, 2)["ticktext"] == ["$0", "$0.50", "$1", "$1.50", "$2"]
    assert len(metric_ticks(written, "orders", 0, 900)["ticktext"]) > 3
