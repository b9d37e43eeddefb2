"""Basket: what is bought together, and how large an order is."""

from __future__ import annotations

from analytics.language import N_
from dashboard.pages.basket import offers, pairs
from dashboard.screens import Page, Tab

PAGE = Page(
    name="basket",
    title=N_("Basket"),
    icon="basket",
    tabs=(
        Tab(
            "pairs",
            N_("Pairs"),
            (
                ((pairs.basket_pairs, 12),),
                ((pairs.basket_network, 6), (pairs.pair_heatmap, 6)),
                ((pairs.basket_size, 6), (pairs.basket_value_by_size, 6)),
            ),
        ),
        Tab(
            "offers",
            N_("Offers"),
            (
                ((offers.bundle_ideas, 12),),
                ((offers.attach_rates, 5), (offers.recommendations, 7)),
            ),
        ),
    ),
    topic="baskets",
)
