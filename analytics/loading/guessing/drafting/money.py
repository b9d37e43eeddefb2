"""The amount of the line, what it contains, and discounts and costs that are of a piece or a share."""

from __future__ import annotations

import re

import numpy as np

from analytics.language import _
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.choice import Choice
from analytics.loading.guessing.drafting.decided import Draft
from analytics.loading.guessing.inspection import Column
from analytics.loading.written.toml_text import UNCERTAIN, in_words, quoted

_PER_CENT = re.compile(r"%|per ?cent|prozent|pourcent|por ?cient|\bpct\b", re.IGNORECASE)
CONTAINED = ("tax", "shipping", "fees", "tip")  # that a total may contain


def put_money(draft: Draft, chosen: Choice) -> None:
    """The amount of the line and the price of a piece, as their names and the rows say."""
    rows, amount, price, quantity = chosen.study.rows, chosen.amount, chosen.price, chosen.quantity
    if amount and chosen.of_order(amount):
        weights = "quantity * unit_price" if price else "quantity"
        value = f"{{ order = {quoted(amount.name)}, by = {quoted(weights)} }}"
        note = _("the order’s total, shared by its lines: it is the same on each of them")
        draft.put("amount", value, note)
    elif amount:
        note = draft.notes.get("amount", _("the total of the line; negative is a refund"))
        draft.put("amount", quoted(amount.name), note)
    elif (
        price
        and quantity
        and chosen.product
        and evidence.is_of_line(rows, price.name, quantity.name, chosen.product.name)
    ):
        note = _("of the whole line: divided by the quantity, products have one price")
        draft.put("amount", quoted(price.name), note)
        price = None
    draft.tax_inside = any(synonyms.contains_tax(column.name) for column in (amount or price,) if column)
    if price and not (amount and price.distinct == 1):  # one value for all is a rate, not a price
        draft.put("unit_price", quoted(price.name))
        if not amount:
            note = UNCERTAIN + _("no column has the total of the line")
            draft.put("amount", '{ compute = "quantity * unit_price" }', note)


def prove_amount(draft: Draft, chosen: Choice) -> None:
    """Compare the amount with quantity × price: taxes, shipping and fees that it contains are taken out of it, a price
    of a piece is no amount, and what remains unexplained is a doubt."""
    amount, price, quantity = chosen.amount, chosen.price, chosen.quantity
    if amount is None or "compute" in draft.fields["amount"]:
        return
    charges = _charges(chosen)
    if price is None or quantity is None or "unit_price" not in draft.fields:
        if charges and not _is_without(chosen, amount, charges):
            told = ", ".join(f"“{in_words(column.name)}”" for column in charges.values())
            draft.doubts.append(
                _(
                    "“{column}” may contain {others}: there is no price to compare it with.",
                    column=in_words(amount.name),
                    others=told,
                )
            )
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
        draft.doubts.append(
            _(
                "“{column}” may not be the revenue: quantity × price gives it in {share} of cases.",
                column=in_words(amount.name),
                share=f"{share:.0%}",
            )
        )


def _is_without(chosen: Choice, amount: Column, charges: dict[str, Column]) -> bool:
    """Whether the amount and all charges make another column, so that it contains none of them."""
    rows = chosen.study.rows
    parts = {name: evidence.numbers(rows, column.name) for name, column in charges.items()}
    base = evidence.numbers(rows, amount.name)
    others = [
        c for c in chosen.free.values() if c.number and not c.date and all(c is not used for used in charges.values())
    ]
    return any(evidence.sums_up(evidence.numbers(rows, c.name), base, parts) == tuple(parts) for c in others)


def _put_proven(draft: Draft, chosen: Choice, parts: dict[str, Column]) -> None:
    """The amount without the charges among `parts`, which together with quantity × price make it."""
    amount = chosen.amount
    if amount is None:
        return
    shown = "quantity * unit_price"
    if "discount" in parts:
        shown += f" - {quoted(parts['discount'].name)}"
        draft.fields.setdefault("discount", quoted(parts["discount"].name))  # it is money, though it may be small
        draft.notes["amount"] = _("the total of the line")
    inside = {name: column for name, column in parts.items() if name != "discount"}
    if not inside:
        draft.notes["amount"] = f"{draft.notes['amount']}: {shown}"
        return
    draft.tax_inside = draft.tax_inside and "tax" not in inside
    names = [column.name for column in inside.values()]
    rest = quoted(" - ".join(f"[{name}]" for name in (amount.name, *names)))
    of_order = "order =" in draft.fields["amount"]
    value = f'{{ order = {rest}, by = "quantity * unit_price" }}' if of_order else f"{{ compute = {rest} }}"
    told = ", ".join(map(quoted, names))
    note = _("{formula} shows that {column} contains {others}", formula=shown, column=quoted(amount.name), others=told)
    draft.put("amount", value, note)
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
    hundred = per_cent(chosen, discount) if discount else 0
    if discount and hundred:
        left = 1 - np.nan_to_num(evidence.numbers(rows, discount.name)) / hundred
        if evidence.sums_up(total, of_piece * evidence.numbers(rows, quantity.name) * left, {}) == ():
            draft.notes["amount"] = _("quantity × price less {column}, which is a rate", column=quoted(discount.name))
            return True
    alike = evidence.sums_up(total, of_piece, {}) == ()
    if alike and product and evidence.is_of_line(rows, price.name, quantity.name, product.name) is False:
        note = _("{column} is a price per unit: products have one", column=quoted(amount.name))
        draft.put("amount", '{ compute = "quantity * unit_price" }', note)
        return True
    return False


def per_cent(chosen: Choice, column: Column) -> float:
    """What a discount is a share of, 1 or 100, where it is one; 0 where it is money: a discount in money cannot be more
    than the line costs."""
    if column.least < 0 or column.most > 100:
        return 0
    if column.most <= 1:
        return 1
    if _PER_CENT.search(column.name):
        return 100
    price, quantity = chosen.price, chosen.quantity
    if not (column.whole and price and quantity):
        return 0
    rows = chosen.study.rows
    line = evidence.numbers(rows, price.name) * evidence.numbers(rows, quantity.name)
    return 100 if (evidence.numbers(rows, column.name) > line + 0.005).any() else 0


def put_rate(draft: Draft, chosen: Choice, column: Column, hundred: float) -> None:
    """A discount in per cent: it lowers the amount where no column holds the amount after it."""
    share = f"[{column.name}]" if hundred == 1 else f"[{column.name}] / 100"
    if chosen.amount is None and "unit_price" in draft.fields:
        note = _("{column} is a share of the price, not money", column=in_words(column.name))
        draft.put("amount", f'{{ compute = "quantity * unit_price * (1 - {share})" }}', note)
        draft.put("discount", f'{{ compute = "quantity * unit_price * {share}" }}')
    else:
        draft.notes["amount"] = UNCERTAIN + _(
            "{column} looks like a rate and is left out: a discount is money", column=quoted(column.name)
        )


def is_of_piece(chosen: Choice, cost: Column) -> bool:
    """Whether a cost is that of a piece: products have one, whatever the quantity."""
    quantity, product = chosen.quantity, chosen.product
    rows = chosen.study.rows
    return bool(quantity and product and evidence.is_of_line(rows, cost.name, quantity.name, product.name) is False)


def line_totals(chosen: Choice) -> np.ndarray | None:
    """What each line comes to: its amount, or quantity × price; None where neither is known."""
    rows = chosen.study.rows
    if chosen.amount:
        return evidence.numbers(rows, chosen.amount.name)
    if chosen.price is None:
        return None
    count = evidence.numbers(rows, chosen.quantity.name) if chosen.quantity else 1.0
    return np.asarray(evidence.numbers(rows, chosen.price.name) * count)
