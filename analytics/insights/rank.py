"""The order of news: gap × certainty × what can be done × how new it is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from analytics.calendar import Day, TimeRange
from analytics.insights.claim import Certainty, Insight

CERTAIN: dict[Certainty, float] = {"clear": 1.0, "": 1.0, "likely": 0.6, "may be chance": 0.1}
WITHOUT_MONEY = 0.005  # of revenue: the gap that a claim without money counts with
FRESH = 7  # days: what began before was there when somebody looked a week ago, and sinks
SHORTEST_HALF = 28.0  # days after which it counts half, …
HALF_OF_RANGE = 0.125  # … or so much of the range, whichever is longer


def weight(gap: float, certainty: Certainty, can_do: float, newness: float, revenue: float) -> float:
    """How much a story deserves to be read, in money."""
    return (gap if gap > 0 else WITHOUT_MONEY * revenue) * CERTAIN[certainty] * can_do * newness


def newness(since: Day | None, span: TimeRange) -> float:
    """1 for what began within the last week of the range or comes of comparing the whole of it, halving with the time
    before. No earlier list is kept or computed again: how long a condition has held says what was told last week."""
    if since is None or not span.days:
        return 1.0
    age = float((span.end - since) / np.timedelta64(1, "D"))
    half = max(SHORTEST_HALF, HALF_OF_RANGE * span.days)
    return float(0.5 ** (max(0.0, age - FRESH) / half))


def ranked(news: Iterable[Insight]) -> list[Insight]:
    """Most weight first; what chance alone can explain comes last. Ties by kind."""
    return sorted(news, key=lambda i: (i.certainty == "may be chance", -i.weight, i.kind))
