"""Customers: who they are, whether they come back, what they will be worth."""

from __future__ import annotations

from analytics.questions.customers.models import learn
from dashboard.chart import Page
from dashboard.pages.customers import buyers, channels, prospects, segments

PAGE = Page(
    name="customers",
    title="Customers",
    icon="people",
    rows=(
        ((buyers.customer_kpis, 12),),
        ((buyers.customer_pareto, 7), (buyers.customer_ranking, 5)),
        ((buyers.new_and_returning, 6), (buyers.retention_over_time, 6)),
        ((buyers.cohort_retention, 12),),
        ((segments.rfm_segments, 7), (segments.rfm_grid, 5)),
        ((segments.rfm_scatter, 7), (segments.rfm_heatmap, 5)),
        ((segments.value_tiers, 7), (buyers.customers_by_orders, 5)),
        ((buyers.spending_and_aov, 6), (buyers.order_frequency, 6)),
        ((buyers.customer_products, 12),),
        ((channels.channel_performance, 12),),
        ((channels.attribution, 12),),
        ((buyers.new_customers_by_channel, 6), (buyers.by_payment_method, 6)),
        ((buyers.by_age_group, 6), (buyers.by_gender, 6)),
        ((prospects.action_plan, 7), (prospects.clv_by_segment, 5)),
        ((prospects.churn_risk, 12),),
        ((prospects.rfm_migration, 7), (prospects.concentration, 5)),
    ),
    sections={
        "new_and_returning": "Do they come back?",
        "rfm_segments": "Segments and tiers",
        "spending_and_aov": "What they buy",
        "channel_performance": "Channels and groups",
        "action_plan": "What comes next",
    },
    topic="customers",
    insight_models=learn,
)
