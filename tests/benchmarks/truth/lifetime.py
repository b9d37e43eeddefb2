"""Customer models of seasonal companies: purchases foreseen after a peak and before one, against those made."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.methods.customers.clv import BgNbd
from analytics.methods.customers.histories import summary
from analytics.methods.customers.season import EVEN, SeasonClock
from analytics.methods.customers.season_fit import season_clock
from tests.analytics.simulated_customers import Bought, bought
from tests.benchmarks.results import Result, found

ENDS = {"after a peak": "2024-12-31", "before a peak": "2024-09-30"}
HORIZONS = (13, 52)  # weeks


def measure(seeds: int) -> Iterator[Result]:
    """The bias of the purchases foreseen, with the season and without it, and where there is no season."""
    for when, end in ENDS.items():
        for weeks in HORIZONS:
            companies = [bought(seed, end, weeks=weeks) for seed in range(seeds)]
            with_season = np.mean([bias(company, clock_of(company), weeks) for company in companies])
            without = np.mean([bias(company, EVEN, weeks) for company in companies])
            yield found(f"{weeks} weeks {when}: bias", with_season, "%", at_least=-10, at_most=10)
            yield found(f"{weeks} weeks {when}: bias without the season", without, "%")
    plain = [bought(seed, ENDS["after a peak"], seasonal=False) for seed in range(seeds)]
    seen = np.mean([not clock_of(company).even for company in plain])
    yield found("a season is seen where there is none", 100 * seen, "%", at_most=5)


def clock_of(company: Bought) -> SeasonClock:
    return season_clock(company.purchases["customer"], company.purchases["day"], company.end)


def bias(company: Bought, clock: SeasonClock, weeks: int) -> float:
    """By how many per cent more is foreseen than was bought."""
    lines = company.purchases
    known = summary(lines["customer"], lines["day"], lines["amount"], company.end, clock)
    model = BgNbd.fit(known["x"], known["t_x"], known["T"])
    ahead = model.expected_purchases(known["x"], known["t_x"], known["T"], clock.weeks_after(company.end, weeks))
    return float(100 * (ahead.sum() / company.made - 1))
