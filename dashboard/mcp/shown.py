"""Where a person sees what an agent was told: the address of a chart, on its page and tab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from analytics.metrics import METRICS
from analytics.schema import Schema
from analytics.selection import Selection
from dashboard.chart import Chart, Option
from dashboard.pages import BY_PATH, PAGES, screen_of

PLACES = {"country": "revenue_by_country", "region": "revenue_by_region", "city": "revenue_by_city"}
NAMES = frozenset({"customer_name"})  # columns that only name another one


def address_of(chart: str, selection: Selection, options: Mapping[str, str] | None = None) -> str:
    """The address that shows a chart under these options: its page and tab, and the chart behind "#"; the Overview for
    a chart without a card."""
    for option, value in (options or {}).items():
        selection = selection.with_option(chart, option, value)
    screen = screen_of(chart)
    return f"{(screen or PAGES[0].screens[0]).path}?{selection.to_query()}{f'#{chart}' if screen else ''}"


def address_of_table(metrics: Sequence[str], by: Sequence[str], selection: Selection, schema: Schema) -> str:
    """The address of the chart that shows most of these metrics by just these dimensions; of the key figures where
    there is none.

    Revenue by product is shown by "Best sellers", orders by payment method by "Breakdown", with that dimension."""
    charts = [c for s in BY_PATH.values() for c in s.charts if c.role == "chart" and not c.missing(schema)]
    best, under, most = "kpis", dict[str, str](), (False, 0, False)
    for chart in charts:
        options, offered = _divided(chart, by, schema), _offered(chart, schema)
        choice = next(({"metric": name} for name in metrics if name in offered), {})
        drawn = next((name for name in chart.columns if name in METRICS), "") in metrics
        told = len(set(metrics) & {*chart.columns, *offered})
        fit = (drawn or bool(choice), told, drawn)
        if options is not None and told and fit > most:
            best, under, most = chart.name, options | ({} if drawn else choice), fit
    return address_of(best, selection, under)


def _divided(chart: Chart, by: Sequence[str], schema: Schema) -> dict[str, str] | None:
    """The options under which the rows of a chart are of just these dimensions; None where there are none."""
    if len(by) == 1 and by[0] in PLACES:
        return {} if chart.name == PLACES[by[0]] else None
    own = set(takewhile(lambda name: name not in METRICS, chart.columns)) - NAMES
    if own == set(by):
        return {}
    option = _option(chart, "by")
    for value in set(by) & set(option.offered(schema) if option else ()):
        if option and own - {option.default} | {value} == set(by):
            return {"by": value}
    return None


def _offered(chart: Chart, schema: Schema) -> dict[str, str]:
    """The metrics that a chart can be chosen to show."""
    option = _option(chart, "metric")
    return option.offered(schema) if option else {}


def _option(chart: Chart, name: str) -> Option | None:
    return next((option for option in chart.options if option.name == name), None)
