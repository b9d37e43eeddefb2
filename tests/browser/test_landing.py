"""Links to a chart land on it: from a story, from a copied address, with everything above still to be drawn."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.keys import Keys

from dashboard.pages import BY_PATH, CHARTS
from dashboard.screens import Screen
from tests.browser.pages import Page
from tests.browser.watch import console_errors, set_viewport

LINKS = "return [...document.querySelectorAll('a.chart-link')].map(a => a.getAttribute('href'))"
PRESS = """
const link = [...document.querySelectorAll('a.chart-link')].find(a => a.getAttribute('href') === arguments[0]);
for (let e = link; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
link.click();
"""
LANDED = """
const card = document.querySelector('.landed');
if (!card) return null;
const box = card.getBoundingClientRect();
return [card.dataset.chart, Math.round(box.top), window.innerHeight, document.activeElement === card];
"""


def landed(page: Page, chart: str) -> None:
    """Wait until the page has landed; the card stands at the top of the window, below the bar, and has the focus."""
    page.wait(lambda: page.driver.execute_script(LANDED) is not None, f"landing on {chart}")
    page.arrive()
    found, top, height, focused = page.driver.execute_script(LANDED)
    last = page.driver.execute_script("return window.scrollY + window.innerHeight >= document.body.scrollHeight - 2")
    assert (found, focused) == (chart, True)
    assert 40 <= top <= 200 or (last and top < height), (top, height)


def test_every_story_leads_to_its_chart(page: Page) -> None:
    page.open()
    links = [str(href) for href in page.driver.execute_script(LINKS)]
    other = next(href for href in links if urlsplit(href).path != "/overview")
    page.driver.execute_script(
        PRESS,
        other,
    )
    landed(page, urlsplit(other).fragment)
    address = urlsplit(page.driver.current_url)
    assert f"{address.path}?{address.query}#{address.fragment}" == other, "with its selection"
    page.keyboard(Keys.SHIFT)
    assert page.driver.execute_script(LANDED) is None, "the mark goes with the first key"


def test_the_link_of_a_card_lands_when_it_is_opened_on_its_tab(page: Page) -> None:
    """The address is one of before there were tabs."""
    page.driver.get(page.url + "/products?data=demo&range=all#stock_cover")
    landed(page, "stock_cover")
    assert page.path == "/products/stock"


# What stands in a window of 1440 × 1000 that needs more than one more of these.
TALL = """
const shown = [...document.querySelectorAll('.tile-slot')].filter(card => !card.hidden);
const answered = shown.every(card => card.dataset.state && !card.dataset.state.startsWith('waiting'));
const rows = [...document.querySelectorAll('.card-row')].map(row => [...row.children].filter(card => !card.hidden));
const uneven = rows.filter(row => new Set(row.map(card => Math.round(card.getBoundingClientRect().height))).size > 1);
const wide = document.querySelector('.cards').getBoundingClientRect().right;
const short = rows.filter(row => row.length && wide - row.at(-1).getBoundingClientRect().right > 2);
return answered && shown.length ? [document.documentElement.scrollHeight, uneven.length, short.length] : null;
"""


def go_to(page: Page, screen: Screen) -> None:
    """Open a tab by its link, or its page's link where that is another page, as a reader goes."""
    if page.path != screen.path:
        on_page = page.path.startswith(screen.page.path)
        page.click(".page-tab" if on_page else ".nav-item", screen.tab.title if on_page else screen.page.title)
        page.wait(lambda: page.all(f"[data-page='{screen.path}']") != [], screen.path)


@pytest.mark.long
def test_every_tab_is_two_screens_at_most_and_its_rows_are_even(page: Page) -> None:
    """One page load; then every tab of every page by its link, as a reader goes."""
    set_viewport(page.driver, 1440, 1000)
    try:
        page.open("/trends?data=demo&range=last_12m")
        for screen in BY_PATH.values():
            go_to(page, screen)
            height, uneven, short = page.waited(lambda: page.driver.execute_script(TALL), f"all cards of {screen.path}")
            assert height <= 2000, screen.path
            assert (uneven, short) == (0, 0), screen.path
            assert page.texts(".page-tab[aria-current]") == ([screen.tab.title] if screen.tab.title else [])
        page.driver.back()
        page.wait(lambda: page.path == "/customers/channels", "the tab before")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# Cards in sight: how each is called, and which of them have a single bar.
SHOWN = """
const shown = [...document.querySelectorAll('.tile-slot')].filter(card => !card.hidden);
const answered = shown.every(card => card.dataset.state && !/^waiting/.test(card.dataset.state));
const alone = shown.filter(card => card.querySelectorAll('.barlayer .point').length === 1);
const names = shown.map(card => card.querySelector('h3')?.textContent);
return answered && shown.length ? [names, alone.map(card => card.dataset.chart)] : null;
"""


@pytest.mark.long
def test_no_page_shows_a_chart_of_one_bar_or_one_thing_twice(page: Page) -> None:
    """A month by months: what would be one bar is left out, but the course of time that leads to other dates."""
    set_viewport(page.driver, 1440, 4000)
    titles: dict[str, list[str]] = {}
    page.open("/trends?data=demo&range=last_month&grain=month")
    for screen in BY_PATH.values():
        go_to(page, screen)
        named, alone = page.waited(lambda: page.driver.execute_script(SHOWN), f"all cards of {screen.path}")
        titles.setdefault(screen.page.name, []).extend(filter(None, named))
        assert [name for name in alone if CHARTS[name].emits != ("period",)] == [], screen.path
    assert {name: found for name, found in titles.items() if len(found) != len(set(found))} == {}


def test_an_address_without_a_page_keeps_the_frame_and_leads_back(page: Page) -> None:
    page.driver.get(page.url + "/trend?data=demo")
    assert page.one("#bar h1").text == "There is no such page"
    assert page.one("#nav .nav-item", "Products").is_displayed()
    assert [each for each in console_errors(page.driver) if "404" not in each] == []
    page.click("#page a", "Trends")
    page.wait(lambda: page.path == "/trends" and "revenue_over_time" in page.states(), "the page that was meant")
    page.arrive()


def test_whoever_scrolls_is_not_pulled_back(page: Page) -> None:
    page.driver.get(page.url + "/products?data=demo&range=all#no_such_chart")
    page.arrive()
    assert page.driver.execute_script(LANDED) is None
    assert page.driver.execute_script("return window.scrollY") == 0


def test_the_tour_is_offered_until_it_is_dismissed(page: Page) -> None:
    page.open()
    hint = page.driver.find_element("css selector", "#tour-hint")
    assert hint.is_displayed()
    assert urlsplit(str(hint.find_element("tag name", "a").get_attribute("href"))).path == "/tour"
    hint.find_element("tag name", "button").click()
    assert not hint.is_displayed()
    assert page.driver.execute_script("return document.activeElement.id") == "page", "the focus is not lost"
    page.driver.refresh()
    page.arrive()
    assert not page.driver.find_element("css selector", "#tour-hint").is_displayed()
    page.driver.execute_script("localStorage.removeItem('tour')")
