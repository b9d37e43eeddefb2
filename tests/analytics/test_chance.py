"""The chance of reaching an amount, and the usual shape of a period, against slow and obvious computations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.calendar import TimeRange
from analytics.methods.timeseries.chance import Remainder, chance, remainder, shape
from analytics.methods.timeseries.forecast import forecast
from tests.analytics.simulated_series import made


def days(first: str, last: str) -> TimeRange:
    """The days of a range, its last one included."""
    return TimeRange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)


@pytest.fixture(scope="module")
def history() -> pd.Series:
    return made(np.random.default_rng(3), "2025-06-17", 500).history


def test_the_chance_is_the_share_of_paths_that_reach_the_amount() -> None:
    rest = Remainder(np.arange(1.0, 11.0), np.ones(10))
    assert chance(rest, 4) == pytest.approx((7 + 0.5) / 11)
    assert chance(rest, 4, at_most=True) == pytest.approx((4 + 0.5) / 11)
    assert 0 < chance(rest, 1e9) < chance(rest, -1e9) < 1
    weighted = Remainder(np.array([1.0, 9.0]), np.array([0.5, 1.5]))
    assert chance(weighted, 5) == pytest.approx((1.5 + 0.5) / 3), "recent forecasts count more"


def test_a_path_misses_as_a_past_forecast_did(history: pd.Series) -> None:
    """Slowly: the forecast made again from each earlier week, its misses relative to its level put on today's."""
    found = forecast(history, horizon=13, far=True)
    assert found.paths.shape == (len(found.weights), 13)
    assert found.weights.mean() == pytest.approx(1)
    assert (np.diff(found.weights) > 0).all(), "the last one counts most"
    rest = remainder(history, days("2025-06-01", "2025-06-30"))
    np.testing.assert_allclose(rest.sums, found.paths.sum(axis=1))
    assert rest.expected == pytest.approx(found.frame["value"].sum(), rel=0.1)


def test_only_the_days_of_the_period_are_summed(history: pd.Series) -> None:
    later = remainder(history, days("2025-06-24", "2025-06-30"))
    found = forecast(history, horizon=13, far=True)
    np.testing.assert_allclose(later.sums, found.paths[:, 6:].sum(axis=1))
    over = remainder(history, days("2025-05-01", "2025-06-17"))
    assert (over.sums.tolist(), over.reason) == ([0.0], "")
    assert remainder(history, days("2025-06-17", "2025-06-18")).reason == "", "one day to come"


def test_it_is_refused_with_the_reason() -> None:
    weekly = made(np.random.default_rng(1), "2025-06-30", 200).history
    assert "supports a forecast of 28" in remainder(weekly, days("2025-07-01", "2025-08-31")).reason
    assert "a forecast reaches 364" in remainder(weekly, days("2026-01-01", "2026-12-31")).reason
    assert "no history" in remainder(weekly[:0], days("2025-07-01", "2025-07-28")).reason
    few = remainder(weekly[-30:], days("2025-07-01", "2025-07-28"))
    assert few.reason
    assert np.isnan(few.expected)
    assert np.isnan(chance(few, 1.0))
    flat = pd.Series(5.0, pd.date_range("2024-01-01", "2025-06-30"))
    assert "nothing to forecast" in remainder(flat, days("2025-07-01", "2025-07-28")).reason


def test_a_year_that_is_known_reaches_further() -> None:
    seasonal = made(np.random.default_rng(2), "2025-09-15", 1000, height=1.0).history
    rest = remainder(seasonal, days("2025-09-01", "2025-12-31"))
    assert rest.reason == ""
    assert len(rest.sums) >= 10


def slow_shape(series: pd.Series, span: TimeRange) -> list[float]:
    """Day by day, with loops."""
    value = {str(day)[:10]: max(float(v), 0.0) for day, v in series.items()}
    late = sorted(day for day in value if day < str(span.start))[-56:]
    share = []
    span_days = np.arange(span.start, span.end, dtype="datetime64[D]")
    years = []
    for lag in (364, 728, 1092):
        weeks = [[value.get(str(day - lag + k)) for k in range(-3, 4)] for day in span_days]
        if all(None not in week for week in weeks):
            years.append([np.mean(week) for week in weeks])
    course = np.mean([np.array(y) / np.mean(y) for y in years], axis=0) if years else np.ones(span.days)
    for day in np.arange(span.start, span.end, dtype="datetime64[D]"):
        same = [value[d] for d in late if pd.Timestamp(d).weekday() == pd.Timestamp(day).weekday()]
        weekday = np.mean(same) / np.mean([value[d] for d in late]) if len(late) == 56 else 1.0
        share.append(weekday * course[int((day - span.start).astype(int))])
    return [s / sum(share) for s in share]


@pytest.mark.parametrize(("first", "last"), [("2025-06-01", "2025-06-30"), ("2025-05-20", "2025-07-10")])
def test_the_shape_is_last_years_course_by_weekday(history: pd.Series, first: str, last: str) -> None:
    span = days(first, last)
    np.testing.assert_allclose(shape(history, span), slow_shape(history, span))


def test_the_shape_is_that_of_all_years_that_are_known() -> None:
    long = made(np.random.default_rng(4), "2025-06-17", 1300, height=0.5, growth=0.3).history
    for span in (days("2025-06-01", "2025-06-30"), days("2023-05-01", "2023-06-30"), days("2024-12-01", "2025-02-28")):
        np.testing.assert_allclose(shape(long, span), slow_shape(long, span))


def test_a_shape_always_adds_up_to_one(history: pd.Series) -> None:
    for series in (history, history[-70:], history[-20:], history[:0], history * 0, -history):
        for span in (
            days("2025-06-01", "2025-06-30"),
            days("2025-06-17", "2025-06-17"),
            days("2030-01-01", "2030-12-31"),
        ):
            found = shape(series, span)
            assert found.shape == (span.days,)
            assert found.sum() == pytest.approx(1)
            assert (found >= 0).all()
    assert shape(history, TimeRange(np.datetime64("2025-01-01"), np.datetime64("2025-01-01"))).size == 0
