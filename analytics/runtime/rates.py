"""How often somebody does something: a limit within a time, for each of those who do it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KNOWN = 10_000  # whose counts are kept; of more, those of who came longest ago are forgotten


class Rate:
    """How many times within `seconds` each of those came who come to this process."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()  # since when, how many
        self._lock = threading.Lock()

    def wait(self, who: str, most: int) -> int:
        """Count one more time: 0 where it is one of the `most` that are allowed within the seconds, which begin with
        the first; else the seconds, 1 at least, until more are."""
        now = self._clock()
        with self._lock:
            since, count = self._counts.pop(who, (now, 0))
            if now - since >= self._seconds:
                since, count = now, 0
            self._counts[who] = (since, count + 1)
            while len(self._counts) > MOST_KNOWN:
                self._counts.popitem(last=False)
        return int(self._seconds - (now - since)) + 1 if count >= most else 0
