"""The menu of a key figure: what it is, and the ways from it."""

from __future__ import annotations

from typing import Any

from dash import html

from analytics.errors import UnknownName
from analytics.language import _
from analytics.metrics import METRICS
from dashboard.page import destinations
from dashboard.page.menus import of_notes
from dashboard.page.menus.items import act, chart_link, files, here
from dashboard.page.menus.opened import Opened
from dashboard.pages import BY_PATH, CHARTS

COURSE = "revenue_over_time"  # whose order lines are those of the whole selection


def kpi(opened: Opened, name: str) -> list[Any]:
    """What stands behind a key figure: what it is, its course, its order lines, its targets, and what the menu of a
    card has. A note on it is one on its course, where notes are marks."""
    if name not in METRICS:
        raise UnknownName("metric", name, METRICS)
    metric, viewer, query = METRICS[name], opened.service.viewer, opened.selection.to_query()
    course = "" if viewer.linked else _course(opened, name)  # it may be on another page
    lines = viewer.opens_lines and viewer.reaches(COURSE)
    asked = opened.selection.with_option("targets", "metric", name).to_query()
    targets = [d for d in destinations.open_to(viewer) if d.path == "/targets"]
    return [
        html.P([html.Strong(metric.label), f": {metric.formula}."], className="hint"),
        *([chart_link(_("Its course over time"), course)] if course else []),
        act(_("All key figures as a table"), {"kind": "dialog", "show": "table", "chart": "kpis"}),
        *([act(_("Order lines"), {"kind": "dialog", "show": "lines", "chart": COURSE})] if lines else []),
        *[
            here(_("Set a target…") if viewer.may("targets") else _("Targets"), f"{d.path}?{asked}#set")
            for d in targets
        ],
        *files(opened, {"Excel": f"/export/kpis.xlsx?{query}", "CSV": f"/data/kpis.csv?{query}"}),
        *(of_notes.entry(opened, CHARTS[course.rpartition("#")[2]]) if course else []),
        *([] if viewer.linked else [act(_("Copy link"), {"kind": "copy", "chart": "kpis"})]),
        act(_("How is this computed?"), {"kind": "dialog", "show": "how", "chart": "kpis"}),
        *([] if viewer.linked else [here(_("What is this? (Glossary)"), f"/glossary#{name}")]),
    ]


def _course(opened: Opened, metric: str) -> str:
    """The address of a chart that shows a metric over time, of this metric alone if there is one; "" without any."""
    schema, found = opened.engine.schema, ""
    for screen, chart in [(s, c) for s in BY_PATH.values() for c in s.charts]:
        if chart.missing(schema, chart.read_options({}, schema)):
            continue
        if chart.name == f"{metric}_over_time":
            return f"{screen.path}?{opened.selection.to_query()}#{chart.name}"
        option = next((o for o in chart.options if o.name == "metric" and metric in o.offered(schema)), None)
        if option and chart.emits == ("period",):
            chosen = opened.selection.with_option(chart.name, option.name, metric)
            found = found or f"{screen.path}?{chosen.to_query()}#{chart.name}"
    return found
