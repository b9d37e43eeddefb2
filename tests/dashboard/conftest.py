"""Fixtures for tests of the application without a browser."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from pathlib import Path

import orjson
import pandas as pd
import pytest
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from dashboard.answers import viewers
from dashboard.answers.service import Service
from dashboard.answers.viewers import ANONYMOUS, Viewer
from dashboard.app import create_app
from dashboard.settings import Settings
from dashboard.web import data_urls, exports, quality, server
from dashboard.web.slots import Slots
from tests.analytics import companies


class NoCache:
    """Computes always, and remembers the keys that were asked for."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        self.keys.append(key)
        return compute(), False

    def keeps(self, key: str) -> bool:
        return False


class Memory(NoCache):
    """Remembers every answer."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, bytes] = {}

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        self.keys.append(key)
        hit = key in self.kept
        if not hit:
            self.kept[key] = compute()
        return self.kept[key], hit

    def keeps(self, key: str) -> bool:
        return key in self.kept


def no_outlines(name: str) -> bytes:
    """Outlines of maps without a place, for reports of a checkout in which none have been made."""
    return orjson.dumps({"type": "FeatureCollection", "features": [], "name": name})


def routes(
    service: Service,
    viewer: Viewer | None = ANONYMOUS,
    threads: int = 4,
    editing: Callable[[str], quality.Editing] = lambda _: quality.Editing(),
) -> Flask:
    """A server with the data routes and the exports alone; `viewer` sends every request, None stands for nobody."""
    flask = Flask("tested")
    if viewer is not None:
        viewers.install(flask, lambda: viewer)
    server.install_errors(flask)
    server.install_privacy(flask)
    slots = Slots(max(1, threads // 2))
    data_urls.install(flask, service, slots)
    exports.install(flask, service, slots)
    quality.install(flask, service, editing)
    return flask


def frame_at(client: FlaskClient, address: str) -> pd.DataFrame:
    """What a data URL gives as CSV."""
    answer = client.get(address)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200, text
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])


@pytest.fixture(scope="session")
def toy() -> ColumnarEngine:
    """A dozen nasty order lines: refunds, missing customers, namesakes among cities, letters of many kinds."""
    return ColumnarEngine(stores.in_memory(companies.nasty()))


@pytest.fixture(scope="session")
def demo(store: Path) -> ColumnarEngine:
    """The demo company: every field, every extra table."""
    return ColumnarEngine(stores.open(store, "demo"))


@pytest.fixture(scope="session")
def real_app(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Dash:
    """The whole application over `store`, in this process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app = create_app(Settings(store=store, load=False, cache_dir=tmp_path_factory.mktemp("cache")))
    root.handlers[:] = handlers  # the application's own log replaced what pytest listens with
    root.setLevel(level)
    return app


@pytest.fixture
def web(real_app: Dash) -> FlaskClient:
    """Requests to the whole application."""
    return real_app.server.test_client()
