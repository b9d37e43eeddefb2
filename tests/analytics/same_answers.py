"""What every engine must pass: the embedded engine's suite, and its answer to any question.

A test module imports all of this and says, by patching test_engine.ColumnarEngine, which engine is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import store
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import StoresightError
from analytics.loading import catalog, dataset
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies, test_engine
from tests.analytics.test_engine import *  # noqa: F403

POLICIES = ("product", "place", "city", "channel", "customer", "category", "weekday")
GROUPINGS = (*test_engine.GROUPINGS, ("rfm_segment",), ("rfm_segment", "period"), ("value_tier",))


def drawn(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many random examples."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=count, deadline=None, suppress_health_check=slow)


def random_tests(count: int) -> dict[str, Callable[..., None]]:
    """The random tests of the suite with `count` examples each, by name."""
    suite: dict[str, Any] = vars(test_engine)
    asked = companies.selections()
    policy = companies.clauses(POLICIES, 2)
    cuts = st.sampled_from([(lv, f) for lv, fs in test_engine.PARTITIONS.items() for f in fs])
    by = st.sampled_from(test_engine.GROUPINGS)
    again = {
        "test_any_selection_equals_the_oracle": (asked, by),
        "test_inside_a_policy_all_is_as_if_the_other_lines_were_not_there": (asked, by, policy),
        "test_additive_metrics_sum_over_the_partitions_they_claim": (asked, cuts),
    }
    found = {n: drawn(count)(given(companies.tables(), *s)(suite[n].hypothesis.inner_test)) for n, s in again.items()}
    both = given(companies.tables(), asked, st.sampled_from(GROUPINGS), policy, st.integers(0, 10**6))(any_question)
    return found | {"test_any_question_has_the_same_answer": drawn(count)(both)}


def any_question(
    tables: companies.Tables, selection: Selection, by: tuple[str, ...], policy: tuple[Clause, ...], seed: int
) -> None:
    data = store.in_memory(tables)
    embedded, engine = ColumnarEngine(data), test_engine.ColumnarEngine(data)
    seen = tuple(c for c in policy if c.field in embedded.schema)
    embedded, engine = embedded.within(seen), engine.within(seen)
    asked = embedded.resolve(test_engine.answerable(embedded, selection))
    assert engine.resolve(test_engine.answerable(engine, selection)) == asked
    compared(embedded, engine, asked, by, np.random.default_rng(seed))


def compared(embedded: Engine, engine: Engine, asked: Resolved, by: tuple[str, ...], chance: Any) -> None:
    """Every question of the contract once; choices that the test does not make are drawn."""
    by = tuple(b for b in by if b in embedded.schema or b == "period")
    names = test_engine.everything(embedded)
    pd.testing.assert_frame_equal(engine.aggregate(by, names, asked), embedded.aggregate(by, names, asked))
    some, best = (list(chance.choice(names, 2)) for _ in range(2))
    few = {"order": best[0], "limit": int(chance.integers(0, 4))}
    pd.testing.assert_frame_equal(*(e.aggregate(by, some, asked, **few) for e in (engine, embedded)))
    for level in ("customer", "order"):
        if level in embedded.schema or level == "order":
            mine, theirs = engine.entities(level, asked), embedded.entities(level, asked)
            pd.testing.assert_frame_equal(mine.frame(), theirs.frame(), check_dtype=False)
            codes = theirs.columns["code"]
            assert list(mine.labels(codes)) == list(theirs.labels(codes))
    field = str(chance.choice([f.name for f in embedded.schema.dimensions]))
    search = str(chance.choice(["", "o", "PORT"]))
    options, count = engine.values(field, search, asked, 5)
    theirs_options, their_count = embedded.values(field, search, asked, 5)
    pd.testing.assert_frame_equal(options, theirs_options, check_dtype=False)
    assert count == their_count
    assert engine.unknown_values(asked) == embedded.unknown_values(asked)
    item = "category" if "category" in embedded.schema else "product"
    mine_baskets, their_baskets = engine.baskets(item, asked), embedded.baskets(item, asked)
    assert list(mine_baskets.items) == list(their_baskets.items)
    assert (mine_baskets.matrix != their_baskets.matrix).nnz == 0
    same_lines(embedded, engine, asked, chance)
    for name in embedded.schema.tables:
        assert outcome(lambda n=name: engine.table(n).to_dict("list")) == outcome(
            lambda n=name: embedded.table(n).to_dict("list")
        )


def same_lines(embedded: Engine, engine: Engine, asked: Resolved, chance: Any) -> None:
    columns = [f.name for f in embedded.schema.fields]
    sort = [(str(n), bool(chance.integers(0, 2))) for n in chance.choice(columns, 2, replace=False)]
    offset, limit = int(chance.integers(0, 6)), int(chance.integers(0, 9))
    mine, theirs = (e.lines(asked, columns, sort, offset, limit) for e in (engine, embedded))
    assert (mine.count, mine.totals) == (theirs.count, theirs.totals)
    pd.testing.assert_frame_equal(mine.rows, theirs.rows, check_dtype=False, obj=f"lines by {sort}")


def outcome(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except StoresightError as error:
        return type(error)


REAL = (
    Selection("bytronix"),
    Selection("bytronix", "2019-03-01..2019-06-01", "year", "week", (Clause("city", ("Boston", "Dallas")),)),
    Selection("bytronix", "last_90d", clauses=(Clause("product", (), ("iPhone",)), Clause("hour", ("11", "19")))),
    Selection("bytronix", clauses=(Clause("product", ("iPhone",), whole_orders=True), Clause("place", ("US/TX",)))),
    Selection("bytronix", "2019-04-01..2019-12-01", clauses=(Clause("new_or_returning", ("Returning",)),)),
    Selection("bytronix", clauses=(Clause("order_products", ("2", "3")), Clause("order_units", exclude=("2",)))),
    Selection("bytronix", clauses=(Clause("rfm_segment", ("Champions", "At Risk")), Clause("value_tier", ("High",)))),
)
REAL_GROUPINGS = (
    (), ("period",), ("product",), ("place",), ("hour", "weekday"), ("city", "product"),
    ("first_order_month", "period"), ("new_or_returning",), ("order_products", "order_units"), ("rfm_segment",),
    ("value_tier", "part_of_day"), ("quarter",),
)  # fmt: skip


def compare_real(sources: Path, policy: tuple[Clause, ...], selections: Sequence[Selection]) -> None:
    """Bytronix through every question under these selections."""
    spec = catalog.load(Path(__file__).parents[2] / "data" / "bytronix.toml")
    data = store.in_memory(dataset.read(spec, sources))
    embedded, engine = ColumnarEngine(data).within(policy), test_engine.ColumnarEngine(data).within(policy)
    chance = np.random.default_rng(len(policy))
    for selection in selections:
        asked = embedded.resolve(selection)
        number = REAL.index(selection)
        for by in REAL_GROUPINGS[number % 3 :: 3]:
            names = test_engine.everything(embedded)
            pd.testing.assert_frame_equal(engine.aggregate(by, names, asked), embedded.aggregate(by, names, asked))
        compared(embedded, engine, asked, REAL_GROUPINGS[number], chance)
