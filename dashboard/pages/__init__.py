"""The pages, in the order of the navigation, each with the card of what stands out on it, and every chart by name."""

from __future__ import annotations

from dataclasses import replace

from dashboard.chart import Chart, Page
from dashboard.pages import basket, customers, geography, overview, products, trends
from dashboard.pages.insights_card import CARDS, insights


def _with_insights(page: Page) -> Page:
    """Below the key figures where the page begins with them, else on top."""
    key_figures = [row for row in page.rows[:1] if row[0][0].name.endswith("kpis")]
    others = page.rows[len(key_figures) :]
    return replace(page, rows=(*key_figures, ((CARDS[page.name], 12),), *others))


PAGES: tuple[Page, ...] = tuple(
    _with_insights(page.PAGE) for page in (overview, trends, products, basket, geography, customers)
)
CHARTS: dict[str, Chart] = {c.name: c for c in (*(c for p in PAGES for c in p.charts), insights)}
BY_PATH: dict[str, Page] = {p.path: p for p in PAGES}
