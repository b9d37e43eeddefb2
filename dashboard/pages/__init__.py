"""The pages, in the order of the navigation. A page is a module of this package with a PAGE; MODULES lists it."""

from __future__ import annotations

from dataclasses import replace

from dashboard.chart import Chart, Page
from dashboard.pages import basket, customers, geography, insights, overview, products, reconciliation, targets, trends

MODULES = (overview, trends, products, basket, geography, customers, reconciliation)

_DECLARED: tuple[Page, ...] = tuple(module.PAGE for module in MODULES)
_INSIGHTS = insights.cards(_DECLARED)


def _with_insights(page: Page) -> Page:
    """The page with its card of insights: below the key figures where the page begins with them, or else on top."""
    card = _INSIGHTS.get(page.name)
    if card is None:
        return page
    first = 1 if page.rows[0][0][0].role == "kpis" else 0
    return replace(page, rows=(*page.rows[:first], ((card, 12),), *page.rows[first:]))


PAGES: tuple[Page, ...] = tuple(_with_insights(page) for page in _DECLARED)
CHARTS: dict[str, Chart] = {c.name: c for p in PAGES for c in p.charts}
CHARTS[targets.ALL.name] = targets.ALL
CHARTS[insights.ALL] = insights.all_insights(_DECLARED)
BY_PATH: dict[str, Page] = {p.path: p for p in PAGES}
