"""What changed between two recaps: restated months, new days, stories and alerts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from analytics.errors import StateError
from dashboard.changes.compare import Changes, compare
from dashboard.changes.recap import MOST_DAYS, MOST_MONTHS, Recap, Story, Totals

Lines = dict[str, Totals]  # by day


def recap_of(days: Lines, until: str, version: str) -> Recap:
    """The recap of a history of days, as the application would make it."""
    shown = {d: t for d, t in sorted(days.items()) if d < until}
    months: dict[str, Totals] = {}
    for day, totals in shown.items():
        before = months.get(day[:7], Totals())
        months[day[:7]] = Totals(*(a + b for a, b in zip(before, totals, strict=True)))
    return Recap(
        version, until, dict(list(months.items())[-MOST_MONTHS:]), dict(list(shown.items())[-MOST_DAYS:]), (), ()
    )


def history(first: str, until: str) -> Lines:
    start, count = date.fromisoformat(first), (date.fromisoformat(until) - date.fromisoformat(first)).days
    return {str(start + timedelta(i)): Totals(100.0, 110.0, 10, 1) for i in range(count)}


def test_a_late_refund_is_told_with_its_month_and_day() -> None:
    before = history("2025-01-01", "2025-04-01")
    after = dict(before)
    after["2025-03-12"] = Totals(60.0, 110.0, 10, 3)
    found = compare(recap_of(before, "2025-04-01", "a"), recap_of(after, "2025-04-01", "b"))
    (one,) = found.restated
    assert (one.month, one.day, one.revenue) == ("2025-03", "2025-03-12", -40.0)
    assert (one.before.refunds, one.after.refunds) == (31, 33)
    assert found == Changes((one,))


def test_new_days_are_no_change_of_the_past() -> None:
    before, after = history("2025-01-01", "2025-03-11"), history("2025-01-01", "2025-03-14")
    found = compare(recap_of(before, "2025-03-11", "a"), recap_of(after, "2025-03-14", "b"))
    assert found.restated == ()
    assert found.new_days is not None
    assert str(found.new_days.span) == "2025-03-11..2025-03-14"
    assert found.new_days.totals == Totals(300.0, 330.0, 30, 3)


def test_the_begun_month_is_compared_as_far_as_it_was_complete() -> None:
    before, after = history("2025-01-01", "2025-03-11"), history("2025-01-01", "2025-03-14")
    after["2025-03-10"] = Totals(80.0, 110.0, 10, 2)
    (one,) = compare(recap_of(before, "2025-03-11", "a"), recap_of(after, "2025-03-14", "b")).restated
    assert (str(one.span), one.before.revenue, one.after.revenue) == ("2025-03-01..2025-03-11", 1000.0, 980.0)


def test_the_same_version_or_the_same_totals_tell_nothing() -> None:
    days = history("2025-01-01", "2025-04-01")
    one = recap_of(days, "2025-04-01", "a")
    assert not compare(one, replace(one, until="2025-04-05"))
    assert not compare(one, replace(one, version="b"))
    nearly = {d: t._replace(revenue=t.revenue + 1e-9) for d, t in days.items()}
    assert not compare(one, recap_of(nearly, "2025-04-01", "b"))


def test_stories_and_alerts_come_and_go() -> None:
    kept, gone, new = (Story(name, f"{name} …", f"/trends#{name}") for name in ("kept", "gone", "new"))
    before = Recap("a", "2025-04-01", stories=(kept, gone), alerts=("old", "still"))
    moved = replace(kept, sentence="with another number")
    found = compare(before, Recap("b", "2025-04-01", stories=(new, moved), alerts=("still", "fresh")))
    assert (found.new_stories, found.gone_stories) == ((new,), (gone,))
    assert (found.alerts_began, found.alerts_ended) == (("fresh",), ("old",))
    assert found


def test_a_data_set_without_a_complete_day_has_nothing_to_tell() -> None:
    empty = Recap("a", "2025-04-01")
    assert not compare(empty, replace(empty, version="b"))
    after = recap_of(history("2025-03-20", "2025-04-01"), "2025-04-01", "b")
    assert [r.month for r in compare(empty, after).restated] == ["2025-03"]


def test_history_that_was_taken_away_or_added_is_told() -> None:
    long, short = history("2024-12-01", "2025-04-01"), history("2025-02-01", "2025-04-01")
    found = compare(recap_of(long, "2025-04-01", "a"), recap_of(short, "2025-04-01", "b"))
    assert [(r.month, r.after.revenue) for r in found.restated] == [("2024-12", 0), ("2025-01", 0)]
    back = compare(recap_of(short, "2025-04-01", "b"), recap_of(long, "2025-04-01", "c"))
    assert [(r.month, r.before.revenue) for r in back.restated] == [("2024-12", 0), ("2025-01", 0)]


def test_data_that_end_earlier_than_before_are_told() -> None:
    long, short = history("2025-01-01", "2025-04-05"), history("2025-01-01", "2025-03-30")
    found = compare(recap_of(long, "2025-04-05", "a"), recap_of(short, "2025-03-30", "b"))
    assert found.restated == ()
    assert found.new_days is None
    assert str(found.lost_days) == "2025-03-30..2025-04-05"


def test_what_was_left_out_as_too_old_is_no_change() -> None:
    before = recap_of(history("2012-01-01", "2025-03-31"), "2025-03-31", "a")
    after = recap_of(history("2012-01-01", "2025-05-02"), "2025-05-02", "b")
    assert len(before.months) == MOST_MONTHS
    assert compare(before, after).restated == ()
    year = recap_of(history("2012-01-01", "2026-03-31"), "2026-03-31", "c")
    found = compare(before, year)
    assert found.restated == ()
    assert found.new_days is not None
    assert found.new_days.totals.revenue != found.new_days.totals.revenue, "not known by day: no figure"


def test_a_restated_month_survives_however_the_versions_differ() -> None:
    """Random histories: what is told is what a slow comparison day by day finds."""
    pick = random.Random(7)
    for _ in range(60):
        end = date(2025, pick.randint(2, 6), pick.randint(1, 28))
        later = end + timedelta(pick.randint(0, 20))
        before, after = history("2025-01-01", str(end)), history("2025-01-01", str(later))
        for day in pick.sample(sorted(before), pick.randint(0, 3)):
            after[day] = Totals(90.0, 110.0, 10, 2)
        expected: dict[str, float] = {}
        for day in before:
            if after[day] != before[day]:
                expected[day[:7]] = expected.get(day[:7], 0.0) + after[day].revenue - before[day].revenue
        found = compare(recap_of(before, str(end), "a"), recap_of(after, str(later), "b"))
        assert {r.month: pytest.approx(r.revenue) for r in found.restated} == expected


def test_a_recap_is_kept_as_text_and_read_with_suspicion() -> None:
    story = Story("a", "Ünï “x”", "/overview#kpis")
    one = replace(recap_of(history("2025-01-01", "2025-02-03"), "2025-02-03", "v"), stories=(story,), alerts=("Low",))
    assert Recap.from_json(one.to_json()) == one
    for wrong in ("", "[]", "{}", '{"months": 1, "days": {}}', one.to_json()[:-1]):
        with pytest.raises(StateError, match="cannot be read"):
            Recap.from_json(wrong)
