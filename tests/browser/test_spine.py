"""The spine in a real browser: a click, the address, the chips, the numbers, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.pages import Page
from tests.browser.watch import at_rest, console_errors, network_requests
from tests.processes import AppServer, RedisServer

BRIGHT = """
const plot = document.querySelector('[data-chart="top_places"] .js-plotly-plot');
const paths = [...plot.querySelectorAll('.bars .point path')];
return plot.data[0].customdata.filter((key, i) => key && paths[i].style.opacity === "1").map(key => key[0]);
"""


@pytest.fixture
def driver(open_browser: Any, app_server: AppServer) -> Any:
    """The browser that the tests share, as if it had never been here."""
    driver = open_browser.driver
    driver.get(app_server.url + "/healthz")
    driver.execute_script("localStorage.clear(); sessionStorage.clear();")
    at_rest(driver)
    return driver


@pytest.fixture
def shop(driver: Any, app_server: AppServer) -> Iterator[Page]:
    """The demo company's Overview; at the end no other host was asked for anything and the console holds no error."""
    yield Page(driver, app_server.url).open()
    assert console_errors(driver) == []
    assert [url for url in network_requests(driver) if not url.startswith(app_server.url + "/")] == []


def test_a_click_filters_everything_and_every_way_back_shows_the_same_numbers(shop: Page) -> None:
    whole = shop.numbers()
    place = shop.keys("top_places")[1]
    with shop.answers():
        shop.click_bar("top_places", place)
    filtered = shop.numbers()
    assert shop.query == [("place", place)]
    assert shop.chips()[0].startswith("Place: ")
    assert filtered["top_places"] == whole["top_places"], "the clicked chart keeps its marks"
    for other in ("revenue", "orders", "revenue_over_time", "top_products"):
        assert filtered[other] != whole[other], other
    assert float(filtered["revenue"]) < float(whole["revenue"])

    with shop.answers():
        shop.click_bar("top_places", place)
    assert shop.query == [("range", "all")]
    assert shop.chips() == []
    assert shop.numbers() == whole

    shop.back()
    assert (shop.numbers(), shop.query) == (filtered, [("place", place)])
    shop.back()
    assert (shop.numbers(), shop.query) == (whole, [("range", "all")])
    shop.forward()
    assert shop.numbers() == filtered
    assert shop.chips()[0].startswith("Place: ")
    shop.reload()
    assert shop.numbers() == filtered
    assert shop.chips()[0].startswith("Place: ")


def test_texts_at_bars_stand_where_a_fresh_page_has_them(shop: Page) -> None:
    script = """
    return [...document.querySelectorAll('[data-chart="top_products"] .bartext')]
      .map((text) => [text.textContent, text.getAttribute("transform")]);
    """
    together = "return Object.hasOwn(document.getElementById('js-plotly-tester'), 'appendChild')"
    with shop.answers():
        shop.click_bar("top_places", shop.keys("top_places")[0])
    after = shop.driver.execute_script(script)
    assert shop.driver.execute_script(together), "they were measured together"
    shop.reload()
    assert after == shop.driver.execute_script(script)
    assert len(after) > 5


def test_a_click_that_gets_no_answer_is_asked_again(shop: Page) -> None:
    place = shop.keys("top_places")[0]
    block = {"urls": ["*/page"]}
    shop.driver.execute_cdp_cmd("Network.setBlockedURLs", block)
    try:
        shop.click_bar("top_places", place)
        shop.wait(lambda: "gave no answer" in "".join(shop.texts("#toast")), "words about it")
        before = shop.states()
    finally:
        shop.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    shop.wait(lambda: shop.query == [("place", place)] and shop.states() != before, "the answer")
    assert all("ERR_BLOCKED_BY_CLIENT" in e or "Failed to fetch" in e for e in console_errors(shop.driver))


def test_two_people_never_see_each_others_selection(shop: Page, second_browser: Any) -> None:
    other = Page(second_browser.driver, shop.url).open()
    whole = other.numbers()
    assert shop.numbers() == whole
    first, second = shop.keys("top_places")[:2]
    with shop.answers():
        shop.click_bar("top_places", first)
    with other.answers():
        other.click_bar("top_places", second)
    assert shop.query == [("place", first)]
    assert other.query == [("place", second)]
    mine, theirs = shop.numbers(), other.numbers()
    assert mine["revenue"] != theirs["revenue"]
    assert (shop.reload().numbers(), other.reload().numbers()) == (mine, theirs)
    assert console_errors(second_browser.driver) == []


# Properties of the component that polls; none while Dash still builds the page, where asking for it throws.
POLL = "try { return window.dash_component_api?.getLayout('poll')?.props ?? {}; } catch { return {}; }"


def test_a_page_out_of_sight_does_not_ask_whether_the_data_changed_and_asks_when_it_is_seen_again(shop: Page) -> None:
    def becomes(hidden: bool) -> None:
        shop.driver.execute_script(
            "Object.defineProperty(document, 'hidden', {configurable: true, get: () => arguments[0]});"
            "document.dispatchEvent(new Event('visibilitychange'));",
            hidden,
        )

    def poll() -> dict[str, Any]:
        return dict(shop.driver.execute_script(POLL))

    becomes(True)
    shop.wait(lambda: poll().get("disabled") is True, "a page that does not ask")
    asked = poll().get("n_intervals", 0)
    becomes(False)
    shop.wait(
        lambda: poll().get("disabled") is False and poll().get("n_intervals", 0) > asked, "a page that asks again"
    )


def test_shift_click_toggles_and_escape_clears(shop: Page) -> None:
    whole = shop.numbers()
    first, second = shop.keys("top_places")[:2]
    with shop.answers():
        shop.click_bar("top_places", first)
    one = float(shop.numbers()["revenue"])
    with shop.answers():
        shop.click_bar("top_places", second, shift=True)
    assert sorted(shop.query) == sorted([("place", first), ("place", second)])
    assert shop.driver.execute_script(BRIGHT) == [first, second], "the bars stand out that were chosen"
    both = float(shop.numbers()["revenue"])
    with shop.answers():
        shop.click_bar("top_places", first, shift=True)
    assert shop.query == [("place", second)]
    assert shop.driver.execute_script(BRIGHT) == [second]
    assert float(shop.numbers()["revenue"]) == pytest.approx(both - one)
    shop.menu("filter:category")
    with shop.answers():
        shop.click("#panel .tick")
    shop.keyboard(Keys.ESCAPE)
    shop.wait(lambda: not shop.all("#panel:popover-open"), "the menu closed")
    chosen = shop.query
    with shop.answers():
        shop.keyboard(Keys.ESCAPE)
    assert shop.query == [item for item in chosen if item[0] == "category"], "what was chosen in a menu stays"
    with shop.answers():
        shop.click("#toast button", "Undo")
    assert sorted(shop.query) == sorted(chosen)
    with shop.answers():
        shop.click(".text-button", "Clear all")
    assert shop.query == [("range", "all")]
    assert shop.numbers() == whole


def test_whatever_the_mouse_filters_the_keyboard_does_too(shop: Page) -> None:
    whole = shop.numbers()
    place = shop.keys("top_places")[0]
    more = shop.one("[data-menu='card:top_places']")
    shop.driver.execute_script("arguments[0].focus()", more)
    shop.keyboard(Keys.ENTER)
    shop.wait(lambda: "View as table" in shop.texts(":focus"), "the focus in the menu")
    shop.keyboard(Keys.ENTER)
    shop.wait(lambda: bool(shop.all("#dialog[open] tbody button")), "the table")
    shop.wait(
        lambda: bool(shop.driver.execute_script("return document.activeElement.closest('#dialog')")), "the focus in it"
    )
    for _ in range(6):
        if '"kind":"toggle"' in (shop.driver.switch_to.active_element.get_attribute("data-action") or ""):
            break
        shop.keyboard(Keys.TAB)
    with shop.answers():
        shop.keyboard(Keys.ENTER)
    assert shop.query == [("place", place)]
    shop.keyboard(Keys.ESCAPE)
    shop.wait(lambda: not shop.all("#dialog[open]"), "the dialog closed")
    assert shop.query == [("place", place)], "Escape closes the dialog and clears nothing"
    with shop.answers():
        shop.keyboard(Keys.ESCAPE)
    assert shop.numbers() == whole


def test_a_card_fills_the_window_and_goes_back(shop: Page) -> None:
    for way_back in (lambda: shop.click(".unexpand"), lambda: shop.keyboard(Keys.ESCAPE)):
        shop.menu("card:top_products")
        shop.click("#panel .menu-item", "Expand")
        shop.wait(lambda: len(shop.all(".expanded")) == 1, "one card over the window")
        wide = shop.driver.execute_script("return document.querySelector('.expanded .js-plotly-plot').clientWidth")
        assert wide > 1200
        assert shop.driver.switch_to.active_element.get_attribute("aria-label") == "Back to the page"
        way_back()
        shop.wait(lambda: not shop.all(".expanded"), "the page again")
    assert shop.query == [("range", "all")]


def test_a_filter_is_searched_ticked_and_turned_around(shop: Page) -> None:
    whole = float(shop.numbers()["revenue"])
    shop.menu("filter:city")
    before = len(shop.all("#panel .menu-row"))
    search = shop.one("#menu-search")
    search.send_keys("bost")
    shop.wait(lambda: shop.texts("#panel .menu-row .tick .grow") == ["Boston"], "Boston alone")
    assert before > 1
    with shop.answers():
        shop.click("#panel .tick", "Boston")
    assert shop.query == [("city", "Boston")]
    boston = float(shop.numbers()["revenue"])
    shop.wait(lambda: shop.one("#panel .tick").get_attribute("aria-checked") == "true", "its tick")
    with shop.answers():
        shop.click("#panel .not")
    assert shop.query == [("city", "!Boston")]
    assert shop.chips()[0] == "City: not Boston"
    assert float(shop.numbers()["revenue"]) == pytest.approx(whole - boston)
    shop.keyboard(Keys.ESCAPE)
    shop.wait(lambda: not shop.all("#panel:popover-open"), "the menu closed")
    with shop.answers():
        shop.click(".chip-x")
    assert float(shop.numbers()["revenue"]) == whole


def test_the_data_set_is_switched(sources: Path, shop: Page) -> None:
    demo = shop.numbers()
    with shop.answers():
        shop.click_bar("top_products", shop.keys("top_products")[0])
    shop.menu("data")
    shop.click("#panel .menu-item", "Bytronix")
    shop.wait(lambda: "data=bytronix" in shop.driver.current_url, "the address")
    shop.wait(lambda: "Bytronix does not have it" in "".join(shop.texts("#toast")), "which filter does not go with it")
    shop.arrive()
    shop.wait(lambda: shop.numbers().get("orders") not in (None, demo["orders"]), "other orders")
    shop.open("/overview?data=bytronix&range=all")
    assert float(shop.numbers()["revenue"]) == pytest.approx(34_465_537.94)
    assert float(shop.numbers()["customers"]) == 140_787


def test_light_and_dark_are_the_browsers_own_business(shop: Page) -> None:
    network_requests(shop.driver)
    before = shop.theme
    shop.click("#theme-button")
    shop.wait(lambda: shop.theme != before, "the other theme")
    other = shop.theme
    assert {before, other} == {"light", "dark"}
    colour = "return document.querySelector('[data-chart=top_places] .barlayer path').style.fill"
    drawn = shop.driver.execute_script(colour)
    asked = [url for url in network_requests(shop.driver) if "/client/" not in url]  # a module may come late, at rest
    assert asked == [], "no question to the server"
    shop.reload()
    assert shop.theme == other
    shop.keys("top_places")
    assert shop.waited(lambda: shop.driver.execute_script(colour), "bars") == drawn


def test_a_drag_over_time_becomes_the_range(shop: Page) -> None:
    shop.open("/overview?data=demo&range=2025-01-01..2026-01-01&grain=month")
    with shop.answers():
        shop.drag_over("revenue_over_time", 0.2, 0.6)
    assert dict(shop.query)["range"] == "2025-03-01..2025-08-01", "the bars in the drag, not the days under its ends"
    assert shop.chips()[0].startswith("Time: ")


def test_pages_keep_the_filters_and_other_pages_answer(shop: Page) -> None:
    place = shop.keys("top_places")[0]
    with shop.answers():
        shop.click_bar("top_places", place)
    orders = shop.numbers()["orders"]
    shop.click(".nav-item", "Trends")
    shop.wait(lambda: shop.path == "/trends" and "growth_over_time" in shop.states(), "the page Trends")
    shop.arrive()
    assert shop.query == [("place", place)]
    assert "failed" not in shop.words()
    shop.driver.back()
    shop.wait(lambda: shop.path == "/overview" and "kpis" in shop.states(), "the Overview")
    shop.arrive()
    assert shop.numbers()["orders"] == orders


def test_an_empty_selection_says_so_in_every_card_and_clears(shop: Page) -> None:
    whole = shop.numbers()
    shop.open("/overview?data=demo&range=all&city=Atlantis")
    assert {state.split()[0] for chart, state in shop.states().items() if chart.startswith("top_")} == {"empty"}
    assert "“Atlantis” is not in the data" in " ".join(shop.chips())
    with shop.answers():
        shop.click(".chip-tools button", "Clear all")
    assert shop.numbers() == whole


@pytest.mark.long
def test_pages_answer_while_redis_is_stopped_and_while_it_hangs(
    driver: Any, store: Path, serve: Callable[..., AppServer], redis_server: RedisServer
) -> None:
    server = serve(store, REDIS_URL=redis_server.url)
    shop = Page(driver, server.url).open()
    whole = shop.numbers()
    place = shop.keys("top_places")[2]
    try:
        redis_server.stop()
        with shop.answers():
            shop.click_bar("top_places", place)
        assert shop.words() == {"ok"}
        assert float(shop.numbers()["revenue"]) < float(whole["revenue"])
        redis_server.start()
        redis_server.hang()
        with shop.answers():
            shop.click_bar("top_places", place)
        assert shop.numbers() == whole
        shop.open("/trends?data=demo&range=last_12m")
        assert "failed" not in shop.words()
    finally:
        redis_server.resume()
        redis_server.start()
        server.stop()
