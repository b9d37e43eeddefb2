"""The pages, in the order of the navigation. A page is a module of this package with a PAGE; it is listed here."""

from __future__ import annotations

from dataclasses import replace

from dashboard.chart import Chart, Page
from dashboard.pages import basket, customers, geography, overview, products, trends
from dashboard.pages.insights import CARDS, insights


def _with_insights(page: Page) -> Page:
    """The page with its card of insights: below the key figures where the page begins with them, or else on top."""
    card = CARDS.get(page.name)
    if card is None:
        return page
    first = 1 if page.rows[0][0][0].role == "kpis" else 0
    return replace(page, rows=(*page.rows[:first], ((card, 12),), *page.rows[first:]))


PAGES: tuple[Page, ...] = tuple(
    _with_insights(module.PAGE) for module in (overview, trends, products, basket, geography, customers)
)
CHARTS: dict[str, Chart] = {c.name: c for c in (*(c for p in PAGES for c in p.charts), insights)}
BY_PATH: dict[str, Page] = {p.path: p for p in PAGES}
