"""The routes of notes.

GET  /notes          the page "Notes": decisions due for a check, and all notes by text, kind and data set
POST /notes          add one: address of the page it is about, chart, and the fields of a draft
GET  /notes/new      the whole form, for decisions too: address, first
GET  /notes/<id>     one note: its form, its history and, of a decision, its measured outcome
POST /notes/<id>     change one: do = change, remove or check
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from flask import Flask, Response, redirect, request

from analytics.errors import RequestError, StoresightError
from analytics.language import N_
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import Viewer, current_viewer
from dashboard.company import audit
from dashboard.company.state import State
from dashboard.company.views import LONGEST_ADDRESS
from dashboard.components.refusals import refusal
from dashboard.notebook import form, page
from dashboard.notes import entries, kept
from dashboard.notes.draft import LONGEST_TEXT, Draft
from dashboard.notes.entries import Entry
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
        about = _about(mine(), request.args.get("address", "/overview")[: LONGEST_ADDRESS + 1])
        return _shown(_form(mine(), about, {"first": request.args.get("first", "")[:10]}))

    def note(number: int) -> Response:
        return _shown(*page.one(state, mine(), entries.find(state, mine(), number)))

    def add() -> Response:
        return _added(state, mine())

    def change(number: int) -> Response:
        return _changed(state, mine(), entries.find(state, mine(), number))

    for rule, view, method in (
        ("/notes", listed, "GET"),
        ("/notes", add, "POST"),
        ("/notes/new", new, "GET"),
        ("/notes/<int:number>", note, "GET"),
        ("/notes/<int:number>", change, "POST"),
    ):
        server.add_url_rule(rule, f"notebook.{view.__name__}", view, methods=[method])


def _added(state: State, service: ViewerService) -> Response:
    viewer, given = service.viewer, _fields()
    about = _about(service, _field("address", LONGEST_ADDRESS))
    try:
        draft = Draft.read(given)
        chart = _field("chart", 80)
        written_on = f"{about.address}#{chart}" if chart in CHARTS else about.address
        number = kept.add(state, viewer, about.data, about.scope, written_on, draft)
    except RequestError as fault:
        return _shown(_form(service, about, given, refusal(fault)), status=400)
    audit.record(state, viewer.name, "added a note", f"{number}: {draft.kind}", draft.text)
    return redirect(written_on if chart in CHARTS else f"/notes/{number}", 303)  # type: ignore[return-value]


def _changed(state: State, service: ViewerService, entry: Entry) -> Response:
    number, do = entry.note.id, _field("do", 20)
    if do not in CHANGES:
        raise RequestError(f"do must be one of {', '.join(CHANGES)}.", where="do")
    try:
        CHANGES[do](state, service, entry)
    except RequestError as fault:
        if do != "change":
            raise
        return _shown(*page.one(state, service, entry, _fields(), refusal(fault)), status=400)
    audit.record(state, service.viewer.name, "changed a note", f"{number}: {do}")
    return redirect("/notes" if do == "remove" else f"/notes/{number}", 303)  # type: ignore[return-value]


def _form(service: ViewerService, about: About, given: Mapping[str, str], fault: str = "") -> str:
    told = page.about(service.engine(about.data), about.scope)
    return form.new(service.viewer, about.address, told, given, fault)


def _change(state: State, service: ViewerService, entry: Entry) -> None:
    kept.change(state, service.viewer, entry.note.id, Draft.read(_fields()))


def _remove(state: State, service: ViewerService, entry: Entry) -> None:
    kept.remove(state, service.viewer, entry.note.id)


def _check(state: State, service: ViewerService, entry: Entry) -> None:
    kept.check(state, service.viewer, entry.note.id, page.verdict(state, service, entry))


CHANGES: dict[str, Callable[[State, ViewerService, Entry], None]] = {
    "change": _change,
    "remove": _remove,
    "check": _check,
}


def _person() -> Viewer:
    viewer = current_viewer()
    if not viewer.title:
        raise RequestError(N_("only people who sign in can keep notes."), hint=N_("See docs/people.md."))
    return viewer


@dataclass(frozen=True)
class About:
    """What a note is written about: the address of its page as the application writes it, its data set, and its
    filters. The range is in days, so that the page can be opened as it was; options of charts are left out, since they
    may name values that a reader of the note may not see."""

    address: str
    data: str
    scope: str


def _about(service: ViewerService, given: str) -> About:
    """The page of this address. RequestError where it is none, or names what is not there for the viewer."""
    path, query = parted(given[:LONGEST_ADDRESS])
    if path not in BY_PATH:
        raise RequestError(N_("this is not the address of a page."), where="address")
    try:
        selection, engine, dropped = service.select(query)
        now = engine.resolve(selection)
    except StoresightError as fault:
        raise RequestError(
            N_("this page cannot have notes: {reason}", reason=fault.sentence), where="address"
        ) from fault
    scope = scope_of(selection.clauses)
    if dropped or clauses_of(scope, engine, service.viewer) is None:
        told = dropped[0] if dropped else N_("a value of its filters is not in the data.")
        raise RequestError(N_("this page cannot have notes: {reason}", reason=told), where="address")
    then = replace(selection, range=str(now.requested), options=())
    return About(f"{path}?{then.to_query()}", selection.data, scope)


def _fields() -> dict[str, str]:
    return {name: _field(name, LONGEST_FIELD) for name in FIELDS}


def _field(name: str, most: int) -> str:
    text = request.form.get(name, "")
    if len(text) > most:
        raise RequestError(N_("enter at most {most} characters.", most=most), where=name)
    return text


def _shown(text: str, waits: bool = False, status: int = 200) -> Response:
    headers = {"Cache-Control": "private, no-store"} | ({"Refresh": str(REFRESH)} if waits else {})
    return Response(text, status, mimetype="text/html", headers=headers)
