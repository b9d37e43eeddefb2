"""Tokens that do not exist, counted by the address that tries them. A token has 256 bits, so that nobody finds one by
trying; the limit keeps somebody who tries from filling the log and occupying the state store."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from analytics.errors import TooManyRequests

MOST_WRONG = 30  # from one address within SECONDS, in this process
SECONDS = 600.0
MOST_ADDRESSES = 10_000


class Wrong:
    """How many wrong tokens came from which address."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()  # since when, how many
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """TooManyRequests where too many wrong tokens came from this address."""
        since, count = self._counts.get(address, (0.0, 0))
        if count >= MOST_WRONG and time.monotonic() - since < SECONDS:
            left = int(SECONDS - (time.monotonic() - since)) + 1
            raise TooManyRequests("too many links that do not exist were tried from your address.", seconds=left)

    def count(self, address: str) -> None:
        """One more wrong token from this address."""
        now = time.monotonic()
        with self._lock:
            since, count = self._counts.pop(address, (now, 0))
            self._counts[address] = (since, count + 1) if now - since < SECONDS else (now, 1)
            while len(self._counts) > MOST_ADDRESSES:
                self._counts.popitem(last=False)
