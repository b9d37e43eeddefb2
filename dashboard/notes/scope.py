"""What a note is about: clauses of a selection. Whether it exists for a viewer, and whether a selection meets it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.calendar import ONE_DAY, TimeRange
from analytics.engines.base import Engine
from analytics.errors import NotInData
from analytics.runtime.lru import LruCache
from analytics.schema import place_parts
from analytics.selection import Clause, Selection, filterable
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import ANONYMOUS, Viewer
from dashboard.company.state import State

EVENT = "event"
Clauses = tuple[Clause, ...]
_CLAUSES: LruCache[Clauses | None] = LruCache(1024)  # by scope, data version and what the viewer may see


@dataclass(frozen=True)
class Shown:
    """A note, or an event of the data set, as a viewer sees it. `first` and `last`: its days, ISO; `id` is 0 for an
    event, which nobody here wrote; `chart` is the one that it was written on, "" for none."""

    first: str
    last: str
    kind: str
    text: str
    author: str
    clauses: Clauses
    id: int = 0
    chart: str = ""

    @property
    def days(self) -> TimeRange:
        """Its days as a range."""
        return TimeRange(np.datetime64(self.first, "D"), np.datetime64(self.last, "D") + ONE_DAY)


_SHOWN: LruCache[tuple[Shown, ...]] = LruCache(64, 8_000_000, lambda notes: 1000 * len(notes))


def scope_of(clauses: Clauses) -> str:
    """Clauses as a note keeps them."""
    return Selection(clauses=clauses).to_query()


def clauses_of(scope: str, engine: Engine, viewer: Viewer) -> Clauses | None:
    """The clauses of a scope; None where it names a field or value that this viewer may not see. For who sees
    everything, a value that is gone from the data does not matter."""
    key = (scope, engine.name, engine.version, engine.policy, viewer.hidden, viewer.unlimited)
    return _CLAUSES.get_or_make(key, lambda: _clauses(scope, engine, viewer.unlimited))


def _clauses(scope: str, engine: Engine, unlimited: bool) -> Clauses | None:
    selection, dropped = Selection.from_query(scope, filterable(engine.schema))
    known = tuple(clause for clause in selection.clauses if clause.field in engine.schema)
    if unlimited:
        return known
    if dropped or len(known) < len(selection.clauses) or engine.unknown_values(engine.resolve(selection)):
        return None
    return known


def shown(state: State | None, service: ViewerService, engine: Engine, *, program: bool = False) -> tuple[Shown, ...]:
    """Everything that may be marked on time charts of this data set, by its first day: the notes that this viewer is
    shown, and the data set's events. Read again when a note or the data change. `program`: it reads in the name of a
    person, who need not be signed in."""
    viewer, revision = service.viewer, 0
    keeper = state if viewer.title or (program and viewer != ANONYMOUS) else None
    if keeper is not None:
        from dashboard.notes import kept  # needs packages that only a state store needs

        revision = kept.revision(keeper)
    store = "" if keeper is None else str(keeper.engine.url)
    seen = (viewer.name, viewer.groups, viewer.hidden, viewer.unlimited, viewer.linked is None)
    key = (store, revision, seen, engine.name, engine.version, engine.policy)
    return _SHOWN.get_or_make(key, lambda: _shown(keeper, viewer, engine))


def _shown(state: State | None, viewer: Viewer, engine: Engine) -> tuple[Shown, ...]:
    found = [] if viewer.linked else _events(engine)  # a link shows figures; events are told to people of the company
    if state is not None:
        from dashboard.notes import kept

        for note in kept.seen_by(state, viewer, engine.name):
            clauses = clauses_of(note.scope, engine, viewer)
            if clauses is not None:
                draft = note.draft
                first, last = str(draft.days.start), str(draft.days.last)
                found.append(
                    Shown(first, last, draft.kind, draft.text, note.author_title, clauses, note.id, note.chart)
                )
    return tuple(sorted(found, key=lambda each: (each.first, each.id)))


def _events(engine: Engine) -> list[Shown]:
    if "events" not in engine.schema.tables:
        return []
    try:
        table = engine.table("events")
    except NotInData:  # the policy cannot limit them
        return []
    days = table["date"].to_numpy().astype("datetime64[D]").astype(str).tolist()
    return [Shown(day, day, EVENT, str(name), "", ()) for day, name in zip(days, table["name"], strict=True)]


def meets(scope: Clauses, selection: Clauses) -> bool:
    """Whether there may be lines that both are about: no field of one excludes what the other includes. Clauses on
    whole orders exclude nothing, since such an order may hold anything else as well."""
    return not any(
        _apart(mine, theirs) for mine in scope for theirs in selection if not (mine.whole_orders or theirs.whole_orders)
    )


def _apart(one: Clause, other: Clause) -> bool:
    if one.field != other.field:
        return False
    if one.include and other.include and not any(_overlap(one.field, a, b) for a in one.include for b in other.include):
        return True
    return _within(one.include, other.exclude) or _within(other.include, one.exclude)


def _within(included: tuple[str, ...], excluded: tuple[str, ...]) -> bool:
    return bool(included) and set(included) <= set(excluded)


def _overlap(field: str, one: str, other: str) -> bool:
    """Whether two values have lines in common; a place has those of the places inside it."""
    if field != "place":
        return one == other
    parts = zip(place_parts(one), place_parts(other), strict=False)
    return all(a == b for a, b in parts)


def versions_of(state: State | None, service: ViewerService) -> str:
    """One text that changes when any data set of the viewer does, or any note: what open pages poll."""
    if state is None or not service.viewer.title:
        return service.versions()
    from dashboard.notes import kept  # needs packages that only a state store needs

    return f"{service.versions()},notes={kept.revision(state)}"
