"""The question that comes before "Load" where a column looks like the price of one piece and none counts the pieces.
The answer is the column that counts them, or that each line sells one, or that the column is a total."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analytics.loading.guessing.drafting.pieces import are_totals, is_price
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Rule, Spec, mapped_columns
from analytics.loading.written.toml_text import TomlText, quoted, recognised
from dashboard.uploads.edits import with_value

MADE = "="  # instead of a column: as the field is made now
CHOSEN = "chosen by you"  # the comment behind a value that a viewer chose
ONE = "{ constant = 1 }"  # pieces of a line
_TIMES_PIECES = re.compile(r"\bquantity \* unit_price\b")


def is_settled(toml: str) -> bool:
    """Whether a viewer has said how many pieces a line sells."""
    return TomlText(toml).note("fields.quantity") == CHOSEN


def asked_price(spec: Spec, toml: str, rows: Rows) -> str:
    """The column that looks like the price of one piece while nobody has said how many a line sells; "" where that is
    no question, as in the export of a platform. `rows`: the first of the files."""
    if spec.fields["quantity"].constant is None or is_settled(toml):
        return ""
    column = _priced(spec)
    if (
        not column
        or column not in rows.table.column_names
        or spec.others
        or spec.source.shape.pivot
        or recognised(toml)
    ):
        return ""
    if _counts_pieces(spec.fields["amount"]):
        return column
    product = _plain(spec.fields.get("product"))
    known = product in rows.table.column_names
    is_total = known and are_totals(rows, column, product)
    return column if not is_total and is_price(rows, column, product if known else "") else ""


def with_pieces(toml: str, spec: Spec, rows: Rows, chosen: Mapping[str, str]) -> str:
    """The TOML whose amounts agree with what was chosen as pieces: a column of them, or "=" for one piece a line, or
    with a column for the amount too, which then is a total."""
    pieces, column = chosen["quantity"], _priced(spec)
    if "amount" in chosen:
        return _without_price(toml, spec, chosen["amount"]) if pieces == MADE else toml
    computed = spec.fields["amount"].compute if _counts_pieces(spec.fields["amount"]) else None
    if computed and pieces == MADE:
        formula = _TIMES_PIECES.sub("unit_price", computed.text)
        value = quoted(column) if formula == "unit_price" and column else f"{{ compute = {quoted(formula)} }}"
        return with_value(toml, "fields.amount", f"{value}  # {CHOSEN}")
    is_unit = column == _plain(spec.fields.get("unit_price")) or asked_price(spec, toml, rows)
    if computed or not column or not is_unit or pieces in ("", MADE):
        return toml
    toml = with_value(toml, "fields.unit_price", quoted(column))
    return with_value(toml, "fields.amount", f'{{ compute = "quantity * unit_price" }}  # {CHOSEN}')


def _without_price(toml: str, spec: Spec, total: str) -> str:
    """The TOML in which a total is not the price of one piece, unless other fields are computed from that."""
    others = mapped_columns({name: rule for name, rule in spec.fields.items() if name != "amount"})
    is_price = _plain(spec.fields.get("unit_price")) == total and "unit_price" not in others
    return with_value(toml, "fields.unit_price", "") if is_price else toml


def _priced(spec: Spec) -> str:
    """The column that the amount is, or is computed from as a price; "" where it is no single one."""
    amount = spec.fields["amount"]
    return _plain(spec.fields.get("unit_price")) if _counts_pieces(amount) else _plain(amount)


def _counts_pieces(amount: Rule) -> bool:
    """Whether the amount is a price times the pieces."""
    return amount.compute is not None and bool(_TIMES_PIECES.search(amount.compute.text))


def _plain(rule: Rule | None) -> str:
    """The column that a field is, where it is one as it stands."""
    return rule.columns[0] if rule and rule == Rule(columns=rule.columns) and len(rule.columns) == 1 else ""
