"""Customer models know the season: neither a December nor a quiet summer is taken for the customers' own rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.methods.customers.histories import summary
from analytics.methods.customers.season import EVEN, SeasonClock
from analytics.methods.customers.season_fit import season_clock
from tests.analytics.simulated_customers import SEASON, bought
from tests.benchmarks.truth.lifetime import bias


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("end", "even"), [("2024-12-31", 30), ("2024-09-30", -20)])
def test_the_quarter_ahead_is_foreseen_after_and_before_a_peak(end: str, even: float) -> None:
    company = bought(1, end)
    clock = season_clock(company.purchases["customer"], company.purchases["day"], end)
    assert abs(bias(company, clock, 13)) < 12
    assert np.sign(even) * bias(company, EVEN, 13) > abs(even), "without the season it is far off"


def test_the_season_is_found_where_there_is_one() -> None:
    company = bought(2, "2024-12-31")
    clock = season_clock(company.purchases["customer"], company.purchases["day"], company.end)
    assert clock.factors == pytest.approx(SEASON, abs=0.25)
    even = bought(2, "2024-12-31", seasonal=False)
    assert season_clock(even.purchases["customer"], even.purchases["day"], even.end).even


def test_less_than_thirteen_months_and_nothing_give_an_even_clock() -> None:
    company = bought(3, "2024-12-31")
    late = company.purchases[company.purchases["day"] >= "2023-12-12"]
    assert season_clock(late["customer"], late["day"], company.end).even
    assert season_clock([], [], "2024-12-31").even


def test_seasonal_days_by_hand() -> None:
    clock = SeasonClock(january=0.5, february=1.5)
    days = np.array(["2025-01-01", "2025-01-11", "2025-01-31", "2025-02-02"], dtype="datetime64[D]")
    passed = clock.days(days)
    assert (passed - passed[0]).tolist() == [0, 5, 15, 18]
    assert clock.weeks_after("2025-01-24", 2) == pytest.approx((7 * 0.5 + 7 * 1.5) / 7)
    assert EVEN.weeks_after("2025-01-24", 13) == 13
    assert EVEN.days(days).tolist() == days.astype("int64").tolist()


def test_histories_in_seasonal_weeks() -> None:
    clock = SeasonClock(january=0.5, february=1.5)
    lines = pd.DataFrame({"customer": ["a", "a"], "day": ["2025-01-01", "2025-01-29"], "amount": [5.0, 5.0]})
    known = summary(lines["customer"], lines["day"], lines["amount"], "2025-02-02", clock).loc["a"]
    assert (known["x"], known["t_x"], known["T"]) == (1, 2, 18 / 7)
