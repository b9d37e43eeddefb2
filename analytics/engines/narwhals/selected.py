"""The lines of a selection, kept in this process: a page's charts then read the file twice, not once each."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import pyarrow as pa

from analytics.engines.narwhals.source import Lazy, Source
from analytics.runtime.lru import LruCache
from analytics.store import StoredDataset

SHARE = 4  # up to a fourth of all lines is kept; more are read from the file about as quickly
MOST_VALUES = 1 << 25  # of a selection, in all columns
KEPT: LruCache[pa.Table] = LruCache(8, 256 << 20, lambda table: table.nbytes)  # of all data sets and policies
_OF_LISTS = ("order_at", "order_rank")  # columns that no measure reads


class SelectedLines:
    """The lines of selections of one data set, for all policies, whose number must not multiply them."""

    def __init__(self, data: StoredDataset, source: Source) -> None:
        self._source = source
        self._own = object()  # by which its lines are told from those of other data
        columns = 8 + len(data.fields)
        self._most = min(data.facts.lines // SHARE, MOST_VALUES // columns) if source.keeps else -1
        self._counts: LruCache[int] = LruCache(256)

    def counted(self, key: Hashable, lines: int) -> None:
        """A question about a selection has found how many lines it has."""
        self._counts.put(key, lines)

    def rows(self, key: Hashable, find: Callable[[], Lazy]) -> Lazy | None:
        """The lines that `find` finds, kept from the second question about them on; None before, and where they are
        too many."""
        count = self._counts.get(key)
        if count is None or count > self._most:
            return None
        return self._source.upload(KEPT.get_or_make((self._own, key), lambda: self._fetched(find())))

    def forget(self) -> None:
        """Keep nothing of what was asked before."""
        self._counts.clear()
        KEPT.clear()

    def _fetched(self, rows: Lazy) -> pa.Table:
        columns = self._source.lines().collect_schema().names()
        return self._source.fetch(rows.select(*(c for c in columns if c not in _OF_LISTS)))
