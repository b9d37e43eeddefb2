"""When a digest is due: pure functions over a calendar, a time zone and the days that data cover.

A digest of a day, week or month is due at an hour of the first day after it, in the data set's time zone, and is sent
as soon as the data have the whole period. What is late does not come in heaps: of several periods only the newest
one that is whole.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np

from analytics.calendar import ONE_DAY, Calendar, Day, Grain, TimeRange

Rhythm = Literal["daily", "weekly", "monthly"]
RHYTHMS: Final[tuple[Rhythm, ...]] = get_args(Rhythm)
GRAINS: Final[dict[Rhythm, Grain]] = {"daily": "day", "weekly": "week", "monthly": "month"}


def last_period(rhythm: Rhythm, hour: int, zone: str, calendar: Calendar, now: float) -> TimeRange:
    """The newest period whose hour has come at `now` (seconds since 1970).

    Daily at 7: yesterday from 7 o'clock on, and until then the day before; by the clock of the zone, whatever it is in
    UTC. Weeks begin on the calendar's first weekday.
    """
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    today = np.datetime64(local.date(), "D")
    grain = GRAINS[rhythm]
    end = calendar.floor(np.array([today if local.hour >= hour else today - ONE_DAY]), grain)[0]
    return TimeRange(calendar.next(end, grain, -1), end)


def newest_whole(rhythm: Rhythm, calendar: Calendar, complete: TimeRange) -> TimeRange | None:
    """The newest whole period of complete days; None where the data have none."""
    if not complete.days:
        return None
    grain = GRAINS[rhythm]
    end = calendar.floor(np.array([complete.end]), grain)[0]
    period = TimeRange(calendar.next(end, grain, -1), end)
    return period if period.start >= calendar.floor(np.array([complete.start]), grain)[0] else None


def due(last: TimeRange, whole: TimeRange | None, sent: Day) -> TimeRange | None:
    """The period to be sent now; None where there is none. `last`: the newest whose hour has come; `whole`: the newest
    that the data have; `sent`: the end of the newest that was sent, or that was too early for this digest."""
    if whole is None:
        return None
    period = min(last, whole, key=lambda each: each.end)
    return period if period.end > sent else None


def overdue(last: TimeRange, whole: TimeRange | None, sent: Day) -> bool:
    """Whether the period whose hour has come is not sent because the data do not reach its end."""
    return bool(last.end > sent and (whole is None or whole.end < last.end))
