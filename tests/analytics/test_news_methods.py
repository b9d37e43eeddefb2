"""What changed in one place, what fell silent, who stopped buying, where margin goes: found where it was planted, and
seldom where it was not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.methods.commerce.losses import losing_depth, refund_rises
from analytics.methods.customers.groups import departures, returning
from analytics.methods.inference.interaction import local_changes
from analytics.methods.timeseries import silences as quiet
from analytics.methods.timeseries.silences import cut_short, silences


# --- one place only
def cells(base: np.ndarray, now: np.ndarray) -> pd.DataFrame:
    rows, columns = np.indices(base.shape)
    return pd.DataFrame(
        {
            "row": [f"P{i}" for i in rows.ravel()],
            "column": [f"C{j}" for j in columns.ravel()],
            "n_base": base.ravel(),
            "n_now": now.ravel(),
            "amount_base": base.ravel() * 10.0,
            "amount_now": now.ravel() * 10.0,
        }
    )


def test_one_cell_beyond_its_row_and_column() -> None:
    now = np.full((2, 2), 400)
    now[1, 0] = 600
    first = local_changes(cells(np.full((2, 2), 400), now)).iloc[0]
    assert (first["row"], first["column"]) == ("P1", "C0")
    assert first["expected"] == pytest.approx(400, rel=0.01)
    assert first["gap"] == pytest.approx(2000, rel=0.01)
    assert first["p"] < 0.02, "of four cells, whose noise is not known"


def test_what_rises_everywhere_is_no_local_change() -> None:
    base = np.full((4, 5), 200)
    now = base.copy()
    now[2] *= 2  # a product everywhere
    now[:, 3] *= 3  # a place with all products
    assert local_changes(cells(base, now))["p"].min() > 0.5


def test_a_leap_does_not_make_its_neighbours_fall() -> None:
    base = np.full((4, 3), 300)
    now = base.copy()
    now[0, 0] = 900
    found = local_changes(cells(base, now))
    assert (found["p"] < 0.05).sum() == 1


@pytest.mark.long
def test_local_changes_keep_their_error_rate_where_orders_come_in_clusters() -> None:
    random = np.random.default_rng(5)
    wrong = 0
    for _ in range(200):
        mean = random.uniform(30, 120, (8, 6))
        base, now = (4 * random.poisson(mean / 4) for _ in range(2))  # variance four times that of a Poisson number
        p = local_changes(cells(base, now))["p"].to_numpy()
        wrong += bool((p * len(p) < 0.05).any())
    assert wrong <= 20, "of 200 tables, at 5 % each"


def test_no_silence_is_left_out_unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(5)
    counts = draw.poisson(draw.choice([0.5, 2.0, 6.0], (30, 1)), (30, 300)).astype(float)
    for series in counts:
        for start in draw.integers(0, 300, 3):
            series[start : start + draw.integers(2, 20)] = 0
    exposure = draw.uniform(0.5, 1.5, 300)
    found = silences(counts, exposure)
    monkeypatch.setattr(quiet, "_long_enough", lambda series, days, runs: [(int(a), int(b)) for a, b in runs])
    assert len(found) > 20
    assert silences(counts, exposure) == found


def test_too_few_to_tell_locally() -> None:
    assert local_changes(cells(np.full((2, 2), 3), np.full((2, 2), 9))).empty
    assert local_changes(cells(np.zeros((0, 0), int), np.zeros((0, 0), int))).empty


# --- silences
def test_a_silence_is_what_would_have_been_sold() -> None:
    series = np.full((1, 120), 10)
    series[0, 100:103] = 0
    (found,) = silences(series, np.ones(120))
    assert (found.start, found.end, found.resumed) == (100, 103, True)
    assert found.expected == pytest.approx(30)
    assert found.p < 1e-6


def test_closed_days_make_no_silence() -> None:
    days = np.ones(140)
    days[6::7] = 0
    assert silences(np.where(days > 0, 10, 0)[None, :], days) == []


@pytest.mark.parametrize("every", [7, 30, 91])
def test_days_of_invoices_are_a_rhythm(every: int) -> None:
    series = np.zeros(730)
    series[::every] = 200
    series[400:430] = 0
    assert silences(series[None, :], np.ones(730)) == []


def test_what_pauses_again_and_again_has_a_rhythm() -> None:
    series = np.full(700, 4)
    for start in range(60, 700, 90):
        series[start : start + 10] = 0
    assert silences(series[None, :], np.ones(700)) == []
    series = np.full(700, 4)
    series[300:310] = 0
    series[600:610] = 0
    assert len(silences(series[None, :], np.ones(700))) == 2, "out of stock twice is no rhythm"


def test_a_product_that_fades_is_judged_by_its_last_days() -> None:
    fading = np.concatenate([np.full(60, 20), np.full(14, 1), np.zeros(4)])
    assert silences(fading[None, :], np.ones(len(fading))) == [], "four days at one a day are no news"


def test_a_season_that_ends_each_year_is_no_silence() -> None:
    year = np.zeros(364)
    year[300:340] = 12
    found = silences(np.tile(year, 2)[None, :], np.ones(728))
    assert [s for s in found if s.start >= 364] == [], "the second year repeats the first"


@pytest.mark.parametrize("mean", [0.5, 1.0, 3.0])
def test_steady_sellers_fall_silent_by_chance_no_more_often_than_said(mean: float) -> None:
    random = np.random.default_rng(11)
    level = random.gamma(4, 1 / 4, (300, 365))  # days differ beyond chance
    found = [s for s in silences(random.poisson(mean * level), np.ones(365)) if s.p * 300 < 0.05]
    assert len(found) <= 1


def test_a_last_day_cut_at_noon() -> None:
    random = np.random.default_rng(3)
    assert cut_short(random.poisson(20, 28), 0) < 1e-6
    assert cut_short(random.poisson(20, 28), 18) > 0.1
    assert cut_short(np.full(28, 1.0), 0) > 0.1
    assert cut_short(np.array([]), 0) == 1.0


# --- groups of customers
def test_a_group_that_stops_buying() -> None:
    base, now = np.array([200, 300, 250]), np.array([60, 300, 250])
    expected, p = departures(base, now, np.array([50, 200, 180]))
    assert expected[0] == pytest.approx(200)
    assert p[0] < 1e-6
    assert p.argmin() == 0


def test_departures_keep_their_error_rate() -> None:
    random = np.random.default_rng(2)
    wrong = 0
    for _ in range(300):
        sizes = random.integers(100, 400, 4)
        faithful = random.uniform(0.1, 0.9)
        base = sizes
        both = random.binomial(sizes, faithful)
        now = both + random.poisson(sizes * (1 - faithful))
        wrong += int(departures(base, now, both)[1].min() * 4 < 0.05)
    assert wrong <= 27, "of 300, at 5 % each"


def test_new_customers_of_one_channel_come_back_more_seldom() -> None:
    rate, p = returning(np.array([400, 600]), np.array([60, 240]))
    assert rate[0] == pytest.approx(0.4)
    assert p[0] < 1e-6
    assert returning(np.array([5, 600]), np.array([0, 240]))[1][0] == 1.0, "five customers tell nothing"


# --- margin
def test_refunds_that_rise_in_one_group() -> None:
    gross = np.full((4, 2), 10_000.0)
    refunds = np.full((4, 2), 400.0)
    refunds[2, 1] = 1_600.0
    lines = np.full((4, 2), 500)
    expected, p = refund_rises(gross, refunds, lines, 0.5)
    assert p[2] < 0.001
    assert expected[2] == pytest.approx(400, rel=0.05)
    refunds[:, 1] = 1_600.0
    assert refund_rises(gross, refunds, lines, 0.5)[1].min() > 0.5, "what rises everywhere rises nowhere alone"


def test_no_refunds_at_all() -> None:
    assert refund_rises(np.full((3, 2), 9.0), np.zeros((3, 2)), np.full((3, 2), 50), 1.0)[1].tolist() == [1.0] * 3


def test_discounts_that_lose_money() -> None:
    rate = np.repeat([0.0, 5.0, 20.0, 25.0, 35.0], 10)
    profit = np.repeat([20.0, 10.0, 5.0, -5.0, -20.0], 10)
    found = losing_depth(rate, 100 - rate, profit)
    assert found is not None
    assert (found.depth, found.loss) == (20.0, 250.0)
    assert losing_depth(rate, 100 - rate, np.abs(profit)) is None
    assert losing_depth(np.zeros(50), np.full(50, 9.0), np.full(50, -1.0)) is None, "no discount was given"
