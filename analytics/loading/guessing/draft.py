"""What is decided of a first TOML, and its text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from analytics.errors import DataError
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.choice import Choice, choose, repeats
from analytics.loading.guessing.inspection import Column, Study, missing_texts, share
from analytics.loading.guessing.joins import JOINED_FIELDS, join_lines, join_name, order_keys
from analytics.loading.guessing.signs import three_decimals
from analytics.loading.written.toml_text import quoted, rates_lines, source_lines
from analytics.schema import CHARGES, EXTRA_TABLES, FIELDS

_US_ADDRESS = r", (?P<city>[^,]+), (?P<region>[A-Z]{2}) \d{5}(?:-\d{4})?$"
MOST_RAGGED = 0.02  # share of rows; above it, rows of another length are more than a few bad rows: the user decides
CONTAINED = ("tax", "shipping", "fees", "tip")  # that a total may contain
OF_ORDERS = (
    *JOINED_FIELDS,
    "customer",
    "channel",
    "payment_method",
    "status",
    "currency",
)  # fields that a header gives


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


# --- decided


def draft_of(study: Study, header: Study | None = None) -> Draft:
    """Decide each field: by the names of columns, by what the rows show, and required ones at last by their values.
    `header` is the file with a row an order, from which lines without a day have theirs. DataError: the files are not
    order lines; the message names what they lack."""
    chosen = choose(study)
    draft = Draft(notes=dict(chosen.notes))
    if chosen.date is None and header is not None:
        _put_header(draft, study, header)
    date, money = chosen.date, chosen.amount or chosen.price
    if money is None or (date is None and "ordered_at" not in draft.fields):
        raise _not_order_lines(study, date, money)
    if chosen.order is None:
        _refuse_sums(study)
    _put_order(draft, chosen)
    if date is not None:
        _put_date(draft, date)
        draft.time_zone = evidence.zone_of(study.rows, date.name)
    _put_or_constant(draft, "product", chosen.product, '"All products"', "no column names the product")
    _put_or_constant(draft, "quantity", chosen.quantity, "1", "no column counts pieces")
    _put_money(draft, chosen)
    if chosen.customer:
        _put_customer(draft, study, chosen.customer)
    _put_rest(draft, chosen)
    _prove_amount(draft, chosen)
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
        draft.drop_invalid(note)
    elif not all(c.clean for c in (date, money, chosen.quantity) if c):
        draft.drop_invalid("a few rows have no readable date or number")
    _doubt(draft, chosen)
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


def _prove_amount(draft: Draft, chosen: Choice) -> None:
    """Compare the amount with quantity × price: taxes, shipping and fees that it contains are taken out of it, a price
    of a piece is no amount, and what remains unexplained is a doubt."""
    amount, price, quantity = chosen.amount, chosen.price, chosen.quantity
    if amount is None or "compute" in draft.fields["amount"]:
        return
    charges = _charges(chosen)
    if price is None or quantity is None or "unit_price" not in draft.fields:
        if charges:
            told = " and ".join(quoted(column.name) for column in charges.values())
            draft.doubts.append(f"whether {quoted(amount.name)} contains {told}: no price is there to compare it with")
        return
    rows = chosen.study.rows
    total, base = evidence.numbers(rows, amount.name), evidence.numbers(rows, price.name)
    line_total = base * evidence.numbers(rows, quantity.name)
    parts = {name: evidence.numbers(rows, column.name) for name, column in charges.items()}
    discount = next((chosen.study.columns[c] for c in synonyms.named("discount", chosen.study.columns)), None)
    columns = {"discount": discount, **charges} if discount and discount.number else charges
    if "discount" in columns and discount:
        parts = {"discount": -abs(evidence.numbers(rows, discount.name)), **parts}
    if "order =" in draft.fields["amount"] and chosen.order:
        order = chosen.order.name
        parts = {n: evidence.by_order(rows, v, order, evidence.is_one_value(rows, v, order)) for n, v in parts.items()}
        total = evidence.by_order(rows, total, order, once=True)
        line_total = evidence.by_order(rows, line_total, order, once=False)
    found = evidence.sums_up(total, line_total, parts)
    if found is not None:
        _put_proven(draft, chosen, {name: columns[name] for name in found})
    elif not _is_explained(draft, chosen, columns.get("discount")):
        known = ~(np.isnan(total) | np.isnan(line_total))
        share = float((abs(total - line_total)[known] < evidence.CENT).mean()) if known.any() else 0.0
        where = "orders" if "order =" in draft.fields["amount"] else "rows"
        told = f"quantity * unit_price gives it in {share:.0%} of the {where}"
        draft.doubts.append(f"whether {quoted(amount.name)} is the revenue: {told}")


def _put_proven(draft: Draft, chosen: Choice, parts: dict[str, Column]) -> None:
    """The amount without the charges among `parts`, which together with quantity × price make it."""
    amount = chosen.amount
    if amount is None:
        return
    shown = "quantity * unit_price"
    if "discount" in parts:
        shown += f" - {quoted(parts['discount'].name)}"
        draft.fields.setdefault("discount", quoted(parts["discount"].name))  # it is money, though it may be small
        draft.notes["amount"] = "the total of the line"
    inside = {name: column for name, column in parts.items() if name != "discount"}
    if not inside:
        draft.notes["amount"] = f"{draft.notes['amount']}; it is {shown}"
        return
    names = [column.name for column in inside.values()]
    rest = quoted(" - ".join(f"[{name}]" for name in (amount.name, *names)))
    of_order = "order =" in draft.fields["amount"]
    value = f'{{ order = {rest}, by = "quantity * unit_price" }}' if of_order else f"{{ compute = {rest} }}"
    told = " and ".join(map(quoted, names))
    draft.put("amount", value, f"{shown} shows that {quoted(amount.name)} contains {told}")
    for name, column in inside.items():
        values = evidence.numbers(chosen.study.rows, column.name)
        once = of_order and chosen.order and evidence.is_one_value(chosen.study.rows, values, chosen.order.name)
        draft.put(name, f"{{ order = {quoted(column.name)} }}" if once else quoted(column.name))


def _charges(chosen: Choice) -> dict[str, Column]:
    """By field, the columns that are named like money that is no part of the amount."""
    found = {}
    for name in CONTAINED:
        for column in synonyms.named(name, chosen.free):
            if chosen.free[column].number and chosen.free[column].most > 0:
                found[name] = chosen.free[column]
                break
    return found


def _is_explained(draft: Draft, chosen: Choice, discount: Column | None) -> bool:
    """Whether the amount is quantity × price in another way: less a discount in per cent, or the price of a piece, from
    which it is then computed."""
    rows, product = chosen.study.rows, chosen.product
    amount, price, quantity = chosen.amount, chosen.price, chosen.quantity
    if amount is None or price is None or quantity is None:
        return False
    total, of_piece = evidence.numbers(rows, amount.name), evidence.numbers(rows, price.name)
    hundred = _per_cent(chosen, discount) if discount else 0
    if discount and hundred:
        left = 1 - np.nan_to_num(evidence.numbers(rows, discount.name)) / hundred
        if evidence.sums_up(total, of_piece * evidence.numbers(rows, quantity.name) * left, {}) == ():
            draft.notes["amount"] = f"quantity * unit_price less {quoted(discount.name)}, which is a rate"
            return True
    alike = evidence.sums_up(total, of_piece, {}) == ()
    if alike and product and evidence.is_of_line(rows, price.name, quantity.name, product.name) is False:
        note = f"{quoted(amount.name)} is the price of a piece: products have one"
        draft.put("amount", '{ compute = "quantity * unit_price" }', note)
        return True
    return False


def _doubt(draft: Draft, chosen: Choice) -> None:
    """Say what the files leave open."""
    date, money = chosen.date, chosen.amount or chosen.price
    doubts = []
    if date and not synonyms.named("ordered_at", [date.name]):
        doubts.append(f"whether {quoted(date.name)} is the day of the order: no column is named so")
    if date and len(date.formats) > 1:
        doubts.append(f"whether days or months come first in {quoted(date.name)}")
    if money and "amount" in chosen.notes:
        doubts.append(f"whether {quoted(money.name)} is the revenue of the line: no column is named so")
    if chosen.order is None:
        doubts.append("which rows are one order: no column names it, and each row is taken as one")
    if chosen.quantity is None:
        doubts.append("how many pieces were sold: no column counts them, and each row is taken as one")
    assumed = [] if draft.currencies else ["the currency: USD is taken"]
    assumed += [] if draft.time_zone or not _tells_hours(chosen) else ["the time zone: UTC is taken"]
    draft.doubts = [*doubts, *draft.doubts, *assumed]


def _tells_hours(chosen: Choice) -> bool:
    date = chosen.date
    return bool(date and (date.typed_date or any("%H" in f or "%I" in f for f in date.formats)))


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


def _refuse_sums(study: Study) -> None:
    """DataError where a column counts orders: each row is a sum of several."""
    for name, column in study.columns.items():
        if column.number and column.whole and synonyms.plain(name) in synonyms.COUNTS_OF_ORDERS:
            raise DataError(
                f"is not a file of order lines: {quoted(name)} counts orders, so each row is a sum of several.",
                where=", ".join(study.rows.files[:3]),
                hint="Export the orders themselves, with a row for each order or each of its lines.",
            )


def _like(needed: str, columns: dict[str, Column]) -> bool:
    return any(synonyms.plain(needed) in synonyms.plain(c) for c in columns)


def _put_order(draft: Draft, chosen: Choice) -> None:
    order, customer, date = chosen.order, chosen.customer, chosen.date
    if order and date and not date.typed_date and evidence.begins_again(chosen.study.rows, order.name, date.name):
        note = "the numbers begin again: the same stand on several days"
        draft.put("order_id", f"{{ columns = [{quoted(date.name)}, {quoted(order.name)}] }}", note)
        return
    if order:
        draft.order = order.name
        draft.put("order_id", quoted(order.name))
        return
    draft.put("order_id", "{ row = true }", "no column names the order: each row is taken as one")
    if customer:
        draft.notes["order_id"] += f'; or one a customer and day: {{ columns = [{quoted(customer.name)}, "…"] }}'


def _put_date(draft: Draft, date: Column, file: str = "") -> None:
    """The day of the order; `file` is the join that the column is of, with a point."""
    draft.put("ordered_at", time_of(date, file))
    if len(date.formats) > 1:
        choices = " or ".join(f"format = {quoted(f)}" for f in date.formats)
        draft.notes["ordered_at"] = f"ambiguous; add {choices}"


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


def _put_header(draft: Draft, study: Study, header: Study) -> None:
    """What the file with a row an order gives to the lines: their day, customer, place and the like."""
    keys = order_keys(study, header)
    date = choose(header).date
    if keys is None or date is None:
        return
    name = f"{join_name(header)}."
    _put_date(draft, date, name)
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
    shipping = next((c for c in synonyms.named("shipping", header.columns) if header.columns[c].number), "")
    if shipping and "shipping" not in draft.fields and not synonyms.named("shipping", study.columns):
        used.add(shipping)
        draft.put("shipping", f"{{ order = {quoted(f'{name}{shipping}')} }}", "of the order, shared by its lines")
    unused = [column for column in header.columns if column not in used]
    if unused:
        lines += f"# Columns of {header.paths[0].name} not used: {', '.join(unused)}\n"
    for column, values in evidence.no_sales(header.rows).items():
        lines += f"[join.{join_name(header)}.rows.drop]  # nothing was sold: lines without a day are left out\n"
        lines += f"{quoted(column)} = [{', '.join(map(quoted, values))}]\n"
        draft.drop_invalid("lines of orders that were no sales")
        break
    draft.joins.append(lines)


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


# --- text


def title_of(study: Study) -> str:
    """What files are called: by their name, or by that of their folder."""
    paths = study.paths
    called = paths[0].name.split(".")[0] if len(paths) == 1 else paths[0].resolve().parent.name
    return " ".join("".join(c if c.isalnum() else " " for c in called).split()).title()


def written(study: Study, draft: Draft) -> str:
    """The TOML as text."""
    currency = draft.currencies[0] if draft.currencies else ""
    rates = rates_lines(draft.currencies[1:], currency)
    width = max(len(n) for n in draft.fields)
    fields = ""
    for name in [f for f in FIELDS if f in draft.fields]:
        note = f"  # {draft.notes[name]}" if draft.notes.get(name) else ""
        fields += f"{name.ljust(width)} = {draft.fields[name]}{note}\n"
    used = " ".join(draft.fields.values())
    unused = [c for c in study.columns if quoted(c) not in used and c not in used]
    left = f"# Columns not used: {', '.join(unused)}\n" if unused else ""
    grouping = [c for c in unused if not study.columns[c].number and repeats(study.columns[c])]
    if grouping:
        left += f"# To filter and group by {', '.join(grouping[:3])}, declare dimensions under [dimensions].\n"
    cleaning = "\n".join(["[cleaning]", *draft.cleaning, 'exact_duplicates = "keep"      # or "drop"'])
    return (
        f"title = {quoted(title_of(study))}\n"
        f'currency = "{currency or "USD"}"{"" if currency else "  # not in the files"}\n'
        'locale = "en-US"\n'
        f'time_zone = "{draft.time_zone or "UTC"}"{"" if draft.time_zone else "  # not in the files"}\n'
        f"\n[source]\n{source_lines(study.source)}{''.join(draft.source)}\n"
        + (f"[rows.drop]\n{''.join(draft.rows)}\n" if draft.rows else "")
        + "".join(f"{part}\n" for part in (rates, *draft.joins) if part)
        + f"[fields]\n{fields}{left}\n"
        + (f"[refunds]\n{''.join(draft.refunds)}\n" if draft.refunds else "")
        + f"{cleaning}\n"
    )
