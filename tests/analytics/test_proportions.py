"""Intervals and exact tests of proportions against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analytics.methods.inference.proportions import binomial_test, rates_against_rest, wilson_interval


def test_the_wilson_interval_is_that_of_scipy() -> None:
    low, high = wilson_interval(np.array([0.0, 3.0, 5.0]), np.array([10.0, 20.0, 5.0]))
    expected = [
        stats.binomtest(found, tried).proportion_ci(method="wilson") for found, tried in ((0, 10), (3, 20), (5, 5))
    ]
    assert low.tolist() == pytest.approx([e.low for e in expected], abs=1e-9)
    assert high.tolist() == pytest.approx([e.high for e in expected], abs=1e-9)


def test_what_is_no_rate_has_no_interval() -> None:
    for low_or_high in wilson_interval(np.array([0.0, 6.0, -1.0]), np.array([0.0, 5.0, 5.0])):
        assert np.isnan(low_or_high).all()


def test_the_binomial_test_doubles_the_smaller_tail() -> None:
    found = np.array([0, 3, 10, 20])
    expected = [min(1.0, 2 * min(stats.binom.cdf(k, 20, 0.3), stats.binom.sf(k - 1, 20, 0.3))) for k in found]
    assert binomial_test(found, 20, 0.3).tolist() == pytest.approx(expected, rel=1e-9)


def test_rates_against_the_rest_are_fishers_exact_test() -> None:
    found, tried = np.array([30, 10, 9]), np.array([100, 100, 60])
    for group, p in enumerate(rates_against_rest(found, tried)):
        rest = found.sum() - found[group], tried.sum() - tried[group]
        table = [[found[group], tried[group] - found[group]], [rest[0], rest[1] - rest[0]]]
        sides = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        assert p == pytest.approx(min(1.0, 2 * min(sides)), rel=1e-9)
    assert rates_against_rest(np.array([3]), np.array([9])).tolist() == [1.0]
