"""Customers: who they are, whether they come back, what they will be worth."""

from __future__ import annotations

from analytics.language import N_
from analytics.questions.customers.models import learn
from dashboard.pages.customers import buyers, channels, prospects, segments
from dashboard.screens import Page, Tab

PAGE = Page(
    name="customers",
    title=N_("Customers"),
    icon="people",
    tabs=(
        Tab(
            "summary",
            N_("Summary"),
            (
                ((buyers.customer_kpis, 12),),
                ((buyers.new_and_returning, 7), (buyers.customers_by_orders, 5)),
                ((buyers.customer_pareto, 7), (buyers.customer_ranking, 5)),
            ),
        ),
        Tab(
            "retention",
            N_("Retention"),
            (
                ((buyers.retention_over_time, 6), (buyers.order_frequency, 6)),
                ((buyers.cohort_retention, 12),),
                ((buyers.customer_products, 12),),
            ),
        ),
        Tab(
            "segments",
            N_("Segments"),
            (
                ((segments.rfm_segments, 7), (segments.rfm_grid, 5)),
                ((segments.value_tiers, 7), (prospects.clv_by_segment, 5)),
                ((segments.rfm_scatter, 6), (buyers.spending_and_aov, 6)),
            ),
        ),
        Tab(
            "at-risk",
            N_("At risk"),
            (
                ((prospects.churn_risk, 12),),
                ((segments.rfm_migration, 7), (buyers.concentration, 5)),
            ),
        ),
        Tab(
            "channels",
            N_("Channels"),
            (
                ((channels.channel_performance, 12),),
                ((channels.attribution, 12),),
                ((buyers.new_customers_by_channel, 6), (buyers.by_payment_method, 6)),
                ((buyers.by_age_group, 6), (buyers.by_gender, 6)),
            ),
        ),
    ),
    topic="customers",
    insight_models=learn,
    details=(prospects.action_plan, segments.rfm_heatmap),
)
