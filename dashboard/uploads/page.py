"""The page "Add data" as HTML; assets/js/adding.js makes it work."""

from __future__ import annotations

from dash import html
from markupsafe import Markup

from dashboard.components.controls import attributes, icon
from dashboard.page.routes import standing_page
from dashboard.uploads.folder import ENDINGS

SCRIPT = "adding.js"


def page(why_not: str = "") -> str:
    """The whole page. `why_not`: why nothing can be added, "" where it can."""
    if why_not:
        return standing_page("Add data", html.Div(_refused(why_not), className="adding"))
    return standing_page("Add data", html.Div(_form(), className="adding"), SCRIPT)


def _refused(why: str) -> html.Section:
    return html.Section([html.H2("Data cannot be added here"), html.P(why)], className="card-plain")


def _form() -> list[html.Section]:
    drop = html.Label(
        [
            icon("cloud-arrow-up"),
            html.Strong("Drop your order files here, or choose them"),
            html.Span(f"Exports of a shop, a marketplace, a till or an ERP: {', '.join(ENDINGS)}", className="muted"),
            Markup(f'<input type="file" id="files" multiple accept="{",".join(ENDINGS)}">'),
        ],
        id="drop",
        htmlFor="files",
        className="drop",
    )
    progress = html.Div(id="progress", role="status", className="progress-line", **attributes(aria_live="polite"))
    return [
        html.Section([drop, progress], className="card-plain"),
        html.Section(id="found", hidden=True, className="card-plain"),
    ]
