"""Each page walked as a manager would: filter, two charts, order lines, export, and the link in another's browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from tests.browser.pages import Page
from tests.browser.watch import console_errors, network_requests
from tests.processes import AppServer

START = "data=demo&range=all"
NEAR = """
const card = document.querySelector(`.tile-slot[data-chart="${arguments[0]}"]`);
if (card) card.scrollIntoView({block: 'center', behavior: 'instant'});
return Boolean(card) && card.dataset.near === '1' && (card.dataset.state || '').startsWith('ok');
"""


@pytest.fixture
def walk(open_browser: Any, app_server: AppServer) -> Iterator[Page]:
    """The shared browser; at the end its console holds no error and no other host was asked for anything."""
    driver = open_browser.driver
    driver.get("about:blank")
    console_errors(driver)
    network_requests(driver)
    yield Page(driver, app_server.url)
    assert console_errors(driver) == []
    assert [url for url in network_requests(driver) if not url.startswith(app_server.url + "/")] == []


def near(page: Page, chart: str) -> None:
    """Scroll to a chart and wait for its answer."""
    page.wait(lambda: bool(page.driver.execute_script(NEAR, chart)), f"{chart} in sight")


def choose(page: Page, chart: str, mark: int) -> str:
    """A click on a bar; its key."""
    near(page, chart)
    key = page.keys(chart)[mark]
    before = page.driver.current_url
    page.click_bar(chart, key)
    page.wait(lambda: page.driver.current_url != before, f"an address with {key}")
    near(page, chart)
    return key


def lines_and_export(page: Page, chart: str) -> int:
    """The number of order lines behind a chart's card; its Excel file comes whole."""
    near(page, chart)
    page.menu(f"card:{chart}")
    links = [e.get_attribute("href") for e in page.all("#panel a.menu-item")]
    excel = next(link for link in links if link and "/export/" in link)
    with urlopen(excel) as answer:
        assert answer.status == 200
        assert answer.read(2) == b"PK"
    page.press("#panel .menu-item", "Order lines")
    foot = page.one(".lines-foot")
    count = int(foot.get_attribute("data-count"))
    page.press(".dialog-x")
    page.wait(lambda: not page.all("#dialog.open"), "the dialog closed")
    return count


def said(page: Page, chart: str) -> str:
    near(page, chart)
    return page.numbers()[chart]


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("/products", "revenue_by_product", "deal_size_totals"),
        ("/geography", "revenue_by_country", "revenue_by_city"),
        ("/customers", "customer_ranking", "by_payment_method"),
        ("/trends", "orders_by_part_of_day", "orders_by_hour"),
    ],
)
def test_a_page_is_walked(walk: Page, second_browser: Any, path: str, first: str, second: str) -> None:
    walk.open(f"{path}?{START}&channel=Direct")
    near(walk, second)
    before = said(walk, second)
    key = choose(walk, first, 0)
    assert key in dict(walk.query).values()
    walk.wait(lambda: said(walk, second) != before, f"{second} under {key}")
    everything = lines_and_export(walk, first)
    other = choose(walk, second, 0)
    assert {key, other} <= {value for _, value in walk.query}
    fewer = lines_and_export(walk, first)
    assert 0 < fewer <= everything
    link, shown = walk.driver.current_url.removeprefix(walk.url), said(walk, second)
    theirs = Page(second_browser.driver, walk.url).open(link)
    near(theirs, second)
    assert said(theirs, second) == shown
    assert console_errors(second_browser.driver) == []


def test_the_basket_is_walked(walk: Page, second_browser: Any) -> None:
    walk.open(f"/basket?{START}")
    near(walk, "basket_size")
    before = said(walk, "basket_size")
    walk.menu("filter:category")
    walk.press("#panel .tick")
    walk.wait(lambda: bool(walk.chips()), "the filter's chip")
    walk.wait(lambda: said(walk, "basket_size") != before, "other baskets")
    link, shown = walk.driver.current_url.removeprefix(walk.url), said(walk, "basket_size")
    theirs = Page(second_browser.driver, walk.url).open(link)
    near(theirs, "basket_size")
    assert said(theirs, "basket_size") == shown
    with urlopen(walk.driver.current_url.replace("/basket?", "/export/page-basket.xlsx?")) as answer:
        assert answer.read(2) == b"PK"
