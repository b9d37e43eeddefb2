"""The first screen in words: the headline, what drove revenue, and what needs action."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from analytics.calendar import TimeRange, whole_months
from analytics.errors import capital
from analytics.gazetteer import in_sentence
from analytics.language import N_, _
from analytics.schema import place_parts
from dashboard.components.controls import action_button, attributes, icon
from dashboard.components.targets import reached
from dashboard.context import Context
from dashboard.text.formats import Formats

LINES = 3  # of each list of what drove revenue
MOVED = {  # what moved revenue: where it rose, and where it fell
    "customers": (N_("Mainly more customers"), N_("Mainly fewer customers")),
    "frequency": (N_("Mainly more orders from each customer"), N_("Mainly fewer orders from each customer")),
    "orders": (N_("Mainly more orders"), N_("Mainly fewer orders")),
    "size": (N_("Mainly larger orders"), N_("Mainly smaller orders")),
}


# --- the headline
def headline(answer: Answer, context: Context) -> Component:
    """One sentence on how revenue stands, in the key figures' own numbers, and one on what moved it."""
    row: Any = next(answer.frame.itertuples())
    stand = _stand(row, answer, context)
    first = _("Revenue {amount}", amount=_short(context.formats, row.revenue))
    strong = first if stand.startswith(first) else stand  # in bold: the number, where the sentence begins with it
    second = _largest(row, context) if np.isnan(row.base) else _cause(row, context)
    rest = stand.removeprefix(strong) + (f" {second}" if second else "")
    return html.P([html.Strong(strong), rest], className="headline", title=_exact(row, context))


def _stand(row: Any, answer: Answer, context: Context) -> str:
    """'Revenue $2.4M, up 14.9% on November, 104% of target.'; without a comparison 'Revenue $2.4M in May 2025.'"""
    now, f = context.selection, context.formats
    amount = _short(f, row.revenue)
    goals = answer.more.get("targets")
    aimed = goals is not None and len(goals) and goals["progress"].notna().iloc[0]
    progress = reached(float(goals["progress"].iloc[0]), f) if goals is not None and aimed else ""
    if now.base is None:
        said = _("Revenue {amount} in {span}", amount=amount, span=f.span(now.span))
    elif np.isnan(row.delta):
        said = _(
            "Revenue {amount}, after {before} in {span}",
            amount=amount,
            before=_short(f, row.base),
            span=f.span(now.base),
        )
    else:
        base, delta = _base(now.span, now.base, f), f.percent(abs(row.delta))
        if row.direction == "flat":
            said = _("Revenue {amount}, as in {base}", amount=amount, base=base)
        elif row.delta > 0:
            said = _("Revenue {amount}, up {delta} on {base}", amount=amount, delta=delta, base=base)
        else:
            said = _("Revenue {amount}, down {delta} on {base}", amount=amount, delta=delta, base=base)
    return _("{sentence}, {progress} of target.", sentence=said, progress=progress) if aimed else f"{said}."


def _base(span: TimeRange, base: TimeRange, f: Formats) -> str:
    """The comparison inside the sentence: 'November' and 'Jan – Mar 2025', which German says with a preposition, or
    '2024'."""
    if whole_months(base) == 1:
        return _("{month}", month=f.base(span, base) or f.span(base))
    return f.base(span, base) or _("{span}", span=f.span(base))


def _cause(row: Any, context: Context) -> str:
    """What moved it, and the value that brought most of the change."""
    f = context.formats
    rose = bool(row.revenue > row.base)
    factor = MOVED.get(row.factor, ("", ""))[0 if rose else 1]
    step = abs(row.revenue - row.base)
    part = abs(row.change)
    name = _name(row, context) if row.field else ""
    if not name:
        return f"{factor}." if factor else ""
    amount = _short(f, part)
    if part >= step:
        alone = N_("{name} alone rose by {amount}") if rose else N_("{name} alone fell by {amount}")
    else:
        alone = (
            N_("{name} accounts for {amount} of the rise") if rose else N_("{name} accounts for {amount} of the fall")
        )
    told = _(alone.template, name=name, amount=amount)
    if factor:
        return _("{cause}; {told}.", cause=factor, told=told)
    return f"{capital(told) if told.startswith('the ') else told}."


def _name(row: Any, context: Context) -> str:
    """What a value is called in a sentence: a country as `in_sentence` does."""
    is_country = row.field == "country" or (row.field == "place" and len(place_parts(str(row.value))) == 1)
    if is_country and "country" in context.schema:
        return in_sentence(str(row.value))
    return context.schema.label(row.field, str(row.value))


def _largest(row: Any, context: Context) -> str:
    if not row.field:
        return ""
    said = _("{value} brings {share} of it.", value=_name(row, context), share=context.formats.percent(row.share, 0))
    return capital(said) if said.startswith("the ") else said


def _exact(row: Any, context: Context) -> str:
    """The numbers in full, and who is not counted."""
    f, base = context.formats, context.selection.base
    told = [_("Revenue {revenue}.", revenue=f.metric("revenue", row.revenue))]
    if base is not None:
        told.append(_("{name}: {value}.", name=f.span(base), value=f.metric("revenue", row.base)))
    if row.factor in ("customers", "frequency"):
        told.append(_("Customers without an id are not counted."))
    return " ".join(told)


# --- what drove it
class _Moved(NamedTuple):
    """A value that moved: a row of the frame, which takes longer to walk than its numbers."""

    field: str
    value: str
    revenue: float
    change: float
    share: float


def driver_lists(answer: Answer, context: Context) -> Component:
    """For each dimension the values with the largest change, each a button that filters."""
    lists: dict[str, list[_Moved]] = {}
    for cells in zip(*(answer.frame[name].tolist() for name in _Moved._fields), strict=True):
        lists.setdefault(str(cells[0]), []).append(_Moved(*cells))
    return html.Div([_driver_list(field, rows[:LINES], context) for field, rows in lists.items()], className="drivers")


def _driver_list(field: str, rows: list[_Moved], context: Context) -> Component:
    title = str(context.schema[field].plural)
    lines = [html.Li(_driver(row, context)) for row in rows]
    if context.selected(field) == (str(rows[0].value),):  # the others only stay to be chosen
        lines.insert(1, html.Li(_("Not in the filter:"), className="drivers-other"))
    return html.Div([html.H4(title[:1].upper() + title[1:]), html.Ul(lines)], **attributes(data_field=field))


def _driver(row: _Moved, context: Context) -> Component:
    """Name and change (without a comparison, revenue and its share); a click chooses the value, or no value again."""
    f, field, value = context.formats, str(row.field), str(row.value)
    name = context.schema.label(field, value)
    chosen = context.selected(field) == (value,)
    action = (
        {"kind": "field", "field": field}
        if chosen
        else {"kind": "only", "field": field, "value": value, "chart": "drivers"}
    )
    if np.isnan(row.change):
        shown, way = f"{_short(f, row.revenue)} · {f.percent(row.share, 0)}", "flat"
    else:
        shown, way = signed_short(f, row.change), "better" if row.change > 0 else "worse"
    seen = [html.Span(name, className="driver-name", title=name), html.Span(shown, className=f"kpi-delta {way}")]
    told = _("{name}: {value}.", name=name, value=shown)
    label = f"{told} {_('Clear this filter') if chosen else _('Show only this')}"
    return action_button(seen, action, label=label, className="driver chosen" if chosen else "driver")


def signed_short(f: Formats, value: float) -> str:
    """'+$128.2K', '−$3.1K', '$0'."""
    return f"+{_short(f, value)}" if value > 0 else _short(f, value)


def _short(f: Formats, value: float) -> str:
    return f.metric("revenue", value, short=True)


# --- what needs action
def action_list(answer: Answer, context: Context) -> Component:
    """What needs somebody, in lines that lead to the chart about it."""
    rows = answer.frame.to_dict("records")
    if rows and rows[0]["kind"] == "nothing":
        return html.P(rows[0]["sentence"], className="hint")
    return html.Ul([html.Li(_action(row)) for row in rows], className="needs")


def _action(row: dict[Any, Any]) -> Component:
    told: list[Component] = [html.Strong(row["sentence"])]
    if row["recommendation"]:
        told.append(html.Span(row["recommendation"]))
    return html.A([html.Span(told, className="words"), icon("arrow-right")], href=row["proof"], className="chart-link")
