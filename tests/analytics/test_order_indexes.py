"""Indexes of orders: what is listed by them is what is found by looking at all orders, within policies too."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar import dimensions, selector
from analytics.engines.columnar.dimensions import Listing, OrderIndex
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.selection import Clause, Selection
from analytics.store import StoredDataset, numbers
from tests.analytics import test_engine
from tests.analytics.engines import EMBEDDED
from tests.benchmarks.page_workload import Tables, forget, forget_cubes, made, make_cubes

FEWER = replace(EMBEDDED, examples=24)


class AtOnce:
    """Indexes that are there as soon as they are asked for."""

    def __init__(self) -> None:
        self.made: dict[Hashable, OrderIndex] = {}

    def get(self, key: Hashable, make: Callable[[], OrderIndex]) -> OrderIndex:
        return self.made.setdefault(key, make())


@pytest.fixture
def indexes(monkeypatch: pytest.MonkeyPatch) -> AtOnce:
    """Indexes of any data, however few their orders, from which clauses that keep many orders are answered too."""
    found = AtOnce()
    monkeypatch.setattr(dimensions, "INDEXES", found)
    monkeypatch.setattr(dimensions, "LEAST_ORDERS", 0)
    monkeypatch.setattr(selector, "LISTED", 1.0)
    return found


@pytest.fixture(scope="module")
def data() -> StoredDataset:
    chance = np.random.default_rng(5)
    lines = made(3_000)
    lines["sale"] = chance.random(len(lines)) > 0.1
    return store.in_memory(Tables(lines))


def select(span: str, *clauses: Clause) -> Selection:
    return Selection("bench", span, clauses=clauses)


CITIES = Clause("city", ("City 01", "City 04", "City 09"))
ONE = Clause("city", ("City 02",))
KINDS = Clause("category", ("Category 0", "Category 3"))
NO_WEB = Clause("channel", (), ("Channel 1",))
SELECTIONS = (
    select("all", ONE),
    select("2022-07-01..2024-07-01", CITIES, KINDS),
    select("2022-07-03..2024-06-11", CITIES, NO_WEB),
    select("all", CITIES, Clause("weekday", ("5", "6")), KINDS),
    select("all", Clause("category", ("Category 0",), whole_orders=True), CITIES),
    select("2023-01-01..2023-02-01", Clause("city", ("Nowhere",)), KINDS),
    select("1990-01-01..1991-01-01", ONE),
    select("2023-01-01..2024-01-01", ONE, Clause("value_tier", ("High",))),
)
GROUPINGS = ((), ("period",), ("product",), ("city",), ("hour",), ("city", "category"), ("customer",))
METRICS = ("revenue", "units", "orders", "customers", "repeat_customers")


@pytest.mark.slow
def test_any_selection_equals_the_oracle(indexes: AtOnce) -> None:
    test_engine.test_any_selection_equals_the_oracle(FEWER)
    test_engine.test_inside_a_policy_all_is_as_if_the_other_lines_were_not_there(FEWER)
    assert indexes.made


@pytest.mark.sampled(3)
@pytest.mark.parametrize("policy", [(), (NO_WEB,), (KINDS,)], ids=["all", "orders", "lines"])
def test_listed_orders_are_those_that_are_looked_up(
    policy: tuple[Clause, ...], data: StoredDataset, indexes: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    for selection in SELECTIONS:
        found = []
        for listed in (1.0, -1.0):
            monkeypatch.setattr(selector, "LISTED", listed)
            engine = ColumnarEngine(data)
            engine = engine.within(policy) if policy else engine
            asked = engine.resolve(selection)
            found.append([engine.aggregate(by, METRICS, asked) for by in GROUPINGS])
        for by_list, by_look in zip(*found, strict=True):
            pd.testing.assert_frame_equal(by_list, by_look)
    assert {field for *_, field in indexes.made} >= {"city", "channel"}


def test_only_listed_orders_are_looked_at(
    data: StoredDataset, indexes: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        pytest.fail("all orders were looked at")

    engine = ColumnarEngine(data)
    monkeypatch.setattr(selector, "rows_where", none)
    engine.aggregate((), ["customers"], engine.resolve(select("2022-07-01..2024-07-01", CITIES, NO_WEB)))


def test_an_index_lists_the_orders_of_each_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dimensions, "CHUNK", 7)
    codes = np.random.default_rng(2).integers(0, 5, 100).astype("uint8")
    index = OrderIndex.of(codes, 6)
    for code in range(6):
        own = Listing(index, np.array([code]))
        assert own.count == np.count_nonzero(codes == code)
        assert own.orders(slice(0, 100)).tolist() == np.flatnonzero(codes == code).tolist()
        assert own.orders(slice(20, 60)).tolist() == [i for i in range(20, 60) if codes[i] == code]
    assert sorted(Listing(index, np.array([0, 3])).orders(slice(5, 50))) == [
        i for i in range(5, 50) if codes[i] in (0, 3)
    ]
    assert len(Listing(index, np.array([], "int64")).orders(slice(0, 100))) == 0
    assert index.orders.dtype == numbers.row_type(100)


def test_few_orders_too_many_codes_and_fields_of_lines_have_none(
    data: StoredDataset, indexes: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ColumnarEngine(data)
    for selection in (select("all", KINDS), select("all", Clause("weekday", ("5",)))):
        engine.aggregate((), ["customers"], engine.resolve(selection))
    monkeypatch.setattr(dimensions, "MOST_CODES", 2)
    engine.aggregate((), ["customers"], engine.resolve(select("all", CITIES)))
    monkeypatch.setattr(dimensions, "LEAST_ORDERS", 10**6)
    engine.aggregate((), ["customers"], engine.resolve(select("all", ONE)))
    monkeypatch.setattr(dimensions, "LEAST_ORDERS", 0)
    monkeypatch.setattr(dimensions, "INDEX_BYTES", 1_000)
    engine.aggregate((), ["customers"], engine.resolve(select("2022-07-01..2024-07-01", ONE)))
    assert not indexes.made


def test_an_index_is_made_in_the_background(data: StoredDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dimensions, "LEAST_ORDERS", 0)
    engine = ColumnarEngine(data)
    asked = engine.resolve(select("all", ONE))
    forget_cubes(engine)
    before = engine.aggregate((), METRICS, asked)
    assert not dimensions.INDEXES.kept.nbytes
    make_cubes(engine, lambda: engine.aggregate((), METRICS, asked))
    assert dimensions.INDEXES.kept.nbytes > 4 * data.facts.orders
    forget(engine)
    pd.testing.assert_frame_equal(engine.aggregate((), METRICS, asked), before)
