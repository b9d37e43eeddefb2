"""Alarms on simulated shops: as rare as stated where nothing happened, and raised where a week lost 30 %."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.methods.alarms.anomalies import WINDOWS
from analytics.methods.alarms.compound import Law
from analytics.methods.alarms.watch import watch
from tests.analytics import best_alarm
from tests.analytics.simulated_series import WEEK, season
from tests.analytics.simulated_shops import KINDS, SHIFT_DAY, Days, spent, thinned

pytestmark = [pytest.mark.long, pytest.mark.no_cover]

WINDOW = WINDOWS["day"]
DAYS, SHOPS = 365, 40


def law(mean: float, *, unit: float = 1.0, large: float | None = None, own: float = 0.0) -> Law:
    """A law that is known exactly, for one value."""
    known = (mean, unit, large or unit, own, 1e6)
    return Law(*(np.array([v]) for v in known), signed=np.array([False]))  # type: ignore[arg-type]


# what is likely ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [0.0, 0.2])
def test_numbers_of_orders_have_their_exact_tails(own: float) -> None:
    mean = 4.0
    exact = stats.poisson(mean) if own == 0 else stats.nbinom(1 / own, 1 / (1 + own * mean))
    number = np.arange(15.0)
    at = Law(*(np.full(15, v) for v in (mean, 1.0, 1.0, own, 1e6)), signed=np.zeros(15, dtype=bool))
    half = exact.pmf(number) / 2
    assert at.lower(number) == pytest.approx(exact.cdf(number) - half, rel=1e-3)
    assert at.upper(number) == pytest.approx(exact.sf(number) + half, rel=1e-3)


def test_a_day_without_an_order_is_no_news_where_three_or_four_are_usual() -> None:
    assert law(4.0).chance(np.array([0.0]))[0] > 0.01
    assert law(4.0 * 27, unit=27.0).chance(np.array([0.0]))[0] > 0.01, "at one price, as of its orders"
    assert law(12.0).chance(np.array([0.0]))[0] < 0.001


def test_what_many_draws_show_is_what_is_said_of_totals() -> None:
    rng = np.random.default_rng(0)
    orders = rng.poisson(20, 400_000).astype(float)
    spread = 0.7
    totals = spent(rng, orders, spread)
    second, third = 40**2 * np.exp(spread**2), 40**3 * np.exp(3 * spread**2)
    of_totals = law(800.0, unit=second / 40, large=third / second)
    assert of_totals.variance[0] == pytest.approx(totals.var(), rel=0.02)
    weak, strong = np.quantile(totals, (0.001, 0.999))
    assert 0.0005 <= of_totals.upper(np.array([strong]))[0] <= 0.0015
    assert 0.001 <= of_totals.lower(np.array([weak]))[0] <= 0.004, "rather too late than too early"


# shops ---------------------------------------------------------------------------------------------------------------


def flagged(days: Days, level: float = 0.01) -> np.ndarray:
    """Days × shops."""
    seen = watch(days.orders, days.revenue, WINDOW, level)
    return seen.flagged | seen.jointly


@pytest.mark.parametrize("kind", KINDS)
def test_days_are_flagged_as_seldom_as_stated(kind: str) -> None:
    hit = flagged(KINDS[kind](np.random.default_rng([1, len(kind)]), DAYS, SHOPS))
    judged = np.arange(DAYS) >= WINDOW.learn
    if kind == "level shift":
        judged &= (np.arange(DAYS) < SHIFT_DAY) | (np.arange(DAYS) >= SHIFT_DAY + 28)
    assert 0.004 <= hit[judged].mean() <= 0.02


@pytest.mark.parametrize("kind", ["growing", "closed on a weekday", "yearly season", "large"])
def test_a_week_that_lost_thirty_per_cent_is_found(kind: str) -> None:
    rng = np.random.default_rng(2)
    made = KINDS[kind](rng, 250, SHOPS)
    busy = made.orders[-35:].mean(axis=0) >= 100
    hit = flagged(thinned(rng, made, 0.7, 7), level=0.001)
    assert hit[-7:, busy].any(axis=0).mean() >= 0.7


def test_revenue_of_a_small_shop_is_judged_by_its_orders() -> None:
    made = KINDS["one price, 3 to 5 orders a day"](np.random.default_rng(5), DAYS, SHOPS)
    with_orders = flagged(made, 0.001)[WINDOW.learn :].mean()
    assert (made.revenue == 0).mean() > 0.005, "days without an order"
    assert with_orders <= 0.002


def test_a_fall_that_lasts_is_flagged_together_before_any_day_is() -> None:
    made = KINDS["days vary by a quarter"](np.random.default_rng(3), 250, SHOPS)
    lasting = thinned(np.random.default_rng(4), made, 0.6, 14)
    seen = watch(lasting.orders, lasting.revenue, WINDOW, 0.001)
    found = seen.jointly[-14:].any(axis=0)
    assert found.mean() >= 0.8
    assert seen.flagged[-14:].any(axis=0).mean() < 0.5


def test_a_peak_that_comes_every_year_is_no_news_the_third_time() -> None:
    index = pd.date_range("2022-01-03", "2024-12-31")
    rng = np.random.default_rng(0)
    mean = rng.uniform(60, 200, 8) * season(index, 1.0)[:, None] * WEEK[index.day_of_week.to_numpy()][:, None]
    orders = rng.poisson(mean).astype(float)
    hit = flagged(Days(orders, 40 * orders), level=0.001)
    peak = index.month >= 11
    assert hit[peak & (index.year == 2022)].mean() > 0.05
    assert hit[peak & (index.year == 2024)].mean() <= 0.002
    robbed = orders.copy()
    robbed[peak & (index.year == 2024)] = np.round(orders[peak & (index.year == 2023)] * 0.6)
    gone = flagged(Days(robbed, 40 * robbed), level=0.001)
    assert gone[peak & (index.year == 2024)].any(axis=0).mean() > 0.8, "a peak that stays away is news"


@pytest.mark.parametrize(("spread", "carried", "least", "most"), [(0.06, 0.0, 99, 100), (0.15, 0.8, 40, 65)])
def test_where_whole_days_vary_nobody_finds_every_weak_week(
    spread: float, carried: float, least: float, most: float
) -> None:
    """Who knows all but when finds what a gate may ask for, and no more can be asked."""
    share = best_alarm.found(np.random.default_rng(1), 150, 200, spread, carried, 0.7, 0.001)
    assert least <= share <= most
