"""When something was done, as the pages of people and administrators write it: in UTC, in one form everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime


def day(seconds: int) -> str:
    """'3 Mar 2027', of seconds since 1970."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at.day} {at:%b %Y}"


def moment(seconds: int, *, to_the_second: bool = False) -> str:
    """'3 Mar 2027, 14:05' or, `to_the_second`, '3 Mar 2027, 14:05:09'."""
    return f"{day(seconds)}, {datetime.fromtimestamp(seconds, UTC):{'%H:%M:%S' if to_the_second else '%H:%M'}}"


def day_of(text: str) -> str:
    """'3 Mar 2027' of '2027-03-03'; a text that is no day as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%b %Y}"
