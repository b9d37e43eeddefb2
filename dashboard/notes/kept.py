"""Notes in the state store: who wrote, changed or removed what; nothing is forgotten.

Only its author changes a note; administrators may also remove it. What others see of it is scope.py's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from analytics.calendar import ONE_DAY, TimeRange
from analytics.errors import NotAllowed, RequestError
from analytics.language import N_
from dashboard.answers.viewers import Viewer
from dashboard.company.state import State
from dashboard.company.tables import NOTE_CHANGES, NOTES
from dashboard.company.views import EVERYBODY, ONLY_ME, audiences
from dashboard.notes.draft import DECISION, Draft

MOST_NOTES = 2000  # of one person
MOST_EVER = 10 * MOST_NOTES  # with those that were removed, which stay
MOST_CHANGES = 500  # of one note
MOST_FOUND = 5000  # of all that one person is shown


@dataclass(frozen=True)
class Note:
    """One note. `scope`: the clauses that it is about, as a query; `address`: of the page that it was written on, with
    "#" and the chart if it was one's.
    Times are seconds since 1970."""

    id: int
    author: str
    author_title: str
    data: str
    scope: str
    address: str
    draft: Draft
    created_at: int
    checked_at: int | None

    @property
    def chart(self) -> str:
        """The chart that it was written on; "" for none."""
        return self.address.partition("#")[2]

    @property
    def decides(self) -> bool:
        """Whether it is a decision, whose outcome is measured."""
        return self.draft.kind == DECISION


@dataclass(frozen=True)
class Change:
    """One entry of a note's history. `before`: what the change replaced; of a check, what was found."""

    at: int
    who: str
    did: str
    before: Mapping[str, Any]


def revision(state: State) -> int:
    """A number that grows with every change of any note."""
    with state.read() as connection:
        found: int | None = connection.execute(sa.select(sa.func.max(NOTE_CHANGES.c.id))).scalar()
    return found or 0


def seen_by(state: State, viewer: Viewer, data: str | None = None) -> list[Note]:
    """The notes that a person wrote or is shown, of one data set or of all, the latest days first. What their policy
    hides is among them."""
    groups = [group for group in viewer.groups if group not in (ONLY_ME, EVERYBODY)]
    shown = NOTES.c.audience.in_([*groups, EVERYBODY])
    query = sa.select(NOTES).where(sa.or_(NOTES.c.author == viewer.name, shown), NOTES.c.removed_at.is_(None))
    if data is not None:
        query = query.where(NOTES.c.data == data)
    with state.read() as connection:
        rows = connection.execute(query.order_by(NOTES.c.first_day.desc(), NOTES.c.id.desc()).limit(MOST_FOUND)).all()
    return [_note(row) for row in rows]


def add(state: State, viewer: Viewer, data: str, scope: str, address: str, draft: Draft) -> int:
    """Keep a new note; its number. The same one sent twice is kept once. NotAllowed for an audience that is not the
    person's to choose."""
    _check_audience(viewer, draft.audience)
    told = {"author": viewer.name, "data": data, "scope": scope, "address": address, **_columns(draft)}
    with state.write() as connection:
        same = sa.and_(*(NOTES.c[name] == value for name, value in told.items()), NOTES.c.removed_at.is_(None))
        known: int | None = connection.execute(sa.select(NOTES.c.id).where(same)).scalar()
        if known is not None:
            return known
        count, removed = sa.func.count(), sa.func.count(NOTES.c.removed_at)
        ever, gone = connection.execute(sa.select(count, removed).where(NOTES.c.author == viewer.name)).one()
        if ever - gone >= MOST_NOTES or ever >= MOST_EVER:
            refused = N_("you have {count} notes and removed {gone}, the most allowed.", count=ever - gone, gone=gone)
            raise RequestError(refused, hint=N_("Remove some first."))
        row = {**told, "author_title": viewer.title, "created_at": int(time.time())}
        done = connection.execute(NOTES.insert().values(**row))
        ident: int = done.inserted_primary_key[0]  # type: ignore[index]
        _remember(connection, ident, viewer, "added", {})
    return ident


def change(state: State, viewer: Viewer, ident: int, draft: Draft) -> None:
    """Change a note of one's own; the check of a decision that says something else now is taken back."""
    with state.write() as connection:
        before = _own(connection, viewer, ident)
        if draft.audience != before["audience"]:
            _check_audience(viewer, draft.audience)
        after = _columns(draft)
        replaced = {name: before[name] for name, value in after.items() if before[name] != value}
        if not replaced:
            return
        matters = replaced.keys() & {"first_day", "kind", "metric", "percent", "check_day"}
        checked = {"checked_at": None} if matters else {}
        connection.execute(NOTES.update().where(NOTES.c.id == ident).values(**after, **checked))
        _remember(connection, ident, viewer, "changed", replaced)


def remove(state: State, viewer: Viewer, ident: int) -> None:
    """Remove a note of one's own or, as an administrator, of anybody whose note one sees."""
    with state.write() as connection:
        _own(connection, viewer, ident, others=viewer.may("administer"))
        connection.execute(NOTES.update().where(NOTES.c.id == ident).values(removed_at=int(time.time())))
        _remember(connection, ident, viewer, "removed", {})


def check(state: State, viewer: Viewer, ident: int, found: str) -> None:
    """Mark a decision of one's own as checked. `found`: the verdict of that moment, which its history keeps."""
    with state.write() as connection:
        row = _own(connection, viewer, ident)
        if row["kind"] != DECISION:
            raise RequestError(N_("only decisions can be checked."), where="do")
        connection.execute(NOTES.update().where(NOTES.c.id == ident).values(checked_at=int(time.time())))
        _remember(connection, ident, viewer, "checked", {"found": found})


def history(state: State, ident: int) -> list[Change]:
    """What happened to a note, the first first."""
    query = sa.select(NOTE_CHANGES).where(NOTE_CHANGES.c.note_id == ident).order_by(NOTE_CHANGES.c.id)
    with state.read() as connection:
        rows = connection.execute(query).all()
    return [Change(row.at, row.who, row.did, json.loads(row.before)) for row in rows]


def _note(row: Any) -> Note:
    days = TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.last_day, "D") + ONE_DAY)
    check_day = np.datetime64(row.check_day, "D") if row.check_day else None
    draft = Draft(days, row.kind, row.body, row.audience, row.metric, row.percent, check_day)
    return Note(
        row.id, row.author, row.author_title, row.data, row.scope, row.address, draft, row.created_at, row.checked_at
    )


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "first_day": str(draft.days.start),
        "last_day": str(draft.days.last),
        "kind": draft.kind,
        "body": draft.text,
        "audience": draft.audience,
        "metric": draft.metric,
        "percent": draft.percent,
        "check_day": "" if draft.check is None else str(draft.check),
    }


def _check_audience(viewer: Viewer, audience: str) -> None:
    if audience not in audiences(viewer):
        raise NotAllowed(N_("you may not show a note to them."), hint=N_("Choose a group that you belong to."))


def _own(connection: sa.Connection, viewer: Viewer, ident: int, *, others: bool = False) -> Mapping[str, Any]:
    query = sa.select(NOTES).where(NOTES.c.id == ident, NOTES.c.removed_at.is_(None))
    row = connection.execute(query).mappings().first()
    if row is None or not (row["author"] == viewer.name or (others and row["audience"] != ONLY_ME)):
        raise RequestError(N_("you have no note {number}.", number=str(ident)), where="note")
    return dict(row)


def _remember(connection: sa.Connection, ident: int, viewer: Viewer, did: str, before: Mapping[str, Any]) -> None:
    made = sa.select(sa.func.count()).where(NOTE_CHANGES.c.note_id == ident)
    if did != "removed" and connection.execute(made).scalar_one() >= MOST_CHANGES:
        raise RequestError(
            N_("a note can be changed at most {most} times.", most=MOST_CHANGES - 1), hint=N_("Write a new one.")
        )
    row = {"note_id": ident, "at": int(time.time()), "who": viewer.title or viewer.name, "did": did}
    connection.execute(NOTE_CHANGES.insert().values(**row, before=json.dumps(dict(before), ensure_ascii=False)))
