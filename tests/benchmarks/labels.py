"""Texts of every card, measured in Chromium: what meets, is cut or cannot be read, on every tab of every data set.

    python -m tests.benchmarks.labels --store STORE [--sets demo,cdnow] [--view range=all] [--pages trends,basket]
        [--widths 1440,1024,390] [--pictures FOLDER] [--language de]

Prints each fault (tests/browser/chart_texts.py) with where it was met, and how many there are of each kind.
`--pictures` keeps a picture of each tab, width and theme. A tab is opened once; then its window changes its width and
its theme."""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from dashboard.pages import PAGES
from dashboard.screens import Screen
from tests.browser.chart_texts import findings, hover_findings, photographed
from tests.browser.chart_texts import settled as has_settled
from tests.browser.conftest import ARGUMENTS
from tests.browser.watch import set_viewport
from tests.processes import AppServer, chromium, wait_until

TALL = {1440: 5200, 1024: 7600, 390: 15000}  # pixels: every card is in sight
OTHER = "document.getElementById('theme-button').click()"
HEIGHT = """
const ends = [...document.querySelectorAll('.tile-slot, .absent')].map(each => each.getBoundingClientRect().bottom);
return Math.ceil(Math.max(200, ...ends)) + 12;
"""


def browser(profile: Path) -> Any:
    options = Options()
    options.binary_location = chromium()
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_script_timeout(120)
    return driver


def settled(driver: Any, what: str) -> None:
    """Return when every card has what it shows."""
    wait_until(lambda: has_settled(driver), what)
    time.sleep(0.3)  # what was drawn last is on the screen


def measured(
    driver: Any, address: str, widths: list[int], pictures: Path | None, reload: bool = False
) -> Iterator[tuple[int, str, str]]:
    """(width, theme, fault) of one tab."""
    set_viewport(driver, widths[0], TALL.get(widths[0], 9000))
    driver.get(address)
    settled(driver, address)
    for i, width in enumerate(widths):
        if i and reload:
            set_viewport(driver, width, TALL.get(width, 9000))
            driver.get(address)
            settled(driver, address)
        elif i:
            set_viewport(driver, width, TALL.get(width, 9000))
            time.sleep(0.5)  # figures follow the width of the window
            settled(driver, f"{address} at {width}")
        yield from ((width, "", fault) for fault in hover_findings(driver))
        for _ in range(2):
            theme = driver.execute_script("return document.documentElement.dataset.bsTheme")
            shot = photographed(driver)
            if pictures:
                (pictures / f"{width}-{theme}.png").write_bytes(cropped(shot, driver.execute_script(HEIGHT)))
            yield from ((width, theme, fault) for fault in findings(driver, shot))
            driver.execute_script(OTHER)
            time.sleep(0.5)


def cropped(picture: bytes, height: int) -> bytes:
    """The picture down to this height."""
    whole = Image.open(io.BytesIO(picture))
    out = io.BytesIO()
    whole.crop((0, 0, whole.width, min(height, whole.height))).save(out, "PNG")
    return out.getvalue()


def screens(wanted: str) -> list[Screen]:
    every = [s for page in PAGES for s in page.screens]
    return [s for s in every if not wanted or any(s.path.startswith(f"/{w}") for w in wanted.split(","))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--sets", default="demo")
    parser.add_argument("--view", default="")
    parser.add_argument("--pages", default="")
    parser.add_argument("--widths", default="1440,1024,390")
    parser.add_argument("--language", default="", help="what the browser asks for, such as de")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--reload", action="store_true", help="open a tab again for each width")
    parser.add_argument("--port", default="")
    given = parser.parse_args()
    widths = [int(w) for w in given.widths.split(",")]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = {"STORESIGHT_CACHE_DIR": str(given.store.with_name("labels-cache"))}
        server = AppServer(given.store, folder, **cache, **({"PORT": given.port} if given.port else {}))
        server.start()
        driver = browser(folder / "profile")
        try:
            if given.language:
                driver.execute_cdp_cmd("Network.enable", {})
                driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Accept-Language": given.language}})
            for data_set in given.sets.split(","):
                for screen in screens(given.pages):
                    pictures = given.pictures and given.pictures / data_set / screen.name
                    if pictures:
                        pictures.mkdir(parents=True, exist_ok=True)
                    address = f"{server.url}{screen.path}?data={data_set}&{given.view}"
                    for width, theme, fault in measured(driver, address, widths, pictures, given.reload):
                        rows.append([data_set, screen.name, width, theme, fault])
                        print(*rows[-1], flush=True)
        finally:
            driver.quit()
            server.stop()
    kinds = Counter(row[4].split(":")[0].split(" ")[1] for row in rows)
    print("\n".join(f"{kind}: {count}" for kind, count in kinds.most_common()) or "no fault")
    if given.json:
        given.json.write_text(json.dumps(rows, ensure_ascii=False, indent=0))


if __name__ == "__main__":
    main()
