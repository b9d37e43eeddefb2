"""What was bought together: orders × items as a sparse matrix of zeros and ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.engines.base import Baskets
from analytics.engines.columnar.dimensions import Dimension
from analytics.engines.columnar.grouping import row_codes
from analytics.engines.columnar.measures import first_of_pairs
from analytics.engines.columnar.rows import Rows
from analytics.schema import HIERARCHIES, MISSING
from analytics.selection import Resolved, Selection


def by_whole_orders(selection: Resolved) -> Resolved:
    """The same selection with filters on products read as "orders that contain"."""
    clauses = [replace(c, whole_orders=True) if c.field in HIERARCHIES["product"] else c for c in selection.clauses]
    return replace(selection, clauses=Selection(clauses=tuple(clauses)).clauses)


def baskets(rows: Rows, item: Dimension) -> Baskets:
    """Distinct items of the selected sale lines of each order that has one; an item without a name is none, its order
    still counts."""
    from scipy.sparse import csr_matrix

    sale = slice(None) if rows.line_sale is None else rows.line_sale
    order, codes = rows.line_order[sale], row_codes(rows, item, "line")[sale]
    order_row = np.cumsum(np.diff(order, prepend=order[:1]) != 0)
    count = int(order_row[-1]) + 1 if len(order_row) else 0
    first = first_of_pairs(order, codes)
    row, codes = order_row[first], codes[first]
    found, column = np.unique(codes, return_inverse=True)
    names = np.asarray(item.column().take(found), dtype=object)
    named = names != MISSING
    keep = named[column] if len(found) else np.empty(0, bool)
    column = np.cumsum(named)[column] - 1 if len(found) else column
    matrix = csr_matrix(
        (np.ones(int(keep.sum()), dtype="int64"), (row[keep], column[keep])), shape=(count, int(named.sum()))
    )
    return Baskets(matrix, names[named])
