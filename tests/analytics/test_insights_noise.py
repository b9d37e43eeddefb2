"""On companies in which nothing stands out, claims of more than chance come no more often than stated."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import KINDS
from analytics.insights.company import Company
from analytics.insights.significance import LEVEL
from analytics.profile import Profile
from analytics.selection import Selection
from tests.analytics.companies import Tables
from tests.analytics.told import insights

pytestmark = pytest.mark.no_cover

COMPANIES = 60
SEED = 20_240_229
SIGNS_OF_FAULT = 1e-4  # how likely a kind that keeps its rate fails here
DAYS = 731  # two whole years, one of them a leap year
ORDERS = 1_000
TESTED = {
    "extreme_month",
    "seasonality",
    "busy_hours",
    "part_of_day",
    "leading_place",
    "trailing_place",
    "leading_product",
    "trailing_product",
    "leading_group",
    "order_value",
    "affinity",
    "low_rating",
    "discount",
    "change",
    "margin",
    "mover",
    "unusual_day",
    "conversion",
    "price_volume_mix",
    "mix_against_rate",
    "expected",
    "lost_sales",
    "missing_part",
    "missing_days",
    "ends_early",
    "rising_refunds",
    "departing_group",
    "worse_repeat",
    "one_place_only",
    "mix_shift",
}
PRODUCTS, CITIES, CHANNELS, CUSTOMERS = 8, 5, 3, 400


def company(random: np.random.Generator) -> ColumnarEngine:
    """Orders at any moment of two years by anybody anywhere of anything, alike in all that insights look at."""
    moment = np.datetime64("2023-01-01", "us") + np.sort(random.integers(0, DAYS * 86_400, ORDERS)).astype(
        "timedelta64[s]"
    )
    moment[0], moment[-1] = np.datetime64("2023-01-01T00:00:00"), np.datetime64("2024-12-31T23:59:59")
    chosen = random.random((ORDERS, PRODUCTS)) < 0.15
    chosen[~chosen.any(axis=1), 0] = False
    order, product = np.nonzero(chosen)
    place, channel, customer = (random.integers(0, n, ORDERS) for n in (CITIES, CHANNELS, CUSTOMERS))
    off = np.where(random.random(len(order)) < 0.3, 0.1, 0.0)
    amount = np.round(random.lognormal(3.0, 0.5, len(order)), 2)
    lines = pd.DataFrame(
        {
            "order_id": order.astype(str),
            "ordered_at": moment[order],
            "product": pd.Series(product).map(lambda n: f"Product {n}"),
            "quantity": 1.0,
            "amount": amount,
            "discount": np.round(amount * off, 2),
            "cost": np.round(amount * (0.4 + 0.3 * product / PRODUCTS), 2),
            "rating": random.integers(1, 6, len(order)).astype(float),
            "customer": pd.Series(customer[order]).map(lambda n: f"Customer {n}"),
            "city": pd.Series(place[order]).map(lambda n: f"City {n}"),
            "region": pd.Series(place[order]).map(lambda n: f"Region {n % 2}"),
            "country": "Nowhere",
            "channel": pd.Series(channel[order]).map(lambda n: f"Channel {n}"),
            "sale": True,
        }
    )
    visits = {"date": pd.to_datetime(["2024-06-01"] * CHANNELS), "channel": [f"Channel {n}" for n in range(CHANNELS)]}
    bought = np.bincount(channel[np.unique(order)], minlength=CHANNELS)
    sessions = pd.DataFrame(visits).assign(sessions=random.poisson(20 * bought.mean(), CHANNELS))
    profile = Profile("noise", "Noise", data_until="2024-12-31")
    return ColumnarEngine(store.in_memory(Tables(lines, profile, {"sessions": sessions})))


def found(engine: ColumnarEngine) -> set[str]:
    """The kinds that claim more than chance about the second year, against the first."""
    selection = Selection("noise", "2024-01-01..2025-01-01")
    noise = Company(engine, engine.resolve(selection), selection)
    return {k.name for k in KINDS if k.name in TESTED and any(c.q <= LEVEL for c in k.find(noise))}


@pytest.fixture(scope="module")
def false_claims() -> Counter[str]:
    """In how many of the companies each kind made a claim."""
    random = np.random.default_rng(SEED)
    return Counter(kind for _ in range(COMPANIES) for kind in found(company(random)))


def most_allowed(trials: int) -> int:
    """So many false claims a kind of rate LEVEL exceeds with a probability of SIGNS_OF_FAULT."""
    from scipy.stats import binom

    return int(binom.isf(SIGNS_OF_FAULT, trials, LEVEL))


@pytest.mark.slow
@pytest.mark.long
def test_each_kind_keeps_its_error_rate(false_claims: Counter[str]) -> None:
    assert {kind: n for kind, n in false_claims.items() if n > most_allowed(COMPANIES)} == {}


@pytest.mark.slow
@pytest.mark.long
def test_all_kinds_together_keep_it_on_average(false_claims: Counter[str]) -> None:
    assert false_claims.total() <= LEVEL * COMPANIES * len(TESTED)


@pytest.mark.slow
@pytest.mark.long
def test_something_is_said_once_in_a_while(false_claims: Counter[str]) -> None:
    assert len(false_claims) >= 3, "a test that never errs has no power either"


@pytest.mark.long
def test_the_list_names_every_kind_that_tests() -> None:
    """A company with everything in it: whatever is tested there must be on the list."""
    engine = company(np.random.default_rng(1))
    selection = Selection("noise", "2024-01-01..2025-01-01")
    claimed = {i.kind for i in insights(engine, engine.resolve(selection), selection) if i.tested}
    assert claimed <= TESTED <= {k.name for k in KINDS}
