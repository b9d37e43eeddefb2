"""Which column is which of the fields that every file of order lines needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from analytics.language import _
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.inspection import Column, Study
from analytics.loading.written.toml_text import UNCERTAIN
from analytics.schema import FIELDS, Kind

_OTHER_DAY = re.compile(r"ship|deliver|due|paid|updat|birth|return|refund|expir|versand|livraison", re.IGNORECASE)
_OTHER_MONEY = re.compile(
    r"fee|ship|freight|tax|vat|mwst|tva|iva|discount|rate|rating|score|cost|tip|lat|lon|weight|percent|%|commission|balance"
    r"|duty|size|margin",
    re.IGNORECASE,
)
LARGEST_QUANTITY = 10_000  # largest value of a column of counts
MOST_QUANTITIES = 200  # and fewer distinct values than this


@dataclass
class Choice:
    """The columns that are not used yet, those chosen for the required fields, and remarks on fields chosen by their
    values alone."""

    study: Study
    free: dict[str, Column]
    notes: dict[str, str] = field(default_factory=dict)
    date: Column | None = None
    amount: Column | None = None
    price: Column | None = None
    quantity: Column | None = None
    order: Column | None = None
    customer: Column | None = None
    product: Column | None = None

    def of_order(self, column: Column) -> bool:
        """Whether a number belongs to the order rather than to the line."""
        return self.order is not None and evidence.is_of_order(self.study.rows, column.name, self.order.name)

    def take(self, field_name: str) -> Column | None:
        """The column that is named like a field and holds values of its kind; it then counts as used."""
        for name in synonyms.named(field_name, self.free):
            if _fits(self.free[name], FIELDS[field_name].kind):
                return self.free.pop(name)
        return None

    def take_partly(self, field_name: str) -> Column | None:
        """The same for a column of which only most values are numbers."""
        found = next((n for n in synonyms.named(field_name, self.free) if self.free[n].partly), "")
        return self.free.pop(found) if found else None

    def take_first(self, wanted: Callable[[Column], bool]) -> Column | None:
        """The first column whose values are suitable; it then counts as used."""
        found = next((c for c in self.free.values() if wanted(c)), None)
        return self.free.pop(found.name) if found else None


def choose(study: Study) -> Choice:
    """The columns of the required fields. A file without a header has no names, so only its values decide."""
    found = Choice(study, dict(study.columns))
    nameless = bool(study.rows.source.columns)
    found.date = (
        found.take("ordered_at")
        or found.take_first(lambda c: c.date and not _names_other_day(c))
        or found.take_first(lambda c: c.date)
    )
    found.amount = found.take("amount")
    found.price = found.take("unit_price")
    found.quantity = found.take("quantity")
    found.order = found.take("order_id")
    found.customer = found.take("customer")
    found.product = found.take("product")
    if found.customer is None and found.product:  # a bare "Name" beside a product is the customer's
        found.customer = found.take_first(lambda c: synonyms.plain(c.name) == "name" and c.filled > 0)
    if found.amount is None and found.price is None:
        found.amount = found.take_partly("amount")
        found.price = None if found.amount else found.take_partly("unit_price")
    if found.quantity is None:
        found.quantity = found.take_partly("quantity")
    if found.amount and found.price and found.quantity is None and _is_count(found.amount):
        found.quantity, found.amount = found.amount, None  # "Sales" next to a price may count pieces
    if found.amount is None and found.price is None:
        found.price = found.take_first(lambda c: _is_named_price(c) and not synonyms.contains_tax(c.name))
        found.price = found.price or found.take_first(_is_named_price)
    if found.amount is None and found.price is None:
        found.amount = found.take_first(lambda c: _is_fraction(c) and not _names_other_money(c))
        if found.amount:
            found.notes["amount"] = UNCERTAIN + _(
                "by its values: no column has the name of an amount. Is it the line’s revenue?"
            )
    if nameless and found.quantity is None:
        found.quantity = found.take_first(_is_count)
    if nameless and found.customer is None:
        found.customer = found.take_first(repeats)
        if found.customer:
            found.notes["customer"] = UNCERTAIN + _("by its values: it repeats, as customers do")
    return found


def _fits(column: Column, kind: Kind) -> bool:
    if kind == "time":
        return column.date
    return column.number if kind in ("money", "number") else column.filled > 0


def _is_fraction(column: Column) -> bool:
    return column.number and not column.whole and not column.date and column.least > -1e9


def _is_named_price(column: Column) -> bool:
    is_money = column.number and not column.date and not _names_other_money(column)
    return is_money and synonyms.says_price(column.name)


def _names_other_day(column: Column) -> bool:
    return bool(_OTHER_DAY.search(column.name))


def _names_other_money(column: Column) -> bool:
    return bool(_OTHER_MONEY.search(synonyms.without_tax(column.name)))


def _is_count(column: Column) -> bool:
    few = 0 < column.most <= LARGEST_QUANTITY and column.distinct < MOST_QUANTITIES
    return column.number and column.whole and not column.date and few


def repeats(column: Column) -> bool:
    """Whether the values of a column repeat, as those of a customer or a category do."""
    return 1 < column.distinct < column.filled and not column.date and (not column.number or column.whole)
