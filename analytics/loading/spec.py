"""What a data set's TOML says, checked: values only. catalog.py reads them, sources.py to dataset.py follow them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from analytics.loading.formula import Formula
from analytics.profile import Profile
from analytics.schema import FIELDS, Kind

# Columns of extra tables beside the canonical fields.
TABLE_COLUMNS: dict[str, Kind] = {
    "date": "time",
    "on_hand": "number",
    "sessions": "number",
    "path": "category",
    "conversions": "number",
    "conversion_value": "money",
    "null_paths": "number",
    "period": "category",
    "metric": "category",
    "value": "number",
    "name": "category",
}
OPTIONAL_COLUMNS: dict[str, tuple[str, ...]] = {"paths": ("conversion_value", "null_paths")}


def kind_of(name: str) -> Kind:
    """What a field of the order lines or a column of an extra table holds."""
    return FIELDS[name].kind if name in FIELDS else TABLE_COLUMNS[name]


@dataclass(frozen=True)
class Source:
    """Files of rows and how they are written, or a query.

    A path with "./" first is beside the TOML, any other under the sources.
    """

    kind: Literal["csv", "excel", "parquet", "sql"]
    files: tuple[str, ...]
    encoding: str = "utf-8"
    separator: str = ","  # "whitespace": any run of blanks
    decimal: str = "."
    thousands: str = ""
    columns: tuple[str, ...] = ()  # names for files without a header
    skip_rows: int = 0
    sheet: str = ""
    url_env: str = ""  # sql: the environment variable that holds the address
    query: str = ""
    high_water: str = ""  # column by which only newer rows are read; the query has :high_water
    replace_by: str = ""  # "line_id" or "order_id": stored lines that give way to newer ones; "": none


@dataclass(frozen=True)
class Rule:
    """How one field comes from columns. Applied in this order: take, regex, map, case, default."""

    columns: tuple[str, ...] = ()
    separator: str = " "
    constant: str | None = None
    compute: Formula | None = None
    formats: tuple[str, ...] = ()
    regex: str = ""
    group: str = ""
    map: tuple[tuple[str, str], ...] = ()
    case: str = ""
    default: str | None = None
    row: bool = False  # each row is its own


def mapped_columns(fields: dict[str, Rule]) -> frozenset[str]:
    """The columns that fields are made of; those of a joined file as `<join>.<column>`."""
    columns = {column for rule in fields.values() for column in rule.columns}
    formulas = (rule.compute for rule in fields.values() if rule.compute)
    return frozenset(columns | {name.name for formula in formulas for name in formula.names})


@dataclass(frozen=True)
class Join:
    """A second file looked up by key; its columns are called `<name>.<column>`."""

    name: str
    source: Source
    on: tuple[tuple[str, str], ...]  # (column of the rows, column of the file)
    repeated_keys: str = "error"


@dataclass(frozen=True)
class Table:
    """An extra table: its own files, its own fields."""

    name: str
    source: Source
    fields: dict[str, Rule]


@dataclass(frozen=True)
class Cleaning:
    """Which rows are left out, and what is noticed."""

    trim: bool = True
    blank_rows: str = "drop"
    repeated_headers: str = "drop"
    exact_duplicates: str = "keep"
    invalid_rows: str = "error"
    non_positive: str = "refund"
    outliers: str = "unit_price"
    outlier_threshold: float = 6.0


@dataclass(frozen=True)
class Spec:
    """One data set as declared."""

    name: str
    path: Path
    profile: Profile
    source: Source
    fields: dict[str, Rule]
    joins: tuple[Join, ...] = ()
    tables: tuple[Table, ...] = ()
    rates: dict[str, tuple[tuple[str, float], ...]] = field(
        default_factory=dict
    )  # currency: (from day, rate), ascending
    refunds: tuple[str, tuple[str, ...]] = ("", ())  # column whose values mark a refund written as a positive amount
    cleaning: Cleaning = Cleaning()
