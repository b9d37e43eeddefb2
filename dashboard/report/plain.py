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
    """The first `most` rows of an AG Grid's properties, in the order that the grid shows them."""
    columns = grid["columnDefs"]
    records = list(grid["rowData"])
    for column in columns:
        if column.get("sort"):
            records = _sorted(records, column["field"], descending=column["sort"] == "desc")
    head = tuple((str(column.get("headerName", column["field"])), _is_number(column)) for column in columns)
    rows = tuple(tuple(_cell(column, record) for column in columns) for record in records[:most])
    return Table(head, rows)


def _sorted(records: list[dict[str, Any]], field: str, *, descending: bool) -> list[dict[str, Any]]:
    """The records by this field, those without a value last."""
    known = [record for record in records if record[field] is not None]
    blank = [record for record in records if record[field] is None]
    return sorted(known, key=lambda record: record[field], reverse=descending) + blank


def _is_number(column: dict[str, Any]) -> bool:
    return column.get("type") == "rightAligned"


def _cell(column: dict[str, Any], record: dict[str, Any]) -> Cell:
    number = _is_number(column)
    field = column["field"]
    return str(record[f"{field}_text" if number else field]), number
