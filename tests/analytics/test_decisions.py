"""What a decision changed: the method on series with a known truth, and the question on order lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics import store as stores
from analytics.calendar import TimeRange
from analytics.engines import open_engine
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData
from analytics.methods.inference.effects import Effect, measured
from analytics.questions.decisions.outcome import outcome
from analytics.selection import Clause, Selection
from tests.analytics import companies
from tests.analytics.simulated_decisions import SETTINGS, simulated

SETTING = replace(SETTINGS["calm"], series=6)


def effect_of(seed: int, effect: float) -> Effect:
    series = simulated(np.random.default_rng(seed), SETTING, effect)
    found = measured(series[0], series[1:], SETTING.start, SETTING.start + SETTING.length)
    assert isinstance(found, Effect)
    return found


def test_a_large_effect_is_told_and_none_is_not() -> None:
    changed = [effect_of(seed, 0.5) for seed in range(4)]
    assert all(found.told and found.low < 50 < found.high for found in changed)
    assert not any(effect_of(seed, 0.0).told for seed in range(4))
    fell = effect_of(1, -0.4)
    assert fell.told
    assert fell.high < 0


def test_the_range_says_what_the_verdict_says() -> None:
    for effect in (0.0, 0.1, 0.2, 0.3):
        found = effect_of(3, effect)
        up, down = found.needed
        assert found.told == (not down <= found.change <= up)
        assert found.told == (found.larger <= 0.05 * (found.comparisons + 1) - 1)
        assert found.expected == pytest.approx(found.actual / (1 + found.change / 100))
        assert found.weights.sum() == pytest.approx(1)
        assert (found.weights >= 0).all()


def test_amounts_in_another_unit_change_nothing() -> None:
    series = simulated(np.random.default_rng(2), SETTING, 0.2)
    one, other = (
        measured(scale * series[0], scale * series[1:], SETTING.start, SETTING.start + 28) for scale in (1.0, 100.0)
    )
    assert isinstance(one, Effect)
    assert isinstance(other, Effect)
    assert (one.change, one.larger) == (pytest.approx(other.change), other.larger)


def test_what_cannot_be_measured_is_refused() -> None:
    series = simulated(np.random.default_rng(2), SETTING)
    assert measured(series[0], series[1:], 60, 88) == "history"
    assert measured(series[0], 0 * series[1:], 352, 380) == "controls"
    assert measured(0 * series[0], series[1:], 352, 380) == "nothing"
    assert measured(series[0], series[1:2], 28 + 3 * 7, 28 + 4 * 7) == "comparisons"


FIRST = np.datetime64("2023-01-02")


def shop(effect: float) -> companies.Tables:
    """Two years of the series as lines, a product and a place for each, the decision about the first product."""
    series = simulated(np.random.default_rng(5), replace(SETTING, days=400), effect)
    rows = []
    for product, days in enumerate(series):
        for day, units in enumerate(days):
            if units:
                at = str(FIRST + day) + "T10:00"
                place = companies.PLACES[product % 2]
                rows.append({
                    "order_id": f"{product}-{day}", "ordered_at": at, "product": f"P{product}", "quantity": units,
                    "amount": 10.0 * units, "customer": "", "country": place[0], "region": place[1], "city": place[2],
                })  # fmt: skip
    return companies.Tables(companies.frame(rows))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("decisions")
    stores.write(folder, shop(0.5))
    return open_engine(folder, "toy", frozenset())


DAYS = TimeRange(FIRST + SETTING.start, FIRST + SETTING.start + SETTING.length)
FIRST_PRODUCT = Clause("product", ("P0",))


def test_the_outcome_is_measured_by_what_was_untouched(engine: Engine) -> None:
    selection = engine.resolve(Selection(clauses=(FIRST_PRODUCT,)))
    answer = outcome(engine, selection, metric="revenue", days=DAYS)
    row = answer.frame.iloc[0]
    assert row["low"] < 50 < row["high"]
    assert row["low"] > 0
    sold = engine.aggregate([], ["revenue"], selection.at(DAYS))["revenue"].iloc[0]
    assert row["actual"] == pytest.approx(sold)
    assert set(answer.more["controls"]["value"]) <= {"P1", "P2", "P3", "P4", "P5"}
    assert answer.more["controls"]["weight"].sum() == pytest.approx(100)
    weeks = answer.more["weeks"]
    after = weeks[weeks["after"]]
    assert after["week"].tolist()[0] == str(DAYS.start)
    assert after["actual"].sum() == pytest.approx(row["actual"])
    assert after["expected"].sum() == pytest.approx(row["expected"])
    assert after["days"].sum() == DAYS.days
    before = weeks[~weeks["after"]]
    assert before["actual"].sum() == pytest.approx(before["expected"].sum()), "they are of one level"
    fewer = outcome(engine, selection, metric="units", days=DAYS, touched=("P1", "P2"))
    assert set(fewer.more["controls"]["value"]) <= {"P3", "P4", "P5"}
    left_out = engine.resolve(Selection(clauses=(Clause("product", (), ("P1", "P2", "P3")),)))
    others = outcome(engine, left_out, metric="revenue", days=DAYS)
    assert set(others.more["controls"]["value"]) <= {"P1", "P2", "P3"}


def test_places_are_compared_at_their_own_level(engine: Engine) -> None:
    for path, others in (("US/OR", {"US/ME"}), ("US/OR/Portland", {"US/ME/Portland"})):
        selection = engine.resolve(Selection(clauses=(Clause("place", (path,)),)))
        answer = outcome(engine, selection, metric="revenue", days=DAYS)
        assert set(answer.more["controls"]["value"]) == others
    whole = engine.resolve(Selection(clauses=(Clause("place", ("US",)),)))
    with pytest.raises(NotEnoughData, match="Nothing else sold steadily"):
        outcome(engine, whole, metric="revenue", days=DAYS)


def test_what_touched_everything_or_has_no_history_is_refused(engine: Engine) -> None:
    everything = engine.resolve(Selection())
    with pytest.raises(NotEnoughData, match="concerned everything"):
        outcome(engine, everything, metric="revenue", days=DAYS)
    whole_orders = engine.resolve(Selection(clauses=(replace(FIRST_PRODUCT, whole_orders=True),)))
    with pytest.raises(NotEnoughData, match="concerned everything"):
        outcome(engine, whole_orders, metric="revenue", days=DAYS)
    one = engine.resolve(Selection(clauses=(FIRST_PRODUCT,)))
    for days in (TimeRange(FIRST - 9, FIRST + 20), TimeRange(FIRST + 5, FIRST + 20), DAYS.shifted(100)):
        with pytest.raises(NotEnoughData, match="too few days"):
            outcome(engine, one, metric="revenue", days=days)
    gone = engine.resolve(Selection(clauses=(Clause("product", ("no such",)),)))
    with pytest.raises(NotEnoughData, match="None of it was sold"):
        outcome(engine, gone, metric="revenue", days=DAYS)
