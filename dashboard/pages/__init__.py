"""The pages, in the order of the navigation. A page is a module of this package with a PAGE; MODULES lists it."""

from __future__ import annotations

from dataclasses import replace

from dashboard.chart import Chart
from dashboard.pages import basket, customers, geography, insights, overview, products, reconciliation, targets, trends
from dashboard.screens import Page, Row, Screen

MODULES = (overview, trends, products, basket, geography, customers, reconciliation)

_DECLARED: tuple[Page, ...] = tuple(module.PAGE for module in MODULES)
_INSIGHTS = insights.cards(_DECLARED)


def _with_insights(page: Page) -> Page:
    """The page with its card of insights on its first tab: below the key figures where the tab begins with them, or
    else on top; last where it begins with a headline, and there what needs action comes below the first charts."""
    card = _INSIGHTS.get(page.name)
    if card is None:
        return page
    tab = page.tabs[0]
    begins = tab.rows[0][0][0].role
    if begins == "headline":
        needed: Row = ((insights.actions(_DECLARED), 12),)
        tab = replace(tab, rows=(*tab.rows[:3], needed, *tab.rows[3:], ((card, 12),)))
    else:
        first = 1 if begins == "kpis" else 0
        tab = replace(tab, rows=(*tab.rows[:first], ((card, 12),), *tab.rows[first:]))
    return replace(page, tabs=(tab, *page.tabs[1:]))


PAGES: tuple[Page, ...] = tuple(_with_insights(page) for page in _DECLARED)
CHARTS: dict[str, Chart] = {c.name: c for p in PAGES for c in p.charts}
CHARTS[targets.ALL.name] = targets.ALL
CHARTS[insights.ALL] = insights.all_insights(_DECLARED)
BY_PATH: dict[str, Screen] = {screen.path: screen for page in PAGES for screen in page.screens}
# What a workbook or another file holds, by its name: a page with all its tabs, or one tab.
FILES: dict[str, Page | Screen] = {screen.name: screen for screen in BY_PATH.values()} | {p.name: p for p in PAGES}


def screen_of(chart: str, near: Page | None = None) -> Screen | None:
    """The tab on which a chart stands: on the page `near`, if it is there, or else on the first page that has it. None
    for a chart without a card."""
    return insights.screen_of(PAGES, chart, near)
