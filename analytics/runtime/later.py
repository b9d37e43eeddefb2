"""Values that take long to make: when one is requested again, it is made in the background and given from then on."""

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

DELAY = 0.5  # seconds until a value is made, in which the click that lacked it is answered
AGAIN = 8  # times as many requests are needed each time a value was made and dropped, up to MOST_REQUESTS
MOST_REQUESTS = 512
MOST_WAITING = 16  # values; any more are made when they are requested again

_log = logging.getLogger(__name__)


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "later")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_thread.cache_clear)  # a forked child inherits no threads


def _is_ending() -> bool:
    """Whether the process is ending: it waits for this thread, and accepts no work for any other."""
    try:
        _thread().submit(bool)
    except RuntimeError:
        return True
    return False


class _Requests(NamedTuple):
    """Of a key: how many more requests until its value is made (None: it failed), out of how many."""

    left: int | None
    of: int


class Later(Generic[Value]):
    """Values by key out of a cache. One that is not there is made on a thread of its own when it is requested for a
    second time, so that nothing is made for what comes once. One that the cache dropped is made again only after more
    and more requests: where more is requested than the cache holds, making it in turn would never end. A process that
    ends makes nothing more. Threads may share it.

    delay: seconds from the request until the value is made."""

    def __init__(self, kept: LruCache[Value], delay: float = DELAY) -> None:
        self.kept = kept
        self._delay = delay
        self._requests: LruCache[_Requests] = LruCache(1024)
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
        requests = self._requests.get(key) or _Requests(1, 1)
        if requests.left:
            self._requests.put(key, _Requests(requests.left - 1, requests.of))
        elif requests.left == 0:
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
        """Forget all values, and how often each was requested."""
        self.finish()
        self.kept.clear()
        self._requests.clear()

    def _make(self, key: Hashable, make: Callable[[], Value], due: float) -> None:
        self._at_once.wait(max(0.0, due - time.monotonic()))
        try:
            if _is_ending():
                return
            self.kept.put(key, make())
            again = min(AGAIN * (self._requests.get(key) or _Requests(0, 1)).of, MOST_REQUESTS)
            self._requests.put(key, _Requests(again, again))
        except Exception:
            if _is_ending():  # it could not begin threads of its own
                return
            _log.exception("%s cannot be made", key)
            self._requests.put(key, _Requests(None, 0))
        finally:
            with self._lock:
                self._coming.pop(key, None)
