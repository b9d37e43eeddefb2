"""The embedded engine against the oracle: any selection, any grouping, any policy."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import store
from analytics.calendar import TimeRange
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import EngineError, NotInData, UnknownName
from analytics.measures import MEASURES
from analytics.metrics import METRICS, available
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies
from tests.analytics.oracle import Oracle

pytestmark = pytest.mark.slow

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

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
)


def engine_of(tables: companies.Tables) -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(tables))


def oracle_of(tables: companies.Tables, policy: tuple[Clause, ...] = ()) -> Oracle:
    return Oracle(tables.lines, tables.profile, tables.extras.get("sessions"), policy)


def answerable(engine: ColumnarEngine, selection: Selection) -> Selection:
    return Selection(
        selection.data,
        selection.range,
        selection.compare,
        selection.grain,
        tuple(c for c in selection.clauses if c.field in engine.schema),
    )


def names_of(engine: ColumnarEngine) -> list[str]:
    return [f.name for f in engine.schema.fields]


def everything(engine: ColumnarEngine) -> tuple[str, ...]:
    measures = [m.name for m in MEASURES.values() if not engine.schema.missing(m.needs)]
    spreads = [
        f"{s}_{f}" for s in ("min", "max", "median", "p25", "p75") for f in ("amount", "rating") if f in engine.schema
    ]
    return tuple(dict.fromkeys((*available(engine.schema), *measures, *spreads)))


def assert_equal(engine: ColumnarEngine, oracle: Oracle, by: tuple[str, ...], selection: Resolved) -> None:
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


@quick
@given(companies.tables(), companies.selections(), st.sampled_from(GROUPINGS))
def test_any_selection_equals_the_oracle(tables: companies.Tables, selection: Selection, by: tuple[str, ...]) -> None:
    engine, oracle = engine_of(tables), oracle_of(tables)
    asked = engine.resolve(answerable(engine, selection))
    assert engine.bounds == oracle.bounds()
    assert_equal(engine, oracle, tuple(b for b in by if b in engine.schema or b == "period"), asked)


@quick
@given(
    companies.tables(),
    companies.selections(),
    st.sampled_from(GROUPINGS),
    companies.clauses(("product", "place", "city", "channel", "customer", "category", "weekday"), 2),
)
def test_inside_a_policy_all_is_as_if_the_other_lines_were_not_there(
    tables: companies.Tables, selection: Selection, by: tuple[str, ...], policy: tuple[Clause, ...]
) -> None:
    engine = engine_of(tables)
    policy = tuple(Clause(c.field, c.include, c.exclude) for c in policy if c.field in engine.schema)
    seen, oracle = engine.within(policy), oracle_of(tables, policy)
    assert seen.bounds == oracle.bounds()
    asked = seen.resolve(answerable(engine, selection))
    assert_equal(seen, oracle, tuple(b for b in by if b in engine.schema or b == "period"), asked)
    fewer = oracle.rows[tables.lines.columns]
    if len(fewer) and names_of(engine) == names_of(engine_of(companies.Tables(fewer, tables.profile))):
        alone = engine_of(companies.Tables(fewer, tables.profile))
        names = [n for n in everything(engine) if "session" not in n and n != "conversion_rate"]
        by = tuple(b for b in by if b in engine.schema or b == "period")
        pd.testing.assert_frame_equal(
            seen.aggregate(by, names, asked), alone.aggregate(by, names, asked), check_dtype=False
        )
        for field in ("product", "city", "value_tier"):
            if field in engine.schema:
                options, total = seen.values(field, "", asked, 50)
                assert (options.to_dict("records"), total) == (lambda o: (o[0].to_dict("records"), o[1]))(
                    alone.values(field, "", asked, 50)
                )


PARTITIONS = {
    "line": ("product", "category", "order_id", "place", "weekday", "value_tier"),
    "order": ("order_id", "place", "weekday", "hour", "period", "new_or_returning", "channel"),
    "customer": ("customer", "first_order_month", "value_tier"),
}


@quick
@given(
    companies.tables(), companies.selections(), st.sampled_from([(lv, f) for lv, fs in PARTITIONS.items() for f in fs])
)
def test_additive_metrics_sum_over_the_partitions_they_claim(
    tables: companies.Tables, selection: Selection, cut: tuple[str, str]
) -> None:
    level, field = cut
    engine = engine_of(tables)
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


def test_the_nasty_company_by_hand() -> None:
    engine = engine_of(companies.nasty())
    all_time = engine.resolve(Selection("toy"))
    row = engine.aggregate([], everything(engine), all_time).iloc[0]
    assert (row["orders"], row["customers"], row["repeat_customers"], row["lines"]) == (7, 3, 1, 12)
    assert row["revenue"] == 1419.98  # exact: whole cents
    assert row["refunds"] == 1059.97
    assert row["repeat_rate"] == pytest.approx(100 / 3)
    assert row["sessions"] == 51
    assert row["days"] == 426
    portland = engine.aggregate(
        ["place"], ["revenue"], engine.resolve(Selection("toy", clauses=(Clause("city", ("Portland",)),)))
    )
    assert list(portland["place"]) == ["US//Portland", "US/ME/Portland", "US/OR/Portland"]
    below = engine.aggregate([], ["orders"], engine.resolve(Selection("toy", clauses=(Clause("place", ("US",)),))))
    assert below["orders"].iloc[0] == 4  # not US/OR, a country of that name, whose path is US~1OR
    tiers = engine.aggregate(["value_tier"], ["customers", "revenue"], all_time)
    assert list(tiers["value_tier"]) == ["", "High", "Low"]
    assert list(tiers["customers"]) == [0, 2, 1]


def test_periods_are_complete_and_days_partial() -> None:
    engine = engine_of(companies.nasty())
    months = engine.aggregate(
        ["period"], ["orders", "days", "orders_per_day", "aov"], engine.resolve(Selection("toy", grain="month"))
    )
    assert list(months["period"].iloc[[0, 1, -1]]) == ["2019-12", "2020-01", "2021-02"]
    assert len(months) == 15
    assert list(months["days"].iloc[[0, 1, 2, -1]]) == [1, 31, 29, 28]
    assert math.isnan(months["aov"].iloc[4])
    hours = engine.aggregate(["period"], ["orders"], engine.resolve(Selection("toy", "2020-02-29..2020-03-01")))
    assert len(hours) == 24
    assert hours.loc[hours["orders"] > 0].to_dict("list") == {"period": ["2020-02-29T12"], "orders": [2]}


def test_order_limit_and_ties() -> None:
    engine = engine_of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    top = engine.aggregate(["product"], ["revenue"], asked, order="orders", limit=3)
    assert list(top.columns) == ["product", "revenue"]
    assert list(top["product"]) == [
        "Kabel/2m",
        "TV",
        "Ladegerät",
    ]  # 3, 2, and 1 order before the other ones of a single order
    assert len(engine.aggregate(["product"], ["revenue"], asked, limit=2)) == 2


def test_whole_orders_and_exclusion() -> None:
    engine = engine_of(companies.nasty())

    def ask(*clauses: Clause) -> list[float]:
        asked = engine.resolve(Selection("toy", clauses=clauses))
        return engine.aggregate([], ["orders", "lines"], asked).iloc[0].tolist()

    assert ask(Clause("product", ("iPhone",))) == [1, 3]
    assert ask(Clause("product", ("iPhone",), whole_orders=True)) == [1, 4]
    assert ask(Clause("product", (), ("iPhone",), whole_orders=True)) == [6, 8]
    assert ask(Clause("product", (), ("iPhone",))) == [7, 9]
    assert ask(Clause("product", ("Kabel/2m",)), Clause("product", ("iPhone",), whole_orders=True)) == [1, 1]


def test_entities() -> None:
    engine = engine_of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    found = engine.entities("customer", asked)
    people = found.frame().assign(name=found.labels(found.columns["code"])).set_index("name")
    assert list(people.index) == ["Ana", "Bo", "Çelik", "名前"]
    assert list(people["orders"]) == [1, 3, 0, 1]
    assert list(people["order_days"]) == [1, 2, 0, 1]
    assert pd.isna(people.loc["Çelik", "first"])
    assert people.loc["Ana", "last"] == pd.Timestamp("2020-02-29 12:00")
    assert people.loc["Bo", ["first", "last"]].tolist() == [
        pd.Timestamp("2019-12-31 23:59:59.999999"),
        pd.Timestamp("2020-01-01"),
    ]
    orders = engine.entities("order", asked)
    frame = orders.frame().assign(id=orders.labels(orders.columns["code"])).set_index("id")
    assert frame.loc["9", ["lines", "products", "units"]].tolist() == [3, 2, 3]
    assert frame.loc["14", "customer"] == -1
    assert frame["ordered_at"].is_monotonic_increasing
    bare = engine_of(companies.bare())
    with pytest.raises(NotInData):
        bare.entities("customer", bare.resolve(Selection("toy")))
    assert set(bare.entities("order", bare.resolve(Selection("toy"))).columns["customer"]) == {-1}


def test_values_search_without_case_and_accents() -> None:
    engine = engine_of(companies.nasty())
    asked = engine.resolve(Selection("toy", clauses=(Clause("product", ("iPhone",)), Clause("channel", ("web",)))))
    options, total = engine.values("product", "", asked, 3)
    assert total == 5
    assert options.to_dict("list") == {"value": ["Kabel/2m", "TV", "Ladegerät"], "orders": [2, 2, 1]}
    assert engine.values("product", " LADEGERAT", asked, 9)[0]["value"].tolist() == ["Ladegerät"]
    assert engine.values("city", "munchen", asked, 9)[0].to_dict("list") == {"value": ["München"], "orders": [0]}
    assert engine.values("weekday", "satur", asked, 9)[0]["value"].tolist() == ["5"]
    assert engine.values("city", "(not given)", asked, 9)[1] == 1


def test_unknown_values_are_named() -> None:
    engine = engine_of(companies.nasty())
    clauses = (
        Clause("city", ("Portland", "Atlantis")),
        Clause("place", ("US/OR",), ("US/XX",)),
        Clause("hour", ("25",)),
    )
    asked = engine.resolve(Selection("toy", clauses=clauses))
    assert set(engine.unknown_values(asked)) == {("city", "Atlantis"), ("place", "US/XX"), ("hour", "25")}
    seen = engine.within((Clause("region", ("ME",)),))
    assert ("place", "US/OR") in seen.unknown_values(asked)


def test_baskets() -> None:
    engine = engine_of(companies.nasty())
    found = engine.baskets("product", engine.resolve(Selection("toy", clauses=(Clause("product", ("iPhone",)),))))
    assert list(found.items) == ["Kabel/2m", "iPhone"]
    assert found.matrix.toarray().tolist() == [[1, 1]]
    categories = engine.baskets("category", engine.resolve(Selection("toy")))
    assert "" not in categories.items
    assert categories.matrix.shape == (7, 3)  # the order of the nameless category still counts
    with pytest.raises(UnknownName):
        engine.baskets("city", engine.resolve(Selection("toy")))


def test_lines_sorted_and_paged() -> None:
    engine = engine_of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    page = engine.lines(
        asked, ["order_id", "amount", "customer", "cost", "place"], [("customer", True), ("amount", False)], 2, 3
    )
    assert page.count == 12
    assert page.totals == {"revenue": 1419.98, "units": 16.0, "orders": 7.0}
    assert page.rows["customer"].tolist() == ["Ana", "Ana", "Ana"]
    assert page.rows["amount"].tolist() == [700.0, 700.0, 9.99]
    ends = engine.lines(asked, ["cost"], [("cost", False)], 0, 12).rows["cost"].tolist()
    assert ends[0] == 510.5
    assert math.isnan(ends[-1])
    assert len(engine.lines(asked, ["amount"], [], 11, 50).rows) == 1
    assert len(engine.lines(asked, ["amount"], [], 99, 50).rows) == 0
    with pytest.raises(UnknownName):
        engine.lines(asked, ["nonsense"], [], 0, 1)


def test_what_is_not_there_is_named() -> None:
    engine = engine_of(companies.bare())
    asked = engine.resolve(Selection("toy"))
    assert "hour" not in engine.schema
    for ask, error in (
        (lambda: engine.aggregate(["city"], ["revenue"], asked), NotInData),
        (lambda: engine.aggregate(["nonsense"], ["revenue"], asked), UnknownName),
        (lambda: engine.aggregate(["amount"], ["revenue"], asked), UnknownName),
        (lambda: engine.aggregate([], ["customers"], asked), NotInData),
        (lambda: engine.aggregate([], ["revenu"], asked), UnknownName),
        (lambda: engine.aggregate([], ["median_rating"], asked), NotInData),
        (lambda: engine.aggregate([], ["median_product"], asked), UnknownName),
        (lambda: engine.table("sessions"), NotInData),
        (lambda: engine_of(companies.nasty()).within((Clause("value_tier", ("High",)),)), EngineError),
    ):
        with pytest.raises(error):
            ask()


def test_tables_inside_a_policy() -> None:
    engine = engine_of(companies.nasty())
    assert len(engine.table("sessions")) == 5
    assert engine.within((Clause("channel", ("web",)),)).table("sessions")["sessions"].tolist() == [10, 20, 9]
    seen = engine.within((Clause("city", ("Portland",)),))
    with pytest.raises(NotInData):
        seen.table("sessions")
    assert math.isnan(seen.aggregate([], ["sessions"], seen.resolve(Selection("toy")))["sessions"].iloc[0])


def test_a_policy_inside_a_policy() -> None:
    engine = engine_of(companies.nasty())
    first, second = (Clause("country", ("US",)),), (Clause("product", ("iPhone", "TV")),)
    nested = engine.within(first).within(second)
    assert nested.policy == (first, second)
    asked = nested.resolve(Selection("toy"))
    flat = engine.within((*first, *second))
    pd.testing.assert_frame_equal(
        nested.aggregate(["product"], ["revenue"], asked), flat.aggregate(["product"], ["revenue"], asked)
    )
    nobody = engine.within((Clause("country", ("Atlantis",)),))
    nothing = nobody.resolve(Selection("toy"))
    assert nobody.aggregate([], ["revenue", "orders", "aov"], nothing).fillna(-1).iloc[0].tolist() == [0, 0, -1]
    assert nobody.aggregate(["period"], ["revenue"], nothing).empty
    assert nobody.values("city", "", nothing, 10)[1] == 0
    assert len(nobody.entities("customer", nothing)) == len(nobody.entities("order", nothing)) == 0
    assert nobody.baskets("product", nothing).matrix.shape == (0, 0)
    assert nobody.lines(nothing, ["amount"], [("amount", True)], 0, 10).count == 0
    assert engine.within(()) is engine


EMPTY = (
    (Clause("country"),),
    (Clause("product"),),
    (Clause("product", whole_orders=True),),
    (Clause("customer"), Clause("country", ("US",))),
)


@pytest.mark.parametrize("policy", EMPTY)
def test_a_policy_clause_without_values_lets_nothing_be_seen(policy: tuple[Clause, ...]) -> None:
    engine = engine_of(companies.nasty())
    for nobody in (engine.within(policy), engine.within((Clause("channel", ("web",)),)).within(policy)):
        assert nobody is not engine
        asked = nobody.resolve(Selection("toy"))
        assert nobody.aggregate([], ["revenue", "orders", "lines"], asked).iloc[0].tolist() == [0, 0, 0]
        assert nobody.aggregate(["product"], ["revenue"], asked).empty
        assert nobody.values("city", "", asked, 10)[1] == 0
        assert nobody.values("city", "", engine.resolve(Selection("toy")), 10)[1] == 0
        assert nobody.lines(engine.resolve(Selection("toy")), ["amount"], [], 0, 10).count == 0
        assert nobody.aggregate([], ["lines"], engine.resolve(Selection("toy")))["lines"].iloc[0] == 0
        with pytest.raises(NotInData):
            nobody.table("sessions")
    assert len(engine.within((Clause("channel"),)).table("sessions")) == 0


def test_a_policy_clause_that_only_excludes_lets_the_rest_be_seen() -> None:
    engine = engine_of(companies.nasty())
    seen = engine.within((Clause("product", exclude=("iPhone",)),))
    assert seen.aggregate([], ["lines"], seen.resolve(Selection("toy")))["lines"].iloc[0] == 9


def test_a_policy_in_layers_is_told_from_the_same_clauses_in_one_layer() -> None:
    engine = engine_of(companies.nasty())
    first, second = Clause("channel", ("web",)), Clause("product", ("iPhone",), whole_orders=True)
    nested, flat = engine.within((first,)).within((second,)), engine.within((first, second))
    assert nested.policy != flat.policy
    assert nested.policy == ((first,), (second,))
    assert flat.policy == ((first, second),)


def test_a_click_on_a_segment_does_not_change_the_segments() -> None:
    engine = engine_of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    before = engine.aggregate(["rfm_segment"], ["customers"], asked)
    segment = before["rfm_segment"].iloc[-1]
    clicked = engine.resolve(Selection("toy", clauses=(Clause("rfm_segment", (segment,)),)))
    assert engine.aggregate(["rfm_segment"], ["customers"], clicked).iloc[0].tolist() == before.iloc[-1].tolist()


def test_orders_with_many_lines_of_few_products() -> None:
    rows = [
        companies._line(f"{i % 3}", "2020-01-01 10:00", ["iPhone", "TV"][i * 7 % 13 % 2], 1, 1.0, "Ana", 0)
        for i in range(200)
    ]
    tables = companies.Tables(companies.frame(rows))
    assert_equal(engine_of(tables), oracle_of(tables), ("product",), engine_of(tables).resolve(Selection("toy")))


def test_sums_do_not_depend_on_grouping() -> None:
    rows = [
        companies._line(f"{i}", "2020-01-01 10:00", "TV", 1, 0.1 * 3, "Ana", i % 4) for i in range(10)
    ]  # 0.30000000000000004 each
    engine = engine_of(companies.Tables(companies.frame(rows)))
    assert engine.aggregate([], ["revenue"], engine.resolve(Selection("toy")))["revenue"].iloc[0] == 3.0


def test_another_range_keeps_the_filters() -> None:
    engine = engine_of(companies.nasty())
    asked = engine.resolve(Selection("toy")).at(TimeRange(np.datetime64("2000-01-01"), np.datetime64("2000-02-01")))
    assert engine.aggregate([], ["revenue", "days"], asked).iloc[0].tolist() == [0, 0]


HOURS = (
    3758,
    2255,
    1196,
    804,
    814,
    1259,
    2375,
    3836,
    6036,
    8404,
    10492,
    11882,
    12082,
    11682,
    10522,
    9761,
    9960,
    10476,
    11761,
    12377,
    11763,
    10499,
    8453,
    5990,
)


def test_bytronix_as_reported(sources: Path) -> None:
    from analytics.loading import catalog, dataset

    spec = catalog.load(Path(__file__).parents[2] / "data" / "bytronix.toml")
    engine = ColumnarEngine(store.in_memory(dataset.read(spec, sources)))
    asked = engine.resolve(Selection("bytronix"))
    row = engine.aggregate([], ["revenue", "orders", "units", "customers", "aov", "repeat_rate"], asked).iloc[0]
    assert row["revenue"] == 34_465_537.94
    assert row[["orders", "units", "customers"]].tolist() == [178_437, 208_812, 140_787]
    assert round(row["aov"], 2) == 193.15
    assert round(row["repeat_rate"], 2) == 21.87
    assert tuple(engine.aggregate(["hour"], ["orders"], asked)["orders"]) == HOURS
    months = engine.aggregate(["period"], ["revenue", "days"], asked.by("month")).set_index("period")
    assert months.loc["2019-01", "revenue"] == 1_812_742.87
    assert months.loc["2020-01"].tolist() == [8_670.29, 1]
    assert len(engine.aggregate(["place"], ["revenue"], asked)) == 10
