"""Values that take long to make: asked for again, they are made in the background and given from then on."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from analytics.runtime.lru import LruCache

Value = TypeVar("Value")

AGAIN = 8  # times as many askings are needed each time a value was made and dropped, up to MOST_ASKINGS
MOST_ASKINGS = 512
MOST_WAITING = 16  # values; more are left to be asked for again, so that a process that ends need not wait for them

_log = logging.getLogger(__name__)


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "later")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_thread.cache_clear)  # a forked child inherits no threads


class _Asked(NamedTuple):
    """What is known of a key: how many more askings until its value is made (None: it failed), and how many there were
    to be the last time."""

    left: int | None
    of: int


class Later(Generic[Value]):
    """Values by key out of a cache. One that is not there is made on a thread of its own when it is asked for a second
    time, so that nothing is made for what comes once. One that the cache dropped is made again only after more and more
    askings: where more is asked for than the cache holds, making it in turn would never end. Threads may share it.

    delay: seconds from the asking to the making, in which whoever asked gets an answer in another way."""

    def __init__(self, kept: LruCache[Value], delay: float = 0.0) -> None:
        self.kept = kept
        self._delay = delay
        self._asked: LruCache[_Asked] = LruCache(1024)
        self._coming: dict[Hashable, Future[None]] = {}
        self._at_once = threading.Event()
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._coming.clear)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value | None:
        """The value of a key; None as long as it is not made, and for good where that failed, which is logged."""
        value = self.kept.get(key)
        if value is not None:
            return value
        asked = self._asked.get(key) or _Asked(1, 1)
        if asked.left:
            self._asked.put(key, _Asked(asked.left - 1, asked.of))
        elif asked.left == 0:
            with self._lock:
                if key not in self._coming and len(self._coming) < MOST_WAITING:
                    due = time.monotonic() + self._delay
                    self._coming[key] = _thread().submit(self._make, key, make, due)
        return None

    def finish(self) -> None:
        """Return when everything that is to be made is made; without delay."""
        with self._lock:
            coming = list(self._coming.values())
        self._at_once.set()
        wait(coming)
        self._at_once.clear()

    def clear(self) -> None:
        """Forget all values, and how often each was asked for."""
        self.finish()
        self.kept.clear()
        self._asked.clear()

    def _make(self, key: Hashable, make: Callable[[], Value], due: float) -> None:
        self._at_once.wait(max(0.0, due - time.monotonic()))
        try:
            self.kept.put(key, make())
            askings = min(AGAIN * (self._asked.get(key) or _Asked(0, 1)).of, MOST_ASKINGS)
            self._asked.put(key, _Asked(askings, askings))
        except Exception:
            _log.exception("%s cannot be made", key)
            self._asked.put(key, _Asked(None, 0))
        finally:
            with self._lock:
                self._coming.pop(key, None)
