"""Feasts: their days move to where the calendar puts them, and change nothing where the data show no effect."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from dateutil.easter import easter as known_easter

from analytics.methods.timeseries.feasts import NO_FEASTS, black_friday, easter, feasts_of
from analytics.methods.timeseries.forecast import forecast
from tests.analytics.simulated_series import KINDS, made


def test_easter_is_where_another_library_puts_it() -> None:
    assert [easter(year) for year in range(1900, 2200)] == [known_easter(year) for year in range(1900, 2200)]


def test_black_friday_follows_the_fourth_thursday() -> None:
    found = [black_friday(year) for year in (2019, 2022, 2023, 2024, 2025, 2028)]
    days = ["2019-11-29", "2022-11-25", "2023-11-24", "2024-11-29", "2025-11-28", "2028-11-24"]
    assert found == [date.fromisoformat(day) for day in days]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("kind", "feast", "ordinary"),
    [
        ("Easter moves", ["2025-04-18", "2025-04-20", "2025-04-21"], ["2025-04-11", "2025-04-13", "2025-04-28"]),
        ("Black Friday moves", ["2024-11-29", "2024-12-02"], ["2024-11-22", "2024-11-25"]),
    ],
)
def test_the_days_of_a_feast_move_with_it(kind: str, feast: list[str], ordinary: list[str]) -> None:
    near = []
    for seed in range(3):
        simulated = KINDS[kind](np.random.default_rng(seed))
        found = forecast(simulated.history, grain="day").frame.set_index("period")["value"]
        truth = pd.Series(simulated.mean_ahead, found.index)
        near.append((found / truth)[feast + ordinary])
    assert pd.concat(near, axis=1).mean(axis=1).between(0.7, 1.4).all()


def test_what_is_said_about_a_feast() -> None:
    reasons = forecast(KINDS["Black Friday moves"](np.random.default_rng(1)).history, grain="day").reasons
    (said,) = [reason for reason in reasons if reason.startswith("Black Friday")]
    assert said.startswith("Black Friday: 4 days at 2.")
    assert said.endswith("× the usual sales.")


def test_closed_feasts_are_foreseen_to_sell_nothing() -> None:
    simulated = KINDS["closed at Christmas"](np.random.default_rng(4))
    found = forecast(simulated.history, grain="day")
    frame = found.frame.set_index("period")
    closed = ["2025-12-25", "2025-12-26", "2026-01-01"]
    assert (frame.loc[closed, ["value", "lower_95", "upper_95"]] == 0).all(axis=None)
    assert (frame.drop(index=closed)["value"] > 0).all()
    assert any(
        "nothing is forecast: 25 December 2025, 26 December 2025 and 1 January 2026" in said for said in found.reasons
    )


def test_a_date_without_sales_in_two_years_is_closed_again() -> None:
    simulated = made(np.random.default_rng(5), "2025-09-20", 800, special={"2023-10-03": 0.0, "2024-10-03": 0.0})
    frame = forecast(simulated.history, grain="day").frame.set_index("period")
    assert frame.loc["2025-10-03", "value"] == 0
    assert (frame["value"] == 0).sum() == 1


def test_a_day_without_sales_says_nothing_where_many_days_sell_nothing() -> None:
    simulated = made(np.random.default_rng(6), "2025-12-10", 760, level=1.5)
    assert (forecast(simulated.history, grain="day").frame["value"] > 0).all()


def test_feasts_without_an_effect_change_nothing() -> None:
    simulated = made(np.random.default_rng(7), "2025-04-05", 800)
    history = simulated.history.to_numpy()
    days = simulated.history.index.to_numpy("datetime64[D]")
    ahead = days[-1] + np.arange(1, 29)
    adjusted = feasts_of(np.r_[days, ahead], history, "day").adjusted(history, 7, 28)
    assert (adjusted.factor != 1).sum() <= 1
    assert (adjusted.history != history).sum() <= 4
    assert NO_FEASTS.adjusted(history, 7, 28).history is history


def test_only_what_an_origin_knows_teaches_it() -> None:
    simulated = KINDS["Easter moves"](np.random.default_rng(8))
    history = simulated.history.to_numpy()
    days = simulated.history.index.to_numpy("datetime64[D]")
    feasts = feasts_of(days, history, "day")
    before_the_first_easter = int(np.searchsorted(days, np.datetime64("2023-04-01")))
    adjusted = feasts.adjusted(history[:before_the_first_easter], 7, 28)
    assert (adjusted.factor == 1).all()


def test_weeks_hold_feasts_too() -> None:
    weeks = np.arange(np.datetime64("2023-01-02"), np.datetime64("2025-06-01"), 7)
    feasts = feasts_of(weeks, np.ones(100), "week")
    easters = feasts.places[feasts.names.index("Easter")]
    assert weeks[easters].astype(str).tolist() == ["2023-04-03", "2024-03-25", "2025-04-14"]
    assert feasts_of(weeks[::4], np.ones(10), "month") == NO_FEASTS


def test_a_feast_among_the_known_events_is_foreseen_too() -> None:
    simulated = KINDS["Black Friday moves"](np.random.default_rng(9))
    events = ["2022-11-25", "2023-11-24", "2024-11-29", "2024-11-20"]
    found = forecast(simulated.history, grain="day", holidays=events)
    value = found.frame.set_index("period")["value"]
    assert value["2024-11-29"] > 1.8 * value["2024-11-22"]
    assert any("1 coming day is a holiday" in reason for reason in found.reasons), "the other one has no effect"


def test_a_week_that_holds_black_friday_is_foreseen_where_it_falls() -> None:
    ratio = []
    for seed in range(3):
        simulated = KINDS["Black Friday moves"](np.random.default_rng(seed))
        ahead = pd.Series(simulated.ahead, pd.date_range("2024-11-11", periods=28)).resample("W-SUN").sum()
        found = forecast(simulated.history, grain="week")
        assert found.frame["period"].tolist() == ["2024-11-11", "2024-11-18", "2024-11-25", "2024-12-02"]
        ratio.append(found.frame["value"].to_numpy() / ahead.to_numpy())
    assert np.abs(np.mean(ratio, axis=0) - 1).max() < 0.25
