"""The index page: what stands still on every page, around what the first answer brings. The server's HTML is painted at
once; Dash adds what it renders itself (menus, dialog, grids) when its scripts are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup

from dashboard.components.controls import attributes, press
from dashboard.page.markup import embedded_json, markup
from dashboard.page.protocol import PageAnswer

POLL_SECONDS = 30
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
    plotly: str
    modules: Sequence[str]  # the first one is run, and imports the others


def index(dash: dict[str, str], files: Files, answer: PageAnswer | None) -> str:
    """The HTML of the index page. `dash`: what Dash puts into it (Dash.interpolate_index); `answer`: the answer to the
    address, None for a page of which only the names of its files matter."""
    preloads = "".join(f'<link rel="modulepreload" href="{url}">\n' for url in files.modules)
    body = "" if answer is None else f'{_body(answer)}<script type="module" async src="{files.modules[0]}"></script>'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>{dash["metas"]}<title>{dash["title"]}</title>{dash["favicon"]}<script src="{files.first_paint}"></script>
{dash["css"]}
{preloads}<link id="plotly" rel="preload" as="script" href="{files.plotly}"></head>
<body>{body}
{dash["app_entry"]}{dash["config"]}{dash["scripts"]}{dash["renderer"]}</body>
</html>"""


def _body(answer: PageAnswer) -> Markup:
    """What is painted first, and the rest of the answer for the client."""
    painted = {name: Markup(getattr(answer, name) or "") for name in ("nav", "bar", "body", "foot")}
    column = [
        html.Header(painted["bar"], id="bar", className="bar"),
        html.Main(painted["body"], id="page", tabIndex=-1),
        html.Footer(painted["foot"], id="foot", className="foot"),
    ]
    rest = replace(answer, nav=None, bar=None, body=None, foot=None)
    return markup(
        [
            html.A("Skip to content", href="#page", className="skip-link"),
            html.Div(
                [
                    html.Nav(painted["nav"], id="nav", className="rail", **attributes(aria_label="Pages")),
                    html.Div(column, className="column"),
                ],
                className="app",
            ),
            html.Div(id="toast", className="toast-line", role="status", **attributes(aria_live="polite")),
            Markup('<script type="application/json" id="first-answer">'),
            embedded_json(rest.to_json()),
            Markup("</script>"),
        ]
    )


def layout(versions: str) -> Component:
    """What Dash renders: stores, the menu panel, the dialog and the grids. No data but the versions."""
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
        placeholder="Search…",
        debounce=150,  # milliseconds
        autocomplete="off",
        maxlength=100,
    )
    return html.Div([search, html.Div(id="menu-body")], id="panel", className="panel", role="menu")


def _dialog() -> Component:
    close = press("×", {"kind": "close"}, label="Close", className="dialog-x")
    head = html.Header([html.H2(id="dialog-title"), close])
    box = html.Div([head, html.Div(id="dialog-body")], className="dialog-box")
    return html.Dialog(box, id="dialog", className="dialog", **attributes(aria_labelledby="dialog-title"))
