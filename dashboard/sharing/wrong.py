"""Tokens that do not exist, counted by the address that tries them. A token has 256 bits, so that nobody finds one by
trying; the limit tells somebody who tries that it is noticed, and costs nobody else anything."""

from __future__ import annotations

from analytics.errors import TooManyRequests
from analytics.language import N_
from analytics.runtime.rates import Rate

MOST_WRONG = 30  # from one address within SECONDS, in this process
SECONDS = 600.0


class Wrong:
    """How many wrong tokens came from which address."""

    def __init__(self) -> None:
        self._rate = Rate(SECONDS)

    def count(self, address: str) -> None:
        """One more wrong token from this address. TooManyRequests where too many came from it already; a link that is
        good works all the same, as many people may share an address."""
        left = self._rate.wait(address, MOST_WRONG)
        if left:
            raise TooManyRequests(N_("too many links that do not exist were tried from your address."), seconds=left)
