"""Random draws that the generators share, all vectorised and all from one seeded numpy Generator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Tables = dict[str, pd.DataFrame]


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """`size` positions of `weights`, each drawn with probability proportional to its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    positions: Ints = np.searchsorted(edges, rng.random(size) * edges[-1], side="right").astype(np.int64)
    return positions


def pick_by_group(rng: np.random.Generator, weights: Floats, group: Ints) -> Ints:
    """For each element of `group` a column of `weights`, drawn by the weights of that group's row."""
    shares = weights / weights.sum(axis=1, keepdims=True)
    columns = shares.shape[1]
    # Each row's cumulative shares lie in (row, row + 1], so that one sorted array serves every group.
    edges = (np.cumsum(shares, axis=1) + np.arange(len(shares))[:, None]).ravel()
    found = np.searchsorted(edges, group + rng.random(len(group)), side="right")
    chosen: Ints = np.minimum(found - group * columns, columns - 1).astype(np.int64)
    return chosen


def named(labels: Sequence[str] | npt.NDArray[np.object_], codes: Ints) -> pd.Series:
    """The labels of the codes as text; -1 gives a missing value."""
    return pd.Series(pd.array(list(labels), dtype="str").take(codes, allow_fill=True))


def numbered(prefix: str, numbers: Ints) -> pd.Series:
    """Identifiers such as Q100017."""
    return prefix + pd.Series(numbers).astype("str")


def money(cents: Ints) -> Floats:
    """Cents as currency units; two decimals exactly."""
    return np.round(cents / 100.0, 2)
