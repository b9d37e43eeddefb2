"""Tokens that do not exist, counted by the address that tries them. A token has 256 bits, so that nobody finds one by
trying; the limit tells somebody who tries that it is noticed, and costs nobody else anything."""

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

    def count(self, address: str) -> None:
        """One more wrong token from this address. TooManyRequests where too many came from it already; a link that is
        good works all the same, as many people may share an address."""
        now = time.monotonic()
        with self._lock:
            since, count = self._counts.pop(address, (now, 0))
            if now - since >= SECONDS:
                since, count = now, 0
            self._counts[address] = (since, count + 1)
            while len(self._counts) > MOST_ADDRESSES:
                self._counts.popitem(last=False)
        if count >= MOST_WRONG:
            left = int(SECONDS - (now - since)) + 1
            raise TooManyRequests("too many links that do not exist were tried from your address.", seconds=left)
