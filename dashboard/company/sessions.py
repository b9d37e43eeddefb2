"""Sessions: who is signed in. A browser holds only a random token; all the rest lies in the state store, so that
signing out, switching an account off or removing a group takes effect with the next request."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dashboard.company import tokens
from dashboard.company.api_tokens import ApiToken
from dashboard.company.state import State
from dashboard.company.tables import MEMBERS, SESSIONS, USERS

IDLE_SECONDS = 12 * 60 * 60
LONGEST_SECONDS = 7 * 24 * 60 * 60
HALF = "half"  # the method of who has given the password, and not yet the code of the second factor
SEEN_EVERY = 5 * 60  # a request within this time of the last one does not write


@dataclass(frozen=True)
class Eyes:
    """Somebody as whom an administrator looks at the application: how they are called, and their groups."""

    title: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in. `subject` names them everywhere; `token` is the stored form of the cookie's, "" where
    each request says by itself who sends it."""

    token: str
    subject: str
    title: str
    groups: tuple[str, ...]
    method: str
    provider_token: str = ""
    api_token: ApiToken | None = None  # with which the person's program asks
    looking_as: Eyes | None = None


def begin(
    state: State,
    subject: str,
    title: str,
    groups: Sequence[str],
    method: str,
    *,
    user_id: int | None = None,
    provider_token: str = "",
    seconds: int = LONGEST_SECONDS,
) -> str:
    """Sign somebody in, for this number of seconds at most; the token for their cookie. Sessions that have ended are
    removed."""
    token, now = tokens.new(), int(time.time())
    row = {
        "token": tokens.stored(token),
        "user_id": user_id,
        "subject": subject,
        "title": title or subject,
        "groups": json.dumps(list(groups)),
        "method": method,
        "provider_token": provider_token or None,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + seconds,
    }
    with state.write() as connection:
        connection.execute(SESSIONS.delete().where(_ended(now)))
        connection.execute(SESSIONS.insert().values(**row))
    return token


def find(state: State, token: str, *, half: bool = False) -> Session | None:
    """The session of a cookie's token; None where it has ended, or its account is switched off. `half`: one that waits
    for the code of a second factor, which is no session for anything else."""
    now = int(time.time())
    provided = sa.and_(SESSIONS.c.user_id.is_(None), MEMBERS.c.subject == SESSIONS.c.subject)
    joined = SESSIONS.outerjoin(USERS).outerjoin(MEMBERS, provided)
    active = sa.and_(
        sa.or_(SESSIONS.c.user_id.is_(None), USERS.c.active), sa.or_(MEMBERS.c.id.is_(None), MEMBERS.c.active)
    )
    given, own = MEMBERS.c.groups.label("given"), USERS.c.groups.label("own_groups")
    query = sa.select(SESSIONS, own, given).select_from(joined)
    query = query.where(SESSIONS.c.method == HALF if half else SESSIONS.c.method != HALF)
    with state.read() as connection:
        row = connection.execute(
            query.where(SESSIONS.c.token == tokens.stored(token), active, sa.not_(_ended(now)))
        ).first()
    if row is None:
        return None
    if now - row.seen_at > SEEN_EVERY:
        with state.write() as connection:
            connection.execute(SESSIONS.update().where(SESSIONS.c.token == row.token).values(seen_at=now))
    groups = json.loads(row.groups if row.user_id is None else row.own_groups)
    return Session(
        row.token,
        row.subject,
        row.title,
        tuple(dict.fromkeys(groups + json.loads(row.given or "[]"))),
        row.method,
        row.provider_token or "",
        looking_as=_eyes(row.looking_as),
    )


def look_as(state: State, session: Session, eyes: Eyes | None) -> None:
    """Look with somebody's eyes from the next request of this session on; None: with one's own again."""
    told = None if eyes is None else json.dumps([eyes.title, list(eyes.groups)])
    with state.write() as connection:
        connection.execute(SESSIONS.update().where(SESSIONS.c.token == session.token).values(looking_as=told))


def _eyes(told: str | None) -> Eyes | None:
    if told is None:
        return None
    title, groups = json.loads(told)
    return Eyes(title, tuple(groups))


def end(state: State, session: Session) -> None:
    """Sign out."""
    with state.write() as connection:
        connection.execute(SESSIONS.delete().where(SESSIONS.c.token == session.token))


def end_token(state: State, token: str) -> None:
    """End the session with this token, which is not the stored form."""
    with state.write() as connection:
        connection.execute(SESSIONS.delete().where(SESSIONS.c.token == tokens.stored(token)))


def end_all(state: State, subject: str) -> int:
    """Sign somebody out everywhere; how many sessions there were."""
    with state.write() as connection:
        return connection.execute(SESSIONS.delete().where(SESSIONS.c.subject == subject)).rowcount


@dataclass(frozen=True)
class Opened:
    """A browser that somebody is signed in with."""

    token: str  # the stored form
    since: int
    seen_at: int


def opened(state: State, subject: str) -> list[Opened]:
    """The browsers that somebody is signed in with, the one used last first."""
    wanted = sa.and_(SESSIONS.c.subject == subject, SESSIONS.c.method != HALF, sa.not_(_ended(int(time.time()))))
    with state.read() as connection:
        rows = connection.execute(sa.select(SESSIONS).where(wanted).order_by(SESSIONS.c.seen_at.desc())).all()
    return [Opened(row.token, row.created_at, row.seen_at) for row in rows]


def end_others(state: State, session: Session) -> int:
    """Sign somebody out everywhere but here; how many sessions there were."""
    others = sa.and_(SESSIONS.c.subject == session.subject, SESSIONS.c.token != session.token)
    with state.write() as connection:
        return connection.execute(SESSIONS.delete().where(others)).rowcount


def _ended(now: int) -> sa.ColumnElement[bool]:
    return sa.or_(SESSIONS.c.expires_at <= now, SESSIONS.c.seen_at <= now - IDLE_SECONDS)
