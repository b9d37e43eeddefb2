"""What a data set's TOML declares, as checked values: catalog.py makes them, all that loads data follows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from analytics.loading.formula import Formula
from analytics.profile import Profile
from analytics.schema import FIELDS, Kind

# Columns that extra tables may have besides canonical fields.
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

SourceKind = Literal["csv", "excel", "parquet", "sql"]
KIND_OF_SUFFIX: dict[str, SourceKind] = {".xlsx": "excel", ".xlsm": "excel", ".parquet": "parquet", ".pq": "parquet"}


def kind_of(name: str) -> Kind:
    """The kind of a field of the order lines, or of a column of an extra table."""
    return FIELDS[name].kind if name in FIELDS else TABLE_COLUMNS[name]


FIRST_YEAR, LAST_YEAR = 1900, 2199  # of days that data may cover: another year is a typing error


@dataclass(frozen=True)
class Source:
    """Files of rows and how they are written, or a query.

    A path that begins with "./" is in the folder of the TOML, any other in that of the sources.
    """

    kind: SourceKind
    files: tuple[str, ...]
    encoding: str = "utf-8"
    separator: str = ","  # or "whitespace": any run of white space
    decimal: str = "."
    thousands: str = ""
    columns: tuple[str, ...] = ()  # for files without a header
    skip_rows: int = 0
    sheet: str = ""
    url_env: str = ""  # sql: the environment variable that holds the address
    query: str = ""
    high_water: str = ""  # the column by which only newer rows are read; the query has :high_water
    replace_by: str = ""  # "line_id" or "order_id": what stored lines share with the newer ones that replace them


@dataclass(frozen=True)
class Rule:
    """How one field comes from columns, a constant, a formula or the row. Then regex, map, case and default apply."""

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
    row: bool = False  # the value identifies the row


def mapped_columns(fields: dict[str, Rule]) -> frozenset[str]:
    """The columns that fields are made of; those of a joined file as `<join>.<column>`."""
    columns = {column for rule in fields.values() for column in rule.columns}
    formulas = (rule.compute for rule in fields.values() if rule.compute)
    return frozenset(columns | {name.name for formula in formulas for name in formula.names})


@dataclass(frozen=True)
class Join:
    """A second file that rows are looked up in by key; its columns are called `<name>.<column>`."""

    name: str
    source: Source
    on: tuple[tuple[str, str], ...]  # pairs: a column of the rows, a column of the file
    repeated_keys: str = "error"


@dataclass(frozen=True)
class Table:
    """An extra table, with a source and fields of its own."""

    name: str
    source: Source
    fields: dict[str, Rule]


@dataclass(frozen=True)
class Refunds:
    """The column and its values that mark a line as a refund, whose amount may be written as positive."""

    column: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cleaning:
    """Which rows are left out, and what is reported."""

    trim: bool = True
    blank_rows: str = "drop"
    repeated_headers: str = "drop"
    exact_duplicates: str = "keep"
    invalid_rows: str = "error"
    non_positive: str = "refund"
    outliers: str = "unit_price"
    outlier_threshold: float = 6.0
    missing: tuple[str, ...] = ()  # texts that stand for a missing value, such as NULL


@dataclass(frozen=True)
class Spec:
    """One data set as its TOML declares it."""

    name: str
    path: Path
    profile: Profile
    source: Source
    fields: dict[str, Rule]
    joins: tuple[Join, ...] = ()
    tables: tuple[Table, ...] = ()
    # By currency: pairs of the day from which a rate holds ("" for always) and the rate, ascending.
    rates: dict[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    refunds: Refunds = Refunds()
    cleaning: Cleaning = Cleaning()
