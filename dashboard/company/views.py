"""Saved views: an address with a name, for its owner, a group or everybody; and which of them somebody starts with.

A view holds no figures: whoever opens one sees what they may see, and the address is checked like any other. A range in
words ("last_12m") moves on with the data; days stay.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_, _
from dashboard.answers.viewers import ME, Viewer
from dashboard.company.state import State
from dashboard.company.tables import STARTS, VIEWS

EVERYBODY: Final = "*"
ONLY_ME: Final = ""
MOST_VIEWS = 200  # of one person
LONGEST_TITLE = 80
LONGEST_ADDRESS = 16_000


@dataclass(frozen=True)
class View:
    """One saved view."""

    id: int
    owner: str
    title: str
    address: str
    audience: str


def seen_by(state: State, viewer: Viewer) -> list[View]:
    """The views of a person in their order, then those shared with them by name."""
    shared = VIEWS.c.audience.in_([*viewer.groups, EVERYBODY])
    query = sa.select(VIEWS).where(sa.or_(VIEWS.c.owner == viewer.name, shared))
    with state.read() as connection:
        rows = connection.execute(query.order_by(VIEWS.c.place, VIEWS.c.title, VIEWS.c.id)).all()
    own = [row for row in rows if row.owner == viewer.name]
    others = sorted((row for row in rows if row.owner != viewer.name), key=lambda row: (row.title.lower(), row.id))
    return [View(row.id, row.owner, row.title, row.address, row.audience) for row in (*own, *others)]


def save(state: State, viewer: Viewer, title: str, address: str, audience: str = ONLY_ME) -> int:
    """A new view after its owner's others, for them alone or also for those of `audiences`; its number. RequestError
    where it has no name or address, NotAllowed where it may not be shown to them."""
    title = _title(title)
    _check_audience(viewer, audience)
    if not re.fullmatch(r"/([a-z-]{1,60}(/[a-z-]{1,60})?)?(\?[!-~]*)?", address) or len(address) > LONGEST_ADDRESS:
        raise RequestError(N_("this is not the address of a page."), where="address")
    mine = VIEWS.c.owner == viewer.name
    with state.write() as connection:
        count, last = connection.execute(sa.select(sa.func.count(), sa.func.max(VIEWS.c.place)).where(mine)).one()
        if count >= MOST_VIEWS:
            raise RequestError(
                N_("you have {count} views already, the most allowed.", count=count), hint=N_("Delete some first.")
            )
        place = 0 if last is None else last + 1
        row = {"owner": viewer.name, "title": title, "address": address, "audience": audience, "place": place}
        done = connection.execute(VIEWS.insert().values(**row, created_at=int(time.time())))
    ident: int = done.inserted_primary_key[0]  # type: ignore[index]
    return ident


def rename(state: State, viewer: Viewer, ident: int, title: str) -> None:
    """Give a view of one's own another name."""
    _change(state, viewer, ident, title=_title(title))


def share(state: State, viewer: Viewer, ident: int, audience: str) -> None:
    """Show a view of one's own to nobody else, to a group that one is in, or, as an administrator, to everybody."""
    _check_audience(viewer, audience)
    _change(state, viewer, ident, audience=audience)


def audiences(viewer: Viewer) -> Sequence[str]:
    """With whom this person may share a view."""
    groups = (
        group for group in viewer.groups if group not in (ONLY_ME, EVERYBODY) and viewer.name != ME
    )  # a provider may call one so
    return (ONLY_ME, *groups, *([EVERYBODY] if viewer.may("administer") else []))


def audience_label(audience: str) -> str:
    """Who sees what has this audience, in words."""
    known = {ONLY_ME: _("Only me"), EVERYBODY: _("Everybody")}
    return known.get(audience) or _("Group {group}", group=audience)


def _check_audience(viewer: Viewer, audience: str) -> None:
    if audience not in audiences(viewer):
        raise NotAllowed(N_("you may not share a view with them."), hint=N_("Choose a group that you belong to."))


def move_up(state: State, viewer: Viewer, ident: int) -> None:
    """Exchange a view of one's own with the one before it; the first stays."""
    with state.write() as connection:
        query = (
            sa.select(VIEWS.c.id).where(VIEWS.c.owner == viewer.name).order_by(VIEWS.c.place, VIEWS.c.title, VIEWS.c.id)
        )
        order = list(connection.execute(query).scalars())
        if ident not in order:
            raise RequestError(N_("you have no view {number}.", number=str(ident)), where="view")
        at = order.index(ident)
        if at:
            order[at - 1], order[at] = order[at], order[at - 1]
        for place, number in enumerate(order):
            connection.execute(VIEWS.update().where(VIEWS.c.id == number).values(place=place))


def delete(state: State, viewer: Viewer, ident: int) -> None:
    """Delete a view of one's own; who started with it starts as before."""
    with state.write() as connection:
        if not connection.execute(VIEWS.delete().where(_own(viewer, ident))).rowcount:
            raise RequestError(N_("you have no view {number}.", number=str(ident)), where="view")


def start_with(state: State, viewer: Viewer, ident: int, *, everybody: bool = False) -> None:
    """Open the application with a view that one sees; as an administrator, for everybody who has chosen none, with one
    that everybody sees. Choosing the same one again takes the choice back."""
    found = [v for v in seen_by(state, viewer) if v.id == ident]
    if not found:
        raise RequestError(N_("there is no view {number}.", number=str(ident)), where="view")
    if everybody and not (viewer.may("administer") and found[0].audience == EVERYBODY):
        raise NotAllowed(
            N_("a start page for everybody must be a view that everybody sees."),
            hint=N_("Share the view with everybody first."),
        )
    subject = EVERYBODY if everybody else viewer.name
    with state.write() as connection:
        before = connection.execute(sa.select(STARTS.c.view_id).where(STARTS.c.subject == subject)).scalar()
        connection.execute(STARTS.delete().where(STARTS.c.subject == subject))
        if before != ident:
            connection.execute(STARTS.insert().values(subject=subject, view_id=ident))


def start_of(state: State, viewer: Viewer, *, everybody: bool = False) -> View | None:
    """The view that somebody starts with, or that everybody does; None where none is chosen, or where it is no longer
    shown to them."""
    subject = EVERYBODY if everybody else viewer.name
    with state.read() as connection:
        ident = connection.execute(sa.select(STARTS.c.view_id).where(STARTS.c.subject == subject)).scalar()
    return next((view for view in seen_by(state, viewer) if view.id == ident), None) if ident is not None else None


def _change(state: State, viewer: Viewer, ident: int, **values: str) -> None:
    with state.write() as connection:
        if not connection.execute(VIEWS.update().where(_own(viewer, ident)).values(**values)).rowcount:
            raise RequestError(N_("you have no view {number}.", number=str(ident)), where="view")


def _own(viewer: Viewer, ident: int) -> sa.ColumnElement[bool]:
    return sa.and_(VIEWS.c.id == ident, VIEWS.c.owner == viewer.name)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        raise RequestError(N_("enter a name of 1 to {most} characters.", most=LONGEST_TITLE), where="title")
    return title
