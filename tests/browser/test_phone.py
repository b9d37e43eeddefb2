"""A phone in one hand: what comes first, what covers the page, what fingers touch, what they do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.pages import BAR, MOVED, Page
from tests.browser.test_accessibility import violations
from tests.browser.watch import set_viewport

VIEW = "data=demo&range=last_12m&compare=year&channel=Direct"
FINGER = 44  # pixels
# Controls in sight that are smaller. Links inside a sentence may be as high as its line (WCAG 2.5.8); a tick has its
# label.
SMALL = """
const least = arguments[0] - 0.5, found = [];
for (const e of document.querySelectorAll('button, a[href], summary, select, input, textarea, [role=button]')) {
  const {visibility, clipPath, display} = getComputedStyle(e), own = e.textContent.trim();
  let box = e.getBoundingClientRect();
  if (box.width < 3 || visibility === 'hidden' || clipPath.includes('50%') || e.matches('.skip-link')) continue;
  if (display === 'inline' && e.parentElement.textContent.trim().length > own.length + 3) continue;
  if (e.matches('[type=checkbox], [type=radio]')) box = (e.closest('label') || e).getBoundingClientRect();
  if (box.width < least || box.height < least) found.push(`${box.width} × ${box.height} ${e.outerHTML.slice(0, 140)}`);
}
return found;
"""
# How far the document can be scrolled sideways.
SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOPS = "return [...arguments].map(css => document.querySelector(css).getBoundingClientRect().top + scrollY)"
# What stays where it is when the page is scrolled: its least and its greatest place in the window.
COVERED = """
window.scrollTo({top: 900, behavior: 'instant'});
const fixed = [...document.querySelectorAll('#bar, #nav, #controls')].map(e => e.getBoundingClientRect())
  .filter(box => box.bottom > 0 && box.top < innerHeight && box.height);
const line = document.querySelector('#controls'), top = Math.min(innerHeight, ...fixed.map(box => box.top));
return {boxes: fixed.length, top, height: line.offsetHeight, of: 1 - top / innerHeight, said: line.innerText};
"""
TURNED = "return document.querySelector('.page-tab[aria-current]').textContent"
# Whether a skeleton covers key figures before the client comes: those that came with the page, and those that did not.
COVERS = """
const slot = document.querySelector('[data-chart=kpis]'), {state} = slot.dataset;
const covers = () => getComputedStyle(slot, '::before').content !== 'none';
delete slot.dataset.state;
slot.dataset.known = '1';
const known = covers();
delete slot.dataset.known;
const found = [known, covers()];
slot.dataset.state = state;
return found;
"""
# Which cards wait to be seen until what needs action is known, which stands between them here.
WAIT = """
const needs = document.querySelector('[data-chart=needs_action]');
const isHidden = name => getComputedStyle(document.querySelector(`[data-chart=${name}]`)).visibility === 'hidden';
needs.dataset.awaited = '1';
const found = ['kpis', 'headline', 'revenue_over_time'].map(isHidden);
delete needs.dataset.awaited;
return found;
"""
SAID = "return document.querySelector('#announced').textContent"


@pytest.fixture
def phone(page: Page) -> Iterator[Page]:
    set_viewport(page.driver, 390, 844)
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    yield page
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


# Tables of cards that are scrolled sideways, and what stands over the first number of one.
SCROLLED = "return [...document.querySelectorAll('.tile .table-scroll')].map(e => e.scrollWidth - e.clientWidth)"
HEADING = "return getComputedStyle(document.querySelector('.compare td'), '::before').content"


def touch(page: Page, *places: tuple[int, int]) -> None:
    """A finger goes down at the first place, along the others, and up."""

    def send(kind: str, points: list[dict[str, int]]) -> None:
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for n, (x, y) in enumerate(places):
        send("touchMove" if n else "touchStart", [{"x": x, "y": y}])
    send("touchEnd", [])


def tap(page: Page, chart: str, key: str) -> None:
    touch(page, page.waited(lambda: page.driver.execute_script(BAR, chart, key), f"the bar {key!r}"))


def test_the_first_page_in_one_hand(phone: Page) -> None:
    phone.open(f"/overview?{VIEW}")
    assert phone.driver.execute_async_script(MOVED) < 0.02
    figures, headline, course = phone.driver.execute_script(
        TOPS, ".kpis.large", ".headline", "[data-chart=revenue_over_time]"
    )
    assert figures < headline < course
    assert phone.driver.execute_script(COVERS) == [False, True]
    assert phone.driver.execute_script(WAIT) == [False, False, True]
    assert len({round(kpi.rect["x"]) for kpi in phone.all(".kpis.large .kpi")}) == 2, "two by two"
    assert phone.driver.execute_script(SMALL, FINGER) == []
    assert phone.driver.execute_script(SIDEWAYS) <= 0
    covered = phone.driver.execute_script(COVERED)
    assert covered["top"] > 700, "what covers the page stands where the thumb is"
    assert covered["height"] <= 56
    assert covered["of"] < 0.15
    assert "Last 12 months" in covered["said"]
    assert "1" in covered["said"].splitlines()[-1], "one filter"

    assert not any(button.is_displayed() for button in phone.all("[data-menu='share'], [data-menu='export']"))
    phone.menu("page")
    assert {"Copy link to this view", "This page as Excel"} <= {each.text for each in phone.all("#panel .menu-item")}
    phone.click(".bar h1")
    phone.wait(lambda: not phone.all("#panel:popover-open"), "the menu closed")
    phone.menu("filters")
    assert phone.driver.execute_script(SMALL, FINGER) == []
    assert violations(phone.driver) == ""
    phone.click("#panel [data-menu='filter:category']")
    with phone.answers():
        phone.click("#panel .tick")
    phone.wait(lambda: "updated" in phone.driver.execute_script(SAID), "what a screen reader is told")
    assert phone.driver.execute_script(SMALL, FINGER) == []
    phone.click("#panel .menu-back button")
    phone.click("#panel .apply", "Done")
    phone.wait(lambda: not phone.all("#panel:popover-open"), "the menu closed")
    assert phone.texts(".filter-count") == ["2"]

    known = "[data-chart=needs_action][data-loading='0']"
    phone.wait(lambda: bool(phone.all(known)), "what needs action, which comes late and stands above the bars")
    first = phone.keys("top_products")[0]
    tap(phone, "top_products", first)
    phone.wait(lambda: bool(phone.all(".toast-button")), "its value")
    assert "$" in phone.texts("#toast")[0]
    assert "product" not in dict(phone.query), "a first tap chooses nothing"
    before = phone.driver.execute_script(TOPS, ".kpis.large")
    with phone.answers():
        phone.click(".toast-button")
    assert dict(phone.query)["product"] == first
    assert phone.all(".chips .chip")
    phone.open(f"/overview?{VIEW.partition('&channel')[0]}")
    assert phone.driver.execute_script(TOPS, ".kpis.large")[0] == before[0], "the line of filters is there without any"


@pytest.mark.long
def test_swipes_turn_tabs_and_tables_are_lists(phone: Page) -> None:
    phone.open(f"/products?{VIEW}")
    assert phone.driver.execute_async_script(MOVED) < 0.02
    place = phone.one(".tile-titles").rect
    y = int(place["y"]) + 10
    plot = phone.waited(
        lambda: phone.driver.execute_script(BAR, "revenue_by_product", phone.keys("revenue_by_product")[0]), "bars"
    )
    touch(phone, (300, plot[1]), (200, plot[1]), (60, plot[1]))
    assert phone.path == "/products", "a chart keeps its fingers to itself"
    phone.driver.execute_script("window.scrollTo({top: 0, behavior: 'instant'})")
    tabs = phone.texts(".page-tab")
    touch(phone, (300, y), (200, y), (60, y))
    phone.wait(lambda: phone.driver.execute_script(TURNED) == tabs[1], "the next tab")
    assert phone.driver.title == f"Products · {tabs[1]} · Storesight"
    phone.arrive()
    touch(phone, (60, y), (200, y), (300, y))
    phone.wait(lambda: phone.driver.execute_script(TURNED) == tabs[0], "the tab before")

    phone.open(f"/products/stock?{VIEW}")
    phone.wait(lambda: bool(phone.all(".rows > li")), "a list")
    assert not phone.all(".ag-root"), "no grid is loaded"
    assert phone.driver.execute_script(SMALL, FINGER) == []
    phone.open(f"/customers/segments?{VIEW}")
    assert phone.driver.execute_script(SCROLLED) == [0, 0], "numbers stand below their names"
    assert phone.driver.execute_script(HEADING) == '"Customers"'
    assert phone.driver.execute_script(SMALL, FINGER) == []
    phone.open(f"/products/stock?{VIEW}")
    set_viewport(phone.driver, 320, 640)
    phone.wait(lambda: phone.driver.execute_script("return innerWidth") == 320, "the width")
    assert phone.driver.execute_script(SIDEWAYS) <= 0
    set_viewport(phone.driver, 720, 450)  # 1440 × 900 at 200 %
    phone.wait(lambda: phone.driver.execute_script("return innerWidth") == 720, "the width")
    assert phone.driver.execute_script(SIDEWAYS) <= 0
    assert phone.driver.execute_script(COVERED)["boxes"] == 0, "nothing covers it"
    set_viewport(phone.driver, 820, 1180)  # a tablet: fingers too
    phone.wait(lambda: phone.driver.execute_script("return innerWidth") == 820, "the width")
    phone.wait(lambda: bool(phone.all(".ag-root")), "the list as a grid")
    assert phone.driver.execute_script(SMALL, FINGER) == []


def test_a_map_leaves_no_empty_room_on_a_phone(phone: Page) -> None:
    phone.open(f"/geography?{VIEW}")
    high = "return document.querySelector('[data-chart=revenue_map] .tile-body').offsetHeight"
    assert 200 < phone.driver.execute_script(high) < 300
