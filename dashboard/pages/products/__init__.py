"""Products: what sells, on which terms, and what lies in stock."""

from __future__ import annotations

from dashboard.chart import Page
from dashboard.pages.products import sales, stock, terms

PAGE = Page(
    name="products",
    title="Products",
    icon="box-seam",
    rows=(
        ((sales.revenue_by_product, 6), (sales.units_by_product, 6)),
        ((sales.product_pareto, 7), (sales.product_movers, 5)),
        ((sales.revenue_by_category, 5), (sales.category_over_time, 7)),
        ((sales.product_over_time, 12),),
        ((sales.product_month_units, 12),),
        ((sales.under_performers, 12),),
        ((sales.returns_by_product, 6), (sales.repeat_purchase_by_product, 6)),
        ((terms.price_and_quantity, 12),),
        ((terms.deal_size_totals, 6), (terms.deal_size_distribution, 6)),
        ((terms.order_status, 6), (terms.sales_by_discount, 6)),
        ((terms.discount_effect, 12),),
        ((stock.inventory_turnover, 12),),
        ((stock.stock_cover, 12),),
    ),
    sections={
        "revenue_by_category": "The mix over time",
        "under_performers": "Strong and weak products",
        "deal_size_totals": "Terms of sale",
        "inventory_turnover": "Stock",
    },
    topic="products",
)
