"""No text of a card meets another, is cut or cannot be read: at three widths, in both themes, on demo and real data."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from analytics import store as stores
from analytics.errors import StoresightError
from analytics.loading import catalog, dataset
from dashboard.pages import BY_PATH
from tests.browser.chart_texts import findings, hover_findings, photographed, settled
from tests.browser.pages import Page
from tests.browser.watch import set_viewport
from tests.conftest import DATA
from tests.processes import AppServer

HEIGHTS = {1440: 4000, 1024: 6000, 390: 12000}  # pixels in which every card is in sight
DENSE = ("/customers/retention",)  # with most texts in least room
VIEW = "data=demo&range=2025-01-01..2026-01-01&compare=previous&grain=month"
HOURS = "data=demo&range=2025-03-03..2025-03-05&compare=previous&grain=hour"
WIDE = "return innerWidth"
OTHER_THEME = "document.getElementById('theme-button').click()"


# Texts along the bottom of a chart, from left to right.
ALONG = """
return [...document.querySelectorAll(`[data-chart="${arguments[0]}"] .xtick text`)]
  .map((text) => [text.getBoundingClientRect().x, text.textContent])
  .sort((a, b) => a[0] - b[0]).map(([, text]) => text);
"""
# Name, width in pixels and pattern of each bar of a ranking.
BARS = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
const names = plot.layout.yaxis.names, paths = [...plot.querySelectorAll('.barlayer .point path')];
return paths.map((path, i) => [names[i], path.getBoundingClientRect().width, getComputedStyle(path).fill]);
"""
# A hover over the first mark that has a change in percent.
HOVER = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
const curveNumber = plot.data.findIndex((trace) => trace.hovertext);
const pointNumber = plot.data[curveNumber].hovertext.findIndex((text) => text.includes('%'));
window.Plotly.Fx.hover(plot, [{ curveNumber, pointNumber }]);
"""
HOVERED = "return [...document.querySelectorAll('.hoverlayer .hovertext .nums')].map(e => e.textContent)"


def at_width(page: Page, width: int) -> None:
    set_viewport(page.driver, width, HEIGHTS[width])
    page.wait(lambda: page.driver.execute_script(WIDE) == width and settled(page.driver), f"figures {width} wide")


def faults(page: Page, path: str, view: str = VIEW) -> list[str]:
    """What is wrong with a tab at each width, with its hovers and its colours at the widest; and with its colours on a
    phone in the other theme."""
    set_viewport(page.driver, 1440, HEIGHTS[1440])
    page.driver.get(f"{page.url}{path}?{view}")
    page.wait(lambda: settled(page.driver), f"every card of {path}")
    found = [*hover_findings(page.driver), *findings(page.driver, photographed(page.driver))]
    for width in (1024, 390):
        at_width(page, width)
        found += [f"{width}: {fault}" for fault in findings(page.driver)]
    page.driver.execute_script(OTHER_THEME)
    at_width(page, 390)
    return found + findings(page.driver, photographed(page.driver))


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=[] if path in DENSE else [pytest.mark.long]) for path in BY_PATH]
)
def test_texts_keep_apart_and_can_be_read(page: Page, path: str) -> None:
    assert faults(page, path) == []


@pytest.fixture(scope="module")
def real(sources: Path, serve: Callable[..., AppServer], tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """The application on all real data sets whose sources are there."""
    root = tmp_path_factory.mktemp("real")
    for toml in sorted(DATA.glob("*.toml")):
        with suppress(StoresightError):
            if toml.stem != "demo":
                stores.write(root / "store", dataset.read(catalog.load(toml), sources))
    return serve(root / "store", STORESIGHT_CACHE_DIR=str(root / "answers"))


@pytest.mark.long
@pytest.mark.parametrize("data", sorted(toml.stem for toml in DATA.glob("*.toml") if toml.stem != "demo"))
def test_texts_of_real_data_keep_apart_and_can_be_read(page: Page, real: AppServer, data: str) -> None:
    page.url = real.url
    status, _body = real.get(f"/data/kpis.csv?data={data}")
    if status != 200:
        pytest.skip(f"the sources of {data} are absent")
    found = {path: faults(page, path, f"data={data}") for path in BY_PATH}
    assert {path: told for path, told in found.items() if told} == {}


def test_hours_are_read_at_a_glance_and_a_hover_over_one_names_both_days_and_the_change(page: Page) -> None:
    page.open(f"/overview?{HOURS}")
    hours = page.waited(lambda: page.driver.execute_script(ALONG, "revenue_over_time"), "the hours")
    assert len(hours) > 3
    assert all(re.match(r"\d\d:00", hour) for hour in hours), hours
    page.driver.execute_script(HOVER, "revenue_over_time")
    (told,) = page.waited(lambda: page.driver.execute_script(HOVERED), "a hover")
    assert re.match(r"[34] Mar 2025, \d\d:00Revenue \$", told), told
    assert re.search(r"[12] Mar 2025, \d\d:00 \$[\d,.]+ · [+−][\d,.]+%", told), told
    assert hover_findings(page.driver) == []


def test_the_rest_of_a_ranking_has_a_bar_and_names_that_were_cut_a_tooltip(page: Page) -> None:
    page.open("/overview?data=demo&range=last_12m")
    bars = page.waited(lambda: page.driver.execute_script(BARS, "top_products"), "the bars")
    name, width, fill = bars[-1]
    assert name.startswith("Other (")
    assert width > bars[0][1]
    assert fill.startswith("url("), "hatched"
    assert not any(each.startswith("url(") for _, _, each in bars[:-1])
    at_width(page, 390)
    cut = page.driver.execute_script(
        "return [...document.querySelectorAll('.ytick text title')].map(e => e.textContent)"
    )
    assert all(len(whole) > 8 and not whole.endswith("…") for whole in cut)
