"""Storesight in a browser, as tests speak of it: numbers shown, marks to click, and waiting for what a press does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    NoSuchElementException,
    StaleElementReferenceException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.processes import PATIENCE

REDRAWN = (StaleElementReferenceException, ElementClickInterceptedException, NoSuchElementException)
LEFT = "does not belong to the document"  # what Chromium's driver says of an element of a page that was just left

INTO_SIGHT = """
const [wanted] = arguments, { left, top, bottom, width, height } = wanted.getBoundingClientRect();
const seen = document.elementFromPoint(left + width / 2, top + height / 2);
const covered = seen && seen.closest("#controls, #nav") && !seen.contains(wanted) && !wanted.contains(seen);
if (covered || top < 0 || bottom > innerHeight) wanted.scrollIntoView({ block: "center", behavior: "instant" });
"""
STATES = """
const slots = [...document.querySelectorAll('.tile-slot[data-near="1"]')];
return Object.fromEntries(slots.map(s => [s.dataset.chart, (s.dataset.state || '').replace(/^waiting.*/, '')]));
"""
NUMBERS = """
const shown = {};
document.querySelectorAll('[data-metric]').forEach(k => { shown[k.dataset.metric] = k.dataset.value; });
document.querySelectorAll('.tile-slot.kind-figure[data-near="1"]').forEach(s => {
  shown[s.dataset.chart] = s.querySelector('.visually-hidden').textContent;
});
return shown;
"""
TEXTS = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())"
# How far what was painted moved by itself since the page was opened, as Chromium measures it.
MOVED = """
const done = arguments[0];
new PerformanceObserver(list => done(list.getEntries().reduce((sum, e) => sum + (e.hadRecentInput ? 0 : e.value), 0)))
  .observe({type: 'layout-shift', buffered: true});
setTimeout(() => done(0), 300);
"""
# The middle of the bar with this key, brought into view; null until it is drawn.
BAR = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
const trace = plot && plot.dataset.bound && (plot.data || []).find(t => t.type === 'bar');
const points = plot ? [...plot.querySelectorAll('.barlayer .point')] : [];
const at = trace ? (trace.customdata || []).findIndex(c => c && c[0] === arguments[1]) : -1;
if (at < 0 || points.length !== trace.customdata.length) return null;
points[at].scrollIntoView({block: 'center', behavior: 'instant'});
const box = points[at].querySelector('path').getBoundingClientRect();
return box.width > 2 && box.height > 2 ? [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)] : null;
"""
# Left edge, middle height and width of a chart's plotting area, brought into view; null until clicks are heard.
AREA = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
const area = plot && plot.dataset.bound && plot.querySelector('.nsewdrag');
if (!area) return null;
area.scrollIntoView({block: 'center', behavior: 'instant'});
const box = area.getBoundingClientRect();
return [Math.round(box.x), Math.round(box.y + box.height / 2), Math.round(box.width)];
"""
KEYS = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
const trace = plot && (plot.data || []).find(t => t.type === 'bar');
return trace ? trace.customdata.filter(c => c).map(c => c[0]) : [];
"""


class Page:
    """One browser on the application. `url` is the server's address."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver, self.url = driver, url
        driver.implicitly_wait(0)  # dash.testing waits two seconds for whatever is not there; here waits are explicit

    # --- going
    def open(self, path: str = "/overview?data=demo&range=all") -> Page:
        """Load an address anew and wait for all its cards."""
        self.driver.get(self.url + path)
        return self.arrive()

    def arrive(self) -> Page:
        """Wait for every card of a page that was just loaded."""
        self.wait(lambda: bool(self.states()) and all(self.states().values()), "an answer in every card")
        return self

    def reload(self) -> Page:
        self.driver.refresh()
        return self.arrive()

    @contextmanager
    def answers(self) -> Iterator[None]:
        """What is done inside leads to a new answer in every card that stays."""
        before = self.states()
        yield
        self.wait(lambda: self._renewed(before), "a new answer in every card")

    def _renewed(self, before: dict[str, str]) -> bool:
        now = self.states()
        return bool(now) and all(now.values()) and all(state != before.get(chart) for chart, state in now.items())

    def back(self) -> None:
        with self.answers():
            self.driver.back()

    def forward(self) -> None:
        with self.answers():
            self.driver.forward()

    # --- seeing
    def states(self) -> dict[str, str]:
        """State of each card in sight or nearly so by chart; another text with each answer, none while it waits."""
        return dict(self.driver.execute_script(STATES))

    def words(self) -> set[str]:
        """The states that cards are in: ok, empty, absent, failed."""
        return {state.split()[0] for state in self.states().values()}

    def numbers(self) -> dict[str, str]:
        """What the page says: each KPI's value, each picture's text alternative with its range and extremes."""
        return dict(self.driver.execute_script(NUMBERS))

    def chips(self) -> list[str]:
        return [text.removesuffix("×").strip() for text in self.texts(".chip")]

    def texts(self, css: str) -> list[str]:
        return list(self.driver.execute_script(TEXTS, css))

    @property
    def query(self) -> list[tuple[str, str]]:
        """What the address asks for, the data set aside."""
        pairs = parse_qsl(urlsplit(self.driver.current_url).query, keep_blank_values=True)
        return [(name, value) for name, value in pairs if name != "data"]

    @property
    def path(self) -> str:
        return urlsplit(self.driver.current_url).path

    @property
    def theme(self) -> str:
        return str(self.driver.execute_script("return document.documentElement.dataset.bsTheme"))

    def keys(self, chart: str) -> list[str]:
        """Keys of a chart's bars, from the first."""
        self.wait(lambda: bool(self.driver.execute_script(KEYS, chart)), f"bars of {chart}")
        return list(self.driver.execute_script(KEYS, chart))

    def all(self, css: str) -> list[WebElement]:
        return list(self.driver.find_elements(By.CSS_SELECTOR, css))

    def one(self, css: str, text: str = "") -> WebElement:
        """The first visible element, whose text begins so, waited for."""

        def found() -> WebElement | None:
            shown = (e for e in self.all(css) if e.is_displayed())
            return next((e for e in shown if e.text.strip().startswith(text)), None)

        element: WebElement = self.waited(found, f"{css} {text}".strip())
        return element

    # --- doing
    def click(self, css: str, text: str = "") -> None:
        """Click it, in the middle of the window if it is out of sight; again where it was redrawn in between."""

        def pressed() -> bool:
            element = self.one(css, text)
            self.driver.execute_script(INTO_SIGHT, element)
            element.click()
            return True

        self.wait(pressed, f"a press of {css} {text}".strip())

    def keyboard(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def click_bar(self, chart: str, key: str, *, shift: bool = False) -> None:
        """A click in the middle of a bar, as a hand does it: move there, rest, press. A hand follows a bar that moves
        meanwhile, since cards above it grow."""
        at = None
        while at is None or at != self.driver.execute_script(BAR, chart, key):
            at = self.waited(lambda: self.driver.execute_script(BAR, chart, key), f"the bar {key!r} of {chart}")
            move = ActionChains(self.driver, duration=50)
            _point(move, *at)
            move.pause(0.15).perform()
        actions = ActionChains(self.driver, duration=50)
        if shift:
            actions.key_down(Keys.SHIFT)
        actions.click()
        if shift:
            actions.key_up(Keys.SHIFT)
        actions.perform()

    def click_at(self, x: int, y: int) -> None:
        """A click at a place of the window: move there, rest, press."""
        actions = ActionChains(self.driver, duration=50)
        _point(actions, x, y)
        actions.pause(0.15).click().perform()

    def hover_at(self, x: int, y: int) -> None:
        """Move the pointer to a place of the window."""
        actions = ActionChains(self.driver, duration=50)
        _point(actions, x - 3, y)
        _point(actions, x, y)
        actions.perform()

    def drag_over(self, chart: str, start: float, end: float) -> None:
        """Press at this share of the chart's width, draw the pointer along, and let go at that one."""
        left, y, width = self.waited(lambda: self.driver.execute_script(AREA, chart), f"the plot of {chart}")
        actions = ActionChains(self.driver, duration=50)
        _point(actions, left + int(start * width), y)
        actions.pause(0.1).click_and_hold().pause(0.1)
        for step in range(1, 5):
            _point(actions, left + int((start + (end - start) * step / 4) * width), y + step)
            actions.pause(0.05)
        actions.release().perform()

    def menu(self, name: str) -> None:
        """Open a menu and wait for its content."""
        self.click(f"[data-menu='{name}']")
        self.wait(lambda: bool(self.all("#panel:popover-open:not(.waiting)")), f"the menu {name}")

    # --- waiting
    def wait(self, ready: Callable[[], bool], what: str) -> None:
        self.waited(ready, what)

    def waited(self, get: Callable[[], Any], what: str) -> Any:
        """What `get` gives once it gives something; elements that were drawn again meanwhile are looked up again.

        What takes long is looked for less often, since each look keeps the browser from it."""
        began = time.monotonic()
        while True:
            try:
                if found := get():
                    return found
            except REDRAWN:
                pass
            except WebDriverException as error:
                if LEFT not in str(error):
                    raise
            waited = time.monotonic() - began
            if waited > PATIENCE:
                raise TimeoutException(f"waited {PATIENCE:g} s for {what}")
            time.sleep(min(max(0.05, waited / 10), 0.25))


def _point(actions: ActionChains, x: int, y: int) -> None:
    """Move the pointer to a place of the window: offsets from SVG elements are counted from various corners."""
    actions.w3c_actions.pointer_action.move_to_location(x, y)
    actions.w3c_actions.key_action.pause()
