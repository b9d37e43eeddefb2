"""The panel "Since you last looked" above the cards of the Overview: folded, and not there where nothing changed."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from analytics.engines.base import Engine
from analytics.errors import StoresightError
from analytics.language import _
from dashboard.answers.service import ViewerService
from dashboard.changes.colleagues import alerts_since, notes_since, targets_since
from dashboard.changes.compare import compare
from dashboard.changes.recap import scope_of
from dashboard.changes.wording import Line, lines_of, when
from dashboard.company.state import State
from dashboard.components.controls import action_button, attributes, icon
from dashboard.text.formats import formats_of

if TYPE_CHECKING:
    from dashboard.changes.looks import Look

log = logging.getLogger("storesight")

ICONS = {
    "restated": "pencil-square",
    "lost": "calendar-x",
    "days": "calendar-plus",
    "story": "lightbulb",
    "alert": "bell",
    "target": "bullseye",
    "note": "chat-left-text",
}


def since_last_look(state: State | None, service: ViewerService, engine: Engine) -> Component | None:
    """What changed since this person last looked at the data set; None where nothing did, where they had not looked, or
    where nobody is signed in or an administrator looks with somebody's eyes. Their look is noted. A state store that
    cannot be used costs the panel, not the page."""
    viewer = service.viewer
    if state is None or not viewer.title or viewer.administrator:
        return None
    try:
        return _panel(state, service, engine)
    except StoresightError as fault:
        log.warning("what changed is not shown: %s", fault)
        return None


def _panel(state: State, service: ViewerService, engine: Engine) -> Component | None:
    from dashboard.changes import looks  # needs packages that only a state store needs

    viewer = service.viewer
    scope = scope_of(viewer)
    before = looks.look(state, viewer.name, engine.name, scope, engine.version)
    if before is None:
        return None
    lines = [
        *_of_data(state, scope, engine, before),
        *alerts_since(state, viewer, engine, before.at),
        *targets_since(state, service, engine, before.at),
        *notes_since(state, viewer, engine, before.at),
    ]
    moment = when(before.at, time.time(), engine.profile.time_zone, formats_of(engine.profile))
    return shown(lines, moment, engine.name) if lines else None


def _of_data(state: State, scope: str, engine: Engine, before: Look) -> list[Line]:
    """What the present version tells otherwise than the one that was seen; nothing while a recap is lacking."""
    from dashboard.changes import keeping

    now = keeping.of_version(state, engine.name, scope, engine.version) if before.version != engine.version else None
    then = keeping.baseline(state, engine.name, scope, before.version, before.at) if now else None
    if now is None or then is None:
        return []
    return lines_of(compare(then, now), engine.name, formats_of(engine.profile))


def shown(lines: list[Line], moment: str, data: str) -> Component:
    """The panel: its first line at once, all of them when it is opened."""
    first, more = lines[0], len(lines) - 1
    told = [html.Span(first.text, className="since-first")]
    if more:
        told.append(html.Span(_("{more} more", more=more), className="since-first since-more"))
    summary = html.Summary([html.Strong(_("Since you last looked ({moment})", moment=moment)), *told])
    action = {"kind": "dismiss", "data": data}
    return html.Section(
        [
            html.Details([summary, html.Ul([_item(line) for line in lines], className="since-list")]),
            action_button("×", action, label=_("I have seen this"), className="since-x"),
        ],
        id="since",
        className="since",
        **attributes(aria_label=_("What changed since you last looked")),
    )


def _item(line: Line) -> Component:
    words = _("See chart") if "#" in line.link else _("Open")
    link = html.A([words, " ", icon("arrow-right")], href=line.link, className="chart-link") if line.link else None
    return html.Li([icon(ICONS[line.kind]), html.Span(line.text), link])
