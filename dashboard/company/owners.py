"""On whose behalf something runs while nobody is there: an alert, a digest. It sees what its owner may see then.

A local account is looked at as it is now. Of anybody else the groups are those with which they were last here
(`confirmed_at`); who has not been here for STANDING_DAYS may have left, so nothing runs for them any more until they
come again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from flask import Flask

from analytics.errors import NotAllowed
from analytics.language import N_
from dashboard.answers.viewers import Viewer
from dashboard.company.api_tokens import DAY, STANDING_DAYS
from dashboard.company.policies import Policies
from dashboard.company.sessions import Session
from dashboard.company.state import State
from dashboard.company.tables import ALERTS, API_TOKENS, DIGESTS, MEMBERS, SHARES, USERS, VISITORS

EXTENSION: Final = "storesight.policies"
ALWAYS: Final = 2**40  # when the one person of a machine of their own will have been here last


@dataclass(frozen=True)
class Owner:
    """Somebody who owns what runs later. `user_id`: None for who is no local account."""

    subject: str
    user_id: int | None
    groups: tuple[str, ...]
    confirmed_at: int

    @property
    def row(self) -> dict[str, object]:
        """As tables keep it, in the columns owner, user_id, groups and confirmed_at."""
        return {
            "owner": self.subject,
            "user_id": self.user_id,
            "groups": json.dumps(list(self.groups)),
            "confirmed_at": self.confirmed_at,
        }


def owner_of(state: State, session: Session) -> Owner:
    """Who is signed in, as the owner of something that they make now."""
    ident = None
    if session.method == "local":
        with state.read() as connection:
            ident = connection.execute(sa.select(USERS.c.id).where(USERS.c.name == session.subject)).scalar()
    here = ALWAYS if session.method == "me" else int(time.time())
    return Owner(session.subject, ident, session.groups, here)


def viewer_of(state: State, policies: Policies, owner: Owner) -> Viewer:
    """What the owner may see now. NotAllowed where that is nothing: switched off, long away, or without a policy."""
    groups, title = owner.groups, owner.subject
    if owner.user_id is None:
        if owner.confirmed_at <= time.time() - STANDING_DAYS * DAY:
            raise NotAllowed(
                N_("{person} has not signed in for {days:day|days}.", person=owner.subject, days=STANDING_DAYS)
            )
    else:
        with state.read() as connection:
            row = connection.execute(sa.select(USERS).where(USERS.c.id == owner.user_id, USERS.c.active)).first()
        if row is None:
            raise NotAllowed(N_("the account of {person} is turned off.", person=owner.subject))
        groups, title = tuple(json.loads(row.groups)), row.title or row.name
    policy = policies.of(groups)
    if policy is None:
        raise NotAllowed(N_("{person} may not see any data now.", person=owner.subject))
    return policy.viewer(owner.subject, title, groups, signs_out=False)


def confirm(state: State, owner: Owner) -> None:
    """Somebody without an account here has just shown who they are, and which groups they are in now: what they own
    goes on with these."""
    if owner.user_id is None:
        _know(state, owner.subject, groups=json.dumps(list(owner.groups)), confirmed_at=owner.confirmed_at)


def rest(state: State, subject: str) -> None:
    """Let what somebody without an account here owns rest until they come again: they may have left."""
    _know(state, subject, confirmed_at=0)
    with state.write() as connection:
        connection.execute(VISITORS.delete().where(VISITORS.c.subject == subject))


def regroup(state: State, subject: str, groups: Sequence[str]) -> None:
    """Somebody without an account here is in these groups from now on: what they own goes on with these."""
    known = json.dumps(list(groups))
    _know(state, subject, groups=known)
    own = sa.and_(API_TOKENS.c.subject == subject, API_TOKENS.c.user_id.is_(None))
    with state.write() as connection:
        connection.execute(API_TOKENS.update().where(own).values(groups=known))


def remember(state: State, owner: Owner, mail: str, title: str = "") -> None:
    """Somebody has signed in with a provider, which has verified their address `mail`, "" for none, and calls them
    `title`. The owner's groups are those that it names. People who have not been here for STANDING_DAYS are
    forgotten."""
    row = {"mail": mail, "title": title, "groups": json.dumps(list(owner.groups)), "confirmed_at": owner.confirmed_at}
    long_ago = VISITORS.c.confirmed_at <= owner.confirmed_at - STANDING_DAYS * DAY
    with state.write() as connection:
        connection.execute(VISITORS.delete().where(sa.or_(long_ago, VISITORS.c.subject == owner.subject)))
        connection.execute(VISITORS.insert().values(subject=owner.subject, **row))


def visitors(state: State) -> list[tuple[str, tuple[str, ...]]]:
    """Addresses and groups of people from a provider who were here within STANDING_DAYS."""
    since = int(time.time()) - STANDING_DAYS * DAY
    further = MEMBERS.c.groups.label("further")
    here = sa.select(VISITORS, further).select_from(
        VISITORS.outerjoin(MEMBERS, MEMBERS.c.subject == VISITORS.c.subject)
    )
    here = here.where(VISITORS.c.mail != "", VISITORS.c.confirmed_at > since)
    with state.read() as connection:
        rows = connection.execute(here.order_by(VISITORS.c.subject)).all()
    return [(row.mail, tuple(json.loads(row.groups) + json.loads(row.further or "[]"))) for row in rows]


def verified_mail(state: State, subject: str) -> str:
    """The address that somebody's provider has verified; "" where it has not."""
    with state.read() as connection:
        found = connection.execute(sa.select(VISITORS.c.mail).where(VISITORS.c.subject == subject)).scalar()
    return found or ""


def _know(state: State, subject: str, **values: object) -> None:
    if not subject:  # the alerts of a data set's TOML, which are nobody's
        return
    with state.write() as connection:
        for table, owner in ((ALERTS, ALERTS.c.owner), (DIGESTS, DIGESTS.c.owner), (SHARES, SHARES.c.subject)):
            connection.execute(table.update().where(owner == subject, table.c.user_id.is_(None)).values(**values))


def policies_of(server: Flask) -> Callable[[], Policies]:
    """What gives the policies of an application as they are now; without a login nobody may see anything that way."""
    found: Callable[[], Policies] = server.extensions.get(EXTENSION, Policies)
    return found
