"""Why did a total change? Exact, additive splits of now − base: the steps of a bridge always add up to the change.

Two ways to look:
- by item: volume, mix and price (`price_volume_mix`), or the symmetric quantity and price (`bennet`);
- by factor: a product of causes such as customers × orders per customer × AOV (`shapley`, `lmdi`, `revenue_bridge`);
and for a ratio such as AOV, what its parts did against what their weights did (`mix_and_rate`). `bennet`, `lmdi` and
the method "lmdi" of `price_volume_mix` are for notebooks: no chart uses them.

Sources: Bennet 1920; Shapley 1953; Ang 2005, "The LMDI approach to decomposition analysis"; Wood & Lenzen 2006 (zeros).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import factorial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import DataError, NotEnoughData, TooLarge
from analytics.language import N_
from analytics.methods.frames import require_columns

Floats = NDArray[np.float64]

ITEM_COLUMNS = ("quantity_base", "amount_base", "quantity_now", "amount_now")
RATIO_COLUMNS = ("numerator_base", "denominator_base", "numerator_now", "denominator_now")
MOST_FACTORS = 10


@dataclass(frozen=True)
class Bridge:
    """`steps` (step, value) from `base` to `now`; `parts`, the same per item, segment or factor, where there are
    such."""

    base: float
    now: float
    steps: pd.DataFrame
    parts: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def residual(self) -> float:
        """What the steps leave unexplained: rounding only, below 1e-9 of the larger total."""
        return float(self.steps["value"].sum() - (self.now - self.base))


def price_volume_mix(items: pd.DataFrame, method: Literal["base", "lmdi"] = "base") -> Bridge:
    """Did revenue change because more was sold, because other things were sold, or because prices moved?

    `items`: one row per item (index = item), columns quantity_base, amount_base, quantity_now, amount_now (units, money
    net of refunds); missing = 0. Steps: volume, mix, price over the items sold in both periods; `new` and
    `discontinued`, the items without any sale in the other period (a price that does not exist cannot have changed);
    `unpriced`, items whose net quantity is not above 0 in a period where they have an amount or a counterpart (refunds
    beyond sales, free-text lines), whole. With Q units, s the item's share of them and p its price (amount /
    quantity), of the items in both periods: method "base" weighs by the base: volume = (Q₁ − Q₀)·s₀·p₀, mix = Q₁·(s₁ −
    s₀)·p₀, price = q₁·(p₁ − p₀); method "lmdi" uses logarithmic means (symmetric in time), with the analytic limit
    where an amount is 0.
    `parts`: a row an item with group (both, new, discontinued, unpriced), volume, mix, price, change.
    No items give steps of 0. Raises DataError for missing columns or non-finite values, and with "lmdi" for a negative
    amount (use "base" or `bennet`).
    """
    table = _numbers(items, ITEM_COLUMNS)
    group = _groups(table)
    q0, a0, q1, a1 = (table[c].to_numpy() for c in ITEM_COLUMNS)
    both = group == "both"
    volume, mix, price = (np.zeros(len(table)) for _ in range(3))
    if both.any():
        q0b = q0[both]
        a0b = a0[both]
        q1b = q1[both]
        a1b = a1[both]
        total0 = q0b.sum()
        total1 = q1b.sum()
        if method == "base":
            volume[both] = (total1 / total0 - 1) * a0b
            mix[both] = (q1b / q0b - total1 / total0) * a0b
            price[both] = a1b - a0b * (q1b / q0b)
        else:
            before = np.column_stack([np.full(q0b.size, total0), q0b / total0, a0b / q0b])
            after = np.column_stack([np.full(q1b.size, total1), q1b / total1, a1b / q1b])
            volume[both], mix[both], price[both] = _logarithmic_mean_split(before, after).T
    parts = pd.DataFrame({"group": group, "volume": volume, "mix": mix, "price": price}, index=table.index)
    return _item_bridge(parts, ("volume", "mix", "price"), a0, a1)


def profit_bridge(items: pd.DataFrame) -> Bridge:
    """Did profit change because more was sold, because other things were sold, because of prices, or of costs?

    `items`: as in `price_volume_mix`, with cost_base and cost_now (money); profit is amount − cost. With Q units and q
    an item's, m its profit and c its cost a unit, of the items in both periods: volume = (Q₁ / Q₀ − 1)·q₀·m₀, mix = (q₁
    / q₀ − Q₁ / Q₀)·q₀·m₀, price = q₁·(p₁ − p₀), cost = −q₁·(c₁ − c₀). Ten sold at 5 that cost 3 each, then twelve at 6
    that cost 4: volume +4, price +12, cost −12. Groups, the steps of items in one period, empty input and errors as
    in `price_volume_mix`, where profit stands in place of the amount.
    """
    table = _numbers(items, (*ITEM_COLUMNS, "cost_base", "cost_now"))
    parts = price_volume_mix(table).parts
    q0, a0, q1, _, c0, c1 = (table[c].to_numpy() for c in (*ITEM_COLUMNS, "cost_base", "cost_now"))
    both = (parts["group"] == "both").to_numpy()
    grown = np.where(both, q1 / np.where(both, q0, 1.0), 0.0)
    whole = q1[both].sum() / q0[both].sum() if both.any() else 0.0
    m0 = a0 - c0
    parts["volume"] = np.where(both, (whole - 1) * m0, 0.0)
    parts["mix"] = np.where(both, (grown - whole) * m0, 0.0)
    parts["cost"] = np.where(both, grown * c0 - c1, 0.0)
    return _item_bridge(parts, ("volume", "mix", "price", "cost"), m0, table["amount_now"].to_numpy() - c1)


def bennet(items: pd.DataFrame) -> Bridge:
    """How much of the change is quantity and how much price, whichever period is called the base?

    Input, groups, empty input and errors as in `price_volume_mix`. quantity = ½(p₀ + p₁)(q₁ − q₀), price = ½(q₀ +
    q₁)(p₁ − p₀): each the mean of weighing by the base and by now, so turning time round only turns the signs. Amounts
    may be negative.
    """
    table = _numbers(items, ITEM_COLUMNS)
    group = _groups(table)
    q0, a0, q1, a1 = (table[c].to_numpy() for c in ITEM_COLUMNS)
    both = group == "both"
    quantity = np.zeros(len(table))
    price = np.zeros(len(table))
    p0 = a0[both] / q0[both]
    p1 = a1[both] / q1[both]
    quantity[both] = 0.5 * (p0 + p1) * (q1[both] - q0[both])
    price[both] = 0.5 * (q0[both] + q1[both]) * (p1 - p0)
    parts = pd.DataFrame({"group": group, "quantity": quantity, "price": price}, index=table.index)
    return _item_bridge(parts, ("quantity", "price"), a0, a1)


def shapley(base: Mapping[str, float], now: Mapping[str, float]) -> Bridge:
    """Which factor of a product moved it? The mean effect of each over every order in which they could have changed.

    `base` and `now`: factor → value, the total being their product; at most 10 factors. Zeros and negative values are
    fine.
    `parts`: factor, base, now, effect. Raises DataError where the two name different factors or hold no number,
    TooLarge above 10 factors.
    """
    names, before, after = _factors(base, now)
    n = len(names)
    effects = np.zeros(n)
    for place in range(n):
        others = [i for i in range(n) if i != place]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for moved in combinations(others, size):
                value = np.prod([after[i] if i in moved else before[i] for i in others])
                effects[place] += weight * value * (after[place] - before[place])
    return _factor_bridge(names, before, after, effects)


def lmdi(base: Mapping[str, float], now: Mapping[str, float]) -> Bridge:
    """Which factor of a product moved it, by logarithmic means (LMDI-I): additive, symmetric in time.

    As `shapley`, for factors of 0 or more. A factor that rises from 0 or falls to 0 takes the whole change, as the
    limit of ever smaller values; several at once share it equally. Raises DataError for a negative factor (use
    `shapley`).
    """
    names, before, after = _factors(base, now)
    effects = _logarithmic_mean_split(before[None, :], after[None, :])[0]
    return _factor_bridge(names, before, after, effects)


def revenue_bridge(base: Mapping[str, float], now: Mapping[str, float]) -> Bridge:
    """More customers, more orders from each, or larger orders? revenue = customers × orders per customer × AOV, by
    Shapley.

    `base` and `now` hold revenue, orders and customers of the two periods (customers with an id only: then revenue and
    orders must be theirs too). Raises NotEnoughData when either period has no customers or no orders.
    """
    for values in (base, now):
        for name in ("customers", "orders"):
            if not values[name] > 0:
                raise NotEnoughData(
                    N_("One of the two periods has no orders of known customers."),
                    hint=N_("Compare with a period that has some."),
                )
    return shapley(_spread(base), _spread(now))


def mix_and_rate(segments: pd.DataFrame) -> Bridge:
    """A ratio (AOV, margin, conversion) changed: did its segments change, or only their weights?

    `segments`: one row per segment, columns numerator_base, denominator_base, numerator_now, denominator_now; missing =
    0. With w a segment's share of the denominator, r its ratio, means over both periods and R̄ the mean total ratio:
    mix = (w₁ − w₀)·(r̄ − R̄), rate = w̄·(r₁ − r₀). A segment absent from a period takes its other ratio there: all mix.
    A numerator without a denominator (refunds where nothing was ordered) has no ratio: what it adds to the total ratio
    counts as rate, and `notes` says in how many segments.
    `parts`: rate_base, rate_now, weight_base, weight_now (0–100), mix, rate, change. `notes` warns when every segment
    present in both periods moved against the whole (Simpson's paradox).
    Raises NotEnoughData when a period's denominator is 0 in total, DataError for missing columns, non-finite or
    negative denominators.
    """
    table = _numbers(segments, RATIO_COLUMNS)
    n0, d0, n1, d1 = (table[c].to_numpy() for c in RATIO_COLUMNS)
    if (d0 < 0).any() or (d1 < 0).any():
        raise DataError("expected denominators of 0 or more.", where="mix_and_rate")
    if d0.sum() == 0 or d1.sum() == 0:
        raise NotEnoughData(N_("One of the two periods is empty."))
    r0 = _divide(n0, d0)
    r1 = _divide(n1, d1)
    w0 = d0 / d0.sum()
    w1 = d1 / d1.sum()
    unmatched0 = np.where(d0 == 0, n0, 0.0) / d0.sum()
    unmatched1 = np.where(d1 == 0, n1, 0.0) / d1.sum()
    base = float(n0.sum() / d0.sum() - unmatched0.sum())
    now = float(n1.sum() / d1.sum() - unmatched1.sum())
    before = np.where(d0 > 0, r0, r1)
    after = np.where(d1 > 0, r1, r0)
    before = np.nan_to_num(before)
    after = np.nan_to_num(after)
    mix = (w1 - w0) * ((before + after) / 2 - (base + now) / 2)
    rate = (w0 + w1) / 2 * (after - before) + unmatched1 - unmatched0
    parts = pd.DataFrame(
        {
            "rate_base": r0,
            "rate_now": r1,
            "weight_base": 100 * w0,
            "weight_now": 100 * w1,
            "mix": mix,
            "rate": rate,
            "change": mix + rate,
        },
        index=table.index,
    )
    moves = np.sign((r1 - r0)[(d0 > 0) & (d1 > 0)])
    notes: list[str] = []
    if moves.size > 1 and base != now and (moves == -np.sign(now - base)).all():
        rose = N_("The average rose although all {parts} parts fell: only the mix changed.", parts=int(moves.size))
        fell = N_("The average fell although all {parts} parts rose: only the mix changed.", parts=int(moves.size))
        notes.append(rose if now > base else fell)
    without = int(np.count_nonzero((unmatched0 != 0) | (unmatched1 != 0)))
    if without:
        notes.append(N_("{without} of {parts} parts have revenue without orders.", without=without, parts=len(table)))
    steps = pd.DataFrame({"step": ["mix", "rate"], "value": [mix.sum(), rate.sum()]})
    return Bridge(base + float(unmatched0.sum()), now + float(unmatched1.sum()), steps, parts, notes)


def _groups(table: pd.DataFrame) -> NDArray[Any]:
    q0, a0, q1, a1 = (table[c].to_numpy() for c in ITEM_COLUMNS)
    nothing_before = (q0 == 0) & (a0 == 0)
    nothing_now = (q1 == 0) & (a1 == 0)
    both = (q0 > 0) & (q1 > 0)
    return np.select(
        [both, nothing_before & (q1 > 0), nothing_now & (q0 > 0)], ["both", "new", "discontinued"], default="unpriced"
    ).astype(object)


def _item_bridge(parts: pd.DataFrame, effects: Sequence[str], a0: Floats, a1: Floats) -> Bridge:
    change = a1 - a0
    parts["change"] = change
    steps = [(name, float(parts[name].sum())) for name in effects]
    steps += [(name, float(change[(parts["group"] == name).to_numpy()].sum())) for name in ("new", "discontinued")]
    unpriced = (parts["group"] == "unpriced").to_numpy()
    steps.append(("unpriced", float(change[unpriced].sum())))
    notes: list[str] = []
    count = np.count_nonzero(change[unpriced])
    if count:
        notes.append(N_("{items:product|products} without a price in one period: shown apart.", items=int(count)))
    return Bridge(float(a0.sum()), float(a1.sum()), pd.DataFrame(steps, columns=["step", "value"]), parts, notes)


def _factor_bridge(names: list[str], before: Floats, after: Floats, effects: Floats) -> Bridge:
    parts = pd.DataFrame({"factor": names, "base": before, "now": after, "effect": effects})
    steps = pd.DataFrame({"step": names, "value": effects})
    return Bridge(float(np.prod(before)), float(np.prod(after)), steps, parts)


def _logarithmic_mean_split(before: Floats, after: Floats) -> Floats:
    """Rows × factors: L(V₁, V₀)·ln(x₁ / x₀), V being the row's product, with the limits where a product is 0."""
    if (before < 0).any() or (after < 0).any():
        raise DataError(
            "logarithmic means need factors of 0 or more.",
            where="lmdi",
            hint="Use bennet or shapley, which take negative values.",
        )
    v0 = before.prod(axis=1)
    v1 = after.prod(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log(after) - np.log(before)
        # As V₁ → V₀ the quotient is 0/0; log1p of the relative change keeps it exact until they are equal.
        relative = (v1 - v0) / v0
        ratio_log = np.where(np.abs(relative) < 0.5, np.log1p(relative), np.log(v1) - np.log(v0))
        mean = np.where(v1 == v0, v0, (v1 - v0) / ratio_log)
    split = np.zeros_like(before)
    regular = (v0 > 0) & (v1 > 0)
    split[regular] = mean[regular, None] * growth[regular]
    for product, zero in ((v0, before == 0), (v1, after == 0)):
        rows = (product == 0) & (v0 != v1)
        share = zero[rows] / zero[rows].sum(axis=1, keepdims=True)
        split[rows] = (v1 - v0)[rows, None] * share
    return split


def _factors(base: Mapping[str, float], now: Mapping[str, float]) -> tuple[list[str], Floats, Floats]:
    names = list(base)
    if set(names) != set(now):
        raise DataError(f"expected the same factors in both periods, got {sorted(base)} and {sorted(now)}.")
    if len(names) > MOST_FACTORS:
        raise TooLarge(f"expected at most {MOST_FACTORS} factors, got {len(names)}.")
    before, after = (np.array([float(period[name]) for name in names]) for period in (base, now))
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise DataError("expected a number for each factor.", hint="A ratio over nothing has no value: leave it out.")
    return names, before, after


def _spread(values: Mapping[str, float]) -> dict[str, float]:
    return {
        "customers": values["customers"],
        "orders per customer": values["orders"] / values["customers"],
        "AOV": values["revenue"] / values["orders"],
    }


def _numbers(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    require_columns(table, columns, "bridge")
    if table.index.has_duplicates:
        twice = table.index[table.index.duplicated()][0]
        raise DataError(f"expected one row each, got {twice!r} twice.", where="bridge")
    numbers = table[list(columns)].astype(np.float64).fillna(0.0)
    if not np.isfinite(numbers.to_numpy()).all():
        raise DataError("expected finite quantities and amounts.", where="bridge")
    return numbers


def _divide(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom != 0, top / bottom, np.nan)
