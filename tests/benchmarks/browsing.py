"""What a person waits for in Chromium: the Overview from nothing, again, and from a click to every chart repainted.

    python -m tests.benchmarks.browsing [--lines 186000]

A chart in the window is painted when plotly says so (plotly_afterplot), a card when it has its answer; the clock begins
with the navigation or the release of the mouse, and stops with the last of them. The words about them ("What changed")
come afterwards and are told apart. Clicks are real mouse events on bars of `top_places`, each a selection that nobody
asked for before: the pointer rests there for REST seconds, or presses as soon as it is there.

The browser is driven as nobody's is while it is timed: ChromeDriver turns the protocol's Runtime domain on, with which
V8 works out the source position of every error thrown, caught or not, by parsing the script again: 0.5 s of a first
load for the feature tests within plotly.js. So that domain is off."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.benchmarks.page_workload import filled
from tests.benchmarks.results import Result, found, table
from tests.benchmarks.serving import OVERVIEW
from tests.browser.conftest import ARGUMENTS
from tests.processes import AppServer, chromium

WATCH = """
(function () {
  var w = window.storesightClock = { painted: 0, pressed: 0, charts: 0, words: 0 };
  document.addEventListener("pointerup", function () { w.pressed = performance.now(); w.charts = w.words = 0; }, true);
  function inWindow(element) {
    var box = element.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  }
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (!inWindow(change.target)) { return; }
      w[change.target.dataset.role === "insights" ? "words" : "charts"] = performance.now();
    });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
  function look() {
    var slots = [].slice.call(document.querySelectorAll('.tile-slot[data-near="1"]')).filter(inWindow);
    document.querySelectorAll(".js-plotly-plot").forEach(function (gd) {
      if (gd.on && !gd.storesightClocked) {
        gd.storesightClocked = true;
        var painted = function () { if (inWindow(gd)) { w.painted = performance.now(); } };
        painted();
        gd.on("plotly_afterplot", painted);
      }
    });
    var waiting = slots.filter(function (s) { return s.dataset.loading === "1" || !s.dataset.state; });
    var charts = waiting.filter(function (s) { return s.dataset.role !== "insights"; });
    if (!slots.length || charts.length) { w.charts = performance.now(); }
    if (!slots.length || waiting.length) { w.words = performance.now(); }
    w.busy = !slots.length || waiting.length > 0;
    requestAnimationFrame(look);
  }
  requestAnimationFrame(look);
})();
"""
DONE = """
(function () {
  var w = window.storesightClock, now = performance.now();
  if (!w || w.busy || !w.charts || now - Math.max(w.words, w.painted) < 400) { return null; }
  var charts = Math.max(w.charts, w.painted);
  return [charts - w.pressed, Math.max(charts, w.words) - w.pressed];
})()
"""
BYTES = """
performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
  .reduce(function (sum, e) { return sum + e.transferSize; }, 0)
"""
REST = 0.2  # seconds
AT_ONCE = 0.02  # plotly has found what is under the pointer
READABLE = "performance.getEntriesByName('first-contentful-paint').map(function (e) { return e.startTime; })[0]"
BAR = """
(function (n) {
  var bar = document.querySelectorAll('[data-chart="top_places"] .bars .point path')[n];
  if (!bar) { return null; }
  bar.scrollIntoView({ block: "center", behavior: "instant" });
  var box = bar.getBoundingClientRect();
  return [box.left + Math.min(6, box.width / 2), box.top + box.height / 2];
})(%d)
"""


def browser(profile: Path) -> Any:
    options = Options()
    options.binary_location = chromium()
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    driver.execute_cdp_cmd("Runtime.disable", {})
    return driver


def opened(driver: Any, address: str) -> tuple[float, float]:
    """Go there; milliseconds as `waited` gives them."""
    driver.execute_cdp_cmd("Page.navigate", {"url": address})
    return waited(driver)


def evaluated(driver: Any, expression: str) -> Any:
    """A JavaScript expression's value in the page (execute_script would need the Runtime domain)."""
    answer = driver.execute_cdp_cmd("Runtime.evaluate", {"expression": expression, "returnByValue": True})
    return answer["result"].get("value")


def waited(driver: Any, seconds: float = 60) -> tuple[float, float]:
    """Milliseconds from the click (or the navigation) to the last chart painted, and to the last word about them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        took = evaluated(driver, DONE)
        if took is not None:
            return float(took[0]), float(took[1])
        time.sleep(0.05)
    raise TimeoutError("the page was not painted")


def clicked(driver: Any, bar: int, rest: float = REST) -> tuple[float, float]:
    """A click on a bar of top_places, where the pointer rests for some seconds; milliseconds as `waited` gives them."""
    where = evaluated(driver, BAR % bar)
    if where is None:
        raise LookupError(f"top_places has no bar {bar}")
    time.sleep(0.3)  # scrolling has ended
    at = {"x": where[0], "y": where[1], "button": "left", "clickCount": 1}
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": at["x"], "y": at["y"]})
    time.sleep(rest)
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mousePressed", **at})
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseReleased", **at})
    return waited(driver)


def measure(lines: int, *, bars: int = 8, pages: int = 3) -> list[Result]:
    """First and later loads, and clicks: cold, and with the masks of each bar remembered under another range."""
    few = lines < 1_000_000
    size = f"{lines // 1000} k lines" if few else f"{lines / 1e6:g} M lines"
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = filled(folder, lines)
        server = AppServer(root, folder, WEB_CONCURRENCY="2", STORESIGHT_LOAD="on")  # each worker warms up
        server.start()
        time.sleep(5)
        try:
            first, again, readable, size_mb = [], [], [], 0.0
            address = f"{server.url}{OVERVIEW}?data=bench&compare=previous&range="
            for i in range(pages):
                driver = browser(folder / f"profile-{i}")
                try:
                    first.append(opened(driver, f"{address}2023-0{i + 1}-01..2024-0{i + 1}-01")[0])
                    readable.append(evaluated(driver, READABLE))
                    time.sleep(2)  # Dash's scripts come after the charts
                    size_mb = evaluated(driver, BYTES) / 1e6
                    again.append(opened(driver, f"{address}2023-0{i + 1}-02..2024-0{i + 1}-02")[0])
                finally:
                    driver.quit()
            target = {"at_most": 1.2} if few else {}
            results += [
                found(
                    f"{size}: first load to texts and key figures, median",
                    median(readable) / 1000,
                    "s",
                    **({"at_most": 0.4} if few else {}),
                ),
                found(f"{size}: first load to all charts painted, median", median(first) / 1000, "s", **target),
                found(f"{size}: first load", size_mb, "MB", **({"at_most": 1.5} if few else {})),
                found(
                    f"{size}: a later load, files cached, new range",
                    median(again) / 1000,
                    "s",
                    **({"at_most": 0.4} if few else {}),
                ),
            ]
            driver = browser(folder / "profile-clicks")
            try:
                kinds = (
                    ("cold", "2022-03-01..2024-03-01", REST),
                    ("warm masks", "2022-04-01..2024-04-01", REST),
                    ("pressed at once", "2022-05-01..2024-05-01", AT_ONCE),
                )
                for kind, span, rest in kinds:
                    opened(driver, address + span)
                    times, words = zip(*(clicked(driver, bar, rest) for bar in range(bars)), strict=True)
                    most = 100 if few else 150
                    results.append(found(f"{size}: click to all charts painted, {kind}, median", median(times), "ms", at_most=most))  # noqa: E501  # fmt: skip
                    results.append(found(f"{size}: click to all charts painted, {kind}, slowest", max(times), "ms"))
                    results.append(found(f"{size}: click to the last word about them, {kind}, median", median(words), "ms"))  # noqa: E501  # fmt: skip
            finally:
                driver.quit()
        finally:
            server.stop()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=186_000)
    given = parser.parse_args()
    print(table(measure(given.lines)))


if __name__ == "__main__":
    main()
