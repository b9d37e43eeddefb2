"""Key figures of values side by side: a card for each metric with a line for each value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.controls import attributes
from dashboard.components.kpis import KeyFigure, arrow, customer_figure, delta_text, key_figure
from dashboard.context import Context, Side

MOST_CARDS = 12


def kpi_sides(sides: Sequence[Side], context: Context) -> Component:
    """A card for each metric, each a door to what stands behind it. Frames: metric, value, base, delta, direction."""
    return _cards(sides, context, key_figure, doors=True)


def customer_sides(sides: Sequence[Side], context: Context) -> Component:
    """The same for the numbers of customers."""
    return _cards(sides, context, customer_figure, doors=False)


def _cards(sides: Sequence[Side], context: Context, named: Callable[[str], KeyFigure], *, doors: bool) -> Component:
    known = [side.answer.frame[side.answer.frame["value"].notna()] for side in sides]
    metrics = dict.fromkeys(str(name) for frame in known for name in frame["metric"])
    cards = [_card(name, named(name), sides, context, door=doors) for name in list(metrics)[:MOST_CARDS]]
    return html.Div(cards, className="kpis by-side")


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
