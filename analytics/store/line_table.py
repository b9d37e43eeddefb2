"""The order lines as one flat table of numbers, for engines that read Parquet: one row per line, text as codes, money
as whole minor units.

Columns: line, order_id (the number of the order in time), order_rank (the place of its id among all ids as sorted
text), order_at (microseconds), day and month (since 1970), hour, customer (0: unknown), sale, head (the first sale line
of its order), and every other stored field by its name: codes, multiples of 1/scale, or microseconds. Missing numbers
and times are null.

DuckDB reads one file, whose row groups say which days they have. For a cluster there is a file for each month, in a
folder named by the month ("month=648"), so that those outside a range are not even opened; the column `month` is then
in the names only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics.schema import Level
from analytics.store.layout import Columns

FILE = "lines.parquet"
GROUP = 1 << 18  # lines of a row group, and of a batch in memory while writing
_KEYS = ("order_id", "ordered_at", "customer")


def batches(columns: Columns) -> Iterator[pa.RecordBatch]:
    """The table in batches of GROUP lines, in stored order; one empty batch where there are no lines."""
    return _batches(columns, slice(0, columns.facts.lines), _order_ranks(columns), _heads(columns))


def files(columns: Columns, *, by_month: bool) -> Iterator[tuple[str, Callable[[BinaryIO], None]]]:
    """The files that the table is written as, by their names within the version's folder, each with what writes it as
    Parquet, a row group for each batch."""
    rank, head = _order_ranks(columns), _heads(columns)
    if not by_month:
        yield FILE, lambda file: _write(_batches(columns, slice(0, columns.facts.lines), rank, head), file)
        return
    for month, lines in _months(columns):
        given = (batch.drop_columns(["month"]) for batch in _batches(columns, lines, rank, head))
        yield f"{FILE}/month={month}/{FILE}", partial(_write, given)


def _write(given: Iterator[pa.RecordBatch], file: BinaryIO) -> None:
    first = next(given)
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_batch(first)
        for batch in given:
            writer.write_batch(batch)


def _months(columns: Columns) -> Iterator[tuple[int, slice]]:
    """The months with lines, since 1970, and which lines are theirs; month 0 without lines where there are none."""
    facts, day = columns.facts, columns.orders["day"]
    every = np.arange(facts.first_day, facts.first_day + facts.days).astype("datetime64[D]")
    months = every.astype("datetime64[M]").astype("int64")
    begins = np.flatnonzero(np.diff(months, prepend=months[:1] - 1))
    orders = [*np.searchsorted(day, begins.astype(day.dtype)), len(day)]
    found = zip(months[begins].tolist(), pairwise(columns.orders["start"][orders].tolist()), strict=True)
    some = [(month, slice(*lines)) for month, lines in found if lines[0] < lines[1]]
    yield from some or [(0, slice(0, 0))]


def _batches(columns: Columns, lines: slice, rank: np.ndarray, head: np.ndarray) -> Iterator[pa.RecordBatch]:
    for start in range(lines.start, max(lines.start + 1, lines.stop), GROUP):
        yield _batch(columns, slice(start, min(start + GROUP, lines.stop)), rank, head)


def _batch(columns: Columns, lines: slice, rank: np.ndarray, head: np.ndarray) -> pa.RecordBatch:
    order = columns.lines["order"][lines]
    at = columns.order_times(order)
    day = at.astype("datetime64[D]")
    customer = columns.orders["customer"][order] if columns.facts.customers else np.zeros(len(order), "int32")
    sale = np.ones(len(order), bool) if columns.facts.all_sale else columns.lines["sale"][lines]
    found: dict[str, pa.Array] = {
        "line": pa.array(np.arange(lines.start, lines.stop)),
        "order_id": pa.array(order.astype("int64")),
        "order_rank": pa.array(rank[order]),
        "order_at": pa.array(at.astype("int64")),
        "day": pa.array(day.astype("int32")),
        "month": pa.array(day.astype("datetime64[M]").astype("int32")),
        "hour": pa.array(columns.orders["hour"][order].astype("int32")),
        "customer": pa.array(customer.astype("int32")),
        "sale": pa.array(sale),
        "head": pa.array(head[lines]),
    }
    for name, about in columns.fields.items():
        if name not in _KEYS:
            rows: dict[Level, slice | np.ndarray] = {"line": lines, "order": order, "customer": customer}
            values = columns.values(name)[rows[about.level]]
            found[name] = _plain(values, name in columns.dictionaries, about.exact)
    return pa.RecordBatch.from_pydict(found)


def _plain(values: np.ndarray, coded: bool, exact: bool) -> pa.Array:
    """Codes, integers, fractions or microseconds, blanks as null. `exact`: the numbers are integers."""
    if coded:
        return pa.array(values.astype("int32"))
    if values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[us]").astype("int64"), mask=np.isnat(values))
    blank = np.isnan(values.astype("float64"))
    kind = "int64" if exact else "float64"
    return pa.array(np.where(blank, 0, values).astype(kind), mask=blank)


def _order_ranks(columns: Columns) -> np.ndarray:
    """The place of each order's id among all ids."""
    ids = columns.dictionaries["order_id"].arrow
    rank = np.empty(len(ids), "int64")
    rank[np.asarray(pc.sort_indices(ids))] = np.arange(len(ids))
    return rank


def _heads(columns: Columns) -> np.ndarray:
    """Marks the first sale line of each order that has one: where whole orders are selected, they are counted by it."""
    order = columns.lines["order"]
    at = np.arange(len(order)) if columns.facts.all_sale else np.flatnonzero(columns.lines["sale"])
    head = np.zeros(len(order), bool)
    mine = order[at]
    head[at[np.flatnonzero(np.diff(mine, prepend=-1))]] = True
    return head
