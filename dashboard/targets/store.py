"""Targets in the state store. What a target is about never changes; each change of its value is a version, which says
who made it, when and why. Versions are only ever added, so the history is complete."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from analytics.calendar import TimeRange
from analytics.errors import RequestError
from analytics.language import N_
from analytics.questions.targets.standing import filters_text
from analytics.questions.targets.target import Target, merged
from analytics.selection import Selection
from analytics.selection.query import MAX_QUERY
from dashboard.company.state import State
from dashboard.company.tables import TARGET_VERSIONS, TARGETS

MOST_TARGETS = 5000  # of a data set
MOST_VERSIONS = 1000  # of a target; it can be ended then too
LONGEST_TITLE = 60
LONGEST_NOTE = 300
LARGEST_VALUE = 1e15
WITHDRAWN = 0.0  # no value that a target can have


@dataclass(frozen=True)
class Version:
    """One version of a target: what it should reach, whether it no longer counts from here on, why, who, and when
    (seconds since 1970). One that ended with the value WITHDRAWN leaves its place to the target of the data set's
    file."""

    number: int
    value: float
    ended: bool
    note: str
    who: str
    at: int

    @property
    def withdrawn(self) -> bool:
        """Whether the target of the data set's file counts from here on."""
        return self.ended and self.value == WITHDRAWN


class Stored:
    """The targets of the store as they are now, read again only where a version was added."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._known: dict[str, tuple[Target, ...]] = {}

    def of(self, data: str) -> tuple[Target, ...]:
        """Those of a data set, ended ones too."""
        with self._state.read() as connection:
            # Both, as of two versions made at once the one with the higher number may be seen first.
            newest, count = connection.execute(
                sa.select(sa.func.max(TARGET_VERSIONS.c.id), sa.func.count()).select_from(TARGET_VERSIONS)
            ).one()
            stamp = (newest or 0, count)
            with self._lock:
                if stamp == self._stamp:
                    return self._known.get(data, ())
            found = _all(connection)
        with self._lock:
            self._stamp, self._known = stamp, found
        return found.get(data, ())


def key_of(data: str, target: Target) -> str:
    """Equal for targets of a data set that are about the same."""
    return hashlib.sha256(f"{data} {target.key}".encode("utf-8", "surrogatepass")).hexdigest()


def checked(target: Target) -> Target:
    """The target, with its title as it is kept. RequestError for a title, value or filters that are none."""
    title = " ".join(target.title.split())
    if len(title) > LONGEST_TITLE or not title.isprintable() or (title and not title[0].isalnum()):
        raise RequestError(
            N_("a name starts with a letter or digit and has at most {most} characters.", most=LONGEST_TITLE),
            where="name",
        )
    if not (math.isfinite(target.value) and 0 < target.value <= LARGEST_VALUE):
        raise RequestError(N_("enter a number above zero."), where="value")
    if not all(merged(target.clauses)):
        raise RequestError(N_("no order matches these filters."), where="filters")
    if len(filters_text(target.clauses)) > MAX_QUERY:
        raise RequestError(N_("there are too many filters."), where="filters")
    return replace(target, title=title)


def save(state: State, who: str, data: str, targets: Iterable[tuple[Target, str]]) -> int:
    """Set targets of a data set, each with the reason why: new ones are added, others get a version with the new value;
    one that has that value stays as it is. All of them, or none. How many changed. Errors as of `checked`."""
    at, changed = int(time.time()), 0
    with _alone(state) as connection:
        for target, note in targets:
            changed += _save(connection, who, data, checked(target), _note(note), at)
        count = connection.execute(sa.select(sa.func.count()).select_from(TARGETS).where(TARGETS.c.data == data))
        if count.scalar_one() > MOST_TARGETS:
            raise RequestError(N_("a data set may have at most {most} targets.", most=MOST_TARGETS))
    return changed


def _save(connection: Connection, who: str, data: str, target: Target, note: str, at: int) -> bool:
    key = key_of(data, target)
    ident = connection.execute(sa.select(TARGETS.c.id).where(TARGETS.c.key == key)).scalar()
    if ident is None:
        about = {
            "key": key,
            "data": data,
            "metric": target.metric,
            "first_day": str(target.span.start),
            "end_day": str(target.span.end),
            "filters": filters_text(target.clauses),
            "title": target.title,
        }
        ident = connection.execute(TARGETS.insert().values(**about)).inserted_primary_key[0]  # type: ignore[index]
        last = None
    else:
        last = _last(connection, ident)
    if last is not None and (last.value, last.ended) == (target.value, False):
        return False
    _add(connection, ident, last, Version(0, target.value, False, note, who, at))
    return True


def change(state: State, who: str, ident: int, seen: int, note: str, value: float | None = None) -> None:
    """Give a target another value, or end it (None). `seen`: the number of the version that the person saw;
    RequestError where somebody else has changed it since, and where there is no such target."""
    if value is not None and not (math.isfinite(value) and 0 < value <= LARGEST_VALUE):
        raise RequestError(N_("enter a number above zero."), where="value")
    _change(state, who, ident, seen, note, value, value is None)


def withdraw(state: State, who: str, ident: int, seen: int, note: str) -> None:
    """Leave the place of a target to that of the data set's file. `seen` and errors as of `change`."""
    _change(state, who, ident, seen, note, WITHDRAWN, True)


def _change(state: State, who: str, ident: int, seen: int, note: str, value: float | None, ended: bool) -> None:
    note = _note(note)
    with _alone(state) as connection:
        last = _last(connection, ident)
        if last is None:
            raise RequestError(N_("there is no target {number}.", number=str(ident)), where="target")
        if last.number != seen:
            raise RequestError(
                N_("this target was changed in the meantime, by {person}.", person=last.who),
                hint=N_("Reload the page."),
            )
        after = Version(0, last.value if value is None else value, ended, note, who, int(time.time()))
        if (after.value, after.ended) != (last.value, last.ended):
            _add(connection, ident, last, after)


def history(state: State, ident: int) -> list[Version]:
    """All versions of a target, the newest first; none where there is no such target."""
    with state.read() as connection:
        query = _versions().where(TARGET_VERSIONS.c.target_id == ident).order_by(TARGET_VERSIONS.c.number.desc())
        return [Version(*row) for row in connection.execute(query)]


def numbers(state: State) -> dict[int, int]:
    """The number of the last version of each target."""
    query = sa.select(TARGET_VERSIONS.c.target_id, sa.func.max(TARGET_VERSIONS.c.number))
    with state.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query.group_by(TARGET_VERSIONS.c.target_id))}


@contextmanager
def _alone(state: State) -> Iterator[Connection]:
    """A connection that writes; RequestError where somebody else writes the same at the same moment."""
    try:
        with state.write() as connection:
            yield connection
    except sa.exc.IntegrityError as fault:
        raise RequestError(
            N_("somebody else has changed this target in the meantime."), hint=N_("Reload the page.")
        ) from fault


def _all(connection: Connection) -> dict[str, tuple[Target, ...]]:
    latest = sa.select(TARGET_VERSIONS.c.target_id, sa.func.max(TARGET_VERSIONS.c.number).label("number"))
    newest = latest.group_by(TARGET_VERSIONS.c.target_id).subquery()
    version = sa.and_(TARGET_VERSIONS.c.target_id == newest.c.target_id, TARGET_VERSIONS.c.number == newest.c.number)
    columns = (TARGETS, TARGET_VERSIONS.c.value, TARGET_VERSIONS.c.ended)
    query = sa.select(*columns).join(TARGET_VERSIONS, TARGET_VERSIONS.c.target_id == TARGETS.c.id).join(newest, version)
    found: dict[str, list[Target]] = {}
    for row in connection.execute(query.order_by(TARGETS.c.id)):
        found.setdefault(row.data, []).append(_target(row))
    return {data: tuple(targets) for data, targets in found.items()}


def _target(row: Any) -> Target:
    span = TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.end_day, "D"))
    fields = {value.partition(":")[0] if name == "with" else name for name, value in parse_qsl(row.filters)}
    clauses = Selection.from_query(row.filters, fields)[0].clauses
    ended, withdrawn = bool(row.ended), bool(row.ended) and row.value == WITHDRAWN
    return Target(row.metric, span, float(row.value), merged(clauses), row.title, row.id, ended, withdrawn)


def _versions() -> sa.Select[Any]:
    c = TARGET_VERSIONS.c
    return sa.select(c.number, c.value, c.ended, c.note, c.who, c.at)


def _last(connection: Connection, ident: int) -> Version | None:
    query = _versions().where(TARGET_VERSIONS.c.target_id == ident).order_by(TARGET_VERSIONS.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Version(*row)


def _add(connection: Connection, ident: int, last: Version | None, version: Version) -> None:
    if last is not None and last.number >= MOST_VERSIONS and not version.ended:
        raise RequestError(
            N_("a target can be changed at most {most} times.", most=MOST_VERSIONS - 1), hint=N_("Delete it.")
        )
    row = {
        "target_id": ident,
        "number": 1 if last is None else last.number + 1,
        "value": version.value,
        "ended": version.ended,
        "note": version.note,
        "who": version.who,
        "at": version.at,
    }
    connection.execute(TARGET_VERSIONS.insert().values(**row))


def _note(text: str) -> str:
    note = " ".join(text.split())
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise RequestError(N_("a reason may have at most {most} characters.", most=LONGEST_NOTE), where="why")
    return note
