"""Keys, the palette, presentation, and the way back: one page for each group of checks."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from dashboard.pages import CHARTS
from tests.browser.pages import Page
from tests.browser.test_accessibility import violations

START = "/overview?data=demo&range=last_month"
OPTIONS = "#palette[open] [role=option]"
SCROLLED = "return Math.round(window.scrollY)"
CARD = "return document.querySelector(`[data-chart='rfm_segments']`)?.getBoundingClientRect().top ?? 1e6"
KEPT = "return history.state?.spot?.top"
FOCUSED = "return document.activeElement.dataset.menu || ''"
# Keeps what is to be done after an hour, so that a test can do it at once.
HOURS = """
const wait = window.setTimeout;
window.setTimeout = (doing, after, ...more) => {
  if (after === 3600000) window.afterAnHour = doing;
  return wait(doing, after, ...more);
};
"""
PRESENTING = "return document.body.classList.contains('presenting')"


def palette(page: Page, typed: str, wanted: str) -> None:
    """Open the palette, type, and choose the entry once it is the first."""
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    page.wait(lambda: len(page.all(OPTIONS)) > 3, "what is offered at once")
    page.keyboard(typed)
    page.wait(lambda: page.texts(f"{OPTIONS}[aria-selected=true] .grow") == [wanted], wanted)
    page.keyboard(Keys.ENTER)


@pytest.mark.long
def test_the_palette_filters_acts_and_lands_and_back_and_reload_return(page: Page) -> None:
    page.open(START)
    with page.answers():
        palette(page, "bosto", "Boston")
    assert ("place", "US/MA/Boston") in page.query
    before = page.theme
    palette(page, "dark c" if before == "light" else "light c", f"{'Dark' if before == 'light' else 'Light'} colours")
    page.wait(lambda: page.theme != before, "the other theme")
    palette(page, CHARTS["rfm_segments"].title.lower(), CHARTS["rfm_segments"].title)
    page.wait(lambda: bool(page.all(".landed[data-chart='rfm_segments']")), "its card")
    page.arrive()
    page.driver.execute_script("document.querySelector(`[data-menu='card:rfm_segments']`).focus()")
    page.driver.execute_script("window.scrollBy({top: 40, behavior: 'instant'})")
    place = page.driver.execute_script(CARD)
    page.wait(lambda: page.driver.execute_script(KEPT) == round(place), "the place in the history")
    page.reload()
    page.wait(lambda: abs(page.driver.execute_script(CARD) - place) < 3, "the place before the reload")
    page.wait(lambda: page.driver.execute_script(FOCUSED) == "card:rfm_segments", "the focus before it")
    page.driver.back()
    page.wait(lambda: page.path == "/overview" and page.driver.execute_script(SCROLLED) == 0, "the Overview's top")
    page.arrive()
    page.driver.forward()
    page.wait(lambda: page.path != "/overview" and abs(page.driver.execute_script(CARD) - place) < 3, "the place again")


@pytest.mark.long
def test_single_keys_and_their_list(page: Page) -> None:
    page.open(START)
    with page.answers():
        page.click_bar("top_products", page.keys("top_products")[0])
    filtered = page.query
    page.click("#bar [aria-label='Search']")
    page.wait(lambda: len(page.all(OPTIONS)) > 3, "what is offered at once")
    assert violations(page.driver, "#palette") == ""
    page.keyboard(Keys.ESCAPE)
    page.keyboard("?")
    page.wait(lambda: bool(page.all("#shortcuts[open]")), "the list")
    assert violations(page.driver, "#shortcuts") == ""
    page.click("#shortcuts input")
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: not page.all("#shortcuts[open]"), "the list closed")
    assert page.query == filtered, "Escape closes what is open, and clears nothing while it does"
    before = page.theme
    page.keyboard("d")
    page.keyboard("?")
    page.wait(lambda: bool(page.all("#shortcuts[open]")), "the list, whatever was turned off")
    assert page.theme == before, "single keys are off"
    page.click("#shortcuts input")
    page.keyboard(Keys.ESCAPE)
    page.keyboard("f")
    page.wait(lambda: bool(page.all("#panel:popover-open:not(.waiting)")), "the first filter")
    page.wait(lambda: page.driver.execute_script("return document.activeElement.id") == "menu-search", "its field")
    page.keyboard("d")
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: not page.all("#panel:popover-open"), "the menu closed")
    assert page.theme == before, "what is typed is no shortcut"
    assert not page.all(".first-hint"), "one hint at a time: the tour is offered here"
    page.open("/products?data=demo")
    page.click(".first-hint button", "Got it")
    page.wait(lambda: not page.all(".first-hint"), "it was read")
    assert page.driver.execute_script("return localStorage.getItem('hints-seen').length") > 0, "read for good"


def test_a_presentation_turns_the_pages_by_itself_and_by_keys_pauses_and_ends(page: Page) -> None:
    held = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": HOURS})
    page.open(f"{START.split('&')[0]}&present=3600")
    page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", held)
    assert page.driver.execute_script(PRESENTING)
    assert page.chips() == [], "the address is understood"
    assert not any(each.is_displayed() for each in page.all(".rail, [data-menu='page'], .tile-tools"))

    def turned(before: str, key: str = "") -> bool:
        if key:
            page.keyboard(key)
        else:
            page.driver.execute_script("window.afterAnHour?.()")
        return page.path != before

    page.wait(lambda: turned("/overview"), "the next page after the last screen of this one, when its time is over")
    page.keyboard(" ")
    page.wait(lambda: "Paused" in "".join(page.texts(".presenting-line")), "the pause")
    before = page.path
    page.wait(lambda: turned(before, Keys.ARROW_RIGHT), "the next page")
    page.arrive()
    assert dict(page.query)["present"] == "3600"
    page.keyboard(Keys.ESCAPE)
    page.wait(lambda: not page.driver.execute_script(PRESENTING), "the end")
    assert "present" not in dict(page.query)
