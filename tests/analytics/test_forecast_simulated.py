"""Forecasts of simulated companies: near the truth after and before a peak, in bands that hold what they say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from analytics.methods.timeseries.forecast import forecast
from tests.analytics.simulated_series import KINDS, by_month, made

pytestmark = [pytest.mark.long, pytest.mark.no_cover]

SEEDS = 3


@cache
def tried(kind: str) -> pd.DataFrame:
    """A row per seed: bias (%), error (MASE) and the share (%) of days in each band; of what is not refused."""
    rows = []
    for seed in range(SEEDS):
        simulated = KINDS[kind](np.random.default_rng([seed, len(kind)]))
        found = forecast(simulated.history, grain="day")
        assert not found.refused, found.reason
        frame = found.frame
        came = simulated.ahead[: len(frame)]
        history = simulated.history.to_numpy()
        scale = np.abs(history[7:] - history[:-7]).mean()
        rows.append(
            {
                "bias": 100 * (frame["value"].sum() / simulated.mean_ahead[: len(frame)].sum() - 1),
                "mase": np.abs(came - frame["value"]).mean() / scale,
                "in_80": 100 * ((came >= frame["lower_80"]) & (came <= frame["upper_80"])).mean(),
                "in_95": 100 * ((came >= frame["lower_95"]) & (came <= frame["upper_95"])).mean(),
            }
        )
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("ends at a peak, 2 years", 10),
        ("ends at a peak, 3 years", 10),
        ("ends at a peak, 14 months", 10),
        ("ends before a peak, 2 years", 10),
        ("ends before a peak, 3 years", 10),
        ("ends before a peak, 14 months", 10),
        ("wandering, ends at a peak", 18),
        ("wandering, ends before a peak", 10),
        ("closed on Saturdays, seasonal", 10),
        ("ends at a peak of one height, growing", 10),
        ("ends before a peak of one height, growing", 10),
        ("growing", 10),
        ("flat, 14 months", 10),
        ("Easter moves", 10),
        ("Black Friday moves", 10),
        ("closed at Christmas", 10),
    ],
)
def test_the_month_ahead_is_foreseen_without_bias(kind: str, most: float) -> None:
    assert abs(tried(kind)["bias"].mean()) <= most


def test_bands_hold_what_they_say_over_all_kinds() -> None:
    found = pd.concat([tried(kind) for kind in KINDS if kind != "short"])
    assert 76 <= found["in_80"].mean() <= 88
    assert 92 <= found["in_95"].mean() <= 99
    assert found["mase"].mean() < 0.9


def test_nothing_is_foreseen_for_closed_weekdays() -> None:
    simulated = made(np.random.default_rng(1), "2025-06-30", 400, closed=(2, 6))
    found = forecast(simulated.history)
    day = pd.to_datetime(found.frame["period"])
    assert len(day) == 28
    closed = day.dt.day_of_week.isin([2, 6])
    assert (found.frame.loc[closed, ["value", "lower_95", "upper_95"]] == 0).all(axis=None)
    assert (found.frame.loc[~closed, "value"] > 0).all()
    assert "Closed weekdays, for which nothing is forecast: Wednesday and Sunday." in found.reasons
    assert forecast(simulated.history, horizon=10).frame["period"].tolist() == day.dt.strftime("%Y-%m-%d")[:10].tolist()


def test_a_day_that_seldom_sells_is_not_closed_where_all_days_seldom_sell() -> None:
    simulated = made(np.random.default_rng(2), "2025-06-30", 400, level=0.1)
    assert not any(reason.startswith("Closed") for reason in forecast(simulated.history).reasons)


def test_bands_follow_the_level() -> None:
    simulated = made(np.random.default_rng(3), "2024-12-31", 1096, height=1.5)
    january = forecast(simulated.history, grain="day").frame
    december = forecast(simulated.history[:"2024-12-03"], grain="day").frame
    width_of = [(frame["upper_80"] - frame["lower_80"]).mean() for frame in (january, december)]
    assert width_of[0] < 0.8 * width_of[1]


@pytest.mark.parametrize(("months", "least"), [(18, 1), (30, 6), (42, 9)])
def test_months_are_foreseen_from_sixteen_on(months: int, least: int) -> None:
    made_ones = [
        forecast(by_month(np.random.default_rng([seed, months]), months).history, grain="month") for seed in range(8)
    ]
    given = [found for found in made_ones if not found.refused]
    assert len(given) >= 5, "refused only where nothing beats repeating the year before"
    assert np.mean([len(found.frame) for found in given]) >= least


def test_fifteen_months_are_too_few_to_test_a_month() -> None:
    found = forecast(by_month(np.random.default_rng(1), 15).history, grain="month")
    assert found.reason == "The data hold only 15 months; a forecast by month needs 16."


def test_where_days_miss_by_far_weeks_are_shown() -> None:
    simulated = KINDS["intermittent"](np.random.default_rng(3))
    by_day = forecast(simulated.history, grain="day")
    found = forecast(simulated.history)
    assert by_day.missed > 60
    assert (found.grain, len(found.frame)) == ("week", 4)
    assert found.missed < by_day.missed
    assert found.reasons[0] == "Shown by week, as shorter periods cannot be forecast well."
    assert found.reasons[1].startswith("Forecasts by day missed by ")
