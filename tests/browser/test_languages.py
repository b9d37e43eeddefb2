"""German and French fit where English does: nothing is cut, nothing meets, nothing makes the page wider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.languages import COOKIE
from tests.browser.pages import Page
from tests.browser.watch import set_viewport

# Labels whose text is wider than their box, or than the window. What may be long ends in "…", and has a tooltip.
CUT = """
const cut = [];
for (const e of document.querySelectorAll(
    '.kpi-label, .kpi-value, .kpi-change, .page-tab, .nav-item span, .controls .menu-button, .text-button, h1, ' +
    '.tile h3')) {
  const box = e.getBoundingClientRect(), { overflowX, textOverflow, clipPath } = getComputedStyle(e);
  if (box.width < 3 || !box.height || clipPath.includes('50%')) continue;
  const own = e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && textOverflow !== 'ellipsis';
  const scrolls = e.closest('.page-tabs, .rail, .crumbs, .controls, .chips');
  if (own || (box.right > innerWidth + 1 && !scrolls)) cut.push(`${e.className} ${e.textContent.trim().slice(0, 50)}`);
}
return cut;
"""
# How many pixels of a page's tabs are out of sight.
HIDDEN_TABS = """
const tabs = document.querySelector('.page-tabs');
return tabs ? tabs.scrollWidth - tabs.clientWidth : 0;
"""
WIDER = "return Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"


@pytest.fixture
def window(page: Page) -> Iterator[Page]:
    yield page
    page.driver.delete_cookie(COOKIE)


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.long)])
def test_german_and_french_fit_where_english_does(window: Page, width: int) -> None:
    set_viewport(window.driver, width, 844)
    found = {}
    for code in ("de", "fr"):
        chosen = {"name": COOKIE, "value": code, "url": window.url}
        window.driver.execute_cdp_cmd("Network.setCookie", chosen)
        for path in ("/overview", "/customers"):
            window.open(f"{path}?data=demo")
            assert window.driver.execute_script("return document.documentElement.lang") == code
            if width > 767:
                set_viewport(window.driver, 1160, 844)
                window.wait(lambda: window.driver.execute_script("return innerWidth") == 1160, "the width")
                assert window.driver.execute_script(HIDDEN_TABS) <= 0, (code, path)
                set_viewport(window.driver, width, 844)
                window.wait(lambda: window.driver.execute_script("return innerWidth") == width, "the width")
            found[code, path] = (window.driver.execute_script(CUT), window.driver.execute_script(WIDER))
    assert found == dict.fromkeys(found, ([], 0))
