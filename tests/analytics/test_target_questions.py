"""How targets stand, against sums made one by one; and what they ask of each period of a chart."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from analytics import store as stores
from analytics.calendar import Calendar
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import insights_question
from analytics.insights.company import Company
from analytics.insights.kinds.changes.targets import against_target
from analytics.methods.timeseries.chance import Remainder, chance, remainder, shape
from analytics.metrics import available
from analytics.questions.overview import kpis
from analytics.questions.targets.standing import (
    COLUMNS,
    PENDING,
    Goal,
    along_time,
    declared,
    listed,
    remaining,
    standing,
)
from analytics.questions.targets.target import Target, parse_period
from analytics.questions.trends import over_time
from analytics.selection import Clause, Resolved, Selection
from dashboard.components.kpis import kpi_cards
from dashboard.components.markup import markup
from dashboard.context import Context
from dashboard.text.formats import formats
from tests.analytics import companies, odd_shapes

LAST = "2025-11-18"
NORTH = Clause("region", ("North",))


def company(**more: object) -> companies.Tables:
    """Some orders on every day of two years, which end with 18 November 2025; more in the week's end and in summer."""
    random = np.random.default_rng(11)
    rows = []
    for day in pd.date_range("2024-01-01", LAST):
        mean = 3 + 2 * (day.day_of_week >= 5) + 2 * (5 <= day.month <= 8)
        for number in range(max(1, random.poisson(mean))):
            rows.append({
                "order_id": f"{day:%m%d%y}-{number}", "ordered_at": f"{day:%Y-%m-%d}T{8 + number % 12:02d}:00",
                "product": "Lamp", "quantity": 1, "amount": float(random.integers(20, 200)),
                "region": ("North", "South")[int(random.integers(2))], "country": "US", "city": "Town",
                "customer": str(int(random.integers(200))),
            })  # fmt: skip
    tables = companies.Tables(companies.frame(rows), extras=more)
    tables.profile = replace(tables.profile, name="shop", data_until=np.datetime64(LAST, "D"))
    return tables


@pytest.fixture(scope="module")
def tables() -> companies.Tables:
    declared_rows = pd.DataFrame({
        "period": ["2025-11", "2025-13", "2025-12", "2025-11"], "metric": ["revenue", "revenue", "luck", "orders"],
        "value": [20_000.0, 1.0, 1.0, np.nan],
    })  # fmt: skip
    return company(targets=declared_rows)


@pytest.fixture(scope="module")
def engine(tables: companies.Tables) -> ColumnarEngine:
    return ColumnarEngine(stores.in_memory(tables))


@pytest.fixture(scope="module")
def now(engine: ColumnarEngine) -> Resolved:
    return engine.resolve(Selection("shop", "mtd"))


def target(period: str, value: float, metric: str = "revenue", **more: object) -> Target:
    return replace(Target(metric, parse_period(period, Calendar()), value), **more)  # type: ignore[arg-type]


def daily(tables: companies.Tables, region: str = "") -> pd.Series:
    """Revenue by day, added up line by line."""
    lines = tables.lines
    lines = lines[lines["region"] == region] if region else lines
    days = pd.date_range("2024-01-01", LAST)
    return lines.groupby(lines["ordered_at"].dt.normalize())["amount"].sum().reindex(days, fill_value=0.0)


def test_a_target_under_way(engine: ColumnarEngine, tables: companies.Tables, now: Resolved) -> None:
    wanted = target("2025-11", 20_000, clauses=(NORTH,))
    series = daily(tables, "North")
    found = standing(engine, now, Goal(wanted, remaining(engine, now, wanted)))
    reached = series["2025-11-01":].sum()
    assert found.actual == pytest.approx(reached)
    assert found.progress == pytest.approx(reached / 20_000 * 100)
    assert found.days_left == 12
    assert found.needed_per_day == pytest.approx((20_000 - reached) / 12)
    rest = remainder(series, wanted.span)
    assert found.chance == pytest.approx(100 * chance(rest, 20_000 - reached))
    assert found.pace == pytest.approx(100 * shape(series, wanted.span)[:18].sum())
    assert found.state == ("on track" if found.chance >= 50 else "behind")


def test_the_chance_falls_as_the_target_rises(engine: ColumnarEngine, now: Resolved) -> None:
    rest = remaining(engine, now, target("2025-11", 1))
    chances = [standing(engine, now, Goal(target("2025-11", v), rest)).chance for v in range(5_000, 40_000, 1_000)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 95
    assert chances[-1] < 5


def test_a_period_that_is_over_was_met_or_missed(
    engine: ColumnarEngine, tables: companies.Tables, now: Resolved
) -> None:
    october = daily(tables)["2025-10-01":"2025-10-31"].sum()
    for value, state in ((october, "met"), (october + 0.01, "missed")):
        found = standing(engine, now, Goal(target("2025-10", value)))
        assert (found.state, found.days_left, found.note) == (state, 0, "")
        assert np.isnan(found.chance)
        assert np.isnan(found.needed_per_day)
        assert found.pace == pytest.approx(100)


def test_a_period_that_has_not_begun(engine: ColumnarEngine, now: Resolved) -> None:
    wanted = target("2025-12", 10_000)
    found = standing(engine, now, Goal(wanted, remaining(engine, now, wanted)))
    assert (found.state, found.actual, found.days_left, found.pace) == ("not begun", 0.0, 31, 0.0)
    assert found.needed_per_day == pytest.approx(10_000 / 31)
    assert 0 < found.chance < 100


def test_a_target_that_is_reached_early(engine: ColumnarEngine, now: Resolved) -> None:
    found = standing(engine, now, Goal(target("2025-11", 100), pending=True))
    assert (found.state, found.note) == ("reached", PENDING)
    assert np.isnan(found.needed_per_day)


def test_ratios_have_no_chance_and_no_rate(engine: ColumnarEngine, now: Resolved) -> None:
    wanted = target("2025-11", 100, "aov")
    found = standing(engine, now, Goal(wanted, remaining(engine, now, wanted)))
    assert np.isnan(found.chance)
    assert np.isnan(found.needed_per_day)
    assert np.isnan(found.pace)
    assert "does not add up over days" in found.note
    assert found.actual == pytest.approx(engine.aggregate([], ["aov"], now)["aov"].iloc[0])
    assert found.state == ("on track" if found.actual >= 100 else "behind")


def test_a_limit_is_met_from_below(engine: ColumnarEngine, now: Resolved) -> None:
    assert target("2025-10", 1, "refunds").at_most
    assert standing(engine, now, Goal(target("2025-10", 1_000, "refunds"))).state == "met"
    running = standing(engine, now, Goal(target("2025-11", 10, "refunds"), pending=True))
    assert (running.state, running.progress) == ("on track", 0.0)
    rest = Remainder(np.array([1.0, 2.0, 9.0]), np.ones(3))
    assert chance(rest, 3, at_most=True) == pytest.approx(2.5 / 4)


def test_the_forecasts_refusal_is_told() -> None:
    few = companies.frame([companies.line("1", "2025-11-02T10:00", next(iter(companies.PRODUCTS)), 1, 5.0, "x", 0)])
    small = ColumnarEngine(stores.in_memory(companies.Tables(few)))
    there = small.resolve(Selection("x", "all"))
    wanted = target("2025-11", 10)
    found = standing(small, there, Goal(wanted, remaining(small, there, wanted)))
    assert np.isnan(found.chance)
    assert "The data hold only 1 day" in found.note


def test_a_goal_stands_on_number_cards_where_there_is_one(engine: ColumnarEngine, now: Resolved) -> None:
    plain = kpis(engine, now, {})
    both = kpis(engine, now, {}, targets=(Goal(target("2025-11", 9_000)), Goal(target("2025-11", 1, title="Low"))))
    assert list(plain.frame) == ["metric", "value", "base", "delta", "direction"]
    assert list(both.frame) == [*plain.frame, "target", "progress", "needed_per_day", "chance"]
    pd.testing.assert_frame_equal(both.frame[list(plain.frame)], plain.frame)
    row = both.frame.set_index("metric").loc["revenue"]
    assert row["target"] == 9_000, "the one without a name comes first"
    assert row["progress"] == pytest.approx(row["value"] / 9_000 * 100)
    assert both.frame.set_index("metric")["target"].drop("revenue").isna().all()
    assert both.more["targets"]["name"].tolist() == ["", "Low"]


def slow_along(series: pd.Series, targets: list[Target], now: Resolved) -> list[float]:
    """What targets ask of each period: day by day, the shortest target that has the day."""
    asked = []
    edges = now.calendar.edges(now.span, now.grain)
    for begin, end in pairwise(edges):
        total = 0.0
        for day in np.arange(begin, end, dtype="datetime64[D]"):
            having = sorted((t.span.days, i) for i, t in enumerate(targets) if t.span.start <= day < t.span.end)
            if not having:
                total = np.nan
                break
            t = targets[having[0][1]]
            total += t.value * shape(series, t.span)[int((day - t.span.start).astype(int))]
        asked.append(total)
    return asked


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter"])
def test_a_chart_shows_what_is_asked_of_each_period(
    engine: ColumnarEngine, tables: companies.Tables, grain: str
) -> None:
    there = engine.resolve(Selection("shop", "2025-08-05..2025-11-19", grain=grain))
    targets = [target(f"2025-{m:02d}", 1000 + m) for m in (9, 10, 11, 12)] + [target("2025-Q4", 5000)]
    found = along_time(engine, there, "revenue", [Goal(t) for t in targets])
    assert found is not None
    np.testing.assert_allclose(found, slow_along(daily(tables), targets, there))
    frame = over_time(engine, there, {}, metric="revenue", targets=[Goal(t) for t in targets]).frame
    np.testing.assert_array_equal(frame["target"], found)


def test_goals_that_change_month_to_month_are_a_series_and_not_a_point(engine: ColumnarEngine) -> None:
    there = engine.resolve(Selection("shop", "2025-09-01..2025-11-01", grain="month"))
    found = along_time(engine, there, "revenue", [Goal(target("2025-09", 900)), Goal(target("2025-10", 1000))])
    np.testing.assert_allclose(found, [900, 1000])  # type: ignore[arg-type]


def test_a_ratio_target_is_a_level_and_never_a_sum(engine: ColumnarEngine) -> None:
    there = engine.resolve(Selection("shop", "2025-09-01..2025-11-01", grain="month"))
    goals = [Goal(target("2025-Q3", 80, "aov")), Goal(target("2025-10", 90, "aov"))]
    assert along_time(engine, there, "aov", goals).tolist() == [80, 90]  # type: ignore[union-attr]
    quarter = engine.resolve(Selection("shop", "2025-09-01..2025-11-01", grain="quarter"))
    found = along_time(engine, quarter, "aov", goals)
    assert found is not None
    assert found[0] == 80
    assert np.isnan(found[1]), "one month of three says nothing of the quarter"
    assert along_time(engine, there, "revenue", goals) is None
    assert "target" not in over_time(engine, there, {}, metric="revenue", targets=goals).frame


def test_a_goal_may_come_from_a_query_as_a_table_and_what_is_wrong_is_counted(engine: ColumnarEngine) -> None:
    found, wrong = declared(engine)
    assert [(t.metric, str(t.span), t.value, t.id) for t in found] == [
        ("revenue", "2025-11-01..2025-12-01", 20_000.0, 0)
    ]
    assert wrong == 3
    assert declared(engine.within((NORTH,))) == ((), 0), "a table without regions is not for somebody of one"


def test_the_list_has_a_row_for_every_target(engine: ColumnarEngine, now: Resolved) -> None:
    goals = [Goal(target("2025-11", 9_000, clauses=(NORTH,), title="Plan", id=7))]
    answer = listed(engine, now, {}, targets=goals)
    assert tuple(answer.frame) == COLUMNS
    row = answer.frame.iloc[0]
    assert (row["period"], row["filters"], row["name"], row["number"]) == ("2025-11", "region=North", "Plan", 7)
    assert (row["first_day"], row["last_day"]) == ("2025-11-01", "2025-11-30")
    assert "3 rows" in answer.notes[0]
    assert tuple(listed(engine, now, {}).frame) == COLUMNS


def told(engine: ColumnarEngine, now: Resolved, *goals: Goal) -> pd.Series:
    """The first insight."""
    return insights_question(engine, now, topic="business", targets=goals).frame.iloc[0]


def test_the_first_insight_tells_of_the_target(engine: ColumnarEngine, now: Resolved) -> None:
    wanted = target("2025-11", 20_000)
    rest = remaining(engine, now, wanted)
    found = standing(engine, now, Goal(wanted, rest))
    row = told(engine, now, Goal(wanted, rest))
    assert (row["kind"], row["list"]) == ("target", "news")
    assert f"is at {found.progress:.0f}% of its target" in row["sentence"]
    assert "is 20,000.00 USD." in row["sentence"]
    assert "after 18 days" in row["sentence"]
    assert f"Chance of meeting it: {found.chance:.0f}%." in row["sentence"]
    assert row["strength"] == pytest.approx(found.progress)
    pending = told(engine, now, Goal(wanted, pending=True))
    assert "Chance" not in pending["sentence"], "what was found before for another state is not told again"
    assert told(engine, now)["kind"] != "target"


def test_an_insight_tells_what_each_day_has_to_bring(engine: ColumnarEngine, now: Resolved) -> None:
    wanted = target("2025-11", 30_000)
    row = told(engine, now, Goal(wanted, remaining(engine, now, wanted)))
    assert "12 days left: it needs" in row["recommendation"]


@pytest.mark.parametrize(("value", "word"), [(1.0, "met"), (1e9, "missed")])
def test_an_insight_tells_how_a_period_ended(engine: ColumnarEngine, value: float, word: str) -> None:
    october = engine.resolve(Selection("shop", "last_month"))
    row = told(engine, october, Goal(target("2025-10", value)))
    assert f"Revenue {word} its target for 2025-10-01 to 2025-10-31: " in row["sentence"]
    other = told(engine, october, Goal(target("2025-10", value, "orders")), Goal(target("2025-10", 5, "customers")))
    assert "Orders " in other["sentence"], "the more important metric"
    level = told(engine, engine.resolve(Selection("shop", "mtd")), Goal(target("2025-11", 50, "aov")))
    assert "Average order value is " in level["sentence"]


def test_a_blank_figure_is_neither_met_nor_missed(engine: ColumnarEngine) -> None:
    nobody = target("2025-10", 10, "aov", clauses=(Clause("region", ("West",)),))
    there = engine.resolve(Selection("shop", "last_month"))
    found = standing(engine, there, Goal(nobody))
    assert found.state == "unknown"
    assert np.isnan(found.progress)
    assert against_target(Company(engine, there, goals=(Goal(nobody),))) == []


def test_any_metric_can_have_a_goal(engine: ColumnarEngine, now: Resolved) -> None:
    for metric in available(engine.schema):
        for period in ("2025-10", "2025-11", "2025-12"):
            wanted = target(period, 5.0, metric)
            goal = Goal(wanted, None if wanted.adds_up else remaining(engine, now, wanted))
            found = standing(engine, now, goal)
            assert found.state in ("not begun", "on track", "behind", "reached", "met", "missed", "unknown"), metric
            assert wanted.adds_up or np.isnan(found.needed_per_day), metric
        against_target(Company(engine, now, goals=(goal,)))


@pytest.mark.sampled(10)
@pytest.mark.parametrize("shape", odd_shapes.SHAPES)
def test_targets_of_odd_companies_stand_or_say_why_not(shape: str) -> None:
    odd = ColumnarEngine(stores.in_memory(odd_shapes.SHAPES[shape]()))
    now = odd.resolve(Selection("odd", "mtd"))
    last = str(odd.bounds.complete.last)[:7]
    begin = np.datetime64(last, "M")
    for metric in set(available(odd.schema)) & {"revenue", "aov", "refunds"}:
        for month in (str(begin), str(begin + 1)):
            wanted = target(month, 100.0, metric)
            goal = Goal(wanted, remaining(odd, now, wanted))
            found = standing(odd, now, goal)
            assert np.isnan(found.chance) or 0 < found.chance < 100
            assert found.note or found.days_left == 0 or not np.isnan(found.chance), (metric, month)
            if month == str(begin) and metric != "refunds":  # which is no key figure
                context = Context("Key figures", now, {}, formats("USD", "en-US"), odd.schema)
                assert "target-bar" in str(markup(kpi_cards(kpis(odd, now, {}, targets=(goal,)), context)))
            over_time(odd, now, {}, metric=metric, targets=(goal,))
