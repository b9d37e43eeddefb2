"""Values side by side, and what stays where it is meanwhile: as a manager clicks, in one page."""

from __future__ import annotations

import csv
import io
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest
from openpyxl import load_workbook

from tests.browser.pages import AREA, BAR, Page

START = "/overview?data=demo&range=last_12m"
TOP = "return document.querySelector(`[data-chart='${arguments[0]}']`).getBoundingClientRect().top"
ROW = "return document.querySelector('.chips').getBoundingClientRect().height"
HOVER = """
const shown = [...document.querySelectorAll('.hoverlayer .hovertext')];
return shown.map(e => [...e.querySelectorAll('.nums, .name')].map(t => t.textContent).join(''));
"""
AXIS = (
    "return [...document.querySelectorAll('.hoverlayer .axistext')].every(e => getComputedStyle(e).display === 'none')"
)
CSV = """
const link = document.querySelector('.lines-files [href*="lines.csv"]');
link.addEventListener('click', event => event.preventDefault(), {once: true});
link.click();
return link.href;
"""
SIDES = "return [...document.querySelectorAll('.kpi .side-line')].map(e => e.dataset.metric)"

# Pixels of the place of the key figures below what they show.
EMPTY = """
const bottom = e => e.getBoundingClientRect().bottom, slot = document.querySelector('[data-chart=kpis]');
const shown = [...slot.querySelectorAll('.kpi, .more-figures, .tile-notes:not(:empty)')];
return bottom(slot) - Math.max(...shown.map(bottom));
"""


@pytest.fixture
def shop(page: Page) -> Page:
    return page.open(START)


@pytest.mark.long
def test_two_places_are_compared_in_three_clicks_and_their_lines_taken_away_in_two(shop: Page) -> None:
    first, second = shop.keys("top_places")[:2]
    shop.click_bar("top_places", first)
    shop.wait(lambda: shop.query[-1:] == [("place", first)], "the filter")
    shop.click_bar("top_places", second, shift=True)
    shop.wait(lambda: bool(shop.all(".to-compare")), "the button")
    with shop.answers():
        shop.click(".to-compare")
    assert ("versus", "place") in shop.query
    (chip,) = shop.chips()
    assert " vs " in chip
    assert {f"revenue {first}", f"revenue {second}"} <= set(shop.driver.execute_script(SIDES))
    assert len(shop.texts("[data-chart='revenue_over_time'] .textpoint")) == 2, "each line has its name"
    assert shop.driver.execute_script(EMPTY) < 8, "the cards fill the room that they had before"

    shop.click(".chip-tools .text-button", "Order lines")
    excel = shop.one(".lines-files a", "Excel").get_attribute("href")
    with urlopen(excel) as answer:
        sheet = load_workbook(io.BytesIO(answer.read()), read_only=True)["Order lines"]
    assert next(sheet.iter_rows(values_only=True))[0] == "Order"
    shop.wait(lambda: bool(shop.all("#lines-grid .ag-center-cols-container .ag-cell")), "the lines")
    shop.click("#lines-grid .ag-header-cell[col-id='amount']")
    shop.wait(lambda: bool(shop.all("#lines-grid [col-id='amount'][aria-sort='ascending']")), "the order")
    with urlopen(shop.driver.execute_script(CSV)) as answer:
        amounts = [float(line["amount"]) for line in csv.DictReader(io.StringIO(answer.read().decode()))]
    assert amounts == sorted(amounts), "the file has the order of the table"
    shop.click("#dialog .columns summary")
    shop.click("#dialog .columns .tick", "Amount")
    shop.wait(lambda: "columns=" in shop.driver.execute_script(CSV), "files of the columns that are shown")
    assert "amount" not in dict(parse_qsl(urlsplit(shop.driver.execute_script(CSV)).query))["columns"].split(",")
    assert not shop.all("#lines-grid .ag-header-cell[col-id='amount']")
    shop.click(".dialog-x")
    with shop.answers():
        shop.click(".chip-tools .text-button", "Show together")
    assert len(shop.chips()) == 2

    # By the menu: open it, tick one, compare with the other; no value moves meanwhile.
    with shop.answers():
        shop.click(".chip-tools .text-button", "Clear all")
    shop.menu("filter:city")
    boston, dallas = (shop.one("#panel .tick", name).rect["y"] for name in ("Boston", "Dallas"))
    with shop.answers():
        shop.click("#panel .tick", "Boston")
    shop.wait(lambda: bool(shop.all("[aria-label='Compare with Dallas']")), "the way to compare")
    assert [shop.one("#panel .tick", name).rect["y"] for name in ("Boston", "Dallas")] == [boston, dallas]
    with shop.answers():
        shop.click("[aria-label='Compare with Dallas']", "Compare")
    assert shop.chips() == ["Boston vs Dallas"]


def test_nothing_moves_under_the_pointer_and_a_hover_leaves_the_axis_alone(shop: Page) -> None:
    """The same spot clicked twice returns to the start."""
    place = shop.keys("top_places")[1]
    spot = shop.waited(lambda: shop.driver.execute_script(BAR, "top_places", place), "the bar")
    top, row = shop.driver.execute_script(TOP, "top_places"), shop.driver.execute_script(ROW)
    with shop.answers():
        shop.click_at(*spot)
    assert ("place", place) in shop.query
    assert shop.driver.execute_script(TOP, "top_places") == pytest.approx(top, abs=1)
    assert shop.driver.execute_script(ROW) == row, "the place of the chips was reserved"
    with shop.answers():
        shop.click_at(*spot)
    assert shop.query == [("range", "last_12m")]

    left, middle, width = shop.waited(lambda: shop.driver.execute_script(AREA, "revenue_over_time"), "the plot")
    shop.hover_at(left + width // 2, middle)
    shop.wait(lambda: any("%" in text for text in shop.driver.execute_script(HOVER)), "the change in the hover")
    told = next(text for text in shop.driver.execute_script(HOVER) if "%" in text)
    assert "Revenue $" in told
    assert shop.driver.execute_script(AXIS), "no label of another format over the axis"
