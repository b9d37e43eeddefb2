"""What is decided of a first TOML so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.language import _
from analytics.loading.guessing.inspection import Column
from analytics.loading.written.toml_text import UNCERTAIN, quoted


@dataclass
class Draft:
    """What is decided of the TOML: the value of each field as TOML text, remarks, joins, lines of tables."""

    fields: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    cleaning: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    tax_inside: bool = False  # whether amounts contain the tax
    currencies: list[str] = field(default_factory=list)  # codes, the most frequent first
    time_zone: str = ""
    order: str = ""  # the column of the order's number, where it is one
    doubts: list[str] = field(default_factory=list)  # what the files leave open

    def drop_invalid(self, note: str) -> None:
        """Leave out rows that cannot be read."""
        if not any(line.startswith("invalid_rows") for line in self.cleaning):
            self.cleaning.append(f'invalid_rows = "drop"          # {note}')

    def put(self, name: str, value: str, note: str = "") -> None:
        """Decide a field."""
        self.fields[name] = value
        if note:
            self.notes[name] = note


def put_or_constant(draft: Draft, name: str, column: Column | None, constant: str, note: str) -> None:
    """Decide a field: the column, or where there is none a constant, a TOML value, and what is said of that."""
    if column:
        draft.put(name, quoted(column.name))
    else:
        draft.put(name, f"{{ constant = {constant} }}", note)


def put_date(draft: Draft, date: Column, file: str = "") -> None:
    """The day of the order; `file` is the join that the column is of, with a point."""
    draft.put("ordered_at", time_of(date, file))
    if len(date.formats) > 1:
        choices = " or ".join(f"format = {quoted(f)}" for f in date.formats)
        draft.notes["ordered_at"] = UNCERTAIN + _(
            "the dates can be read in several ways; add {formats}", formats=choices
        )


def time_of(date: Column, file: str = "") -> str:
    """A column of days or times as a value of the TOML; without a format where several fit."""
    name = quoted(f"{file}{date.name}")
    if date.typed_date:
        return name
    return (
        f"{{ column = {name}, format = {quoted(date.formats[0])} }}"
        if len(date.formats) == 1
        else f"{{ column = {name} }}"
    )
