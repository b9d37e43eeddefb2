"""The routes of notes.

GET  /notes          the page "Notes": decisions due for a check, and all notes by text, kind and data set
POST /notes          add one: address of the page it is about, chart, and the fields of a draft
GET  /notes/new      the whole form, for decisions too: address, first
GET  /notes/<id>     one note: its form, its history and, of a decision, its measured outcome
POST /notes/<id>     change one: do = change, remove or check
"""

from __future__ import annotations

from dataclasses import replace

from flask import Flask, Response, redirect, request

from analytics.errors import RequestError, StoresightError
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import Viewer, current_viewer
from dashboard.company import audit
from dashboard.company.state import State
from dashboard.company.views import LONGEST_ADDRESS
from dashboard.notebook import form, page
from dashboard.notes import entries, kept
from dashboard.notes.draft import LONGEST_TEXT, Draft
from dashboard.notes.scope import clauses_of, scope_of
from dashboard.page.protocol import address as parted
from dashboard.pages import BY_PATH, CHARTS

LONGEST_FIELD = 2 * LONGEST_TEXT  # a browser sends two characters for the end of a line
FIELDS = ("first", "last", "kind", "text", "audience", "metric", "direction", "percent", "check")
REFRESH = 3  # seconds after which a page asks again for outcomes that are being computed


def install(server: Flask, state: State, service: Service) -> None:
    """Add the routes."""

    def mine() -> ViewerService:
        return service.for_viewer(_person())

    def listed() -> Response:
        wanted = page.Wanted.read(request.args)
        return _shown(*page.listed(state, mine(), wanted))

    def new() -> Response:
        given, first = request.args.get("address", "/overview")[: LONGEST_ADDRESS + 1], request.args.get("first", "")
        path, query, (data, scope) = _about(mine(), given)
        return _shown(form.new(_person(), f"{path}?{query}", page.about(mine().engine(data), scope), first[:10]))

    def note(number: int) -> Response:
        return _shown(*page.one(state, mine(), entries.find(state, mine(), number)))

    def add() -> Response:
        viewer, draft = _person(), Draft.read(_fields())
        path, query, (data, scope) = _about(mine(), _field("address", LONGEST_ADDRESS))
        number = kept.add(state, viewer, data, scope, f"{path}?{query}", draft)
        audit.record(state, viewer.name, "added a note", f"{number}: {draft.kind}", draft.text)
        chart = _field("chart", 80)
        target = f"{path}?{query}#{chart}" if chart in CHARTS else f"/notes/{number}"
        return redirect(target, 303)  # type: ignore[return-value]

    def change(number: int) -> Response:
        viewer, do = _person(), _field("do", 20)
        entry = entries.find(state, mine(), number)
        if do == "change":
            kept.change(state, viewer, number, Draft.read(_fields()))
        elif do == "remove":
            kept.remove(state, viewer, number)
        elif do == "check":
            kept.check(state, viewer, number, page.verdict(state, mine(), entry))
        else:
            raise RequestError("do must be one of change, remove, check.", where="do")
        audit.record(state, viewer.name, "changed a note", f"{number}: {do}")
        return redirect("/notes" if do == "remove" else f"/notes/{number}", 303)  # type: ignore[return-value]

    for rule, view, method in (
        ("/notes", listed, "GET"),
        ("/notes", add, "POST"),
        ("/notes/new", new, "GET"),
        ("/notes/<int:number>", note, "GET"),
        ("/notes/<int:number>", change, "POST"),
    ):
        server.add_url_rule(rule, f"notebook.{view.__name__}", view, methods=[method])


def _person() -> Viewer:
    viewer = current_viewer()
    if not viewer.title:
        raise RequestError("notes are kept for people who sign in.", hint="See docs/people.md.")
    return viewer


def _about(service: ViewerService, given: str) -> tuple[str, str, tuple[str, str]]:
    """Path and query of the page that a note is written on, as the application writes them, with its data set and the
    filters that the note is about. The range is kept in days, so that the page can be opened as it was."""
    path, query = parted(given[:LONGEST_ADDRESS])
    if path not in BY_PATH:
        raise RequestError("this is no address of a page.", where="address")
    try:
        selection, engine, dropped = service.select(query)
        now = engine.resolve(selection)
    except StoresightError as fault:
        raise RequestError(f"a note cannot be about this page: {fault}", where="address") from fault
    scope = scope_of(selection.clauses)
    if dropped or clauses_of(scope, engine, service.viewer) is None:
        told = dropped[0] if dropped else "a value of its filters is not in the data."
        raise RequestError(f"a note cannot be about this page: {told}", where="address")
    then = replace(selection, range=str(now.requested))
    return path, then.to_query(), (selection.data, scope)


def _fields() -> dict[str, str]:
    return {name: _field(name, LONGEST_FIELD) for name in FIELDS}


def _field(name: str, most: int) -> str:
    text = request.form.get(name, "")
    if len(text) > most:
        raise RequestError(f"the field has more than {most} characters.", where=name)
    return text


def _shown(text: str, waits: bool = False) -> Response:
    headers = {"Cache-Control": "private, no-store"} | ({"Refresh": str(REFRESH)} if waits else {})
    return Response(text, mimetype="text/html", headers=headers)
