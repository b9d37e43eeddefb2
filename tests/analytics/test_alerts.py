"""Alert rules: read from an untrusted TOML, evaluated on a series, tried on the past."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import CatalogError, RequestError
from analytics.language import in_language
from analytics.methods.alarms import anomalies
from analytics.methods.alarms.alerts import COLUMNS, FIRINGS, AlertRule, back_test, evaluate, read_alerts
from analytics.methods.timeseries.series import History, history_of

METRICS = ("revenue", "orders", "aov")


def read(toml: str) -> tuple[AlertRule, ...]:
    return read_alerts(tomllib.loads(toml).get("alerts"), file="demo.toml", metrics=METRICS)


def dated(values: list[float] | np.ndarray, start: str = "2023-01-01", freq: str = "D", **known: Any) -> History:
    days = pd.date_range(start, periods=len(values), freq=freq)
    return history_of(pd.Series(np.asarray(values, dtype=float), index=days), **known)


def threshold(**limits: float) -> AlertRule:
    return AlertRule("limit", "revenue", "day", "threshold", **limits)


def change(grain: str = "day", **limits: float) -> AlertRule:
    return AlertRule("change", "revenue", grain, "change", **limits)


# reading -------------------------------------------------------------------------------------------------------------


def test_a_fault_of_a_rule_is_told_in_the_readers_language() -> None:
    with pytest.raises(CatalogError) as told:
        read('[[alerts]]\nname = "a"\nmetric = "revenue"\nwhen = "threshold"')
    assert str(told.value) == "demo.toml: alerts[1]: when = 'threshold' needs below or above."
    with in_language("de"):
        assert str(told.value) == "demo.toml: alerts[1]: when = 'threshold' braucht below oder above."


def test_rules_of_all_kinds_are_read():
    rules = read(
        """
        [[alerts]]
        name = "Zu wenig Umsatz"
        metric = "revenue"
        when = "threshold"
        below = 1000
        above = 2e6
        [[alerts]]
        name = "Orders collapse"
        metric = "orders"
        grain = "week"
        when = "change"
        falls_by = 20.5
        [[alerts]]
        name = "Strange day"
        metric = "aov"
        when = "outside"
        direction = "down"
        level = 0.01
        """
    )
    assert rules == (
        AlertRule("Zu wenig Umsatz", "revenue", "day", "threshold", below=1000, above=2e6),
        AlertRule("Orders collapse", "orders", "week", "change", falls_by=20.5),
        AlertRule("Strange day", "aov", "day", "outside", direction="down", level=0.01),
    )
    assert read("") == ()


RULE = 'name = "a"\nmetric = "revenue"\n'


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("alerts = 3", "expected tables"),
        ("alerts = [1]", "expected tables"),
        ('[[alerts]]\nmetric = "revenue"\nwhen = "outside"', "name: a name is expected"),
        ('[[alerts]]\nname = "  "\nmetric = "revenue"\nwhen = "outside"', "name: a name is expected"),
        (f'[[alerts]]\nname = "{"x" * 81}"\nmetric = "revenue"', "81 characters"),
        ('[[alerts]]\nname = "a"\nmetric = "revenu"\nwhen = "outside"', "Did you mean 'revenue'"),
        ('[[alerts]]\nname = "a"\nwhen = "outside"', "a metric is expected"),
        (f"[[alerts]]\n{RULE}", "when: expected one of threshold, change, outside"),
        (f'[[alerts]]\n{RULE}when = "sometimes"', "found 'sometimes'"),
        (f'[[alerts]]\n{RULE}when = "threshold"', "needs below or above"),
        (f'[[alerts]]\n{RULE}when = "threshold"\nbelow = "low"', "below: expected a number"),
        (f'[[alerts]]\n{RULE}when = "threshold"\nbelow = true', "below: expected a number"),
        (f'[[alerts]]\n{RULE}when = "threshold"\nbelow = nan', "below: expected a number"),
        (f'[[alerts]]\n{RULE}when = "threshold"\nbelow = 5\nabove = 4', "every value fires"),
        (f'[[alerts]]\n{RULE}when = "change"', "needs falls_by or rises_by"),
        (f'[[alerts]]\n{RULE}when = "change"\nfalls_by = 120', "from 0 to 100"),
        (f'[[alerts]]\n{RULE}when = "change"\nfalls_by = 0', "more than 0%"),
        (f'[[alerts]]\n{RULE}when = "change"\nfalls_by = 5\nbelow = 3', "belongs to when = 'threshold'"),
        (f'[[alerts]]\n{RULE}when = "outside"\ngrain = "month"', "by day or week, not by month"),
        (f'[[alerts]]\n{RULE}when = "outside"\ngrain = "quarter"', "found 'quarter'"),
        (f'[[alerts]]\n{RULE}when = "outside"\nlevel = 0.5', "level: expected a number"),
        (f'[[alerts]]\n{RULE}when = "outside"\ndirections = "up"', "Did you mean 'direction'"),
        (2 * f'[[alerts]]\n{RULE}when = "outside"\n', "a second rule is named 'a'"),
        (101 * "[[alerts]]\n", "at most 100"),
    ],
)
def test_what_is_wrong_is_named(toml, said):
    with pytest.raises(CatalogError) as caught:
        read(toml)
    assert said in str(caught.value)
    assert str(caught.value).startswith("demo.toml: alerts")


# evaluating ----------------------------------------------------------------------------------------------------------


def test_threshold_fires_strictly_beyond_its_limits():
    seen = evaluate(threshold(below=10, above=20), dated([9.99, 10, 15, 20, 20.01, np.nan, 5]))
    assert list(seen.columns) == COLUMNS
    assert seen["fired"].tolist() == [True, False, False, False, True, False, True]
    assert seen["why"].tolist() == ["9.99 is below 10.", "", "", "", "20.01 is above 20.", "", "5 is below 10."]
    assert evaluate(threshold(above=0), dated([-1, 0, 1]))["fired"].tolist() == [False, False, True]


def test_change_is_measured_against_the_period_before():
    seen = evaluate(change(falls_by=20, rises_by=50), dated([100, 80, 80.1, 120.15, 100, 0, 50, 40, -5, 40]))
    assert seen["fired"].tolist() == [False, True, False, True, False, True, False, True, True, False]
    assert seen["why"].iloc[1] == "fell by 20.0% against the day before."
    assert np.isnan(seen["change"].iloc[[0, 6, 9]]).all()  # nothing, zero and a negative value before
    assert seen["base"].iloc[1] == 100
    assert seen["lower"].iloc[1] == 80


def test_change_after_an_unknown_value_does_not_fire():
    assert not evaluate(change(falls_by=20), dated([100, np.nan, 10, 10]))["fired"].any()


def test_days_are_summed_to_the_rules_grain_whole_months_only():
    days = dated(np.ones(31 + 28 + 31 + 10))
    seen = evaluate(change("month", falls_by=9, rises_by=10), days)
    assert seen["period"].tolist() == ["2023-01", "2023-02", "2023-03"]
    assert seen["value"].tolist() == [31, 28, 31]
    assert seen["fired"].tolist() == [False, True, True]


def test_partial_last_day_cannot_fire():
    values = [100, 100, 3]
    assert evaluate(threshold(below=10), dated(values))["fired"].any()
    assert not evaluate(threshold(below=10), dated(values, data_until="2023-01-02"))["fired"].any()
    assert not evaluate(threshold(below=10), dated(values, partial=[False, False, True]))["fired"].any()


@pytest.mark.long
def test_outside_the_band_and_its_direction():
    rng = np.random.default_rng(2)
    values = rng.normal(1000, 50, 200)
    values[150], values[170] = 2500, 200
    for direction, days in (("both", [150, 170]), ("up", [150]), ("down", [170])):
        rule = AlertRule("band", "revenue", "day", "outside", direction=direction)
        seen = evaluate(rule, dated(values))
        assert np.flatnonzero(seen["fired"]).tolist() == days
        assert np.isnan(seen["lower"].iloc[:84]).all()
        inside = seen[84:].loc[~seen["fired"]]
        assert ((inside["value"] > inside["lower"]) & (inside["value"] < inside["upper"])).sum() >= len(inside) - 2
    closed = evaluate(AlertRule("band", "revenue", "day", "outside"), dated(values), holidays=["2023-05-31"])
    assert np.flatnonzero(closed["fired"]).tolist() == [170]


def test_a_mean_is_never_summed_and_its_missing_days_are_unknown():
    series = pd.Series([50.0, 50.0], index=pd.to_datetime(["2023-01-01", "2023-01-03"]))
    assert evaluate(threshold(below=10), history_of(series))["fired"].tolist() == [False, True, False]
    mean = history_of(series, additive=False)
    assert not evaluate(threshold(below=10), mean)["fired"].any()
    with pytest.raises(RequestError, match="needs the series by week"):
        evaluate(change("week", falls_by=5), mean)
    with pytest.raises(RequestError, match="not by month"):
        evaluate(threshold(below=1), dated([1, 2, 3], freq="MS"))


def test_nothing_and_one_row():
    for rule in (threshold(below=1), change(falls_by=5), AlertRule("band", "revenue", "day", "outside")):
        assert evaluate(rule, dated([])).empty
        assert list(evaluate(rule, dated([])).columns) == COLUMNS
        assert not evaluate(rule, dated([5]))["fired"].any()
    assert evaluate(change("month", falls_by=5), dated(np.ones(20), start="2023-01-05")).empty  # no whole month


# trying on the past --------------------------------------------------------------------------------------------------


def test_back_test_counts_episodes_of_the_last_year():
    values = np.full(500, 100.0)
    values[[20, 200, 201, 202, 300, 499]] = 5
    tried = back_test(threshold(below=10), dated(values))
    assert tried.fired == 3
    assert tried.firings["period"].tolist() == ["2023-07-20", "2023-10-28", "2024-05-14"]
    assert tried.firings["until"].tolist() == ["2023-07-22", "2023-10-28", "2024-05-14"]
    assert tried.firings["periods"].tolist() == [3, 1, 1]
    assert list(tried.firings.columns) == FIRINGS
    assert (tried.tested, tried.since, tried.until) == (366, "2023-05-15", "2024-05-14")
    assert tried.firing_now
    assert tried.sentence == "would have fired 3 times in 12 months."


def test_back_test_says_how_much_history_it_had():
    tried = back_test(change("month", falls_by=50), dated(np.r_[np.full(31, 10.0), np.full(28, 1.0), np.full(31, 1.0)]))
    assert (tried.fired, tried.tested) == (1, 2)
    assert tried.sentence == "would have fired once in 3 months."
    assert not tried.firing_now
    assert back_test(threshold(below=0), dated(np.ones(400))).sentence == "would never have fired in 12 months."
    for history in (dated([]), dated(np.ones(30))):
        empty = back_test(AlertRule("band", "revenue", "day", "outside"), history)
        assert (empty.tested, empty.fired) == (0, 0)
        assert "cannot be tried" in empty.sentence
    with pytest.raises(RequestError, match="at least 1 month"):
        back_test(threshold(below=0), dated([1]), months=0)


@pytest.mark.long
@pytest.mark.parametrize("grain", ["day", "week"])
def test_a_rule_fires_on_the_past_as_it_would_have_fired_then(grain: str) -> None:
    """The back-test sees nothing of what came after a day, so its count is what an alarm would have done."""
    rng = np.random.default_rng(6)
    orders = rng.poisson(np.repeat(rng.uniform(36, 44, 80), 7)).astype(float)
    orders[[*range(300, 314), 400, *range(420, 427)]] *= 0.4
    values = orders * 30 * rng.lognormal(0, 0.1, len(orders))
    rule = AlertRule("band", "revenue", grain, "outside", level=0.01)

    def fired(days: int) -> pd.DataFrame:
        history = replace(dated(values[:days], "2023-01-02"), orders=orders[:days])
        return evaluate(rule, history)[["period", "fired", "days"]]

    whole = fired(len(values))
    assert whole["fired"].sum() >= 2
    for days in (280, 315, 434):
        early = fired(days)
        pd.testing.assert_frame_equal(early, whole.iloc[: len(early)])


@pytest.mark.long
def test_a_back_test_needs_no_bands_and_a_series_is_watched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A period without a band of chance is as well tried as one with it; seven days that fire upwards are no trial of a
    rule that looks downwards."""
    rng = np.random.default_rng(9)
    values = rng.poisson(200, 300) * 20.0
    values[200:207] *= 1.4
    values[250] = 100
    watched = []
    watch = anomalies.watch
    monkeypatch.setattr(anomalies, "watch", lambda *given: watched.append(1) or watch(*given))
    anomalies.WATCHED.clear()
    for direction in ("both", "down", "up"):
        rule = AlertRule("band", "revenue", "day", "outside", direction=direction)
        plain = evaluate(rule, dated(values), bands=False)
        banded = evaluate(rule, dated(values))
        pd.testing.assert_frame_equal(plain.drop(columns=["lower", "upper"]), banded.drop(columns=["lower", "upper"]))
        assert banded["tested"].tolist() == (banded["lower"].notna() | banded["fired"]).tolist()
        assert plain["fired"].any()
    assert len(watched) == 1
    assert evaluate(threshold(below=10), dated([5, np.nan, 20]))["tested"].tolist() == [True, False, True]
    assert evaluate(change(falls_by=5), dated([5, 0, 20]))["tested"].tolist() == [False, True, False]
