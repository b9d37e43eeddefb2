"""Weekdays on which a company sells: the closed ones are left out of a history, and nothing is foreseen for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.methods.timeseries.series import History

CLOSED_WEEKS = 26  # weeks of late in which a weekday that is closed has sold (next to) nothing
FEWEST_WEEKS = 8  # weeks that must be known of a weekday for it to be called closed
CLOSED_SHARE = 0.95  # … of its days


def closed_weekdays(history: History) -> np.ndarray:
    """The weekdays (0 is Monday) on which next to nothing was sold over the last weeks.

    None where the other days sell on less than half of them too: there, a day without sales is no sign of a closed one.
    """
    known = history.known[-7 * CLOSED_WEEKS :]
    values = history.values[-7 * CLOSED_WEEKS :][known]
    weekday = weekdays(history.days[-7 * CLOSED_WEEKS :][known])
    number = np.bincount(weekday, minlength=7)
    empty = np.bincount(weekday, values == 0, minlength=7)
    closed = (number >= FEWEST_WEEKS) & (empty >= CLOSED_SHARE * number)
    if closed.all() or empty[~closed].sum() > number[~closed].sum() / 2:
        return np.empty(0, dtype=int)
    return np.flatnonzero(closed)


def without(history: History, closed: np.ndarray) -> History:
    """The history without these weekdays."""
    is_open = ~np.isin(weekdays(history.days), closed)
    return replace(history, days=history.days[is_open], values=history.values[is_open])


def days_ahead(history: History, open_history: History, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """The first days of the next periods, and the places of those that are open."""
    days = history.ahead(periods)
    if len(history.days) == len(open_history.days):
        return days, np.arange(periods)
    return days, np.flatnonzero(np.isin(weekdays(days), np.unique(weekdays(open_history.days))))


def open_days_ahead(history: History, open_history: History, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The days up to the `steps`-th open one, and the places of the open ones."""
    periods = steps
    days, places = days_ahead(history, open_history, periods)
    while len(places) < steps:
        periods += 7
        days, places = days_ahead(history, open_history, periods)
    return days[: places[steps - 1] + 1], places[:steps]


def weekdays(days: np.ndarray) -> np.ndarray:
    """The weekday of each day, 0 is Monday."""
    return np.asarray((days.astype("int64") + 3) % 7)
