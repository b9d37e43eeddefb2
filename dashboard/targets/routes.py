"""The routes of targets.

GET  /targets               the page: how they stand, and the forms; the query string chooses data set and rows, `by`,
                            `rows` and `value` add a filter to it (rows.py); `saved`: what was just done, with "Undo"
POST /targets               set one: metric, period (or first_day and last_day), value, filters, name, why; where it
                            takes the place of another it asks first, and is sent again with that one's value: replaces
GET  /targets/<number>      who set and changed one
POST /targets/<number>      do = change (value), end or undo; seen: the version that the person saw
POST /targets/import        a file: what it would change; do = apply: change it
GET  /targets/targets.csv   all of a data set that one sees, as a file for the import
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request

from analytics.engines.base import Engine
from analytics.errors import RequestError, TooLarge
from analytics.language import N_
from analytics.questions.targets.target import Target
from analytics.selection import Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer
from dashboard.company import audit
from dashboard.company.state import State
from dashboard.components.refusals import refusal
from dashboard.pages import CHARTS
from dashboard.targets import files, page, rows, store, words
from dashboard.targets.store import Stored

PATIENCE = 1.0  # seconds that the page waits for chances
LONGEST_FIELD = 20_000
CHANGES: Final = ("change", "end", "undo")
ASKED: Final = ("metric", "period", "first_day", "last_day", "value", "filters", "name", "why")  # by the form


class Desk:
    """The requests about targets of one application."""

    def __init__(self, state: State, service: Service) -> None:
        self.state, self.service = state, service

    def listed(self) -> Response:
        """The page; or the address of the rows that were chosen on it."""
        answers = self._answers()
        by, value = request.args.get("by", ""), request.args.get("value", "")
        if not by:
            return self._page(answers)
        query = f"{urlencode({'data': request.args.get('data', '')})}&{request.args.get('rows', '')}"
        if not value:
            return self._page(answers, query, by=by)
        selection, engine, _ = answers.select(query)
        try:
            return _back(f"{rows.chosen(engine, engine.resolve(selection), by, value)}#set")
        except RequestError as fault:
            return self._page(answers, query, fault=refusal(fault))

    def add(self) -> Response:
        """Set one target."""
        answers = self._answers()
        engine = _named(answers)
        selection, _, _ = answers.select(_query())
        query = words.kept(selection, engine)
        given = {name: _field(name) for name in ASKED}
        own_days = given["first_day"] or given["last_day"]
        try:
            period = files.days(given["first_day"], given["last_day"]) if own_days else given["period"]
            target = files.read_target(engine, answers.goals.limits, given | {"period": period}, files.mark_of(engine))
            before = next((t for t in answers.goals.seen(engine) if t.key == target.key), None)
            if before and before.value != target.value and _field("replaces") != repr(before.value):
                return self._page(answers, told=words.question(target, before, given, engine, query), given=given)
            self._save(engine, [(target, given["why"])])
        except RequestError as fault:
            return self._page(answers, fault=refusal(fault), given=given)
        now = next((t.id for t in answers.goals.seen(engine) if t.key == target.key), 0)
        return _back(f"{query}&saved={now}")

    def history(self, number: int) -> Response:
        """The versions of one target."""
        __, engine, target = self._of(number)
        return _shown(page.history_page(engine, target, store.history(self.state, number)))

    def change(self, number: int) -> Response:
        """Another value, the end, or the way back from the last of these."""
        answers, engine, target = self._of(number)
        do = _field("do")
        if do not in CHANGES:
            raise RequestError(f"do must be one of {', '.join(CHANGES)}.", where="do")
        seen = _field("seen")
        if not seen.isascii() or not seen.isdigit() or len(seen) > 9:
            raise RequestError("the version that was seen is a number.", where="seen")
        try:
            value = files.number(_field("value"), files.mark_of(engine)) if do == "change" else None
            about = self.state, answers.viewer.name, number, int(seen), _field("why")
            if do != "undo":
                store.change(*about, value)
            else:
                self._undo(about, self._declared(answers, engine, target))
        except RequestError as fault:
            return self._page(answers, self._kept(answers, engine), fault=refusal(fault))
        what = f"{number}: {target.metric} {target.span} {do}"
        audit.record(self.state, answers.viewer.name, "changed a target", what, f"{value or ''} {_field('why')}")
        undone = "&undone=1" if do == "undo" else ""
        return _back(f"{self._kept(answers, engine)}&saved={number}{undone}")

    def load(self) -> Response:
        """Show what a file changes, or change it."""
        answers = self._answers()
        engine = _named(answers)
        known = {t.key: t for t in answers.goals.seen(engine, ended=True)}
        try:
            text = _field("text", files.LARGEST_FILE) if _field("do") == "apply" else _file()
            lines = files.read_file(text, engine, answers.goals.limits, known)
            if _field("do") != "apply":
                return _shown(page.preview(engine, lines, text))
            if any(line.fault for line in lines):
                return _shown(page.preview(engine, lines, text), 400)
            self._save(engine, [(line.target, line.why) for line in lines if line.target])
        except RequestError as fault:
            return self._page(answers, fault=refusal(fault))
        return _back(f"data={engine.name}")

    def download(self) -> Response:
        """The targets of a data set as CSV."""
        answers = self._answers()
        _, engine, _ = answers.select(_query(), strict=True)
        text = files.written(answers.goals.seen(engine), engine)
        named = f'attachment; filename="targets-{engine.name}.csv"'
        return Response(text, mimetype="text/csv", headers={"Content-Disposition": named})

    def _answers(self) -> ViewerService:
        return self.service.for_viewer(current_viewer())

    def _save(self, engine: Engine, targets: list[tuple[Target, str]]) -> None:
        who = current_viewer().name
        if changed := store.save(self.state, who, engine.name, targets):
            told = [f"{t.metric} {t.span} = {t.value:.15g} {why}".strip() for t, why in targets]
            audit.record(self.state, who, "set targets", f"{engine.name}: {changed}", "; ".join(told))

    def _of(self, number: int) -> tuple[ViewerService, Engine, Target]:
        """A target that the viewer sees, ended or not. RequestError for any other."""
        answers = self._answers()
        for dataset in answers.datasets():
            if dataset.error:
                continue
            engine = answers.engine(dataset.name)
            for target in answers.goals.seen(engine, ended=True):
                if target.id == number and number:
                    return answers, engine, target
        raise RequestError(N_("there is no target {number}.", number=str(number)), where="target")

    def _kept(self, answers: ViewerService, engine: Engine) -> str:
        """Where a change came from: filters and dates, if the address names this data set."""
        selection, opened, _ = answers.select(_query())
        return words.kept(selection, engine) if opened.name == engine.name else f"data={engine.name}"

    def _undo(self, about: tuple[State, str, int, int, str], declared: Target | None) -> None:
        """Make the target what it was before the version that the person saw: another value, none, or the `declared`
        one of the data set's file. `about`: what store.change is given."""
        _, _, number, seen, _ = about
        before = next((v for v in store.history(self.state, number) if v.number == seen - 1), None)
        if declared and (before is None or before.withdrawn):
            store.withdraw(*about)
        else:
            store.change(*about, None if before is None or before.ended else before.value)

    def _declared(self, answers: ViewerService, engine: Engine, target: Target) -> Target | None:
        """The target of the data set's file that is about the same."""
        return next((t for t in answers.goals.declared(engine) if t.key == target.key), None)

    def _told(self, answers: ViewerService, engine: Engine) -> list[Any]:
        """Of the target that was just set, changed or deleted: what it is now and was before, with the way back; []
        where none was."""
        number = request.args.get("saved", "")
        target = next((t for t in answers.goals.seen(engine, ended=True) if t.id and str(t.id) == number), None)
        if target is None or not answers.viewer.may("targets"):
            return []
        if target.withdrawn:
            stated = self._declared(answers, engine, target)
            target = replace(target, value=stated.value, ended=False) if stated else target
        query, undone = self._kept(answers, engine), bool(request.args.get("undone"))
        return words.undo(target, store.history(self.state, target.id), engine, answers.viewer.name, query, undone)

    def _page(
        self,
        answers: ViewerService,
        query: str = "",
        fault: str = "",
        by: str = "",
        told: Sequence[Any] = (),
        given: Mapping[str, str] | None = None,
    ) -> Response:
        selection, engine, _ = answers.select(query or _query())
        now = engine.resolve(selection)
        answer = answers.answer(CHARTS["targets"], now, {}, engine, PATIENCE)
        viewer = answers.viewer
        opened = page.Opened(
            engine,
            selection,
            now,
            answer,
            store.numbers(self.state),
            [t for t in answers.goals.seen(engine, ended=True) if t.ended and not t.withdrawn],
            answers.datasets(),
            viewer.may("targets"),
            viewer.may("export"),
            fault,
            told=told or self._told(answers, engine),
            by=by,
            given=given or {},
        )
        return _shown(page.page(opened), 400 if fault else 200)


def install(server: Flask, state: State, service: Service) -> None:
    """Add the routes, and let all charts know the targets of the store."""
    desk, stored = Desk(state, service), Stored(state)
    service.stored_targets = stored.of
    rules: tuple[tuple[str, Any, str], ...] = (
        ("/targets", desk.listed, "GET"),
        ("/targets", desk.add, "POST"),
        ("/targets/<int:number>", desk.history, "GET"),
        ("/targets/<int:number>", desk.change, "POST"),
        ("/targets/import", desk.load, "POST"),
        ("/targets/targets.csv", desk.download, "GET"),
    )
    for rule, view, method in rules:
        server.add_url_rule(rule, f"targets.{view.__name__}", view, methods=[method])


def _query() -> str:
    return request.query_string.decode("utf-8", "replace")


def _named(answers: ViewerService) -> Engine:
    """The data set that the address names. UnknownName where it is not there: nothing is set for another one."""
    return answers.engine(Selection.from_query(_query())[0].data)


def _field(name: str, longest: int = LONGEST_FIELD) -> str:
    text = request.form.get(name, "")
    if len(text) > longest:
        raise TooLarge(N_("enter at most {most} characters.", most=longest), where=name)
    return text


def _file() -> str:
    """The text of the file that was sent."""
    sent = request.files.get("file")
    data = sent.stream.read(4 * files.LARGEST_FILE + 1) if sent else b""
    if len(data) > 4 * files.LARGEST_FILE:
        raise TooLarge(N_("the file may have at most {most} characters.", most=files.LARGEST_FILE), where="file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise RequestError(
            N_("the file is not UTF-8 text."), where="file", hint=N_("Save it as “CSV UTF-8”.")
        ) from fault


def _back(query: str) -> Response:
    return redirect(f"/targets?{query}", 303)  # type: ignore[return-value]


def _shown(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="text/html", headers={"Cache-Control": "private, no-store"})
