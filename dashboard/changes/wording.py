"""Changes as sentences, each with the address that shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import numpy as np

from analytics.calendar import ONE_DAY, TimeRange
from dashboard.changes.compare import Changes, NewDays, Restated
from dashboard.text.formats import Formats

MOST_MONTHS_TOLD = 3
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = 6  # days within which a weekday says when


@dataclass(frozen=True)
class Line:
    """One change: what it is about (`restated`, `lost`, `days`, `story`, `alert`, `target`
    or `note`), its sentence, and an
    address that shows it ("" where there is none any more)."""

    kind: str
    text: str
    link: str = ""


def lines_of(changes: Changes, data: str, f: Formats, query: str = "") -> list[Line]:
    """Everything that changed, what was restated first. `data`: the data set; `query`: further parts of the addresses,
    such as filters."""
    rules = _page("trends", data, "", query, "alerts")
    return [
        *_restated(changes, data, f, query),
        *_days(changes, data, f, query),
        *(Line("alert", f"Alert began: {name}.", rules) for name in changes.alerts_began),
        *(Line("alert", f"Alert ended: {name}.", rules) for name in changes.alerts_ended),
        *(Line("story", f"New: {story.sentence}", story.link) for story in changes.new_stories),
        *(Line("story", f"No longer so: {story.sentence}") for story in changes.gone_stories),
    ]


def _restated(changes: Changes, data: str, f: Formats, query: str) -> Iterator[Line]:
    for one in changes.restated[:MOST_MONTHS_TOLD]:
        span = TimeRange(day := np.datetime64(one.day, "D"), day + ONE_DAY) if one.day else one.span
        yield Line("restated", restatement(one, f), _page("overview", data, str(span), query, "revenue_over_time"))
    rest = len(changes.restated) - MOST_MONTHS_TOLD
    if rest > 0:
        months = "1 more month" if rest == 1 else f"{f.number(rest)} more months"
        yield Line("restated", f"{months} changed by less each.", _page("trends", data, "all", query))


def restatement(one: Restated, f: Formats) -> str:
    """'March 2025 fell by 1.2 % (−$4,210): 41 late refunds.' A month is named as far as it was complete."""
    change, base = one.revenue, one.before.revenue
    counts = [
        _more(one.after.refunds - one.before.refunds, "late refund", "refund", f),
        _more(one.after.orders - one.before.orders, "late order", "order", f),
    ]
    counts = counts[::-1] if change > 0 else counts  # what moved revenue the way it went comes first
    why = ", ".join(text for text in counts if text) or "amounts of its lines changed"
    where = f", all on {f.short_day(np.datetime64(one.day, 'D'))}" if one.day else ""
    if abs(change) < 0.005:
        return f"{f.span(one.span)} brought the same revenue with other lines: {why}{where}."
    verb = "rose" if change > 0 else "fell"
    share = f" by {f.percent(abs(change) / base * 100, _digits(change, base))}" if base > 0 else ""
    return f"{f.span(one.span)} {verb}{share} ({'+' if change > 0 else '−'}{f.short_money(abs(change))}): {why}{where}."


def _digits(change: float, base: float) -> int:
    """With enough decimals that a small change is not written as 0.0 %."""
    return 1 if abs(change) / base >= 0.0005 else 3


def _more(count: int, late: str, plain: str, f: Formats) -> str:
    """'41 late refunds', '3 refunds fewer', '' for none."""
    if not count:
        return ""
    noun, number = (late if count > 0 else plain), f.number(abs(count))
    return f"{number} {noun}{'' if abs(count) == 1 else 's'}{'' if count > 0 else ' fewer'}"


def _days(changes: Changes, data: str, f: Formats, query: str) -> Iterator[Line]:
    if changes.lost_days:
        yield Line("lost", f"The data lack {f.span(changes.lost_days)} now, which they had.")
    if changes.new_days:
        yield Line("days", _new_days(changes.new_days, f), _page("overview", data, str(changes.new_days.span), query))


def _new_days(new: NewDays, f: Formats) -> str:
    count = "1 new day" if new.span.days == 1 else f"{f.number(new.span.days)} new days"
    if math.isnan(new.totals.revenue):
        return f"{count}: {f.span(new.span)}."
    orders = "1 order" if new.totals.orders == 1 else f"{f.number(new.totals.orders)} orders"
    return f"{count} ({f.span(new.span)}): {f.short_money(new.totals.revenue)} from {orders}."


def when(moment: float, now: float, zone: str, f: Formats) -> str:
    """A moment (seconds since 1970) in the data set's zone, in words: 'today at 09:15', 'Monday', '3 Nov 2025'."""
    then, today = (datetime.fromtimestamp(t, ZoneInfo(zone)) for t in (moment, now))
    days = (today.date() - then.date()).days
    if days <= 0:
        return f"today at {then:%H:%M}"
    if days == 1:
        return "yesterday"
    return WEEKDAYS[then.weekday()] if days <= WEEK else f.day(np.datetime64(then.date(), "D"))


def _page(page: str, data: str, range_: str, query: str, chart: str = "") -> str:
    own = urlencode({"data": data, **({"range": range_} if range_ else {})})
    return f"/{page}?{own}{'&' + query if query else ''}{'#' + chart if chart else ''}"
