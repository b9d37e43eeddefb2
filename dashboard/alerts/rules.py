"""The rules that the state store keeps: whose they are, what they watch, where they are told, and in which state."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_, _
from dashboard.alerts import conditions
from dashboard.alerts.conditions import Condition
from dashboard.answers.viewers import Viewer
from dashboard.company.owners import Owner
from dashboard.company.state import State
from dashboard.company.tables import ALERTS
from dashboard.delivery import deliveries

MOST_RULES = 100  # of one person
MOST_CHANNELS = 10
LONGEST_TITLE = 80
GIVEN: Final = (  # names of the rules that the product itself makes: told in the reader's language
    N_("A product is out of stock"),
    N_("Los Angeles: rating of a month below 3.8"),
    N_("Revenue of a week falls by a fifth"),
)
OF_DATA: Final = ""  # the owner of the rules that stand in a data set's TOML


@dataclass(frozen=True)
class Rule:
    """One rule. `query`: its filters, as in an address; `quiet`: hours in which it sends nothing, (20, 7), in the data
    set's time zone; `checked`: the last period that was judged, `told`: that of the last message, "" while it does not
    fire; `listed`: products that it named last; `note`: what it found last, in a sentence of each language
    (dashboard/text/told.py)."""

    id: int
    owner: Owner
    title: str
    data: str
    query: str
    condition: Condition
    channels: tuple[str, ...] = ()
    quiet: tuple[int, int] | None = None
    active: bool = True
    state: str = "new"
    checked: str = ""
    told: str = ""
    listed: tuple[str, ...] = ()
    note: str = ""
    changed_at: int = 0

    @property
    def called(self) -> str:
        """Its name for whoever reads: as its owner wrote it, or in the reader's language where the product gave it."""
        return _(self.title) if self.title in GIVEN else self.title

    @property
    def key(self) -> str:
        """How deliveries name it."""
        return key_of(self.id)


def key_of(ident: int) -> str:
    """How deliveries name a rule."""
    return f"alert:{ident}"


def checked_title(text: str) -> str:
    """The name of a rule on one line. RequestError where it cannot be one."""
    title = " ".join(text.split())
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        raise RequestError(N_("enter a name of 1 to {most} characters.", most=LONGEST_TITLE), where="title")
    return title


def read_quiet(text: str) -> tuple[int, int] | None:
    """The hours of '20-7'; None for ''. RequestError for anything else."""
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*([0-9]{1,2})\s*[-–]\s*([0-9]{1,2})\s*", text)
    hours = (int(found[1]), int(found[2])) if found else (0, 0)
    if not found or max(hours) > 23 or hours[0] == hours[1]:
        raise RequestError(N_("write quiet hours like 20-7."), where="quiet")
    return hours


def save(state: State, rule: Rule) -> int:
    """Keep a rule; its number. One with a number takes the place of the one with that number, of the same owner, and
    begins again. RequestError where there is none, or where its owner has too many."""
    now = int(time.time())
    values = {**_row(rule), "changed_at": now}
    with state.write() as connection:
        mine = ALERTS.c.owner == rule.owner.subject
        if rule.id:
            if not connection.execute(ALERTS.update().where(mine, ALERTS.c.id == rule.id).values(**values)).rowcount:
                raise RequestError(N_("you have no alert {number}.", number=str(rule.id)), where="alert")
            return rule.id
        count = connection.execute(sa.select(sa.func.count()).select_from(ALERTS).where(mine)).scalar_one()
        if count >= MOST_RULES:
            raise RequestError(
                N_("you have {count} alerts already, the most allowed.", count=count), hint=N_("Delete some first.")
            )
        done = connection.execute(ALERTS.insert().values(**values, created_at=now))
    ident: int = done.inserted_primary_key[0]  # type: ignore[index]
    return ident


def of(state: State, subject: str) -> list[Rule]:
    """The rules of a person, by name."""
    return _found(state, ALERTS.c.owner == subject)


def seen_by(state: State, viewer: Viewer) -> list[Rule]:
    """The rules that a person may see, by owner and name: their own; of administrators everybody's."""
    return _found(state, sa.true() if viewer.may("administer") else ALERTS.c.owner == viewer.name)


def about(state: State, data: str) -> list[Rule]:
    """The rules that watch a data set and are not paused."""
    return _found(state, sa.and_(ALERTS.c.data == data, ALERTS.c.active))


def of_key(state: State, key: str) -> Rule | None:
    """The rule of a key; None where there is none."""
    ident = key.partition(":")[2]
    found = _found(state, ALERTS.c.id == int(ident)) if ident.isdecimal() else []
    return next((rule for rule in found if rule.key == key), None)


def watched(state: State) -> set[str]:
    """The data sets that rules watch."""
    with state.read() as connection:
        return set(connection.execute(sa.select(ALERTS.c.data).where(ALERTS.c.active).distinct()).scalars())


def pause(state: State, viewer: Viewer, ident: int, *, active: bool) -> None:
    """Stop a rule, or let it go on with what comes from now on."""
    values: dict[str, Any] = {"active": active}
    if active:
        values |= {"state": "new", "checked": "", "told": "", "listed": "[]", "note": ""}
    with state.write() as connection:
        if not connection.execute(ALERTS.update().where(_may_end(viewer, ident)).values(**values)).rowcount:
            raise RequestError(N_("you have no alert {number}.", number=str(ident)), where="alert")


def delete(state: State, viewer: Viewer, ident: int) -> None:
    """Delete a rule of one's own or, as an administrator, of anybody."""
    with state.write() as connection:
        if not connection.execute(ALERTS.delete().where(_may_end(viewer, ident))).rowcount:
            raise RequestError(N_("you have no alert {number}.", number=str(ident)), where="alert")
        deliveries.drop(connection, [key_of(ident)])


def note(state: State, rule: Rule, outcome: Rule) -> None:
    """Keep what came of a check, unless the rule was changed or removed meanwhile."""
    names = ("state", "checked", "told", "listed", "note")
    values = {name: value for name, value in _row(outcome).items() if name in names}
    if outcome.state != rule.state:
        values["changed_at"] = int(time.time())
    same = sa.and_(ALERTS.c.id == rule.id, ALERTS.c.condition == conditions.kept(rule.condition), ALERTS.c.active)
    with state.write() as connection:
        connection.execute(ALERTS.update().where(same, ALERTS.c.checked == rule.checked).values(**values))


def follow_file(state: State, data: str, wanted: Sequence[Rule]) -> None:
    """Make the rules of a data set's TOML those that the file has now: new ones begin, changed ones begin again."""
    known = {rule.title: rule for rule in _found(state, sa.and_(ALERTS.c.data == data, ALERTS.c.owner == OF_DATA))}
    for rule in wanted:
        old = known.pop(rule.title, None)
        if old is None or (old.condition, old.channels) != (rule.condition, rule.channels):
            same = old is not None and old.condition == rule.condition
            save(
                state, replace(old, channels=rule.channels) if same and old else replace(rule, id=old.id if old else 0)
            )
    with state.write() as connection:
        connection.execute(ALERTS.delete().where(ALERTS.c.id.in_([rule.id for rule in known.values()])))
        deliveries.drop(connection, [rule.key for rule in known.values()])


def _may_end(viewer: Viewer, ident: int) -> sa.ColumnElement[bool]:
    mine = ALERTS.c.owner == viewer.name
    if viewer.may("administer"):
        mine = ALERTS.c.owner != OF_DATA
    elif not viewer.name:
        raise NotAllowed(N_("nobody is signed in."))
    return sa.and_(ALERTS.c.id == ident, mine)


def _found(state: State, which: sa.ColumnElement[bool]) -> list[Rule]:
    query = sa.select(ALERTS).where(which).order_by(ALERTS.c.owner, sa.func.lower(ALERTS.c.title), ALERTS.c.id)
    with state.read() as connection:
        return [_rule(row) for row in connection.execute(query)]


def _row(rule: Rule) -> dict[str, Any]:
    return {
        **rule.owner.row,
        "title": rule.title,
        "data": rule.data,
        "query": rule.query,
        "condition": conditions.kept(rule.condition),
        "channels": json.dumps(list(rule.channels)),
        "quiet": "-".join(map(str, rule.quiet)) if rule.quiet else "",
        "active": rule.active,
        "state": rule.state,
        "checked": rule.checked,
        "told": rule.told,
        "listed": json.dumps(list(rule.listed), ensure_ascii=False),
        "note": rule.note,
    }


def _rule(row: sa.Row[tuple[Any, ...]]) -> Rule:
    return Rule(
        row.id,
        Owner(row.owner, row.user_id, tuple(json.loads(row.groups)), row.confirmed_at),
        row.title,
        row.data,
        row.query,
        conditions.read(row.condition),
        tuple(json.loads(row.channels)),
        read_quiet(row.quiet),
        row.active,
        row.state,
        row.checked,
        row.told,
        tuple(json.loads(row.listed)),
        row.note,
        row.changed_at,
    )
