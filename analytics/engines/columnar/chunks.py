"""Work over many rows, a piece at a time, so that what is in between stays in the processor's cache, and on several
cores, since numpy lets go of the interpreter meanwhile. Few rows are one piece, on the caller's thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import numpy as np

PIECE = 1 << 17
CORES = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

Found = TypeVar("Found")


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, CORES - 1), "pieces")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # a child has none of its parent's threads


def each(work: Callable[[slice], Found], reach: slice, piece: int = 0) -> list[Found]:
    """What `work` finds in each piece of the reach, in order; a piece is PIECE rows, or so many.

    `work` must not ask for pieces itself: it would wait for the thread it runs on."""

    def done(some: list[slice]) -> list[Found]:
        return [work(part) for part in some]

    piece = piece or PIECE
    parts = [slice(at, min(at + piece, reach.stop)) for at in range(reach.start, reach.stop, piece)]
    share = max(1, -(-len(parts) // CORES))
    coming = [_helpers().submit(done, parts[at : at + share]) for at in range(share, len(parts), share)]
    found = done(parts[:share])
    for one in coming:
        found += one.result()
    return found


def taken(column: np.ndarray, index: Any) -> np.ndarray:
    """column[index]"""
    if isinstance(index, slice):
        return column[index]
    if len(index) <= PIECE:
        return column.take(index)  # as quick with short row numbers, which column[index] is not
    found = np.empty(len(index), column.dtype)

    def take(part: slice) -> None:
        np.take(column, index[part], out=found[part], mode="clip")  # no other mode writes to `out` at once

    each(take, slice(0, len(index)))
    return found


def added(groups: np.ndarray, weights: np.ndarray | None, size: int) -> np.ndarray:
    """np.bincount(groups, weights, size): rows per group, or the sum of their weights."""

    def add(part: slice) -> np.ndarray:
        return np.bincount(groups[part], None if weights is None else weights[part], size)

    found = each(add, slice(0, len(groups)), max(PIECE, 4 * size)) or [add(slice(0))]
    return found[0] if len(found) == 1 else np.sum(found, axis=0)


def occurs(codes: np.ndarray, size: int) -> np.ndarray:
    """Which of `size` codes occur."""
    found = np.zeros(size, bool)

    def mark(part: slice) -> None:
        found[codes[part]] = True

    each(mark, slice(0, len(codes)))
    return found


def row_kind(count: int) -> str:
    """The type of numbers of so many rows: four bytes where they do."""
    return "int32" if count <= np.iinfo("int32").max else "int64"


def rows_where(filters: list[Callable[[slice], np.ndarray]], window: slice) -> np.ndarray:
    """Rows of the window that pass all filters."""
    kind = row_kind(window.stop)

    def passing(part: slice) -> np.ndarray:
        kept = filters[0](part)
        for passes in filters[1:]:
            kept = kept & passes(part)
        rows = positions(kept)
        rows += part.start
        return rows.astype(kind, copy=False)

    found = each(passing, window, 2 * PIECE)
    return np.concatenate(found) if found else np.empty(0, kind)


def positions(kept: np.ndarray) -> np.ndarray:
    """np.flatnonzero(kept). Below a tenth numpy leaps from one to the next, which from a twentieth on takes twice the
    time of its way for the many; that is had by adding some."""
    many = len(kept) // 8
    if not len(kept) < 20 * np.count_nonzero(kept) < 2 * len(kept):
        return np.flatnonzero(kept)
    return np.flatnonzero(np.concatenate((kept, np.ones(many, bool))))[:-many]
