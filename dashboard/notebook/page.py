"""The pages of notes as HTML: the list, and one note with its history and outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import BeingComputed
from analytics.language import N_, _, several
from analytics.selection import Selection, filterable
from dashboard.answers.service import ViewerService
from dashboard.company.state import State
from dashboard.company.views import audience_label
from dashboard.components.refusals import refused
from dashboard.notebook import form
from dashboard.notes import entries, kept
from dashboard.notes.draft import KINDS, METRICS
from dashboard.notes.entries import Entry
from dashboard.notes.kept import Change
from dashboard.notes.outcomes import measured, proof
from dashboard.notes.outcomes import verdict as told_verdict
from dashboard.notes.texts import parts_of
from dashboard.page.routes import standing_page
from dashboard.text.moments import moment
from dashboard.text.selections import clause_text

MOST_LISTED = 200
WEEKS_BEFORE, MOST_WEEKS = 4, 26  # of an outcome, in its table
MOST_MEASURED = 20  # outcomes on one page
PATIENCE = 0.2  # seconds that a page waits for an outcome: enough to read a known one
LONGEST_SEARCH = 100
COMPUTING = N_("The outcome is being computed. This page updates automatically.")
CHANGED = {
    "added": N_("{moment} UTC · added by {person}."),
    "changed": N_("{moment} UTC · changed by {person}."),
    "removed": N_("{moment} UTC · removed by {person}."),
    "checked": N_("{moment} UTC · checked by {person}."),
}
FIELDS = {
    "first_day": N_("From"),
    "last_day": N_("To"),
    "kind": N_("Kind"),
    "body": N_("Text"),
    "audience": N_("Who sees it"),
    "metric": N_("Metric"),
    "percent": N_("Percent"),
    "check_day": N_("Check on"),
}


@dataclass(frozen=True)
class Wanted:
    """Which notes are listed; "" for all."""

    text: str = ""
    kind: str = ""
    data: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """From the address: text, kind, data. What makes no sense matches nothing."""
        return cls(*(given.get(name, "")[:LONGEST_SEARCH].strip() for name in ("text", "kind", "data")))

    def has(self, entry: Entry) -> bool:
        """Whether the note is one of them."""
        note = entry.note
        words = f"{note.draft.text}\n{note.author_title}".casefold()
        return self.text.casefold() in words and self.kind in ("", note.draft.kind) and self.data in ("", note.data)


class Outcomes:
    """Outcomes of decisions as they are asked for, until one has to be computed first: a page does not wait for that,
    and begins one at a time."""

    def __init__(self, service: ViewerService, known: Sequence[Entry]) -> None:
        self._service, self._known = service, known
        self.waits = False

    def of(self, entry: Entry) -> Answer | None:
        """The outcome; None where it is being computed."""
        if self.waits:
            return None
        try:
            return measured(self._service, entry, self._known, PATIENCE)
        except BeingComputed:
            self.waits = True
            return None


def listed(state: State, service: ViewerService, wanted: Wanted) -> tuple[str, bool]:
    """The page "Notes", and whether it waits for an outcome."""
    known = entries.all_of(state, service)
    found = [entry for entry in known if wanted.has(entry)]
    due = [entry for entry in found if entry.due]
    outcomes = Outcomes(service, known)
    parts: list[Any] = [_filters(wanted, known)]
    if due:
        rows = [_row(entry, service, outcomes.of(entry), check=True) for entry in due[:MOST_MEASURED]]
        parts.append(html.Section([html.H2(_("Decisions to check")), *rows], className="card-plain"))
    others = [entry for entry in found if not entry.due]
    more = (
        [html.P(_("The latest {shown} of {count}. Search to find the others.", shown=MOST_LISTED, count=len(others)))]
        if len(others) > MOST_LISTED
        else []
    )
    rows = [_row(entry, service, None) for entry in others[:MOST_LISTED]]
    head = (
        _("No notes match.")
        if known
        else _("There are no notes yet. To add one, choose “Add a note…” in the menu of a chart.")
    )
    if rows or not due:
        parts.append(html.Section([html.H2(_("Notes")), *(rows or [html.P(head)]), *more], className="card-plain"))
    return standing_page(_("Notes"), html.Div(parts, className="adding notes-page")), outcomes.waits


def one(
    state: State, service: ViewerService, entry: Entry, given: Mapping[str, str] | None = None, fault: str = ""
) -> tuple[str, bool]:
    """The page of one note, and whether it waits for its outcome. `given`: what its form was sent with, where that was
    refused because of `fault`."""
    note, viewer = entry.note, service.viewer
    outcomes = Outcomes(service, entries.all_of(state, service))
    parts: list[Any] = [
        html.Section([html.H2(_title(entry)), _text(note.draft.text), _about(entry)], className="card-plain")
    ]
    if note.decides:
        answer = outcomes.of(entry) if entry.measurable else None
        parts.append(html.Section([html.H2(_("Outcome")), *_outcome(entry, service, answer)], className="card-plain"))
    action = f"/notes/{note.id}"
    if note.author == viewer.name:
        shown = note.draft.fields if given is None else given
        inside = Markup("").join([form.fields(viewer, shown), form.button(_("Save note"), "change", "apply")])
        changing = Markup('<form method="post" action="{}" class="note-page-form">{}</form>').format(action, inside)
        parts.append(
            html.Section([html.H2(_("Edit")), *refused(fault), changing, _removing(action)], className="card-plain")
        )
    elif viewer.may("administer"):
        parts.append(html.Section([_removing(action)], className="card-plain"))
    steps = [html.Li(_step(change, whole=note.author == viewer.name)) for change in kept.history(state, note.id)]
    parts.append(html.Section([html.H2(_("History")), html.Ul(steps)], className="card-plain"))
    return standing_page(_("Note"), html.Div(parts, className="adding notes-page")), outcomes.waits


def about(engine: Engine, scope: str) -> str:
    """The clauses of a scope in words, "" for none."""
    clauses = Selection.from_query(scope, filterable(engine.schema))[0].clauses
    return several(clause_text(clause, engine.schema) for clause in clauses)


def verdict(state: State, service: ViewerService, entry: Entry) -> str:
    """What is known of a decision's outcome at this moment, for its history."""
    if not entry.measurable:
        return _not_yet(entry)
    answer = Outcomes(service, entries.all_of(state, service)).of(entry)
    return _(COMPUTING) if answer is None else told_verdict(answer, entry.note.draft, entry.formats)


def _filters(wanted: Wanted, known: Sequence[Entry]) -> Markup:
    titles = {entry.note.data: entry.engine.profile.title for entry in known}
    parts = [
        Markup('<input type="search" name="text" value="{}" placeholder="{}" aria-label="{}" maxlength="{}">').format(
            wanted.text, _("Search…"), _("Text"), LONGEST_SEARCH
        ),
        form.select("kind", {"": _("All kinds"), **KINDS}, wanted.kind, _("Kind")),
        *(
            [form.select("data", {"": _("All data sets"), **titles}, wanted.data, _("Data set"))]
            if len(titles) > 1
            else []
        ),
        Markup('<button class="menu-button">{}</button>').format(_("Search")),
    ]
    return Markup('<form method="get" action="/notes" class="notes-filter">{}</form>').format(Markup("").join(parts))


def _title(entry: Entry) -> str:
    draft = entry.note.draft
    return f"{entry.formats.span(draft.days)} · {_(KINDS.get(draft.kind, draft.kind))}"


def _row(entry: Entry, service: ViewerService, answer: Answer | None, *, check: bool = False) -> Component:
    note = entry.note
    parts: list[Any] = [
        html.H3(html.A(_title(entry), href=f"/notes/{note.id}")),
        _text(note.draft.text),
        _about(entry),
    ]
    if check:
        parts += _outcome(entry, service, answer)
    elif note.decides:
        parts.append(html.P(_expected(entry), className="muted"))
    return html.Article(parts, className="note-entry")


def _text(text: str) -> Component:
    return html.P(
        [
            html.A(part, href=part, rel="noopener noreferrer", target="_blank") if link else part
            for part, link in parts_of(text)
        ],
        className="note-text",
    )


def _about(entry: Entry) -> Component:
    """What it is about, who wrote it, who sees it, and the way to the page it was written on."""
    note, schema = entry.note, entry.engine.schema
    about = several(clause_text(clause, schema) for clause in entry.clauses) or _("everything")
    author, readers = note.author_title or note.author, audience_label(note.draft.audience)
    by = _("by {person}", person=author)
    told = f"{entry.engine.profile.title}, {about} · {by} · {readers} · "
    return html.P([told, html.A(_("Open page"), href=note.address)], className="muted")


def _expected(entry: Entry) -> str:
    draft, f = entry.note.draft, entry.formats
    said = {
        "metric": METRICS.get(draft.metric, draft.metric),
        "change": f.signed(draft.percent, 1 if draft.percent % 1 else 0),
        "day": "" if draft.check is None else f.day(draft.check),
    }
    if entry.note.checked_at is not None:
        return _("Expected: {metric} {change} by {day}. Checked.", **said)
    return _("Expected: {metric} {change} by {day}.", **said)


def _not_yet(entry: Entry) -> str:
    last = entry.formats.day(entry.engine.bounds.complete.last)
    return _("It can be measured once there are data up to that day. They end on {day} now.", day=last)


def _outcome(entry: Entry, service: ViewerService, answer: Answer | None) -> list[Any]:
    note = entry.note
    if not entry.measurable:
        return [html.P(_expected(entry)), html.P(_not_yet(entry), className="muted")]
    if answer is None:
        return [html.P(_expected(entry)), html.P(_(COMPUTING), role="status")]
    parts: list[Any] = [
        html.P(html.Strong(told_verdict(answer, note.draft, entry.formats)), className="note-verdict"),
        *_details(entry, answer),
        html.P(html.A(_("See the days before and after"), href=proof(entry, answer))),
    ]
    if entry.due and note.author == service.viewer.name:
        action = f"/notes/{note.id}"
        done = form.button(_("Mark as checked"), "check")
        parts.append(Markup('<form method="post" action="{}">{}</form>').format(action, done))
    return parts


def _details(entry: Entry, answer: Answer) -> list[Any]:
    """How it was measured, folded."""
    if answer.frame.empty:
        return []
    row, f, schema = answer.frame.iloc[0], entry.formats, entry.engine.schema
    metric, field = entry.note.draft.metric, str(answer.more["field"]["field"].iloc[0])
    controls = answer.more["controls"].head(8).to_dict("records")
    used = ", ".join(f"{schema.label(field, c['value'])} {f.percent(c['weight'], 0)}" for c in controls)
    sentences = [
        _(
            "From the decision to its check: {actual}. Without it, about {expected} was expected.",
            actual=f.metric(metric, row["actual"]),
            expected=f.metric(metric, row["expected"]),
        ),
        _(
            "Expected: the {days:day|days} before, grown as much as what the decision did not affect: {used}.",
            days=int(row["base_days"]),
            used=used,
        ),
        _(
            "The same comparison was made {number:time|times} where nothing was decided. That shows how large a "
            "difference can be by chance.",
            number=int(row["comparisons"]),
        ),
        _("When people buy one thing instead of another, it counts as a rise here and a fall there."),
    ]
    parts = [html.Summary(_("How it is measured")), *map(html.P, sentences), _weeks(entry, answer)]
    return [html.Details(parts)]


def _weeks(entry: Entry, answer: Answer) -> Component:
    """What was sold and expected in the weeks after the decision, and in the last ones before it."""
    weeks, f, metric = answer.more["weeks"], entry.formats, entry.note.draft.metric
    before, after = weeks[~weeks["after"]].tail(WEEKS_BEFORE), weeks[weeks["after"]].head(MOST_WEEKS)
    rows = [
        html.Tr(
            [
                html.Td(
                    f.day(np.datetime64(week["week"]))
                    if week["days"] >= 7
                    else _("{day} ({days:day|days})", day=f.day(np.datetime64(week["week"])), days=int(week["days"]))
                ),
                html.Td(_("after") if week["after"] else _("before")),
                html.Td(f.metric(metric, week["actual"]), className="number"),
                html.Td(f.metric(metric, week["expected"]), className="number"),
            ]
        )
        for week in (*before.to_dict("records"), *after.to_dict("records"))
    ]
    numbers = (_("Actual"), _("Expected"))
    head = [html.Th(_("Week from")), html.Th(""), *(html.Th(text, className="number") for text in numbers)]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="note-weeks")


def _removing(action: str) -> Markup:
    return Markup('<form method="post" action="{}">{}</form>').format(
        action, form.button(_("Remove note"), "remove", ask=_("Remove this note for everybody?"))
    )


def _step(change: Change, *, whole: bool) -> str:
    """One entry of the history; the `whole` of it only for the author: others may not have been shown what it said
    before, and may not see the rows that a verdict was found from."""
    told = _(CHANGED[change.did], moment=moment(change.at), person=change.who)
    if not whole or change.did not in ("changed", "checked"):
        return told
    if change.did == "checked":
        return f"{told} {change.before.get('found', '')}"
    before = several(
        _("{name}: {value}", name=FIELDS.get(name, name), value=_stood(name, value))
        for name, value in change.before.items()
    )
    return f"{told} {_('Before: {values}.', values=before)}"


def _stood(name: str, value: object) -> str:
    """What stood in a field, in words."""
    if name == "audience":
        return audience_label(str(value))
    words = {"kind": KINDS, "metric": METRICS}.get(name, {})
    return _(words.get(str(value), str(value))) or _("nothing")
