"""Could it be chance alone? Tests from totals and counts, and what counts as worth saying. Ranges of days are
compared in days.py.

An order is a draw: how many come is a Poisson number, what each is worth varies. So a total R of n orders varies with
R²/n·(1 + cv²), cv being the spread of order values over their mean, and a mean order value m with m²·cv²/n.
"""

from __future__ import annotations

import numpy as np

from analytics.methods.inference.false_discovery import benjamini_hochberg

Array = np.ndarray

LEVEL = (
    0.05  # q up to which more than chance is claimed, by a kind and by the list: at most one claim in twenty is chance
)
FEWEST = 20  # orders behind a total or a mean; with fewer, its spread is too uncertain for these tests
MATERIAL = 5.0  # % by which means must differ to be worth a sentence, however certain the difference
SHOWN_A_SIDE = 2  # the largest rises, and as many falls; more would be a list, not a headline


def adjusted(p: Array | list[float]) -> Array:
    """q-values of all tests that a kind made."""
    return benjamini_hochberg(np.asarray(p, dtype=np.float64))


def normal_p(z: Array | float) -> Array:
    """Two-sided p of standard normal values."""
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(np.asarray(z, dtype=np.float64))))


def totals_differ(
    total: Array | float, n: Array | float, other: Array | float, other_n: Array | float, cv2: float
) -> Array:
    """p that two totals of these numbers of orders differ only by chance; 1 where the larger number is below
    FEWEST, or the smaller below a quarter of it."""
    a, na, b, nb = (np.asarray(v, dtype=np.float64) for v in (total, n, other, other_n))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (a - b) / np.sqrt((a**2 / na + b**2 / nb) * (1 + cv2))
    known = (np.maximum(na, nb) >= FEWEST) & (np.minimum(na, nb) >= FEWEST / 4)
    return np.where(known, normal_p(np.nan_to_num(z)), 1.0)


def means_differ(mean: Array, n: Array, other: Array, other_n: Array, cv2: float) -> Array:
    """p that two mean order values, each of its number of draws, differ only by chance; 1 where either
    rests on fewer than FEWEST."""
    a, na, b, nb = (np.asarray(v, dtype=np.float64) for v in (mean, n, other, other_n))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (a - b) / np.sqrt((a**2 / na + b**2 / nb) * cv2)
    return np.where((na >= FEWEST) & (nb >= FEWEST), normal_p(np.nan_to_num(z)), 1.0)
