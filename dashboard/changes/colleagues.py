"""What colleagues wrote about a data set since a moment, as far as a person may see it."""

from __future__ import annotations

from analytics.engines.base import Engine
from dashboard.answers.viewers import Viewer
from dashboard.changes.wording import Line
from dashboard.company.state import State
from dashboard.text.formats import formats_of

MOST_NOTES = 5
LONGEST_TEXT = 200


def notes_since(state: State, viewer: Viewer, engine: Engine, at: int) -> list[Line]:
    """The notes of others that are newer than `at` (seconds since 1970), the newest first, and how many more there
    are."""
    from dashboard.notes import kept  # needs packages that only a state store needs
    from dashboard.notes.scope import clauses_of

    f = formats_of(engine.profile)
    new = [
        note
        for note in kept.seen_by(state, viewer, engine.name)
        if note.created_at > at and note.author != viewer.name and clauses_of(note.scope, engine, viewer) is not None
    ]
    new.sort(key=lambda note: (-note.created_at, -note.id))
    lines = [
        Line(
            "note", f"{note.author_title} wrote about {f.span(note.draft.days)}: {short(note.draft.text)}", note.address
        )
        for note in new[:MOST_NOTES]
    ]
    more = len(new) - MOST_NOTES
    if more > 0:
        lines.append(Line("note", f"{more} more note{'' if more == 1 else 's'}.", "/notes"))
    return lines


def short(text: str) -> str:
    """A note on one line, cut where it is long."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_TEXT else f"{plain[: LONGEST_TEXT - 1]}…"
