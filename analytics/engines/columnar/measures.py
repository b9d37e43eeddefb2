"""Measures over groups: sums over orders or lines, distinct orders as transitions, distinct customers as a bitmap.

Sums stay in stored units, which are whole numbers wherever one scale holds every value, until the last step: so they
are exact and do not depend on grouping or order.
"""

from __future__ import annotations

import numpy as np

from analytics.engines.columnar.chunks import CHUNK, bincount, map_chunks, occurring, take
from analytics.engines.columnar.grouping import Grouping
from analytics.engines.columnar.rows import Rows
from analytics.measures import MEASURES, LineSum, Measure, Statistic, stored_sum

BITMAP = 1 << 25  # up to this number of possible pairs of group and customer, a table marks those that occur
NEAR = 16  # lines of an order at most this far apart are compared directly; others are found by sorting


def of_groups(grouping: Grouping, measure: Measure) -> np.ndarray:
    """A sum or distinct count per group, in stored units."""
    if measure.kind == "distinct":
        return customers(grouping, measure.least) if measure.column == "customer" else orders(grouping, measure)
    if measure.line_sum == LineSum():
        return line_count(grouping)
    return total(grouping, measure.name)


# --- sums
def order_sums(rows: Rows, measure: str) -> np.ndarray:
    """What each selected order adds to a sum, in stored units."""
    return _order_sums(rows, MEASURES[measure].line_sum)


def _order_sums(rows: Rows, line_sum: LineSum) -> np.ndarray:
    found = rows.sums.get(("orders", line_sum))
    if found is None:
        found = rows.sums["orders", line_sum] = _add_up_orders(rows, line_sum)
    return found


def _add_up_orders(rows: Rows, line_sum: LineSum) -> np.ndarray:
    if "known_customer" in line_sum.conditions:
        return _order_sums(rows, line_sum.without("known_customer")) * (rows.customer > 0)
    if "sale" in line_sum.conditions and rows.data.facts.all_sale:
        return _order_sums(rows, line_sum.without("sale"))
    if rows.whole:
        stored = rows.data.order_sums.get(stored_sum(line_sum))
        if stored is not None:
            return take(stored, rows.orders)
    values = _line_values(rows, line_sum)
    sums: np.ndarray = np.add.reduceat(values, rows.order_starts, dtype="float64") if len(values) else np.empty(0)
    return sums


def _line_values(rows: Rows, line_sum: LineSum) -> np.ndarray:
    """What each selected line adds to a sum, in stored units."""
    found = rows.sums.get(("lines", line_sum))
    if found is None:
        found = rows.sums["lines", line_sum] = _values_of_lines(rows, line_sum)
    return found


def _values_of_lines(rows: Rows, line_sum: LineSum) -> np.ndarray:
    lines = rows.data.lines
    index = rows.line_index
    values = take(lines[line_sum.column], index) if line_sum.column else np.ones(rows.line_count)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype("float64", copy=False))
    if line_sum.given:
        values = np.where(np.isnan(take(lines[line_sum.given], index).astype("float64")), 0, values)
    if "sale" in line_sum.conditions and rows.line_sale is not None:
        values = np.where(rows.line_sale, values, 0)
    if "known_customer" in line_sum.conditions:
        values = np.where(take(rows.data.orders["customer"], rows.line_order) > 0, values, 0)
    return values


def total(grouping: Grouping, measure: str) -> np.ndarray:
    """A sum per group, in stored units."""
    rows = grouping.rows
    line_sum = MEASURES[measure].line_sum
    if grouping.single and not rows.whole:
        return np.array([_line_values(rows, line_sum).sum(dtype="float64")])
    if not rows.whole and grouping.of_lines is not None:
        return grouping.of_lines.sum(_line_values(rows, line_sum))
    return grouping.sum(_order_sums(rows, line_sum) if grouping.level == "order" else _line_values(rows, line_sum))


def lines_of_orders(rows: Rows) -> np.ndarray:
    """Selected lines of each selected order."""
    if not rows.whole:
        return np.diff(np.append(rows.order_starts, rows.line_count))
    starts = rows.data.orders["start"]
    if isinstance(rows.orders, slice):
        return np.diff(starts[rows.orders.start : rows.orders.stop + 1])
    return np.asarray(starts[rows.orders + 1] - starts[rows.orders])


def line_count(grouping: Grouping) -> np.ndarray:
    """Lines per group."""
    if grouping.level == "line":
        return grouping.count()
    return grouping.sum(lines_of_orders(grouping.rows)).astype("int64")


def order_pairs(grouping: Grouping) -> np.ndarray | None:
    """Marks one row of each distinct pair of group and order that has a sale; None where every row is such a pair."""
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
    """Marks the first row of each distinct pair of owner and code.

    `owner` never falls, so the rows of one owner lie together. They are few, so each row is compared with those before
    it, first at a distance of one row, then of two, and so on; rows still unsettled beyond NEAR are sorted.

    For example, the owners 0 0 0 1 1 with the codes 5 7 5 7 7 give yes, yes, no, yes, no: at distance one the last row
    repeats the row before it, at distance two the third row repeats the first.
    """
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


def orders(grouping: Grouping, measure: Measure | None = None) -> np.ndarray:
    """Distinct orders with a sale per group; with a measure that says so, those whose customer is known."""
    pairs = order_pairs(grouping)
    if measure is None or "known_customer" not in measure.conditions:
        return grouping.count(pairs)
    known = _row_customer(grouping) > 0
    return grouping.count(known if pairs is None else known & pairs)


def _row_customer(grouping: Grouping) -> np.ndarray:
    rows = grouping.rows
    return rows.customer if grouping.level == "order" else take(rows.data.orders["customer"], rows.line_order)


def customers(grouping: Grouping, least: int = 1) -> np.ndarray:
    """Distinct known customers with at least `least` orders that have a sale, per group.

    For example, orders 0 to 4 of the customers 2, 1, 2, 0 (unknown) and 1, in the groups 0, 0, 0, 0 and 1: group 0 has
    2 customers, of whom 1 ordered twice, and group 1 has 1 customer, so the answer is [2, 1] for `least` 1 and [1, 0]
    for 2. Each pair of group and customer is one key, group × (customers + 1) + customer: 2, 1, 2, 0 and 4 here, of
    which 2 comes twice; keys whose remainder is 0 belong to the unknown customer and are dropped.
    """
    rows = grouping.rows
    if least > 1:
        return _customers(grouping, order_pairs(grouping), least)
    return _customers(grouping, rows.order_sale if grouping.level == "order" else rows.line_sale, 1)


def _customers(grouping: Grouping, keep: np.ndarray | None, least: int) -> np.ndarray:
    """Distinct known customers with at least `least` rows that `keep` marks, per group."""
    count = grouping.rows.data.facts.customers + 1
    size = grouping.size
    customer = _row_customer(grouping)
    if grouping.edges is not None:
        return _customers_of_runs(customer, keep, grouping.edges, least)
    if keep is not None:
        customer = customer[keep]
    if grouping.single:
        seen = occurring(customer, count) if least == 1 else bincount(customer, None, count) >= least
        return np.array([np.count_nonzero(seen[1:])])
    groups = grouping.group_of_rows()
    keys = (groups if keep is None else groups[keep]).astype("int64") * count + customer
    if least == 1 and size * count <= BITMAP:
        return np.asarray(np.count_nonzero(occurring(keys, size * count).reshape(size, count)[:, 1:], axis=1))
    found = often(keys, least)
    return bincount(found[found % count > 0] // count, None, size)


def _customers_of_runs(customer: np.ndarray, keep: np.ndarray | None, edges: np.ndarray, least: int) -> np.ndarray:
    """The same where the rows of each group lie together, between `edges`."""

    def of_some(groups: slice) -> list[int]:
        runs = [slice(edges[i], edges[i + 1]) for i in range(groups.start, groups.stop)]
        parts = [customer[run] if keep is None else customer[run][keep[run]] for run in runs]
        return [int(np.count_nonzero(often(part, least))) for part in parts]  # code 0, the unknown, is not counted

    groups = slice(0, len(edges) - 1)
    few = max(1, groups.stop // 16) if len(customer) > CHUNK else groups.stop
    return np.array([n for some in map_chunks(of_some, groups, few) for n in some], dtype="int64")


def often(keys: np.ndarray, least: int) -> np.ndarray:
    """The keys that occur at least `least` times, each once. Sorting here is a hundred times as fast as np.unique."""
    ranked = np.sort(keys)
    first = np.ones(len(ranked), bool)
    first[1:] = ranked[1:] != ranked[:-1]
    found: np.ndarray = ranked[first]
    if least > 1:
        found = found[np.diff(np.flatnonzero(first), append=len(ranked)) >= least]
    return found


def statistic_of_groups(grouping: Grouping, statistic: Statistic) -> np.ndarray:
    """A statistic of a numeric field over the lines of each group, linear between ranks, in the field's own unit; blank
    where no line gives it.

    For example, the lower quartile (1 quarter of the way) of the values 10, 20, 40 and 80 has the rank 0.25 × 3 = 0.75:
    three quarters of the way from the first to the second value, 17.5.
    """
    values = grouping.rows.stored_field(statistic.field).astype("float64")
    groups = line_groups(grouping)
    known = ~np.isnan(values)
    values = values[known] / grouping.rows.data.fields[statistic.field].divisor
    groups = groups[known]
    values = values[np.lexsort((values, groups))]
    sizes = np.bincount(groups, minlength=grouping.size)
    result = np.full(grouping.size, np.nan)
    some = np.flatnonzero(sizes)
    begin = (np.cumsum(sizes) - sizes)[some]
    rank = statistic.quarters / 4 * (sizes[some] - 1)
    low = np.floor(rank).astype("int64")
    below = values[begin + low]
    above = values[begin + np.minimum(low + 1, sizes[some] - 1)]
    result[some] = below + (above - below) * (rank - low)
    return result


def line_groups(grouping: Grouping) -> np.ndarray:
    """The group of each selected line, also where orders are grouped."""
    groups = grouping.group_of_rows()
    if grouping.level == "line":
        return groups
    return np.repeat(groups, lines_of_orders(grouping.rows))
