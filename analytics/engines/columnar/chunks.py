"""numpy over many rows, one chunk at a time: what is computed in between stays in the processor's cache, and chunks are
worked on by several threads, since numpy releases the interpreter. Few rows are one chunk, on the caller's thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import numpy as np

CHUNK = 1 << 17  # rows
THREADS = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

Found = TypeVar("Found")
Index = slice | np.ndarray  # rows: a slice, or row numbers


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, THREADS - 1), "chunks")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # a forked child inherits no threads


def map_chunks(work: Callable[[slice], Found], rows: slice, chunk: int = 0) -> list[Found]:
    """The result of `work` for each chunk of the rows, in order. A chunk has CHUNK rows unless `chunk` says otherwise.

    `work` must not call map_chunks itself: it would wait for the thread that it runs on."""

    def done(some: list[slice]) -> list[Found]:
        return [work(part) for part in some]

    chunk = chunk or CHUNK
    parts = [slice(at, min(at + chunk, rows.stop)) for at in range(rows.start, rows.stop, chunk)]
    share = max(1, -(-len(parts) // THREADS))
    coming = [_helpers().submit(done, parts[at : at + share]) for at in range(share, len(parts), share)]
    found = done(parts[:share])
    for one in coming:
        found += one.result()
    return found


def take(column: np.ndarray, index: Index) -> np.ndarray:
    """column[index]"""
    if isinstance(index, slice):
        return column[index]
    if len(index) <= CHUNK:
        few: np.ndarray = column.take(index)  # quicker than column[index] for row numbers of four bytes
        return few
    found = np.empty(len(index), column.dtype)

    def take_chunk(part: slice) -> None:
        np.take(column, index[part], out=found[part], mode="clip")  # other modes write to a copy of `out` first

    map_chunks(take_chunk, slice(0, len(index)))
    return found


def bincount(groups: np.ndarray, weights: np.ndarray | None, size: int) -> np.ndarray:
    """np.bincount(groups, weights, size): rows per group, or the sum of their weights."""

    def add(part: slice) -> np.ndarray:
        return np.bincount(groups[part], None if weights is None else weights[part], size)

    found = map_chunks(add, slice(0, len(groups)), max(CHUNK, 4 * size)) or [add(slice(0))]
    return found[0] if len(found) == 1 else np.sum(found, axis=0)


def occurring(codes: np.ndarray, size: int) -> np.ndarray:
    """For each code below `size`, whether it occurs."""
    found = np.zeros(size, bool)

    def mark(part: slice) -> None:
        found[codes[part]] = True

    map_chunks(mark, slice(0, len(codes)))
    return found


def row_type(count: int) -> str:
    """The integer type for row numbers up to `count`."""
    return "int32" if count <= np.iinfo("int32").max else "int64"


def rows_where(filters: Sequence[Callable[[slice], np.ndarray]], window: slice) -> np.ndarray:
    """The rows of a window that pass all filters, ascending. A filter says of a slice of rows which of them pass."""
    kind = row_type(window.stop)

    def passing(part: slice) -> np.ndarray:
        kept = filters[0](part)
        for passes in filters[1:]:
            kept = kept & passes(part)
        rows = flatnonzero(kept)
        rows += part.start
        return rows.astype(kind, copy=False)

    found = map_chunks(passing, window, 2 * CHUNK)
    return np.concatenate(found) if found else np.empty(0, kind)


def flatnonzero(kept: np.ndarray) -> np.ndarray:
    """np.flatnonzero(kept), without its slow range.

    Below a tenth of True values numpy jumps from one to the next, which takes twice the time of its other way as soon
    as more than a twentieth are True. There, True values are appended until it takes the other way, and cut off."""
    more = len(kept) // 8
    if not len(kept) < 20 * np.count_nonzero(kept) < 2 * len(kept):
        return np.flatnonzero(kept)
    return np.flatnonzero(np.concatenate((kept, np.ones(more, bool))))[:-more]
