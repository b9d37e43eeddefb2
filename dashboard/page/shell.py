"""The index page: what stands still on every page, around what the first answer brings. The server's HTML is painted at
once; Dash adds what it renders itself (menus, dialog, grids) when its scripts are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import dash_bootstrap_components as dbc
import orjson
from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from analytics.language import _, client_messages, language
from dashboard.answers.viewers import LinkedView
from dashboard.components.controls import action_button, attributes, icon, theme_button
from dashboard.components.markup import embedded_json, markup
from dashboard.page.protocol import PageAnswer

ANSWER = "<!-- the answer to the address -->"
FAILED = (
    "<h1>Something went wrong</h1><p>This page failed. Load it again; if it fails again, tell whoever runs Storesight "
    "the error id {}.</p>"
)
POLL_SECONDS = 120
NAMED = 'type="text/plain"'  # of a script that a browser neither fetches nor runs
GRID, TABLES = "/dash_ag_grid/", "/dash_table/"  # in addresses of Dash's scripts
# Ids of Dash's components that more than one module names.
VERSIONS = "data-versions"  # store: versions of the data that the server has now
POLL = "poll"
MENU = "menu"  # store: which menu is open, and under which address
DIALOG_REQUEST = "dialog-request"  # store: what the dialog shows, and under which address
GRIDS = "grids"  # the grids of the page's cards, shown inside the cards


@dataclass(frozen=True)
class Files:
    """Addresses of the client's files."""

    first_paint: str
    style: str
    plotly: str
    modules: Sequence[str]  # the first one is run, and imports the others


def skeleton(dash: dict[str, str], files: Files) -> str:
    """The HTML of the index page, with ANSWER where the answer to its address goes. `dash`: what Dash puts into it
    (Dash.interpolate_index). Its scripts are only named: the client reads them when the charts are painted
    (assets/js/dash.js)."""
    preloads = "".join(f'<link rel="modulepreload" href="{url}">\n' for url in files.modules)
    renderer = dash["renderer"].replace('type="application/javascript"', NAMED)
    return f"""<!DOCTYPE html>
<html lang="{language()}">
<head>{dash["metas"]}<title>{dash["title"]}</title>{dash["favicon"]}
{messages()}<script src="{files.first_paint}"></script>
<link rel="stylesheet" href="{files.style}">{dash["css"]}
{preloads}<link id="plotly" rel="preload" as="script" href="{files.plotly}">
{_named(dash["scripts"])}</head>
<body>{ANSWER}
{dash["app_entry"]}{dash["config"]}{renderer}</body>
</html>"""


def messages() -> Markup:
    """What the browser's modules say, in the viewer's language (assets/js/language.js); nothing in English, which they
    hold themselves."""
    held = client_messages(language())
    if not held:
        return Markup("")
    text = embedded_json(orjson.dumps(dict(held)).decode())
    return Markup('<script type="application/json" id="messages">{}</script>').format(text)


def _named(scripts: str) -> str:
    """Dash's scripts as data: those that it needs first, and that of grids. Nothing shows a table of its own."""

    def tag(found: re.Match[str]) -> str:
        address = found[1]
        if TABLES in address:
            return ""
        kind = "grid" if GRID in address else "first"
        return f'<script {NAMED} data-dash="{kind}" src="{address}"></script>'

    return re.sub(r'<script src="([^"]+)"></script>', tag, scripts)


def rooted(page: str, linked: LinkedView | None) -> str:
    """The index page of a link: where its own requests go, whether its view can be changed, and when it ends."""
    if linked is None:
        return page
    fixed = "" if linked.changeable else " data-fixed"
    opening = Markup('<html data-root="{}" data-only="{}" data-until="{}"').format(
        linked.root, linked.page, linked.until
    )
    return page.replace("<html", f"{opening}{fixed}", 1)


def answered(answer: PageAnswer, files: Files, banner: Sequence[Any] = ()) -> str:
    """What stands in the place of ANSWER: the first answer, below the banner, and the client that goes on from it."""
    return f'{_body(answer, banner)}<script type="module" async src="{files.modules[0]}"></script>'


def _body(answer: PageAnswer, banner: Sequence[Any]) -> Markup:
    """What is painted first, and the rest of the answer, which the client reads."""
    nav, bar, body, foot = (Markup(getattr(answer, name) or "") for name in ("nav", "bar", "body", "foot"))
    rest = replace(answer, nav=None, bar=None, body=None, foot=None)
    return markup(
        [
            *banner,
            *_frame(nav, bar, body, html.Footer(foot, id="foot", className="foot")),
            html.Div(id="toast", className="toast-line", role="status", **attributes(aria_live="polite")),
            html.Div(id="announced", className="visually-hidden", role="status"),
            Markup('<script type="application/json" id="first-answer">'),
            embedded_json(rest.to_json()),
            Markup("</script>"),
        ]
    )


def _frame(nav: Any, bar: Any, main: Any, *below: Component) -> list[Component]:
    """Navigation next to a column of bar and content."""
    column = [
        html.Header(bar, id="bar", className="bar"),
        html.Main(main, id="page", tabIndex=-1),
        *below,
    ]
    return [
        html.A(_("Skip to content"), href="#page", className="skip-link"),
        html.Div(
            [
                html.Nav(nav, id="nav", className="rail", **attributes(aria_label=_("Pages"))),
                html.Div(column, className="column"),
            ],
            className="app",
        ),
    ]


def standing_page(
    title: str,
    nav: Any,
    main: Any,
    files: Files,
    banner: Sequence[Any] = (),
    *,
    linked: bool = True,
) -> str:
    """The HTML of a page that shows no data set and needs nothing of Dash; all its modules are run. `linked`: whether
    it leads to the pages with data."""
    scripts = "".join(f'<script type="module" src="{escape(url)}"></script>\n' for url in files.modules)
    data = html.A([icon("database"), " ", _("Data sets")], href="/overview", className="menu-button")
    tools = html.Div([data, theme_button()] if linked else theme_button(), className="bar-tools")
    bar = html.Div([html.H1(title), tools], className="bar-top")
    return f"""<!DOCTYPE html>
<html lang="{language()}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Storesight</title><link rel="icon" href="/_favicon.ico">
{messages()}<script src="{escape(files.first_paint)}"></script>
<link rel="stylesheet" href="{escape(files.style)}">
{scripts}</head>
<body>{markup([*banner, *_frame(nav, bar, main)])}</body>
</html>"""


def layout(versions: str) -> Component:
    """What Dash renders: stores, the menu panel, the dialog and the grids. It holds no data except the versions."""
    return html.Div(
        [
            dcc.Store(id=VERSIONS, data=versions),
            dcc.Interval(id=POLL, interval=POLL_SECONDS * 1000),
            dcc.Store(id=MENU),
            dcc.Store(id=DIALOG_REQUEST),
            html.Div(id=GRIDS),
            _panel(),
            _dialog(),
            html.Div(id="client", hidden=True),
        ]
    )


def _panel() -> Component:
    search = dbc.Input(
        id="menu-search",
        type="text",
        placeholder=_("Search…"),
        debounce=150,  # milliseconds
        autocomplete="off",
        maxlength=100,
    )
    return html.Div([search, html.Div(id="menu-body")], id="panel", className="panel", role="menu")


def _dialog() -> Component:
    close = action_button("×", {"kind": "close"}, label=_("Close"), className="dialog-x")
    head = html.Div([html.H2(id="dialog-title"), close], className="dialog-head")
    box = html.Div([head, html.Div(id="dialog-body")], className="dialog-box")
    return html.Dialog(box, id="dialog", className="dialog", **attributes(aria_labelledby="dialog-title"))
