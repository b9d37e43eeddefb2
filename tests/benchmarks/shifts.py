"""How far things move while a page fills, and after a click: the browser's layout shift of every page and tab.

    python -m tests.benchmarks.shifts --store STORE [--sets bytronix,demo] [--pages trends,basket] [--widths 1440,390]

Each tab is opened three times: by a browser that remembers nothing of it, with a server that has not answered it yet;
again, when both do; and by such a browser once more, while the server's answers take long. Where a bar can be clicked,
it is, and all that moves within the next seconds counts, wanted or not. Rows of cards that leave an area empty are
found too. A line for each visit; with `--all` also for those within the target."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.browsing import DONE, browser, evaluated
from tests.benchmarks.labels import screens
from tests.benchmarks.results import Result, found, table
from tests.processes import AppServer

HEIGHTS = {1440: 900, 1024: 768, 768: 1024, 390: 844}
MOST = 0.02
MOST_EMPTY = 40  # pixels
SECONDS = 3  # in which what follows from a click has come
SLOW = 20
BARE = """
document.readyState === "complete" && performance.now() > 2000 && !document.querySelector(".tile-slot:not([hidden])")
"""
ONE_BY_ONE = "from dashboard.page import handler; handler.AT_ONCE = -1"
WATCH = """
window.shifts = [];
new PerformanceObserver(function (list) {
  list.getEntries().forEach(function (e) {
    window.shifts.push([e.value, e.startTime, e.sources.map(function (s) {
      var n = s.node && (s.node.nodeType === 1 ? s.node : s.node.parentElement), card = n && n.closest("[data-chart]");
      var by = Math.round(s.currentRect.top - s.previousRect.top);
      return (card ? card.dataset.chart + " " : "") + (n ? n.tagName + "." + n.className : "?") + " " + by;
    })]);
  });
}).observe({ type: "layout-shift", buffered: true });
"""
BAR = """
(function () {
  var bar = document.querySelector(".tile-slot[data-chart] .bars .point path");
  if (!bar) { return null; }
  bar.scrollIntoView({ block: "center", behavior: "instant" });
  var box = bar.getBoundingClientRect();
  return [box.left + Math.min(6, box.width / 2), box.top + box.height / 2];
})()
"""
# Of each row of cards near the window: the smallest empty area under what a card shows, in pixels; a figure fills its
# card, as a grid does.
EMPTY = """
JSON.stringify([].map.call(document.querySelectorAll(".card-row"), function (row) {
  var cards = [].filter.call(row.querySelectorAll('.tile-slot[data-near="1"]'), c => c.offsetHeight);
  var gaps = cards.map(function (card) {
    var body = card.querySelector(".tile-body, .bare-body"), state = card.dataset.state || "";
    var full = card.dataset.kind === "figure" || (card.dataset.kind === "grid" && innerWidth >= 768);
    if (!body || full || state.indexOf("ok") !== 0) { return 0; }
    var walk = document.createTreeWalker(body, NodeFilter.SHOW_TEXT), last = 0, range = document.createRange();
    while (walk.nextNode()) {
      range.selectNodeContents(walk.currentNode);
      last = Math.max(last, range.getBoundingClientRect().bottom);
    }
    var box = body.getBoundingClientRect();
    return Math.round(box.bottom - Math.max(last, box.top));
  });
  return [cards.map(function (c) { return c.dataset.chart; }).join("+"), cards.length ? Math.min.apply(null, gaps) : 0];
}))
"""


def moved(driver: Any) -> tuple[float, list[str]]:
    """The sum of all shifts since it was last asked, and what moved most."""
    shifts = json.loads(evaluated(driver, "JSON.stringify(window.shifts.splice(0))"))
    largest = max(shifts, default=[0, 0, []])
    return sum(shift[0] for shift in shifts), largest[2]


def clicked(driver: Any) -> bool:
    """Click the first bar in sight; false where there is none."""
    where = evaluated(driver, BAR)
    if where is None:
        return False
    time.sleep(0.5)
    moved(driver)  # scrolling is no shift, but what came into sight with it may be
    at = {"x": where[0], "y": where[1], "button": "left", "clickCount": 1}
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, **at})
    time.sleep(SECONDS)
    return True


def filled(driver: Any, address: str) -> None:
    """Open it, and wait until its cards are there; a tab without cards in this data set is never filled."""
    driver.execute_cdp_cmd("Page.navigate", {"url": address})
    end = time.monotonic() + SLOW
    while evaluated(driver, DONE) is None and not evaluated(driver, BARE):
        if time.monotonic() > end:
            print(f"{address} is still being filled", flush=True)
            return
        time.sleep(0.05)
    if not evaluated(driver, "document.querySelectorAll('[data-page]').length"):
        raise LookupError(f"{address} shows no page")


def visits(driver: Any, url: str, address: str) -> Iterator[tuple[str, float, list[str], float]]:
    """What was measured, the value, what moved, and the target."""
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage"})
    for visit in ("first visit", "next visit"):
        filled(driver, address)
        yield (visit, *moved(driver), MOST)
        for cards, pixels in json.loads(evaluated(driver, EMPTY)):
            yield f"{visit}, empty under {cards}", pixels, [], MOST_EMPTY
    if clicked(driver):
        yield ("after a click", *moved(driver), MOST)


def measure(
    store: Path, sets: list[str], pages: str, widths: list[int], *, every: bool, view: str, first: str
) -> list[Result]:
    """Every tab in all windows; a server for each, so that nothing is answered yet."""
    results: list[Result] = []
    for data, width in ((data, width) for data in sets for width in widths):
        with tempfile.TemporaryDirectory() as name:
            server = AppServer(store, Path(name), first=first, WEB_CONCURRENCY="1")
            server.start()
            driver = browser(Path(name) / "profile")
            try:
                size = {"width": width, "height": HEIGHTS[width], "deviceScaleFactor": 1, "mobile": width < 500}
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
                for screen in screens(pages):
                    for visit, value, what, most in visits(
                        driver, server.url, f"{server.url}{screen.path}?data={data}&{view}"
                    ):
                        if every or value > most:
                            told = f"{data} {screen.path} {width}, {visit}{': ' if what else ''}{'; '.join(what[:3])}"
                            results.append(found(told, value, "", at_most=most))
                            print(table(results[-1:]).splitlines()[-1], flush=True)
            finally:
                driver.quit()
                server.stop()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--sets", default="bytronix")
    parser.add_argument("--pages", default="")
    parser.add_argument("--widths", default="1440,390")
    parser.add_argument("--view", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--slow", action="store_true", help="each answer of the server brings one card only")
    given = parser.parse_args()
    widths = [int(width) for width in given.widths.split(",")]
    first = ONE_BY_ONE if given.slow else ""
    measure(given.store, given.sets.split(","), given.pages, widths, every=given.all, view=given.view, first=first)


if __name__ == "__main__":
    main()
