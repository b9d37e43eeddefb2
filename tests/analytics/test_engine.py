"""Every engine against the oracle, under any selection, grouping and policy; and what it answers, by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from analytics import store as stores
from analytics.calendar import TimeRange
from analytics.errors import EngineError, NotInData, UnknownName
from analytics.selection import Clause, Selection
from tests.analytics import companies
from tests.analytics.engine_checks import (
    GROUPINGS,
    PARTITIONS,
    POLICY_FIELDS,
    adds_up,
    assert_equal,
    equals_the_oracle,
    everything,
    hides_other_lines,
    oracle_of,
)
from tests.analytics.engines import EngineKind

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]


@pytest.mark.drawn
def test_any_selection_equals_the_oracle(kind: EngineKind) -> None:
    kind.check(equals_the_oracle, companies.tables(), companies.selections(), st.sampled_from(GROUPINGS))


@pytest.mark.long
@pytest.mark.drawn
def test_inside_a_policy_all_is_as_if_the_other_lines_were_not_there(kind: EngineKind) -> None:
    policies = companies.policies(POLICY_FIELDS)
    kind.check(hides_other_lines, companies.tables(), companies.selections(), st.sampled_from(GROUPINGS), policies)


@pytest.mark.long
@pytest.mark.drawn
def test_additive_metrics_sum_over_the_partitions_they_claim(kind: EngineKind) -> None:
    partitions = st.sampled_from([(level, field) for level, fields in PARTITIONS.items() for field in fields])
    kind.check(adds_up, companies.tables(), companies.selections(), partitions)


def test_the_nasty_company_by_hand(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
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


def test_periods_are_complete_and_days_partial(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
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


def test_lines_alone_are_counted(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    assert engine.aggregate([], ["lines"], engine.resolve(Selection("toy")))["lines"].tolist() == [12]


def test_order_limit_and_ties(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    top = engine.aggregate(["product"], ["revenue"], asked, order="orders", limit=3)
    assert list(top.columns) == ["product", "revenue"]
    assert list(top["product"]) == [
        "Kabel/2m",
        "TV",
        "Ladegerät",
    ]  # 3, 2, and 1 order before the other ones of a single order
    assert len(engine.aggregate(["product"], ["revenue"], asked, limit=2)) == 2


def test_whole_orders_and_exclusion(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())

    def ask(*clauses: Clause) -> list[float]:
        asked = engine.resolve(Selection("toy", clauses=clauses))
        return engine.aggregate([], ["orders", "lines"], asked).iloc[0].tolist()

    assert ask(Clause("product", ("iPhone",))) == [1, 3]
    assert ask(Clause("product", ("iPhone",), whole_orders=True)) == [1, 4]
    assert ask(Clause("product", (), ("iPhone",), whole_orders=True)) == [6, 8]
    assert ask(Clause("product", (), ("iPhone",))) == [7, 9]
    assert ask(Clause("product", ("Kabel/2m",)), Clause("product", ("iPhone",), whole_orders=True)) == [1, 1]


def test_entities(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
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
    bare = kind.of(companies.bare())
    with pytest.raises(NotInData):
        bare.entities("customer", bare.resolve(Selection("toy")))
    assert set(bare.entities("order", bare.resolve(Selection("toy"))).columns["customer"]) == {-1}


def test_values_search_without_case_and_accents(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    asked = engine.resolve(Selection("toy", clauses=(Clause("product", ("iPhone",)), Clause("channel", ("web",)))))
    options, total = engine.values("product", "", asked, 3)
    assert total == 5
    assert options.to_dict("list") == {"value": ["Kabel/2m", "TV", "Ladegerät"], "orders": [2, 2, 1]}
    assert engine.values("product", " LADEGERAT", asked, 9)[0]["value"].tolist() == ["Ladegerät"]
    assert engine.values("city", "munchen", asked, 9)[0].to_dict("list") == {"value": ["München"], "orders": [0]}
    assert engine.values("weekday", "satur", asked, 9)[0]["value"].tolist() == ["5"]
    assert engine.values("city", "(not given)", asked, 9)[1] == 1


def test_regions_and_places_are_found_by_what_people_call_them_and_by_their_code(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    assert engine.values("region", "oregon", asked, 9)[0]["value"].tolist() == ["OR"]
    assert engine.values("region", "or", asked, 9)[0]["value"].tolist()[:1] == ["OR"]
    assert engine.schema.label("region", "OR") == "Oregon"
    typed = ("portland (", "portland")
    found, all_found = (set(engine.values("place", text, asked, 9)[0]["value"]) for text in typed)
    assert found == all_found, "it has namesakes"
    one = engine.within((Clause("region", ("OR",)),))
    assert one.schema.label("place", "US/OR/Portland") == "Portland", "of the places that this viewer sees"


def test_unknown_values_are_named(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    clauses = (
        Clause("city", ("Portland", "Atlantis")),
        Clause("place", ("US/OR",), ("US/XX",)),
        Clause("hour", ("25",)),
    )
    asked = engine.resolve(Selection("toy", clauses=clauses))
    assert set(engine.unknown_values(asked)) == {("city", "Atlantis"), ("place", "US/XX"), ("hour", "25")}
    seen = engine.within((Clause("region", ("ME",)),))
    assert ("place", "US/OR") in seen.unknown_values(asked)


def test_baskets(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    found = engine.baskets("product", engine.resolve(Selection("toy", clauses=(Clause("product", ("iPhone",)),))))
    assert list(found.items) == ["Kabel/2m", "iPhone"]
    assert found.matrix.toarray().tolist() == [[1, 1]]
    categories = engine.baskets("category", engine.resolve(Selection("toy")))
    assert "" not in categories.items
    assert categories.matrix.shape == (7, 3)  # the order of the nameless category still counts
    with pytest.raises(UnknownName):
        engine.baskets("city", engine.resolve(Selection("toy")))


def test_lines_sorted_and_paged(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
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


def test_what_is_not_there_is_named(kind: EngineKind) -> None:
    engine = kind.of(companies.bare())
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
        (lambda: kind.of(companies.nasty()).within((Clause("value_tier", ("High",)),)), EngineError),
    ):
        with pytest.raises(error):
            ask()


def test_tables_inside_a_policy(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    assert len(engine.table("sessions")) == 5
    assert engine.within((Clause("channel", ("web",)),)).table("sessions")["sessions"].tolist() == [10, 20, 9]
    seen = engine.within((Clause("city", ("Portland",)),))
    with pytest.raises(NotInData):
        seen.table("sessions")
    assert math.isnan(seen.aggregate([], ["sessions"], seen.resolve(Selection("toy")))["sessions"].iloc[0])


def test_a_policy_inside_a_policy(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
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


@pytest.mark.sampled(6)
@pytest.mark.parametrize("policy", EMPTY)
def test_a_policy_clause_without_values_lets_nothing_be_seen(kind: EngineKind, policy: tuple[Clause, ...]) -> None:
    engine = kind.of(companies.nasty())
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


@pytest.mark.long
def test_policies_that_ask_in_turn_never_get_what_another_was_answered(kind: EngineKind) -> None:
    """They share what is kept of selections, so that many groups do not take many times the memory."""
    tables = companies.nasty()
    shared = kind.of(tables)
    policies = [(Clause("country", ("US",)),), (Clause("country", (), ("US",)),), (Clause("product", ("iPhone",)),), ()]
    for by in ([], ["product"], ["customer"], ["rfm_segment"], ["period"]):
        for policy in (*policies, *reversed(policies)):
            seen, alone = shared.within(policy), kind.of(tables).within(policy)
            asked = seen.resolve(Selection("toy", clauses=(Clause("channel", ("web",)),)))
            metrics = ["revenue", "orders", "customers"]
            pd.testing.assert_frame_equal(seen.aggregate(by, metrics, asked), alone.aggregate(by, metrics, asked))


def test_a_policy_clause_that_only_excludes_lets_the_rest_be_seen(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    seen = engine.within((Clause("product", exclude=("iPhone",)),))
    assert seen.aggregate([], ["lines"], seen.resolve(Selection("toy")))["lines"].iloc[0] == 9


def test_a_policy_in_layers_is_told_from_the_same_clauses_in_one_layer(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    first, second = Clause("channel", ("web",)), Clause("product", ("iPhone",), whole_orders=True)
    nested, flat = engine.within((first,)).within((second,)), engine.within((first, second))
    assert nested.policy != flat.policy
    assert nested.policy == ((first,), (second,))
    assert flat.policy == ((first, second),)


def test_a_click_on_a_segment_does_not_change_the_segments(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
    asked = engine.resolve(Selection("toy"))
    before = engine.aggregate(["rfm_segment"], ["customers"], asked)
    segment = before["rfm_segment"].iloc[-1]
    clicked = engine.resolve(Selection("toy", clauses=(Clause("rfm_segment", (segment,)),)))
    assert engine.aggregate(["rfm_segment"], ["customers"], clicked).iloc[0].tolist() == before.iloc[-1].tolist()


def test_orders_with_many_lines_of_few_products(kind: EngineKind) -> None:
    rows = [
        companies.line(f"{i % 3}", "2020-01-01 10:00", ["iPhone", "TV"][i * 7 % 13 % 2], 1, 1.0, "Ana", 0)
        for i in range(200)
    ]
    tables = companies.Tables(companies.frame(rows))
    assert_equal(kind.of(tables), oracle_of(tables), ("product",), kind.of(tables).resolve(Selection("toy")))


def test_sums_do_not_depend_on_grouping(kind: EngineKind) -> None:
    rows = [
        companies.line(f"{i}", "2020-01-01 10:00", "TV", 1, 0.1 * 3, "Ana", i % 4) for i in range(10)
    ]  # 0.30000000000000004 each
    engine = kind.of(companies.Tables(companies.frame(rows)))
    assert engine.aggregate([], ["revenue"], engine.resolve(Selection("toy")))["revenue"].iloc[0] == 3.0


def test_another_range_keeps_the_filters(kind: EngineKind) -> None:
    engine = kind.of(companies.nasty())
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


@pytest.mark.usefixtures("sources")
def test_bytronix_as_reported(kind: EngineKind, store: Path) -> None:
    engine = kind.make(stores.open(store, "bytronix"))
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
