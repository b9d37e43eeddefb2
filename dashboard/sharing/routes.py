"""The routes of share links.

GET  /shares               the links that work now: one's own or, for administrators, all
GET  /shares/new?view=…    the form of a new one; title
POST /shares               make one: address, title, days, frozen, who and, without a login, changeable, lines,
                           files and parents; shows it, this once
POST /shares/<number>      end one
"""

from __future__ import annotations

import re
import time

from flask import Flask, Response, redirect, request

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_, _, several
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import Viewer, current_viewer
from dashboard.company import audit, users
from dashboard.company.api_tokens import DAY
from dashboard.company.owners import confirm, owner_of
from dashboard.company.state import State
from dashboard.company.views import LONGEST_ADDRESS
from dashboard.components.refusals import refusal
from dashboard.login.guard import current_session
from dashboard.pages import BY_PATH
from dashboard.saved.routes import view_at
from dashboard.settings import Settings
from dashboard.sharing import page, shares
from dashboard.sharing.shares import LONGEST_DAYS, LONGEST_TITLE, Share, Terms
from dashboard.sharing.signed import MOST_PARENTS, origin
from dashboard.sharing.visits import OF_LINES
from dashboard.text.formats import formats_of
from dashboard.text.selections import clause_text

LONGEST = 2000  # of what is entered, in characters
PUBLIC_ONLY = ("changeable", "lines", "files")


def install(server: Flask, state: State, service: Service, settings: Settings) -> None:
    """Add the routes."""
    base = settings.url or f"http://127.0.0.1:{settings.port}"

    def listed() -> Response:
        session = current_session()
        assert session is not None  # the guard lets nobody else pass
        confirm(state, owner_of(state, session))
        return _shown(page.listed(current_viewer(), _theirs(state)))

    def begin() -> Response:
        viewer = current_viewer()
        view, title = request.args.get("view", ""), request.args.get("title", "")
        return _shown(_form(service.for_viewer(viewer), view[:LONGEST_ADDRESS], title[:LONGEST_TITLE]))

    def create() -> Response:
        viewer = current_viewer()
        answers, address = service.for_viewer(viewer), _field("address", LONGEST_ADDRESS)
        try:
            days = _days(_field("days"))
            terms = _terms(answers, address, days)
            token = shares.create(state, viewer, _field("title"), terms, days, _account(state, viewer, settings))
        except RequestError as fault:
            return _shown(_form(answers, address, request.form.get("title", ""), refusal(fault)), 400)
        kind = "published" if terms.public else "shared"
        audit.record(state, viewer.name, f"{kind} a view", _field("title"), f"{terms.page}?{terms.query}")
        missed = bool(_field("frozen")) and not terms.version
        told = (
            _("The dates are frozen, but not the figures: too many versions of the data are kept already.")
            if missed
            else ""
        )
        made = f"{base}/shared/{token}/"
        return _shown(page.listed(viewer, _theirs(state), made, terms, fault=told))

    def end(number: int) -> Response:
        viewer = current_viewer()
        title = shares.end(state, number, "" if viewer.may("administer") else viewer.name)
        audit.record(state, viewer.name, "ended a link", title)
        return redirect("/shares", 303)  # type: ignore[return-value]

    for rule, view, method in (
        ("/shares", listed, "GET"),
        ("/shares/new", begin, "GET"),
        ("/shares", create, "POST"),
        ("/shares/<int:number>", end, "POST"),
    ):
        server.add_url_rule(rule, f"sharing.{view.__name__}", view, methods=[method])


def _theirs(state: State) -> list[Share]:
    viewer = current_viewer()
    return list(shares.listed(state, "" if viewer.may("administer") else viewer.name))


def _form(answers: ViewerService, address: str, title: str = "", fault: str = "") -> str:
    path, selection, engine = view_at(answers, address, frozen=False)
    f, now = formats_of(engine.profile), engine.resolve(selection)
    named = title or _("{page}, {data}", page=BY_PATH[path].title, data=engine.profile.title)
    filters = several(clause_text(clause, engine.schema) for clause in selection.clauses)
    about = _("{page}, {data}", page=BY_PATH[path].title, data=engine.profile.title)
    shown = " · ".join(filter(None, [about, f.span(now.span), filters]))
    return page.form(
        answers.viewer, f"{path}?{selection.to_query()}", named, shown, f.span(now.requested), _given(), fault
    )


def _given() -> dict[str, str]:
    """What was entered in a form that was refused, as far as it may be shown again."""
    return {name: text for name, text in request.form.items() if len(text) <= LONGEST}


def _terms(answers: ViewerService, address: str, days: int) -> Terms:
    """What the form asks for. NotAllowed where the viewer may not publish."""
    frozen, public = _field("frozen") == "yes", _field("who") == "anybody"
    if public and not answers.viewer.may("publish"):
        raise NotAllowed(N_("you may not share a view without a login."), hint=N_("Ask an administrator."))
    path, selection, engine = view_at(answers, address, frozen=frozen)
    parents = [origin(text) for text in _field("parents").replace(",", " ").split()] if public else []
    if len(parents) > MOST_PARENTS:
        raise RequestError(N_("at most {most} websites may embed a link.", most=MOST_PARENTS), where="parents")
    version = answers.keep(engine.name, time.time() + days * DAY) if frozen else ""
    flags = {name: public and _field(name) == "yes" for name in PUBLIC_ONLY}
    if public and path in OF_LINES and not flags["lines"]:
        raise RequestError(N_("this page shows order lines: allow them, or share another page."), where="lines")
    return Terms(path, selection.to_query(), engine.name, version, public, tuple(parents), **flags)


def _account(state: State, viewer: Viewer, settings: Settings) -> int | None:
    """The number of the owner's account where accounts are kept here: a link ends with it."""
    return users.find(state, viewer.name).id if settings.login == "local" else None


def _days(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= LONGEST_DAYS:
        raise RequestError(N_("a link lasts 1 to {most} days.", most=LONGEST_DAYS), where="days")
    return int(text)


def _field(name: str, longest: int = LONGEST) -> str:
    text = request.form.get(name, "")
    if len(text) > longest:
        raise RequestError(N_("enter at most {most} characters.", most=longest), where=name)
    return text


def _shown(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="text/html", headers={"Cache-Control": "private, no-store"})
