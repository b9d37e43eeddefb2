"""Lists that both engines make alike once the numbers are there: options of a filter, and baskets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.engines.base import Baskets
from analytics.engines.common.dimensions import Domain
from analytics.schema import MISSING, Schema, value_label
from analytics.selection import Resolved, Selection
from analytics.store.dictionary import folded

MOST_IN_A_BASKET = 1000  # items; n of them are n²/2 pairs, and a delivery of more says nothing of what goes together


def matching(domain: Domain, search: str, codes: np.ndarray, called: Sequence[str]) -> np.ndarray:
    """Those of some codes whose name (`called`) or own text contains the search text, whatever its case and accents."""
    wanted = folded(search.strip())
    values = domain.column().take(codes)
    labels = [f"{name} {value_label(domain.name, value)}" for name, value in zip(called, values, strict=True)]
    found: np.ndarray = codes[np.fromiter((wanted in folded(label) for label in labels), bool, len(codes))]
    return found


def options(domain: Domain, codes: np.ndarray, orders: np.ndarray, limit: int) -> tuple[pd.DataFrame, int]:
    """The first options of a filter and the number of all: values with their orders, most first, then by value."""
    chosen = np.lexsort((codes, -orders))[: max(0, limit)]
    values = domain.column().take(codes[chosen]).astype(str)
    return pd.DataFrame({"value": values, "orders": orders[chosen].astype("int64")}), len(codes)


def by_whole_orders(selection: Resolved, schema: Schema) -> Resolved:
    """The same selection with clauses on products read as "orders that contain"."""
    clauses = [replace(c, whole_orders=True) if c.field in schema.product_levels else c for c in selection.clauses]
    return replace(selection, clauses=Selection(clauses=tuple(clauses)).clauses)


def baskets(row: np.ndarray, code: np.ndarray, days: np.ndarray, items: Domain) -> Baskets:
    """Baskets from distinct pairs of an order (its row) and an item's code, and the day of each order (since 1970). An
    item without a name is none; its order still counts. An order of more than MOST_IN_A_BASKET items is left out."""
    from scipy.sparse import csr_matrix

    found, column = np.unique(code, return_inverse=True)
    names = np.asarray(items.column().take(found), dtype=object)
    named = names != MISSING
    keep = named[column]
    place = np.cumsum(named)[column] - 1
    cells = (np.ones(int(keep.sum()), dtype="int64"), (row[keep], place[keep]))
    matrix = csr_matrix(cells, shape=(len(days), int(named.sum())))
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype("int64")
    basket = np.diff(matrix.indptr) <= MOST_IN_A_BASKET
    if basket.all():
        return Baskets(matrix, names[named], months)
    return Baskets(matrix[basket], names[named], months[basket], int(np.count_nonzero(~basket)))
