"""The page "Add data" as HTML; assets/js/adding.js makes it work."""

from __future__ import annotations

from pathlib import Path

from dash import html
from markupsafe import Markup, escape

from dashboard.components.controls import attributes, icon
from dashboard.components.markup import markup
from dashboard.page.bar import nav
from dashboard.pages import PAGES
from dashboard.uploads.folder import ENDINGS
from dashboard.web import static

SCRIPT = "adding.js"


def page(assets: Path, why_not: str = "") -> str:
    """The whole page. `why_not`: why nothing can be added, "" where it can."""
    styles = [static.bootstrap_url("css/bootstrap.min.css"), static.bootstrap_url("css/font/bootstrap-icons.min.css")]
    styles += [static.asset_url(assets, f.name) for f in sorted(assets.glob("*.css"))]
    links = "".join(f'<link rel="stylesheet" href="{escape(url)}">' for url in styles)
    script = "" if why_not else f'<script type="module" src="{static.module_url(assets / "js", SCRIPT)}"></script>'
    content = _refused(why_not) if why_not else _form()
    column = [
        html.Header(html.Div(html.H1("Add data"), className="bar-top"), className="bar"),
        html.Main(content, id="page", className="adding", tabIndex=-1),
    ]
    body = html.Div(
        [
            html.Nav(nav(PAGES, "", ""), className="rail", **attributes(aria_label="Pages")),
            html.Div(column, className="column"),
        ],
        className="app",
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Add data · Storesight</title><link rel="icon" href="/_favicon.ico">
<script src="{escape(static.asset_url(assets, "first-paint.js"))}"></script>{links}</head>
<body><a class="skip-link" href="#page">Skip to content</a>{markup(body)}{Markup(script)}</body></html>"""


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
