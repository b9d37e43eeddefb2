"""Key figures of values side by side: a card for each metric with a line for each value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.controls import attributes
from dashboard.components.kpis import (
    KeyFigure,
    arrow,
    customer_figure,
    delta_text,
    every_figure,
    first_of,
    key_figure,
    more_figures,
)
from dashboard.context import Context, Side


def kpi_sides(sides: Sequence[Side], context: Context) -> Component:
    """A card for each metric, each a door to what stands behind it; the same first ones as kpi_cards has. Frames:
    metric, value, base, delta, direction."""
    names = _metrics(sides)
    first = first_of(names)
    shown = [*first, *(name for name in names if name not in first)] if every_figure(context) else first
    cards = [_card(name, key_figure(name), sides, context, door=True) for name in shown]
    more = [more_figures(len(names) - len(first), context)] if len(names) > len(first) else []
    return html.Div([html.Div(cards, className="kpis by-side"), *more])


def customer_sides(sides: Sequence[Side], context: Context) -> Component:
    """A card for each number of customers. Frames as of kpi_sides."""
    cards = [_card(name, customer_figure(name), sides, context, door=False) for name in _metrics(sides)]
    return html.Div(cards, className="kpis by-side")


def _metrics(sides: Sequence[Side]) -> list[str]:
    """The metrics that any side has a value of, in their order."""
    known = [side.answer.frame[side.answer.frame["value"].notna()] for side in sides]
    return list(dict.fromkeys(str(name) for frame in known for name in frame["metric"]))


def _card(name: str, figure: KeyFigure, sides: Sequence[Side], context: Context, *, door: bool) -> Component:
    lines = []
    spoken = [figure.label]
    for side in sides:
        frame = side.answer.frame
        for row in frame[frame["metric"] == name].itertuples():
            value = float(row.value)  # type: ignore[arg-type]
            shown = context.formats.unit(figure.unit, value, short=figure.unit == "money")
            moved = _moved(row, figure.unit, context)
            spoken.append(f"{side.label} {shown} {moved}".strip())
            lines.append(_line(side, row, shown, moved, context.formats.unit(figure.unit, value)))
    opens = attributes(data_menu=f"kpi:{name}", aria_haspopup="true", aria_expanded="false") if door else {}
    about = attributes(aria_label=". ".join(spoken))
    role = "button" if door else "group"
    body = [html.Div(figure.label, className="kpi-label"), *lines]
    return html.Div(body, className="kpi", title=figure.formula, tabIndex=0, role=role, **about, **opens)


def _moved(row: Any, unit: str, context: Context) -> str:
    if context.selection.base is None or not row.direction:
        return ""
    return f"{arrow(row.direction, row.delta)} {delta_text(unit, row.delta, context)}".strip()


def _line(side: Side, row: Any, shown: str, moved: str, full: str) -> Component:
    described = attributes(data_metric=f"{row.metric} {side.value}", data_value=repr(float(row.value)))
    delta = [html.Span(moved, className=f"kpi-delta {row.direction or 'none'}")] if moved else []
    return html.Div(
        [
            html.I(className=f"side-dot side-{side.colour.removeprefix('@')}", **attributes(aria_hidden="true")),
            html.Span(side.label, className="side-name", title=side.label),
            html.Span(shown, className="side-value", title=full),
            *delta,
        ],
        className="side-line",
        **described,
    )
