"""A card whose models are being fitted says so, and fills by itself when they are there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from werkzeug.serving import make_server

from analytics.methods.customers.clv import BgNbd
from analytics.methods.customers.season import SeasonClock
from analytics.questions.customers import models
from dashboard.app import create_app
from dashboard.settings import Settings
from tests.browser.pages import Page
from tests.browser.watch import at_rest, console_errors
from tests.processes import PATIENCE

PLAN, OTHER = "churn_risk", "concentration"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, list[int]]]:
    """Lets the fits of this process go on, and counts how often everything is learnt."""
    allowed = threading.Event()
    begun: list[int] = []
    fit, season = BgNbd.fit, models.season_clock

    def slow(*history: Any) -> BgNbd:
        assert allowed.wait(PATIENCE)
        return fit(*history)

    def counted(*history: Any) -> SeasonClock:
        begun.append(1)
        return season(*history)

    monkeypatch.setattr(BgNbd, "fit", slow)
    monkeypatch.setattr(models, "season_clock", counted)
    yield allowed, begun
    allowed.set()


@pytest.fixture
def url(store: Path, tmp_path: Path) -> Iterator[str]:
    """The application in this process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app: Dash = create_app(Settings(store=store, load=False, cache_dir=tmp_path))
    root.handlers[:] = handlers  # the application's own log replaced what pytest listens with
    root.setLevel(level)
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.long
def test_a_card_fills_by_itself(url: str, fits: tuple[threading.Event, list[int]], open_browser: Any) -> None:
    allowed, begun = fits
    driver = open_browser.driver
    at_rest(driver)
    page = Page(driver, url)
    driver.get(f"{url}/customers/at-risk?data=demo&range=last_12m")

    def state(chart: str) -> str:
        card = page.one(f'.tile-slot[data-chart="{chart}"]')
        driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", card)
        return (card.get_attribute("data-state") or "").split(" ")[0]

    page.wait(lambda: state(PLAN) == "waiting", "a card that waits")
    assert page.one(f'[data-chart="{PLAN}"] .state-waiting').text.startswith("Being computed")
    page.wait(lambda: state(OTHER) == "ok", "a card that rests on no model")
    assert state(PLAN) == "waiting"
    allowed.set()
    page.wait(lambda: state(PLAN) == "ok", "the card filled")
    assert page.all(f'[data-chart="{PLAN}"] .state-waiting') == []
    page.click(".page-tab", "Segments")
    page.wait(lambda: "clv_by_segment" in page.states() and state("clv_by_segment") == "ok", "a card of another tab")
    assert len(begun) == 1, "once for all cards and all their looks"
    assert console_errors(driver) == []
    driver.get("about:blank")
