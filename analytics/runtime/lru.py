"""Caches of one process that drop what was used longest ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from analytics.runtime.single_flight import SingleFlight

Value = TypeVar("Value")

UNBOUNDED = 1 << 62


class LruCache(Generic[Value]):
    """Values by key, bounded by their number and by their bytes; threads may share it.

    `size` gives the bytes of a value. The value put last stays even where it alone exceeds the bound, since it is in
    use; that, and two bounds at once, is what cachetools.LRUCache does not do."""

    def __init__(
        self, count: int = UNBOUNDED, most_bytes: int = UNBOUNDED, size: Callable[[Value], int] = lambda _: 0
    ) -> None:
        self._count = count
        self._most_bytes = most_bytes
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._flights: SingleFlight[Value] = SingleFlight()

    @property
    def nbytes(self) -> int:
        """The bytes of all values, as `size` gives them."""
        return self._bytes

    def get(self, key: Hashable) -> Value | None:
        """The value of a key, which counts as used; None where there is none."""
        kept = self._find(key)
        return None if kept is None else kept[0]

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value, and drop those used longest ago where a bound is exceeded."""
        size = self._size(value)
        with self._lock:
            self._drop(key)
            self._kept[key] = (value, size)
            self._bytes += size
            while len(self._kept) > 1 and (len(self._kept) > self._count or self._bytes > self._most_bytes):
                self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def get_or_make(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made by the first thread that wants it while the others wait. An error goes to all who
        waited and is not kept."""
        kept = self._find(key)
        return kept[0] if kept is not None else self._flights.do(key, lambda: self._make(key, make))[0]

    def _make(self, key: Hashable, make: Callable[[], Value]) -> Value:
        kept = self._find(key)
        if kept is not None:  # another thread has finished in between
            return kept[0]
        value = make()
        self.put(key, value)
        return value

    def _find(self, key: Hashable) -> tuple[Value, int] | None:
        """The value of a key and its size, now the one used last."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def _drop(self, key: Hashable) -> None:
        _, size = self._kept.pop(key, (None, 0))
        self._bytes -= size


class LastOf(Generic[Value]):
    """The last value of each owner, or the last few, for the owners that came last; a value goes with its owner.
    Threads may share it.

    For what several charts of a page rest on: `owner` is the engine of a viewer's policy, whose number has no bound."""

    def __init__(self, owners: int, each: int = 1) -> None:
        self._owners, self._each = owners, each
        self._kept: WeakKeyDictionary[Any, dict[Hashable, Value]] = WeakKeyDictionary()
        self._lock = Lock()

    def get_or_make(self, owner: Any, key: Hashable, make: Callable[[], Value]) -> Value:
        """The owner's value of the key, or a new one, which replaces the one asked for longest ago. Two threads may
        both make it; an error of `make` leaves what was there."""
        with self._lock:
            known = dict(self._kept.get(owner, {}))
        value = known[key] if key in known else make()
        with self._lock:
            values = self._kept.pop(owner, {})
            values.pop(key, None)
            values[key] = value
            self._kept[owner] = dict(list(values.items())[-self._each :])  # as the one that came last
            for oldest in list(self._kept)[: -self._owners]:
                del self._kept[oldest]
        return value
