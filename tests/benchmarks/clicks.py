"""Where the processor time of a click goes: the page's main thread (scripts, styles, layout) and the server. The clock
of a busy machine says little of that.

    python -m tests.benchmarks.clicks [--lines 186000] [--clicks 16]

Each click is on a bar of `top_places` under a range that nobody asked for before, until "What needs action" is
complete, as browsing.py has it. To compare two states of the code, run it in two working trees in turn."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.browsing import browser, clicked, opened
from tests.benchmarks.page_workload import filled
from tests.benchmarks.results import Result, found, table
from tests.benchmarks.serving import OVERVIEW, workers_of
from tests.processes import AppServer

BARS = 8  # of the chart that is clicked
PARTS = {"main thread": "Task", "scripts": "Script", "styles": "RecalcStyle", "layout": "Layout"}


def measure(lines: int, clicks: int = 16) -> list[Result]:
    """Medians over the clicks: milliseconds of the clock, and of processor time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = AppServer(filled(folder, lines), folder, WEB_CONCURRENCY="2", STORESIGHT_LOAD="on")
        server.start()
        time.sleep(5)  # each worker warms up
        driver = browser(folder / "profile")
        try:
            driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
            rows = [row for first in range(0, clicks, BARS) for row in _clicks(server, driver, first, clicks)]
        finally:
            driver.quit()
            server.stop()
    size = f"{lines // 1000} k lines" if lines < 1_000_000 else f"{lines / 1e6:g} M lines"
    return [found(f"{size}: {what}", median(row[what] for row in rows), "ms") for what in rows[0]]


def _clicks(server: AppServer, driver: Any, first: int, clicks: int) -> list[dict[str, float]]:
    month = 1 + first // BARS % 9
    span = f"2022-0{month}-01..2024-0{month}-01"
    opened(driver, f"{server.url}{OVERVIEW}?data=bench&compare=previous&range={span}")
    time.sleep(2)  # Dash's scripts come after the charts
    rows = []
    for bar in range(min(BARS, clicks - first)):
        before = _worked(server, driver)
        charts, words = clicked(driver, bar)
        after = _worked(server, driver)
        spent = {what: after[what] - before[what] for what in after}
        rows.append({"until all charts are painted": charts, "until all texts are": words} | spent)
    return rows


def _worked(server: AppServer, driver: Any) -> dict[str, float]:
    """Milliseconds of processor time so far."""
    told = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    metrics = {metric["name"]: 1000 * metric["value"] for metric in told}
    page = {f"page, {what}": metrics[f"{name}Duration"] for what, name in PARTS.items()}
    return page | {"server": sum(map(_spent, workers_of(server)))}


def _spent(pid: int) -> float:
    """Of all threads of a process."""
    told = [(task / "schedstat").read_text().split()[0] for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(map(int, told)) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=186_000)
    parser.add_argument("--clicks", type=int, default=16)
    given = parser.parse_args()
    print(table(measure(given.lines, given.clicks)))


if __name__ == "__main__":
    main()
