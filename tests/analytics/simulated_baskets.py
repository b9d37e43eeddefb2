"""Baskets of independent items, or with a planted pair: by them affinities are judged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.methods.baskets.pairs import incidence

ITEMS = 40
POPULAR = 1 / np.arange(2, ITEMS + 2)
PLANTED = (3, 8)


def drawn(seed: int, *, seasons: bool = False, planted: bool = False, orders: int = 3_000):
    """Baskets of heavy-tailed sizes with items drawn by popularity; with `seasons`, the even items sell five times as
    often in one half of the year and the odd ones in the other; `planted`: half of the orders with one item of PLANTED
    that lack the other get it. Returns the orders × items table and the month of each order."""
    rng = np.random.default_rng(seed)
    sizes = np.minimum(1 + rng.zipf(1.8, orders), 20)
    months = rng.integers(0, 12, orders)
    rows, columns = [], []
    for order, (size, month) in enumerate(zip(sizes, months, strict=True)):
        weight = POPULAR * np.where((np.arange(ITEMS) % 2 == 0) == (month < 6), 5.0, 1.0) if seasons else POPULAR
        items = set(np.argsort(rng.exponential(size=ITEMS) / weight)[:size].tolist())
        if planted and len(items & set(PLANTED)) == 1 and rng.random() < 0.5:
            items |= set(PLANTED)
        rows += [order] * len(items)
        columns += items
    return incidence(np.array(rows), np.array(columns), ITEMS), months


def claimed(table: pd.DataFrame, what: str) -> Iterator[tuple[int, int]]:
    """The pairs of an affinity table called so ("more" or "less")."""
    return ((int(r.a), int(r.b)) for r in table[table["affinity"] == what].itertuples())
