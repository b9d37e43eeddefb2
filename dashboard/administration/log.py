"""The page "Audit log": who did what, by person, action and days.

GET /audit        the log: who, action, since and until as parameters
GET /audit.csv    the same entries as a file, as many as may be read at once
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from dash import html
from flask import Flask, Response, request
from markupsafe import Markup

from analytics.errors import RequestError
from analytics.language import N_, _
from dashboard.company import audit
from dashboard.company.audit import Entry
from dashboard.company.state import State
from dashboard.login import pages
from dashboard.login.guard import AUDITED, REFUSED
from dashboard.page.routes import standing_page
from dashboard.text.moments import moment
from dashboard.web.csv_text import safe_text

COLUMNS = (N_("When (UTC)"), N_("Who"), N_("Action"), N_("Object"), N_("Details"))
MOST_SHOWN, MOST_ROWS = 500, 100_000
LONGEST = 500
DAYS = 7  # shown unless others are asked for
ACTIONS = (*dict.fromkeys(AUDITED.values()), "signed in", "signed out", "sign-in refused", REFUSED)  # offered to choose


@dataclass(frozen=True)
class Asked:
    """Which entries are asked for. `action`: how it begins. `since` and `until`: days such as 2026-12-31, both
    included."""

    who: str
    action: str
    since: str
    until: str

    def entries(self, state: State, limit: int) -> Sequence[Entry]:
        """The newest of them."""
        until = _midnight(self.until, "until") + timedelta(days=1)
        since = int(_midnight(self.since, "since").timestamp())
        return audit.entries(
            state, who=self.who, action=self.action, since=since, until=int(until.timestamp()), limit=limit
        )


def install(server: Flask, state: State, days: int) -> None:
    """Add the routes. Entries older than `days` go when the log is read, as they do when somebody signs in."""

    @server.get("/audit", endpoint="people.audit")
    def log() -> Response:
        audit.forget(state, days)
        return pages.shown(_page(state, _asked()))

    @server.get("/audit.csv", endpoint="people.audit_file")
    def file() -> Response:
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow([_(name) for name in COLUMNS])
        for entry in _asked().entries(state, MOST_ROWS):
            rows.writerow(map(safe_text, _cells(entry, f"{datetime.fromtimestamp(entry.at, UTC):%Y-%m-%d %H:%M:%S}")))
        answer = Response(out.getvalue(), mimetype="text/csv")
        answer.headers["Content-Disposition"] = "attachment; filename=audit.csv"
        return answer


def _asked() -> Asked:
    """What the parameters ask for: the last days unless they say otherwise."""
    today = datetime.fromtimestamp(time.time(), UTC)
    given = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("who", "action", "since", "until")}
    given["since"] = given["since"] or f"{today - timedelta(days=DAYS - 1):%Y-%m-%d}"
    given["until"] = given["until"] or f"{today:%Y-%m-%d}"
    return Asked(**given)


def _midnight(day: str, name: str) -> datetime:
    """The beginning of a day. RequestError where it is none."""
    try:
        if not re.fullmatch(r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}", day):
            raise ValueError
        return datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        raise RequestError(N_("expected a day such as 2026-12-31, found “{day}”.", day=day[:40]), where=name) from None


def _page(state: State, asked: Asked) -> str:
    entries = asked.entries(state, MOST_SHOWN)
    fields = [
        Markup('<label>{} <input name="{}" type="{}" value="{}"{}></label>').format(label, name, kind, value, extra)
        for label, name, kind, value, extra in (
            (_("Who"), "who", "text", asked.who, ""),
            (_("Action"), "action", "text", asked.action, Markup(' list="actions"')),
            (_("From"), "since", "date", asked.since, ""),
            (_("To"), "until", "date", asked.until, ""),
        )
    ]
    known = [Markup('<option value="{}">').format(action) for action in ACTIONS]
    query = urlencode({"who": asked.who, "action": asked.action, "since": asked.since, "until": asked.until})
    form = Markup(
        '<form action="/audit" class="saved-view">{}<datalist id="actions">{}</datalist><button>{}</button>'
        '<a href="/audit.csv?{}">{}</a></form>'
    ).format(Markup("").join(fields), Markup("").join(known), _("Show"), query, _("Download as CSV"))
    cut = [html.P(_("The newest {shown} entries. The CSV file has up to {most}.", shown=MOST_SHOWN, most=MOST_ROWS))]
    head = html.Thead(html.Tr([html.Th(_(name)) for name in COLUMNS]))
    rows = [
        html.Tr([html.Td(text) for text in _cells(entry, moment(entry.at, to_the_second=True))]) for entry in entries
    ]
    table = html.Div(html.Table([head, html.Tbody(rows)], className="plain-table audit"), className="table-scroll")
    shown = [*(cut if len(entries) == MOST_SHOWN else []), table] if entries else [html.P(_("No entries match."))]
    inside: list[Any] = [form, *shown]
    return standing_page(_("Audit log"), html.Section(inside, className="card-plain"))


def _cells(entry: Entry, when: str) -> tuple[str, ...]:
    return (when, entry.who, entry.action, entry.what, entry.detail)
