"""Products that are bought together as a network: what belongs together is drawn close."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.language import _
from dashboard.context import Context
from dashboard.figures.base import HOVER_TEXT, Figure, distinct_labels, escaped, figure, opacities

STEPS = 300
WIDTHS = (1.0, 2.0, 3.5, 5.5)


def network(answer: Answer, context: Context) -> Figure:
    """Products as circles sized by their orders, pairs as lines as wide as their joint orders; a click filters.

    Lines in the accent colour are pairs that meet more often than baskets of their sizes and months make them
    (significant "yes"); grey ones are merely frequent.

    Frame: product, with_product, orders, lift, lift_multi, significant ("yes"). more["nodes"]: product, orders.
    """
    edges = answer.frame
    nodes = answer.more["nodes"]
    place = {p: i for i, p in enumerate(nodes["product"])}
    a = edges["product"].map(place).to_numpy(int)
    b = edges["with_product"].map(place).to_numpy(int)
    joint = edges["orders"].to_numpy(float)
    firm = (edges["significant"] == "yes").to_numpy()
    spots = layout(len(nodes), a, b, np.where(firm, 1.0, 0.06))
    width = np.searchsorted(np.quantile(joint, (0.25, 0.5, 0.8)) if len(joint) else [], joint, side="right")
    traces = [
        _lines(spots, a[mine], b[mine], WIDTHS[w], "@accent/0.55" if strong else "@muted/0.35")
        for strong in (False, True)
        for w in range(len(WIDTHS))
        if (mine := (firm == strong) & (width == w)).any()
    ]
    traces.append(_middles(spots, a, b, edges.to_dict("records"), context))
    orders = nodes["orders"].to_numpy(float)
    names = [context.schema.label("product", p) for p in nodes["product"]]
    hover = [
        f"<b>{escaped(n)}</b><br>" + _("{orders:order|orders}", orders=context.formats.count(o))
        for n, o in zip(names, orders, strict=True)
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": spots[:, 0].tolist(),
            "y": spots[:, 1].tolist(),
            "customdata": [[str(p)] for p in nodes["product"]],
            "hovertext": hover,
            "hovertemplate": HOVER_TEXT,
            "text": [escaped(n) for n in distinct_labels(names)],
            "textposition": _sides(spots),
            "textfont": {"size": 10.5, "color": "@text"},
            "cliponaxis": False,
            "marker": {
                "size": (9 + 20 * np.sqrt(orders / orders.max())).tolist() if len(orders) else [],
                "color": "@accent",
                "line": {"color": "@card", "width": 1.5},
                "opacity": opacities(nodes["product"].tolist(), context.selected("product")),
            },
        }
    )
    blank = {"visible": False, "range": [-0.12, 1.12]}
    return figure(
        traces,
        xaxis=blank,
        yaxis=dict(blank),
        showlegend=False,
        hovermode="closest",
        dragmode="select",
    )


def _sides(spots: np.ndarray) -> list[str]:
    """Places a name above its circle, or below it if another circle is close above."""
    if len(spots) < 2:
        return ["top center"] * len(spots)
    apart = spots[None, :, :] - spots[:, None, :]
    distance = np.linalg.norm(apart * [1.0, 0.6], axis=2) + np.eye(len(spots)) * 9
    nearest = distance.argmin(axis=1)
    rise = apart[np.arange(len(spots)), nearest, 1]
    return [
        "bottom center" if r > 0 and d < 0.15 else "top center" for r, d in zip(rise, distance.min(axis=1), strict=True)
    ]


def layout(count: int, a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Places of the nodes in the unit square: springs pull what is joined, everything else pushes apart.

    Starts from an ellipse, as cards are wide, and takes a fixed number of ever smaller steps, so equal input gives an
    equal figure (after Fruchterman & Reingold 1991).
    """
    if count < 2:
        return np.full((count, 2), 0.5)
    turn = 2 * np.pi * np.arange(count) / count
    spots = np.column_stack([np.cos(turn), 0.5 * np.sin(turn)])
    ideal = 1.2 / np.sqrt(count)
    for step in range(STEPS):
        apart = spots[:, None, :] - spots[None, :, :]
        distance = np.maximum(np.linalg.norm(apart, axis=2), 1e-3)
        move = (apart * (ideal**2 / distance**2)[:, :, None]).sum(axis=1)
        along = spots[a] - spots[b]
        force = along * (weight * np.linalg.norm(along, axis=1) / ideal)[:, None]
        np.add.at(move, a, -force)
        np.add.at(move, b, force)
        move -= spots * [1.0, 2.2]  # keeps nodes with few lines from drifting away
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        spots = spots + move / length * np.minimum(length, 0.12 * (1 - step / STEPS))
    low = spots.min(axis=0)
    span = np.ptp(spots, axis=0)
    return np.where(span > 0, (spots - low) / np.where(span > 0, span, 1), 0.5)


def _lines(spots: np.ndarray, a: np.ndarray, b: np.ndarray, width: float, colour: str) -> dict[str, Any]:
    """All lines of one look as one trace, with gaps between them."""
    x: list[float | None] = []
    y: list[float | None] = []
    for i, j in zip(a, b, strict=True):
        x += [float(spots[i, 0]), float(spots[j, 0]), None]
        y += [float(spots[i, 1]), float(spots[j, 1]), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
    }


def _middles(
    spots: np.ndarray, a: np.ndarray, b: np.ndarray, rows: list[dict[Any, Any]], context: Context
) -> dict[str, Any]:
    """Invisible marks in the middle of the lines: they carry the hover text."""
    middle = (spots[a] + spots[b]) / 2
    hover = [_pair(row, context) for row in rows]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": middle[:, 0].tolist(),
        "y": middle[:, 1].tolist(),
        "hovertext": hover,
        "hovertemplate": HOVER_TEXT,
        "marker": {"size": 12, "color": "@accent", "opacity": 0},
    }


def _pair(row: dict[Any, Any], context: Context) -> str:
    first, second = (context.schema.label("product", row[name]) for name in ("product", "with_product"))
    lines = [
        f"<b>{escaped(first)}</b>",
        _("with {product}", product=escaped(second)),
        _("{orders:order|orders} with both", orders=context.formats.count(row["orders"])),
    ]
    if row["significant"] == "yes":
        lines.append(_("more often than expected"))
    return "<br>".join(lines)
