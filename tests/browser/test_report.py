"""The report's file in a real browser, opened from the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from dashboard.__main__ import main
from tests.browser.chart_texts import figure_findings
from tests.browser.watch import console_errors, network_requests, printed

MOST_PAGES = 12
TITLES = "return Array.from(document.querySelectorAll('.sheet:not(.summary) > h2'), (e) => e.textContent)"


@pytest.mark.long
def test_every_picture_is_drawn_from_the_file_alone(
    store: Path, tmp_path: Path, open_browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORESIGHT_STORE", str(store))
    monkeypatch.setenv("STORESIGHT_CACHE_DIR", str(tmp_path))
    file = tmp_path / "report.html"
    assert main(["report", "demo", "--out", str(file)]) == 0
    driver = open_browser.driver
    driver.get("about:blank")
    console_errors(driver)
    network_requests(driver)

    driver.get(file.as_uri())
    drawn = WebDriverWait(driver, 90).until(lambda d: d.execute_script("return document.documentElement.dataset.drawn"))
    pictures = driver.execute_script("return document.querySelectorAll('.figure > .plot-container').length")
    wanted = driver.execute_script("return document.querySelectorAll('.figure-data').length")
    assert int(drawn) == pictures == wanted > 15
    land = driver.execute_script("return document.querySelectorAll('#geography-revenue_map .choroplethlayer path')")
    assert len(land) > 40, "the outlines are in the file"
    assert driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert figure_findings(driver) == []
    cells = driver.execute_script("return document.querySelectorAll('.heatmap-label text').length")
    assert cells > 100, "numbers in the cells of heat maps"
    assert console_errors(driver) == []
    assert network_requests(driver) == [file.as_uri()]

    titles = driver.execute_script(TITLES)
    pages = printed(driver)
    assert 5 < len(pages) <= MOST_PAGES
    assert len(pages) == len(titles) + 1, "the summary, then a page for each sheet"
    for title, page in zip(titles, pages[1:], strict=True):
        assert "Quillmere · December 2025 · compared with November 2025" in page, "the head of the page"
        assert title in page
        assert "Skip to content" not in page
    driver.get("about:blank")
