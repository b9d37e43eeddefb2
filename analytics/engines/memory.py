"""Remember the last few results, whichever thread asks; a result being made is waited for, not made twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any


class Memory:
    """Least recently used results, bounded by count and by their bytes (`size` of a result; the latest is kept however large)."""

    def __init__(self, count: int, most_bytes: int = 1 << 62, size: Callable[[Any], int] = lambda _: 0) -> None:
        self._count, self._bytes, self._size = count, most_bytes, size
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._making: dict[Hashable, Future[Any]] = {}
        self._total = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The result under `key`, made by the first who asks; an error is everybody's and is not remembered."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            waiting = self._making.get(key)
            if waiting is None:
                mine: Future[Any] = Future()
                self._making[key] = mine
        if waiting is not None:
            return waiting.result()
        try:
            result = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        self._keep(key, result)
        mine.set_result(result)
        return result

    def _keep(self, key: Hashable, result: Any) -> None:
        size = self._size(result)
        with self._lock:
            del self._making[key]
            self._kept[key] = (result, size)
            self._total += size
            while len(self._kept) > 1 and (len(self._kept) > self._count or self._total > self._bytes):
                _, (_, gone) = self._kept.popitem(last=False)
                self._total -= gone

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._total = 0
