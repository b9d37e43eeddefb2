"""Each page walked as a manager would: filter, two charts, a drill, order lines, exports, and the link in another's
browser."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest
from openpyxl import load_workbook
from selenium.webdriver.common.keys import Keys

from tests.browser.pages import MOVED, Page
from tests.browser.watch import console_errors, network_requests, printed, set_viewport
from tests.processes import AppServer

START = "data=demo&range=last_12m&compare=year&grain=month"
# Prints as the menu does, but for the browser's own window; then says how wide and high each figure and its place are.
PRINT = """
const done = arguments[0];
window.print = () => done([...document.querySelectorAll('.tile-slot .graph:has(.main-svg)')].map((place) => {
  const {width, height} = place.querySelector('.main-svg').getBoundingClientRect();
  return [place.clientWidth, Math.round(width), place.clientHeight, Math.round(height)];
}));
document.dispatchEvent(new KeyboardEvent('keydown', {key: 'p', ctrlKey: true, bubbles: true, cancelable: true}));
"""
# A chart in the middle of the window; whether its answer is there.
NEAR = """
const card = document.querySelector(`.tile-slot[data-chart="${arguments[0]}"]`);
if (card) card.scrollIntoView({block: 'center', behavior: 'instant'});
return Boolean(card) && card.dataset.near === '1' && card.dataset.loading !== '1'
  && (card.dataset.state || '').startsWith('ok');
"""
# What a chart says: its text alternative, or its words.
SAYS = """
const card = document.querySelector(`.tile-slot[data-chart="${arguments[0]}"]`);
return (card.querySelector('p.visually-hidden') || card.querySelector('.tile-body')).textContent;
"""
# Key and number of each bar that can be clicked.
MARKS = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
const trace = plot.data.find(t => t.type === 'bar'), numbers = trace.orientation === 'h' ? trace.x : trace.y;
const keys = trace.customdata || numbers.map(() => ['']);
return Array.from(numbers).map((n, i) => [keys[i] && keys[i][0], n]).filter(pair => pair[0] !== null);
"""
# Number and revenue of order lines that the line below them says, and where they all are.
FOOT = """
const foot = document.querySelector('.lines-foot');
return [foot.dataset.count, foot.dataset.revenue, document.querySelector('.lines-files [href*="lines.csv"]').href];
"""
# A picture, as the browser reads it: size, ground, how much of it is see-through, how much in the colour of the card's
# text; and the card's ground and the picture's size on the page.
PICTURE = """
const [chart, file, done] = arguments, bytes = Uint8Array.from(atob(file), c => c.charCodeAt(0));
const card = document.querySelector(`.tile[data-chart="${chart}"]`), plot = card.querySelector('.js-plotly-plot');
const {backgroundColor, color} = getComputedStyle(card), ink = color.match(/\\d+/g).map(Number);
createImageBitmap(new Blob([bytes], {type: 'image/png'})).then(picture => {
  const {width, height} = picture, pen = new OffscreenCanvas(width, height).getContext('2d');
  pen.drawImage(picture, 0, 0);
  const shown = pen.getImageData(0, 0, width, height).data;
  let clear = 0, inked = 0;
  for (let i = 0; i < shown.length; i += 4) {
    clear += shown[i + 3] < 255;
    inked += ink.every((c, j) => Math.abs(shown[i + j] - c) < 24);
  }
  done({width, height, clear, inked, ground: `rgb(${shown.slice(0, 3).join(', ')})`, card: backgroundColor,
        seen: [plot.clientWidth, plot.clientHeight]});
}, error => done({error: String(error)}));
"""
# Part of a picture's width that its axes take; where cards begin.
WIDTH = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
return plot && plot._fullLayout && (plot.data || []).length ? plot._fullLayout._size.w / plot.clientWidth : null;
"""
TOPS = "return [...arguments].map(c => document.querySelector(`[data-chart='${c}']`).getBoundingClientRect().top);"
# Addresses in the open menu by what they say.
LINKS = """return Object.fromEntries(
  [...document.querySelectorAll('#panel a.menu-item')].map(a => [a.innerText.trim(), a.href]))"""
# The middle of a cell of a heat map, in the window.
CELL = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
if (!plot || !plot.dataset.bound || !(plot.data || []).some(t => t.type === 'heatmap')) return null;
const box = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout;
const x = xaxis._offset + xaxis.l2p(arguments[1]), y = yaxis._offset + yaxis.l2p(arguments[2]);
return [Math.round(box.x + x), Math.round(box.y + y)];
"""


@dataclass(frozen=True)
class Walk:
    """Where a walk leads: a filter of the bar, two charts that are clicked one after the other; the first one by a
    drill through its levels where it has some. `numbers`: the column that the first one draws. `tabs`: the tabs of the
    first and of the second chart, where they differ."""

    page: str
    filter: str
    first: str
    second: str
    levels: bool = False
    numbers: str = "revenue"
    tabs: tuple[str, str] | None = None


WALKS = (
    Walk("overview", "category", "top_places", "top_products", levels=True),
    Walk("trends/seasonality", "category", "orders_by_part_of_day", "orders_by_hour", numbers="orders"),
    Walk("products", "country", "revenue_by_product", "units_by_product", levels=True),
    Walk("geography", "category", "place_growth", "revenue_by_country", levels=True, numbers="gain"),
    Walk("customers", "category", "customer_ranking", "rfm_segments", tabs=("Summary", "Segments")),
)


@pytest.fixture
def page(page: Page, app_server: AppServer) -> Iterator[Page]:
    """At the end no other host was asked for anything."""
    yield page
    asked = network_requests(page.driver)
    assert [url for url in asked if not url.startswith(app_server.url + "/")] == []


def near(page: Page, chart: str) -> None:
    """Scroll to a chart and wait for its answer."""
    page.wait(lambda: bool(page.driver.execute_script(NEAR, chart)), f"{chart} in sight")


def says(page: Page, chart: str) -> str:
    near(page, chart)
    return str(page.driver.execute_script(SAYS, chart))


def tick(page: Page, field: str) -> str:
    """The first value of a filter of the bar."""
    page.menu(f"filter:{field}")
    before = page.driver.current_url
    page.click("#panel .tick")
    page.wait(lambda: page.driver.current_url != before, f"a filter on {field}")
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: not page.all("#panel:popover-open"), "the menu closed")
    return dict(page.query)[field]


def click(page: Page, chart: str, mark: int = 0) -> str:
    """A click on a bar, or on a name of a table; its key."""
    near(page, chart)
    before = page.driver.current_url
    if page.all(f"[data-chart='{chart}'] .row-name"):
        name = page.all(f"[data-chart='{chart}'] .row-name")[mark]
        key = name.text
        page.driver.execute_script("arguments[0].click()", name)
    else:
        key = page.keys(chart)[mark]
        page.click_bar(chart, key)
    page.wait(lambda: page.driver.current_url != before, f"an address with {key}")
    return key


def drill(page: Page, chart: str) -> str:
    """Up to the coarsest level, into its largest mark, down again, where less is left; the mark's key."""
    before = says(page, chart)
    page.click(f"[data-chart='{chart}'] .crumb")
    page.wait(lambda: says(page, chart) != before, "the coarsest level")
    coarse, key = says(page, chart), click(page, chart)
    page.click(f"[data-chart='{chart}'] .drill")
    page.wait(lambda: says(page, chart) != coarse, f"what lies inside {key}")
    return key


def read(address: str | None) -> bytes:
    assert address
    with urlopen(address) as answer:
        assert answer.status == 200
        return bytes(answer.read())


def exports_equal_the_chart(page: Page, chart: str, numbers: str) -> None:
    """CSV and Excel of a card hold the marks that it draws, first to last, with their numbers; of those that are chosen
    only, where some are: files hold what their filters say."""
    near(page, chart)
    every = page.driver.execute_script(MARKS, chart)
    chosen = {value for _, value in page.query}
    marks = [mark for mark in every if mark[0] in chosen] or every
    page.menu(f"card:{chart}")
    links = page.driver.execute_script(LINKS)
    head, *rows = csv.reader(io.StringIO(read(links["CSV"]).decode()))
    column = head.index(numbers)
    drawn = rows[: len(marks)]
    if numbers == "gain":  # the largest gains and losses are drawn, not those in between
        drawn = [r for r in rows if r[0] in {key for key, _ in marks}]
    assert [r[0] for r in drawn if marks[0][0]] == [key for key, _ in marks if key]
    assert [float(r[column]) for r in drawn] == pytest.approx([n for _, n in marks])
    _, *cells = load_workbook(io.BytesIO(read(links["Excel"]))).worksheets[1].iter_rows(values_only=True)
    assert [str(r[0]) for r in cells] == [r[0] for r in rows]
    assert [r[column] for r in cells] == pytest.approx([float(r[column]) for r in rows])
    page.keyboard(Keys.ESCAPE)


def lines_of_this_view(page: Page) -> bool:
    """Whether the lines are there, and not those that the dialog had before."""
    if not page.all("#lines-grid .ag-center-cols-container .ag-cell"):
        return False
    asked = [value for _, value in parse_qsl(urlsplit(page.driver.execute_script(FOOT)[2]).query)]
    return all(any(a == value or a.endswith(f":{value}") for a in asked) for _, value in page.query)


def lines_add_up(page: Page, chart: str) -> int:
    """The order lines behind a card: as many, and as much, as the line below them says. Their number."""
    near(page, chart)
    page.menu(f"card:{chart}")
    page.click("#panel .menu-item", "Order lines")
    page.wait(lambda: lines_of_this_view(page), "the first lines")
    said, total, address = page.driver.execute_script(FOOT)
    count, revenue = int(said), float(total)
    lines = list(csv.DictReader(io.StringIO(read(address).decode())))
    assert len(lines) == count > 0
    assert sum(float(line["amount"]) for line in lines) == pytest.approx(revenue)
    page.click(".dialog-x")
    page.wait(lambda: not page.all("#dialog[open]"), "the dialog closed")
    return count


def seen_by_another(page: Page, other: Any, chart: str) -> None:
    """The link shows the same in another person's browser."""
    shown, link = says(page, chart), urlsplit(page.driver.current_url)
    theirs = Page(other.driver, page.url)
    other.driver.get(f"{page.url}{link.path}?{link.query}")
    theirs.wait(lambda: bool(theirs.states()), "the page")
    assert says(theirs, chart) == shown
    assert theirs.chips() == page.chips()
    assert console_errors(other.driver) == []


@pytest.mark.long
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.page)
def test_a_page_is_walked(page: Page, second_browser: Any, walk: Walk) -> None:
    page.open(f"/{walk.page}?{START}")
    ticked = tick(page, walk.filter)
    before = "" if walk.tabs else says(page, walk.second)
    first = drill(page, walk.first) if walk.levels else click(page, walk.first)
    if walk.tabs:
        page.click(".page-tab", walk.tabs[1])
    page.wait(lambda: says(page, walk.second) != before, f"{walk.second} under {first}")
    click(page, walk.second)
    assert {ticked, first} <= {value for _, value in page.query}
    page.wait(lambda: len(page.chips()) == 3, "three chips")
    if walk.tabs:
        page.click(".page-tab", walk.tabs[0])
    lines_add_up(page, walk.first)
    exports_equal_the_chart(page, walk.first, walk.numbers)
    seen_by_another(page, second_browser, walk.first)


@pytest.mark.long
def test_months_are_drilled_on_trends(page: Page) -> None:
    page.open(f"/trends?{START}")
    whole = says(page, "revenue_over_time")
    month = click(page, "revenue_over_time", 3)
    page.wait(lambda: says(page, "revenue_over_time") != whole, month)
    assert dict(page.query)["range"].startswith(month)
    crumbs = page.texts("[data-chart='revenue_over_time'] .crumb")
    assert crumbs[:2] == ["All time", month[:4]]
    exports_equal_the_chart(page, "revenue_over_time", "revenue")
    page.click("[data-chart='revenue_over_time'] .crumb", month[:4])
    page.wait(lambda: dict(page.query)["range"] == f"{month[:4]}-01-01..{int(month[:4]) + 1}-01-01", "the year")


def picture_is_as_it_is_seen(page: Page, chart: str, folder: Path) -> None:
    """The card's PNG: twice as fine as on the screen, on the card's ground, and its words can be read."""
    near(page, chart)
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    page.menu(f"card:{chart}")
    page.click("#panel .menu-item", "PNG")
    file = folder / f"{chart}.png"
    page.wait(file.exists, "a picture")
    found = page.driver.execute_async_script(PICTURE, chart, b64encode(file.read_bytes()).decode())
    file.unlink()
    assert "error" not in found, found
    assert (found["width"], found["clear"]) == (2 * found["seen"][0], 0)
    noted = len(page.all(f"[data-chart='{chart}'] .note-mark"))
    assert found["height"] >= 2 * (found["seen"][1] + 36 + 15 * min(noted, 4)), "a title above, the notes below"
    assert found["ground"] == found["card"]
    assert found["inked"] > 500, found


def test_a_logarithmic_axis_takes_the_width_of_its_card(page: Page) -> None:
    page.open(f"/customers/segments?{START}")
    near(page, "spending_and_aov")
    assert page.waited(lambda: page.driver.execute_script(WIDTH, "spending_and_aov"), "the points") > 0.6


@pytest.mark.long
def test_half_cards_stand_in_pairs_on_a_tablet(page: Page) -> None:
    page.open(f"/basket?{START}")
    try:
        for width, abreast in ((1440, 2), (1100, 2), (1000, 1), (950, 2), (800, 1)):
            set_viewport(page.driver, width, 900)
            page.wait(lambda width=width: page.driver.execute_script("return innerWidth") == width, "the width")
            near(page, "basket_size")
            tops = page.driver.execute_script(TOPS, "basket_size", "basket_value_by_size")
            assert len(set(tops)) == 3 - abreast, width
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# How the names of a network are written: what is painted first, how wide their rim is, and whether it is as the card.
RIM = """
const name = document.querySelector('[data-chart="basket_network"] .textpoint text');
if (!name) return null;
const {paintOrder, stroke, strokeWidth} = getComputedStyle(name);
return [paintOrder.split(' ')[0], strokeWidth, stroke === getComputedStyle(name.closest('.tile')).backgroundColor];
"""


def test_names_of_a_network_stand_out_from_its_lines(page: Page) -> None:
    page.open(f"/basket?{START}")
    near(page, "basket_network")
    assert page.waited(lambda: page.driver.execute_script(RIM), "the names") == ["stroke", "3px", True]


@pytest.mark.long
def test_the_basket_is_walked(page: Page, second_browser: Any, tmp_path: Path) -> None:
    page.open(f"/basket?{START}")
    tick(page, "category")
    whole = says(page, "basket_size")
    lines = lines_add_up(page, "basket_size")
    near(page, "pair_heatmap")
    x, y = page.waited(lambda: page.driver.execute_script(CELL, "pair_heatmap", 1, 0), "the cells")
    page.click_at(x, y)
    page.wait(lambda: "product" in dict(page.query), "a filter on the row's product")
    page.wait(lambda: says(page, "basket_size") != whole, "fewer baskets")
    assert 0 < lines_add_up(page, "basket_size") < lines
    exports_equal_the_chart(page, "basket_size", "orders")
    for theme in ("dark", "light"):
        page.click("[data-theme-toggle]")
        page.wait(lambda theme=theme: page.theme == theme, theme)
        picture_is_as_it_is_seen(page, "basket_size", tmp_path)
    near(page, "basket_pairs")
    page.menu("option:basket_pairs.by")
    page.click("#panel .menu-item", "Category")
    page.wait(
        lambda: "Category" in page.texts("[data-chart='basket_pairs'] .ag-header-cell-text"), "pairs of categories"
    )
    seen_by_another(page, second_browser, "basket_size")


@pytest.mark.long
def test_a_page_prints_whole_with_its_view_on_each_sheet(page: Page) -> None:
    for path, words in (
        ("/geography", ["Geography", "Map"]),
        ("/products/stock", ["Products", "Stock", "How long stock lasts"]),
    ):
        page.open(f"{path}?data=demo&range=last_month&compare=previous&channel=Direct")
        sizes = page.driver.execute_async_script(PRINT)
        assert all(wide == drawn and high == as_drawn for wide, drawn, high, as_drawn in sizes), "nothing is cut"
        sheets = printed(page.driver)
        assert sheets
        for sheet in sheets:
            assert "Quillmere · December 2025 · compared with November 2025 · Channel: Direct" in sheet
            assert "Skip to content" not in sheet
        assert all(word in " ".join(sheets) for word in words)
    listed = page.driver.execute_script("return document.querySelectorAll('.ag-row').length")
    assert listed > 12, "all rows, not those alone that the window showed"


@pytest.mark.long
def test_nothing_moves_while_a_page_fills(page: Page) -> None:
    for path in ("products", "basket", "products/stock"):
        page.open(f"/{path}?{START}")  # whose answers are kept from here on

        def moved() -> float:
            return float(page.reload().driver.execute_async_script(MOVED))

        page.wait(lambda moved=moved: moved() < 0.02, f"a page {path} that stays where it is painted")


def test_options_leave_a_question_its_room(page: Page) -> None:
    set_viewport(page.driver, 1440, 900)
    page.open(f"/trends/why?{START}")
    wide = "return document.querySelector('[data-chart=breakdown] .tile-titles').offsetWidth"
    assert page.driver.execute_script(wide) > 190, "the options stand below it"


# How many pixels of a row, or of nothing, stand at the end of each table. Of notes with "Show all": the texts that
# reach under it.
HALF_ROWS = """
return [...document.querySelectorAll('.tile-slot .ag-body-viewport')].map((rows) => rows.clientHeight % 34);
"""
# Dash takes all grids away and shows them again, as it may when another one comes.
SHOWN_AGAIN = """
const { children } = window.dash_component_api.getLayout('grids').props;
window.dash_clientside.set_props('grids', { children: [] });
setTimeout(() => window.dash_clientside.set_props('grids', { children }), 1000);
"""
WITHOUT_GRIDS = "return !document.querySelector('.tile-slot .ag-body-viewport')"
NOTES = """
return [...document.querySelectorAll('.tile-notes:has(.more-notes)')].map((notes) => {
  const range = document.createRange(), frame = notes.getBoundingClientRect();
  range.selectNodeContents(notes.firstChild);
  const button = notes.querySelector('.more-notes').getBoundingClientRect();
  const seen = [...range.getClientRects()].filter((line) => line.top < frame.bottom - 1);
  const cut = seen.filter((line) => line.bottom > frame.bottom + 1 || line.right > button.left + 1);
  return {lines: seen.length, cut: cut.length};
});
"""


def test_tables_and_notes_end_with_whole_lines(page: Page) -> None:
    pages = ("products/stock", "products/pricing", "customers/at-risk")
    for width, path in (*((1440, path) for path in pages), (390, pages[-1])):
        set_viewport(page.driver, width, 1800)
        page.open(f"/{path}?{START}")
        if width > 767:
            page.wait(lambda: set(page.driver.execute_script(HALF_ROWS)) == {0}, f"whole rows of {path} at {width}")
            page.driver.execute_script(SHOWN_AGAIN)
            page.wait(lambda: page.driver.execute_script(WITHOUT_GRIDS), "no grid")
            page.wait(lambda: set(page.driver.execute_script(HALF_ROWS)) == {0}, f"whole rows of {path}, shown again")
        if path == pages[-1]:
            told = page.waited(lambda: page.driver.execute_script(NOTES), f"notes that are folded on {path}")
            assert all(each == {"lines": 2, "cut": 0} for each in told), told
