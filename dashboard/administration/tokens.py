"""The page "Tokens": programs that ask in one's name.

GET  /tokens             one's own, and for administrators everybody's
POST /tokens             a new one: title, days, scope, data, conditions; shows its text, this once
POST /tokens/<number>    change one: do = rotate or revoke
"""

from __future__ import annotations

import re
from typing import Any, cast

from dash import html
from flask import Flask, Response, redirect, request
from markupsafe import Markup

from analytics.errors import RequestError
from analytics.language import N_, _, several
from dashboard.administration.checks import condition, unknown_values
from dashboard.administration.forms import button, field, told
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.company import api_tokens, audit, owners, users
from dashboard.company.api_tokens import SCOPES, ApiToken, Scope
from dashboard.company.state import State
from dashboard.components.refusals import refusal
from dashboard.login import pages
from dashboard.login.guard import current_session
from dashboard.page.routes import standing_page
from dashboard.text.moments import day

DAYS = (30, 90, 180, api_tokens.LONGEST_DAYS)
PURPOSES: dict[Scope, str] = {
    "read": N_("Figures, order lines and workbooks by address"),
    "mcp": N_("Answers for AI agents"),
}
MOST_TEXT = 5000


def install(server: Flask, state: State, service: Service) -> None:
    """Add the routes."""

    def listed() -> Response:
        _confirm(state)
        return _shown(state, service)

    def add() -> Response:
        viewer = current_viewer()
        try:
            text = _made(state, service.for_viewer(viewer))
        except RequestError as fault:
            return _shown(state, service, fault=refusal(fault), status=400)
        audit.record(state, viewer.name, "made a token", " ".join(field("title").split()))
        return _shown(state, service, _secret(text, _("Copy the token now: it is not shown again.")))

    def change(number: int) -> Response:
        viewer, do = current_viewer(), field("do")
        try:
            if do == "rotate":
                text = api_tokens.rotate(state, number, viewer.name)
                audit.record(state, viewer.name, "changed the text of a token", str(number))
                return _shown(
                    state,
                    service,
                    _secret(
                        text, _("Copy the new token now: it is not shown again. The old one works for one more day.")
                    ),
                )
            if do != "revoke":
                raise RequestError("do must be rotate or revoke.", where="do")
            api_tokens.revoke(state, number, "" if viewer.may("administer") else viewer.name)
        except RequestError as fault:
            return _shown(state, service, fault=refusal(fault), status=400)
        audit.record(state, viewer.name, "revoked a token", str(number))
        return redirect("/tokens", 303)  # type: ignore[return-value]

    server.add_url_rule("/tokens", "tokens.listed", listed, methods=["GET"])
    server.add_url_rule("/tokens", "tokens.add", add, methods=["POST"])
    server.add_url_rule("/tokens/<int:number>", "tokens.change", change, methods=["POST"])


def _confirm(state: State) -> None:
    """A person without an account here has shown who they are."""
    session = current_session()
    if session is not None and session.method != "local":
        api_tokens.confirm(state, session.subject, session.groups)
        owners.confirm(state, owners.owner_of(state, session))


def _made(state: State, service: ViewerService) -> str:
    """The text of a new token, of the form that was sent."""
    session = current_session()
    assert session is not None  # the guard lets nobody else pass
    account = users.find(state, session.subject).id if session.method == "local" else None
    days = field("days", 5)
    if not re.fullmatch(r"[0-9]{1,4}", days):
        raise RequestError(N_("expected a whole number of days."), where="days")
    scopes = request.form.getlist("scope")[: len(SCOPES) + 1]
    seen = {d.name for d in service.datasets() if not d.error}
    chosen = request.form.getlist("data")[:1000]
    if not set(chosen) <= seen:
        raise RequestError(N_("you may not see one of these data sets."), where="data")
    clauses = api_tokens.read_conditions([t for t in field("conditions", MOST_TEXT).splitlines() if t.strip()])
    for name, value in unknown_values(service, clauses, chosen or sorted(seen)):
        raise RequestError(
            N_("no row that you may see has {name} = {value}.", name=name, value=value), where="conditions"
        )
    return api_tokens.create(
        state,
        session.subject,
        field("title", 1000),
        int(days),
        user_id=account,
        groups=session.groups,
        datasets=chosen or None,
        clauses=clauses,
        scopes=cast("list[Scope]", scopes),  # create checks them
    )


def _secret(text: str, note: str) -> list[Any]:
    return [html.P(note, role="status"), html.P(html.Code(text, className="secret"))]


def _shown(
    state: State, service: Service, message: list[Any] | None = None, *, fault: str = "", status: int = 200
) -> Response:
    viewer = current_viewer()
    own: list[Any] = [_token(token) for token in api_tokens.all_tokens(state, viewer.name)]
    form = _form(service.for_viewer(viewer), refused=bool(fault))
    parts = [html.Section([html.H2(_("New token")), *told(fault, message or []), form], className="card-plain")]
    empty = [html.P(_("You have no tokens yet."))]
    parts.append(html.Section([html.H2(_("Your tokens")), *(own or empty)], className="card-plain"))
    if viewer.may("administer"):
        others: list[Any] = [_token(t, own=False) for t in api_tokens.all_tokens(state) if t.subject != viewer.name]
        if others:
            parts.append(html.Section([html.H2(_("Other people’s tokens")), *others], className="card-plain"))
    return pages.shown(standing_page(_("Tokens"), html.Div(parts, className="adding")), status)


def _form(service: ViewerService, *, refused: bool) -> Markup:
    """The form for a new token; `refused`: with what was typed."""
    ends = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            n, Markup(" selected") if n == 90 else "", _("{days:day|days}", days=n)
        )
        for n in DAYS
    )
    scopes = [_box("scope", scope, _(label), checked=scope == "read") for scope, label in PURPOSES.items()]
    data = [_box("data", d.name, d.title, checked=False) for d in service.datasets() if not d.error]
    return Markup(
        '<p class="muted">{about}</p>'
        '<form method="post" action="/tokens" class="stacked">'
        '<label><span>{purpose}</span><input name="title" value="{title}" maxlength="{longest}" required></label>'
        '<label><span>{lasts}</span><select name="days">{ends}</select></label>'
        "<fieldset><legend>{may}</legend>{scopes}</fieldset>"
        "<fieldset><legend>{sets}</legend>{data}</fieldset>"
        "<label><span>{rows}</span>"
        '<textarea name="conditions" rows="3" maxlength="{most}" placeholder="region=North">'
        "{conditions}</textarea></label>"
        '<button class="apply">{make}</button></form>'
    ).format(
        about=_(
            "A token lets a spreadsheet, script or AI agent see what you may see, within the limits below. It cannot "
            "sign in, add data or create tokens."
        ),
        purpose=_("What it is for"),
        lasts=_("Expires after"),
        may=_("It may read"),
        sets=_("Data sets (none ticked: all that you may see)"),
        rows=_("Only rows with these values, one condition per line"),
        make=_("Create token"),
        longest=api_tokens.LONGEST_TITLE,
        ends=ends,
        scopes=Markup("").join(scopes),
        data=Markup("").join(data),
        most=MOST_TEXT,
        title=request.form.get("title", "") if refused else "",
        conditions=request.form.get("conditions", "") if refused else "",
    )


def _box(name: str, value: str, label: str, *, checked: bool) -> Markup:
    mark = Markup(" checked") if checked else ""
    return Markup('<label class="tick"><input type="checkbox" name="{}" value="{}"{}> {}</label>').format(
        name, value, mark, label
    )


def _token(token: ApiToken, *, own: bool = True) -> Markup:
    """One token with its buttons; only its person gets another text for it."""
    used = _("last used on {day}", day=day(token.used_at)) if token.used_at else _("not used yet")
    about = [
        *([] if own else [_("by {person}", person=token.subject)]),
        several(_(PURPOSES[s]) for s in SCOPES if s in token.scopes),
        _("all data sets")
        if token.datasets is None
        else _("data sets: {names}", names=", ".join(sorted(token.datasets))),
        *(condition(c) for c in token.clauses),
        _("expires on {day}", day=day(token.expires_at)),
        used,
        *([_("paused until its owner signs in again")] if token.rests else []),
    ]
    buttons = [
        *([button("rotate", _("Renew"))] if own else []),
        button(
            "revoke",
            _("Revoke"),
            _("Revoke the token “{name}”? Programs that use it stop working.", name=token.title),
        ),
    ]
    return Markup(
        '<form method="post" action="/tokens/{}" class="saved-view"><span>{} <small>{}</small></span>{}</form>'
    ).format(token.id, token.title, " · ".join(about), Markup("").join(buttons))
