"""Days, periods of the usual calendar, and those of the retail calendar."""

from analytics.calendar.days import (
    GRAINS,
    GREGORIAN,
    ONE_DAY,
    Calendar,
    Day,
    Grain,
    TimeRange,
    add_months,
    auto_grain,
    day_label,
    period_label,
    whole_months,
)

__all__ = [
    "GRAINS",
    "GREGORIAN",
    "ONE_DAY",
    "Calendar",
    "Day",
    "Grain",
    "TimeRange",
    "add_months",
    "auto_grain",
    "day_label",
    "period_label",
    "whole_months",
]
