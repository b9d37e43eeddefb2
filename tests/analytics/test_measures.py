"""Measures: the one table says what each number is, and everything that computes numbers interprets it."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.measures import MEASURES, Measure, Statistic, statistic
from analytics.schema import FIELDS, Field
from analytics.selection import Clause, Selection
from tests.analytics import companies
from tests.analytics.engines import EngineKind
from tests.analytics.oracle import Oracle


def test_every_measure_of_the_nasty_company_by_hand() -> None:
    """What the table means, told once without it."""
    engine = ColumnarEngine(store.in_memory(companies.nasty()))
    names = [m.name for m in MEASURES.values() if not engine.schema.missing(m.needs)]
    found = engine.aggregate([], names, engine.resolve(Selection("toy"))).iloc[0].to_dict()
    assert found == {
        "revenue": 1419.98,
        "gross": 2479.95,
        "refunds": 1059.97,
        "units": 16,
        "lines": 12,
        "sale_lines": 9,
        "refund_lines": 3,
        "orders": 7,
        "customers": 3,
        "repeat_customers": 1,
        "known_revenue": pytest.approx(1419.98 - 59.97 - 9.99),
        "known_orders": 5,
        "cost": 500.0 + 510.5 + 310 + 500 - 500 + 30 + 50 + 5,
        "costed_revenue": pytest.approx(700 + 700 + 300 + 600 - 700 + 59.97 + 99.9 + 9.99),
        "rating_sum": 5 + 4 + 1 + 2 + 3 + 5,
        "rated_lines": 6,
        "sessions": 51,
        "days": 426,
    }


def test_sums_are_of_fields_kept_by_line() -> None:
    for measure in MEASURES.values():
        for name in (measure.column, measure.given):
            if measure.kind == "sum" and name:
                assert FIELDS[name].level == "line"
                assert FIELDS[name].kind in ("money", "number")
        assert all(MEASURES[part].kind == "sum" for part in measure.parts)


@pytest.mark.parametrize(
    "wrong",
    [
        {"column": "product", "kind": "distinct", "conditions": ("sale",)},
        {"column": "customer", "kind": "distinct", "conditions": ("sale",)},
        {"column": "order_id", "kind": "distinct"},
        {"kind": "days", "cube": True},
        {"column": "amount", "conditions": ("known_customer",), "cube": True},
    ],
)
def test_a_measure_that_no_engine_computes_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"^wrong: "):
        Measure("wrong", "", **wrong)


def test_statistics_are_named_by_their_field() -> None:
    assert statistic("median_amount") == Statistic(2, "amount")
    assert statistic("p25_unit_price") == Statistic(1, "unit_price")
    assert statistic("median_product") is statistic("mean_amount") is statistic("revenue") is None


@pytest.fixture
def with_deposit(monkeypatch: pytest.MonkeyPatch) -> companies.Tables:
    """The table with one line more, and a company whose lines have what it sums."""
    monkeypatch.setitem(FIELDS, "deposit", Field("deposit", "money", "line", "Deposit"))
    added = Measure("deposit_total", "sum of deposits", "deposit", cube=True)
    monkeypatch.setitem(MEASURES, added.name, added)
    tables = companies.nasty()
    tables.lines["deposit"] = [1.25, None, 0.75, 4.0, 0.0, None, -1.25, 3.1, None, 2.0, 0.5, 7.0]
    return tables


def test_a_new_measure_is_one_line(kind: EngineKind, with_deposit: companies.Tables) -> None:
    data = store.in_memory(with_deposit)
    assert data.cube("all", "deposit_total").sum() == 1735  # type: ignore[union-attr]
    engine, oracle = kind.make(data), Oracle(with_deposit.lines, with_deposit.profile)
    for clauses in ((), (Clause("product", ("iPhone",)),), (Clause("channel", ("web",)), Clause("weekday", ("5",)))):
        selection = engine.resolve(Selection("toy", grain="month", clauses=clauses))
        for by in ((), ("period",), ("product",), ("category",), ("city", "product"), ("customer",)):
            frame = engine.aggregate(by, ["deposit_total"], selection).set_index(list(by)) if by else None
            expected = oracle.aggregate(by, ["deposit_total"], selection)
            if frame is None:
                found = {(): engine.aggregate((), ["deposit_total"], selection)["deposit_total"].iloc[0]}
            else:
                found = {k if isinstance(k, tuple) else (k,): v for k, v in frame["deposit_total"].items()}
            assert found == {k: pytest.approx(v["deposit_total"]) for k, v in expected.items()}, (clauses, by)


def test_data_stored_before_a_measure_was_added_answer_it_too(
    monkeypatch: pytest.MonkeyPatch, with_deposit: companies.Tables
) -> None:
    added = MEASURES["deposit_total"]
    monkeypatch.delitem(MEASURES, "deposit_total")
    engine = ColumnarEngine(store.in_memory(with_deposit))
    monkeypatch.setitem(MEASURES, "deposit_total", added)
    selection = engine.resolve(Selection("toy"))
    frame = engine.aggregate(["channel"], ["deposit_total"], selection)
    expected = pd.DataFrame({"channel": ["", "web"], "deposit_total": [7.0, 10.35]})
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False, check_column_type=False)
