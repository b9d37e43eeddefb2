"""Measures over groups: sums over orders or lines, distinct orders as transitions, distinct customers as a bitmap.

Sums are kept in whole minor units until the last step, so they are exact and do not depend on grouping or order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analytics.engines.columnar.chunks import PIECE, added, each, occurs, taken
from analytics.engines.columnar.grouping import Grouping
from analytics.engines.columnar.rows import Rows
from analytics.store import StoredDataset

BITMAP = 1 << 25  # pairs of group and customer up to so many are ticked off in a table, more are sorted
NEAR = 16  # lines of an order up to this distance are compared one by one, farther ones by sorting

# Which column's unit each sum has; the others are counts.
_COLUMN = {
    "revenue": "amount",
    "gross": "amount",
    "refunds": "amount",
    "known_revenue": "amount",
    "costed_revenue": "amount",
    "units": "quantity",
    "cost": "cost",
    "discount": "discount",
    "rating_sum": "rating",
}
SUMS = (*(m for m in _COLUMN if m != "refunds"), "rated_lines")
COUNTS = frozenset(("orders", "customers", "repeat_customers", "known_orders", "lines", "rated_lines", "days"))


def scale_of(data: StoredDataset, measure: str) -> float:
    """What a sum is divided by."""
    return data.fields[_COLUMN[measure]].divisor if measure in _COLUMN else 1.0


def exact(data: StoredDataset, measure: str) -> bool:
    """Whether a sum is one of whole numbers, the same however it is added up."""
    return measure not in _COLUMN or data.fields[_COLUMN[measure]].exact


def order_sums(rows: Rows, measure: str) -> np.ndarray:
    """A sum's part of each selected order, in stored units."""
    found = rows.answers.get(("orders", measure))
    if found is None:
        found = rows.answers["orders", measure] = _order_sums(rows, measure)
    return found


def _order_sums(rows: Rows, measure: str) -> np.ndarray:
    if measure == "known_revenue":
        return order_sums(rows, "revenue") * (rows.customer > 0)
    if measure == "gross" and rows.data.facts.all_sale:
        return order_sums(rows, "revenue")
    if rows.whole:
        return taken(rows.data.order_sums[measure], rows.orders)
    values = line_values(rows, measure)
    return np.add.reduceat(values, rows.order_starts, dtype="float64") if len(values) else np.empty(0)


def line_values(rows: Rows, measure: str) -> np.ndarray:
    """A sum's part of each selected line, in stored units."""
    found = rows.answers.get(("lines", measure))
    if found is None:
        found = rows.answers["lines", measure] = _line_values(rows, measure)
    return found


def _line_values(rows: Rows, measure: str) -> np.ndarray:
    index = rows.line_index
    column = lambda name: taken(rows.data.lines[name], index)  # noqa: E731
    if measure in ("cost", "discount", "rating_sum"):
        return np.nan_to_num(column(_COLUMN[measure]).astype("float64"))
    if measure in ("costed_revenue", "rated_lines"):
        known = ~np.isnan(column("cost" if measure == "costed_revenue" else "rating").astype("float64"))
        return np.where(known, column("amount"), 0) if measure == "costed_revenue" else known.astype("float64")
    values = column(_COLUMN[measure])
    if measure == "gross" and rows.line_sale is not None:
        return np.where(rows.line_sale, values, 0)
    if measure == "known_revenue":
        return values * (taken(rows.data.orders["customer"], rows.line_order) > 0)
    return values


def total(grouping: Grouping, measure: str) -> np.ndarray:
    """One of SUMS per group, in stored units."""
    if grouping.single and not grouping.rows.whole:
        return np.array([line_values(grouping.rows, measure).sum(dtype="float64")])
    if not grouping.rows.whole and grouping.of_lines is not None:
        return grouping.of_lines.sum(line_values(grouping.rows, measure))
    return grouping.sum(
        order_sums(grouping.rows, measure) if grouping.level == "order" else line_values(grouping.rows, measure)
    )


def lines_of_orders(rows: Rows) -> np.ndarray:
    """Selected lines of each selected order."""
    if not rows.whole:
        return np.diff(np.append(rows.order_starts, rows.line_count))
    starts = rows.data.orders["start"]
    if isinstance(rows.orders, slice):
        return np.diff(starts[rows.orders.start : rows.orders.stop + 1])
    return starts[rows.orders + 1] - starts[rows.orders]


def line_count(grouping: Grouping) -> np.ndarray:
    """Lines per group."""
    if grouping.level == "line":
        return grouping.count()
    return grouping.sum(lines_of_orders(grouping.rows)).astype("int64")


def order_pairs(grouping: Grouping) -> np.ndarray | None:
    """Marks one row for each distinct pair of group and order that has a sale; None: every row is such a pair."""
    rows = grouping.rows
    if grouping.level == "order":
        return rows.order_sale
    groups, sale = grouping.group_of_rows(), rows.line_sale
    if sale is None:
        return first_of_pairs(rows.line_order, groups)
    keep = np.zeros(len(groups), bool)
    at = np.flatnonzero(sale)
    keep[at[first_of_pairs(rows.line_order[at], groups[at])]] = True
    return keep


def first_of_pairs(owner: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Marks the first row of each distinct (owner, code); `owner` never falls. An owner's rows are few, so each is
    compared with those before it."""
    first = np.ones(len(owner), bool)
    later = np.flatnonzero(owner[1:] == owner[:-1]) + 1
    for step in range(1, NEAR + 1):
        if not len(later):
            return first
        first[later[codes[later] == codes[later - step]]] = False
        later = later[later > step]
        later = later[owner[later] == owner[later - step - 1]]
    if len(later):
        crowded = np.flatnonzero(np.isin(owner, np.unique(owner[later])))
        keys = owner[crowded].astype("int64") * (int(codes.max()) + 1) + codes[crowded]
        first[crowded] = False
        first[crowded[np.unique(keys, return_index=True)[1]]] = True
    return first


def orders(grouping: Grouping) -> np.ndarray:
    """Distinct orders with a sale per group."""
    return grouping.count(order_pairs(grouping))


def known_orders(grouping: Grouping) -> np.ndarray:
    """Those of them whose customer is known."""
    customer = _row_customer(grouping)
    known = customer > 0
    pairs = order_pairs(grouping)
    return grouping.count(known if pairs is None else known & pairs)


def _row_customer(grouping: Grouping) -> np.ndarray:
    rows = grouping.rows
    return rows.customer if grouping.level == "order" else taken(rows.data.orders["customer"], rows.line_order)


def customers(grouping: Grouping) -> np.ndarray:
    """Distinct known customers with a sale per group."""
    rows = grouping.rows
    return _customers(grouping, rows.order_sale if grouping.level == "order" else rows.line_sale, 1)


def repeat_customers(grouping: Grouping) -> np.ndarray:
    """Distinct known customers with two or more orders per group."""
    return _customers(grouping, order_pairs(grouping), 2)


def _customers(grouping: Grouping, keep: np.ndarray | None, least: int) -> np.ndarray:
    """Distinct known customers of whom so many rows or more are marked by `keep`, per group."""
    count, size = grouping.rows.data.facts.customers + 1, grouping.size
    customer = _row_customer(grouping)
    if grouping.edges is not None:
        return _customers_of_runs(customer, keep, grouping.edges, least)
    if keep is not None:
        customer = customer[keep]
    if grouping.single:
        seen = occurs(customer, count) if least == 1 else added(customer, None, count) >= least
        return np.array([np.count_nonzero(seen[1:])])
    groups = grouping.group_of_rows()
    keys = (groups if keep is None else groups[keep]).astype("int64") * count + customer
    if least == 1 and size * count <= BITMAP:
        return np.count_nonzero(occurs(keys, size * count).reshape(size, count)[:, 1:], axis=1)
    found = often(keys, least)
    return added(found[found % count > 0] // count, None, size)


def _customers_of_runs(customer: np.ndarray, keep: np.ndarray | None, edges: np.ndarray, least: int) -> np.ndarray:
    """The same where each group's rows lie together."""

    def of_some(groups: slice) -> list[int]:
        runs = [slice(edges[i], edges[i + 1]) for i in range(groups.start, groups.stop)]
        parts = [customer[run] if keep is None else customer[run][keep[run]] for run in runs]
        return [int(np.count_nonzero(often(part, least))) for part in parts]  # 0 is nobody

    groups = slice(0, len(edges) - 1)
    few = max(1, groups.stop // 16) if len(customer) > PIECE else groups.stop
    return np.array([n for some in each(of_some, groups, few) for n in some], dtype="int64")


def often(keys: np.ndarray, least: int) -> np.ndarray:
    """The keys that come so many times or more, each once. Sorted here: np.unique takes a hundred times as long."""
    ranked = np.sort(keys)
    begins = np.flatnonzero(np.diff(ranked, prepend=-1))
    times = np.diff(begins, append=len(ranked))
    return ranked[begins[times >= least]]


COUNTED: dict[str, Callable[[Grouping], np.ndarray]] = {
    "orders": orders,
    "known_orders": known_orders,
    "customers": customers,
    "repeat_customers": repeat_customers,
    "lines": line_count,
}


def spread(grouping: Grouping, field: str, statistic: str) -> np.ndarray:
    """min, max, median, p25 or p75 (linear between ranks) of a numeric field over the lines of each group; blank where
    no line gives it."""
    rows = grouping.rows
    about = rows.data.fields[field]
    level = about.level
    stored = rows.data.values(field)
    if level == "line":
        values = taken(stored, rows.line_index).astype("float64")
    elif level == "order":
        values = taken(stored, rows.line_order).astype("float64")
    else:
        values = stored[taken(rows.data.orders["customer"], rows.line_order)].astype("float64")
    groups = line_groups(grouping)
    known = ~np.isnan(values)
    values, groups = values[known] / about.divisor, groups[known]
    by_value = np.lexsort((values, groups))
    values = values[by_value]
    sizes = np.bincount(groups, minlength=grouping.size)
    result = np.full(grouping.size, np.nan)
    some = np.flatnonzero(sizes)
    begin = (np.cumsum(sizes) - sizes)[some]
    share = {"min": 0.0, "p25": 0.25, "median": 0.5, "p75": 0.75, "max": 1.0}[statistic]
    rank = share * (sizes[some] - 1)
    low = np.floor(rank).astype("int64")
    below, above = values[begin + low], values[begin + np.minimum(low + 1, sizes[some] - 1)]
    result[some] = below + (above - below) * (rank - low)
    return result


def line_groups(grouping: Grouping) -> np.ndarray:
    """The group of each selected line, also where orders are grouped."""
    groups = grouping.group_of_rows()
    if grouping.level == "line":
        return groups
    return np.repeat(groups, lines_of_orders(grouping.rows))
