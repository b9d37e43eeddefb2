"""Groups of customers: which of them stops buying, and which comes back more seldom after the first order."""

from __future__ import annotations

import numpy as np

from analytics.methods.inference.interaction import noise_of, two_sided

Array = np.ndarray

FEWEST = 20  # customers of a group, and of all others, with fewer of which nothing is told


def departures(base: Array, now: Array, both: Array) -> tuple[Array, Array]:
    """Which groups lose customers while the others do not? Arrays of one number for each group.

    `base`, `now`: customers who bought before, and now; `both`: those among them who bought both times. A group is
    expected to go as all others together: expected = base · (others now / others before). Returns (expected, p).
    A customer is one draw, however often they order: those who bought both times cancel, so the variance is that of
    the lost and the gained. Of 100 customers before, 90 of whom came back, 95 now, where the others stayed even:
    expected 100, standard error about 4. p is two-sided, 1 where the group or the others had fewer than FEWEST.
    """
    before, after, kept = (np.asarray(v, dtype=np.float64) for v in (base, now, both))
    others = before.sum() - before
    others_now = after.sum() - after
    others_kept = kept.sum() - kept
    ratio = np.where(others > 0, others_now / np.where(others > 0, others, 1.0), np.nan)
    own = _variance(before, after, kept, ratio)
    of_ratio = _variance(others, others_now, others_kept, ratio) / np.where(others > 0, others, 1.0) ** 2
    expected = before * ratio
    known = (before >= FEWEST) & (others >= FEWEST) & (others_now >= FEWEST)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(known, (after - expected) / np.sqrt(own + before**2 * of_ratio + 1), np.nan)
    return expected, _p(z)


def returning(acquired: Array, returned: Array) -> tuple[Array, Array]:
    """Which groups' new customers come back more seldom, or more often, than those of all others? Arrays of one number
    for each group.

    `acquired`: customers won who have been watched for long enough; `returned`: those of them who ordered again in
    that time. Returns (rate of all others, 0–1; p, two-sided, of the difference of two proportions). p is 1 where the
    group or the others had fewer than FEWEST customers.
    """
    won = np.asarray(acquired, dtype=np.float64)
    back = np.asarray(returned, dtype=np.float64)
    others = won.sum() - won
    others_back = back.sum() - back
    rate = others_back / np.where(others > 0, others, np.nan)
    pooled = (back + others_back) / np.where(won + others > 0, won + others, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(pooled * (1 - pooled) * (1 / won + 1 / others))
        z = np.where((won >= FEWEST) & (others >= FEWEST), (back / won - rate) / error, np.nan)
    return rate, _p(z)


def _variance(before: Array, after: Array, kept: Array, ratio: Array) -> Array:
    """Of now − ratio · before, a customer being one draw."""
    return np.asarray((before - kept) * ratio**2 + (after - kept) + kept * (1 - ratio) ** 2)


def _p(z: Array) -> Array:
    return np.where(np.isfinite(z), two_sided(z, noise_of(z), np.isfinite(z).sum() - 1.0), 1.0)
