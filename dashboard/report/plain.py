"""Cards as plain HTML: no buttons, no links, no scripts; every text escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup, escape

Cell = tuple[str, bool]  # text, and whether it is a number
TEXT_OF = {"Button": "span", "A": "span"}  # what one could press says the same without


@dataclass(frozen=True)
class Table:
    """Headings and rows of cells."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


def grid_table(grid: dict[str, Any], most: int) -> Table:
    """The first rows of an AG Grid's properties, in the order that the grid shows them."""
    columns, records = grid["columnDefs"], list(grid["rowData"])
    for column in columns:
        if column.get("sort"):
            name, down = column["field"], column["sort"] == "desc"
            known = [r for r in records if r[name] is not None]
            records = sorted(known, key=lambda r, n=name: r[n], reverse=down) + [r for r in records if r[name] is None]  # type: ignore[misc]
    numbers = [c.get("type") == "rightAligned" for c in columns]
    names = [f"{c['field']}_text" if number else c["field"] for c, number in zip(columns, numbers, strict=True)]
    head = tuple((c.get("headerName", c["field"]), number) for c, number in zip(columns, numbers, strict=True))
    rows = tuple(
        tuple((str(record[name]), number) for name, number in zip(names, numbers, strict=True))
        for record in records[:most]
    )
    return Table(head, rows)


def plain_html(node: Any) -> Markup:
    """A tree of Dash's html components as text, with classes and styles only."""
    if node is None:
        return Markup("")
    if isinstance(node, list | tuple):
        return Markup("").join(plain_html(child) for child in node)
    if not isinstance(node, Component):
        return escape(node)
    kind = type(node).__name__
    if type(node) is not getattr(html, kind, None):
        raise TypeError(f"a report can hold html components, not {kind}")
    tag = TEXT_OF.get(kind, kind.lower())
    classes, style = getattr(node, "className", None), getattr(node, "style", None) or {}
    attributes = Markup(' class="{}"').format(classes) if classes else Markup("")
    if style:
        attributes += Markup(' style="{}"').format(";".join(f"{_dashed(k)}:{v}" for k, v in style.items()))
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), attributes, plain_html(getattr(node, "children", None)))


def _dashed(name: str) -> str:
    """maskImage → mask-image; --part stays."""
    return name if name.startswith("--") else "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
