"""create_app(settings) → Dash: the shell, its callbacks, the data routes and the server's manners put together."""

from __future__ import annotations

from pathlib import Path

from dash import Dash

from dashboard import callbacks, export, server
from dashboard.cache import AnswerCache
from dashboard.pages import BY_PATH
from dashboard.service import Service
from dashboard.settings import Settings
from dashboard.shell import shell

ROOT = Path(__file__).resolve().parent.parent
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>{%metas%}<title>{%title%}</title>{%favicon%}<script src="/assets/theme-first.js"></script>{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def create_app(settings: Settings) -> Dash:
    """The whole application for these settings; nothing is read from disk until somebody asks."""
    cache = AnswerCache(settings)
    service = Service(settings.store, cache)
    app = Dash(
        __name__, title="Storesight", update_title="", assets_folder=str(ROOT / "assets"), assets_ignore=r"theme-first\.js",
        external_stylesheets=["/vendor/bs/css/bootstrap.min.css", "/vendor/bs/css/font/bootstrap-icons.min.css"],
        suppress_callback_exceptions=True, index_string=INDEX, health_endpoint=None, compress=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )  # fmt: skip
    app.layout = shell()
    callbacks.register(app, service)
    export.install(app.server, service)
    return app
