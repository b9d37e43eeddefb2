"""How much hangs on how few: Gini, Herfindahl, top shares, Pareto and ABC, and what is lost if the best leave.

Input everywhere: `values`, a Series of amounts in currency, indexed by the entity (customer, product, place). Amounts
of the same entity are first netted. Entities below zero (more refunded than bought) make shares meaningless: they are
left out and counted. Entities at zero stay, as somebody who paid nothing is part of the inequality, and are counted.
Which share the top 20 % have is to be computed, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import DataError

Array = np.ndarray

EQUAL_DRAWS = 39
MOST_DRAWN = 10_000  # orders a draw


@dataclass(frozen=True)
class Concentration:
    """One distribution: `gini` 0–1, `hhi` 0–10,000, `top_…` 0–100, values in currency; NaN where undefined."""

    entities: int
    zero: int
    negative: int
    negative_value: float
    value: float
    gini: float
    hhi: float
    top_1: float
    top_10: float
    top_20: float
    entities_for_80: int


def net(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Net amount per entity, largest first, ties by entity: those of zero or more and, apart, those below zero.

    Raises DataError for a missing amount or entity, or one that is not finite.
    """
    amounts = values.astype(float)
    if amounts.index.hasnans or not np.isfinite(amounts).all():
        raise DataError("expected a finite amount for a known entity in each row.", where="concentration")
    totals = amounts + 0.0 if amounts.index.is_unique else _added_up(amounts)
    ranked = totals.sort_index().sort_values(ascending=False, kind="stable")
    return ranked[ranked >= 0], ranked[ranked < 0]


def _added_up(amounts: pd.Series) -> pd.Series:
    totals = amounts.groupby(level=0, observed=True).sum()
    gross = amounts.abs().groupby(level=0, observed=True).sum()
    return totals.where(totals.abs() > 1e-12 * gross, 0.0)  # 0.1 + 0.2 − 0.3 is nothing, not a debt


def concentration(values: pd.Series) -> Concentration:
    """How unevenly is the value spread? All figures at once, see the functions for each; NaN rates for nothing sold."""
    kept, below = net(values)
    return Concentration(
        entities=len(kept),
        zero=int((kept == 0).sum()),
        negative=len(below),
        negative_value=float(below.sum()),
        value=float(kept.sum()),
        gini=_gini(kept),
        hhi=_hhi(kept),
        top_1=_top_share(kept, 1),
        top_10=_top_share(kept, 10),
        top_20=_top_share(kept, 20),
        entities_for_80=_entities_for(kept, 80),
    )


def gini(values: pd.Series, unbiased: bool = False) -> float:
    """How unequal are the entities, from 0 (all the same) towards 1 (one has all)?

    G = 2 Σ i·x_i / (n Σ x) − (n + 1)/n over ascending x; `unbiased` multiplies by n/(n − 1), for samples. NaN where
    nothing was sold, or for one entity when unbiased.
    """
    return _gini(net(values)[0], unbiased)


def hhi(values: pd.Series) -> float:
    """Herfindahl–Hirschman index: the sum of squared percentage shares; 10,000 for one entity, 10,000/n for n equal.
    NaN where nothing was sold.
    """
    return _hhi(net(values)[0])


def top_share(values: pd.Series, percent: float) -> float:
    """What share (0–100) of the value do the top `percent` % of the entities have? Their number is rounded up.

    NaN where nothing was sold. Raises DataError unless 0 ≤ percent ≤ 100.
    """
    return _top_share(net(values)[0], percent)


def pareto(values: pd.Series, a_until: float = 80.0, b_until: float = 95.0) -> pd.DataFrame:
    """Which entities make the value, from the largest down, and which class are they in?

    Grain: one row per entity not below zero, ties ordered by entity; index = entity. Columns: `value` in currency;
    `rank` from 1; `share` and `cumulative_share` 0–100; `cumulative_entities` 0–100, the share of the entities so far;
    `abc`. Class A runs up to and including the entity that crosses `a_until` %, B up to and including the one that
    crosses `b_until` %, C is the rest. Nothing sold gives NaN shares and class C.
    Raises DataError unless 0 ≤ a_until ≤ b_until ≤ 100.
    """
    if not 0 <= a_until <= b_until <= 100:
        raise DataError(f"expected 0 ≤ A ≤ B ≤ 100, got {a_until} and {b_until}.", where="pareto")
    kept, _ = net(values)
    share = _shares(kept)
    a = _entities_for(kept, a_until)
    b = _entities_for(kept, b_until)
    rank = np.arange(1, len(kept) + 1)
    columns = {
        "value": kept.to_numpy(),
        "rank": rank,
        "share": share,
        "cumulative_share": np.cumsum(share),
        "cumulative_entities": 100 * rank / max(len(kept), 1),
        "abc": np.select([rank <= a, rank <= b], ["A", "B"], "C").astype(object),
    }
    return pd.DataFrame(columns, index=kept.index)


def if_top_leave(values: pd.Series, tops: Iterable[int] = (1, 3, 5, 10)) -> pd.DataFrame:
    """What is left if the n largest entities leave, and how concentrated would the rest be?

    Grain: one row per n (index `n`; more than there are means all). Columns: `lost` and `left` in currency;
    `lost_share` 0–100; `gini` and `hhi` of those who stay. Nothing sold gives NaN shares. It is arithmetic, not a
    forecast: nobody takes their place. Raises DataError for a negative n.
    """
    kept, _ = net(values)
    rows = {}
    for n in tops:
        if n < 0:
            raise DataError(f"expected a number of entities, got {n}.", where="if_top_leave")
        lost = float(kept.iloc[:n].sum())
        stay = kept.iloc[n:]
        share = 100 * lost / kept.sum() if kept.sum() > 0 else np.nan
        rows[n] = (lost, float(stay.sum()), share, _gini(stay), _hhi(stay))
    names = ["lost", "left", "lost_share", "gini", "hhi"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names, dtype=float).rename_axis("n")


def largest_share_of_equals(values: Any, customers: int, percent: float = 10.0) -> float:
    """Which share (0–100) would the best `percent` % of the customers have, at most, if all of them were alike?

    `values`: of all orders, each of whose draws is as likely anybody's; `customers`: how many of them ordered. Each has
    at least one order, further ones come by chance (a Poisson number that is not zero). The largest of EQUAL_DRAWS
    draws, so that alike customers exceed it once in forty times. Of many customers some are drawn, which makes the
    share rather too large than too small. Nobody gives NaN.
    """
    worth = np.asarray(values, dtype=float)
    if not customers or not len(worth):
        return float("nan")
    rng = np.random.default_rng(EQUAL_DRAWS)
    each = max(len(worth) / customers, 1.0)
    some = max(1, min(customers, int(MOST_DRAWN / each)))
    rate = _rate_of_counts_above_zero(each)
    return max(_share_of_top(_equals(rng, worth, some, rate), percent) for _ in range(EQUAL_DRAWS))


def _equals(rng: np.random.Generator, worth: Array, customers: int, rate: float) -> Array:
    """What each of alike customers spends, most first: the first order comes within the time for sure, others follow
    it."""
    first = -np.log1p(-rng.random(customers) * -np.expm1(-rate))
    orders = 1 + rng.poisson(rate - np.minimum(first, rate))
    spent = np.bincount(np.repeat(np.arange(customers), orders), rng.choice(worth, int(orders.sum())))
    return np.sort(spent)[::-1]


def _rate_of_counts_above_zero(mean: float) -> float:
    """The rate of a Poisson number whose mean is this where it is not zero."""
    rate = max(mean - 1.0, 1e-9)
    for _ in range(100):
        rate = mean * -float(np.expm1(-rate))
    return max(rate, 1e-9)


def _shares(kept: pd.Series) -> Array:
    total = float(kept.sum())
    return np.asarray(100 * kept / total if total > 0 else kept * np.nan, dtype=float)


def _gini(kept: pd.Series, unbiased: bool = False) -> float:
    n = len(kept)
    total = float(kept.sum())
    if total <= 0 or (unbiased and n < 2):
        return float("nan")
    rising = np.sort(kept.to_numpy())
    value = 2 * float(np.arange(1, n + 1) @ rising) / (n * total) - (n + 1) / n
    return value * n / (n - 1) if unbiased else value


def _hhi(kept: pd.Series) -> float:
    return float((_shares(kept) ** 2).sum()) if kept.sum() > 0 else float("nan")


def _top_share(kept: pd.Series, percent: float) -> float:
    return _share_of_top(kept.to_numpy(), percent)


def _share_of_top(falling: Array, percent: float) -> float:
    _check_percent(percent)
    total = falling.sum()
    if total <= 0:
        return float("nan")
    count = ceil(round(percent * len(falling) / 100, 9))  # 10 % of 30 are 3, whatever the binary fraction says
    return float(100 * falling[:count].sum() / total)


def _entities_for(kept: pd.Series, percent: float) -> int:
    _check_percent(percent)
    if kept.sum() <= 0 or percent == 0:
        return 0
    reached = np.cumsum(kept.to_numpy())
    goal = percent / 100 * reached[-1] * (1 - 1e-12)  # a sum that equals the goal but for rounding has reached it
    return int(np.searchsorted(reached, goal)) + 1


def _check_percent(percent: Any) -> None:
    if not 0 <= percent <= 100:
        raise DataError(f"expected a percentage, 0 to 100, got {percent}.", where="concentration")
