"""What pages told wrongly once, in the words of statisticians, or not at all: one look at each."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from analytics.insights.kinds import PORTRAIT
from tests.browser.pages import Page

STOCK = {"lost_sales", "running_out"}
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


def face(page: Page) -> str:
    return str(page.driver.execute_script(FACE))


def test_what_changed_is_read_before_what_always_holds(page: Page) -> None:
    page.open("/products?data=demo&range=last_28d")
    page.wait(lambda: bool(page.all("[data-insight]")), "what changed")
    told = page.driver.execute_script(READ, "insights_products")
    news = [kind for kind in told if kind not in STANDING]
    assert news
    assert told[0] in STOCK, "what runs out is not the last thing that is told"
    assert told[: len(news)] == news
    assert page.texts("[data-chart='insights_products'] .insight-heading") == ["Key facts"] * (len(told) > len(news))


@pytest.mark.long
def test_the_basket_is_told_in_plain_words_and_why_it_is_empty(page: Page) -> None:
    page.open("/basket?data=demo&range=last_12m")
    page.wait(lambda: bool(page.driver.execute_script(CELLS, "basket_pairs", "orders")), "pairs")
    assert "Times as often as expected" in page.texts("[data-chart='basket_pairs'] .ag-header-cell-text")
    assert STATISTICS.findall(face(page)) == []
    page.open("/basket?data=demo&range=last_12m&order_products=1")
    for chart in ("basket_pairs", "pair_heatmap"):
        page.driver.execute_script(NEAR, chart)
        said = page.waited(lambda chart=chart: " ".join(page.texts(f"[data-chart='{chart}'] .state")), chart)
        assert re.search(r"[1-9][\d,]* orders with Products in the order: 1 in Jan 2025 – Dec 2025\. No order", said), (
            said
        )
        assert "iden the range" not in said


@pytest.mark.long
def test_customers_at_risk_are_lapsed_and_called_by_their_names(page: Page) -> None:
    page.open("/customers/at-risk?data=demo&range=last_12m")
    page.wait(lambda: len(page.driver.execute_script(CELLS, "churn_risk", "recency")) > 3, "customers at risk")
    days = [int(text.replace(",", "")) for text in page.driver.execute_script(CELLS, "churn_risk", "recency")]
    assert min(days) > 60, "nobody who bought lately"
    assert [n for n in page.driver.execute_script(CELLS, "churn_risk", "customer") if re.fullmatch(r"C\d+", n)] == []
    page.click(".page-tab", "Summary")
    page.wait(lambda: "customer_ranking" in page.states(), "the ranking")
    page.arrive()
    key = page.keys("customer_ranking")[0]
    page.click_bar("customer_ranking", key)
    page.wait(lambda: bool(page.chips()), "the filter")
    assert ("customer", key) in page.query
    (chip,) = page.chips()
    assert re.fullmatch(r"Customer: [^\d]+", chip)


def test_a_month_is_no_season(page: Page) -> None:
    page.open("/trends/seasonality?data=demo&range=last_month")
    page.driver.execute_script(NEAR, "seasonality")
    bars = page.waited(lambda: page.driver.execute_script(BARS, "seasonality"), "the months")
    assert bars == 12
    assert "100%" not in face(page)
    assert "The range alone is too short" in face(page)


@pytest.mark.long
def test_slow_movers_go_to_excel_and_a_chart_to_the_glossary(page: Page) -> None:
    page.open("/products/stock?data=demo&range=last_month")
    page.menu("card:slow_movers")
    assert "/export/slow_movers.xlsx" in str(page.one("#panel a", "Excel").get_attribute("href"))
    page.click("#panel .menu-item", "How is this computed?")
    page.wait(lambda: bool(page.all("#dialog[open] a[href*='/glossary#']")), "the terms")
    entry = str(page.all("#dialog a[href*='/glossary#']")[-1].get_attribute("href"))
    page.driver.get(entry)  # in a tab of its own, for a reader
    term = page.one(f"dt#{urlsplit(entry).fragment}")
    page.wait(lambda: bool(page.driver.execute_script(IN_WINDOW, term)), "its entry, after a smooth scroll")
