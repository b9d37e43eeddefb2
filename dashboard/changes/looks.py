"""When somebody last looked at a data set. A look lasts while its person comes back within LOOK_SECONDS; what changed
is told since the look before."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from dashboard.company.state import State
from dashboard.company.tables import LOOKS

LOOK_SECONDS = 30 * 60
SEEN_EVERY = 60  # a look within this time of the last one does not write


@dataclass(frozen=True)
class Look:
    """The version that somebody saw when they last looked, and when (seconds since 1970)."""

    version: str
    at: int


def look(state: State, subject: str, data: str, scope: str, version: str) -> Look | None:
    """Somebody looks at a version now; what they saw in the look before, None where there was none.

    The first of several requests at once begins the look; the others join it.
    """
    now = int(time.time())
    mine = sa.and_(LOOKS.c.subject == subject, LOOKS.c.data == data)
    with state.read() as connection:
        row = connection.execute(sa.select(LOOKS).where(mine)).first()
    if row is None:
        _first(state, subject, data, scope, version, now)
        return None
    over = now - row.seen_at > LOOK_SECONDS
    if over or now - row.seen_at > SEEN_EVERY or (row.version, row.scope) != (version, scope):
        seen = {"scope": scope, "version": version, "seen_at": now}
        begun = {"before_version": row.version, "before_at": row.seen_at} if over else {}
        with state.write() as connection:
            unchanged = sa.and_(mine, LOOKS.c.seen_at == row.seen_at)
            connection.execute(LOOKS.update().where(unchanged).values(**seen, **begun))
    before = Look(row.version, row.seen_at) if over else Look(row.before_version, row.before_at)
    return before if before.version else None


def dismiss(state: State, subject: str, data: str) -> None:
    """Somebody has read what changed: the next changes are told since now."""
    mine = sa.and_(LOOKS.c.subject == subject, LOOKS.c.data == data)
    read = {"before_version": LOOKS.c.version, "before_at": int(time.time())}
    with state.write() as connection:
        connection.execute(LOOKS.update().where(mine).values(**read))


def _first(state: State, subject: str, data: str, scope: str, version: str, now: int) -> None:
    row = {"subject": subject, "data": data, "scope": scope, "version": version, "seen_at": now}
    try:
        with state.write() as connection:
            connection.execute(LOOKS.insert().values(**row, before_version="", before_at=0))
    except sa.exc.IntegrityError:  # another request of theirs was quicker
        return
