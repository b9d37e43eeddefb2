"""What must hold of every kind of engine, for random companies and selections."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.base import Engine
from analytics.errors import StoresightError
from analytics.measures import MEASURES, STATISTICS
from analytics.metrics import METRICS, available
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies
from tests.analytics.engines import EMBEDDED, EngineKind
from tests.analytics.oracle import Oracle

GROUPINGS = (
    (),
    ("period",),
    ("product",),
    ("place",),
    ("city",),
    ("category",),
    ("customer",),
    ("hour",),
    ("weekday",),
    ("part_of_day",),
    ("order_id",),
    ("month", "product"),
    ("period", "place"),
    ("quarter",),
    ("first_order_month", "period"),
    ("new_or_returning",),
    ("order_products",),
    ("order_units", "channel"),
    ("value_tier", "channel"),
    ("customer", "product"),
    ("order_id", "product", "category"),
    ("weekday", "hour"),
    ("age_group",),
    ("store",),
    ("sub_category", "store"),
    ("line_kind", "period"),
    ("posted_day", "line_kind"),
)

PARTITIONS = {
    "line": ("product", "category", "order_id", "place", "weekday", "value_tier", "sub_category", "posted_day"),
    "order": ("order_id", "place", "weekday", "hour", "period", "new_or_returning", "channel"),
    "customer": ("customer", "first_order_month", "value_tier"),
}
POLICY_FIELDS = ("product", "place", "city", "channel", "customer", "category", "weekday", "store", "line_kind")


def oracle_of(tables: companies.Tables, policy: tuple[Clause, ...] = ()) -> Oracle:
    """The slow, obvious engine of a company, inside a policy."""
    return Oracle(tables.lines, tables.profile, tables.extras.get("sessions"), policy)


def answerable(engine: Engine, selection: Selection) -> Selection:
    """The selection without clauses on fields that the data lack."""
    return replace(selection, clauses=tuple(c for c in selection.clauses if c.field in engine.schema), options=())


def groupable(engine: Engine, by: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some dimensions that the data have."""
    return tuple(b for b in by if b in engine.schema or b == "period")


def everything(engine: Engine) -> tuple[str, ...]:
    """All metrics and measures that the data can give, and statistics of two fields."""
    measures = [m.name for m in MEASURES.values() if not engine.schema.missing(m.needs)]
    statistics = [f"{word}_{field}" for word in STATISTICS for field in ("amount", "rating") if field in engine.schema]
    return tuple(dict.fromkeys((*available(engine.schema), *measures, *statistics)))


def assert_equal(engine: Engine, oracle: Oracle, by: tuple[str, ...], selection: Resolved) -> None:
    """The engine gives every number of every group that the oracle gives, and no other group."""
    names = everything(engine)
    frame = engine.aggregate(by, names, selection)
    assert list(frame.columns) == [*by, *names]
    expected = oracle.aggregate(by, names, selection)
    found = {
        tuple(row[: len(by)]): dict(zip(names, row[len(by) :], strict=True))
        for row in frame.itertuples(index=False, name=None)
    }
    assert list(found.keys() - expected.keys()) == list(expected.keys() - found.keys()) == []
    assert len(frame) == len(found), "each group once"
    for group, numbers in expected.items():
        for name, value in numbers.items():
            assert found[group][name] == pytest.approx(value, rel=1e-9, abs=1e-7, nan_ok=True), (group, name)


# --- for EngineKind.check
def equals_the_oracle(kind: EngineKind, tables: companies.Tables, selection: Selection, by: tuple[str, ...]) -> None:
    """Any aggregation of any selection is the oracle's."""
    engine = kind.of(tables)
    oracle = oracle_of(tables)
    resolved = engine.resolve(answerable(engine, selection))
    assert engine.bounds == oracle.bounds()
    assert_equal(engine, oracle, groupable(engine, by), resolved)


def hides_other_lines(
    kind: EngineKind, tables: companies.Tables, selection: Selection, by: tuple[str, ...], policy: tuple[Clause, ...]
) -> None:
    """Inside a policy everything is as if the other lines did not exist."""
    engine = kind.of(tables)
    policy = tuple(Clause(c.field, c.include, c.exclude) for c in policy if c.field in engine.schema)
    inside = engine.within(policy)
    oracle = oracle_of(tables, policy)
    assert inside.bounds == oracle.bounds()
    resolved = inside.resolve(answerable(engine, selection))
    assert_equal(inside, oracle, groupable(engine, by), resolved)
    fewer = oracle.rows[tables.lines.columns]
    if not len(fewer):
        return
    alone = kind.of(companies.Tables(fewer, tables.profile))
    if [f.name for f in alone.schema.fields] != [f.name for f in engine.schema.fields]:
        return
    names = [n for n in everything(engine) if "session" not in n and n != "conversion_rate"]
    frames = [e.aggregate(groupable(engine, by), names, resolved) for e in (inside, alone)]
    pd.testing.assert_frame_equal(*frames, check_dtype=False)
    for field in ("product", "city", "value_tier"):
        if field in engine.schema:
            (options, count), (fewer_options, fewer_count) = (
                e.values(field, "", resolved, 50) for e in (inside, alone)
            )
            assert options.to_dict("records") == fewer_options.to_dict("records")
            assert count == fewer_count


def adds_up(kind: EngineKind, tables: companies.Tables, selection: Selection, cut: tuple[str, str]) -> None:
    """Additive metrics of the parts sum to the whole over the partitions that they claim."""
    level, field = cut
    engine = kind.of(tables)
    if field != "period" and (field not in engine.schema or (engine.schema[field].level == "line" and level != "line")):
        return
    asked = engine.resolve(answerable(engine, selection))
    names = [n for n in available(engine.schema) if level in METRICS[n].additive and n != "sessions"]
    whole, parts = engine.aggregate([], names, asked), engine.aggregate([field], names, asked)
    if level == "customer" and "customer" in parts:
        parts = parts[parts["customer"] != ""]
        names = [n for n in names if n == "customers"]
    for name in names:
        assert math.fsum(parts[name]) == pytest.approx(whole[name].iloc[0], abs=1e-7), name


def answers_as_embedded(
    kind: EngineKind,
    tables: companies.Tables,
    selection: Selection,
    by: tuple[str, ...],
    policy: tuple[Clause, ...],
    seed: int,
) -> None:
    data = store.in_memory(tables)
    visible = tuple(c for c in policy if c.field in data.schema or c.field == "weekday")
    embedded = EMBEDDED.make(data).within(visible)
    engine = kind.make(data).within(visible)
    asked = embedded.resolve(answerable(embedded, selection))
    assert engine.resolve(answerable(engine, selection)) == asked
    compared(embedded, engine, asked, by, np.random.default_rng(seed))


def compared(embedded: Engine, engine: Engine, asked: Resolved, by: tuple[str, ...], chance: Any) -> None:
    """Every question of the contract once; choices that the test does not make are drawn."""
    by = tuple(b for b in by if b in embedded.schema or b == "period")
    names = everything(embedded)
    frames = (e.aggregate(by, names, asked) for e in (engine, embedded))
    pd.testing.assert_frame_equal(*frames, check_column_type=False)  # names are texts of either kind
    some, best = (list(chance.choice(names, 2)) for _ in range(2))
    few = {"order": best[0], "limit": int(chance.integers(0, 4))}
    pd.testing.assert_frame_equal(
        *(e.aggregate(by, some, asked, **few) for e in (engine, embedded)), check_column_type=False
    )
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
    assert mine_baskets.months.tolist() == their_baskets.months.tolist()
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
