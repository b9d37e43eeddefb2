"""What the items of the ledger and the causes of a difference are called, in our words or in those of a platform."""

from __future__ import annotations

from collections.abc import Collection

from analytics.language import N_, _
from analytics.questions.reconciliation import SHIFTS, zone_cause

OURS = {
    "gross_sales": N_("Gross sales, before discounts"),
    "discounts": N_("Discounts"),
    "returns": N_("Returns"),
    "net_sales": N_("Net sales"),
    "shipping": N_("Shipping"),
    "duties": N_("Duties"),
    "fees": N_("Fees charged"),
    "taxes": N_("Taxes"),
    "tips": N_("Tips"),
    "total_sales": N_("Total sales"),
    "gift_cards": N_("Gift cards sold"),
    "selling_fees": N_("Selling fees"),
    "after_fees": N_("Left after fees"),
}
PLATFORMS: dict[str, dict[str, str]] = {
    "shopify": {
        "gross_sales": N_("Gross sales"),
        "shipping": N_("Shipping charges"),
        "fees": N_("Additional fees"),
    },
    "woocommerce": {"gross_sales": N_("Gross sales"), "discounts": N_("Coupons"), "fees": N_("Fees")},
    "amazon": {
        "gross_sales": N_("Product sales"),
        "discounts": N_("Promotional rebates"),
        "returns": N_("Refunds"),
        "net_sales": N_("Product sales less rebates and refunds"),
        "shipping": N_("Shipping credits"),
        "fees": N_("Gift wrap credits"),
        "taxes": N_("Sales tax collected"),
    },
    "square": {
        "gross_sales": N_("Gross sales"),
        "discounts": N_("Discounts and comps"),
        "taxes": N_("Tax"),
        "fees": N_("Service charges"),
    },
}
CAUSES = {
    "returns_by_day": N_("Returns on another day"),
    "returns": N_("Returns not subtracted"),
    "discounts": N_("Discounts counted otherwise"),
    "taxes": N_("Taxes counted otherwise"),
    "shipping": N_("Shipping counted otherwise"),
    "duties": N_("Duties counted otherwise"),
    "fees": N_("Fees counted otherwise"),
    "tips": N_("Tips counted otherwise"),
    "gift_cards": N_("Gift cards counted as sales"),
    "cancelled": N_("Cancelled orders left out"),
}
ZONES = {
    zone_cause(h): N_("Days that begin {hours} h later", hours=h)
    if h > 0
    else N_("Days that begin {hours} h earlier", hours=-h)
    for h in SHIFTS
}


def item_label(item: str, platform: str, items: Collection[str] = ("discounts",)) -> str:
    """An item of the ledger in a platform's words, or else in ours; `items`: those that the data have."""
    if item == "gross_sales" and "discounts" not in items:
        return PLATFORMS.get(platform, {}).get(item, N_("Gross sales"))
    return PLATFORMS.get(platform, {}).get(item, OURS[item])


def cause_label(cause: str, platform: str) -> str:
    """A step from our figure to the platform's."""
    known = {**CAUSES, **ZONES, "rounding": _("Rounding"), "missing_orders": _("Not explained by the data")}
    return known.get(cause) or item_label(cause, platform)
