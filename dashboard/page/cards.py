"""One chart's card for a selection, as plain values that the client draws: the figure, or the state shown in
its place.

    {"state": "ok" | "empty" | "hidden" | "absent" | "waiting" | "failed", "digest": …, "options": {name: words},
     "notes": …, "noted": HTML of the button that opens the notes of people,
     "trail": HTML, "box": HTML that stands in place of a figure, "room": what its height follows from,
     "figure": …, "alt": …, "emits": […], "marks": […]}
     or "body": HTML, "keeps_height": bool   or "grid": a component of Dash

`digest` is of all the others: a client that already shows it needs nothing more.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
import numpy as np
from dash import html
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from analytics.answer import Answer
from analytics.calendar import Grain, TimeRange
from analytics.engines.base import Engine
from analytics.errors import BeingComputed, NotEnoughData, NotInData, RequestError, StoresightError
from analytics.language import N_, _, several
from analytics.questions.targets.standing import PENDING
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.answers.side_by_side import Seen, seen_as
from dashboard.chart import Chart
from dashboard.components.controls import action_button, icon, menu_button
from dashboard.components.markup import in_words, markup
from dashboard.context import Context
from dashboard.figures.marks.grids import ROW, height
from dashboard.notes.marks import marked, of_chart, tip
from dashboard.notes.scope import Shown
from dashboard.page.body import NOTHING, card_state, option_texts, room
from dashboard.text.selections import clause_text

log = logging.getLogger("storesight")

WAITING = N_("The data are new, or the range ends on another day. This card fills by itself.")

NO_CUSTOMER = N_("None of them names a customer.")
NOTHING_OF_IT = N_("None of them has what this card shows.")

LARGER_GRAINS: tuple[Grain, ...] = ("year", "quarter", "month")


def card(
    service: ViewerService,
    chart: Chart,
    selection: Selection,
    now: Resolved,
    engine: Engine,
    patience: float | None = None,
    notes: Sequence[Shown] = (),
) -> dict[str, Any]:
    """The card for the selection (`now`: its resolved form); `notes` are marked on a figure along time. Whatever goes
    wrong stays inside it; an unexpected error has an id by which it is found in the log. `patience`: seconds to wait
    for models; None: no limit."""
    options = selection.options_of(chart.name)
    found: dict[str, Any] = {"trail": "", "box": "", "notes": "", "unfinished": False}
    try:
        context = service.context(chart, now, options, engine)
        found["options"] = option_texts(chart, context.options, context.schema)
        seen = seen_as(service, chart, now, options, engine, patience)
        answer = seen.answer
        drawn = str(answer.more["map"]["level"].iloc[0]) if "map" in answer.more else ""
        found["trail"], found["notes"] = markup(breadcrumb(chart, context, drawn)), " ".join(answer.notes)
        if not chart.bare:
            found["noted"] = _noted(chart, context, notes)
        if seen.empty and not (chart.silent and _says_nothing(service, seen, now, options, engine, patience)):
            words = empty_words(chart, context, engine, answer.why)
            found |= _instead("empty", _("Nothing here"), words)
            found["notes"] = "" if answer.why or chart.nothing else found["notes"]
        elif _is_blank(seen):
            found |= {**_instead("empty", _("Nothing to show"), found["notes"]), "notes": ""}
        elif _says_nothing(service, seen, now, options, engine, patience):
            box = markup(card_state("empty", _("Nothing to compare"), _(NOTHING)))  # where it is shown already
            found |= {"state": "hidden", "box": box, "notes": ""}
        else:
            found |= _shown(seen, notes, found["notes"])
    except NotInData as error:
        if not options and _is_absent(service, chart, now, engine):
            found |= {"state": "hidden"}
        else:
            found |= _instead("absent", _("Not in this data"), str(error))
    except NotEnoughData as error:
        words = f"{error.message[:1].upper()}{error.message[1:]} {error.hint}".strip()
        found |= _instead("empty", _("Nothing to show"), words)
    except BeingComputed:
        found |= _instead("waiting", _("Being computed"), WAITING)
    except RequestError as error:
        found |= _instead("failed", _("This cannot be shown"), str(error))
    except Exception:
        number = uuid.uuid4().hex[:8]
        log.exception("chart %s failed, error id %s, %s", chart.name, number, selection.to_query())
        found |= _instead(
            "failed",
            _("This chart failed"),
            _("The rest of the page is not affected. Error id {number}.", number=number),
        )
    found = in_words(found)
    found.setdefault("options", {})
    return found | {"digest": hashlib.blake2b(to_json_plotly(found).encode(), digest_size=12).hexdigest()}


def _says_nothing(
    service: ViewerService,
    seen: Seen,
    now: Resolved,
    options: Mapping[str, str],
    engine: Engine,
    patience: float | None,
) -> bool:
    """Whether there is nothing to compare on the card, and would be without filters too: no click makes a card come or
    go."""
    chart = seen.chart
    if seen.sides or not chart.says_nothing(seen.answer):
        return False
    return not now.clauses or chart.says_nothing(service.answer(chart, now.only(), options, engine, patience))


def _is_blank(seen: Seen) -> bool:
    """Whether the metric that was chosen has no value at all, which the notes explain."""
    metric, frame = seen.context.options.get("metric", ""), seen.answer.frame
    return not seen.empty and seen.chart.kind == "figure" and metric in frame and bool(frame[metric].isna().all())


def _is_absent(service: ViewerService, chart: Chart, now: Resolved, engine: Engine) -> bool:
    """Whether the data lack what the chart shows under any filters."""
    if not now.clauses:
        return True
    try:
        service.answer(chart, now.only(), {}, engine)
    except StoresightError as error:
        return isinstance(error, NotInData)
    return False


def _unfinished(answer: Answer) -> bool:
    """Whether a chance of the answer is still being computed: the client asks again."""
    goals = answer.more.get("targets")
    return goals is not None and bool((goals["note"] == PENDING).any())


def _shown(seen: Seen, notes: Sequence[Shown], told: str) -> dict[str, Any]:
    """What is drawn and how high it is; in place of a list without a row, why there is none: what the answer `told`, or
    the chart's own reason."""
    chart, drawn = seen.chart, _drawn(seen, notes)
    if "grid" in drawn and not drawn["grid"].children.rowData:
        return {**_instead("empty", _("Nothing here"), told or str(chart.nothing)), "notes": ""}
    high = room(chart.height, drawn, chart.most_rows(seen.context.schema))
    return {"state": "ok", **drawn, "room": high, "unfinished": _unfinished(seen.answer)}


def _drawn(seen: Seen, notes: Sequence[Shown]) -> dict[str, Any]:
    chart, context, drawn = seen.chart, seen.context, seen.draw()
    if chart.kind == "figure":
        emits = context.emits if any("customdata" in trace for trace in drawn["data"]) else ()
        marks = marked(drawn, context.selection, notes, context.formats)
        return {
            "figure": drawn,
            "alt": seen.described(),
            "emits": emits,
            **({"marks": marks} if marks else {}),
        }
    if chart.kind == "grid":
        return {"grid": Portal(_grid(chart, drawn), chart.name)}
    return {"body": markup(drawn), "keeps_height": chart.role == "insights"}


def _noted(chart: Chart, context: Context, notes: Sequence[Shown]) -> str:
    """The button in the card's head that opens the notes written on a chart; "" where there are none, or where they are
    marks on its time axis."""
    along = chart.kind == "figure" and "period" in chart.columns
    mine = [] if along else of_chart(chart.name, context.selection, notes)
    if not mine:
        return ""
    text = tip(mine, context.formats)
    label = _("{notes:note|notes}", notes=len(mine))
    button = menu_button(
        f"noted:{chart.name}",
        [icon("chat-left-text"), f" {len(mine)}"],
        label=_("{name}: {value}", name=label, value=text),
        small=True,
    )
    return markup(button)


def _grid(chart: Chart, drawn: dict[str, Any]) -> Component:
    grid: Component = dag.AgGrid(
        id={"type": "grid", "chart": chart.name},
        className="drawn",
        style={"height": f"{height(drawn, chart.height)}px"},
        defaultColDef={"sortable": True, "resizable": True, "minWidth": 90},
        dashGridOptions={
            "theme": {"function": "themeQuartz"},
            "animateRows": False,
            "suppressColumnMoveAnimation": True,  # else numbers cross each other while columns get their widths
            "tooltipShowDelay": 300,
            "suppressCellFocus": False,
            "localeText": {"noRowsToShow": _("Nothing to list.")},
            "rowHeight": ROW,
            "headerHeight": 36,
        },
        **drawn,
    )
    return grid


def _instead(state: str, title: str, words: str) -> dict[str, str]:
    return {"state": state, "box": markup(card_state(state, title, words))}


def empty_words(chart: Chart, context: Context, engine: Engine, told: str = "") -> str:
    """Why there is nothing on this card: no orders under the filters and the range, or nothing that it could show of
    those there are, for the reason that the answer `told`."""
    if not context.selection.bounds.span.days:
        return _("There are no orders in this data set that you may see.")
    filters = [clause_text(clause, context.schema) for clause in context.selection.clauses]
    where = several(filters)[:200]
    now, metrics = context.selection, ["orders", *(["customers"] if "customer" in context.schema else [])]
    span = context.formats.span(min(now.requested, now.span, key=lambda span: span.start))
    counted = engine.aggregate([], metrics, now).sum()
    orders = int(counted["orders"])
    if orders:
        unnamed = "customer" in chart.needs and not counted.get("customers")
        why = str(told or chart.nothing or (NO_CUSTOMER if unnamed else NOTHING_OF_IT))
        found = context.formats.count(orders)
        if filters:
            return _(
                "{orders:order|orders} with {filters} in {span}. {why}",
                orders=found,
                filters=where,
                span=span,
                why=why,
            )
        return _("{orders:order|orders} in {span}. {why}", orders=found, span=span, why=why)
    if filters:
        return _("No orders with {filters} in {span}. Clear a filter or widen the range.", filters=where, span=span)
    return _("No orders in {span}. Widen the range.", span=span)


class Portal(Component):
    """Shows its children inside the card of a chart (assets/js/dash.js)."""

    _namespace = "storesight"
    _type = "Portal"
    _children_props: list[str] = []  # noqa: RUF012 - as Dash declares it
    _base_nodes = ["children"]  # noqa: RUF012
    _prop_names = ["children", "chart"]  # noqa: RUF012
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012
    available_properties = _prop_names
    available_wildcard_properties: list[str] = []  # noqa: RUF012

    def __init__(self, children: Any, chart: str) -> None:
        super().__init__(children=children, chart=chart)  # type: ignore[no-untyped-call]


# --- breadcrumb


def breadcrumb(chart: Chart, context: Context, drawn: str = "") -> list[Any] | None:
    """Levels of places, of products or of own fields, or the larger periods around the range; None where there is
    nothing to drill. `drawn`: the level that a map shows, where it is not the one asked for."""
    if chart.levels:
        return _levels(chart, context, "level", chart.levels_in(context.schema), drawn)
    by = context.options.get("by", "")
    if any(o.name == "by" and o.listed for o in chart.options):
        return _levels(chart, context, "by", context.schema.hierarchy(by), by)
    return _periods(context) if context.emits == ("period",) else None


def _levels(chart: Chart, context: Context, option: str, levels: tuple[str, ...], drawn: str) -> list[Any] | None:
    """Country › Region › City: each a button; the present one is marked. Under one selected mark, a button drills into
    it."""
    if len(levels) < 2:
        return None
    schema = context.schema
    asked = drawn or context.options.get(option, "")
    now = asked if asked in levels else levels[-1]
    action = {"kind": "option", "chart": chart.name, "option": option}
    items = [
        action_button(
            schema[x].label,
            {**action, "value": x},
            className="crumb" + (" now" if x == now else ""),
            checked=x == now,
            role="radio",
        )
        for x in levels
    ]
    chosen = [v for d in context.emits for v in context.selected(d)]
    if len(chosen) == 1 and now != levels[-1]:
        finer = levels[levels.index(now) + 1]
        items.append(
            action_button(
                _("Drill into {things} ↓", things=schema[finer].plural), {**action, "value": finer}, className="drill"
            )
        )
    return [html.Div(items, role="radiogroup", className="crumbs", title=_("Level"))]


def _periods(context: Context) -> list[Any] | None:
    """All › 2019 › Q4 2019 › December 2019: the whole periods around the range, each a button to go back up to; None
    where the range is all there is."""
    selection = context.selection
    span, calendar = selection.span, selection.calendar
    whole = selection.bounds.span
    if not span.days or span == whole:
        return None
    around, own = [], context.formats.span(span)
    for grain in LARGER_GRAINS:
        start = calendar.floor(np.array([span.start]), grain)[0]
        period = calendar.period(start, grain).clipped(whole)
        if span == period:
            own = own if grain == "month" else context.formats.period(start, grain, calendar.name(start, grain))
        elif span.within(period):
            around.append((context.formats.period(start, grain, calendar.name(start, grain)), period))
    steps: list[tuple[str, TimeRange | None]] = [(_("All time"), whole), *around]
    crumbs = [
        action_button(name, {"kind": "range", "value": "all" if period is whole else str(period)}, className="crumb")
        for name, period in steps
    ]
    return [html.Div([*crumbs, html.Span(own, className="crumb now")], className="crumbs")]
