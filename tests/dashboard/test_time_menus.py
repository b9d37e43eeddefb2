"""The menus of time: which ranges and comparisons they offer, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.calendar import Calendar, TimeRange
from analytics.selection import Bounds, Resolved, Selection
from dashboard.page.menus.of_time import named_parts
from dashboard.text.comparisons import comparison_labels

US = Calendar(week_start=6, fiscal_start=2, weeks="4-5-4")


def D(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def resolved(word: str, until: str = "2025-06-11", calendar: Calendar | None = None) -> Resolved:
    bounds = Bounds(D("2020-01-01"), D(until), D(until))
    return Selection("x", word).resolve(bounds, calendar or Calendar())


@pytest.mark.parametrize(
    ("word", "before", "year"),
    [
        ("last_month", "vs the month before", "vs the same month last year"),
        ("2024-02-01..2024-03-01", "vs the month before", "vs the same month last year"),
        ("last_quarter", "vs the quarter before", "vs the same quarter last year"),
        ("last_year", "vs the year before", "vs the year before"),
        ("last_12m", "vs the 12 months before", "vs the same months last year"),
        ("yesterday", "vs the day before", "vs the same day last year"),
        ("last_28d", "vs the 28 days before", "vs the same days last year"),
        ("mtd", "vs the same days of the month before", "vs the same days last year"),
        ("ytd", "vs the same days last year", "vs the same days last year"),
    ],
)
def test_comparisons_say_what_they_are(word: str, before: str, year: str) -> None:
    labels = comparison_labels(word, resolved(word))
    assert labels == {"previous": before, "year": year, "none": "No comparison"}


def test_a_month_that_is_complete_is_compared_as_a_month() -> None:
    assert comparison_labels("mtd", resolved("mtd", "2025-07-01"))["previous"] == "vs the month before"


def test_parts_of_the_retail_calendar_are_spoken_of_as_such() -> None:
    words = {w: comparison_labels(w, resolved(w, calendar=US))["previous"] for w in ("last_period", "period_to_date")}
    assert words == {"last_period": "vs the period before", "period_to_date": "vs the same days of the period before"}
    assert (
        comparison_labels("last_retail_year", resolved("last_retail_year", calendar=US))["year"] == "vs the year before"
    )


def test_quarters_years_and_periods_have_names_as_far_as_there_are_data() -> None:
    covered = TimeRange(D("2025-02-10"), D("2025-06-11"))
    assert [name for name, _ in named_parts(covered, Calendar())] == ["Q2 2025", "Q1 2025", "2025"]
    assert [name for name, _ in named_parts(covered, Calendar(fiscal_start=4))] == [
        "Q1 FY2026", "Q4 FY2025", "FY2026", "FY2025",
    ]  # fmt: skip
    assert dict(named_parts(covered, US))["P5 2025"] == TimeRange(D("2025-06-01"), D("2025-07-06"))
    assert list(named_parts(TimeRange(covered.start, covered.start), US)) == []
