"""Tokens with which programs ask for figures: `Authorization: Bearer ss_…`.

A token belongs to a person and sees what that person may see at the moment it is used, less what the token itself
leaves out. It ends when it expires, when it is revoked, and when its person is switched off. It may read figures and
nothing else: it can neither sign in, nor add data, nor make tokens.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from analytics.errors import RequestError
from analytics.selection import Clause
from dashboard.answers.viewers import EVERYTHING, Right
from dashboard.company import tokens
from dashboard.company.policies import Policy
from dashboard.company.state import State
from dashboard.company.tables import API_TOKENS, USERS

PREFIX = "ss_"  # tells people, and programs that search texts for secrets, what it is
RIGHTS: frozenset[Right] = frozenset({"view", "export"})
DAY = 24 * 60 * 60
LONGEST_DAYS = 366
LONGEST_TITLE = 100
SEEN_EVERY = 5 * 60  # a use within this time of the last one does not write
MOST_CLAUSES = 20


@dataclass(frozen=True)
class ApiToken:
    """A token that is good now. `groups`: those of its person at this moment."""

    id: int
    title: str
    subject: str
    groups: tuple[str, ...]
    datasets: frozenset[str] | None
    clauses: tuple[Clause, ...]
    expires_at: int
    used_at: int

    def narrowed(self, policy: Policy) -> Policy:
        """What the token may do, of what its person may do."""
        limits = [names for names in (policy.datasets, self.datasets) if names is not None]
        datasets = frozenset.intersection(*limits) if limits else None
        clauses = (*(() if policy.clauses is EVERYTHING else policy.clauses), *self.clauses)
        return replace(policy, clauses=clauses or EVERYTHING, datasets=datasets, rights=policy.rights & RIGHTS)


def create(
    state: State,
    subject: str,
    title: str,
    days: int,
    *,
    user_id: int | None = None,
    groups: Sequence[str] = (),
    datasets: Sequence[str] | None = None,
    clauses: Sequence[Clause] = (),
) -> str:
    """A new token, which is shown this once. RequestError where it has no title, or too long a life."""
    if not title.strip() or len(title) > LONGEST_TITLE:
        raise RequestError(f"say in 1 to {LONGEST_TITLE} characters what the token is for.", where="title")
    if not 1 <= days <= LONGEST_DAYS:
        raise RequestError(f"a token is good for 1 to {LONGEST_DAYS} days.", where="days")
    if len(clauses) > MOST_CLAUSES:
        raise RequestError(f"a token has at most {MOST_CLAUSES} conditions.", where="clauses")
    token, now = PREFIX + tokens.new(), int(time.time())
    row = {
        "token": tokens.stored(token),
        "title": title.strip(),
        "user_id": user_id,
        "subject": subject,
        "groups": json.dumps(list(groups)),
        "datasets": None if datasets is None else json.dumps(sorted(datasets)),
        "clauses": json.dumps([[c.field, c.include, c.exclude] for c in clauses]),
        "created_at": now,
        "expires_at": now + days * DAY,
        "used_at": 0,
    }
    with state.write() as connection:
        connection.execute(API_TOKENS.insert().values(**row))
    return token


def find(state: State, token: str) -> ApiToken | None:
    """The token with this text; None where there is none that is good now."""
    if not token.startswith(PREFIX):
        return None
    now = int(time.time())
    with state.read() as connection:
        row = connection.execute(_good(now).where(API_TOKENS.c.token == tokens.stored(token))).first()
    if row is None:
        return None
    if now - row.used_at > SEEN_EVERY:
        with state.write() as connection:
            connection.execute(API_TOKENS.update().where(API_TOKENS.c.id == row.id).values(used_at=now))
    return _token(row)


def all_tokens(state: State, subject: str = "") -> list[ApiToken]:
    """Every token that is good now, or those of one person; the newest first."""
    query = _good(int(time.time())).order_by(API_TOKENS.c.id.desc())
    if subject:
        query = query.where(API_TOKENS.c.subject == subject)
    with state.read() as connection:
        return [_token(row) for row in connection.execute(query)]


def revoke(state: State, ident: int, subject: str = "") -> None:
    """End a token; with `subject`, only one of that person. RequestError where there is none."""
    wanted = API_TOKENS.c.id == ident
    if subject:
        wanted = sa.and_(wanted, API_TOKENS.c.subject == subject)
    with state.write() as connection:
        if not connection.execute(API_TOKENS.delete().where(wanted)).rowcount:
            raise RequestError(f"there is no token {ident}.", where="token")


def _good(now: int) -> sa.Select[tuple[object, ...]]:
    joined = API_TOKENS.outerjoin(USERS)
    active = sa.or_(API_TOKENS.c.user_id.is_(None), USERS.c.active)
    chosen = sa.select(API_TOKENS, USERS.c.groups.label("own_groups")).select_from(joined)
    return chosen.where(active, API_TOKENS.c.expires_at > now)


def _token(row: sa.Row[tuple[object, ...]]) -> ApiToken:
    groups = row.groups if row.user_id is None else row.own_groups
    datasets = None if row.datasets is None else frozenset(json.loads(row.datasets))
    clauses = tuple(Clause(name, tuple(include), tuple(exclude)) for name, include, exclude in json.loads(row.clauses))
    return ApiToken(
        row.id, row.title, row.subject, tuple(json.loads(groups)), datasets, clauses, row.expires_at, row.used_at
    )
