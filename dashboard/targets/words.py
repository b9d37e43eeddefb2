"""Targets in words: what each is about, what was just done, and what is asked before one takes the place of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from dash import html

from analytics.calendar import TimeRange
from analytics.engines.base import Engine
from analytics.language import _, several
from analytics.metrics import METRICS
from analytics.questions.targets.target import Target, merged
from analytics.selection import Selection, filterable
from dashboard.targets.fields import button, form, hidden
from dashboard.targets.store import Version
from dashboard.text.formats import Formats, formats_of
from dashboard.text.selections import clause_text


def name_of(target: Target, f: Formats) -> str:
    """'Revenue, November 2026 · Stretch'."""
    name = f" · {target.title}" if target.title else ""
    return f"{_(METRICS[target.metric].label)}, {f.span(target.span)}{name}"


def kept(selection: Selection, engine: Engine) -> str:
    """The address of the page of targets that a change leads back to: data set, filters and dates."""
    return Selection(engine.name, range=selection.range, clauses=selection.clauses).to_query()


def saved_words(target: Target, versions: Sequence[Version], engine: Engine, undone: bool = False) -> str:
    """What was set, and which value that replaces; or what was `undone`. `versions`: the target's, the newest first."""
    f = formats_of(engine.profile)
    value = f.metric(target.metric, target.value)
    if target.ended:
        return _("{target}: {value} is deleted.", target=name_of(target, f), value=value)
    if undone:
        return _("{target}: {value} is restored.", target=name_of(target, f), value=value)
    if len(versions) < 2 or versions[1].ended:
        return _("{target}: {value} is set.", target=name_of(target, f), value=value)
    before = f.metric(target.metric, versions[1].value)
    return _("{target}: {value} replaces {before}.", target=name_of(target, f), value=value, before=before)


def period_text(row: Any, f: Formats) -> str:
    """The days of a row's period, in words."""
    return f.span(TimeRange(np.datetime64(row.first_day, "D"), np.datetime64(row.last_day, "D") + 1))


def filters_words(filters: str, engine: Engine) -> str:
    """Filters as an address writes them, in words."""
    clauses = Selection.from_query(filters, filterable(engine.schema))[0].clauses
    return several(clause_text(c, engine.schema) for c in merged(clauses)) or _("all orders")


def undo(
    target: Target, versions: Sequence[Version], engine: Engine, who: str, query: str, undone: bool = False
) -> list[Any]:
    """What was just done to a target and, if `who` did it, the way back: nobody undoes what somebody
    else did since by an address that was kept. `versions`: the target's, the newest first. `query`: of the page that
    one comes back to. `undone`: the last change was the way back."""
    told: list[Any] = [html.P(saved_words(target, versions, engine, undone))]
    if versions[0].who == who:
        fields = [hidden("seen", str(versions[0].number)), button("undo", _("Undo"))]
        told.append(form(f"/targets/{target.id}?{query}", fields))
    return [html.Div(told, className="told", role="status")]


def question(target: Target, before: Target, given: Mapping[str, str], engine: Engine, query: str) -> list[Any]:
    """Whether the target shall take the place of the one that there is: what is asked before it does. `given`: the form
    as it was sent."""
    f = formats_of(engine.profile)
    value, was = (f.metric(t.metric, t.value) for t in (target, before))
    told = _(
        "{target} is {before} already. Replace it with {value}?", target=name_of(target, f), before=was, value=value
    )
    fields = [
        *(hidden(name, text) for name, text in given.items() if text),
        hidden("replaces", repr(before.value)),
        button("add", _("Replace"), main=True),
    ]
    keep = html.A(_("Keep {before}", before=was), href=f"/targets?{query}", className="menu-button")
    ways = html.Div([form(f"/targets?{query}", fields), keep], className="buttons")
    return [html.Section([html.P(told, role="alert"), ways], className="card-plain asked")]
