"""Decides each field of a first TOML: by the names of columns, by what the rows show, and at last by their values."""

from __future__ import annotations

from dataclasses import replace

from analytics.language import _
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.choice import Choice, choose
from analytics.loading.guessing.drafting.decided import Draft, put_date, put_or_constant
from analytics.loading.guessing.drafting.header import put_charges, put_header
from analytics.loading.guessing.drafting.money import is_of_piece, per_cent, prove_amount, put_money, put_rate
from analytics.loading.guessing.drafting.pieces import put_pieces, unknown_pieces
from analytics.loading.guessing.drafting.refusals import not_order_lines, refuse_sums
from analytics.loading.guessing.inspection import Column, Study, missing_texts, share
from analytics.loading.guessing.signs import three_decimals
from analytics.loading.written.toml_text import CURRENCY, UNCERTAIN, in_words, quoted
from analytics.schema import CHARGES, FIELDS

_US_ADDRESS = r", (?P<city>[^,]+), (?P<region>[A-Z]{2}) \d{5}(?:-\d{4})?$"
MOST_RAGGED = 0.02  # share of rows; above it, rows of another length are more than a few bad rows: the user decides


def draft_of(study: Study, header: Study | None = None) -> Draft:
    """Decide each field: by the names of columns, by what the rows show, and required ones at last by their values.
    `header` is the file with a row an order, from which lines without a day have theirs. DataError: the files are not
    order lines; the message names what they lack."""
    chosen = choose(study)
    draft = Draft(notes=dict(chosen.notes))
    if chosen.date is None and header is not None:
        put_header(draft, study, header)
    date, money = chosen.date, chosen.amount or chosen.price
    if money is None or (date is None and "ordered_at" not in draft.fields):
        raise not_order_lines(study, date, money)
    if chosen.order is None:
        refuse_sums(chosen)
    _put_order(draft, chosen)
    if date is not None:
        put_date(draft, date)
    put_or_constant(draft, "product", chosen.product, '"All products"', UNCERTAIN + _("no column names the product"))
    put_pieces(draft, chosen)
    put_money(draft, chosen)
    if chosen.customer:
        _put_customer(draft, study, chosen.customer)
    _put_rest(draft, chosen)
    prove_amount(draft, chosen)
    if header is not None and chosen.date is None:
        put_charges(draft, chosen, header)
    _put_address(draft, study)
    draft.currencies = draft.currencies or evidence.written_currencies(study.rows, money.name)
    if date is not None:
        draft.time_zone = evidence.zone_of(study.rows, date.name, draft.currencies)
    if three_decimals(study.rows, money.name):
        study.source = replace(study.source, decimal=",", thousands=".")
        draft.notes["amount"] = _("12.900 is read as 12900: every fraction has three digits, and most end in 0")
    _put_shape(draft, chosen, money)
    used = [c for c in study.columns if any(quoted(c) in value for value in draft.fields.values())]
    missing = missing_texts(study.rows, used)
    if missing:
        draft.cleaning.append(f"missing = [{', '.join(map(quoted, missing))}]  # taken as no value")
    few_ragged = 0 < study.ragged <= MOST_RAGGED * len(study.rows)
    if few_ragged:
        note = _("{rows:row has|rows have} too many or too few values", rows=study.ragged)
        draft.drop_invalid(note)
    elif not all(c.clean for c in (date, money, chosen.quantity) if c):
        draft.drop_invalid(_("a few rows have no readable date or number"))
    _doubt(draft, chosen)
    return draft


def _doubt(draft: Draft, chosen: Choice) -> None:
    """Say what the files leave open."""
    date, money = chosen.date, chosen.amount or chosen.price
    doubts = []
    if date and not synonyms.named("ordered_at", [date.name]):
        doubts.append(
            _("“{column}” is taken as the day of the order by its values, not by its name.", column=in_words(date.name))
        )
    if date and len(date.formats) > 1:
        doubts.append(
            _("The dates in “{column}” may begin with the day or with the month.", column=in_words(date.name))
        )
    if chosen.amount and "amount" in chosen.notes:
        doubts.append(
            _("“{column}” is taken as the revenue of the line by its values, not by its name.",
              column=in_words(chosen.amount.name))
        )  # fmt: skip
    for column in (money, chosen.quantity):
        if column and column.partly:
            count, first = column.strange
            doubts.append(
                _(
                    "“{column}” may be the wrong column: {count} of {every} values are not numbers, such as "
                    "“{example}”. Their rows are left out.",
                    column=in_words(column.name),
                    count=count,
                    every=column.filled,
                    example=in_words(first[:40]),
                )
            )
    if chosen.order is None:
        doubts.append(_("No column names the order: each row counts as one order."))
    if chosen.quantity is None and "compute" not in draft.fields["quantity"]:
        doubts.append(unknown_pieces(chosen))
    elif chosen.price and chosen.amount is None and not synonyms.says_price(chosen.price.name):
        doubts.append(
            _(
                "“{column}” is taken as the price of one piece: it does not grow with the number of pieces.",
                column=in_words(chosen.price.name),
            )
        )
    if chosen.price and synonyms.named("list_price", [chosen.price.name]):
        doubts.append(_("“{column}” is taken as the price that customers paid.", column=in_words(chosen.price.name)))
    assumed = [] if draft.currencies else [_(CURRENCY)]
    assumed += (
        []
        if draft.time_zone or not _tells_hours(chosen)
        else [_("The files do not say their time zone: UTC is assumed.")]
    )
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
        draft.notes["customer"] = _("counted as unknown: {values}", values=", ".join(nobody))
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
    head = order.name if order else evidence.heads_last_row(rows)
    for text in evidence.totals(rows, head, money.name, named) if head else ():
        draft.rows.append(f"{quoted(head)} = {quoted(text)}  # a row of totals\n")
    for column, values in evidence.no_sales(rows).items():
        shown = ", ".join(map(quoted, values))
        draft.rows.append(f"{quoted(column)} = [{shown}]  # nothing was sold; remove this line to count them\n")


def _put_order(draft: Draft, chosen: Choice) -> None:
    order, customer, date = chosen.order, chosen.customer, chosen.date
    if order and date and not date.typed_date and evidence.begins_again(chosen.study.rows, order.name, date.name):
        note = UNCERTAIN + _("the numbers start again: the same ones are on several days")
        draft.put("order_id", f"{{ columns = [{quoted(date.name)}, {quoted(order.name)}] }}", note)
        return
    if order:
        draft.order = order.name
        draft.put("order_id", quoted(order.name))
        return
    draft.put("order_id", "{ row = true }", UNCERTAIN + _("no column names the order: each row counts as one"))
    if customer:
        draft.notes["order_id"] += (
            f'  # or one for each customer and day: {{ columns = [{quoted(customer.name)}, "…"] }}'
        )


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
        if name == "discount" and (hundred := per_cent(chosen, column)):
            put_rate(draft, chosen, column, hundred)
        elif name == "cost" and is_of_piece(chosen, column):
            note = _("per unit: products have one cost")
            draft.put(name, f'{{ compute = "quantity * [{column.name}]" }}', note)
        elif canonical.kind != "time":
            draft.put(name, quoted(column.name))
        elif len(column.formats) == 1:
            draft.put(name, f"{{ column = {quoted(column.name)}, format = {quoted(column.formats[0])} }}")
        if name == "currency":
            draft.currencies = evidence.stated_currencies(chosen.study.rows, column.name)


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
