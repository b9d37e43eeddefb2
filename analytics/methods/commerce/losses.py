"""Where margin goes: refunds that rise in one group, and discounts that sell below cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.methods.inference.interaction import noise_of, two_sided

Array = np.ndarray

FEWEST_REFUNDS = 8  # of a group now, about, with fewer of which a rise is not told
FEWEST_SALES = 20  # lines of a group, now and before
DEPTHS = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0)  # % off at which a band begins; 0 is any discount
FEWEST_IN_BAND = 10


def refund_rises(gross: Array, refunds: Array, lines: Array, spread: float) -> tuple[Array, Array]:
    """In which groups did refunds change more than in all others? Arrays of groups × (before, now).

    `gross`: money of sale lines; `refunds`: money given back, positive; `lines`: how many lines; `spread`: the squared
    coefficient of variation of a line's value. The rate refunds / gross of a group is expected to change as that of
    all others. Returns (expected refunds now, p). Refunds are counted in units of a mean line's value; they are
    Poisson numbers of varying worth. With 1,000 of 10,000 refunded before and 3,000 of 10,000 now, where the others
    stayed even, 1,000 were expected. p is two-sided, 1 where the group has too few lines or refunds.
    """
    sold, back, n = (np.asarray(v, dtype=np.float64) for v in (gross, refunds, lines))
    worth = sold.sum(axis=1) / np.maximum(n.sum(axis=1), 1.0)
    many = back / np.where(worth > 0, worth, np.nan)[:, None]
    others_many = np.nansum(many, axis=0) - np.nan_to_num(many)
    others = sold.sum(axis=0) - sold
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.log((many + 0.5) / sold)
        other_rate = np.log((others_many + 0.5) / others)
        usual = rate[:, 0] + other_rate[:, 1] - other_rate[:, 0]
        variance = (1 + spread) * (1 / (many + 0.5) + 1 / (others_many + 0.5)).sum(axis=1)
        z = (rate[:, 1] - usual) / np.sqrt(variance)
        expected = np.exp(usual) * sold[:, 1] * worth
    known = (n >= FEWEST_SALES).all(axis=1) & (many.max(axis=1) >= FEWEST_REFUNDS) & (others > 0).all(axis=1)
    z = np.where(known, z, np.nan)
    return expected, np.where(known, two_sided(z, noise_of(z), known.sum() - 1.0), 1.0)


class LosingDepth(NamedTuple):
    """The discount above which sales lose money: `depth` (% off), what is lost there (positive), and its revenue and
    discounts."""

    depth: float
    loss: float
    revenue: float
    discount: float


def losing_depth(discount: Array, revenue: Array, profit: Array) -> LosingDepth | None:
    """From which discount on do sales lose money, and how much?

    Arrays with one number for each sale (or each product's day): money off, revenue after it, profit (revenue − cost).
    The depth is the least d of DEPTHS above which the sales in every band that has FEWEST_IN_BAND or more of them sum
    to a loss; None where there is none. Sales without a discount are no part of it. Profits of 10, 5, −5 and −20 at
    5, 20, 25 and 35 % off, ten sales each: above 20 % sales lose 250.
    """
    off, paid, won = (np.asarray(v, dtype=np.float64) for v in (discount, revenue, profit))
    listed = paid + off
    given = (off > 0) & (listed > 0) & np.isfinite(won)
    off, paid, won, listed = (v[given] for v in (off, paid, won, listed))
    rate = np.round(100 * off / listed, 6)
    band = np.searchsorted(DEPTHS, rate, side="left") - 1  # above the depth, not at it
    enough = np.bincount(band, minlength=len(DEPTHS)) >= FEWEST_IN_BAND
    sums = np.bincount(band, won, minlength=len(DEPTHS))
    gains = np.flatnonzero(enough & (sums >= 0))
    first = int(gains[-1]) + 1 if len(gains) else 0
    above = band >= first
    if not (enough[first:] & (sums[first:] < 0)).any() or not won[above].sum() < 0:
        return None
    return LosingDepth(DEPTHS[first], float(-won[above].sum()), float(paid[above].sum()), float(off[above].sum()))
