"""What happened around a data set since a moment, as far as a person may see it: notes and targets of others, alerts of
their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.language import N_, _
from analytics.metrics import METRICS
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import Viewer
from dashboard.changes.wording import Line
from dashboard.company.state import State
from dashboard.text.formats import Formats, formats_of

MOST_NOTES = 5
MOST_TARGETS = 5
LONGEST_TEXT = 200


def notes_since(state: State, viewer: Viewer, engine: Engine, at: int) -> list[Line]:
    """The notes of others that are newer than `at` (seconds since 1970), the newest first, and how many more there
    are."""
    from dashboard.notes import kept  # needs packages that only a state store needs
    from dashboard.notes.scope import clauses_of

    f = formats_of(engine.profile)
    new = [
        note
        for note in kept.seen_by(state, viewer, engine.name)
        if note.created_at > at and note.author != viewer.name and clauses_of(note.scope, engine, viewer) is not None
    ]
    new.sort(key=lambda note: (-note.created_at, -note.id))
    lines = [
        Line(
            "note",
            _(
                "{author} wrote about {span}: {text}",
                author=note.author_title,
                span=f.span(note.draft.days),
                text=short(note.draft.text),
            ),
            note.address,
        )
        for note in new[:MOST_NOTES]
    ]
    more = len(new) - MOST_NOTES
    if more > 0:
        lines.append(Line("note", _("{more:more note|more notes}.", more=more), "/notes"))
    return lines


def targets_since(state: State, service: ViewerService, engine: Engine, at: int) -> list[Line]:
    """The targets that others set, changed or ended since `at`, as they are now: those that the person may see."""
    import sqlalchemy as sa  # a package that only a state store needs

    from dashboard.company.tables import TARGET_VERSIONS as VERSIONS
    from dashboard.company.tables import TARGETS

    viewer, seen = service.viewer, {t.id for t in service.goals.seen(engine, ended=True)}
    joined = sa.select(TARGETS, VERSIONS).join(VERSIONS, VERSIONS.c.target_id == TARGETS.c.id)
    query = joined.where(TARGETS.c.data == engine.name, VERSIONS.c.at > at, VERSIONS.c.who.not_in(_names(viewer)))
    with state.read() as connection:
        rows = connection.execute(query.order_by(VERSIONS.c.id.desc()).limit(200)).all()
    newest = {row.target_id: row for row in reversed(rows) if row.target_id in seen}
    f = formats_of(engine.profile)
    lines = [Line("target", _target(row, f), f"/targets?data={engine.name}") for row in newest.values()]
    return lines[:MOST_TARGETS]


def _target(row: Any, f: Formats) -> str:
    """'Ben set the target for revenue, November 2026: $400K.'"""
    metric = METRICS.get(row.metric)
    span = TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.end_day, "D"))
    name = f"{metric.label.lower() if metric else row.metric}, {f.span(span)}{f' ({row.title})' if row.title else ''}"
    if row.ended and not row.value:  # of no target: the one of the data set's file counts again
        return _("{who} undid the target for {name}.", who=row.who, name=name)
    if row.ended:
        return _("{who} ended the target for {name}.", who=row.who, name=name)
    value = f.unit(metric.unit if metric else "count", row.value, short=True)
    if row.number == 1:
        return _("{who} set the target for {name}: {value}.", who=row.who, name=name, value=value)
    return _("{who} changed the target for {name}: {value}.", who=row.who, name=name, value=value)


def alerts_since(state: State, viewer: Viewer, engine: Engine, at: int) -> list[Line]:
    """The person's own alerts that began since `at` and still hold."""
    return [
        Line("alert", _(STATES[condition], title=title), "/alerts")
        for title, condition in own_alerts(state, viewer.name, engine.name, at)
    ]


STATES = {
    "firing": N_("Alert fires: {title}."),
    "no data": N_("Alert has no data: {title}."),
    "error": N_("Alert cannot be checked: {title}."),
}


def own_alerts(state: State, owner: str, data: str, at: int = 0) -> list[tuple[str, str]]:
    """(title, state) of a person's alerts about a data set that are not at rest, changed since `at`."""
    import sqlalchemy as sa

    from dashboard.company.tables import ALERTS

    mine = sa.and_(ALERTS.c.owner == owner, ALERTS.c.data == data, ALERTS.c.active, ALERTS.c.changed_at > at)
    query = sa.select(ALERTS.c.title, ALERTS.c.state).where(mine, ALERTS.c.state.in_(list(STATES)))
    with state.read() as connection:
        return [(row.title, row.state) for row in connection.execute(query.order_by(ALERTS.c.title))]


def _names(viewer: Viewer) -> list[str]:
    """How the person may be called in what others see."""
    return [name for name in (viewer.name, viewer.title) if name]


def short(text: str) -> str:
    """A note on one line, cut where it is long."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_TEXT else f"{plain[: LONGEST_TEXT - 1]}…"
