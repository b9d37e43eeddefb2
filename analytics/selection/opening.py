"""Which days data open with, where their owner has chosen no other view."""

from __future__ import annotations

import numpy as np

from analytics.calendar import ONE_DAY, Calendar, TimeRange
from analytics.selection.resolved import Bounds
from analytics.selection.selection import Selection

OPENING = ("last_month", "last_30d")  # the first that can be compared with the time before


def opening_range(
    bounds: Bounds, calendar: Calendar, compare: str = "previous", usual: tuple[str, str] = ("", "")
) -> str:
    """The range of the view that data open with, as an address says it: the last complete month.

    Where the data have not all of the month before, the last thirty days, if they have the thirty before those; else
    the month alone; where they are shorter than a month, all of them. `compare`: the comparison of the view; `usual`:
    the first and last day (ISO) of nearly all orders, where a few lie far away, and of which "all" then consists.
    """
    covered, first, last = bounds.span, *usual
    if first and last:
        covered = TimeRange(np.datetime64(first, "D"), np.datetime64(last, "D") + ONE_DAY).clipped(covered)
    versus = "previous" if compare == "none" else compare
    for preset in OPENING:
        base = Selection(range=preset, compare=versus).resolve(bounds, calendar).base
        if base is not None and base.within(covered):
            return preset
    month = Selection(range="last_month").resolve(bounds, calendar).requested
    if month.days and month.within(covered):
        return "last_month"
    return str(covered) if covered != bounds.span and covered.days else "all"
