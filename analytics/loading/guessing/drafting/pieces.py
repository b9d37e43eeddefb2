"""Prices of one piece where no column counts the pieces: what a line comes to is then not known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.language import N_, _
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.choice import Choice
from analytics.loading.guessing.drafting.decided import Draft, put_or_constant
from analytics.loading.guessing.inspection import Column
from analytics.loading.reading.rows import Rows
from analytics.loading.written.toml_text import UNCERTAIN, in_words, quoted

LOOKS_LIKE_PRICE = N_(
    "“{column}” looks like the price of one piece, and no column counts pieces: each line is taken to sell one."
)
LEAST_LINES = 3  # of a product, for its price to be usual
USUAL = 0.9  # share of such lines that have it
SEVERAL = 0.2  # share of lines above the lowest price of their product, for amounts to be totals
CHEAPEST = 2  # below it, whole prices are multiples of the lowest by chance


def put_pieces(draft: Draft, chosen: Choice) -> None:
    """How many pieces lines sell, with which money is then a price and which a total."""
    _settle_price(draft, chosen)
    if "quantity" not in draft.fields:
        put_or_constant(draft, "quantity", chosen.quantity, "1", UNCERTAIN + _("no column counts units"))


def _settle_price(draft: Draft, chosen: Choice) -> None:
    """Tell prices of one piece from totals of lines, by names and rows.

    A total over a price counts pieces. A price whose values are multiples of the lowest of their product is a total.
    What is named like a price, or does not grow with the pieces, or is the same on nearly all lines of a product, is a
    price; without a column of pieces, whoever loads the files is asked for them.
    """
    rows, amount, price, quantity = chosen.study.rows, chosen.amount, chosen.price, chosen.quantity
    product = chosen.product.name if chosen.product else ""
    if amount and price:
        if quantity is None:
            _count(draft, amount, price, rows)
    elif price and quantity is None and product and are_totals(rows, price.name, product):
        chosen.amount, chosen.price = price, None
        draft.notes["amount"] = UNCERTAIN + _("of most products it is a multiple of the lowest, so it is a total")
    elif amount and not chosen.of_order(amount) and not synonyms.says_total(amount.name):
        grows = evidence.is_of_line(rows, amount.name, quantity.name, product) if quantity and product else None
        if is_price(rows, amount.name, product) if quantity is None else (grows is False and amount.distinct > 1):
            chosen.amount, chosen.price = None, amount
            draft.notes.pop("amount", None)


def unknown_pieces(chosen: Choice) -> str:
    """What is to be said where no column counts the pieces of a line."""
    if chosen.amount is None and chosen.price:
        return _(LOOKS_LIKE_PRICE, column=in_words(chosen.price.name))
    return _("No column counts the units sold: each row counts as one unit.")


def is_price(rows: Rows, column: str, product: str) -> bool:
    """Whether money looks like the price of one piece: it is named so or, unless its name says that it is a total, it
    is the same on nearly all lines of a product. `product`: its column, "" where there is none."""
    if synonyms.says_total(column):
        return False
    return synonyms.says_price(column) or bool(product and _is_usual(rows, column, product))


def are_totals(rows: Rows, price: str, product: str) -> bool:
    """Whether prices are those of lines that sell several pieces: 9.90, 29.70 and 19.80 of one product."""
    frame = _of_products(rows, price, product)
    least = frame.groupby("product")["value"].transform("min")
    times = frame["value"] / least
    known = times[least >= CHEAPEST]
    if len(known) < 2 * evidence.LEAST_ROWS:
        return False
    whole = abs(known - known.round()) < 0.001
    several = frame[least >= CHEAPEST].groupby("product")["value"].nunique() > 2
    return bool(whole.mean() >= evidence.SURE and (known > 1.5).mean() >= SEVERAL and several.mean() > 0.5)


def _is_usual(rows: Rows, column: str, product: str) -> bool:
    """Whether products have one price, on nearly all of their lines, and not all the same one."""
    frame = _of_products(rows, column, product)
    if len(frame) < 2 * evidence.LEAST_ROWS or frame["value"].nunique() < 2:
        return False
    counted = frame.groupby("product")["value"].agg(lambda values: values.value_counts().iloc[0])
    return bool(counted.sum() >= USUAL * len(frame))


def _of_products(rows: Rows, column: str, product: str) -> pd.DataFrame:
    """The money of lines of the products that have enough of them."""
    frame = pd.DataFrame({"product": evidence.codes(rows, product), "value": evidence.numbers(rows, column)})
    frame = frame[frame["value"] > 0]
    return frame[frame.groupby("product")["value"].transform("size") >= LEAST_LINES]


def _count(draft: Draft, amount: Column, price: Column, rows: Rows) -> None:
    """The pieces of a line as its total over the price, where that is a whole number."""
    total, of_piece = evidence.numbers(rows, amount.name), evidence.numbers(rows, price.name)
    known = (of_piece > 0) & ~np.isnan(total)
    if known.sum() < evidence.LEAST_ROWS or set("[]") & set(amount.name + price.name):
        return
    times = total[known] / of_piece[known]
    if (abs(times - times.round()) < 0.001).mean() >= evidence.SURE and (abs(times) > 0.5).mean() >= evidence.SURE:
        formula = quoted(f"[{amount.name}] / [{price.name}]")
        draft.put("quantity", f"{{ compute = {formula} }}", _("the total over the price is a whole number"))
