"""What was to be expected: season, weekdays and level are found where planted, and chance is called chance."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.methods.timeseries.expectation import expectation

YEAR = 365
WEEKDAYS = np.array([1.0, 1.0, 1.0, 1.1, 1.3, 1.5, 0.4])


def months(days: int, length: int = 28) -> tuple[tuple[int, int], tuple[int, int]]:
    """The last stretch of a series and the one before it."""
    return (days - 2 * length, days - length), (days - length, days)


def test_the_season_of_earlier_years_is_expected() -> None:
    days = np.arange("2021-01-01", "2025-01-01", dtype="datetime64[D]")
    season = np.where(days.astype("datetime64[M]").astype(int) % 12 == 11, 2.0, 1.0)
    daily = 100 * season * WEEKDAYS[np.arange(len(days)) % 7]
    found = expectation(daily, (len(days) - 61, len(days) - 31), (len(days) - 31, len(days)))
    assert (found.seasons, found.value) == (3, pytest.approx(daily[-31:].sum(), rel=0.03))


def test_weekdays_are_expected_where_the_stretches_hold_others() -> None:
    days = np.arange(140)
    daily = 100 * WEEKDAYS[days % 7]
    found = expectation(daily, (110, 120), (120, 130))
    assert found.value == pytest.approx(daily[120:130].sum())


def test_a_year_ago_is_expected_at_the_level_of_the_weeks_before() -> None:
    days = np.arange(2 * YEAR)
    found = expectation(np.where(days >= YEAR, 130.0, 100.0), (YEAR - 28, YEAR), (2 * YEAR - 28, 2 * YEAR))
    assert found.value == pytest.approx(130 * 28)


@pytest.mark.sampled(16)
@pytest.mark.parametrize("carried", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("length", [7, 28])
def test_chance_is_called_chance(carried: float, length: int) -> None:
    random = np.random.default_rng(7)
    runs = 200
    false = 0
    for _ in range(runs):
        shocks = random.normal(0, 0.3 * np.sqrt(1 - carried**2), 430)
        logs = np.zeros(430)
        for day in range(1, 430):
            logs[day] = carried * logs[day - 1] + shocks[day]
        false += expectation(1000 * np.exp(logs), *months(430, length)).p <= 0.05
    assert 0.005 * runs <= false <= 0.08 * runs


def test_a_fall_by_a_third_is_seen() -> None:
    random = np.random.default_rng(3)
    daily = 1000 * np.exp(random.normal(0, 0.25, 430)) * WEEKDAYS[np.arange(430) % 7]
    daily[-28:] *= 0.67
    found = expectation(daily, *months(430))
    assert found.p < 0.01
    assert daily[-28:].sum() / found.value == pytest.approx(0.67, abs=0.15)


@pytest.mark.parametrize("days", [2, 56, 60, 400])
def test_little_is_borne(days: int) -> None:
    length = min(28, days // 2)
    zeros = expectation(np.zeros(days), *months(days, length))
    assert np.isnan(zeros.p)
    assert np.isnan(zeros.value)
    expectation(np.ones(days), *months(days, length))
