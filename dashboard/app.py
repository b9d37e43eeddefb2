"""create_app(settings) → Dash: the shell, its callbacks, the data routes and the server's manners put together."""

from __future__ import annotations

import re
from pathlib import Path

from dash import Dash

from dashboard.answers import cache, viewers
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR, current_viewer
from dashboard.background import loader, memory
from dashboard.page import callbacks, view
from dashboard.page.shell import shell
from dashboard.pages import BY_PATH, CHARTS
from dashboard.settings import Settings
from dashboard.web import envelope, export, server, static, telemetry
from dashboard.web import outlines as shapes

ASSETS = Path(__file__).resolve().parent.parent / "assets"
# Dash's own scripts come last. Before them: the theme, what asks for the cards of the address, and plotly.js, which is
# fetched at once and read when the rest is painted (assets/cards.js): it takes longest of all.
FIRST = ("theme-first.js", "cards.js")
THEME, CARDS = (static.asset_url(ASSETS, name) for name in FIRST)
PLOTLY = static.suite_url("plotly", "package_data/plotly.min.js")
INDEX = f"""<!DOCTYPE html>
<html lang="en">
<head>{{%metas%}}<title>{{%title%}}</title>{{%favicon%}}<script src="{THEME}"></script>
<script src="{CARDS}"></script>{{%css%}}
<link id="plotly" rel="preload" as="script" href="{PLOTLY}"></head>
<body>{{%app_entry%}}<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer></body>
</html>"""


def create_app(settings: Settings) -> Dash:
    """The whole application for these settings; no data is read until somebody asks."""
    app = Dash(
        __name__,
        title="Storesight",
        update_title="",
        assets_folder=str(ASSETS),
        assets_ignore="|".join(map(re.escape, FIRST)),
        external_stylesheets=[
            static.bootstrap_url("css/bootstrap.min.css"),
            static.bootstrap_url("css/font/bootstrap-icons.min.css"),
        ],
        suppress_callback_exceptions=True,
        index_string=INDEX,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    flask = app.server
    server.install_log(flask, settings.log_level)
    server.install_limits(flask)
    server.install_proxy(flask, settings.proxies)
    server.install_pages_only(flask, ("/", *BY_PATH))
    server.install_security(flask, app.csp_hashes)
    viewers.install(flask, viewers.anonymous)
    envelope.install(app)
    loading = loader.install(flask, settings)
    answers = cache.install(flask, settings)
    service = Service(settings.store, answers, loading.failures)

    outlines = settings.cache_dir / "shapes"

    def warm() -> None:
        static.warm(flask)
        view.warm(service.for_viewer(OPERATOR))

    def prepare() -> None:
        shapes.prepare(outlines)
        service.for_viewer(OPERATOR).prepare(CHARTS.values())

    loading.warm, loading.prepare = warm, prepare
    server.install_health(flask, loading.reasons, lambda: {"cache": answers.stats()})
    export.install(flask, service)
    telemetry.install(flask, service)
    shapes.install(flask, outlines)
    app.layout = lambda: shell(service.for_viewer(current_viewer()).versions())
    callbacks.register(app, service)
    static.install(flask)
    with flask.test_request_context():
        app.index()  # Dash learns here which files it may serve: a worker may be asked for one before it serves a page
    server.install_compression(flask)
    memory.install(flask)
    return app
