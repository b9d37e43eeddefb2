"""Fixtures for tests in a real browser. It can reach this machine and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.options import Options

from dashboard.bundles import plotly
from data import outlines
from tests.browser.pages import Page
from tests.browser.watch import at_rest, console_errors
from tests.processes import PATIENCE, AppServer, chromium

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--hide-scrollbars",
    "--window-size=1440,900",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)


def pytest_setup_options() -> Options:
    """How dash.testing starts Chromium."""
    options = Options()
    options.binary_location = chromium()
    for argument in ARGUMENTS:
        options.add_argument(argument)
    return options


@pytest.fixture(scope="session", autouse=True)
def full_logs() -> Iterator[None]:
    """Keep the browser's network log: dash.testing asks for severe console lines only, after our options were read."""
    if not chromium() or shutil.which("chromedriver") is None:
        pytest.skip("chromium or chromedriver is not installed; make test installs them where it can")
    original = Options.set_capability

    def set_capability(self: Options, name: str, value: Any) -> None:
        wanted = {"browser": "ALL", "performance": "ALL"} if name == "goog:loggingPrefs" else value
        original(self, name, wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Options, "set_capability", set_capability)
        yield


@pytest.fixture(scope="session", autouse=True)
def maps_and_charts_can_be_drawn() -> None:
    """As `make run` has it made."""
    outlines.write()
    plotly.write()


def new_browser(config: pytest.Config, downloads: Path) -> Any:
    """A browser as dash.testing makes it: its own profile, storage and cache."""
    from dash.testing.browser import Browser

    option = config.getoption
    browser = Browser(
        browser=option("webdriver"),
        remote=option("remote"),
        remote_url=option("remote_url"),
        headless=option("headless"),
        options=config.hook.pytest_setup_options(),
        download_path=str(downloads),
        percy_assets_root=option("percy_assets"),
        percy_finalize=option("nopercyfinalize"),
        pause=option("pause"),
    )
    browser.driver.set_script_timeout(PATIENCE)  # by default 30 s, which a busy machine exceeds
    return browser


@pytest.fixture(scope="session")
def second_browser(
    request: pytest.FixtureRequest, full_logs: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Another person's browser, apart from `open_browser`; one for all tests, as starting it costs seconds."""
    with new_browser(request.config, tmp_path_factory.mktemp("downloads")) as browser:
        yield browser


@pytest.fixture(scope="session")
def open_browser(
    request: pytest.FixtureRequest, full_logs: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """One browser for all tests that ask for it: starting one, and reading plotly anew, costs seconds each time."""
    with new_browser(request.config, tmp_path_factory.mktemp("downloads")) as browser:
        yield browser


@pytest.fixture
def page(open_browser: Any, app_server: AppServer) -> Iterator[Page]:
    """The demo company in the shared browser; at the end its console holds no error, and it keeps nothing."""
    driver = open_browser.driver
    at_rest(driver)
    yield Page(driver, app_server.url)
    errors = console_errors(driver)
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_script("localStorage.clear()")
    assert errors == []
