"""Other words by which people look for a chart: the palette finds it by these too, in the language of whoever types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analytics.language import N_

OF_CHARTS: Final[Mapping[str, str]] = {
    "churn_risk": N_("lapsed lapsing churn inactive lost customers win back"),
    "retention_over_time": N_("loyalty repeat customers churn"),
    "cohort_retention": N_("cohorts loyalty"),
    "repeat_purchase_by_product": N_("repeat purchases reorder"),
    "customer_ranking": N_("top customers biggest VIP"),
    "customer_pareto": N_("top customers 80/20 Pareto"),
    "clv_by_segment": N_("customer lifetime value CLV LTV"),
    "rfm_segments": N_("RFM groups"),
    "concentration": N_("dependence key accounts"),
    "slow_movers": N_("dead stock slow sellers unsold"),
    "stock_cover": N_("inventory out of stock running out reorder"),
    "inventory_turnover": N_("inventory turns dead stock"),
    "under_performers": N_("worst sellers losers declining"),
    "product_movers": N_("winners losers rising falling"),
    "top_products": N_("top products bestsellers"),
    "product_pareto": N_("80/20 Pareto"),
    "aov_over_time": N_("AOV basket value"),
    "order_value_bridge": N_("AOV basket value"),
    "conversion_over_time": N_("visits traffic sessions"),
    "revenue_over_time": N_("sales turnover"),
    "revenue_bridge": N_("causes waterfall"),
    "anomalies": N_("outliers anomalies"),
    "year_over_year": N_("last year YoY"),
    "forecast": N_("outlook prediction next months"),
    "returns_by_product": N_("refunds sent back"),
    "sales_by_discount": N_("coupons promotions"),
    "discount_effect": N_("coupons promotions"),
    "basket_pairs": N_("cross-selling market basket"),
    "bundle_ideas": N_("cross-selling upselling"),
    "attribution": N_("marketing campaigns"),
    "channel_performance": N_("marketing campaigns sources"),
    "reconciliation": N_("differences payout"),
}
