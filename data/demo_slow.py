"""The product of Quillmere that hardly sells: launched in September 2024, and left on the shelf.

It costs and is sold for what another product is, of the same brand and category, and takes a few of that one's sales:
no other figure of the company depends on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.demo_demand import WEEKS

SLOW = "Lumara Night Light 2-pack"
LIKE = "Lumara Plug 2-pack"
LAUNCHED = pd.Timestamp("2024-09-02")
BOUGHT = 300  # units, when it was launched
EVERY = 3  # weeks in which one order is for it


def with_slow_product(lines: pd.DataFrame) -> pd.DataFrame:
    """The order lines, some of which are about the slow product in place of the other one, refunds of them too."""
    alone = lines["product"].eq(LIKE).groupby(lines["order_id"]).transform("all") & (lines["ordered_at"] >= LAUNCHED)
    weeks = (lines.loc[alone, "ordered_at"] - LAUNCHED).dt.days // 7
    taken = lines.loc[weeks[weeks % EVERY == 0].drop_duplicates().index, "order_id"]
    return lines.assign(product=lines["product"].mask(lines["order_id"].isin(taken), SLOW))


def with_its_stock(stock: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The counts of stock with those of the slow product: what is left of the units that were bought at its launch."""
    days = WEEKS[WEEKS >= LAUNCHED]
    mine = lines[lines["product"] == SLOW].sort_values("posted_at")
    gone = np.concatenate(([0], mine["quantity"].cumsum()))
    left = BOUGHT - gone[np.searchsorted(mine["posted_at"].to_numpy(), days.to_numpy())]
    counts = pd.DataFrame({"date": days.as_unit("us"), "product": SLOW, "on_hand": left})
    return pd.concat([stock, counts], ignore_index=True).sort_values("date", kind="stable", ignore_index=True)
