"""Many tests at once: the rate of false discoveries."""

from __future__ import annotations

from collections.abc import Sequence

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


def over_families(q: Sequence[ArrayLike], families: int | None = None) -> list[NDArray[np.float64]]:
    """The smallest rate at which each test stands when families of tests are read as one list, in the order given.

    `q`: for each family the q-values within it (benjamini_hochberg over all its tests). `families`: how many were
    tried, where some found nothing to list. A family counts with its smallest q, which is its Simes p; at a rate a, R
    of K families are chosen by Benjamini–Hochberg, and within each the tests with q ≤ a·R/K. So the rate of false
    discoveries, averaged over the chosen families, is at most a, and where nothing is true anything is listed with
    probability a. [0.01, 0.4] and [0.3] of two families: 0.02, 0.4 and 0.3. Source: Benjamini & Bogomolov 2014.
    """
    lists = [np.asarray(each, dtype=np.float64) for each in q]
    tried = len(lists) if families is None else families
    smallest = np.sort(np.array([each.min() for each in lists if each.size]))
    ranks = np.arange(1, smallest.size + 1)
    found = []
    for each in lists:
        rates = np.maximum(smallest[None, :], each[:, None]) * (tried / ranks)[None, :]
        found.append(np.minimum(rates.min(axis=1), 1.0) if each.size else each)
    return found
