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
from analytics.language import N_, Message, _
from analytics.schema import WEEKDAYS
from dashboard.changes.compare import Changes, NewDays, Restated
from dashboard.text.formats import Formats
from dashboard.text.told import said

MOST_MONTHS_TOLD = 3
WEEK = 6  # days within which a weekday says when


@dataclass(frozen=True)
class Line:
    """One change: what it is about (`restated`, `lost`, `days`, `story`, `alert`, `target`
    or `note`), its sentence, and an
    address that shows it ("" where there is none any more)."""

    kind: str
    text: str
    link: str = ""


REFUNDS = N_("{count:late refund|late refunds}"), N_("{count:refund|refunds} fewer")
ORDERS = N_("{count:late order|late orders}"), N_("{count:order|orders} fewer")


def lines_of(changes: Changes, data: str, f: Formats, query: str = "") -> list[Line]:
    """Everything that changed, what was restated first. `data`: the data set; `query`: further parts of the addresses,
    such as filters."""
    rules = _page("trends", data, "", query, "alerts")
    return [
        *_restated(changes, data, f, query),
        *_days(changes, data, f, query),
        *(Line("alert", _("Alert began: {name}.", name=name), rules) for name in changes.alerts_began),
        *(Line("alert", _("Alert ended: {name}.", name=name), rules) for name in changes.alerts_ended),
        *(Line("story", _("New: {sentence}", sentence=said(s.sentence)), s.link) for s in changes.new_stories),
        *(Line("story", _("No longer so: {sentence}", sentence=said(s.sentence))) for s in changes.gone_stories),
    ]


def _restated(changes: Changes, data: str, f: Formats, query: str) -> Iterator[Line]:
    for one in changes.restated[:MOST_MONTHS_TOLD]:
        span = TimeRange(day := np.datetime64(one.day, "D"), day + ONE_DAY) if one.day else one.span
        yield Line("restated", restatement(one, f), _page("overview", data, str(span), query, "revenue_over_time"))
    rest = len(changes.restated) - MOST_MONTHS_TOLD
    if rest > 0:
        told = _("{rest:more month|more months} changed by less each.", rest=f.count(rest))
        yield Line("restated", told, _page("trends", data, "all", query))


def restatement(one: Restated, f: Formats) -> str:
    """'March 2025 fell by 1.2% (−$4,210): 41 late refunds.' A month is named as far as it was complete."""
    change, base = one.revenue, one.before.revenue
    counts = [
        _more(one.after.refunds - one.before.refunds, REFUNDS, f),
        _more(one.after.orders - one.before.orders, ORDERS, f),
    ]
    counts = counts[::-1] if change > 0 else counts  # what moved revenue the way it went comes first
    why = ", ".join(text for text in counts if text) or _("amounts of its lines changed")
    if one.day:
        why = _("{why}, all on {day}", why=why, day=f.short_day(np.datetime64(one.day, "D")))
    if abs(change) < 0.005:
        return _("{span} brought the same revenue with other lines: {why}.", span=f.span(one.span), why=why)
    told = {"span": f.span(one.span), "why": why, "amount": f"{'+' if change > 0 else '−'}{f.short_money(abs(change))}"}
    if base <= 0:
        return (
            _("{span} rose ({amount}): {why}.", **told) if change > 0 else _("{span} fell ({amount}): {why}.", **told)
        )
    told["share"] = f.percent(abs(change) / base * 100, _digits(change, base))
    way = (
        N_("{span} rose by {share} ({amount}): {why}.")
        if change > 0
        else N_("{span} fell by {share} ({amount}): {why}.")
    )
    return _(way, **told)


def _digits(change: float, base: float) -> int:
    """With enough decimals that a small change is not written as 0.0%."""
    return 1 if abs(change) / base >= 0.0005 else 3


def _more(count: int, words: tuple[Message, Message], f: Formats) -> str:
    """'41 late refunds', '3 refunds fewer', '' for none."""
    if not count:
        return ""
    return _(words[0 if count > 0 else 1], count=f.count(abs(count)))


def _days(changes: Changes, data: str, f: Formats, query: str) -> Iterator[Line]:
    if changes.lost_days:
        yield Line("lost", _("The data lack {span} now, which they had.", span=f.span(changes.lost_days)))
    if changes.new_days:
        yield Line("days", _new_days(changes.new_days, f), _page("overview", data, str(changes.new_days.span), query))


def _new_days(new: NewDays, f: Formats) -> str:
    days, span = f.count(new.span.days), f.span(new.span)
    if math.isnan(new.totals.revenue):
        return _("{days:new day|new days}: {span}.", days=days, span=span)
    revenue, orders = f.short_money(new.totals.revenue), f.count(new.totals.orders)
    return _(
        "{days:new day|new days} ({span}): {revenue} from {orders:order|orders}.",
        days=days,
        span=span,
        revenue=revenue,
        orders=orders,
    )


def when(moment: float, now: float, zone: str, f: Formats) -> str:
    """A moment (seconds since 1970) in the data set's zone, in words: 'today at 09:15', 'Monday', '3 Nov 2025'."""
    then, today = (datetime.fromtimestamp(t, ZoneInfo(zone)) for t in (moment, now))
    days = (today.date() - then.date()).days
    if days <= 0:
        return _("today at {time}", time=f"{then:%H:%M}")
    if days == 1:
        return _("yesterday")
    return str(WEEKDAYS[then.weekday()]) if days <= WEEK else f.day(np.datetime64(then.date(), "D"))


def _page(page: str, data: str, range_: str, query: str, chart: str = "") -> str:
    own = urlencode({"data": data, **({"range": range_} if range_ else {})})
    return f"/{page}?{own}{'&' + query if query else ''}{'#' + chart if chart else ''}"
