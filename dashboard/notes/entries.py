"""Notes as one viewer finds them: each with its data set's engine and the clauses that it is about. A note on a data
set, field or value that the viewer may not see is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.engines.base import Engine
from analytics.errors import RequestError, StoresightError
from analytics.language import N_
from dashboard.answers.service import ViewerService
from dashboard.company.state import State
from dashboard.notes import kept
from dashboard.notes.kept import Note
from dashboard.notes.scope import Clauses, clauses_of
from dashboard.text.formats import Formats, formats_of


@dataclass(frozen=True)
class Entry:
    """A note that exists for the viewer."""

    note: Note
    engine: Engine
    clauses: Clauses

    @property
    def formats(self) -> Formats:
        """How its days and figures are written."""
        return formats_of(self.engine.profile)

    @property
    def due(self) -> bool:
        """Whether it is a decision whose last day the data have, and which nobody has checked."""
        note = self.note
        return note.checked_at is None and self.measurable

    @property
    def measurable(self) -> bool:
        """Whether it is a decision whose days all are complete in the data."""
        check = self.note.draft.check
        return check is not None and bool(check < self.engine.bounds.complete.end)


def all_of(state: State, service: ViewerService) -> list[Entry]:
    """The viewer's notes and those shown to them, the latest days first."""
    return list(_existing(service, kept.seen_by(state, service.viewer)))


def find(state: State, service: ViewerService, ident: int) -> Entry:
    """One of them. RequestError where there is none: nothing tells that it is there for others."""
    notes = [note for note in kept.seen_by(state, service.viewer) if note.id == ident]
    for entry in _existing(service, notes):
        return entry
    raise RequestError(N_("you have no note {number}.", number=str(ident)), where="note")


def _existing(service: ViewerService, notes: list[Note]) -> Iterator[Entry]:
    engines: dict[str, Engine | None] = {}
    for note in notes:
        if note.data not in engines:
            try:
                engines[note.data] = service.engine(note.data)
            except StoresightError:  # it is not there any more, or not for this viewer
                engines[note.data] = None
        engine = engines[note.data]
        clauses = None if engine is None else clauses_of(note.scope, engine, service.viewer)
        if engine is not None and clauses is not None:
            yield Entry(note, engine, clauses)
