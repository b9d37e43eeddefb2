"""axe-core over every page, light and dark: no violation that it calls serious or critical.

Cards out of sight are empty until one scrolls to them, and are left out."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from dashboard.pages import PAGES
from tests.browser.pages import Page
from tests.processes import AppServer

BAD = ("serious", "critical")
RUN = """
const done = arguments[arguments.length - 1];
const rules = {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']};
axe.run({exclude: ['.tile-slot[data-near="0"]']}, rules).then(found => done(found.violations.map(v => ({
  rule: v.id, impact: v.impact, help: v.help, count: v.nodes.length,
  nodes: v.nodes.slice(0, 4).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' ' +
    n.any.concat(n.all).map(c => c.message).join('; ').slice(0, 200))
})))).catch(fault => done([{rule: 'axe', impact: 'critical', help: String(fault), count: 1, nodes: []}]));
"""


@pytest.fixture
def page(open_browser: Any, app_server: AppServer) -> Iterator[Page]:
    yield Page(open_browser.driver, app_server.url)
    open_browser.driver.execute_script("localStorage.clear()")


def violations(driver: Any) -> list[str]:
    """What axe-core finds serious or critical on the page as it stands."""
    if not driver.execute_script("return Boolean(window.axe)"):
        driver.execute_script(files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    driver.set_script_timeout(120)
    found = driver.execute_async_script(RUN)
    return [
        f"{v['impact']} {v['rule']} ({v['count']}): {v['help']}\n  " + "\n  ".join(v["nodes"])
        for v in found
        if v["impact"] in BAD
    ]


def show(page: Page, name: str, theme: str) -> None:
    """The page in that theme."""
    page.open(f"/{name}?data=demo&range=last_12m&channel=Direct")
    if page.theme != theme:
        page.press("#theme-button")
        page.wait(lambda: page.theme == theme, f"the theme {theme}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [p.name for p in PAGES])
def test_no_serious_violation_on_a_page(page: Page, name: str, theme: str) -> None:
    show(page, name, theme)
    assert "\n".join(violations(page.driver)) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_violation_in_menus_and_dialogs(page: Page, theme: str) -> None:
    show(page, "products", theme)
    for menu in ("filter:category", "range", "card:revenue_by_product"):
        page.menu(menu)
        assert "\n".join(violations(page.driver)) == "", menu
    page.press("#panel .menu-item", "View as table")
    page.wait(lambda: bool(page.all("#dialog.open tbody tr")), "the table")
    assert "\n".join(violations(page.driver)) == "", "the table"
