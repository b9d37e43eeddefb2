"""Customers by recency, frequency and money: scores from 1 to 5, segments, and who moved between them.

Every segment map here is a list of boxes in the cube of scores; the first box that holds a customer names the segment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analytics.errors import DataError, UnknownName

Array = np.ndarray
Span = tuple[int, int]

ANY: Span = (1, 5)
ON_TIME = 1.5  # times the mean interval between a customer's own orders: a wait up to this is no lapse
RHYTHM = 3  # orders from which a customer has a rhythm of their own
NOT_LATE = 4  # the recency score, at least, of a customer who is not late
OTHERS = "Others"
NEW = "(new)"
GONE = "(gone)"


class Box(NamedTuple):
    """A segment: its name and the scores, both ends included, that it spans."""

    name: str
    r: Span
    f: Span
    m: Span = ANY


# R × F: covers each of the 25 cells once, apart from Lost, which is cut out of Hibernating.
RECENCY_FREQUENCY = (
    Box("Lost", (1, 1), (1, 1)),
    Box("Champions", (5, 5), (4, 5)),
    Box("Loyal Customers", (3, 4), (4, 5)),
    Box("Potential Loyalists", (4, 5), (2, 3)),
    Box("New Customers", (5, 5), (1, 1)),
    Box("Promising", (4, 4), (1, 1)),
    Box("Need Attention", (3, 3), (3, 3)),
    Box("About To Sleep", (3, 3), (1, 2)),
    Box("Can't Lose Them", (1, 2), (5, 5)),
    Box("At Risk", (1, 2), (3, 4)),
    Box("Hibernating", (1, 2), (1, 2)),
)

# Ten overlapping boxes in three dimensions, taken from the tests of the R package rfm; the rest is "Others".
THRESHOLDS = (
    Box("Champions", (4, 5), (4, 5), (4, 5)),
    Box("Loyal Customers", (2, 5), (3, 5), (3, 5)),
    Box("Potential Loyalists", (3, 5), (1, 3), (1, 3)),
    Box("New Customers", (4, 5), (1, 1), (1, 1)),
    Box("Promising", (3, 4), (1, 1), (1, 1)),
    Box("Need Attention", (2, 3), (2, 3), (2, 3)),
    Box("About To Sleep", (2, 3), (1, 2), (1, 2)),
    Box("At Risk", (1, 2), (2, 5), (2, 5)),
    Box("Can't Lose Them", (1, 1), (4, 5), (4, 5)),
    Box("Lost", (1, 2), (1, 2), (1, 2)),
)

# The same package's README.
README = (
    Box("Champions", (5, 5), (5, 5), (5, 5)),
    Box("Potential Loyalists", (3, 5), (3, 5), (2, 5)),
    Box("Loyal Customers", (2, 4), (2, 4), (2, 4)),
    Box("Promising", (3, 4), (1, 3), (3, 5)),
    Box("New Customers", (4, 5), (1, 3), (1, 5)),
    Box("Can't Lose Them", (1, 2), (3, 4), (4, 5)),
    Box("At Risk", (1, 2), (2, 5), (4, 5)),
    Box("Need Attention", (1, 3), (3, 5), (3, 5)),
    Box("About To Sleep", (2, 3), (1, 3), (1, 4)),
    Box("Lost", (1, 1), (1, 5), (1, 5)),
)

# The five segments of the Classic Models report.
REPORT = (
    Box("VIPs", (4, 5), (4, 5)),
    Box("Loyal Customers", (3, 5), (3, 5)),
    Box("Potential Loyalists", (3, 5), ANY),
    Box("At Risk", ANY, (3, 5)),
    Box("Lost Customers", ANY, ANY),
)

SEGMENT_MAPS: Mapping[str, tuple[Box, ...]] = {
    "recency_frequency": RECENCY_FREQUENCY,
    "thresholds": THRESHOLDS,
    "readme": README,
    "report": REPORT,
}

# From best to worst, for legends and to tell a rise from a fall.
STANDING = (
    "VIPs", "Champions", "Loyal Customers", "Potential Loyalists", "New Customers", "Promising", "Need Attention",
    "About To Sleep", "Can't Lose Them", "At Risk", "Hibernating", OTHERS, "Lost Customers", "Lost",
)  # fmt: skip


@dataclass(frozen=True)
class Cuts:
    """Four cut points each for recency (days), frequency (orders) and money; a value on a cut point is past it."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]


def cut_points(customers: pd.DataFrame, as_of: Any, step: float = 0.0) -> Cuts:
    """Where do the fifths of these customers part?

    The 20, 40, 60 and 80 % quantiles (type 7) plus one day, one order, and the `step` of money. The R package adds one
    unit of currency; that would make scores depend on whether an amount is in cents, yen or euros, so that nothing is
    added here: what is more than the quantile is past it. NaN for no customers.
    """
    return _cut_points(_facts(customers, as_of), step)


def _cut_points(facts: pd.DataFrame, step: float = 0.0) -> Cuts:
    recency, frequency = (_fifths(facts[name]) for name in ("recency", "frequency"))
    monetary = _fifths(_exact(facts["monetary"]))
    past = monetary + step if step else np.nextafter(monetary, np.inf)
    return Cuts(tuple(recency + 1), tuple(frequency + 1), tuple(past))


def scores(customers: pd.DataFrame, as_of: Any, cuts: Cuts | None = None) -> pd.DataFrame:
    """How recent, frequent and valuable is each customer, from 1 (worst) to 5 (best)?

    Input: one row per customer, index = customer; `last` purchase (datetime), `frequency` in distinct orders,
    `monetary` net amount (may be ≤ 0 after refunds); optionally `first` purchase. `as_of` is the analysis date. Output:
    the same rows; `recency` days since `last`, `frequency`, `monetary`, and the scores `r`, `f`, `m`.
    Equal values always share a score, so fifths are unequal where values repeat; the order of rows does not matter.
    A number of orders above one on which several cut points of frequency fall takes the middle of the scores it spans
    (twelve orders each: 3, not 1); a single order is 1 whatever the others did. Where `first` is given, a customer
    with three orders or more who has waited no longer than one and a half of their own mean intervals scores 4 or more
    for recency: a monthly subscriber is not late after three weeks, although others paid yesterday.
    With `cuts` the cut points of another moment are kept. Nobody gives an empty frame.
    Raises DataError for missing values, a repeated or missing customer, a purchase after `as_of`.
    Source: the convention of the R package rfm (left-closed bins).
    """
    facts = _facts(customers, as_of)
    kept = cuts or _cut_points(facts)
    recency = 5 - np.searchsorted(kept.recency, facts["recency"], side="right")
    if "first" in customers:
        recency = np.where(
            _on_time(customers["first"], customers["last"], facts), np.maximum(recency, NOT_LATE), recency
        )
    return facts.assign(
        r=recency,
        f=_frequency_scores(facts["frequency"].to_numpy(), np.array(kept.frequency)),
        m=1 + np.searchsorted(kept.monetary, _exact(facts["monetary"]), side="right"),
    )


def _exact(money: pd.Series) -> Array:
    """Money without the last bits, in which equal sums may differ."""
    return np.round(money.to_numpy(float), 6)


def _frequency_scores(orders: Array, cuts: Array) -> Array:
    """One more than the cut points reached; where several fall on one number of orders above one, its middle."""
    reached = np.searchsorted(cuts, orders, side="right")
    own = np.searchsorted(cuts, orders + 1, side="right") - np.searchsorted(cuts, orders + 1, side="left")
    return np.asarray(1 + reached + np.where((orders > 1) & (own > 1), own // 2, 0))


def _on_time(first: pd.Series, last: pd.Series, facts: pd.DataFrame) -> Array:
    """Who has a rhythm of their own, and has waited no longer than it allows?"""
    days = (pd.to_datetime(last) - pd.to_datetime(first)).dt.total_seconds().to_numpy() / 86_400
    orders = facts["frequency"].to_numpy(float)
    return np.asarray((orders >= RHYTHM) & (facts["recency"].to_numpy() <= ON_TIME * days / np.maximum(orders - 1, 1)))


def report_scores(customers: pd.DataFrame, as_of: Any) -> pd.DataFrame:
    """The scores of the Classic Models report, to reproduce it: input, output and errors as of `scores`.

    There `frequency` is the number of order lines, and right-closed fifths are taken; of frequency not by value but by
    rank, equal values ranked in the order of the customers' ids, so that equal customers may get different scores.
    """
    facts = _facts(customers, as_of)
    in_order = facts.sort_index()["frequency"].rank(method="first").reindex(facts.index)
    return facts.assign(
        r=5 - np.searchsorted(_fifths(facts["recency"]), facts["recency"], side="left"),
        f=1 + np.searchsorted(_fifths(in_order), in_order, side="left"),
        m=1 + np.searchsorted(_fifths(facts["monetary"]), facts["monetary"], side="left"),
    )


RULES: Mapping[str, tuple[Callable[[pd.DataFrame, Any], pd.DataFrame], str]] = {
    "standard": (scores, "recency_frequency"),
    "report": (report_scores, "report"),
}


def segment_of(scored: pd.DataFrame, segment_map: str = "recency_frequency") -> pd.Series:
    """Which segment is each scored customer in? Names, on the index of `scored`; "Others" where no box of the map fits.

    Raises UnknownName for a map that is not in SEGMENT_MAPS.
    """
    names, found = _segments(scored, segment_map)
    return pd.Series(names[found], index=scored.index, name="segment", dtype="str")


def _segments(scored: pd.DataFrame, segment_map: str) -> tuple[Array, Array]:
    """The names of a map's segments, and the number of each customer's."""
    if segment_map not in SEGMENT_MAPS:
        raise UnknownName("segment map", segment_map, SEGMENT_MAPS)
    boxes = SEGMENT_MAPS[segment_map]
    cube = np.full((6, 6, 6), len(boxes))
    for number in reversed(range(len(boxes))):
        _, r, f, m = boxes[number]
        cube[r[0] : r[1] + 1, f[0] : f[1] + 1, m[0] : m[1] + 1] = number
    names = np.array([box.name for box in boxes] + [OTHERS], dtype=object)
    return names, cube[scored["r"].to_numpy(), scored["f"].to_numpy(), scored["m"].to_numpy()]


def rfm(customers: pd.DataFrame, as_of: Any, rule: str = "standard", segment_map: str = "") -> pd.DataFrame:
    """Scores and segment of each customer: the columns of `scores` and `segment`.

    `rule` "standard" uses `scores` and the R × F map of eleven segments; "report" `report_scores` and five segments.
    `segment_map` replaces the rule's own map. Raises as `scores`; UnknownName for a rule or map that does not exist.
    """
    if rule not in RULES:
        raise UnknownName("RFM rule", rule, RULES)
    score, own_map = RULES[rule]
    scored = score(customers, as_of)
    return scored.assign(segment=segment_of(scored, segment_map or own_map))


def migration(
    then: pd.DataFrame, now: pd.DataFrame, then_as_of: Any, now_as_of: Any, segment_map: str = "recency_frequency"
) -> pd.DataFrame:
    """Who moved between segments, measured both times with the cut points of `then`?

    Without frozen cut points one customer's rise would be another's fall. Give both moments histories of equal length
    (say the 12 months before each date), or everybody drifts upwards as orders add up.
    Grain: one row per pair of segments that occurs, best first. Columns: `segment_then`, "(new)" for customers absent
    then; `segment_now`, "(gone)" for those absent now; `moved`: up, down, same, new or gone; `customers`;
    `monetary_then` and `monetary_now`, sums in currency. The revenue at stake is `monetary_then` where `moved` is down
    or gone. Nobody at both moments gives an empty frame; nobody then, but somebody now, raises DataError.
    Raises as `scores` and `segment_of`.
    """
    if then.empty and not now.empty:
        raise DataError("expected customers at the first moment, got none.", where="migration", hint="Begin later.")
    cuts = cut_points(then, then_as_of)
    before = scores(then, then_as_of, cuts)
    after = scores(now, now_as_of, cuts)
    names = np.array([*STANDING, NEW, GONE], dtype=object)
    place = {name: number for number, name in enumerate(names)}
    everybody = before.index.union(after.index)
    rank_then = np.full(len(everybody), place[NEW])
    rank_now = np.full(len(everybody), place[GONE])
    money_then = np.zeros(len(everybody))
    money_now = np.zeros(len(everybody))
    for side, rank, money in ((before, rank_then, money_then), (after, rank_now, money_now)):
        at = everybody.get_indexer(side.index)
        own, segment = _segments(side, segment_map)
        rank[at] = np.array([place[name] for name in own])[segment]
        money[at] = side["monetary"]
    cell = rank_then * len(names) + rank_now
    count = np.bincount(cell)
    pairs = np.flatnonzero(count)
    then_now = np.divmod(pairs, len(names))
    sums = pd.DataFrame({"segment_then": names[then_now[0]], "segment_now": names[then_now[1]]}, dtype="str")
    moves = [
        then_now[0] == place[NEW],
        then_now[1] == place[GONE],
        then_now[1] < then_now[0],
        then_now[1] > then_now[0],
    ]
    sums["moved"] = np.select(moves, ["new", "gone", "up", "down"], "same").astype(object)
    sums["customers"] = count[pairs]
    sums["monetary_then"] = np.bincount(cell, money_then)[pairs]
    sums["monetary_now"] = np.bincount(cell, money_now)[pairs]
    return sums


def _fifths(values: Any) -> Array:
    """Quantiles of type 7 at 20, 40, 60 and 80 %."""
    known = np.asarray(values, dtype=float)
    return np.quantile(known, [0.2, 0.4, 0.6, 0.8]) if len(known) else np.full(4, np.nan)


def _facts(customers: pd.DataFrame, as_of: Any) -> pd.DataFrame:
    """Recency in days, frequency and money, checked."""
    if customers.index.hasnans or not customers.index.is_unique:
        raise DataError("expected each customer once and none missing.", where="RFM", hint="Leave out the unknown.")
    absent = customers["last"].isna() | customers["frequency"].isna() | customers["monetary"].isna()
    if absent.any():
        raise DataError(
            f"{int(absent.sum())} customers lack last, frequency or monetary, first {absent.idxmax()!r}.",
            where="RFM",
            hint="Leave out customers who have never ordered.",
        )
    last = pd.to_datetime(customers["last"]).to_numpy().astype("datetime64[D]")
    recency = (np.datetime64(pd.Timestamp(as_of).date(), "D") - last).astype("int64")
    if (recency < 0).any():
        raise DataError(
            f"{int((recency < 0).sum())} customers bought after the analysis date {pd.Timestamp(as_of).date()}.",
            where="RFM",
            hint="Compute last, frequency and monetary up to that date.",
        )
    columns = {"recency": recency, "frequency": customers["frequency"], "monetary": customers["monetary"]}
    return pd.DataFrame(columns, index=customers.index)
