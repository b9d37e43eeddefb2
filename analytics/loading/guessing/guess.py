"""A first TOML for files that nobody has described: which column is which field, and what remains in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analytics.errors import DataError, SourceError
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.appearance import alike
from analytics.loading.guessing.choice import Choice, choose
from analytics.loading.guessing.draft import Draft, written
from analytics.loading.guessing.inspection import Column, Study, missing_texts, share, study
from analytics.loading.guessing.joins import join
from analytics.loading.guessing.known_files import known_toml
from analytics.loading.guessing.signs import three_decimals
from analytics.loading.guessing.trial import tried
from analytics.loading.written.toml_text import quoted
from analytics.schema import CHARGES, EXTRA_TABLES, FIELDS

_US_ADDRESS = r", (?P<city>[^,]+), (?P<region>[A-Z]{2}) \d{5}(?:-\d{4})?$"
MOST_RAGGED = 0.02  # share of rows; above it, rows of another length are more than a few bad rows: the user decides


def guess(
    paths: Sequence[Path],
    sources: Path | None = None,
    catalog: Sequence[Path] = (),
    *,
    prefix: str = "",
    check: bool = True,
) -> str:
    """A commented TOML for files of order lines; further files that hold a key of theirs become joins. Files of a
    platform that a pack knows are read by the pack; `catalog` names folders with more packs.

    `sources` is the folder that file names are relative to; without it each name stands alone. `prefix` is written
    before each name: "./" where the TOML will be in that folder. With `check` the TOML is tried before it is returned:
    its first lines say what came of it, or what it still needs (a date format, an exchange rate).
    DataError: the files are not order lines; the message names what they lack. SourceError: a file cannot be read.
    """
    if not paths:
        raise SourceError("no file was named.", hint="Run python -m analytics guess FILE…")
    root = sources if sources and all(p.resolve().is_relative_to(sources.resolve()) for p in paths) else None
    toml, read = known_toml(paths, root, catalog, prefix) or _described(paths, root, prefix)
    return tried(toml, len(read), (root or read[0].parent).resolve()) if check else toml


def _described(paths: Sequence[Path], root: Path | None, prefix: str) -> tuple[str, list[Path]]:
    """The TOML of files that no pack knows, and the files of order lines among them."""
    studies = [study(group, root, prefix) for group in alike(paths)]
    main = max(studies, key=_promise)
    draft = _draft(main)
    for other in studies:
        if other is not main and not _join(draft, main, other):
            draft.unused += [found.path.name for found in other.files]
    draft.unused += [f"sheet {title} of {found.path.name}" for found in main.files for title in found.others]
    return written(main, draft), main.paths


def _join(draft: Draft, main: Study, other: Study) -> bool:
    """Declare a join of another file and the fields that it gives; whether there is one."""
    found = join(main, other, draft.fields)
    if found is None:
        return False
    draft.joins.append(found.toml)
    draft.fields |= found.fields
    return True


def _promise(study: Study) -> int:
    """How closely files resemble order lines."""
    columns = study.columns.values()
    named = ("order_id", "quantity", "amount", "unit_price", "customer", "product")
    return (
        sum(bool(synonyms.named(field_name, study.columns)) for field_name in named)
        + 2 * any(c.date for c in columns)
        + 2 * any(c.number and not c.date for c in columns)
    )


def _draft(study: Study) -> Draft:
    """Decide each field: by the names of columns, by what the rows show, and required ones at last by their values."""
    chosen = choose(study)
    draft = Draft(notes=dict(chosen.notes))
    date, money = chosen.date, chosen.amount or chosen.price
    if date is None or money is None:
        raise _not_order_lines(study, date, money)
    _put_order(draft, chosen, date)
    _put_date(draft, date)
    draft.time_zone = evidence.zone_of(study.rows, date.name)
    _put_or_constant(draft, "product", chosen.product, '"All products"', "no column names the product")
    _put_or_constant(draft, "quantity", chosen.quantity, "1", "no column counts pieces")
    _put_money(draft, chosen)
    if chosen.customer:
        _put_customer(draft, study, chosen.customer)
    _put_rest(draft, chosen)
    _put_address(draft, study)
    draft.currencies = draft.currencies or evidence.written_currencies(study.rows, money.name)
    if three_decimals(study.rows, money.name):
        study.source = replace(study.source, decimal=",", thousands=".")
        draft.notes["amount"] = "12.900 is taken as 12900: every fraction has three digits, most of them end in 0"
    _put_shape(draft, chosen, money)
    used = [c for c in study.columns if any(quoted(c) in value for value in draft.fields.values())]
    missing = missing_texts(study.rows, used)
    if missing:
        draft.cleaning.append(f"missing = [{', '.join(map(quoted, missing))}]  # taken as no value")
    few_ragged = 0 < study.ragged <= MOST_RAGGED * len(study.rows)
    if few_ragged:
        note = f"{study.ragged} rows have too many or too few values"
        draft.cleaning.append(f'invalid_rows = "drop"          # {note}')
    elif not all(c.clean for c in (date, money, chosen.quantity) if c):
        draft.cleaning.append('invalid_rows = "drop"          # a few rows have no readable date or number')
    return draft


def _put_money(draft: Draft, chosen: Choice) -> None:
    """The amount of the line and the price of a piece, as their names and the rows say."""
    rows, amount, price, quantity = chosen.study.rows, chosen.amount, chosen.price, chosen.quantity
    if amount and chosen.of_order(amount):
        weights = "quantity * unit_price" if price else "quantity"
        value = f"{{ order = {quoted(amount.name)}, by = {quoted(weights)} }}"
        draft.put("amount", value, "the order's total, brought to its lines: it is the same on each of them")
    elif amount:
        draft.put(
            "amount", quoted(amount.name), draft.notes.get("amount", "the total of the line; negative is a refund")
        )
    elif (
        price
        and quantity
        and chosen.product
        and evidence.is_of_line(rows, price.name, quantity.name, chosen.product.name)
    ):
        note = "of the whole line: products have one price where it is divided by the quantity"
        draft.put("amount", quoted(price.name), note)
        price = None
    if price and not (amount and price.distinct == 1):  # one value for all is a rate, not a price
        draft.put("unit_price", quoted(price.name))
        if not amount:
            draft.put("amount", '{ compute = "quantity * unit_price" }', "no column holds the total of the line")


def _put_customer(draft: Draft, study: Study, customer: Column) -> None:
    nobody = evidence.nobody(study.rows, customer.name)
    value = quoted(customer.name)
    if nobody:
        pairs = ", ".join(f'{quoted(text)} = ""' for text in nobody)
        value = f"{{ column = {value}, map = {{ {pairs} }} }}"
        draft.notes["customer"] = "taken as nobody: " + ", ".join(nobody)
    draft.put("customer", value, draft.notes.get("customer", ""))


def _put_shape(draft: Draft, chosen: Choice, money: Column) -> None:
    """What the rows need to become lines: fields on the first row only, totals at the end, orders that are no sales."""
    rows, order = chosen.study.rows, chosen.order
    if order:
        used = [c for c in chosen.study.columns if any(quoted(c) in value for value in draft.fields.values())]
        number = {c.name for c in (chosen.amount, chosen.price, chosen.quantity) if c}
        down = [c for c in evidence.filled_down(rows, order.name, used) if c not in number]
        if down:
            names = ", ".join(map(quoted, down))
            draft.source.append(f"fill_down = [{names}]  # they stand on the first row of an order only\n")
        named = [c.name for c in (chosen.product, chosen.customer) if c]
        for text in evidence.totals(rows, order.name, money.name, named):
            draft.rows.append(f"{quoted(order.name)} = {quoted(text)}  # a row of totals\n")
    for column, values in evidence.no_sales(rows).items():
        shown = ", ".join(map(quoted, values))
        draft.rows.append(f"{quoted(column)} = [{shown}]  # nothing was sold; remove this line to count them\n")


def _put_or_constant(draft: Draft, name: str, column: Column | None, constant: str, note: str) -> None:
    if column:
        draft.put(name, quoted(column.name))
    else:
        draft.put(name, f"{{ constant = {constant} }}", note)


def _not_order_lines(study: Study, date: Column | None, money: Column | None) -> DataError:
    """The error that names what files lack to be order lines."""
    lacking = []
    if date is None:
        lacking.append("the date of the order (ordered_at)")
    if money is None:
        lacking.append("the amount of the line (amount), or a price to compute it from")
    fitting = (
        table
        for table, needed in EXTRA_TABLES.items()
        if len(needed) > 1 and all(_like(column, study.columns) for column in needed)
    )
    table = next(fitting, "")
    hint = "Join it to the file of orders that it belongs to, or add the column."
    if table:
        hint = f"It looks like the extra table {table!r} of a data set: declare it under [tables.{table}]."
    return DataError(
        f"is not a file of order lines: no column gives {' nor '.join(lacking)}. "
        f"Its columns: {', '.join(list(study.columns)[:20])}.",
        where=", ".join(study.rows.files[:3]),
        hint=hint,
    )


def _like(needed: str, columns: dict[str, Column]) -> bool:
    return any(synonyms.plain(needed) in synonyms.plain(c) for c in columns)


def _put_order(draft: Draft, chosen: Choice, date: Column) -> None:
    order, customer = chosen.order, chosen.customer
    if order and not date.typed_date and evidence.begins_again(chosen.study.rows, order.name, date.name):
        note = "the numbers begin again: the same stand on several days"
        draft.put("order_id", f"{{ columns = [{quoted(date.name)}, {quoted(order.name)}] }}", note)
        return
    if order:
        draft.put("order_id", quoted(order.name))
        return
    draft.put("order_id", "{ row = true }", "no column names the order: each row is taken as one")
    if customer:
        draft.notes["order_id"] += f'; or one a customer and day: {{ columns = [{quoted(customer.name)}, "…"] }}'


def _put_date(draft: Draft, date: Column) -> None:
    if date.typed_date:
        draft.put("ordered_at", quoted(date.name))
    elif len(date.formats) == 1:
        draft.put("ordered_at", f"{{ column = {quoted(date.name)}, format = {quoted(date.formats[0])} }}")
    else:
        choices = " or ".join(f"format = {quoted(f)}" for f in date.formats)
        draft.put("ordered_at", f"{{ column = {quoted(date.name)} }}", f"ambiguous; add {choices}")


def _put_rest(draft: Draft, chosen: Choice) -> None:
    """The optional fields, by the names of columns; charges are left out, since a total of the order may stand on each
    of its lines."""
    for name, canonical in FIELDS.items():
        if canonical.derived or name in draft.fields or name in CHARGES:
            continue
        if name == "customer_name" and "customer" not in draft.fields:
            continue
        column = chosen.take(name)
        if column is None:
            continue
        if name == "discount" and (hundred := _per_cent(chosen, column)):
            _put_rate(draft, chosen, column, hundred)
        elif name == "cost" and _is_of_piece(chosen, column):
            note = "of a piece: products have one cost"
            draft.put(name, f'{{ compute = "quantity * [{column.name}]" }}', note)
        elif canonical.kind != "time":
            draft.put(name, quoted(column.name))
        elif len(column.formats) == 1:
            draft.put(name, f"{{ column = {quoted(column.name)}, format = {quoted(column.formats[0])} }}")
        if name == "currency":
            draft.currencies = evidence.stated_currencies(chosen.study.rows, column.name)


def _per_cent(chosen: Choice, column: Column) -> float:
    """What a discount is a share of, 1 or 100, where it is one; 0 where it is money: a discount in money cannot be more
    than the line costs."""
    if column.least < 0 or column.most > 100:
        return 0
    if column.most <= 1:
        return 1
    price, quantity = chosen.price, chosen.quantity
    if not (column.whole and price and quantity):
        return 0
    rows = chosen.study.rows
    line = evidence.numbers(rows, price.name) * evidence.numbers(rows, quantity.name)
    return 100 if (evidence.numbers(rows, column.name) > line + 0.005).any() else 0


def _put_rate(draft: Draft, chosen: Choice, column: Column, hundred: float) -> None:
    """A discount in per cent: it lowers the amount where no column holds the amount after it."""
    share = f"[{column.name}]" if hundred == 1 else f"[{column.name}] / 100"
    if chosen.amount is None and "unit_price" in draft.fields:
        note = f"{column.name} is a share of the price, not money"
        draft.put("amount", f'{{ compute = "quantity * unit_price * (1 - {share})" }}', note)
        draft.put("discount", f'{{ compute = "quantity * unit_price * {share}" }}')
    else:
        draft.notes["amount"] = f"{quoted(column.name)} looks like a rate and is left out: discount is money"


def _is_of_piece(chosen: Choice, cost: Column) -> bool:
    quantity, product = chosen.quantity, chosen.product
    rows = chosen.study.rows
    return bool(quantity and product and evidence.is_of_line(rows, cost.name, quantity.name, product.name) is False)


def _put_address(draft: Draft, study: Study) -> None:
    """Take city and state from a US address."""
    if "city" in draft.fields or "region" in draft.fields:
        return
    pattern = _US_ADDRESS.replace("?P<city>", "").replace("?P<region>", "")
    for name in study.columns:
        if share(study.rows, name, pattern) > 0.9:
            for part in ("city", "region"):
                draft.put(part, f"{{ column = {quoted(name)}, regex = '{_US_ADDRESS}' }}")
            return
