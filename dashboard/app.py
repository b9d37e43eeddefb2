"""create_app(settings) → Dash: the layout, its callbacks, the routes and the server's behaviour put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import Dash
from flask import Flask

from dashboard import (
    administration,
    alerts,
    changes,
    delivery,
    digests,
    glossary,
    languages,
    login,
    notebook,
    palette,
    saved,
    sharing,
    targets,
    tour,
)
from dashboard.answers import cache, last_used
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR, current_viewer
from dashboard.background import loader, memory
from dashboard.background.loader import Loader
from dashboard.company.state import current_state
from dashboard.mcp import routes as mcp
from dashboard.notes.scope import versions_of
from dashboard.page import callbacks, handler, routes
from dashboard.page.shell import layout
from dashboard.pages import BY_PATH, CHARTS
from dashboard.report import downloads
from dashboard.settings import Settings
from dashboard.uploads import routes as uploads
from dashboard.web import data_urls, exports, hosts, outlines, quality, refusals, server, static, telemetry
from dashboard.web.slots import Slots


def told_of(reasons: Callable[[], Sequence[str]], settings: Settings) -> Callable[[], Sequence[str]]:
    """Why the application is not ready, as far as anybody may know: with a login, no data set is named."""
    if settings.login == "off":
        return reasons
    return lambda: ["data are being loaded, or cannot be opened; the log says which"] if reasons() else []


def install_company(flask: Flask, settings: Settings, service: Service, loading: Loader) -> None:
    """What a company keeps in its state store, each a room of its own; and the tour, languages and glossary, which need
    none."""
    if (runner := delivery.install(flask, settings)) is not None:
        loading.tick = runner.tick
    for room in (saved, notebook, changes, targets, alerts, digests, tour, languages, glossary):
        room.install(flask, service)
    sharing.install(flask, service, settings)
    administration.install(flask, service, settings)


def create_app(settings: Settings) -> Dash:
    """The whole application for these settings; no data is read until somebody asks."""
    app = routes.Application(
        __name__,
        title="Storesight",
        update_title="",
        assets_folder=str(routes.ASSETS),
        assets_ignore=r"\.(js|css)$",  # which the index page names itself
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    flask = app.server
    server.install_log(flask, settings.log_level)
    server.install_limits(flask)
    server.install_proxy(flask, settings.proxies)
    server.install_errors(flask, routes.refused, routes.failed)
    hosts.install(flask, settings.hosts, settings.proxies)
    server.install_security(flask, app.csp_hashes)
    server.install_privacy(flask)
    languages.follow_browsers(flask)
    login.install(flask, settings)
    server.install_pages_only(flask, ("/", *BY_PATH), routes.missing)
    loading = loader.install(flask, settings)
    answers = cache.install(flask, settings)
    service = last_used.first(Service(settings.store, answers, loading.failures), settings.dataset)

    def warm() -> None:
        static.warm(flask)
        handler.warm(service.for_viewer(OPERATOR))

    def prepare() -> None:
        service.for_viewer(OPERATOR).prepare(CHARTS.values())
        notebook.prepare(flask, service.for_viewer(OPERATOR))

    loading.warm, loading.prepare = warm, prepare
    install_company(flask, settings, service, loading)
    server.install_health(flask, told_of(loading.reasons, settings), lambda: {"cache": answers.stats()})
    slots = Slots(max(1, settings.threads // 2))
    for files in (data_urls, exports, mcp):
        files.install(flask, service, slots)
    downloads.install(flask, service, slots, settings.deck_template)
    for room in (telemetry, palette):
        room.install(flask, service)
    outlines.install(flask)
    desk = uploads.Desk(settings, lambda: {d.name: d.title for d in service.for_viewer(OPERATOR).datasets()})
    uploads.install(flask, desk)
    quality.install(flask, service, desk.editing)
    app.validation_layout = layout("")  # type: ignore[assignment]  # declared as None
    app.layout = lambda: layout(versions_of(current_state(), service.for_viewer(current_viewer())))
    callbacks.register(app, service)
    refusals.install(app)
    routes.install(flask, service)
    static.install(flask)
    with flask.test_request_context():
        app.index()  # Dash learns here which files it may serve: a worker may be asked for one before it serves a page
    app.open_index(service)
    server.install_compression(flask)
    memory.install(flask)
    return app
