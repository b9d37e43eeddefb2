"""Customers: what is expected of them against what they did, and what is said where only chance acts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.methods.customers.churn import likely_to_buy
from analytics.methods.customers.clv import BgNbd, summary
from analytics.methods.customers.season import EVEN
from analytics.methods.customers.season_fit import season_clock
from analytics.questions.customers.prospects import people_ahead
from analytics.selection import Selection
from tests.analytics.simulated_customers import Purchases, as_lines, buying, claims, engine_of, steady
from tests.benchmarks.results import Result, found

EXPECTED = {
    "two years to 31 December": {"end": "2024-12-31", "days": 731, "height": 2.0},
    "two years to 31 October": {"end": "2024-10-31", "days": 731, "height": 2.0},
    "fourteen months to 31 December": {"end": "2024-12-31", "days": 427, "height": 2.0},
    "fourteen months to 31 October": {"end": "2024-10-31", "days": 427, "height": 2.0},
    "three years to 31 December": {"end": "2024-12-31", "days": 1096, "height": 2.0},
    "two years, no season": {"end": "2024-12-31", "days": 731},
    "two years, months that differ": {"end": "2024-12-31", "days": 731, "wobble": 0.15},
}
NOISE = {
    "customers with habits": {},
    "days that resemble each other": {"carried": 0.9},
    "200 customers": {"people": 200, "a_day": 2.0},
    "customers who are alike": {"alike": True},
}
FIRST_AND_LAST = ("leading_place", "trailing_place", "leading_product", "trailing_product")
ABOUT_CHANCE = ("segment_moves", "top_customers", "product_tail", "churn")


def measure(seeds: int) -> Iterator[Result]:
    """Bias of expectations, and false and true claims."""
    yield from _expectations(max(1, seeds // 5))
    yield from _lapsed(max(1, seeds // 10))
    yield from _claims(seeds)


def _expectations(seeds: int) -> Iterator[Result]:
    for name, kind in EXPECTED.items():
        rows = np.array([_off(buying(np.random.default_rng(seed), **kind)) for seed in range(seeds)])  # type: ignore[arg-type]
        plain, year, quarter, soon = 100 * rows.mean(axis=0)
        known = {} if kind.get("wobble") else {"at_least": -10.0, "at_most": 10.0}  # nobody foresees chance
        yield found(f"{name}: purchases of the next year, bias without a season", plain, "%")
        yield found(f"{name}: the same with it", year, "%", **known)
        yield found(f"{name}: of the next 13 weeks", quarter, "%", **known)
        yield found(f"{name}: customers who buy within 13 weeks", soon, "%", **known)


def _off(sim: Purchases) -> tuple[float, float, float, float]:
    """How far expectations miss, as parts: purchases of a year on an even clock, of a year, of 13 weeks, and buyers."""
    lines = sim.known["customer"], sim.known["day"], sim.known["amount"], sim.end
    off = []
    for clock, horizons in ((EVEN, (52,)), (season_clock(lines[0], lines[1], sim.end), (52, 13))):
        history = summary(*lines, clock)
        x, t_x, T = history["x"], history["t_x"], history["T"]
        model = BgNbd.fit(x, t_x, T)
        for weeks in horizons:
            expected = model.expected_purchases(x, t_x, T, clock.weeks_after(sim.end, weeks)).sum()
            off.append(expected / sim.came(weeks) - 1)
    soon = sim.after["day"] <= sim.end + np.timedelta64(13, "W")
    likely = likely_to_buy(*lines)["likely_to_buy"].sum()
    return off[0], off[1], off[2], likely / sim.after.loc[soon, "customer"].nunique() - 1


def _lapsed(seeds: int) -> Iterator[Result]:
    """Of the customers called lapsed, purchases of the next year against those made."""
    expected = came = 0.0
    for seed in range(seeds):
        sim = buying(np.random.default_rng(seed), "2024-12-31", 731, people=2_000, height=2.0 * (seed % 2))
        engine = engine_of(as_lines(sim.known), f"{sim.end:%F}")
        people = people_ahead(engine, engine.resolve(Selection("toy")), named=True)[0]
        late = people[people["at_stake"] > 0]
        after = sim.after[sim.after["day"] <= sim.end + np.timedelta64(52, "W")]
        bought = after["customer"].map("Customer {}".format).value_counts()
        expected += float(late["expected_purchases"].sum())
        came += float(bought.reindex(late["customer"]).fillna(0).sum())
    yield found(
        "lapsed customers: purchases of the next year", 100 * (expected / came - 1), "%", at_least=-15, at_most=15
    )


def _claims(seeds: int) -> Iterator[Result]:
    for name, kind in NOISE.items():
        said = [claims(steady(np.random.default_rng(seed), **kind), *ABOUT_CHANCE) for seed in range(seeds)]  # type: ignore[arg-type]
        falls = sum(any("fell" in c.evidence for c in one) for one in said)
        tails = sum(any("tail" in c.evidence for c in one) for one in said)
        yield found(f"{name}: views told that customers fall", 100 * falls / seeds, "%", at_most=5)
        lapsed = sum(any("on_schedule" in c.evidence for c in one) for one in said)
        yield found(f"{name}: views told that customers lapse", 100 * lapsed / seeds, "%", at_most=5)
        yield found(f"{name}: views told of a tail of products", 100 * tails / seeds, "%", at_most=5)
        if kind.get("alike"):
            tops = sum(any("top" in c.evidence for c in one) for one in said)
            yield found(f"{name}: views told what the best tenth brings", 100 * tops / seeds, "%", at_most=5)
    ends = sum(bool(claims(_of_equal_places(seed), *FIRST_AND_LAST)) for seed in range(seeds))
    yield found(
        "places and products that sell alike: views told of a first or last", 100 * ends / seeds, "%", at_most=5
    )
    lost = [claims(steady(np.random.default_rng(seed), lost=0.3), "segment_moves") for seed in range(seeds)]
    yield found("three in ten customers left: told", 100 * sum(map(bool, lost)) / seeds, "%", at_least=80)


def _of_equal_places(seed: int) -> pd.DataFrame:
    """Orders of 4, 8 or 20 places and of 20 products that sell alike."""
    rng = np.random.default_rng(seed)
    lines = steady(rng)
    place = rng.integers(0, (4, 8, 20)[seed % 3], len(lines))
    return lines.assign(city=[f"City {n}" for n in place], country="Land")
