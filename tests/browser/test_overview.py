"""The first screen in a real browser: what REVIEW 1, 4 and 12 found there."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from dashboard.components.markup import markup
from dashboard.page.body import card_state
from dashboard.page.cards import WAITING
from tests.browser.pages import Page
from tests.browser.watch import set_viewport

DEMO = "/overview?data=demo"
TOPS = "return [...arguments].map(c => document.querySelector(`[data-chart=${c}]`).getBoundingClientRect().top)"

# Of each text that is cut: its card, and its lines that are seen in part.
CUT = """
return [...document.querySelectorAll('.card-body.cut')].map(text => {
  const end = text.getBoundingClientRect().bottom, range = document.createRange(), halves = [];
  const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const around = walk.currentNode.parentElement;
    if (!around.checkVisibility()) continue;
    range.selectNodeContents(walk.currentNode);
    for (const {top, bottom} of range.getClientRects())
      if (top < end - 1 && bottom > end + 1) halves.push(walk.currentNode.textContent);
  }
  return [text.closest('[data-chart]').dataset.chart, halves];
});
"""
# Shows a card without an answer yet, whose models are being computed; whether the card holds what it says.
WAITS = """
const slot = document.querySelector('[data-chart="needs_action"]'), box = slot.querySelector('.state');
slot.dataset.state = 'waiting 1';
delete slot.dataset.known; // which a card has that came with its answer
slot.querySelector('.card-body').innerHTML = '';
box.innerHTML = arguments[0];
const {top, bottom} = slot.querySelector('.tile-body').getBoundingClientRect();
return [...box.querySelectorAll('p, .bi')].every(each => {
  const at = each.getBoundingClientRect();
  return at.height > 0 && at.top >= top - 1 && at.bottom <= bottom + 1;
});
"""


@pytest.fixture
def shop(page: Page) -> Page:
    """The demo company at its default view."""
    return page.open(DEMO)


def test_the_first_screen_compares_its_month_in_the_numbers_of_the_cards(shop: Page) -> None:
    assert shop.query == [("range", "last_month")], "the address says what it shows"
    assert shop.texts("[data-menu=compare]")[0].strip().startswith("vs ")
    assert not [text for text in shop.texts("#page") if "n/a" in text]
    headline = shop.texts(".headline")[0]
    for shown in (shop.texts("[data-metric=revenue] .kpi-value")[0], shop.texts("[data-metric=revenue] .kpi-delta")[0]):
        assert shown.lstrip("▲▼ +−") in headline
    assert len(shop.all(".kpi")) == 4
    assert shop.one(".bar-tools .hint").text == "Data through 31 Dec 2025"
    for menu, first in (("share", "Copy link to this view"), ("export", "This page as Excel")):
        shop.menu(menu)
        assert shop.texts("#panel .menu-item")[0] == first
        shop.keyboard(Keys.ESCAPE)
    with shop.answers():
        shop.click(".more-figures")
    assert len(shop.all(".kpi")) > 8
    assert ("kpis.figures", "all") in shop.query
    shop.open("/")
    assert "data=demo&range=last_month" in shop.driver.current_url, "the data set that was used last"


def test_a_card_is_a_door_and_a_line_of_what_drove_it_filters(shop: Page) -> None:
    shop.click("[data-menu='kpi:orders']")
    shop.wait(lambda: "Order lines" in " ".join(shop.texts("#panel")), "what is behind the card")
    shop.click("[data-menu='kpi:orders']")
    shop.wait(lambda: not shop.all("#panel:popover-open"), "the menu closed")
    line = shop.one(".driver")
    name = shop.texts(".driver-name")[0]
    before = line.rect
    with shop.answers():
        line.click()
    assert any(name in chip for chip in shop.chips())
    chosen = shop.one(".driver.chosen")
    assert shop.texts(".driver.chosen .driver-name") == [name]
    assert abs(chosen.rect["y"] - before["y"]) < 60
    with shop.answers():
        chosen.click()
    assert shop.chips() == []


def test_what_needs_action_leads_to_its_chart(shop: Page) -> None:
    shop.wait(lambda: bool(shop.all(".needs a")), "what needs action")
    needs, *later = shop.driver.execute_script(TOPS, "needs_action", "top_products", "insights_overview")
    assert needs < min(later), "before what is the largest, and before the long list"
    link = shop.all(".needs a")[0]
    chart = link.get_attribute("href").rpartition("#")[2]
    shop.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
    shop.click(".needs a")
    shop.wait(lambda: bool(shop.all(f"[data-chart='{chart}'].landed")), "the chart")


@pytest.mark.long
def test_a_text_that_comes_late_ends_with_a_whole_line(page: Page) -> None:
    set_viewport(page.driver, 390, 1600)
    page.open("/overview?data=demo&range=2025-03-04..2025-09-17")  # which nobody has asked for
    page.wait(lambda: bool(page.all(".needs a")), "what needs action")
    assert page.driver.execute_script(CUT) == [["needs_action", []]]
    page.click(".show-all")
    assert not page.all(".cut, .show-all")
    assert page.driver.execute_script(
        "const body = document.querySelector('.tile-body:has(.needs)'); return body.scrollHeight <= body.offsetHeight"
    )


def test_a_text_that_is_being_computed_says_so_in_its_place(shop: Page) -> None:
    said = markup(card_state("waiting", "Being computed", WAITING))
    for width in (1440, 1024, 390):
        set_viewport(shop.driver, width, 900)
        shop.wait(lambda width=width: shop.driver.execute_script("return innerWidth") == width, "the width")
        assert shop.driver.execute_script(WAITS, said), width
