"""How surprising is a joint count? Exact hypergeometric tails for millions of pairs at once.

X counts the marked ones among `b` orders drawn from `total`, of which `a` are marked: two products bought
independently share X orders. scipy answers one pair after the other; a pair table has millions. Here the probability
of the first term comes from the four cells of the 2 × 2 table (Loader's saddle-point form, which does not lose digits
for large totals) and the tail is summed by its term ratios until nothing is left to add.

Source: Loader 2000, "Fast and accurate computation of binomial probabilities"; Hahsler & Hornik 2007 (hyperlift).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BLOCK = 1 << 14
TAIL_LEFT = 1e-14
_SMALL = 16
_SMALL_CORRECTIONS = np.array(
    [0.0] + [math.lgamma(x + 1) - (x * math.log(x) - x) for x in range(1, _SMALL)], dtype=np.float64
)


def tails(k: ArrayLike, total: int, a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """P(X ≥ k) and P(X < k), elementwise, each accurate to about 1e-10 relative however small it is.

    `k`, `a`, `b` are whole numbers of equal length (or scalars), 0 ≤ a, b ≤ total. The first is the p-value of the
    one-sided Fisher test, the second the hyperconfidence. Below 1e-308 the answer is 0. Empty input gives empty arrays.
    """
    aligned = _aligned(k, a, b)
    upper = np.empty(aligned[0].size)
    lower = np.empty(aligned[0].size)
    for part, (joint, marked, drawn) in _blocks(*aligned):
        upper[part], lower[part] = _tails_of_block(joint, float(total), marked, drawn)
    return upper, lower


def quantile(level: float, total: int, a: ArrayLike, b: ArrayLike) -> Floats:
    """The smallest x with P(X ≤ x) ≥ level, elementwise: the joint count that chance alone seldom exceeds."""
    aligned = _aligned(a, b)
    found = np.empty(aligned[0].size)
    for part, (marked, drawn) in _blocks(*aligned):
        found[part] = _quantile_of_block(level, float(total), marked, drawn)
    return found


def _aligned(*values: ArrayLike) -> tuple[NDArray[Any], ...]:
    return tuple(np.broadcast_arrays(*(np.atleast_1d(np.asarray(v)) for v in values)))


def _blocks(*arrays: NDArray[Any]) -> Iterator[tuple[slice, list[Floats]]]:
    """Parts small enough for the processor's cache, as floats: a whole copy of millions of counts is never made."""
    for start in range(0, arrays[0].size, BLOCK):
        part = slice(start, start + BLOCK)
        yield part, [values[part].astype(np.float64) for values in arrays]


def _tails_of_block(k: Floats, total: float, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    # Sum whichever tail lies beyond the mean: X < k is "at least a - k + 1 of the unmarked draws", the same law.
    beyond = k > a * b / total
    other = np.where(beyond, b, total - b)
    tail = _sum_up(np.where(beyond, k, a - k + 1), total, a, other)
    rest = 1.0 - tail
    return np.where(beyond, tail, rest), np.where(beyond, rest, tail)


def _sum_up(k: Floats, total: float, a: Floats, b: Floats) -> Floats:
    """P(X ≥ k) for k above the mean, by term ratios; finished pairs leave the loop."""
    sums = _probability(k, total, a, b)
    live = np.flatnonzero(sums > 0)
    term = sums[live]
    top = sums[live]
    j = k[live]
    a = a[live]
    b = b[live]
    spare = total - a - b
    while live.size:
        ratio = (a - j) * (b - j)
        j += 1
        ratio /= j * (spare + j)
        term *= ratio
        top += term
        np.subtract(1.0, ratio, out=ratio)
        ratio *= top
        ratio *= TAIL_LEFT
        going = term > np.maximum(ratio, 0.0)
        if np.count_nonzero(going) < 0.75 * live.size:
            sums[live] = top
            live = live[going]
            term = term[going]
            top = top[going]
            j = j[going]
            a = a[going]
            b = b[going]
            spare = spare[going]
    return np.minimum(sums, 1.0)


def _quantile_of_block(level: float, total: float, a: Floats, b: Floats) -> Floats:
    mean = a * b / total
    spread = np.sqrt(mean * (1 - a / total) * (total - b) / max(total - 1, 1))
    z = NormalDist().inv_cdf(level)
    low = np.maximum(0.0, a + b - total)
    high = np.minimum(a, b)
    # Poisson-like skewness shifts a small count's quantile by (z² - 1) / 6; any guess ends at the same answer.
    x = np.clip(np.floor(mean + z * spread + (z * z - 1) / 6), low, high)
    above = _tails_of_block(x + 1, total, a, b)[0]
    allowed = 1.0 - level
    todo = np.flatnonzero(above > allowed)
    while todo.size:
        x[todo] += 1
        above[todo] -= _probability(x[todo], total, a[todo], b[todo])
        todo = todo[(above[todo] > allowed) & (x[todo] < high[todo])]
    here = _probability(x, total, a, b)
    todo = np.flatnonzero((above + here <= allowed) & (x > low))
    while todo.size:
        above[todo] += here[todo]
        x[todo] -= 1
        here[todo] = _probability(x[todo], total, a[todo], b[todo])
        todo = todo[(above[todo] + here[todo] <= allowed) & (x[todo] > low[todo])]
    return x


def _probability(k: Floats, total: float, a: Floats, b: Floats) -> Floats:
    """P(X = k): each cell's distance from its expected value, and Stirling's corrections."""
    surplus = k - a * b / total
    possible = np.ones(k.size, dtype=bool)
    log_p = _correction(a) + _correction(b) + _correction(total - a) + _correction(total - b)
    log_p -= _correction(np.array([total]))[0]
    for cell, expected, sign in (
        (k, a * b / total, 1.0),
        (a - k, a * (total - b) / total, -1.0),
        (b - k, (total - a) * b / total, -1.0),
        (total - a - b + k, (total - a) * (total - b) / total, 1.0),
    ):
        possible &= cell >= 0
        log_p -= _correction(np.maximum(cell, 0.0))
        log_p -= _deviance(cell, expected, sign * surplus)
    return np.where(possible, np.exp(log_p), 0.0)


def _deviance(cell: Floats, expected: Floats, surplus: Floats) -> Floats:
    """cell · log(cell / expected) - cell + expected, without cancellation where the two are close."""
    safe = np.maximum(expected, 1e-300)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = cell * np.log1p(surplus / safe) - surplus
    return np.where(cell > 0, value, expected)


def _correction(x: Floats) -> Floats:
    """log x! - (x log x - x)."""
    large = np.maximum(x, float(_SMALL))
    inverse = 1.0 / large
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    value: Floats = 0.5 * np.log(2 * math.pi * large) + series
    small = x < _SMALL
    value[small] = _SMALL_CORRECTIONS[x[small].astype(np.intp)]
    return value
