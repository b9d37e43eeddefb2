"""Recaps in the state store: one for each version of a data set and scope, fewer of those that are old."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dashboard.changes.recap import Recap
from dashboard.company.state import State
from dashboard.company.tables import JOBS, LOOKS, RECAPS

HOUR = 60 * 60
DAY = 24 * HOUR
ALL_FOR = 2 * DAY  # every recap is kept for that long, then the last of each day
KEPT_FOR = 120 * DAY
USED_FOR = 14 * DAY  # for whoever looked within this time recaps are made; for others when they come back


def keep(state: State, data: str, scope: str, recap: Recap) -> None:
    """Keep a recap. One of this version and scope that is there already stays."""
    row = {"data": data, "scope": scope, "version": recap.version, "made_at": int(time.time())}
    try:
        with state.write() as connection:
            connection.execute(RECAPS.insert().values(**row, body=recap.to_json()))
    except sa.exc.IntegrityError:  # another process has just kept it
        return
    thin_out(state, data, scope)


def of_version(state: State, data: str, scope: str, version: str) -> Recap | None:
    """The recap of a version; None where there is none."""
    wanted = sa.and_(RECAPS.c.data == data, RECAPS.c.scope == scope, RECAPS.c.version == version)
    return _read(state, sa.select(RECAPS.c.body).where(wanted))


def baseline(state: State, data: str, scope: str, version: str, at: int) -> Recap | None:
    """The recap to compare with for somebody who saw a version at a time: that of the version or, where it is no longer
    kept, the first that was made since: then nothing is told that they had seen. None where there is neither."""
    exact = of_version(state, data, scope, version)
    if exact is not None:
        return exact
    since = sa.and_(RECAPS.c.data == data, RECAPS.c.scope == scope, RECAPS.c.made_at >= at)
    return _read(state, sa.select(RECAPS.c.body).where(since).order_by(RECAPS.c.made_at, RECAPS.c.id))


def lacking(state: State, versions: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """(data, version, scope) of the recaps that people who looked of late will need: `versions` are the current ones
    by data set."""
    current = dict(versions)
    since = int(time.time()) - USED_FOR
    used = sa.select(LOOKS.c.data, LOOKS.c.scope).where(LOOKS.c.seen_at > since).distinct()
    made = sa.select(RECAPS.c.data, RECAPS.c.scope, RECAPS.c.version).where(RECAPS.c.version.in_(current.values()))
    with state.read() as connection:
        wanted = [(row.data, current[row.data], row.scope) for row in connection.execute(used) if row.data in current]
        known = {(row.data, row.version, row.scope) for row in connection.execute(made)}
    return [each for each in wanted if each not in known]


def thin_out(state: State, data: str, scope: str) -> None:
    """Remove what is too old, and of the days before yesterday all but the last recap of each and those of versions
    that somebody saw last."""
    now = int(time.time())
    looked = sa.select(LOOKS.c.version, LOOKS.c.before_version).where(LOOKS.c.data == data, LOOKS.c.scope == scope)
    query = sa.select(RECAPS.c.id, RECAPS.c.made_at, RECAPS.c.version)
    query = query.where(RECAPS.c.data == data, RECAPS.c.scope == scope)
    with state.write() as connection:
        rows = connection.execute(query.order_by(RECAPS.c.made_at.desc(), RECAPS.c.id.desc())).all()
        needed = {version for row in connection.execute(looked) for version in row}
        seen: set[int] = set()
        for row in rows:
            day = row.made_at // DAY
            recent = row.made_at > now - ALL_FOR
            if row.made_at < now - KEPT_FOR or (not recent and day in seen and row.version not in needed):
                connection.execute(RECAPS.delete().where(RECAPS.c.id == row.id))
            seen.add(day)


def forget_jobs(state: State, kind: str) -> None:
    """Remove the jobs of this kind that ended more than a day ago: there is one for each version and scope."""
    old = sa.and_(JOBS.c.kind == kind, JOBS.c.state != "waiting", JOBS.c.ended_at < time.time() - DAY)
    with state.write() as connection:
        connection.execute(JOBS.delete().where(old))


def _read(state: State, query: sa.Select[Any]) -> Recap | None:
    with state.read() as connection:
        body = connection.execute(query.limit(1)).scalar()
    return None if body is None else Recap.from_json(body)
