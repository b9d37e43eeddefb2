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
    "reorder_level": "number",
    "on_order": "number",
    "discontinued": "category",
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
OPTIONAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "stock": ("reorder_level", "on_order", "discontinued"),
    "paths": ("conversion_value", "null_paths"),
}

SourceKind = Literal["csv", "excel", "parquet", "sql"]
KIND_OF_SUFFIX: dict[str, SourceKind] = {
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def kind_of(name: str) -> Kind:
    """The kind of a field of the order lines, or of a column of an extra table. A field of the data set's own is a
    category."""
    return FIELDS[name].kind if name in FIELDS else TABLE_COLUMNS.get(name, "category")


FIRST_YEAR, LAST_YEAR = 1900, 2199  # of days that data may cover: another year is a typing error


@dataclass(frozen=True)
class Explode:
    """Cells that hold several things: each becomes a row of its own. The pattern's named groups become columns."""

    columns: tuple[str, ...]  # one column, or several of which each holds one part
    regex: str
    separator: str = ""  # between the parts of a cell
    begins: str = ""  # or a pattern with which each part begins


@dataclass(frozen=True)
class Pivot:
    """One row for each amount of money: rows that agree in `by` become one, with a column for each name."""

    by: tuple[str, ...]
    name: tuple[str, ...]  # the columns that say what an amount is; several are joined with "/"
    value: str


@dataclass(frozen=True)
class First:
    """Of rows that agree in `by`, those with the least `at`: what a shop reports twice counts once."""

    by: tuple[str, ...]
    at: str


@dataclass(frozen=True)
class Shape:
    """How rows that are not yet one for each line are brought into that shape; each part may be absent."""

    footer: str = ""  # a pattern: the rows from the first that begins so are no data
    groups: str = ""  # the column in which rows that head a group have its name
    fill_down: tuple[str, ...] = ()  # columns whose empty cells mean the value above
    # Pairs: a column and its values; "" is an empty cell, "*" any other.
    keep: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drop: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drop_where: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()  # each drops rows that have all of its values
    first: First | None = None
    explode: Explode | None = None
    pivot: Pivot | None = None


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
    header: tuple[str, ...] = ()  # the first row with these values is the header
    sheets: tuple[str, ...] = ()  # of a workbook; the first if none, every one of that pattern for a name with *
    url_env: str = ""  # sql: the environment variable that holds the address
    query: str = ""
    high_water: str = ""  # the column by which only newer rows are read; the query has :high_water
    replace_by: str = ""  # "line_id" or "order_id": what lines share with the newer ones that replace them
    escape: str = ""  # the character that takes its meaning from the quote after it
    shape: Shape = Shape()
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()  # a column's name, and what other files call it
    rows_of: str = ""  # of nested Parquet files: the list whose elements are the rows

    def plain_name(self, column: str) -> str:
        """The name that a column has here: the one that it is an alias of, or its own. Case does not count."""
        written = column.strip().casefold()
        return next((name for name, others in self.aliases if written in map(str.casefold, others)), column)


@dataclass(frozen=True)
class Rule:
    """How one field comes from columns, a constant, a formula, the row or the file's name. Then regex, map, case,
    default and prefix apply."""

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
    from_file: bool = False  # the value is the name of the row's file
    zone: str = ""  # of a time: the column with the zone that each row is local to
    order: bool = False  # the value is the order's, and each line gets its share
    by: Formula | None = None  # of an order's value: what the shares are in proportion to; the amount if none
    local_to: str = ""  # of a time: the zone that all rows are local to, where it is not the data set's
    first: bool = False  # the value is that of the first of the columns that is filled
    sum: bool = False  # the value is the sum of the columns; an empty cell adds nothing
    prefix: str = ""  # stands before each value that is not missing
    every: bool = False  # of a number: all that the pattern finds in a cell is added up
    times: Formula | None = None  # of a number: what it is multiplied by
    replace: tuple[tuple[str, str], ...] = ()  # patterns in a text, and what stands in their place


def mapped_columns(fields: dict[str, Rule]) -> frozenset[str]:
    """The columns that fields are made of; those of a joined file as `<join>.<column>`."""
    columns = {column for rule in fields.values() for column in (*rule.columns, rule.zone) if column}
    formulas = (formula for rule in fields.values() for formula in (rule.compute, rule.by, rule.times) if formula)
    return frozenset(columns | {name.name for formula in formulas for name in formula.names})


@dataclass(frozen=True)
class Join:
    """A second file that rows are looked up in by key; its columns are called `<name>.<column>`."""

    name: str
    source: Source
    on: tuple[tuple[str, str], ...]  # pairs: a column of the rows, a column of the file
    repeated_keys: str = "error"
    exact_duplicates: str = ""  # as for the order lines, where it is empty


@dataclass(frozen=True)
class Touches:
    """Rows of what people did, from which paths are made: one row a path, with the columns of PATH_COLUMNS."""

    by: str  # the column that says who
    at: str  # when
    channel: str
    goal: tuple[tuple[str, tuple[str, ...]], ...]  # a column and its values: the rows that are conversions
    goal_id: str = ""  # rows of one conversion agree in it
    value: str = ""  # what a conversion brought, the same on each of its rows
    missing: str = "(none)"  # the channel of a row that names none


PATH_COLUMNS = ("path", "conversions", "conversion_value", "null_paths")


@dataclass(frozen=True)
class Table:
    """An extra table, with a source and fields of its own."""

    name: str
    source: Source
    fields: dict[str, Rule]
    touches: Touches | None = None


@dataclass(frozen=True)
class Refunds:
    """Refunds that are not lines with a negative amount.

    `column` and `values` mark lines whose amount may be written as positive. `rules` make a line of its own from
    columns of the line that was sold, by the names of REFUND_COLUMNS.
    """

    column: str = ""
    values: tuple[str, ...] = ()
    rules: tuple[tuple[str, Rule], ...] = ()


# What columns of a sold line say of its refund, and the kind of each.
REFUND_COLUMNS: dict[str, Kind] = {
    "order_amount": "money",
    "line_amount": "money",
    "line_quantity": "number",
    "at": "time",
    "single_amount": "money",
    "single_at": "time",
}
OF_ORDERS = ("order_amount", "single_amount")  # of these, what belongs to the order and is shared by its lines


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
class Check:
    """An equation of the file: a formula over lines is another one, on each line or summed over each order."""

    name: str
    lines: Formula
    equals: Formula
    of_order: bool


@dataclass(frozen=True)
class Variant:
    """Another way in which files of a pack may be meant: values that stand in place of the pack's, by `table.key`."""

    name: str
    because: str  # why the values are taken, as the written TOML says
    values: dict[str, str]  # TOML texts


@dataclass(frozen=True)
class PackJoin:
    """A joined file of a pack: a file that another pack knows, given together with the pack's own."""

    packs: tuple[str, ...]  # the packs that know such a file; of several that are given, the first
    without: str = ""  # what cannot be told where no such file is given


@dataclass(frozen=True)
class Pack:
    """By which columns the files of a platform are recognised, and what is known of them. Columns have the names that
    the TOML uses; case and blanks do not matter."""

    title: str
    fingerprint: tuple[str, ...]  # enough to name the file
    required: tuple[str, ...] = ()  # other columns without which it cannot be read
    optional: tuple[str, ...] = ()  # columns that fields use where they are there
    columns: tuple[str, ...] = ()  # others that the platform writes
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)  # a column's names in other languages
    cannot: tuple[str, ...] = ()  # what the files cannot tell
    refuse: str = ""  # why such files are no order lines, where they are none
    totals: tuple[str, ...] = ()  # columns whose sums a refused file tells, to compare with the ledger
    variants: tuple[Variant, ...] = ()
    joins: dict[str, PackJoin] = field(default_factory=dict)  # by the name of the join
    channel: str = ""  # name of the channel where there are other sources; the title of the TOML if empty
    alone: str = ""  # why the files cannot be combined with other sales; empty where they can

    @property
    def known(self) -> tuple[str, ...]:
        """All columns that the platform is known to write."""
        every = (*self.fingerprint, *self.required, *self.optional, *self.totals, *self.columns)
        return tuple(dict.fromkeys(every))


@dataclass(frozen=True)
class Part:
    """One of the sources of order lines, with fields and refunds of its own."""

    source: Source
    fields: dict[str, Rule]
    refunds: Refunds = Refunds()
    checks: tuple[Check, ...] = ()

    @property
    def rules(self) -> dict[str, Rule]:
        """The fields, and as `refunds.<name>` what refunds are made of."""
        return self.fields | {f"{REFUNDS}.{name}": rule for name, rule in self.refunds.rules}


REFUNDS = "refunds"  # the table of a TOML
SINGLE = (f"{REFUNDS}.single_amount", f"{REFUNDS}.single_at")  # rules of refunds that a joined file tells one by one


@dataclass(frozen=True)
class Spec:
    """One data set as its TOML declares it. `source`, `fields` and `refunds` are those of the first source of lines."""

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
    others: tuple[Part, ...] = ()  # further sources of order lines
    checks: tuple[Check, ...] = ()
    pack: Pack | None = None  # where guess may take the TOML for files of the same columns

    @property
    def parts(self) -> tuple[Part, ...]:
        """All sources of order lines, with their fields."""
        return (Part(self.source, self.fields, self.refunds, self.checks), *self.others)

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields that any source of order lines has."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.fields))

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that is read: the sources of lines, of joins and of extra tables."""
        lines = (part.source for part in self.parts)
        return (*lines, *(join.source for join in self.joins), *(table.source for table in self.tables))
