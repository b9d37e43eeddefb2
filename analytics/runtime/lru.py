"""Remember the last few results, whichever thread asks; a result being made is waited for, not made twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class _Making:
    """A result on its way: the lock is held until it is there."""

    __slots__ = ("error", "lock", "result")

    def __init__(self) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self.lock = Lock()
        self.lock.acquire()

    def wait(self) -> Any:
        with self.lock:
            if self.error is not None:
                raise self.error
            return self.result


class Memory:
    """Least recently used results, bounded by count and by their bytes (`size` of a result; the latest is kept however
    large)."""

    def __init__(self, count: int, most_bytes: int = 1 << 62, size: Callable[[Any], int] = lambda _: 0) -> None:
        self._count, self._bytes, self._size = count, most_bytes, size
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._making: dict[Hashable, _Making] = {}
        self._total = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The result under `key`, made by the first who asks; an error is given to all who waited and is not
        remembered."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept[0]
            waiting = self._making.get(key)
            if waiting is None:
                mine = self._making[key] = _Making()
        if waiting is not None:
            return waiting.wait()
        try:
            mine.result = make()
            self._keep(key, mine.result)
        except BaseException as error:
            mine.error = error
            raise
        finally:
            with self._lock:
                del self._making[key]
            mine.lock.release()
        return mine.result

    def _keep(self, key: Hashable, result: Any) -> None:
        size = self._size(result)
        with self._lock:
            self._kept[key] = (result, size)
            self._total += size
            while len(self._kept) > 1 and (len(self._kept) > self._count or self._total > self._bytes):
                _, (_, gone) = self._kept.popitem(last=False)
                self._total -= gone

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._total = 0
