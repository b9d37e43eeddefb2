"""The pages, in the order of the navigation, and every chart by name."""

from __future__ import annotations

from dashboard.chart import Chart, Page
from dashboard.pages import basket, customers, geography, overview, products, trends

PAGES: tuple[Page, ...] = (overview.PAGE, trends.PAGE, products.PAGE, basket.PAGE, geography.PAGE, customers.PAGE)
CHARTS: dict[str, Chart] = {c.name: c for p in PAGES for c in p.charts}
BY_PATH: dict[str, Page] = {p.path: p for p in PAGES}
