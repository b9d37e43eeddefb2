"""The pages of administrators: people who may sign in, and the audit log. They need no script.

GET  /people             everybody, with a form each
POST /people             a new account: name, title, groups; shows the link of invitation, this once
POST /people/<number>    change one: do = groups, reset, off or on
GET  /audit              the log: who, action and days as parameters
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dash import html
from flask import Flask, Response, redirect, request
from markupsafe import Markup

from analytics.errors import RequestError, StoresightError
from dashboard.answers.viewers import current_viewer
from dashboard.company import audit, users
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.company.users import User
from dashboard.login import pages
from dashboard.page.routes import standing_page

COLUMNS = ("When (UTC)", "Who", "What was done", "With what", "Details")
MOST_ENTRIES = 500
LONGEST_FIELD = 20_000


def install(server: Flask, state: State, base: str, now: Callable[[], Policies], *, local: bool) -> None:
    """Add the pages: the log and, where accounts are kept here (`local`), people. `base` begins links of invitation;
    `now` gives the policies, which say who may see nothing."""

    @server.get("/audit", endpoint="people.audit")
    def log() -> Response:
        return pages.shown(_log(state))

    if not local:
        return

    @server.get("/people", endpoint="people.listed")
    def listed() -> Response:
        return pages.shown(_people(state, now()))

    @server.post("/people", endpoint="people.add")
    def add() -> Response:
        try:
            user = users.add(state, _field("name"), _field("title"), _groups())
        except RequestError as fault:
            return pages.shown(_people(state, now(), fault=str(fault.message)), 400)
        audit.record(state, current_viewer().name, "added an account", user.name, ", ".join(user.groups))
        return pages.shown(_people(state, now(), _invited(state, base, user, users.INVITATION_SECONDS)))

    @server.post("/people/<int:number>", endpoint="people.change")
    def change(number: int) -> Response:
        user, do = _of(state, number), _field("do")
        if do == "reset":
            audit.record(state, current_viewer().name, "made a link for a new password", user.name)
            return pages.shown(_people(state, now(), _invited(state, base, user, users.RESET_SECONDS)))
        try:
            _change(state, user, do)
        except StoresightError as fault:
            return pages.shown(_people(state, now(), fault=fault.message), 400)
        audit.record(state, current_viewer().name, "changed an account", f"{user.name}: {do}", ", ".join(_groups()))
        return redirect("/people", 303)  # type: ignore[return-value]


def _change(state: State, user: User, do: str) -> None:
    own = user.name == current_viewer().name
    if do == "groups":
        groups = _groups()
        if own and users.ADMINISTRATORS in user.groups and users.ADMINISTRATORS not in groups:
            raise RequestError("You cannot take the administration from yourself; another administrator can.")
        users.change(state, user, groups=groups)
    elif do in ("off", "on"):
        if own:
            raise RequestError("You cannot switch your own account off.")
        users.change(state, user, active=do == "on")
    else:
        raise RequestError("Expected groups, reset, off or on.", where="do")


def _of(state: State, number: int) -> User:
    found = next((user for user in users.all_users(state) if user.id == number), None)
    if found is None:
        raise RequestError(f"there is no account {number}.", where="account")
    return found


def _invited(state: State, base: str, user: User, seconds: int) -> list[Any]:
    """What to send to the person; it is shown this once."""
    link, hours = f"{base}/password/{users.invite(state, user, seconds)}", seconds // 3600
    while_good = "an hour" if hours == 1 else f"{hours // 24} days"
    told = f"Send this link to {user.title or user.name}. It serves once, and for {while_good}; it is not shown again."
    return [html.P(told), html.P(html.Code(link))]


def _people(state: State, policies: Policies, told: list[Any] | None = None, fault: str = "") -> str:
    everybody = users.all_users(state)
    form = Markup(
        '<form method="post" action="/people" class="saved-view">'
        '<input name="name" placeholder="Name or e-mail address" aria-label="Name or e-mail address" required>'
        '<input name="title" placeholder="How they are called" aria-label="How they are called">'
        '<input name="groups" placeholder="Groups, separated by commas" aria-label="Groups, separated by commas">'
        '<button class="apply">Invite</button></form>'
    )
    message = [html.P(fault, className="fault", role="alert")] if fault else told or []
    parts = [
        html.Section([html.H2("Invite somebody"), *message, form], className="card-plain"),
        html.Section([html.H2("People"), *[_person(user, policies) for user in everybody]], className="card-plain"),
    ]
    return standing_page("People", html.Div(parts, className="adding"))


def _person(user: User, policies: Policies) -> Markup:
    waiting = "" if user.ready else "· invited"
    condition = waiting if policies.of(user.groups) else f"{waiting} · may see nothing: no policy names these groups"
    return Markup(
        '<form method="post" action="/people/{}" class="saved-view"><span>{} <small>{} {}</small></span>'
        '<input name="groups" value="{}" aria-label="Groups of {}">'
        '<button name="do" value="groups">Change groups</button>'
        '<button name="do" value="reset">New password</button>'
        '<button name="do" value="{}">{}</button></form>'
    ).format(
        user.id,
        user.title or user.name,
        user.name,
        condition if user.active else "· off",
        ", ".join(user.groups),
        user.name,
        *(("off", "Switch off") if user.active else ("on", "Switch on")),
    )


def _log(state: State) -> str:
    days = request.args.get("days", "7")
    if not re.fullmatch(r"[0-9]{1,5}", days) or int(days) < 1:
        raise RequestError("days must be a whole number.", where="days")
    given = {name: request.args.get(name, "")[:LONGEST_FIELD] for name in ("who", "action")}
    since = int(time.time()) - int(days) * audit.DAY
    entries = audit.entries(state, who=given["who"], action=given["action"], since=since, limit=MOST_ENTRIES)
    fields = [("who", given["who"], "Who"), ("action", given["action"], "Action"), ("days", days, "Days back")]
    inputs = [
        Markup('<label>{} <input name="{}" value="{}"></label>').format(label, name, value)
        for name, value, label in fields
    ]
    form = Markup('<form action="/audit" class="saved-view">{}<button>Show</button></form>').format(
        Markup("").join(inputs)
    )
    cut = [html.P(f"The newest {MOST_ENTRIES} entries.")] if len(entries) == MOST_ENTRIES else []
    head = html.Thead(
        html.Tr([html.Th(name) for name in ("When (UTC)", "Who", "What was done", "With what", "Details")])
    )
    rows = [html.Tr([html.Td(text) for text in (_time(e.at), e.who, e.action, e.what, e.detail)]) for e in entries]
    table = html.Div(html.Table([head, html.Tbody(rows)], className="plain-table"), className="table-scroll")
    return standing_page("Audit log", html.Section([form, *cut, table], className="card-plain"))


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _groups() -> list[str]:
    return [group.strip() for group in _field("groups").split(",") if group.strip()]


def _field(name: str) -> str:
    text = request.form.get(name, "")
    if len(text) > LONGEST_FIELD:
        raise RequestError(f"the field has more than {LONGEST_FIELD} characters.", where=name)
    return text
