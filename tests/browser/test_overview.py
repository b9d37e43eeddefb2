"""The first screen in a real browser: what REVIEW 1, 4 and 12 found there."""

from __future__ import annotations

import pytest

from tests.browser.pages import Page

DEMO = "/overview?data=demo"
TOPS = "return [...arguments].map(c => document.querySelector(`[data-chart=${c}]`).getBoundingClientRect().top)"


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
