"""What a chart declares: its own grain, what its options need, its explanation, its role."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.answer import Answer, Options
from analytics.calendar import GRAINS, Grain
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import UnknownName
from analytics.metrics import labels
from analytics.questions import trends
from analytics.schema import FIELDS, Schema
from analytics.selection import Resolved, Selection
from dashboard.actions import reduce
from dashboard.chart import ByOption, Chart, Explanation, dimension_option, each_itself, metric_option
from dashboard.context import Context
from dashboard.figures.marks import series, stacks
from dashboard.pages import CHARTS, PAGES
from dashboard.text.formats import formats

EXPLANATION = Explanation("Sum of amounts.")


def by_payment(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """A question with nothing but its dimension, the period and the metric."""
    return Answer(engine.aggregate(["payment_method", "period"], ["revenue"], selection))


MONTHLY = (
    Chart("monthly_revenue", "Revenue", "How much?", partial(trends.over_time, metric="revenue"),
          series.metric_over_time, ("period", "revenue"), EXPLANATION, grain="month", emits=("period",)),
    Chart("monthly_payments", "Payments", "How paid?", by_payment, stacks.stacked,
          ("payment_method", "period", "revenue"), EXPLANATION, grain="month", emits=("payment_method",)),
)  # fmt: skip


def drawn(chart: Chart, engine: ColumnarEngine, query: str) -> tuple[Answer, dict[str, Any]]:
    now = engine.resolve(Selection.from_query(query)[0])
    options = chart.read_options({}, engine.schema)
    answer = chart.compute(engine, chart.own(now, options, engine.schema), options)
    written = formats(engine.profile.currency, engine.profile.locale)
    context = Context(
        chart.title, chart.at_grain(now, options), options, written, engine.schema, chart.emitted(options)
    )
    return answer, chart.draw(answer, context)


# --- a grain of its own
@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("chart", MONTHLY, ids=lambda c: c.name)
def test_a_chart_by_month_is_drawn_by_month_under_a_page_at_any_grain(
    demo: ColumnarEngine, chart: Chart, grain: Grain
) -> None:
    answer, figure = drawn(chart, demo, f"range=2025-01-01..2025-04-01&grain={grain}&compare=none")
    _, expected = drawn(chart, demo, "range=2025-01-01..2025-04-01&grain=month&compare=none")
    assert figure == expected
    assert set(answer.frame["period"]) == {"2025-01", "2025-02", "2025-03"}
    heights = [v for trace in figure["data"] if trace["type"] == "bar" for v in trace["y"] if v is not None]
    assert sum(heights) == pytest.approx(answer.frame["revenue"].sum())
    assert figure["layout"]["xaxis"]["tickvals"] == ["2025-01-01", "2025-02-01", "2025-03-01"]


@pytest.mark.parametrize("grain", ["day", "week", "quarter", "year"])
@pytest.mark.parametrize("chart", MONTHLY, ids=lambda c: c.name)
def test_an_answer_by_month_is_drawn_even_where_the_chart_does_not_say_so(
    demo: ColumnarEngine, chart: Chart, grain: Grain
) -> None:
    def compute(engine: Engine, selection: Resolved, options: Options) -> Answer:
        return chart.compute(engine, selection.by("month"), options)

    silent = replace(chart, grain=None, compute=compute)
    _, figure = drawn(silent, demo, f"range=2025-01-01..2025-04-01&grain={grain}&compare=none")
    _, expected = drawn(chart, demo, f"range=2025-01-01..2025-04-01&grain={grain}&compare=none")
    assert figure == expected


def test_a_click_or_a_drag_on_a_chart_by_month_chooses_months(toy: ColumnarEngine) -> None:
    charts = {c.name: c for c in MONTHLY}
    start = Selection("toy", "all", "previous", "week")
    click = {"kind": "mark", "chart": "monthly_revenue", "values": ["2020-02"]}
    assert reduce(start, click, toy, charts) == replace(start, range="2020-02-01..2020-03-01")
    drag = {"kind": "brush", "chart": "monthly_revenue", "from": "2020-02-10", "to": "2020-02-12"}
    assert reduce(start, drag, toy, charts) == replace(start, range="2020-02-01..2020-03-01")


def test_the_grain_may_depend_on_an_option(toy: ColumnarEngine) -> None:
    chart = replace(
        MONTHLY[0],
        grain=ByOption[Grain]("by", {"month": "month", "quarter": "quarter"}),
        options=(dimension_option("month", "quarter"),),
    )
    now = toy.resolve(Selection("toy", grain="week"))
    assert [chart.at_grain(now, {"by": by}).grain for by in ("month", "quarter")] == ["month", "quarter"]
    assert replace(chart, grain=None).at_grain(now, {"by": "quarter"}) is now


@pytest.mark.parametrize("chart", [c for c in CHARTS.values() if c.grain], ids=lambda c: c.name)
def test_periods_of_an_answer_are_those_of_its_charts_grain(demo: ColumnarEngine, chart: Chart) -> None:
    now = demo.resolve(Selection("demo", grain="week"))
    options = chart.read_options({}, demo.schema)
    own = chart.own(now, options, demo.schema)
    frame = chart.compute(demo, own, options).frame
    known = {own.calendar.name(s, own.grain) for s in own.calendar.starts(own.bounds.span, own.grain)}
    assert set(frame.get("period", [])) <= known


# --- what options need
def schema_of(*fields: str, tables: tuple[str, ...] = ()) -> Schema:
    required = ("order_id", "ordered_at", "product", "quantity", "amount")
    return Schema(tuple(FIELDS[name] for name in (*required, *fields)), tables)


def test_a_chart_needs_what_the_chosen_value_of_its_option_needs() -> None:
    chart = CHARTS["order_value_bridge"]
    channels, none = schema_of("channel"), schema_of()
    assert chart.missing(schema_of("region", "channel")) == ()
    assert chart.read_options({}, schema_of("region", "channel"))["by"] == "region"
    assert chart.missing(channels) == (), "by channel it needs no region"
    assert chart.read_options({}, channels)["by"] == "channel"
    assert chart.missing(channels, {"by": "region"}) == ("region",)
    assert chart.missing(none) == ("region",)


def test_only_choices_that_the_data_can_answer_are_offered() -> None:
    option = dimension_option("category", "brand")
    assert option.offered(schema_of("brand")) == {"brand": "Brand"}
    assert option.default_in(schema_of("brand")) == "brand"
    assert option.default_in(schema_of()) == "category"
    metrics = metric_option(labels("revenue", "customers", "profit"))
    assert metrics.offered(schema_of()) == {"revenue": "Revenue"}
    assert list(metrics.offered(schema_of("customer", "cost"))) == ["revenue", "customers", "profit"]


def test_a_value_that_does_not_exist_is_refused() -> None:
    chart = replace(MONTHLY[0], options=(dimension_option("channel", "country"),))
    with pytest.raises(UnknownName):
        chart.read_options({"by": "colour"})
    with pytest.raises(UnknownName):
        chart.read_options({"level": "city"})


def test_what_a_click_filters_may_depend_on_an_option() -> None:
    chart = replace(MONTHLY[0], emits=each_itself("by", "channel"), options=(dimension_option("channel", "country"),))
    assert chart.emitted({"by": "channel"}) == ("channel",)
    assert chart.emitted({"by": "country"}) == ()


def test_the_list_of_charts_says_what_each_value_needs(web: FlaskClient) -> None:
    listed = {entry["name"]: entry for entry in web.get("/data/").get_json()}
    (by,) = listed["order_value_bridge"]["options"]
    assert listed["order_value_bridge"]["needs"] == []
    assert by["needs"] == {name: [name] for name in by["choices"]}


# --- what every declared chart keeps
@pytest.mark.sampled(2)
@pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda c: c.name)
def test_a_declaration_is_whole(chart: Chart) -> None:
    assert chart.columns
    assert len(set(chart.columns)) == len(chart.columns)
    assert chart.question.endswith("?")
    assert all(text.endswith(".") for _, text in chart.explanation.parts)
    for option in chart.options:
        assert set(option.needs) <= set(option.choices)
        assert isinstance(option.choices, str) or option.default in option.choices or option.default == ""


def test_nothing_stands_twice_on_a_page() -> None:
    for page in PAGES:
        shown = [chart for tab in page.tabs for row in tab.rows for chart, _width in row]
        assert len({chart.name for chart in shown}) == len(shown), page.name
        assert len({str(chart.title) for chart in shown}) == len(shown), page.name
        same = {(chart.compute, chart.draw, chart.columns) for chart in shown if not isinstance(chart.compute, partial)}
        assert len(same) == sum(not isinstance(chart.compute, partial) for chart in shown), page.name


def test_key_figures_come_first_on_their_page() -> None:
    for page in PAGES:
        for number, tab in enumerate(page.tabs):
            roles = [c.role for row in tab.rows for c, _ in row if c.role != "headline"]
            places = [i for i, role in enumerate(roles) if role == "kpis"]
            assert places in (([], [0]) if number == 0 else ([],))
