"""The order lines as one flat table of numbers, for engines that read Parquet: one row a line, words as codes,
money as whole minor units.

Columns: line, order_id (number of the order in time), order_rank (place of its id among all ids in the order of
words), order_at (microseconds), day and month (since 1970), hour, customer (0: unknown), sale, head (the first sale
line of its order), and every other stored field by its name: codes of words, multiples of 1/scale, microseconds;
missing numbers and times are null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics.store.labels import Labels

FILE = "lines.parquet"
GROUP = 1 << 18  # lines of a row group: what is held at a time while writing
_KEYS = ("order_id", "ordered_at", "customer")


class Columns(Protocol):
    """Coded columns, on their way into the store or out of it."""

    @property
    def arrays(self) -> Mapping[str, np.ndarray]: ...

    @property
    def labels(self) -> dict[str, Labels]: ...

    @property
    def fields(self) -> dict[str, dict[str, Any]]: ...

    @property
    def facts(self) -> dict[str, Any]: ...


def batches(columns: Columns) -> Iterator[pa.RecordBatch]:
    """The table in pieces of GROUP lines, in stored order; one empty piece where there are no lines."""
    rank, head = _order_ranks(columns), _heads(columns)
    count = columns.facts["lines"]
    for start in range(0, max(1, count), GROUP):
        yield _batch(columns, slice(start, min(start + GROUP, count)), rank, head)


def write(columns: Columns, file: BinaryIO) -> None:
    """The table as Parquet, a row group a piece."""
    pieces = batches(columns)
    first = next(pieces)
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_batch(first)
        for piece in pieces:
            writer.write_batch(piece)


def _batch(columns: Columns, lines: slice, rank: np.ndarray, head: np.ndarray) -> pa.RecordBatch:
    arrays = columns.arrays
    order = arrays["line.order"][lines]
    at = arrays["order.at"][order]
    day = at.astype("datetime64[us]").astype("datetime64[D]")
    customer = arrays["order.customer"][order] if "order.customer" in arrays else np.zeros(len(order), "int32")
    sale = arrays["line.sale"][lines] if "line.sale" in arrays else np.ones(len(order), bool)
    found: dict[str, pa.Array] = {
        "line": pa.array(np.arange(lines.start, lines.stop)),
        "order_id": pa.array(order.astype("int64")),
        "order_rank": pa.array(rank[order]),
        "order_at": pa.array(at.astype("int64")),
        "day": pa.array(day.astype("int32")),
        "month": pa.array(day.astype("datetime64[M]").astype("int32")),
        "hour": pa.array(arrays["order.hour"][order].astype("int32")),
        "customer": pa.array(customer.astype("int32")),
        "sale": pa.array(sale),
        "head": pa.array(head[lines]),
    }
    for name, about in columns.fields.items():
        if name not in _KEYS:
            rows: Any = lines if about["level"] == "line" else order if about["level"] == "order" else customer
            found[name] = _plain(arrays[f"{about['level']}.{name}"][rows], name in columns.labels, about.get("scale"))
    return pa.RecordBatch.from_pydict(found)


def _plain(values: np.ndarray, coded: bool, scale: int | None) -> pa.Array:
    """Codes, whole numbers, fractions or moments, blanks as null."""
    if coded:
        return pa.array(values.astype("int32"))
    if values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[us]").astype("int64"), mask=np.isnat(values))
    blank = np.isnan(values.astype("float64"))
    kind = "int64" if scale else "float64"
    return pa.array(np.where(blank, 0, values).astype(kind), mask=blank)


def _order_ranks(columns: Columns) -> np.ndarray:
    """The place of each order's id among all ids."""
    words = columns.labels["order_id"].arrow
    rank = np.empty(len(words), "int64")
    rank[np.asarray(pc.sort_indices(words))] = np.arange(len(words))
    return rank


def _heads(columns: Columns) -> np.ndarray:
    """Marks the first sale line of each order that has one: whole orders are counted by it."""
    order = columns.arrays["line.order"]
    at = np.flatnonzero(columns.arrays["line.sale"]) if "line.sale" in columns.arrays else np.arange(len(order))
    head = np.zeros(len(order), bool)
    mine = order[at]
    head[at[np.flatnonzero(np.diff(mine, prepend=-1))]] = True
    return head
