"""Menus and the dialog: what the browser does natively, held to what a viewer expects of them."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.pages import Page
from tests.browser.watch import set_viewport

PANEL = """
const box = document.querySelector('#panel').getBoundingClientRect(), wide = document.documentElement.clientWidth;
return [box.left >= 0, box.top >= 0, box.right <= wide, box.bottom <= window.innerHeight];
"""
MIDDLE = """
document.querySelector(`[data-menu='${arguments[0]}']`).scrollIntoView({block: 'center', behavior: 'instant'});
"""
IN_PANEL = "return Boolean(document.activeElement.closest('#panel'))"
FOCUSED_MENU = "return document.activeElement.dataset.menu || ''"
FOCUSED_ACTION = "return document.activeElement.closest('#panel') && document.activeElement.dataset.action"
IN_DIALOG = "return Boolean(document.activeElement.closest('#dialog'))"

# The open menu is fetched again; its calendar gets another place.
REFRESH = """
const [done] = arguments, modules = performance.getEntriesByType('resource').map(e => e.name);
document.querySelector('[data-calendar]').old = true;
import(modules.find(name => name.endsWith('/menus.js'))).then(menus => { menus.refreshMenu(); done(); });
"""
FIRST_DAY = """
const calendar = document.querySelector("#panel [data-calendar]");
const drawn = calendar && calendar.dataset.drawn === calendar.dataset.calendar;
return drawn ? JSON.parse(calendar.dataset.calendar).from : "";
"""
FOCUSED_DAY = "return document.activeElement.dataset.day || ''"
FOCUS_ON_DAY = """
const day = document.querySelector(`[data-day='${arguments[0]}']`);
day?.focus();
return !!day && document.activeElement === day;
"""
STAYED = "return !document.querySelector('[data-calendar]').old && document.activeElement.dataset.day"


@pytest.mark.long
def test_no_menu_leaves_the_window(page: Page) -> None:
    page.open()
    for width, height in ((1440, 900), (1024, 768), (720, 450), (390, 844)):  # the third is 1440 × 900 at 200 %
        set_viewport(page.driver, width, height)
        page.wait(lambda width=width: page.driver.execute_script("return innerWidth") == width, "the width")
        for name in ("data", *(("share", "export") if width > 767 else ()), "page", "range", "card:top_products"):
            page.driver.execute_script(MIDDLE, name)
            page.menu(name)
            assert page.driver.execute_script(PANEL) == [True] * 4, (name, width)
            page.keyboard(Keys.ESCAPE)
            page.wait(lambda: not page.all("#panel:popover-open"), "the menu closed")


@pytest.mark.long
def test_escape_gives_the_focus_back_though_the_button_was_drawn_again(page: Page) -> None:
    page.open()
    page.menu("filter:city")
    ticked = page.one("#panel .tick").get_attribute("data-action")
    with page.answers():
        page.click("#panel .tick")
    page.wait(lambda: page.driver.execute_script(FOCUSED_ACTION) == ticked, "the focus on the value that was ticked")
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: page.driver.execute_script(FOCUSED_MENU) == "filter:city", "the focus on the menu's button")
    assert page.query, "Escape closed the menu and cleared nothing"


def test_the_button_of_an_open_menu_closes_it(page: Page) -> None:
    page.open()
    page.menu("range")
    page.click("[data-menu='range']")
    page.wait(lambda: not page.all("#panel:popover-open"), "the menu closed")
    page.click("[data-menu='compare']")
    page.wait(lambda: bool(page.all("#panel:popover-open:not(.waiting)")), "another menu")
    assert page.one("[data-menu='compare']").get_attribute("aria-expanded") == "true"
    page.keyboard(Keys.ESCAPE)


@pytest.mark.long
def test_days_are_chosen_by_pointer_by_keyboard_and_by_month(page: Page) -> None:
    page.open("/overview?data=demo&range=last_month")

    def chosen() -> str:
        page.wait(lambda: not page.all("#panel:popover-open") and "range" in dict(page.query), "the days")
        return dict(page.query)["range"]

    def moved(key: str, before: str, after: str) -> bool:
        """Whether the focus is on the day to which a key leads; pressed again where a menu that was just drawn again
        did not get it, as a hand does."""
        if page.driver.execute_script(FOCUSED_DAY) == before:
            page.keyboard(key)
        return bool(page.driver.execute_script(FOCUSED_DAY) == after)

    def opened(first: str) -> None:
        page.arrive()  # later answers would draw the menu again between two keys
        page.menu("range")
        page.wait(lambda: page.driver.execute_script(FIRST_DAY) == first, "the calendar of the range")

    opened("2025-12-01")
    page.click("[data-day='2025-12-03']")
    page.click("[data-day='2025-11-09']")
    page.wait(lambda: chosen() == "2025-11-09..2025-12-04", "both days and those between, whichever came first")
    opened("2025-11-09")
    page.wait(lambda: page.driver.execute_script(FOCUS_ON_DAY, "2025-12-03"), "the focus on a day")
    days = ("2025-12-03", "2025-12-01", "2025-11-01", "2025-10-01", "2025-09-01")
    for key, before, after in zip((Keys.HOME, Keys.PAGE_UP, Keys.PAGE_UP, Keys.PAGE_UP), days, days[1:], strict=False):
        page.wait(lambda key=key, before=before, after=after: moved(key, before, after), f"the focus on {after}")
    page.keyboard(Keys.ENTER)
    page.driver.execute_async_script(REFRESH)  # as an answer does that comes meanwhile
    page.wait(
        lambda: page.driver.execute_script(STAYED) == "2025-09-01", "the first day in a menu that was drawn again"
    )
    page.wait(lambda: moved(Keys.ARROW_DOWN, "2025-09-01", "2025-09-08"), "the focus a week later")
    page.keyboard(Keys.ENTER)
    page.wait(lambda: chosen() == "2025-09-01..2025-09-09", "days of months that were not in sight")
    opened("2025-09-01")
    page.click(".month-name", "August")
    page.wait(lambda: chosen() == "2025-08-01..2025-09-01", "a whole month")


def test_a_key_figure_is_a_door(page: Page) -> None:
    page.open()
    page.menu("kpi:orders")
    page.click("#panel .chart-link")
    page.wait(lambda: page.path == "/trends" and "orders_over_time" in page.states(), "its course over time")
    assert not page.all("#panel:popover-open")
    page.driver.back()
    page.wait(lambda: bool(page.all("[data-menu='kpi:orders']")), "the Overview")
    page.driver.execute_script("document.querySelector(`[data-menu='kpi:orders']`).focus()")
    page.keyboard(Keys.ENTER)
    page.wait(lambda: "Orders" in page.texts("#panel:popover-open:not(.waiting) strong"), "the menu by the keyboard")
    assert page.all("#panel a[href='/glossary#orders']"), "and what it means"
    assert {"Order lines", "Excel", "CSV", "Copy link"} <= set(page.texts("#panel .menu-item")), "as the menu of a card"
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: page.driver.execute_script(FOCUSED_MENU) == "kpi:orders", "the focus on the card")


def test_the_focus_stays_in_the_dialog_and_goes_back_from_it(page: Page) -> None:
    page.open()
    page.menu("card:top_places")
    page.click("#panel .menu-item", "How is this computed?")
    page.wait(lambda: bool(page.all("#dialog[open] .plain-table")), "the explanation")
    for _ in range(12):
        page.keyboard(Keys.TAB)
        inside = page.driver.execute_script(IN_DIALOG) or page.driver.execute_script(
            "return document.activeElement === document.body"  # the browser's own controls come after the last one
        )
        assert inside
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: not page.all("#dialog[open]"), "the dialog closed")
    page.wait(lambda: page.driver.execute_script(FOCUSED_MENU) == "card:top_places", "the focus on the card's button")
