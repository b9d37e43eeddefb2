"""The audit log: who signed in, saw, exported, uploaded or changed what. Rows are added and, after the retention
period, removed; nothing changes one."""

from __future__ import annotations

import threading
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
    """The newest entries that match, newest first; an empty `who` or `action` matches every one, and `action` says how
    an action begins: "took figures away" matches that with a token, too."""
    query = sa.select(AUDIT.c.at, AUDIT.c.who, AUDIT.c.action, AUDIT.c.what, AUDIT.c.detail)
    query = query.where(AUDIT.c.at >= since, AUDIT.c.at < until)
    if who:
        query = query.where(AUDIT.c.who == who)
    if action:
        query = query.where(AUDIT.c.action.startswith(action, autoescape=True))
    with state.read() as connection:
        rows = connection.execute(query.order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc()).limit(limit)).all()
    return [Entry(*row) for row in rows]


class Bound:
    """Of what may happen very often, such as refusals, no more entries than `most` a minute for each key; the others
    are counted, and told in one entry when the minute is over. Each process has its own."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._minute = 0
        self._counts: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def record(
        self,
        state: State,
        who: str,
        action: str,
        what: str = "",
        detail: str = "",
        *,
        key: str = "",
        kind: str = "",
    ) -> None:
        """Add an entry, or count it. `key`: whose entries are bounded together, `who` unless it is given; `kind`: which
        actions are, `action` alone unless it is given."""
        self.settle(state)
        with self._lock:
            counted = key or who, kind or action
            count = self._counts[counted] = self._counts.get(counted, 0) + 1
        if count <= self._most:
            record(state, who, action, what, detail)

    def settle(self, state: State) -> None:
        """Tell of what was only counted, once its minute is over."""
        minute = int(time.time()) // 60
        with self._lock:
            if minute == self._minute:
                return
            over = [(*key, n - self._most) for key, n in self._counts.items() if n > self._most]
            self._minute, self._counts = minute, {}
        for who, action, more in over:
            record(state, who, action, f"{more} more within a minute")


def forget(state: State, days: int) -> int:
    """Remove entries older than this number of days; how many there were."""
    with state.write() as connection:
        return connection.execute(AUDIT.delete().where(AUDIT.c.at < time.time() - days * DAY)).rowcount
