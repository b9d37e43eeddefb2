"""A grid as a plain table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Cell = tuple[str, bool]  # text, and whether it is a number


@dataclass(frozen=True)
class Table:
    """Headings and rows of cells."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


def grid_table(grid: dict[str, Any], most: int) -> Table:
    """The first rows of an AG Grid's properties, in the order that the grid shows them."""
    columns = grid["columnDefs"]
    records = list(grid["rowData"])
    for column in columns:
        if column.get("sort"):
            name = column["field"]
            down = column["sort"] == "desc"
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
