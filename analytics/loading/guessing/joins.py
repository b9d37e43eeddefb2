"""A further file beside order lines: how it is joined to them by a key, and whether it tells their refunds."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.inspection import Column, Study
from analytics.loading.lines.values import as_text
from analytics.loading.written.toml_text import quoted, source_lines

JOINED_FIELDS = ("customer_name", "segment", "category", "brand", "city", "region", "country")
LEAST_KNOWN = 0.5  # share of the values of a key that the other file must hold
_REFUND = re.compile(
    r"refund|return|credit.?note|erstatt|gutschrift|retour|rembours|devoluci|reembols|rimbors", re.IGNORECASE
)
_COST = re.compile(r"\bcosts?\b|cogs|purchase price|einkauf|wareneinsatz|co[uû]t|costo|coste", re.IGNORECASE)
_COUNT = re.compile(r"qty|quantit|units|pieces|menge|anzahl|cantidad", re.IGNORECASE)


@dataclass(frozen=True)
class FoundJoin:
    """A join as TOML text, and the fields that the other file gives, by name, as TOML values."""

    toml: str
    fields: dict[str, str]


def join(main: Study, other: Study, decided: Container[str]) -> FoundJoin | None:
    """The join where a column of the other file is unique and holds most values of a column of the main file, and the
    fields that it gives beyond those already decided; None where there is no such column."""
    keys = join_keys(main, other)
    if keys is None:
        return None
    ours, theirs = keys
    name = join_name(other)
    fields = {}
    for wanted in JOINED_FIELDS:
        named = [c for c in other.columns if c != theirs and synonyms.named(wanted, [c])]
        if wanted == "customer_name" and not named and synonyms.named("customer", [ours]):
            named = [c for c in other.columns if synonyms.plain(c) == "name"]
        if named and wanted not in decided:
            fields[wanted] = quoted(f"{name}.{named[0]}")
    costs = [c for c in other.columns if c != theirs and other.columns[c].number and _COST.search(c)]
    if (
        len(costs) == 1
        and "cost" not in decided
        and (synonyms.named("product", [ours]) or "sku" in synonyms.plain(ours))
    ):
        fields["cost"] = f"{{ compute = {quoted(f'quantity * [{name}.{costs[0]}]')} }}"
    again = 'repeated_keys = "last"  # a file that is added later repeats what earlier ones told\n'
    return FoundJoin(join_lines(other, ours, theirs) + again, fields)


def join_lines(other: Study, ours: str, theirs: str) -> str:
    """The table of a join: a column of the order lines, and the column of the other file that it refers to."""
    on = quoted(theirs) if theirs == ours else f"{{ {quoted(ours)} = {quoted(theirs)} }}"
    return f"[join.{join_name(other)}]\n{source_lines(other.source)}on = {on}\n"


def join_keys(main: Study, other: Study) -> tuple[str, str] | None:
    """A column of the main file and the column of the other file that it refers to."""
    for theirs, column in other.columns.items():
        if column.distinct < max(2, len(other.rows)):
            continue
        values = as_text(other.rows.table.column(theirs))
        for ours in main.columns:
            if main.columns[ours].number and not _is_same_key(ours, theirs):
                continue
            used = pc.unique(as_text(main.rows.table.column(ours)))
            if len(used) < 2:
                continue
            known = pc.mean(pc.is_in(used, values).cast(pa.int8())).as_py() or 0
            if known >= LEAST_KNOWN:
                return ours, theirs
    return None


def _is_same_key(ours: str, theirs: str) -> bool:
    """Whether two columns of numbers have one name, which is that of customers or products: others may hold the same
    numbers by chance."""
    alike = synonyms.plain(ours) == synonyms.plain(theirs)
    return alike and bool(synonyms.named("customer", [ours]) or synonyms.named("product", [ours]))


def order_keys(lines: Study, header: Study) -> tuple[str, str] | None:
    """The columns of the order's number in lines and in a file with a row an order; None where the one does not refer
    to the other."""
    for ours in synonyms.named("order_id", lines.columns):
        numbers = pc.unique(as_text(lines.rows.table.column(ours)))
        for theirs in [*synonyms.named("order_id", header.columns), *(c for c in header.columns if c.lower() == "id")]:
            if header.columns[theirs].distinct < max(2, len(header.rows)):
                continue
            known = pc.mean(pc.is_in(numbers, as_text(header.rows.table.column(theirs))).cast(pa.int8())).as_py()
            if (known or 0) > LEAST_KNOWN:
                return ours, theirs
    return None


def join_name(other: Study) -> str:
    """The name of a file, or of a sheet that is named, as the name of a join: letters, digits and underscores."""
    sheets = other.source.sheets
    stem = (sheets[0] if len(sheets) == 1 else Path(other.source.files[0]).name.split(".")[0]).lower()
    name = "".join(c if c.isalnum() else "_" for c in stem).strip("_")
    return (name if name[:1].isalpha() else f"file_{name}")[:40]


# --- refunds


@dataclass(frozen=True)
class FoundRefunds:
    """The columns of a file that tells refunds of orders: each row is one, in money that is above or below zero. `ours`
    is the column of the order's number in the order lines, `order` that of the file."""

    ours: str
    order: str
    date: Column
    amount: Column
    quantity: Column | None
    product: Column | None

    @property
    def negative(self) -> bool:
        """Whether money that was paid back is written below zero."""
        return self.amount.most < 0


def refunds(main: Study, other: Study, order: str) -> FoundRefunds | None:
    """What another file tells of refunds: it says so in its name or in a column's, and most of its rows name an order
    of the main file, whose numbers are in `order`. None where it does not."""
    key = _order_column(main, other, order)
    rest = [column for name, column in other.columns.items() if name != key]
    days = [c for c in rest if c.date]
    money = [c for c in rest if c.number and not c.date and not _COUNT.search(c.name)]
    date = _likeliest(days, "posted_at") or _likeliest(days, "ordered_at") or (days[0] if len(days) == 1 else None)
    amount = _likeliest(money, "amount") or next((c for c in money if not c.whole), None)
    if not key or date is None or amount is None or amount.least <= 0 <= amount.most:
        return None
    if not any(map(_REFUND.search, (date.name, amount.name, *(found.path.stem for found in other.files)))):
        return None
    count = next((c for c in rest if c.number and not c.date and c is not amount and _COUNT.search(c.name)), None)
    product = next((c for c in rest if c not in (date, amount, count) and synonyms.named("product", [c.name])), None)
    return FoundRefunds(order, key, date, amount, count, product)


def _likeliest(columns: list[Column], field: str) -> Column | None:
    """The column whose name tells of a refund and is not of another thing, or which is named like a field."""
    told = [c for c in columns if _REFUND.search(c.name)]
    named = synonyms.named(field, [c.name for c in columns])
    return next((c for c in told), None) or next((c for c in columns if named and c.name == named[0]), None)


def _order_column(main: Study, other: Study, order: str) -> str:
    """The column of another file of whose values most are numbers of orders; "" where there is none."""
    numbers = pc.unique(as_text(main.rows.table.column(order)))
    found = ""
    best = LEAST_KNOWN
    for name in synonyms.named("order_id", other.columns) or list(other.columns):
        known = pc.mean(pc.is_in(pc.unique(as_text(other.rows.table.column(name))), numbers).cast(pa.int8())).as_py()
        if (known or 0) >= best and not evidence.blank(other.rows, name).all():
            found = name
            best = known
    return found
