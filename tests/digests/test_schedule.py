"""When a digest is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.calendar import GREGORIAN, Calendar, TimeRange
from dashboard.digests.schedule import RHYTHMS, Rhythm, due, last_period, newest_whole, overdue

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Kiritimati")


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def days(first: str, end: str) -> TimeRange:
    return TimeRange(day(first), day(end))


def name(period: TimeRange | None) -> str:
    return str(period)


@pytest.mark.parametrize("zone", ZONES)
def test_yesterday_is_the_day_before_in_the_zone_of_the_data(zone: str) -> None:
    """metabase#6994: "yesterday" was off by one; superset#13954: everything was in UTC."""
    for hour in (0, 7, 23):
        last = last_period("daily", hour, zone, GREGORIAN, at(f"2026-11-27T{hour:02}:00", zone))
        assert name(last) == "2026-11-26..2026-11-27"
        if hour:
            before = last_period("daily", hour, zone, GREGORIAN, at(f"2026-11-27T{hour - 1:02}:59", zone))
            assert name(before) == "2026-11-25..2026-11-26", "its hour has not come"


def test_no_blanks_at_midnight() -> None:
    """cal-itp/data-infra#1064: at midnight UTC the new, empty day was shown."""
    just = at("2026-11-27T00:00:00")
    assert name(last_period("daily", 0, "UTC", GREGORIAN, just)) == "2026-11-26..2026-11-27"
    assert name(last_period("daily", 0, "America/New_York", GREGORIAN, just)) == "2026-11-25..2026-11-26"
    covered = days("2026-01-01", "2026-11-26")  # yesterday has not been loaded
    whole = newest_whole("daily", GREGORIAN, covered)
    last = last_period("daily", 0, "UTC", GREGORIAN, just)
    assert name(due(last, whole, day("2026-11-25"))) == "2026-11-25..2026-11-26"
    assert due(last, whole, day("2026-11-26")) is None
    assert overdue(last, whole, day("2026-11-26"))


def test_weeks_and_months_are_whole_ones_of_the_calendar() -> None:
    friday = at("2026-11-27T12:00")
    assert name(last_period("weekly", 7, "UTC", GREGORIAN, friday)) == "2026-11-16..2026-11-23"
    sunday_first = Calendar(week_start=6)
    assert name(last_period("weekly", 7, "UTC", sunday_first, friday)) == "2026-11-15..2026-11-22"
    assert name(last_period("monthly", 7, "UTC", GREGORIAN, friday)) == "2026-10-01..2026-11-01"
    first = at("2026-12-01T06:59")
    assert name(last_period("monthly", 7, "UTC", GREGORIAN, first)) == "2026-10-01..2026-11-01"
    assert name(last_period("monthly", 7, "UTC", GREGORIAN, first + 60)) == "2026-11-01..2026-12-01"


def test_an_incomplete_period_is_never_due() -> None:
    last = days("2026-11-16", "2026-11-23")
    for complete in ("2026-11-17", "2026-11-22"):
        whole = newest_whole("weekly", GREGORIAN, days("2026-01-01", complete))
        assert name(whole) == "2026-11-09..2026-11-16"
        assert due(last, whole, day("2026-11-16")) is None
        assert overdue(last, whole, day("2026-11-16"))
    whole = newest_whole("weekly", GREGORIAN, days("2026-01-01", "2026-11-23"))
    assert due(last, whole, day("2026-11-16")) == last
    assert due(last, whole, day("2026-11-23")) is None
    assert not overdue(last, whole, day("2026-11-23"))


def test_data_that_are_ahead_of_the_clock_do_not_bring_it_forward() -> None:
    whole = newest_whole("monthly", GREGORIAN, days("2026-01-01", "2027-06-01"))
    assert due(days("2026-10-01", "2026-11-01"), whole, day("2026-10-01")) == days("2026-10-01", "2026-11-01")
    assert due(days("2026-10-01", "2026-11-01"), whole, day("2026-11-01")) is None


def test_of_several_late_periods_the_newest_is_due() -> None:
    whole = newest_whole("daily", GREGORIAN, days("2026-01-01", "2026-11-27"))
    assert name(due(days("2026-11-26", "2026-11-27"), whole, day("2026-11-20"))) == "2026-11-26..2026-11-27"


def test_data_without_a_whole_period_have_none() -> None:
    assert newest_whole("daily", GREGORIAN, days("2026-01-01", "2026-01-01")) is None
    assert newest_whole("monthly", GREGORIAN, days("2026-01-05", "2026-01-20")) is None
    assert name(newest_whole("daily", GREGORIAN, days("2026-01-05", "2026-01-06"))) == "2026-01-05..2026-01-06"
    assert due(days("2026-01-01", "2026-01-02"), None, day("2026-01-01")) is None
    assert overdue(days("2026-01-01", "2026-01-02"), None, day("2026-01-01"))


@pytest.mark.sampled(10)
@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_each_period_of_a_year_is_due_once_whatever_the_clocks_do(rhythm: Rhythm, zone: str) -> None:
    """Asked every hour for a year, summer time included: each period once, in order, never before its end."""
    for hour in (2, 7):
        now = datetime(2026, 1, 14, 12, tzinfo=ZoneInfo("UTC"))
        sent = last_period(rhythm, hour, zone, GREGORIAN, now.timestamp()).end
        found = []
        for _ in range(364 * 24):
            now += timedelta(hours=1)
            last = last_period(rhythm, hour, zone, GREGORIAN, now.timestamp())
            period = due(last, last, sent)
            if period is None:
                continue
            local = now.astimezone(ZoneInfo(zone))
            assert np.datetime64(local.date(), "D") == period.end
            assert local.hour in (hour, 3 if hour == 2 else hour), "the next where the clocks leave it out"
            found.append(period)
            sent = period.end
        assert all(a.end == b.start for a, b in pairwise(found))
        assert len(found) == {"daily": 364, "weekly": 52, "monthly": 12}[rhythm]
