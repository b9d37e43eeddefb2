"""Joint cubes: what is added up from them is what the rows give, and nothing else is answered from them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar import joint
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.measures import STATISTICS
from analytics.selection import Clause, Selection
from analytics.store import StoredDataset
from tests.analytics import test_engine
from tests.analytics.engine_checks import everything
from tests.analytics.engines import EMBEDDED
from tests.benchmarks.page_workload import Tables, forget, forget_cubes, made, make_cubes

FEWER = replace(EMBEDDED, examples=12)


class AtOnce:
    """Cubes that are there as soon as they are asked for."""

    def __init__(self) -> None:
        self.made: dict[Hashable, np.ndarray] = {}
        self.given = 0

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        if key not in self.made:
            self.made[key] = make()
        self.given += 1
        return self.made[key]


@pytest.fixture(params=["day", "month"])
def cubes(request: pytest.FixtureRequest) -> Iterator[AtOnce]:
    """Cubes by day or by month only, of any data, however few their lines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joint, "LEAST_LINES", 0)
        patch.setattr(joint, "_GRAINS", (request.param,))
        found = AtOnce()
        patch.setattr(joint, "CUBES", found)
        yield found


@pytest.mark.sampled(4)
@pytest.mark.slow
def test_any_selection_equals_the_oracle(cubes: AtOnce) -> None:
    test_engine.test_any_selection_equals_the_oracle(FEWER)
    assert cubes.given > 5


# --- a company of two years, with refunds and unknown customers
@pytest.fixture(scope="module")
def data() -> StoredDataset:
    chance = np.random.default_rng(5)
    lines = made(3_000)
    lines["sale"] = chance.random(len(lines)) > 0.1
    lines["amount"] *= np.where(lines["sale"], 1, -1)
    lines["customer"] = lines["customer"].astype(str).where(chance.random(len(lines)) > 0.2, "").astype("category")
    return store.in_memory(Tables(lines))


def select(span: str, *clauses: Clause) -> Selection:
    return Selection("bench", span, clauses=clauses)


CITIES = Clause("city", ("City 01", "City 04", "City 09"))
KINDS = Clause("category", ("Category 0", "Category 3"))
WEB = Clause("channel", (), ("Channel 1",))
SELECTIONS = {
    "two filters": select("2022-07-01..2024-07-01", CITIES, KINDS),
    "a part of a month": select("2022-07-03..2024-07-01", CITIES, KINDS),
    "days of the week": select("all", CITIES, Clause("weekday", ("5", "6"))),
    "months": select("2023-01-01..2024-01-01", KINDS, Clause("month", ("3", "12"))),
    "hours": select("2023-01-01..2023-03-01", WEB, Clause("hour", ("9", "22"))),
    "two fields of one hierarchy": select("all", KINDS, Clause("product", (), ("Product 003", "Product 100")), CITIES),
    "nothing there": select("2023-01-01..2023-02-01", Clause("city", ("Nowhere",)), KINDS),
    "whole orders": select("all", Clause("category", ("Category 0",), whole_orders=True), CITIES),
    "before the data": select("1990-01-01..1991-01-01", CITIES, KINDS),
    "what a policy changes": select("all", Clause("value_tier", ("High",)), KINDS),
}
GROUPINGS = (
    (),
    ("period",),
    ("product",),
    ("category",),
    ("channel",),
    ("city",),
    ("hour",),
    ("weekday",),
    ("quarter",),
)
MORE = (("line_kind",), ("customer",), ("city", "category"), ("order_units",))


@pytest.mark.sampled(48)
@pytest.mark.slow
@pytest.mark.parametrize("name", SELECTIONS)
def test_every_measure_is_that_of_the_rows(
    name: str, cubes: AtOnce, data: StoredDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ColumnarEngine(data)
    asked = engine.resolve(SELECTIONS[name])
    names = [n for n in everything(engine) if not n.startswith(tuple(STATISTICS))]
    by_cubes = [engine.aggregate(by, names, asked) for by in (*GROUPINGS, *MORE)]
    monkeypatch.setattr(joint, "LEAST_LINES", 10**9)
    by_rows = ColumnarEngine(data)
    for by, found in zip((*GROUPINGS, *MORE), by_cubes, strict=True):
        pd.testing.assert_frame_equal(found, by_rows.aggregate(by, names, asked))


def without_rows(engine: ColumnarEngine, monkeypatch: pytest.MonkeyPatch) -> ColumnarEngine:
    def none(*_: object) -> None:
        pytest.fail("rows were read")

    monkeypatch.setattr(engine._selector, "rows", none)
    return engine


@pytest.mark.parametrize("cubes", ["month"], indirect=True)
def test_two_filters_and_a_grouping_need_no_rows(
    cubes: AtOnce, data: StoredDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = without_rows(ColumnarEngine(data), monkeypatch)
    asked = engine.resolve(SELECTIONS["two filters"])
    for by in ((), ("period",), ("product",), ("category",), ("channel",), ("city",), ("hour",)):
        engine.aggregate(by, ["revenue", "units", "lines"], asked)


def test_the_benchmark_measures_with_cubes_however_often_it_measured_without(
    data: StoredDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint, "LEAST_LINES", 0)
    engine = ColumnarEngine(data)
    asked = engine.resolve(SELECTIONS["two filters"])

    def ask() -> None:
        engine.aggregate(("city",), ["revenue", "units"], asked)

    for _ in range(9):
        forget_cubes(engine)
        ask()
    make_cubes(engine, ask)
    forget(without_rows(engine, monkeypatch))
    ask()


@pytest.mark.parametrize("cubes", ["month"], indirect=True)
def test_orders_and_customers_of_a_category_need_no_lines(
    cubes: AtOnce, data: StoredDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the orders hold tells which of them have a sale of the category."""
    engine = without_rows(ColumnarEngine(data), monkeypatch)
    names = ["orders", "customers", "repeat_customers", "known_orders"]
    asked = engine.resolve(select("2022-07-01..2024-06-01", KINDS, WEB))
    for by in ((), ("city",), ("hour",), ("period",)):
        engine.aggregate(by, names, asked)


def test_two_clauses_on_lines_must_be_met_by_one_line(data: StoredDataset) -> None:
    """An order with a line of each is no order of both."""
    engine = ColumnarEngine(data)
    both = select("all", Clause("category", ("Category 0",)), Clause("product", ("Product 001",)))
    assert engine.aggregate((), ["orders", "customers"], engine.resolve(both)).to_numpy().tolist() == [[0, 0]]
    assert engine.within((both.clauses[1],)).aggregate((), ["orders"], engine.resolve(both)).iloc[0, 0] == 0


def test_a_policy_is_never_answered_from_a_joint_cube(cubes: AtOnce, data: StoredDataset) -> None:
    inside = ColumnarEngine(data).within((WEB,))
    inside.aggregate(("product",), ["revenue"], inside.resolve(SELECTIONS["two filters"]))
    assert not cubes.made


@pytest.mark.parametrize("cubes", ["month"], indirect=True)
def test_data_without_a_field_have_cubes_of_their_own(cubes: AtOnce, data: StoredDataset) -> None:
    for seen in (data, data.without(["channel"])):
        engine = ColumnarEngine(seen)
        engine.aggregate(("product",), ["revenue"], engine.resolve(SELECTIONS["two filters"]))
    assert len({version for _, version, *_ in cubes.made}) == 2


def test_few_lines_and_large_combinations_have_none(data: StoredDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    cubes = AtOnce()
    monkeypatch.setattr(joint, "CUBES", cubes)
    engine = ColumnarEngine(data)
    engine.aggregate(("product",), ["revenue"], engine.resolve(SELECTIONS["two filters"]))
    monkeypatch.setattr(joint, "LEAST_LINES", 0)
    monkeypatch.setattr(joint, "CELLS", {"day": 1000, "month": 30_000})
    engine.aggregate(("city",), ["units"], engine.resolve(SELECTIONS["two filters"]))
    ColumnarEngine(data).aggregate(("product",), ["units"], engine.resolve(SELECTIONS["two filters"]))
    assert [key[3:] for key in cubes.made] == [("category", "place", "units")]  # a place decides its city


def test_an_order_holds_the_values_of_its_sale_lines(data: StoredDataset) -> None:
    held = data.holdings["category"]
    assert held.dtype == np.uint8
    expected = [0] * data.facts.orders
    for order, code, sale in zip(data.lines["order"], data.values("category"), data.lines["sale"], strict=True):
        if sale:
            expected[order] |= 1 << int(code)
    assert held.tolist() == expected
    assert "product" not in data.holdings  # it has more values than a number has bits
    assert "city" not in data.holdings  # which orders have once


def test_holdings_have_a_bit_for_each_value(data: StoredDataset) -> None:
    for size, kind in ((8, "uint8"), (9, "uint16"), (32, "uint32"), (33, None)):
        lines = made(60).assign(category=pd.Categorical([f"{i % size:02d}" for i in range(60)]))
        seen = store.in_memory(Tables(lines))
        engine = ColumnarEngine(seen)
        assert (seen.holdings["category"].dtype == kind) if kind else "category" not in seen.holdings
        last = engine.resolve(select("all", Clause("category", (f"{size - 1:02d}",))))
        assert engine.aggregate((), ["orders"], last).iloc[0, 0] == len(
            {order for order, at in zip(seen.lines["order"], range(60), strict=True) if at % size == size - 1}
        )
