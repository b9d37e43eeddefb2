"""What people do every day, with keys alone; and the pages of a company under axe, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.pages import Page
from tests.browser.test_accessibility import violations
from tests.browser.test_phone import FINGER, SIDEWAYS, SMALL
from tests.browser.watch import at_rest, console_errors, set_viewport
from tests.processes import AppServer

MOST_STEPS = 150  # presses of Tab between two controls
STANDING = (
    "/targets?data=demo", "/notes", "/notes/new?address=/overview", "/alerts", "/digests", "/views", "/shares",
    "/shares/new?view=/overview%3Fdata=demo", "/tokens", "/add", "/quality/demo", "/tour", "/glossary", "/nowhere",
)  # fmt: skip
# Whether what has the focus is the control, can be seen, and is marked by an outline that stands out from its ground.
FOCUSED = """
const e = document.activeElement;
if (!e.matches(arguments[0])) return '';
const box = e.getBoundingClientRect(), {outlineStyle, outlineWidth, outlineColor, boxShadow} = getComputedStyle(e);
const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
if (!seen || !(e.contains(seen) || seen.contains(e))) return 'covered';
const parts = [.2126, .7152, .0722], linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = rgb => rgb.match(/[\\d.]+/g).slice(0, 3).reduce((sum, c, i) => sum + linear(c / 255) * parts[i], 0);
let ground = e.parentElement;
while (ground && /, 0\\)$|transparent/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
const [a, b] = [light(outlineColor), light(getComputedStyle(ground || document.body).backgroundColor)].sort();
const marked = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && (b + .05) / (a + .05) >= 3;
return marked || boxShadow !== 'none' ? 'marked' : 'not marked';
"""


@pytest.fixture(scope="module")
def company(store: Path, serve: Callable[..., AppServer], tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """A server with a state store, for the one person of this machine."""
    state = tmp_path_factory.mktemp("state") / "me.db"
    answers = str(store.with_name("answers"))
    me = {"STORESIGHT_LOGIN": "me", "STORESIGHT_STATE": str(state), "WEB_CONCURRENCY": "1"}
    return serve(store, STORESIGHT_CACHE_DIR=answers, STORESIGHT_UPLOADS=str(state.with_name("uploads")), **me)


@pytest.fixture
def page(open_browser: Any, company: AppServer) -> Iterator[Page]:
    driver = open_browser.driver
    at_rest(driver)
    # As a window that somebody looks at: without it a page that was just opened has no focus before a key is pressed.
    driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    yield Page(driver, company.url)
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_script("localStorage.clear()")


def go_to(page: Page, css: str, *, back: bool = False) -> None:
    """Press Tab until the control has the focus, as somebody does who sees where it is."""
    for _ in range(MOST_STEPS):
        if page.driver.execute_script(FOCUSED, css):
            page.wait(lambda: page.driver.execute_script(FOCUSED, css) == "marked", f"the focus on {css}, to be seen")
            return
        keys = ActionChains(page.driver)
        (
            keys.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT) if back else keys.send_keys(Keys.TAB)
        ).perform()
    raise AssertionError(f"no way to {css} by Tab")


def opened(page: Page, css: str = "#panel:popover-open:not(.waiting)") -> None:
    page.wait(lambda: bool(page.all(css)), css)


@pytest.mark.long
def test_every_task_by_keys_alone(page: Page, tmp_path: Path) -> None:
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.open("/overview?data=demo&range=last_12m")

    # The first Tab leads past the navigation.
    go_to(page, ".skip-link")
    page.keyboard(Keys.ENTER)

    # A range.
    page.keyboard("r")
    opened(page)
    page.wait(lambda: bool(page.driver.execute_script(FOCUSED, "#panel *")), "the focus in the menu")
    go_to(page, "#panel [data-action*='last_month']")
    with page.answers():
        page.keyboard(Keys.ENTER)
    assert ("range", "last_month") in page.query

    # A filter by product.
    go_to(page, "[data-menu='filter:product'], [data-menu='more']")
    page.keyboard(Keys.ENTER)
    opened(page)
    if page.driver.execute_script("return document.querySelector('#panel').dataset.name") == "more":
        go_to(page, "#panel [data-menu='filter:product']")
        page.keyboard(Keys.ENTER)
    page.wait(lambda: bool(page.all("#panel .tick")), "products")
    page.keyboard("Kestrane")
    page.wait(lambda: all("Kestrane" in text for text in page.texts("#panel .tick .grow")), "what was typed")
    page.keyboard(Keys.ARROW_DOWN)
    with page.answers():
        page.keyboard(Keys.SPACE)
    page.keyboard(Keys.ESCAPE)
    assert "product" in dict(page.query)

    # A cross-filter by a chart's table, which stands next to the chart.
    go_to(page, "[data-chart='top_places'] .to-table")
    page.keyboard(Keys.ENTER)
    opened(page, "#dialog[open] tbody tr")
    go_to(page, "#dialog tbody .text-button")
    with page.answers():
        page.keyboard(Keys.ENTER)
    page.keyboard(Keys.ESCAPE)
    assert "place" in dict(page.query)

    # Its order lines, and these as a file.
    go_to(page, "#bar .chip-tools [data-action*='lines']", back=True)
    page.keyboard(Keys.ENTER)
    opened(page, "#lines-grid .ag-center-cols-container .ag-cell")
    go_to(page, "#dialog .lines-files a[href*='lines.xlsx']")
    page.keyboard(Keys.ENTER)
    page.wait(lambda: any(file.suffix == ".xlsx" for file in tmp_path.iterdir()), "the file")
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: not page.all("#dialog[open]"), "the dialog closed")

    # The view, saved.
    go_to(page, "#bar [data-menu='views']", back=True)
    page.keyboard(Keys.ENTER)
    opened(page)
    go_to(page, "#panel [name=title]")
    page.driver.execute_script("window.before = true")
    page.keyboard("Kestrane by place", Keys.ENTER)
    page.wait(
        lambda: not page.driver.execute_script("return window.before || !document.body"), "the page, loaded again"
    )
    page.arrive()
    go_to(page, "#bar [data-menu='views']")
    page.keyboard(Keys.ENTER)
    page.wait(lambda: "Kestrane by place" in page.texts("#panel a .grow"), "the view in the list")
    page.keyboard(Keys.ESCAPE)

    # The view, shared.
    go_to(page, "#bar [data-menu='share']")
    page.keyboard(Keys.ENTER)
    opened(page)
    go_to(page, "#panel a[href^='/shares/new']")
    page.keyboard(Keys.ENTER)
    page.wait(lambda: page.path == "/shares/new", "the form")
    go_to(page, "main form.sharing button")
    page.keyboard(Keys.ENTER)
    page.wait(lambda: bool(page.all("input.link")), "the link")

    # A target, once it is a number.
    page.driver.get(f"{page.url}/targets?data=demo")
    go_to(page, "main [name=value]")
    page.keyboard("a lot", Keys.ENTER)
    page.wait(lambda: bool(page.all("main .fault[role=alert]")), "why it is refused")
    assert [message for message in console_errors(page.driver) if "400 (BAD REQUEST)" not in message] == []
    go_to(page, "main [name=value][aria-describedby='fault']")
    page.keyboard("400000")
    go_to(page, "main form button.apply")
    page.keyboard(Keys.ENTER)
    page.wait(lambda: "$400" in page.one("main").text, "the target")
    assert console_errors(page.driver) == []


@pytest.mark.long
@pytest.mark.parametrize("path", STANDING)
def test_pages_of_a_company(page: Page, path: str) -> None:
    """Axe finds nothing in either theme; on a phone nothing is scrolled sideways or too small for a finger."""
    page.driver.get(page.url + path)
    for _ in ("light", "dark"):
        assert violations(page.driver) == "", page.theme
        page.click("[data-theme-toggle]")
    for width in (390, 320):
        set_viewport(page.driver, width, 844)
        page.wait(lambda width=width: page.driver.execute_script("return innerWidth") == width, "the width")
        assert page.driver.execute_script(SIDEWAYS) <= 0
    assert page.driver.execute_script(SMALL, FINGER) == []
