"""Many tests at once: the rate of false discoveries."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p: ArrayLike, family: int | None = None) -> NDArray[np.float64]:
    """The smallest false discovery rate at which each test is called significant (q-values), in the order given.

    `family` is the number of tests made, where more were made than are listed: the others count as p = 1. Empty input
    gives an empty array. Source: Benjamini & Hochberg 1995.
    """
    values = np.asarray(p, dtype=np.float64)
    tests = values.size if family is None else family
    order = np.argsort(values, kind="stable")
    stepped = values[order]
    stepped *= tests
    stepped /= np.arange(1, values.size + 1)
    stepped = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    q = np.empty_like(values)
    q[order] = stepped
    return q
