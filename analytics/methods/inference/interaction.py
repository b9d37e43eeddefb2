"""A change in one place only: what one cell of a table did beyond its row and beyond its column."""

from __future__ import annotations

import numpy as np
import pandas as pd

Array = np.ndarray

COLUMNS = ("row", "column", "n_base", "n_now", "amount_base", "amount_now")
FEWEST = 20  # of each of the counts that are compared, in one of the two times at least
SCORES_FOR_NOISE = 10  # with fewer scores their own scatter says little, and UNKNOWN_NOISE is taken
UNKNOWN_NOISE = 1.25  # a little clustering, as of customers who order twice
CELLS_FOR_EACH = 8  # that one more cell may be looked for, so that enough are left to tell the noise
MOST = 3  # cells looked for one after the other


def local_changes(table: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """Which products rose or fell in one place, beyond what they did elsewhere and what else that place did?

    `table`: a row for each cell with `row` and `column` (texts), `n_base` and `n_now` (how many independent things,
    such as orders, the cell had before and has now), `amount_base` and `amount_now` (money). A cell is expected to
    change as its row elsewhere and as the other rows of its column, against the rest of the table: expected = n_base ·
    (row elsewhere) · (column's others) / (rest), each as now over before. With 100 now and before in each of four
    cells but 150 now in one of them, 50 more than expected.

    Returns a row for each cell that can be judged: the input's columns, expected, elsewhere (the row's count elsewhere
    now over that before), gap (money beyond expectation: (n_now − expected) · the cell's amount per count), p
    (two-sided, from the logarithm of now over expected; its variance is at least that of Poisson counts, and more
    where the other cells scatter more). The first `most` are found one after the other, each with those before it taken
    as expected, since a cell that leapt makes its neighbours look as if they fell. Counts below FEWEST in both times,
    or in the rest of a row or column, are not judged.
    """
    cells = table.reset_index(drop=True)
    places = [np.unique(cells[name].to_numpy(str), return_inverse=True)[1] for name in ("row", "column")]
    base = cells["n_base"].to_numpy(float)
    now = cells["n_now"].to_numpy(float)
    found: list[int] = []
    kept: dict[int, tuple[float, float, float]] = {}
    most = min(most, max(1, int(np.isfinite(_against_margins(places, base, now)[1]).sum()) // CELLS_FOR_EACH))
    while True:
        expected, z, elsewhere = _against_margins(places, base, now)
        z[found] = np.nan
        if len(found) == most or not np.isfinite(z).any():
            break
        own = np.abs(np.log((now + 0.5) / (base + 0.5)) - np.log((now.sum() + 0.5) / (base.sum() + 0.5)))
        size = np.where(np.isfinite(z), np.abs(z).round(6), -1.0)
        first = int(np.lexsort((-own, -size))[0])  # of two that mirror each other, the one that moved
        kept[first] = float(expected[first]), float(z[first]), float(elsewhere[first])
        found.append(first)
        now = now.copy()
        now[first] = expected[first]
    noise = noise_of(z, len(found), UNKNOWN_NOISE)
    estimated = np.isfinite(z).sum() >= SCORES_FOR_NOISE
    telling = float(np.prod([place.max(initial=0) for place in places]) - len(found)) if estimated else 0.0
    for place, scores in kept.items():
        expected[place], z[place], elsewhere[place] = scores
    worth = (cells["amount_base"] + cells["amount_now"]) / (cells["n_base"] + cells["n_now"]).clip(lower=1)
    gap = (cells["n_now"] - expected) * worth
    rank = np.full(len(cells), len(cells))
    rank[found] = np.arange(len(found))
    cells = cells.assign(expected=expected, elsewhere=elsewhere, gap=gap, p=two_sided(z, noise, telling), rank=rank)
    judged: pd.DataFrame = cells[np.isfinite(z)].sort_values(["rank", "p"], kind="stable")
    return judged.drop(columns="rank")


def _against_margins(places: list[Array], base: Array, now: Array) -> tuple[Array, Array, Array]:
    """Expected count, z and the row's change elsewhere of each cell; z is NaN where it cannot be judged."""
    parts = []  # the cell, its row elsewhere, its column's others, the rest: each before and now
    for own in (base, now):
        row, column = (np.bincount(place, own)[place] - own for place in places)
        parts.append(np.array([own, row, column, own.sum() - row - column - own]))
    before, after = parts
    cell, row, column, rest = np.log((after + 0.5) / (before + 0.5))
    usual = row + column - rest
    variance = (1 / (before + 0.5) + 1 / (after + 0.5)).sum(axis=0)
    enough = (np.maximum(before, after) >= FEWEST).all(axis=0)
    enough &= (np.minimum(before, after)[1:] >= FEWEST / 4).all(axis=0)
    return base * np.exp(usual), np.where(enough, (cell - usual) / np.sqrt(variance), np.nan), np.exp(row)


def noise_of(z: Array, set_aside: int = 0, unknown: float = 1.0) -> float:
    """By how much scores scatter more than chance alone lets them, from their mean square: 1 or more; `unknown` for
    fewer than SCORES_FOR_NOISE.

    `z` without the `set_aside` largest, which are NaN or missing: what is left of standard normal scores then has a
    mean square below 1, by which it is corrected.
    """
    from scipy.special import ndtri

    known = z[np.isfinite(z)]
    if len(known) < SCORES_FOR_NOISE:
        return unknown
    usual = 1.0
    if set_aside:
        kept = len(known) / (len(known) + set_aside)
        cut = float(ndtri((1 + kept) / 2))
        usual = 1 - 2 * cut * float(np.exp(-(cut**2) / 2) / np.sqrt(2 * np.pi)) / kept
    return max(1.0, float(np.sqrt(np.mean(known**2) / usual)))


def two_sided(z: Array, noise: float, telling: float) -> Array:
    """p of scores over their noise: Student's t where the noise was estimated, from as much as `telling` independent
    scores; normal where it was not. NaN stays NaN."""
    from scipy.special import ndtr, stdtr

    scaled = -np.abs(z) / noise
    return np.asarray(2 * (ndtr(scaled) if noise == 1.0 or telling < 1 else stdtr(telling, scaled)))
