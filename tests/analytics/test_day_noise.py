"""Two ranges of days differ beyond chance no more often than stated where nothing changed, and surely where it did."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.methods.inference.day_noise import History, _cosines, mean_change, shapes, without_weekdays
from tests.analytics.simulated_days import CARRIED, OTHERS, STRONGLY_CARRIED, Kind, revenue

MONTH, QUARTER, YEAR = 30, 91, 365


def ranges(days: int, length: int, apart: int) -> tuple[slice, slice]:
    """The last days, and as many so much earlier."""
    return slice(days - length, days), slice(days - length - apart, days - apart)


def rejected(kind: Kind, shops: int, days: int, length: int, apart: int, seed: int = 1) -> float:
    """Share of shops in which the ranges are said to differ."""
    made = kind(np.random.default_rng(seed), shops, days)
    return float(np.mean([mean_change(shop, *ranges(days, length, apart)).p <= 0.05 for shop in made]))


def test_variances_of_weighted_sums_are_those_of_the_whole_covariance_matrix() -> None:
    weights = np.random.default_rng(0).normal(size=(3, 40))
    made = shapes()
    for n in (0, 17, len(made.share) - 1):
        apart = np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
        lasting = made.share[n] * made.persistence[n] ** apart
        covariance = lasting + (1 - made.share[n]) * np.eye(40)
        expected = np.einsum("id,de,ie->i", weights, covariance, weights)
        assert made.variances(weights)[:, n] == pytest.approx(expected)
    assert made.weight.sum() == pytest.approx(1)
    assert made.spectrum(np.pi * (np.arange(5_000) + 0.5) / 5_000).mean(axis=1) == pytest.approx(1, rel=1e-3)


def test_cosines_keep_lengths_and_angles() -> None:
    assert _cosines(np.eye(9)).T @ _cosines(np.eye(9)) == pytest.approx(np.eye(9))


def test_weekdays_are_evened_out_at_any_level() -> None:
    week = np.array([5.0, 6, 7, 8, 9, 14, 0])
    level = np.repeat([10.0, 10.0, 10.0, 10.0], 7)
    assert without_weekdays(np.tile(week, 4), level) == pytest.approx(np.full(28, week.mean()))
    once = np.array([1.0, 2.0, 3.0])
    assert without_weekdays(once, once) is once, "too few to know"


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "kind", [*CARRIED, "weekly", "5 orders a day", "closed on two days", "2 orders a week, heavy-tailed"]
)
def test_where_nothing_changed_one_in_twenty_is_said_to(kind: str) -> None:
    """The full rates, within 3 to 7 %, are a gate: tests/benchmarks/truth/change.py."""
    made = {**CARRIED, **OTHERS}[kind]
    rates = [rejected(made, 60, 731, MONTH, MONTH), rejected(made, 60, 731, YEAR, YEAR)]
    assert np.mean(rates) <= 0.125, "of 120, more than 15 come once in a thousand times at 5 %"


def test_a_walk_of_the_level_is_not_taken_for_a_change() -> None:
    assert rejected(STRONGLY_CARRIED["AR 0.98"], 60, 731, MONTH, MONTH) <= 0.2, "60 % with independent orders"


def test_a_short_history_knows_little() -> None:
    assert rejected(CARRIED["AR 0.9"], 60, 60, MONTH, MONTH) <= 0.25
    assert mean_change(np.r_[np.full(6, 9.0), np.full(6, 5.0)], slice(6, 12), slice(0, 6)).p == 1.0
    assert mean_change(np.ones(5), slice(5, 5), slice(0, 5)).p == 1.0


@pytest.mark.parametrize(("days", "apart"), [(400, MONTH), (731, MONTH), (731, YEAR)])
def test_a_fall_by_three_tenths_in_a_month_is_found(days: int, apart: int) -> None:
    shops = revenue(np.random.default_rng(3), 20, days, carried=0.5, swing=0.15, weekly=True)
    shops[:, -MONTH:] *= 0.7
    found = [mean_change(shop, *ranges(days, MONTH, apart)) for shop in shops]
    assert np.mean([change.p <= 0.05 and change.gap < 0 for change in found]) >= 0.9


def test_a_season_is_no_change_against_the_year_before() -> None:
    shops = revenue(np.random.default_rng(4), 60, 1096, swing=0.1, carried=0.5, peak=1.5, growth=0.0)
    found = [mean_change(shop, *ranges(1096, MONTH, YEAR)).p <= 0.05 for shop in shops]
    assert np.mean(found) <= 0.15


def test_the_usual_difference_is_that_of_p_one_in_twenty() -> None:
    shop = revenue(np.random.default_rng(5), 1, 400, carried=0.7)[0]
    change = mean_change(shop, *ranges(400, MONTH, MONTH))
    history = History.of(shop)
    assert (abs(change.gap) > change.usual) == (change.p < 0.05)
    assert 0 < change.usual < history.level.mean()
