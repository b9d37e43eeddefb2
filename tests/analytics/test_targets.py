"""Which targets a viewer may see, and which belong to a selection, against slow and obvious computations."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from analytics.calendar import Calendar, TimeRange
from analytics.errors import RequestError
from analytics.questions.targets.target import (
    Target,
    all_of,
    merged,
    of_selection,
    of_time,
    parse_period,
    period_name,
    within,
)
from analytics.selection import Bounds, Clause, Resolved, Selection

NORTH, WEB = Clause("region", ("North",)), Clause("channel", ("web",))
BOUNDS = Bounds(*(np.datetime64(day, "D") for day in ("2024-03-01", "2025-11-20", "2025-11-19")))
ROWS = [{"region": r, "channel": c} for r, c in product(("North", "South", "East"), ("web", "shop"))]


def target(period: str, value: float = 100.0, metric: str = "revenue", **more: object) -> Target:
    return replace(Target(metric, parse_period(period, Calendar()), value), **more)  # type: ignore[arg-type]


def resolved(words: str, *clauses: Clause) -> Resolved:
    return Selection("shop", words, clauses=clauses).resolve(BOUNDS)


def kept(*clauses: Clause) -> list[int]:
    """The rows for which every clause holds, one by one."""
    return [
        i
        for i, row in enumerate(ROWS)
        if all(c and (not c.include or row[c.field] in c.include) and row[c.field] not in c.exclude for c in clauses)
    ]


def some_clauses() -> list[tuple[Clause, ...]]:
    values = [(), ("North",), ("North", "South"), ("South",)]
    regions = [Clause("region", i, e) for i, e in product(values, values)]
    return [(), *((c,) for c in regions), *((c, WEB) for c in regions), (WEB,), (Clause("channel", (), ("web",)),)]


def test_merged_clauses_keep_the_same_rows() -> None:
    for first, second in product(some_clauses(), some_clauses()):
        assert kept(*merged(first, second)) == kept(*first, *second), (first, second)
        assert merged(merged(first, second)) == merged(first, second)
        assert merged(first, second) == merged(second, first)


def test_a_limited_viewer_sees_only_targets_of_rows_that_they_see() -> None:
    for clauses, limits in product(some_clauses(), some_clauses()):
        seen = within(target("2025-11", clauses=clauses), limits)
        if seen:
            assert set(kept(*clauses)) <= set(kept(*limits)), (clauses, limits)
    assert within(target("2025-11"), ())
    assert not within(target("2025-11"), (NORTH,)), "a target for all rows is no measure of a region"
    assert within(target("2025-11", clauses=(NORTH,)), (NORTH,))
    assert within(target("2025-11", clauses=(NORTH, WEB)), (Clause("region", ("North", "South")),))
    assert not within(target("2025-11", clauses=(NORTH,)), (NORTH, WEB))
    assert not within(target("2025-11", clauses=(NORTH,)), (Clause("region"),)), "who sees nothing"
    whole = Clause("product", ("Lamp",), whole_orders=True)
    assert not within(target("2025-11", clauses=(NORTH, whole)), (NORTH,))
    assert not within(target("2025-11", clauses=(NORTH, whole)), (NORTH, whole))


def chosen(targets: list[Target], words: str, *clauses: Clause, limits: tuple[Clause, ...] = ()) -> list[float]:
    return [t.value for t in of_selection(targets, resolved(words, *clauses), limits)]


def test_a_target_is_that_of_the_range_or_of_the_range_to_date() -> None:
    months = [target("2025-10", 10), target("2025-11", 11), target("2025-12", 12), target("2025-Q4", 40)]
    assert chosen(months, "last_month") == [10]
    assert chosen(months, "mtd") == [11]
    assert chosen(months, "2025-11-01..2025-12-01") == [11]
    assert chosen(months, "qtd") == [40]
    assert chosen(months, "2025-11-02..2025-11-19") == []
    assert chosen(months, "2025-11-01..2025-11-10") == [], "the figures of ten days are no progress of nineteen"
    assert chosen(months, "all") == []
    assert chosen(months, "2026-01-01..2026-02-01") == [], "a range without data"


def test_the_period_that_was_chosen_comes_before_the_shortest() -> None:
    both = [target("2025", 99), target("2025-01", 1)]
    data = Bounds(BOUNDS.start, np.datetime64("2025-01-18", "D"), np.datetime64("2025-01-18", "D"))
    now = Selection("shop", "ytd").resolve(data)
    assert [t.value for t in of_selection(both, now)] == [1]
    year = Selection("shop", "2025-01-01..2026-01-01").resolve(data)
    assert [t.value for t in of_selection(both, year)] == [99]


def test_consecutive_targets_are_added_where_the_metric_adds_up() -> None:
    months = [target(f"2025-{m:02d}", m) for m in range(1, 13)]
    assert chosen(months, "ytd") == [sum(range(1, 12))]
    assert chosen(months, "2025-01-01..2025-04-01") == [6]
    assert chosen(months[:2] + months[3:], "2025-01-01..2025-04-01") == [], "March is missing"
    assert chosen([*months, target("2025-Q1", 7)], "2025-01-01..2025-04-01") == [7]
    first = of_selection(months, resolved("2025-01-01..2025-04-01"))[0]
    assert (str(first.span), first.id) == ("2025-01-01..2025-04-01", 0)


def test_ratio_targets_are_never_added() -> None:
    for metric in ("aov", "repeat_rate", "customers"):
        months = [target(f"2025-{m:02d}", m, metric) for m in range(1, 13)]
        assert chosen(months, "2025-01-01..2025-04-01") == []
        assert chosen(months, "last_month") == [10]


def test_several_targets_of_a_metric_are_told_apart_by_their_titles() -> None:
    several = [target("2025-10", 10), target("2025-10", 12, title="Stretch"), target("2025-10", 3, "orders")]
    assert sorted(chosen(several, "last_month")) == [3, 10, 12]
    assert len({t.key for t in several}) == 3
    assert target("2025-10", 1, clauses=(NORTH,)).key == target("2025-10", 2, clauses=(NORTH,), id=5).key


def test_filters_must_mean_the_same_rows() -> None:
    north = target("2025-10", 5, clauses=(NORTH,))
    assert chosen([north], "last_month") == []
    assert chosen([north], "last_month", NORTH) == [5]
    assert chosen([north], "last_month", NORTH, WEB) == []
    assert chosen([north], "last_month", limits=(NORTH,)) == [5], "who sees only the North need not filter by it"
    assert chosen([north], "last_month", NORTH, limits=(NORTH,)) == [5]
    assert chosen([north], "last_month", limits=(Clause("region", ("North", "South")),)) == []


def test_a_time_chart_shows_the_targets_that_touch_its_periods() -> None:
    months = [target(f"2025-{m:02d}", m) for m in range(1, 13)]
    now = resolved("2025-02-10..2025-04-05").by("month")
    assert [t.value for t in of_time(months, now)] == [2, 3, 4]
    assert of_time(months, resolved("2026-02-10..2026-04-05")) == ()
    assert [t.value for t in all_of(months[:3], now)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2025-03", "2025-03-01..2025-04-01"),
        ("2025-Q4", "2025-10-01..2026-01-01"),
        ("2024", "2024-01-01..2025-01-01"),
        ("2024-02-29", "2024-02-29..2024-03-01"),
        (" 2025-11-27..2025-12-01 ", "2025-11-27..2025-12-01"),
    ],
)
def test_a_period_is_read_by_its_name(text: str, days: str) -> None:
    assert str(parse_period(text, Calendar())) == days
    assert period_name(parse_period(text, Calendar()), Calendar()) == text.strip()


def test_fiscal_years_are_named_by_the_year_in_which_they_end() -> None:
    fiscal = Calendar(fiscal_start=4)
    assert str(parse_period("FY2026", fiscal)) == "2025-04-01..2026-04-01"
    assert str(parse_period("FY2026-Q4", fiscal)) == "2026-01-01..2026-04-01"
    for name in ("FY2026", "FY2026-Q1", "FY2026-Q4", "2025-07"):
        assert period_name(parse_period(name, fiscal), fiscal) == name
    for wrong in ("2026", "2026-Q1"):
        with pytest.raises(RequestError):
            parse_period(wrong, fiscal)


@pytest.mark.parametrize(
    "text",
    ["", "2025-13", "2025-Q5", "25-01", "2025-02-30", "2025-1", "0000", "0000-01", "FY2025", "soon", "2025-01-01..",
     "2025-02-01..2025-01-01", "1900-01-01..2025-01-01", "9999-12-31x", "２０２５"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        parse_period(text, Calendar())


def test_the_days_of_a_range_are_not_named_otherwise() -> None:
    span = TimeRange(np.datetime64("2025-01-01"), np.datetime64("2025-07-01"))
    assert period_name(span, Calendar()) == "2025-01-01..2025-07-01"
