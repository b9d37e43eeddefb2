"""Trends: how the business moves through time."""

from __future__ import annotations

from analytics.language import N_
from dashboard.pages.overview import breakdown, breakdown_over_time, revenue_by_weekday_hour, revenue_over_time
from dashboard.pages.trends import outlook, through_time
from dashboard.screens import Page, Tab

PAGE = Page(
    name="trends",
    title=N_("Trends"),
    icon="graph-up",
    tabs=(
        Tab(
            "summary",
            N_("Summary"),
            (
                ((revenue_over_time, 7), (through_time.growth_over_time, 5)),
                ((through_time.orders_over_time, 6), (through_time.aov_over_time, 6)),
                ((through_time.conversion_over_time, 12),),
            ),
        ),
        Tab(
            "why",
            N_("Why"),
            (
                ((outlook.revenue_bridge, 7), (outlook.order_value_bridge, 5)),
                ((breakdown, 5), (breakdown_over_time, 7)),
                ((outlook.anomalies, 12),),
                ((outlook.alerts, 12),),
            ),
        ),
        Tab(
            "seasonality",
            N_("Seasonality"),
            (
                ((through_time.year_over_year, 7), (through_time.seasonality, 5)),
                ((through_time.orders_by_hour, 8), (through_time.orders_by_part_of_day, 4)),
                ((revenue_by_weekday_hour, 12),),
            ),
        ),
        Tab("forecast", N_("Forecast"), (((outlook.forecast, 12),),)),
    ),
    topic="time",
)
