"""The audit log: who signed in, saw, exported, uploaded or changed what. Rows are added and, after the retention
period, removed; nothing changes one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dashboard.company.state import State
from dashboard.company.tables import AUDIT

LONGEST_DETAIL = 2000
LONGEST_WHAT = 500
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Entry:
    """One row of the log. `at`: seconds since 1970."""

    at: int
    who: str
    action: str
    what: str
    detail: str


def record(state: State, who: str, action: str, what: str = "", detail: str = "") -> None:
    """Add one entry."""
    with state.write() as connection:
        connection.execute(
            AUDIT.insert().values(
                at=int(time.time()),
                who=_plain(who)[:LONGEST_WHAT],
                action=_plain(action),
                what=_plain(what)[:LONGEST_WHAT],
                detail=_plain(detail)[:LONGEST_DETAIL],
            )
        )


def _plain(text: str) -> str:
    """A text on one line: what cannot be printed, such as a line break, is written as an escape. So nobody forges an
    entry with the name that they type."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def entries(
    state: State, *, who: str = "", action: str = "", since: int = 0, until: int = 2**62, limit: int = 500
) -> Sequence[Entry]:
    """The newest entries that match, newest first; an empty `who` or `action` matches every one."""
    query = sa.select(AUDIT.c.at, AUDIT.c.who, AUDIT.c.action, AUDIT.c.what, AUDIT.c.detail)
    query = query.where(AUDIT.c.at >= since, AUDIT.c.at < until)
    if who:
        query = query.where(AUDIT.c.who == who)
    if action:
        query = query.where(AUDIT.c.action == action)
    with state.read() as connection:
        rows = connection.execute(query.order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc()).limit(limit)).all()
    return [Entry(*row) for row in rows]


def forget(state: State, days: int) -> int:
    """Remove entries older than this number of days; how many there were."""
    with state.write() as connection:
        return connection.execute(AUDIT.delete().where(AUDIT.c.at < time.time() - days * DAY)).rowcount
