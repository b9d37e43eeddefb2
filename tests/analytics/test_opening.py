"""The range that data open with: the last complete month where it can be compared, else the best that there is."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.calendar import GREGORIAN
from analytics.selection import Bounds, Selection, opening_range


def bounds(first: str, last: str, complete: str = "") -> Bounds:
    day, one = np.datetime64, np.timedelta64(1, "D")
    return Bounds(day(first, "D"), day(last, "D") + one, day(complete or last, "D") + one)


@pytest.mark.parametrize(
    ("first", "last", "found", "span", "base"),
    [
        ("2024-01-01", "2024-12-31", "last_month", "2024-12-01..2025-01-01", "2024-11-01..2024-12-01"),
        ("2024-01-01", "2024-12-30", "last_month", "2024-11-01..2024-12-01", "2024-10-01..2024-11-01"),
        ("2024-11-05", "2025-01-20", "last_30d", "2024-12-22..2025-01-21", "2024-11-22..2024-12-22"),
        ("2024-12-01", "2025-01-20", "last_month", "2024-12-01..2025-01-01", "None"),
        ("2024-12-01", "2024-12-31", "last_month", "2024-12-01..2025-01-01", "None"),
        ("2024-12-05", "2025-01-20", "all", "2024-12-05..2025-01-21", "None"),
        ("2024-12-05", "2024-12-20", "all", "2024-12-05..2024-12-21", "None"),
        ("2024-12-05", "2024-12-05", "all", "2024-12-05..2024-12-06", "None"),
    ],
)
def test_the_last_complete_month_or_the_best_there_is(first: str, last: str, found: str, span: str, base: str) -> None:
    days = bounds(first, last)
    assert opening_range(days, GREGORIAN) == found
    now = Selection(range=found).resolve(days)
    assert (str(now.span), str(now.base)) == (span, base)


def test_a_month_that_has_only_begun_is_not_complete() -> None:
    """As Bytronix' December file holds 1 January."""
    days = bounds("2019-01-01", "2020-01-01", complete="2019-12-31")
    assert str(Selection(range=opening_range(days, GREGORIAN)).resolve(days).span) == "2019-12-01..2020-01-01"


def test_days_far_away_open_nothing() -> None:
    days = bounds("1924-03-01", "2099-12-31", complete="2024-06-10")
    assert opening_range(days, GREGORIAN, usual=("2024-06-02", "2024-06-10")) == "2024-06-02..2024-06-11"


def test_a_view_without_comparison_opens_with_the_month_too() -> None:
    assert opening_range(bounds("2024-01-01", "2024-12-31"), GREGORIAN, "none") == "last_month"


def test_an_address_of_a_data_set_alone_is_not_that_of_all_its_time() -> None:
    everything = Selection("shop")
    assert everything.to_query() == "data=shop&range=all"
    assert Selection.from_query(everything.to_query())[0] == everything
    assert not Selection.opens_default(everything.to_query())
    for query in ("", "?", "data=shop", "?data=shop&planet=Mars"):
        assert Selection.opens_default(query), query
    for query in ("data=shop&city=Salem", "grain=week", "data=shop&range=ytd", "data=shop&top_places.metric=orders"):
        assert not Selection.opens_default(query), query
