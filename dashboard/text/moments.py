"""When something was done, as the pages of people and administrators write it: in UTC, in one form everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from analytics.language import language
from dashboard.text.formats import formats


def day(seconds: int) -> str:
    """'3 Mar 2027', of seconds since 1970."""
    return _written(datetime.fromtimestamp(seconds, UTC).date())


def moment(seconds: int, *, to_the_second: bool = False) -> str:
    """'3 Mar 2027, 14:05' or, `to_the_second`, '3 Mar 2027, 14:05:09'."""
    return f"{day(seconds)}, {datetime.fromtimestamp(seconds, UTC):{'%H:%M:%S' if to_the_second else '%H:%M'}}"


def day_of(text: str) -> str:
    """'3 Mar 2027' of '2027-03-03'; a text that is no day as it is."""
    try:
        return _written(date.fromisoformat(text))
    except ValueError:
        return text


def _written(day: date) -> str:
    return formats("", language()).day(np.datetime64(day, "D"))
