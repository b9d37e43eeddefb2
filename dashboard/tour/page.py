"""The page "Tour" as HTML: a list of steps, each with its link."""

from __future__ import annotations

from dash import html
from flask import Response

from analytics.errors import NotInData
from analytics.language import N_, _
from dashboard.answers.service import ViewerService
from dashboard.components.controls import icon
from dashboard.components.tour import DEMO
from dashboard.page.routes import standing_page
from dashboard.tour.steps import STEPS, Step

ABOUT = N_(
    "Quillmere is an invented shop with two years of orders. Each step opens a page; the browser's Back button returns "
    "here."
)
WITHOUT = N_("The last steps need a state store, which keeps targets, notes and views: see docs/people.md.")


def shown(service: ViewerService, *, keeps: bool) -> Response:
    """The page. NotInData where the demo company is not there, or not for this viewer. `keeps`: whether there is a
    state store, without which the steps that need one are left out."""
    if DEMO not in {dataset.name for dataset in service.datasets() if not dataset.error}:
        raise NotInData(N_("there is no tour here: the demo company is not loaded."), hint=N_("See docs/tour.md."))
    steps = [step for step in STEPS if keeps or not step.keeps]
    parts = [
        html.P(_(ABOUT), className="muted"),
        html.Ol([_step(step) for step in steps], className="tour-steps"),
        None if keeps else html.P(_(WITHOUT), className="muted"),
    ]
    text = standing_page(_("A tour in ten minutes"), html.Section(parts, className="card-plain standing"))
    return Response(text, mimetype="text/html", headers={"Cache-Control": "private, no-store"})


def _step(step: Step) -> html.Li:
    link = html.A([f"{step.link}\u00a0", icon("arrow-right")], href=step.address)
    return html.Li([html.H2(str(step.title)), html.P(str(step.text)), link])
