"""Share links as the state store keeps them: a view with its data, who shares it, and what whoever opens it may do.

The store keeps the SHA-256 of a link's token: the link itself is shown once, when it is made. A link ends when it
expires, when it is ended, and when its owner is switched off.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from analytics.errors import RequestError
from analytics.language import N_
from dashboard.answers.viewers import Viewer
from dashboard.company import tokens
from dashboard.company.api_tokens import DAY, STANDING_DAYS
from dashboard.company.state import State
from dashboard.company.tables import SHARES, USERS

LONGEST_DAYS, USUAL_DAYS = 366, 30
LONGEST_TITLE = 80
MOST_SHARES = 200  # of one person, that have not ended


@dataclass(frozen=True)
class Terms:
    """What a link shows, and what whoever opens it may do. `version` is the one of the data that it always shows,
    "" for the current one; `public` opens without a login; `parents` are sites whose pages may show it in a frame."""

    page: str
    query: str
    data: str
    version: str = ""
    public: bool = False
    parents: tuple[str, ...] = ()
    changeable: bool = False
    lines: bool = False
    files: bool = False


@dataclass(frozen=True)
class Share:
    """A link that is good now. `groups`: those of its owner at this moment or, without an account here, at their last
    visit; `rests`: that was so long ago that they may have left, so that a public link shows nothing meanwhile."""

    id: int
    title: str
    subject: str
    person: str
    groups: tuple[str, ...]
    terms: Terms
    created_at: int
    expires_at: int
    opened_at: int
    opens: int
    rests: bool


def create(state: State, owner: Viewer, title: str, terms: Terms, days: int, user_id: int | None = None) -> str:
    """A new link; its token, which is shown this once. `user_id`: the owner's local account. RequestError where it has
    no title or too long a life, or the owner has too many."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise RequestError(N_("enter a name of 1 to {most} characters.", most=LONGEST_TITLE), where="title")
    if not 1 <= days <= LONGEST_DAYS:
        raise RequestError(N_("a link lasts 1 to {most} days.", most=LONGEST_DAYS), where="days")
    token, now = tokens.new(), int(time.time())
    row = {
        "token": tokens.stored(token),
        "title": title,
        "user_id": user_id,
        "subject": owner.name,
        "person": owner.title or owner.name,
        "groups": json.dumps(list(owner.groups)),
        "page": terms.page,
        "query": terms.query,
        "data": terms.data,
        "version": terms.version,
        "public": terms.public,
        "parents": json.dumps(list(terms.parents)),
        "changeable": terms.changeable,
        "lines": terms.lines,
        "files": terms.files,
        "created_at": now,
        "expires_at": now + days * DAY,
        "confirmed_at": now,
    }
    mine = sa.and_(SHARES.c.subject == owner.name, SHARES.c.expires_at > now)
    with state.write() as connection:
        connection.execute(SHARES.delete().where(SHARES.c.expires_at <= now - LONGEST_DAYS * DAY))
        count = connection.execute(sa.select(sa.func.count()).select_from(SHARES).where(mine)).scalar_one()
        if count >= MOST_SHARES:
            raise RequestError(
                N_("you have {count} links already, the most allowed.", count=count), hint=N_("Turn off some first.")
            )
        connection.execute(SHARES.insert().values(**row, opened_at=0, opens=0))
    return token


def find(state: State, token: str) -> Share | None:
    """The link with this token; None where there is none that is good now. The look-up is by the token's hash, so that
    its time tells nothing about tokens that exist."""
    query = _good(int(time.time())).where(SHARES.c.token == tokens.stored(token))
    with state.read() as connection:
        row = connection.execute(query).first()
    return _share(row) if row is not None else None


def known(state: State, token: str) -> bool:
    """Whether there is such a link, though it may be good no more: nobody guessed it."""
    query = sa.select(SHARES.c.id).where(SHARES.c.token == tokens.stored(token))
    with state.read() as connection:
        return connection.execute(query).first() is not None


def listed(state: State, subject: str = "") -> Sequence[Share]:
    """Every link that is good now, or those of one person; the newest first."""
    query = _good(int(time.time())).order_by(SHARES.c.id.desc())
    if subject:
        query = query.where(SHARES.c.subject == subject)
    with state.read() as connection:
        return [_share(row) for row in connection.execute(query)]


def note_opening(state: State, ident: int) -> None:
    """Count that somebody opened a link."""
    with state.write() as connection:
        values = {"opened_at": int(time.time()), "opens": SHARES.c.opens + 1}
        connection.execute(SHARES.update().where(SHARES.c.id == ident).values(**values))


def end(state: State, ident: int, subject: str = "") -> str:
    """End a link; with `subject`, only one of that person. Its title. RequestError where there is none."""
    wanted = SHARES.c.id == ident
    if subject:
        wanted = sa.and_(wanted, SHARES.c.subject == subject)
    with state.write() as connection:
        title = connection.execute(sa.select(SHARES.c.title).where(wanted)).scalar()
        if title is None:
            raise RequestError(N_("there is no link {number}.", number=str(ident)), where="link")
        connection.execute(SHARES.delete().where(wanted))
    return str(title)


def _good(now: int) -> sa.Select[tuple[object, ...]]:
    joined = SHARES.outerjoin(USERS)
    active = sa.or_(SHARES.c.user_id.is_(None), USERS.c.active)
    chosen = sa.select(SHARES, USERS.c.groups.label("own_groups")).select_from(joined)
    return chosen.where(active, SHARES.c.expires_at > now)


def _share(row: sa.Row[tuple[object, ...]]) -> Share:
    groups = row.groups if row.user_id is None else row.own_groups
    terms = Terms(
        row.page,
        row.query,
        row.data,
        row.version,
        row.public,
        tuple(json.loads(row.parents)),
        row.changeable,
        row.lines,
        row.files,
    )
    return Share(
        row.id,
        row.title,
        row.subject,
        row.person,
        tuple(json.loads(groups)),
        terms,
        row.created_at,
        row.expires_at,
        row.opened_at,
        row.opens,
        row.user_id is None and row.confirmed_at <= time.time() - STANDING_DAYS * DAY,
    )
