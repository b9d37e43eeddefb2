"""A further file that holds a key of the order lines: how it is joined, and which fields it gives."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.guessing import synonyms
from analytics.loading.guessing.inspection import Study
from analytics.loading.lines.values import as_text
from analytics.loading.written.toml_text import quoted, source_lines

JOINED_FIELDS = ("customer_name", "segment", "category", "brand", "city", "region", "country")


@dataclass(frozen=True)
class FoundJoin:
    """A join as TOML text, and the fields that the other file gives, by name, as TOML values."""

    toml: str
    fields: dict[str, str]


def join(main: Study, other: Study, decided: Container[str]) -> FoundJoin | None:
    """The join where a column of the other file is unique and holds most values of a column of the main file, and the
    fields that it gives beyond those already decided; None where there is no such column."""
    keys = _join_keys(main, other)
    if keys is None:
        return None
    ours, theirs = keys
    name = _join_name(other.source.files[0])
    on = quoted(theirs) if theirs == ours else f"{{ {quoted(ours)} = {quoted(theirs)} }}"
    fields = {}
    for wanted in JOINED_FIELDS:
        named = [c for c in other.columns if c != theirs and synonyms.named(wanted, [c])]
        if named and wanted not in decided:
            fields[wanted] = quoted(f"{name}.{named[0]}")
    return FoundJoin(f"[join.{name}]\n{source_lines(other.source)}on = {on}\n", fields)


def _join_keys(main: Study, other: Study) -> tuple[str, str] | None:
    """A column of the main file and the column of the other file that it refers to."""
    for theirs, column in other.columns.items():
        if column.distinct < max(2, len(other.rows)):
            continue
        values = as_text(other.rows.table.column(theirs))
        for ours in main.columns:
            if main.columns[ours].number:
                continue
            used = pc.unique(as_text(main.rows.table.column(ours)))
            if len(used) < 2:
                continue
            known = pc.mean(pc.is_in(used, values).cast(pa.int8())).as_py() or 0
            if known >= 0.5:
                return ours, theirs
    return None


def _join_name(file: str) -> str:
    """A file's name as the name of a join: letters, digits and underscores."""
    stem = Path(file).name.split(".")[0].lower()
    name = "".join(c if c.isalnum() else "_" for c in stem).strip("_")
    return (name if name[:1].isalpha() else f"file_{name}")[:40]
