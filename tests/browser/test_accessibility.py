"""axe-core over every page with all its cards, light and dark: it finds nothing, however minor."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from dashboard.pages import PAGES
from dashboard.screens import Screen
from tests.browser.pages import Page
from tests.browser.watch import set_viewport
from tests.processes import AppServer

EVERYTHING = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast",)  # all that a theme changes
VIEW = "data=demo&range=last_12m&compare=year&channel=Direct"
RUN = """
const done = arguments[arguments.length - 1];
const rules = {resultTypes: ['violations'], runOnly: arguments[1]};
axe.run(arguments[0], rules).then(found => done(found.violations.map(v => ({
  rule: v.id, impact: v.impact, help: v.help, count: v.nodes.length,
  nodes: v.nodes.slice(0, 4).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' ' +
    n.any.concat(n.all).map(c => c.message).join('; ').slice(0, 200))
})))).catch(fault => done([{rule: 'axe', impact: 'critical', help: String(fault), count: 1, nodes: []}]));
"""
UNANSWERED = """
const cards = [...document.querySelectorAll('.tile-slot')];
const waiting = cards.filter(c => !c.dataset.state || c.dataset.loading === '1').map(c => c.dataset.chart);
return cards.length ? waiting : ['the page'];
"""


@pytest.fixture
def page(open_browser: Any, app_server: AppServer) -> Iterator[Page]:
    driver = open_browser.driver
    yield Page(driver, app_server.url)
    driver.execute_script("localStorage.clear()")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def violations(driver: Any, within: str = "html", rules: tuple[str, ...] = EVERYTHING) -> str:
    """What axe-core finds in a part of the page as it stands."""
    if not driver.execute_script("return Boolean(window.axe)"):
        driver.execute_script(files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    driver.set_script_timeout(120)
    found = driver.execute_async_script(RUN, within, list(rules))
    return "\n".join(
        f"{v['impact']} {v['rule']} ({v['count']}): {v['help']}\n  " + "\n  ".join(v["nodes"]) for v in found
    )


def show_whole(page: Page, name: str) -> None:
    """The page in a window so tall that every card is in sight."""
    set_viewport(page.driver, 1440, 9000)
    page.driver.get(f"{page.url}/{name}?{VIEW}")
    page.wait(lambda: page.driver.execute_script(UNANSWERED) == [], "an answer in every card")


def other_theme(page: Page) -> str:
    before = page.theme
    page.click("#theme-button")
    page.wait(lambda: page.theme != before, "the other theme")
    return page.theme


@pytest.mark.parametrize(
    "name", [pytest.param(p.name, marks=[pytest.mark.long] if p.path != PAGES[0].path else []) for p in PAGES]
)
def test_no_violation_on_a_page(page: Page, name: str) -> None:
    """Each tab: forwards with all rules, what stands around the cards once; and back with the other theme's colours."""

    def turn_to(screen: Screen) -> None:
        page.click(".page-tab", screen.tab.title)
        page.wait(lambda: bool(page.all(f"[data-page='{screen.path}']")), screen.path)
        page.wait(lambda: page.driver.execute_script(UNANSWERED) == [], "an answer in every card")

    first, *others = next(p for p in PAGES if p.name == name).screens
    show_whole(page, name)
    assert violations(page.driver) == "", page.theme
    for screen in others:
        turn_to(screen)
        assert violations(page.driver, "#page") == "", screen.path
    theme = other_theme(page)
    assert violations(page.driver, rules=COLOURS) == "", theme
    for screen in [first, *others][-2::-1]:
        turn_to(screen)
        assert violations(page.driver, "#page", COLOURS) == "", (screen.path, theme)


@pytest.mark.long
def test_no_violation_in_menus_and_dialogs(page: Page) -> None:
    page.open(f"/products?{VIEW}")
    for rules in (EVERYTHING, COLOURS):
        theme = other_theme(page)
        for menu in ("range", "filter:category", "more", "card:revenue_by_product"):
            page.menu(menu)
            assert violations(page.driver, "#panel", rules) == "", (menu, theme)
        page.click("#panel .menu-item", "View as table")
        page.wait(lambda: bool(page.all("#dialog[open] tbody tr")), "the table")
        assert violations(page.driver, "#dialog", rules) == "", ("the table", theme)
        page.click(".dialog-x")
        page.wait(lambda: not page.all("#dialog[open]"), "the dialog closed")
