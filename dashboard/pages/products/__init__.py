"""Products: what sells, on which terms, and what lies in stock."""

from __future__ import annotations

from analytics.language import N_
from dashboard.pages.products import sales, stock, terms
from dashboard.screens import Page, Tab

PAGE = Page(
    name="products",
    title=N_("Products"),
    icon="box-seam",
    tabs=(
        Tab(
            "sales",
            N_("Sales"),
            (
                ((sales.revenue_by_product, 6), (sales.units_by_product, 6)),
                ((sales.revenue_by_category, 5), (sales.category_over_time, 7)),
                ((sales.product_pareto, 12),),
            ),
        ),
        Tab(
            "movers",
            N_("Movers"),
            (
                ((sales.product_movers, 5), (sales.product_over_time, 7)),
                ((sales.product_month_units, 12),),
                ((sales.under_performers, 12),),
            ),
        ),
        Tab(
            "stock",
            N_("Stock"),
            (
                ((stock.stock_cover, 12),),
                ((stock.slow_movers, 12),),
                ((stock.inventory_turnover, 12),),
            ),
        ),
        Tab(
            "pricing",
            N_("Pricing"),
            (
                ((terms.price_and_quantity, 7), (terms.sales_by_discount, 5)),
                ((terms.discount_effect, 12),),
                ((terms.deal_size_totals, 6), (terms.deal_size_distribution, 6)),
            ),
        ),
        Tab(
            "returns",
            N_("Returns"),
            (
                ((sales.returns_by_product, 6), (sales.repeat_purchase_by_product, 6)),
                ((terms.order_status, 12),),
            ),
        ),
    ),
    topic="products",
)
