"""Which chart shows a dimension's values side by side: where a claim about one of them is proven."""

from __future__ import annotations

from analytics.insights.claim import Proof
from analytics.insights.company import Company

RANKINGS: dict[str, tuple[str, tuple[str, str] | None]] = {
    # dimension: chart, the chart's option
    "product": ("revenue_by_product", None),
    "category": ("revenue_by_category", None),
    "brand": ("revenue_by_category", ("by", "brand")),
    "deal_size": ("deal_size_totals", None),
    "country": ("revenue_by_country", None),
    "channel": ("channel_performance", None),
    "age_group": ("by_age_group", None),
    "gender": ("by_gender", None),
    "payment_method": ("by_payment_method", None),
}


def side_by_side(company: Company, field: str, value: str) -> Proof:
    """The chart that ranks a dimension, with the value chosen; without one, the key figures of that value alone."""
    if field == "place":
        return place(company, value)
    chart, option = RANKINGS.get(field, ("kpis", None))
    if chart == "revenue_by_category" and "category" not in company:
        chart = "top_products"
        option = ("level", "brand")
    return company.proof(chart, {field: (value,)}, option=option)


def place(company: Company, value: str, chart: str = "revenue_by_city") -> Proof:
    """A chart of cities with the place chosen; the ranking of places where the data have no cities."""
    if "city" not in company:
        return company.proof("top_places", {"place": (value,)})
    return company.proof(chart, {"place": (value,)})
