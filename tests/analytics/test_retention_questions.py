"""New and returning customers, cohorts and retention as the pages ask: CDNOW's figures, a slow company, censoring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from analytics import store
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotInData
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.methods.customers import cohorts
from analytics.profile import Profile
from analytics.questions.customers import retention
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies
from tests.samples import examples

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def cdnow(sources: Path) -> Engine:
    return ColumnarEngine(store.in_memory(read(load(DATA / "cdnow.toml"), sources)))


def engine_of(tables: companies.Tables) -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(tables))


def asked(engine: Engine, *clauses: Clause, span: str = "all", grain: str = "month") -> Resolved:
    return engine.resolve(Selection(engine.name, span, "none", grain, clauses))


# --- CDNOW ----------------------------------------------------------------------------------------------------------

COUNTS = {
    "1997-01": (7846, 1157, 964, 810, 679, 736, 720),
    "1997-02": (8476, 1312, 980, 783, 847, 786, 626),
    "1997-03": (7248, 1032, 752, 756, 674, 564, 561),
}


@pytest.mark.long
def test_cohorts_of_cdnow(cdnow: Engine, sources: Path) -> None:
    answer = retention.cohort_retention(cdnow, asked(cdnow), {})
    table = answer.frame.pivot(index="first_order_month", columns="months_later", values="customers")
    for month, counts in COUNTS.items():
        assert table.loc[month, list(range(7))].tolist() == list(counts)
    expected = pd.read_csv(sources / "cdnow" / "cdnow_cohort_counts_calendar.csv", index_col=0)
    expected.columns = expected.columns.astype(int)
    assert table.shape == expected.shape
    assert np.array_equal(table.to_numpy(float), expected.to_numpy(float), equal_nan=True)
    size = answer.frame.drop_duplicates("first_order_month").set_index("first_order_month")["cohort_size"]
    assert size.to_dict() == {m: c[0] for m, c in COUNTS.items()}
    january = answer.frame[answer.frame["first_order_month"] == "1997-01"].set_index("months_later")
    assert january.loc[1, "rate"] == pytest.approx(1157 / 7846 * 100)


def test_averages_of_cdnow_count_only_cohorts_observed(cdnow: Engine) -> None:
    average = retention.cohort_retention(cdnow, asked(cdnow), {}).more["average"].set_index("k")
    assert average.loc[1, "rate"] == pytest.approx(14.85, abs=0.005)
    assert average.loc[6, "rate"] == pytest.approx(8.09, abs=0.005)
    assert average.loc[17, "rate"] == pytest.approx(6.35, abs=0.005)  # naively 2.11
    assert average.loc[16, "rate"] == pytest.approx(6.42, abs=0.005)  # naively 4.45


def test_retention_of_cdnow_by_quarter(cdnow: Engine) -> None:
    frame = retention.retention_over_time(cdnow, asked(cdnow), {"by": "quarter"}).frame.set_index("period")
    assert frame.loc["1997-Q2", "rate"] == pytest.approx(22.809, abs=0.0005)
    assert frame.loc["1997-Q3", "rate"] == pytest.approx(42.578, abs=0.0005)
    assert np.isnan(frame.loc["1997-Q1", "rate"])  # nothing is known of the quarter before


def test_an_earlier_end_blanks_what_it_has_not_seen(cdnow: Engine) -> None:
    frame = retention.cohort_retention(cdnow, asked(cdnow, span="1997-01-01..1997-04-16"), {}).frame
    table = frame.pivot(index="first_order_month", columns="months_later", values="customers")
    assert table.loc["1997-01", [0, 1, 2]].tolist() == [7846, 1157, 964]
    assert np.isnan(table.loc["1997-01", 3])  # April is seen for half
    assert np.isnan(table.loc["1997-03", 1])
    assert table.columns.max() == 3


def test_cohorts_are_those_that_begin_in_the_range(cdnow: Engine) -> None:
    frame = retention.cohort_retention(cdnow, asked(cdnow, span="1997-03-01..1998-07-01"), {}).frame
    assert frame["first_order_month"].unique().tolist() == ["1997-03"]
    assert frame["customers"][:7].tolist() == list(COUNTS["1997-03"])


# --- slow companies -------------------------------------------------------------------------------------------------


def purchases(tables: companies.Tables) -> pd.DataFrame:
    """One row an order with a sale of a known customer."""
    lines = tables.lines[tables.lines["sale"] & (tables.lines["customer"] != "")]
    return lines.groupby("order_id").agg(customer=("customer", "first"), at=("ordered_at", "min")).sort_values("at")


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(companies.tables())
def test_cohorts_against_the_pure_method(tables: companies.Tables) -> None:
    """Without filters the engine's cohorts are those of cohorts.calendar_cohorts over its orders."""
    engine = engine_of(tables)
    if "customer" not in engine.schema or "first_order_month" not in engine.schema:
        return
    everything = asked(engine)
    found = engine.lines(everything, ["order_id", "customer", "ordered_at", "amount"], [], 0, 10_000).rows
    known = found[(found["amount"] > 0) & (found["customer"] != "")]
    codes = np.unique(known["customer"].astype(str), return_inverse=True)[1].astype("int64")
    expected = cohorts.calendar_cohorts(
        codes, known["ordered_at"].to_numpy(), engine.bounds.until - np.timedelta64(1, "D")
    )
    counts = retention.cohort_counts(engine, everything)
    assert counts.index.tolist() == expected.index.tolist()
    assert counts["size"].tolist() == expected["size"].tolist()
    months = [c for c in expected.columns if c != "size"]
    for cohort in counts.index:
        ours, theirs = counts.loc[cohort].drop("size"), expected.loc[cohort, months]
        for k in months:
            mine = ours.get(k, np.nan)
            assert (np.isnan(mine) and (np.isnan(theirs[k]) or theirs[k] == 0)) or mine == theirs[k]


def test_new_and_returning_of_the_nasty_company() -> None:
    tables = companies.nasty()
    engine = engine_of(tables)
    answer = retention.new_and_returning(engine, asked(engine), {})
    orders = purchases(tables)
    first = orders.groupby("customer")["at"].min()
    seen: set[str] = set()
    slow: dict[tuple[str, str], int] = {}
    for row in orders.itertuples():
        kind = "New" if row.customer not in seen else "Returning"
        seen.add(row.customer)
        key = (f"{row.at:%Y-%m}", kind)
        slow[key] = slow.get(key, 0) + 1
    frame = answer.frame
    assert {(r.period, r.new_or_returning): r.orders for r in frame.itertuples() if r.orders} == slow
    assert frame.loc[frame["new_or_returning"] == "New", "customers"].sum() == len(first)
    assert len(frame) == 2 * frame["period"].nunique()  # every period has both, as zeros where nobody came
    assert any("2 orders without a customer" in n for n in answer.notes)
    both = frame.groupby("period")["share"].sum(min_count=2).dropna()
    assert both.tolist() == pytest.approx([100] * len(both))


def test_new_customers_by_channel_count_each_once() -> None:
    rows = [
        companies.line("1", "2020-01-01", "TV", 1, 10.0, "Ana", 0, channel="web"),
        companies.line("2", "2020-01-05", "TV", 1, 90.0, "Ana", 0, channel="shop"),
        companies.line("3", "2020-02-01", "TV", 1, 30.0, "Bo", 0, channel="shop"),
        companies.line("4", "2020-02-02", "TV", 1, 30.0, "", 0, channel="shop"),
    ]
    engine = engine_of(companies.Tables(companies.frame(rows)))
    frame = retention.new_customers_by_channel(engine, asked(engine), {}).frame
    assert frame[["channel", "new_or_returning", "customers", "share", "revenue"]].to_numpy().tolist() == [
        ["shop", "New", 1, 50.0, 30.0],
        ["web", "New", 1, 50.0, 10.0],
    ]
    later = retention.new_customers_by_channel(engine, asked(engine, span="2020-02-01..2020-03-01"), {}).frame
    assert later["customers"].tolist() == [1]
    # what a click on the mark filters is what the mark counts
    mark = asked(engine, Clause("channel", ("web",)), Clause("new_or_returning", ("New",)))
    assert engine.aggregate([], ["customers", "revenue"], mark).iloc[0].tolist() == [1, 10.0]


def company(*orders: tuple[str, str], until: str = "2020-06-30") -> ColumnarEngine:
    rows = [companies.line(str(i), day, "TV", 1, 10.0, who, 0) for i, (who, day) in enumerate(orders)]
    return engine_of(companies.Tables(companies.frame(rows), Profile("toy", "Toy", data_until=until)))


def test_retention_over_time_by_hand() -> None:
    engine = company(
        ("Ana", "2020-01-01"),
        ("Ana", "2020-01-31"),
        ("Bo", "2020-01-15"),
        ("Bo", "2020-02-29"),
        ("Cy", "2020-02-29"),
        ("Bo", "2020-04-01"),
        ("Ana", "2020-04-15"),
        until="2020-04-15",
    )
    frame = retention.retention_over_time(engine, asked(engine), {}).frame.set_index("period")
    assert frame["customers"].to_dict() == {"2020-01": 2, "2020-02": 2, "2020-03": 0, "2020-04": 2}
    assert frame["retained"].to_dict() == {"2020-01": 0, "2020-02": 1, "2020-03": 0, "2020-04": 0}
    assert frame.loc["2020-02", "rate"] == 50
    assert frame.loc["2020-03", "rate"] == 0  # March is seen whole and nobody came: a true zero
    assert np.isnan(frame.loc["2020-01", "rate"])
    assert np.isnan(frame.loc["2020-04", "rate"])  # half a month, and nobody in March


def test_the_period_before_the_range_counts() -> None:
    engine = company(
        ("Ana", "2020-01-10"), ("Bo", "2020-01-11"), ("Ana", "2020-02-10"), ("Ana", "2020-03-31"), until="2020-03-31"
    )
    frame = retention.retention_over_time(engine, asked(engine, span="2020-03-01..2020-04-01"), {}).frame
    assert frame[["customers", "previous_customers", "retained", "rate"]].to_numpy().tolist() == [[1, 1, 1, 100.0]]
    february = retention.retention_over_time(engine, asked(engine, span="2020-02-01..2020-03-01"), {}).frame
    assert np.isnan(february["rate"][0])  # the data begin on 10 January


def test_where_nobody_begins_in_the_range_earlier_cohorts_are_shown() -> None:
    rows = [companies.line(str(i), f"2020-0{i}-10", "TV", 1, 10.0, "Ana", 0) for i in (1, 2, 3)]
    engine = engine_of(companies.Tables(companies.frame(rows), Profile("toy", "Toy", data_until="2020-03-31")))
    answer = retention.cohort_retention(engine, asked(engine, span="2020-03-01..2020-04-01"), {})
    assert answer.frame["first_order_month"].unique().tolist() == ["2020-01"]
    assert answer.frame["customers"].tolist() == [1, 1, 1]
    assert answer.notes[0].startswith("Nobody first ordered in these months")


def test_filters_limit_a_cohort_and_its_size() -> None:
    rows = [
        companies.line("1", "2020-01-10", "TV", 1, 10.0, "Ana", 0),
        companies.line("2", "2020-02-10", "iPhone", 1, 10.0, "Ana", 0),
        companies.line("3", "2020-01-11", "iPhone", 1, 10.0, "Bo", 0),
        companies.line("4", "2020-01-12", "TV", 1, 10.0, "Cy", 0),
    ]
    engine = engine_of(companies.Tables(companies.frame(rows), Profile("toy", "Toy", data_until="2020-02-29")))
    frame = retention.cohort_retention(
        engine, asked(engine, Clause("product", ("iPhone",)), span="2020-01-01..2020-03-01"), {}
    ).frame
    assert frame["cohort_size"].tolist()[0] == 2
    assert frame["customers"].tolist()[0] == 1
    assert frame["rate"].max() <= 100


@pytest.mark.parametrize(
    "question",
    [retention.cohort_retention, retention.retention_over_time, retention.new_and_returning],
    ids=lambda q: q.__name__,
)
def test_nothing_selected(question: Callable) -> None:
    engine = company(("Ana", "2020-01-01"))
    frame = question(engine, asked(engine, Clause("product", ("nothing",))), {}).frame
    counts = frame.get("customers", pd.Series(dtype=float))
    assert counts.sum() == 0
    if question is not retention.new_and_returning:
        assert frame["rate"].isna().all()


def test_without_customers_it_says_so() -> None:
    engine = engine_of(companies.bare())
    for question in (retention.cohort_retention, retention.retention_over_time, retention.new_and_returning):
        with pytest.raises(NotInData):
            question(engine, asked(engine), {})
    with pytest.raises(NotInData):
        retention.new_customers_by_channel(engine, asked(engine), {})
