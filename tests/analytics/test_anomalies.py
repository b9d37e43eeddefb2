"""Anomalies: false alarms at the stated rate, real events found, and the traps of sales data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, RequestError
from analytics.methods.alarms.anomalies import ALERTS, POINTS, WINDOWS, anomalies
from analytics.methods.inference.false_discovery import benjamini_hochberg

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

WEEKDAYS = np.array([1.0, 0.95, 0.9, 1.0, 1.1, 1.3, 0.8]) / 1.00714


def sales(days: int, series: int, seed: int, mean: float = 480, spread: float = 0.12) -> np.ndarray:
    """Clean counts with a weekday pattern: nothing happens in them."""
    rng = np.random.default_rng(seed)
    level = mean * WEEKDAYS[np.arange(days) % 7][:, None] * np.exp(rng.normal(0, spread, (days, series)))
    return rng.poisson(level).astype(float)


def dated(values: np.ndarray, start: str = "2023-01-02", freq: str = "D") -> pd.DataFrame:
    index = pd.date_range(start, periods=len(values), freq=freq)
    return pd.DataFrame(values, index=index, columns=[f"p{i}" for i in range(np.asarray(values).shape[1])])


def one(values: np.ndarray, **more: str) -> pd.Series:
    return dated(np.asarray(values, dtype=float)[:, None], **more)["p0"]


def p_values(values: np.ndarray, grain: str = "day") -> np.ndarray:
    """All p-values of the detector, a row per period that is tested."""
    frame = dated(values, freq="D" if grain == "day" else "7D")
    points = anomalies(frame, spacing=grain, bands=False).points
    return points.pivot(index="period", columns="series", values="p")[frame.columns].to_numpy()[WINDOWS[grain].learn :]


# false alarms --------------------------------------------------------------------------------------------------------


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("mean", "spread"), [(480, 0.12), (480, 0.3), (480, 0.0), (60, 0.1), (7, 0.0), (0.1, 0.0)])
def test_false_alarms_stay_at_the_stated_rate(mean, spread):
    p = p_values(sales(365, 60, seed=1, mean=mean, spread=spread))
    assert p.shape == (281, 60)
    assert (p < 0.01).mean() <= 0.018
    assert (p < 0.001).mean() <= 0.002


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("mean", "spread"), [(3000, 0.08), (3000, 0.2), (12, 0.0)])
def test_false_alarms_by_week(mean, spread):
    rng = np.random.default_rng(2)
    p = p_values(rng.poisson(mean * np.exp(rng.normal(0, spread, (156, 100)))).astype(float), "week")
    assert (p < 0.01).mean() <= 0.015
    assert (p < 0.001).mean() <= 0.002


@pytest.mark.long
def test_among_clean_series_days_with_an_alert_are_as_rare_as_q_says():
    found = anomalies(dated(sales(184, 100, seed=3)), bands=False)
    points = found.points
    assert points["p"].notna().sum() == 100 * 100
    days = points.loc[points["state"] == "alert", "period"].nunique()
    assert days <= 12, "of 100 days, 5 are to be expected"
    assert list(found.alerts.columns) == ALERTS
    assert list(points.columns) == POINTS


@pytest.mark.long
def test_power_on_one_bad_day():
    for factor, at_001, at_01 in ((0.6, 0.10, 0.55), (0.5, 0.45, 0.85)):
        values = sales(301, 80, seed=4)
        values[300] *= factor
        p = p_values(values)[-1]
        assert (p < 0.001).mean() >= at_001
        assert (p < 0.01).mean() >= at_01


def test_benjamini_hochberg_rejects_the_published_four():
    p = np.array(
        [
            0.0001,
            0.0004,
            0.0019,
            0.0095,
            0.0201,
            0.0278,
            0.0298,
            0.0344,
            0.0459,
            0.324,
            0.4262,
            0.5719,
            0.6528,
            0.759,
            1,
        ]
    )
    shuffled = np.random.default_rng(0).permutation(15)
    q = benjamini_hochberg(p[shuffled])
    assert (q <= 0.05).sum() == 4
    assert (p * 15 <= 0.05).sum() == 3  # Bonferroni


# events --------------------------------------------------------------------------------------------------------------


def test_a_spike_is_one_alert_with_its_size_and_the_baseline_forgets_it():
    values = sales(200, 1, seed=5)[:, 0]
    clean = anomalies(one(values)).points
    spoilt = values.copy()
    spoilt[150] *= 4
    found = anomalies(one(spoilt))
    assert len(found.alerts) == 1
    alert = found.alerts.iloc[0]
    assert (alert["direction"], alert["kind"], alert["periods"]) == ("up", "spike", 1)
    assert alert["period"] == alert["until"] == "2023-06-01"
    assert alert["change"] == pytest.approx(100 * (spoilt[150] / alert["expected"] - 1))
    assert 200 < alert["change"] < 500
    assert found.points["expected"].to_numpy()[151:] == pytest.approx(clean["expected"].to_numpy()[151:], rel=0.06)


def test_neighbouring_days_are_one_episode_and_far_ones_two():
    values = sales(250, 1, seed=5)[:, 0]
    values[[150, 151, 153]] *= 4
    values[200] *= 4
    alerts = anomalies(one(values)).alerts
    assert alerts["periods"].tolist() == [3, 1]
    assert (alerts["period"].iloc[0], alerts["until"].iloc[0]) == ("2023-06-01", "2023-06-04")


def test_a_lasting_shift_becomes_the_new_level():
    values = sales(300, 1, seed=6)[:, 0]
    values[200:] *= 3
    found = anomalies(one(values))
    assert found.alerts["kind"].tolist() == ["shift"]
    assert found.alerts["periods"].iloc[0] == 7
    assert found.points["state"].iloc[215:].eq("ok").all()
    assert found.points["expected"].iloc[-7:].mean() == pytest.approx(values[-28:].mean(), rel=0.15)


@pytest.mark.long
def test_among_many_series_only_the_spoilt_one_alerts():
    values = sales(200, 20, seed=7)
    values[190, 4] *= 0.2
    alerts = anomalies(dated(values)).alerts
    found = alerts[alerts["until"] >= "2023-07-11"]
    assert found["series"].tolist() == ["p4"]
    assert found["direction"].tolist() == ["down"]
    assert found["q"].iloc[0] >= found["p"].iloc[0]
    assert len(alerts) <= 8, "one day in twenty has a false one among this many series"


def test_holidays_are_not_judged_nor_learnt():
    values = sales(200, 1, seed=8)[:, 0]
    values[150] = 1.0
    series = one(values)
    assert len(anomalies(series).alerts) == 1
    found = anomalies(series, holidays=[series.index[150].date()])
    assert found.alerts.empty
    assert found.points["state"].iloc[150] == "holiday"
    assert np.isnan(found.points["p"].iloc[150])


def test_partial_last_day_is_left_out():
    values = sales(200, 1, seed=8)[:, 0]
    values[-1] = 3.0
    series = one(values)
    assert len(anomalies(series).alerts) == 1
    assert anomalies(series, data_until=series.index[-2]).alerts.empty
    assert anomalies(series, partial=[False] * 199 + [True]).alerts.empty


def test_a_week_stands_out():
    rng = np.random.default_rng(1)
    values = rng.normal(1000, 50, 80)
    values[60] = 300
    found = anomalies(one(values, freq="7D"))
    assert found.alerts[["period", "kind"]].values.tolist() == [["2024-02-26", "spike"]]


# traps ---------------------------------------------------------------------------------------------------------------


def test_flat_series_are_safe_and_a_break_in_them_is_seen():
    flat = np.full(200, 50.0)
    quiet = anomalies(one(flat))
    assert quiet.alerts.empty
    assert (quiet.points["p"].dropna() > 0.99).all()
    flat[180] = 40
    assert anomalies(one(flat)).alerts["period"].tolist() == ["2023-07-01"]


@pytest.mark.long
def test_mostly_ones_with_some_twos_do_not_alarm():
    rng = np.random.default_rng(3)
    assert anomalies(dated(1.0 + (rng.random((365, 20)) < 0.2))).alerts.empty


@pytest.mark.long
def test_rare_sales_and_refunds_are_no_alarm_but_a_closed_day_is():
    rng = np.random.default_rng(4)
    rare = np.where(rng.random((365, 20)) < 0.03, 19.99, 0.0)
    assert anomalies(dated(rare)).alerts.empty
    refunds = np.where(rng.random((365, 20)) < 0.1, -19.99, rng.poisson(1, (365, 20)) * 19.99)
    assert len(anomalies(dated(refunds), bands=False).alerts) <= 11, "of 5,620 days, 5 or 6 are to be expected"
    closed = sales(200, 1, seed=8)[:, 0] * 9.99
    closed[170] = 0.0
    assert anomalies(one(closed)).alerts["direction"].tolist() == ["down"]


def test_a_product_launched_later_learns_first():
    values = sales(250, 2, seed=10)
    values[:100, 1] = 0.0
    found = anomalies(dated(values))
    late = found.points[found.points["series"] == "p1"]
    assert len(late) == 150
    assert (late["state"].iloc[:84] == "learning").all()
    assert found.alerts.empty


def test_unknown_days_are_named_and_do_not_alarm():
    values = sales(200, 1, seed=8)[:, 0]
    values[[20, 150, 151]] = np.nan
    found = anomalies(one(values))
    assert found.points["state"].iloc[[20, 150, 151]].eq("unknown").all()
    assert found.alerts.empty


@pytest.mark.parametrize("values", [np.empty((0, 1)), np.ones((1, 1)), np.zeros((200, 2)), np.full((200, 1), np.nan)])
def test_nothing_to_judge(values):
    found = anomalies(dated(values))
    assert found.alerts.empty
    assert not (found.points["state"] == "alert").any()


def test_malformed_input_is_named():
    with pytest.raises(RequestError, match="month"):
        anomalies(one(np.ones(40), freq="MS"))
    with pytest.raises(RequestError, match="probabilities"):
        anomalies(one(np.ones(40)), level=2)
    with pytest.raises(DataError, match="index of dates"):
        anomalies(pd.Series([1.0, 2.0]))


@pytest.mark.long
def test_bytronix_october_and_december_stand_out(sources: Path):
    files = sorted((sources / "bytronix").glob("Sales_*.csv"))
    lines = pd.concat([pd.read_csv(f, dtype=str) for f in files]).dropna(how="all")
    lines = lines[lines["Order ID"] != "Order ID"].drop_duplicates()
    amount = lines["Quantity Ordered"].astype(float) * lines["Price Each"].astype(float)
    day = pd.to_datetime(lines["Order Date"], format="%m/%d/%y %H:%M").dt.floor("D").to_numpy()
    found = anomalies(
        amount.groupby(day).sum(), orders=lines.groupby(day)["Order ID"].nunique(), data_until="2019-12-31"
    ).alerts
    # revenue a day: 70,000 in September, 120,000 from 1 October; 107,000 in November, 149,000 from 1 December
    assert found[["period", "direction", "kind"]].values.tolist() == [
        ["2019-10-01", "up", "shift"],
        ["2019-11-30", "up", "run"],  # by the seven days until 6 December
    ]
    assert found["change"].between(40, 80).all()


def test_the_band_keeps_its_width_after_a_new_level_of_totals_and_orders():
    rng = np.random.default_rng(5)
    mean = np.where(np.arange(400) < 300, 400.0, 600.0)
    orders = rng.poisson(mean * np.exp(rng.normal(0, 0.05, 400))).astype(float)
    orders[300] = 480  # orders reach their new level on another day than totals do
    orders[301] = 450
    points = anomalies(one(orders * rng.normal(190, 8, 400)), orders=one(orders)).points
    width = ((points["upper"] - points["lower"]) / points["expected"]).to_numpy()
    assert np.median(width[310:360]) < 1.5 * np.median(width[200:300])
