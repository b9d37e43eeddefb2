"""The order of news: gap × certainty × what can be done × how new it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from analytics.calendar import Day, TimeRange
from analytics.insights.claim import Certainty, Insight

CERTAIN: dict[Certainty, float] = {"clear": 1.0, "": 1.0, "likely": 0.6, "may be chance": 0.1}
WITHOUT_MONEY = 0.005  # of revenue: the gap that a claim without money counts with
FRESH = 7  # days: what began before was there when somebody looked a week ago, and sinks
COMPARED = ("leading_group", "order_value")  # groups set against one another: told after a page's own subject
MOST_COMPARED = 2  # of them on a page
OF_CUSTOMERS = ("segment", "age_group", "gender")  # groups that say most about customers
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


def of_page(facts: Sequence[Insight]) -> list[Insight]:
    """The standing facts of a page: those about its subject, then at most MOST_COMPARED comparisons of groups, one of
    each kind before a second, groups of customers before channels and payment methods."""
    compared = sorted((i for i in facts if i.kind in COMPARED), key=lambda i: set(OF_CUSTOMERS).isdisjoint(i.about))
    first = [next(i for i in compared if i.kind == kind) for kind in dict.fromkeys(i.kind for i in compared)]
    told = [*first, *(i for i in compared if i not in first)][:MOST_COMPARED]
    return [*(i for i in facts if i.kind not in COMPARED), *told]
