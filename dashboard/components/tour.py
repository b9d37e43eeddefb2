"""The line on the demo company's Overview that leads to the tour, until it is dismissed in this browser."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from analytics.language import _
from dashboard.components.controls import action_button, attributes, icon

DEMO: Final = "demo"  # the data set of the demo company


def tour_hint() -> Component:
    """“New here? Take the tour”; the browser hides it once it has been dismissed (assets/first-paint.js)."""
    link = html.A([_("Take the tour"), " ", icon("arrow-right")], href="/tour")
    told = html.P(
        [html.Strong(_("New here?")), " ", _("Ten minutes show what can be found in this company."), " ", link]
    )
    close = action_button("×", {"kind": "skip-tour"}, label=_("Do not show this again"), className="since-x")
    return html.Section([told, close], id="tour-hint", className="since tour-hint", **attributes(aria_label=_("Tour")))
