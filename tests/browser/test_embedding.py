"""A page of another origin shows a signed link in a frame, put into a sandbox: there the browser has no cookies, no
storage and no origin."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from analytics import store as stores
from dashboard.sharing import signed
from tests.browser.pages import REDRAWN
from tests.browser.watch import console_errors, network_requests
from tests.dashboard.test_viewers import SECRET, shop
from tests.processes import AppServer

EMBED_SECRET = "the-portal-knows-this-secret-too-and-nobody-else"
POLICIES = '[groups.partners]\nonly = { channel = ["web"] }\n'
DRAWN = "return document.querySelectorAll('.js-plotly-plot .plot-container').length > 0"
# Somebody comes back to the window, as often as it takes until no request is under way.
LOOKED_AT = "document.dispatchEvent(new Event('visibilitychange')); return document.body.innerText"
STORAGE = "try { return String(window.localStorage) + document.cookie + window.origin } catch (e) { return String(e) }"


class Portal:
    """A web server of another origin, with one page."""

    def __init__(self) -> None:
        portal = self
        self.page = ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = portal.page.encode() if self.path == "/" else b""
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def portal() -> Iterator[Portal]:
    made = Portal()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def embedding(serve: Callable[..., AppServer], tmp_path: Path) -> AppServer:
    stores.write(tmp_path / "store", shop(hidden=True))
    (tmp_path / "policies.toml").write_text(POLICIES)
    return serve(
        tmp_path / "store",
        STORESIGHT_LOGIN="local",
        STORESIGHT_STATE=str(tmp_path / "state.db"),
        STORESIGHT_POLICIES=str(tmp_path / "policies.toml"),
        STORESIGHT_EMBED_SECRET=EMBED_SECRET,
        WEB_CONCURRENCY="1",
    )


def test_a_page_of_another_origin_shows_the_view_without_cookies_and_storage(
    open_browser: Any, embedding: AppServer, portal: Portal, tmp_path: Path
) -> None:
    claims = {
        "view": "/products?data=shop&range=all", "group": "partners", "until": int(time.time()) + 3600,
        "parents": [portal.url], "change": True,
    }  # fmt: skip
    link = f"{embedding.url}/embed/{signed.sign(claims, EMBED_SECRET)}/"
    portal.page = f'<title>Portal</title><iframe id="f" sandbox="allow-scripts" src="{link}" width="1200" height="800">'
    driver = open_browser.driver
    driver.get("about:blank")
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})  # of other tests: cookies know no ports
    console_errors(driver)
    network_requests(driver)
    driver.get(portal.url)
    driver.switch_to.frame("f")
    wait = WebDriverWait(driver, 30, ignored_exceptions=REDRAWN)
    wait.until(lambda d: d.execute_script(DRAWN))
    assert driver.execute_script(STORAGE) == "nullnull", "no storage, no cookie, no origin"
    told = driver.find_element(By.TAG_NAME, "body").text
    assert "Lamp" in told + str(driver.page_source)
    assert SECRET not in driver.page_source
    assert driver.find_elements(By.CSS_SELECTOR, "#nav a, a[href^='/products'], a[href^='/overview']") == []

    driver.find_element(By.CSS_SELECTOR, "[data-menu=range]").click()
    wait.until(lambda d: "All time" in d.find_element(By.ID, "panel").text)
    items = driver.find_elements(By.CSS_SELECTOR, "#panel .menu-item")
    next(item for item in items if "Last 90 days" in item.text).click()
    wait.until(lambda d: "range=last_90d" in d.execute_script("return location.search"))
    assert driver.execute_script("return location.pathname").startswith("/embed/")
    wait.until(lambda d: d.find_element(By.CSS_SELECTOR, "[data-menu=range]").text.strip() == "Last 90 days")
    assert driver.get_cookies() == []
    driver.switch_to.default_content()
    assert [e for e in console_errors(driver) if "favicon" not in e] == []
    asked = [
        url for url in network_requests(driver) if not url.startswith((embedding.url, portal.url, "data:", "blob:"))
    ]
    assert asked == [], "nothing is asked of anybody else"

    (tmp_path / "policies.toml").write_text("")  # the link ends while nobody does anything in its page
    driver.switch_to.frame("f")
    wait.until(lambda d: "This page has ended" in d.execute_script(LOOKED_AT))
    assert driver.find_elements(By.CSS_SELECTOR, ".tile-slot") == []

    driver.switch_to.default_content()
    portal.page = portal.page.replace("localhost", "127.0.0.1")
    driver.get(portal.url.replace("localhost", "127.0.0.1"))  # another origin, which the link does not name
    driver.switch_to.frame("f")
    assert driver.find_elements(By.ID, "page") == []
    driver.switch_to.default_content()
    driver.get("about:blank")
    console_errors(driver)
