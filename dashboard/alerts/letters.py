"""What alerts say to people: one message for a channel, however many rules it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from markupsafe import Markup

from analytics.calendar import ONE_DAY, TimeRange
from analytics.language import N_, _
from analytics.selection import Selection
from dashboard.alerts.conditions import Age, Stock
from dashboard.alerts.judging import Event, Kind
from dashboard.alerts.rules import OF_DATA, Rule
from dashboard.delivery.messages import Message, one_line
from dashboard.pages import BY_PATH, screen_of

HEADS: Final[dict[Kind, str]] = {
    "fired": N_("Alert"),
    "still": N_("Still active"),
    "over": N_("Back to normal"),
    "no data": N_("No data"),
    "error": N_("Not checked"),
}
_CHARTS: Final = {  # where a metric other than revenue is shown by period
    "orders": "orders_over_time",
    "aov": "aov_over_time",
    "conversion_rate": "conversion_over_time",
}
_DAYS_SHOWN: Final[dict[str, int]] = {"day": 90, "week": 364, "month": 730}  # before the end of what is told
MOST_TOLD = 100  # in one message
_STYLE = "font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1f2937"


@dataclass(frozen=True)
class News:
    """What one rule has to tell, with what is needed to write it down: filters in words, the data set's title, the
    days that its data reach to."""

    rule: Rule
    event: Event
    filters: str
    data_title: str
    data_until: str

    @property
    def head(self) -> str:
        """'Alert: Weak day'."""
        return _("{name}: {value}", name=HEADS[self.event.kind], value=self.rule.called)

    def link(self, base: str) -> str:
        """The page that shows it; "" where nobody knows the application's address."""
        condition, selection = self.rule.condition, Selection.from_query(self.rule.query)[0]
        if not base:
            return ""
        if isinstance(condition, Stock):
            return f"{base}{_path('stock_cover')}?{selection.to_query()}#stock_cover"
        if isinstance(condition, Age):
            return f"{base}/overview?{selection.to_query()}"
        chart = _CHARTS.get(condition.metric, "revenue_over_time")
        if condition.when == "outside" and condition.grain == "day":
            chart = "anomalies"
            selection = selection.with_option(chart, "metric", condition.metric)
        if self.event.until:
            last = np.datetime64(self.event.until, "D")
            span = TimeRange(last - np.timedelta64(_DAYS_SHOWN[condition.grain], "D"), last + ONE_DAY)
            selection = replace(selection, range=str(span), grain=condition.grain)
        return f"{base}{_path(chart)}?{selection.to_query()}#{chart}"


def _path(chart: str) -> str:
    """The tab on which a chart stands, on the page of trends where it is there too."""
    screen = screen_of(chart, near=BY_PATH["/trends"].page)
    return screen.path if screen else "/trends"


def write(news: Sequence[News], base: str) -> Message:
    """One message that tells all of it. `base` begins the links."""
    shown = news[:MOST_TOLD]
    subject = shown[0].head if len(news) == 1 else _("{alerts:alert|alerts}", alerts=len(news))
    subject = one_line(f"{subject} · {shown[0].data_title}")
    alerts = f"{base}/alerts" if base else ""
    link = shown[0].link(base) if len(news) == 1 else alerts
    texts = [_text(item, base) for item in shown]
    cut = [_("And {number} more.", number=len(news) - len(shown))] if len(news) > len(shown) else []
    foot = _foot(shown, base)
    rows = Markup("").join(_html(item, base) for item in shown)
    html = Markup('<div style="{}">{}{}<p style="color:#6b7280;font-size:13px">{}</p></div>').format(
        _STYLE, rows, Markup("").join(Markup("<p>{}</p>").format(line) for line in cut), foot
    )
    return Message(
        subject, "\n\n".join([*texts, *cut, foot]), str(html), link, {"alerts": [_facts(item) for item in shown]}
    )


def test_of(rule: Rule, base: str) -> Message:
    """A message that says only that it arrives."""
    text = _("This is a test: messages of the alert “{name}” arrive here.", name=rule.called)
    link = f"{base}/alerts" if base else ""
    return Message(one_line(_("Test: {name}", name=rule.called)), "\n".join([text, link]).strip(), link=link)


def _text(item: News, base: str) -> str:
    link = item.link(base)
    lines = [item.head, item.event.text, *([item.filters] if item.filters else []), *([link] if link else [])]
    return "\n".join(lines)


def _html(item: News, base: str) -> Markup:
    link = item.link(base)
    filters = Markup('<br><span style="color:#6b7280">{}</span>').format(item.filters) if item.filters else ""
    way = Markup('<br><a href="{}">{}</a>').format(link, _("Open in Storesight")) if link else ""
    return Markup("<p><strong>{}</strong><br>{}{}{}</p>").format(item.head, item.event.text, filters, way)


def _foot(news: Sequence[News], base: str) -> str:
    sets = dict.fromkeys(
        _("Data of {data} up to {day}.", data=item.data_title, day=item.data_until)
        if item.data_until
        else _("Data of {data}.", data=item.data_title)
        for item in news
    )
    owners = sorted({item.rule.owner.subject for item in news} - {OF_DATA})
    whose = _("Shows what {person} may see.", person=", ".join(owners)) if owners else ""
    where = _("Change or delete alerts: {address}", address=f"{base}/alerts") if base else ""
    return " ".join(part for part in (*sets, whose, where) if part)


def _facts(item: News) -> dict[str, str]:
    return {
        "alert": item.rule.title,
        "kind": item.event.kind,
        "data": item.rule.data,
        "period": item.event.period,
        "text": item.event.text,
        "filters": item.filters,
    }
