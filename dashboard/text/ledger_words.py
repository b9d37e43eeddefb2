"""What the items of the ledger and the causes of a difference are called, in our words or in those of a platform."""

from __future__ import annotations

from collections.abc import Collection

from analytics.questions.reconciliation import SHIFTS, zone_cause

OURS = {
    "gross_sales": "Gross sales, before discounts",
    "discounts": "Discounts",
    "returns": "Returns",
    "net_sales": "Net sales",
    "shipping": "Shipping",
    "duties": "Duties",
    "fees": "Fees charged",
    "taxes": "Taxes",
    "tips": "Tips",
    "total_sales": "Total sales",
    "gift_cards": "Gift cards sold",
    "selling_fees": "Selling fees",
    "after_fees": "Left after fees",
}
PLATFORMS: dict[str, dict[str, str]] = {
    "shopify": {
        "gross_sales": "Gross sales",
        "shipping": "Shipping charges",
        "fees": "Additional fees",
    },
    "woocommerce": {"gross_sales": "Gross sales", "discounts": "Coupons", "fees": "Fees"},
    "amazon": {
        "gross_sales": "Product sales",
        "discounts": "Promotional rebates",
        "returns": "Refunds",
        "net_sales": "Product sales less rebates and refunds",
        "shipping": "Shipping credits",
        "fees": "Gift wrap credits",
        "taxes": "Sales tax collected",
    },
    "square": {
        "gross_sales": "Gross sales",
        "discounts": "Discounts and comps",
        "taxes": "Tax",
        "fees": "Service charges",
    },
}
CAUSES = {
    "returns_by_day": "Returns on another day",
    "returns": "Returns not subtracted",
    "discounts": "Discounts counted otherwise",
    "taxes": "Taxes counted otherwise",
    "shipping": "Shipping counted otherwise",
    "duties": "Duties counted otherwise",
    "fees": "Fees counted otherwise",
    "tips": "Tips counted otherwise",
    "gift_cards": "Gift cards counted as sales",
    "cancelled": "Cancelled orders left out",
}
ZONES = {zone_cause(h): f"Days that begin {abs(h)} h {'later' if h > 0 else 'earlier'}" for h in SHIFTS}


def item_label(item: str, platform: str, items: Collection[str] = ("discounts",)) -> str:
    """An item of the ledger in a platform's words, or else in ours; `items`: those that the data have."""
    if item == "gross_sales" and "discounts" not in items:
        return PLATFORMS.get(platform, {}).get(item, "Gross sales")
    return PLATFORMS.get(platform, {}).get(item, OURS[item])


def cause_label(cause: str, platform: str) -> str:
    """A step from our figure to the platform's."""
    known = {**CAUSES, **ZONES, "rounding": "Rounding", "missing_orders": "Not explained by the data"}
    return known.get(cause) or item_label(cause, platform)
