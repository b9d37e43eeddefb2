"""What pages told wrongly once, in the words of statisticians, or not at all: one look at each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from analytics.insights.kinds import PORTRAIT
from tests.browser.pages import Page
from tests.browser.watch import at_rest, console_errors
from tests.processes import AppServer

STANDING = {kind.name for kind in PORTRAIT}  # what always holds, such as who is the largest
# The kinds of what a card tells, in the order in which it is read, before any list is unfolded.
READ = """
const told = [...document.querySelectorAll(`[data-chart="${arguments[0]}"] [data-insight]`)];
return told.filter(each => each.checkVisibility()).map(each => each.dataset.insight);
"""
NEAR = """
const card = document.querySelector(`.tile-slot[data-chart="${arguments[0]}"]`);
card.scrollIntoView({block: 'center', behavior: 'instant'});
"""
# What a page says on its face: nothing that is folded up, nothing for screen readers alone.
FACE = "return document.querySelector('#page').innerText"
CELLS = """
const cells = document.querySelectorAll(`[data-chart="${arguments[0]}"] .ag-row [col-id="${arguments[1]}"]`);
return [...cells].map(cell => cell.textContent);
"""
BARS = """
const plot = document.querySelector(`[data-chart="${arguments[0]}"] .js-plotly-plot`);
return plot ? [...plot.querySelectorAll('.barlayer .point')].length : 0;
"""
IN_WINDOW = """
const {top, bottom} = arguments[0].getBoundingClientRect();
return top >= 0 && bottom <= innerHeight;
"""
STATISTICS = re.compile(r"\b(lift|confidence|support|[pq]-values?|hyperlift|gini|hhi|mase|chi)\b|\b[pq] ?[=<]", re.I)


@pytest.fixture
def shop(open_browser: Any, app_server: AppServer) -> Iterator[Page]:
    at_rest(open_browser.driver)
    yield Page(open_browser.driver, app_server.url)
    assert console_errors(open_browser.driver) == []


def face(shop: Page) -> str:
    return str(shop.driver.execute_script(FACE))


def test_what_changed_is_read_before_what_always_holds(shop: Page) -> None:
    shop.open("/products?data=demo&range=last_28d")
    shop.wait(lambda: bool(shop.all("[data-insight]")), "what changed")
    told = shop.driver.execute_script(READ, "insights_products")
    news = [kind for kind in told if kind not in STANDING]
    assert news
    assert told[: len(news)] == news
    assert shop.texts("[data-chart='insights_products'] .insight-heading") == ["Key facts"] * (len(told) > len(news))


@pytest.mark.long
def test_the_basket_is_told_in_plain_words_and_why_it_is_empty(shop: Page) -> None:
    shop.open("/basket?data=demo&range=last_12m")
    shop.wait(lambda: bool(shop.driver.execute_script(CELLS, "basket_pairs", "orders")), "pairs")
    assert "Times as often as expected" in shop.texts("[data-chart='basket_pairs'] .ag-header-cell-text")
    assert STATISTICS.findall(face(shop)) == []
    shop.open("/basket?data=demo&range=last_12m&order_products=1")
    for chart in ("basket_pairs", "pair_heatmap"):
        shop.driver.execute_script(NEAR, chart)
        said = shop.waited(lambda chart=chart: " ".join(shop.texts(f"[data-chart='{chart}'] .state")), chart)
        assert re.search(r"[1-9][\d,]* orders with Products in the order: 1 in Jan 2025 – Dec 2025\. No order", said), (
            said
        )
        assert "iden the range" not in said


@pytest.mark.long
def test_customers_at_risk_are_lapsed_and_called_by_their_names(shop: Page) -> None:
    shop.open("/customers/at-risk?data=demo&range=last_12m")
    shop.wait(lambda: len(shop.driver.execute_script(CELLS, "churn_risk", "recency")) > 3, "customers at risk")
    days = [int(text.replace(",", "")) for text in shop.driver.execute_script(CELLS, "churn_risk", "recency")]
    assert min(days) > 60, "nobody who bought lately"
    assert [n for n in shop.driver.execute_script(CELLS, "churn_risk", "customer") if re.fullmatch(r"C\d+", n)] == []
    shop.click(".page-tab", "Summary")
    shop.wait(lambda: "customer_ranking" in shop.states(), "the ranking")
    shop.arrive()
    key = shop.keys("customer_ranking")[0]
    shop.click_bar("customer_ranking", key)
    shop.wait(lambda: bool(shop.chips()), "the filter")
    assert ("customer", key) in shop.query
    (chip,) = shop.chips()
    assert re.fullmatch(r"Customer: [^\d]+", chip)


def test_a_month_is_no_season(shop: Page) -> None:
    shop.open("/trends/seasonality?data=demo&range=last_month")
    shop.driver.execute_script(NEAR, "seasonality")
    bars = shop.waited(lambda: shop.driver.execute_script(BARS, "seasonality"), "the months")
    assert bars == 12
    assert "100 %" not in face(shop)
    assert "The range alone is too short" in face(shop)


@pytest.mark.long
def test_slow_movers_go_to_excel_and_a_chart_to_the_glossary(shop: Page) -> None:
    shop.open("/products/stock?data=demo&range=last_month")
    shop.menu("card:slow_movers")
    assert "/export/slow_movers.xlsx" in str(shop.one("#panel a", "Excel").get_attribute("href"))
    shop.click("#panel .menu-item", "How is this computed?")
    shop.wait(lambda: bool(shop.all("#dialog[open] a[href*='/glossary#']")), "the terms")
    entry = str(shop.all("#dialog a[href*='/glossary#']")[-1].get_attribute("href"))
    shop.driver.get(entry)  # in a tab of its own, for a reader
    term = shop.one(f"dt#{urlsplit(entry).fragment}")
    shop.wait(lambda: bool(shop.driver.execute_script(IN_WINDOW, term)), "its entry, after a smooth scroll")
