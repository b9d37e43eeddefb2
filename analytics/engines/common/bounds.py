"""Which days the data cover: from the orders, from what the data set declares, and from when it was loaded."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from analytics.calendar import ONE_DAY, Day
from analytics.profile import Profile
from analytics.selection import Bounds

NOTHING = Bounds(*(np.datetime64(0, "D"),) * 3)  # without any order, the bounds are empty and lie at the epoch


def bounds_of(first: Day, last: Day, profile: Profile, loaded_at: str) -> Bounds:
    """The days that data cover whose first and last orders were on `first` and `last`.

    A declared `data_from` before the first order, or `data_until` after the last, widens them: days without an order
    are known to be empty. Complete days end with `data_until`, or else with the last day of nearly all orders, where a
    few lie far behind it. Where the sources are read again and again (`refresh`),
    the day of the load, in the data set's time zone, is still running and never complete, nor any later one.
    """
    start = min(first, np.datetime64(profile.data_from or str(first), "D"))
    complete: Day = np.datetime64(profile.data_until or profile.orders_until or str(last), "D")
    if profile.refresh:
        complete = min(complete, max(_day_of_load(profile, loaded_at), start) - ONE_DAY)
    return Bounds(start, max(last, complete) + ONE_DAY, complete + ONE_DAY)


def _day_of_load(profile: Profile, loaded_at: str) -> Day:
    moment = datetime.fromisoformat(loaded_at).astimezone(ZoneInfo(profile.time_zone))
    return np.datetime64(moment.date().isoformat(), "D")
