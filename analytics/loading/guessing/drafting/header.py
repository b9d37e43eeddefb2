"""What a file with a row an order gives to the lines of another: their day, customer, place and charges."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pandas as pd

from analytics.language import _
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.choice import Choice, choose
from analytics.loading.guessing.drafting.decided import Draft, put_date
from analytics.loading.guessing.drafting.money import CONTAINED, line_totals
from analytics.loading.guessing.inspection import Study
from analytics.loading.guessing.joins import JOINED_FIELDS, join_lines, join_name, order_keys
from analytics.loading.lines.values import as_text
from analytics.loading.written.toml_text import in_words, quoted

OF_ORDERS = (
    *JOINED_FIELDS,
    "customer",
    "channel",
    "payment_method",
    "status",
    "currency",
)  # fields that a header gives


def put_header(draft: Draft, study: Study, header: Study) -> None:
    """What the file with a row an order gives to the lines: their day, customer, place and the like."""
    keys = order_keys(study, header)
    date = choose(header).date
    if keys is None or date is None:
        return
    name = f"{join_name(header)}."
    put_date(draft, date, name)
    draft.time_zone = evidence.zone_of(header.rows, date.name)
    used = {keys[1], date.name}
    for wanted in OF_ORDERS:
        column = next((c for c in synonyms.named(wanted, header.columns) if c not in used), "")
        if column:
            used.add(column)
            draft.put(wanted, quoted(f"{name}{column}"))
            if wanted == "currency":
                draft.currencies = evidence.stated_currencies(header.rows, column)
    lines = join_lines(header, *keys)
    used.update(c for wanted in (*CONTAINED, "discount") for c in synonyms.named(wanted, header.columns)[:1])
    unused = [column for column in header.columns if column not in used]
    if unused:
        lines += f"# Columns of {called(header)} not used: {', '.join(map(in_words, unused))}\n"
    for column, values in evidence.no_sales(header.rows).items():
        lines += f"[join.{join_name(header)}.rows.drop]  # nothing was sold: lines without a day are left out\n"
        lines += f"{quoted(column)} = [{', '.join(map(quoted, values))}]\n"
        draft.drop_invalid(_("lines of orders that were not sales"))
        break
    draft.joins.append(lines)


def put_charges(draft: Draft, chosen: Choice, header: Study) -> None:
    """The charges and the discount of orders, which stand in the file with a row an order: each is shared by the lines.

    Where the header has a total, the parts that make it of the lines are known. Otherwise charges are taken as money on
    top of the amounts; a discount is taken off amounts that are computed of prices, and both are doubts.
    """
    keys = order_keys(chosen.study, header)
    if keys is None:
        return
    columns = _charges(draft, chosen, header)
    proven = _proven(chosen, header, keys, columns)
    for wanted in CONTAINED:
        if wanted in columns:
            value = f"{{ order = {quoted(f'{join_name(header)}.{columns[wanted]}')} }}"
            draft.put(wanted, value, _("of the order, shared by its lines"))
    draft.tax_inside = proven is not None and "tax" in columns and "tax" not in proven
    if "tax" in columns and proven is None:
        draft.doubts.append(
            _(
                "“{column}” of {file} is taken to come on top of the amounts; they may contain it already.",
                column=in_words(columns["tax"]),
                file=called(header),
            )
        )
    is_money = "discount" in columns and header.columns[columns["discount"]].most > 1  # no share
    if is_money and (proven is None or "discount" in proven):
        _put_discount(draft, f"{join_name(header)}.{columns['discount']}", proven is not None)


def _charges(draft: Draft, chosen: Choice, header: Study) -> dict[str, str]:
    """By field the columns of the header that hold charges or a discount, which the lines do not have."""
    found = {}
    for wanted in (*CONTAINED, "discount"):
        named = [c for c in synonyms.named(wanted, header.columns) if header.columns[c].number]
        if named and wanted not in draft.fields and not synonyms.named(wanted, chosen.study.columns):
            found[wanted] = named[0]
    return found


def _proven(chosen: Choice, header: Study, keys: tuple[str, str], columns: Mapping[str, str]) -> tuple[str, ...] | None:
    """The parts of orders that, added to what their lines come to, make the header's total; None where it has none, or
    nothing makes it."""
    total = next((c for c in synonyms.named("amount", header.columns) if header.columns[c].number), "")
    lines = line_totals(chosen)
    if not total or lines is None:
        return None
    of_lines = pd.Series(lines).groupby(as_text(chosen.study.rows.table.column(keys[0])).to_pandas()).sum(min_count=1)
    parts = {wanted: evidence.numbers(header.rows, column) for wanted, column in columns.items()}
    if "discount" in parts:
        parts["discount"] = -abs(parts["discount"])
    orders = as_text(header.rows.table.column(keys[1])).to_pandas()
    base = of_lines.reindex(orders).to_numpy("float64")
    return evidence.sums_up(evidence.numbers(header.rows, total), base, parts)


def _put_discount(draft: Draft, column: str, proven: bool) -> None:
    """Take the discount of orders off what their lines come to, where the total proves that it is, or where the amounts
    are computed of prices."""
    of_line = tomllib.loads(f"value = {draft.fields['amount']}")["value"]
    formula = f"[{of_line}]" if isinstance(of_line, str) else of_line.get("compute", "")
    if not formula or (isinstance(of_line, str) and not proven):
        draft.doubts.append(
            _("“{column}” is not subtracted; the amounts are taken to be without it already.", column=in_words(column))
        )
        return
    value = f"{{ order = {quoted(column)}, by = {quoted(formula)} }}"
    draft.put("discount", value, _("of the order, shared by its lines"))
    note = _("less the discount of the order, as its total shows" if proven else "less the discount of the order")
    draft.put("amount", f"{{ compute = {quoted(f'{formula} - discount')} }}", note)
    if not proven:
        draft.doubts.append(
            _("“{column}” is subtracted; the prices may be without it already.", column=in_words(column))
        )


def called(header: Study) -> str:
    """A file or a sheet by its name."""
    sheets = header.source.sheets
    return f"sheet {sheets[0]}" if sheets and header.paths == header.paths[:1] else header.paths[0].name
