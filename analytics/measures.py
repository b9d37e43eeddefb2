"""Measures: what engines count and add up over order lines.

MEASURES is the one table of them. Both engines, the sums that ingest stores, the cubes and the tests' oracle interpret
it, so a new measure is one line:

    Measure("deposit_total", N_("sum of deposits"), "deposit"),

A sale line is one that counts as a sale; every other line is a refund. A customer without an id is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from analytics.language import N_
from analytics.schema import FIELDS

Condition = Literal["sale", "known_customer"]
Kind = Literal["sum", "distinct", "difference", "table", "days"]


class LineSum(NamedTuple):
    """What lines add up to: each line that meets all conditions and gives the field `given` adds its value of `column`
    (nothing where that is missing), or 1 where no column is named."""

    column: str = ""
    conditions: tuple[Condition, ...] = ()
    given: str = ""

    def without(self, condition: Condition) -> LineSum:
        """The same over lines that need not meet a condition."""
        return self._replace(conditions=tuple(c for c in self.conditions if c != condition))


_SALE: tuple[Condition, ...] = ("sale",)
_KNOWN: tuple[Condition, ...] = ("known_customer",)
_KNOWN_SALE: tuple[Condition, ...] = ("sale", "known_customer")
_DISTINCT = ((_SALE, "order_id"), (_KNOWN_SALE, "order_id"), (_KNOWN_SALE, "customer"))


@dataclass(frozen=True)
class Measure:
    """One number that engines compute for the selected lines of a group.

    `kind` says how:
      sum         the values of `column` added up, or the lines counted where no column is named;
      distinct    how many different values of `column` ("order_id" or "customer") occur, each with at least `least`
                  different orders;
      difference  the first of `parts`, which are measures, less the second;
      table       the values of `column` in the extra table of that name added up;
      days        days of the group's period that lie in the range and in the data.

    Sums and distinct counts are over the lines that meet all `conditions` and give the field `given`, where one is
    named. `cube`: ingest also stores the measure by day and value of small fields, from which most charts are answered;
    of distinct counts only orders can be, and only by fields that are constant within an order.
    """

    name: str
    text: str
    column: str = ""
    conditions: tuple[Condition, ...] = ()
    given: str = ""
    kind: Kind = "sum"
    least: int = 1
    parts: tuple[str, ...] = ()
    cube: bool = False

    @cached_property
    def line_sum(self) -> LineSum:
        """What a measure of kind "sum" adds up."""
        return LineSum(self.column, self.conditions, self.given)

    def __post_init__(self) -> None:
        """ValueError for a measure that the engines do not compute."""
        if self.kind == "distinct" and (self.conditions, self.column) not in _DISTINCT:
            raise ValueError(f"{self.name}: distinct counts are of orders or of known customers, with a sale line.")
        if self.cube and (self.kind not in ("sum", "distinct") or "known_customer" in self.conditions):
            raise ValueError(f"{self.name}: only sums and distinct orders of all customers can be in cubes.")

    @cached_property
    def counts(self) -> bool:
        """Whether it is a number of things, and so has no unit and is always whole."""
        return self.kind in ("distinct", "days") or (self.kind == "sum" and not self.column)

    @cached_property
    def of_lines(self) -> bool:
        """Whether it is computed from order lines."""
        return self.kind in ("sum", "distinct", "difference")

    @cached_property
    def unit_field(self) -> str:
        """The field in whose unit it is, so that stored whole numbers can be divided by that field's scale; "" for
        numbers of things."""
        if self.kind == "difference":
            return MEASURES[self.parts[0]].unit_field
        return self.column if self.kind == "sum" else ""

    @property
    def by_order(self) -> bool:
        """Whether ingest stores what each order adds to it: a sum that neither customers nor a mere count decide."""
        return self.kind == "sum" and bool(self.column or self.given) and "known_customer" not in self.conditions

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Fields and extra tables without which the measure does not exist."""
        customer = ("customer",) if "known_customer" in self.conditions else ()
        parts = tuple(n for part in self.parts for n in MEASURES[part].needs)
        return tuple(dict.fromkeys(n for n in (self.column, *customer, self.given, *parts) if n))


MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        Measure("revenue", N_("sum of amounts, refunds subtracted"), "amount", cube=True),
        Measure("gross", N_("sum of the amounts of sale lines"), "amount", _SALE, cube=True),
        Measure(
            "refunds",
            N_("sum of the amounts of refund lines, as a positive number"),
            kind="difference",
            parts=("gross", "revenue"),
        ),
        Measure("units", N_("sum of quantities, returned ones subtracted"), "quantity", cube=True),
        Measure("lines", N_("number of order lines"), cube=True),
        Measure("sale_lines", N_("number of sale lines"), conditions=_SALE),
        Measure("refund_lines", N_("number of refund lines"), kind="difference", parts=("lines", "sale_lines")),
        Measure("orders", N_("distinct orders with a sale line"), "order_id", _SALE, kind="distinct", cube=True),
        Measure(
            "customers",
            N_("distinct customers with a sale line; those without an id are left out"),
            "customer",
            _KNOWN_SALE,
            kind="distinct",
        ),
        Measure(
            "repeat_customers",
            N_("distinct customers with two or more such orders"),
            "customer",
            _KNOWN_SALE,
            kind="distinct",
            least=2,
        ),
        Measure("known_revenue", N_("revenue of lines whose customer is known"), "amount", _KNOWN),
        Measure("known_orders", N_("orders whose customer is known"), "order_id", _KNOWN_SALE, kind="distinct"),
        Measure("cost", N_("sum of the cost of goods"), "cost"),
        Measure("costed_revenue", N_("revenue of lines whose cost is known"), "amount", given="cost"),
        Measure("discount", N_("sum of discounts given"), "discount"),
        Measure("shipping_charged", N_("sum of shipping charged, refunded shipping subtracted"), "shipping"),
        Measure("taxes", N_("sum of taxes, refunded ones subtracted"), "tax"),
        Measure("duties", N_("sum of duties, refunded ones subtracted"), "duty"),
        Measure("fees_charged", N_("sum of fees charged to customers, refunded ones subtracted"), "fees"),
        Measure("tips", N_("sum of tips, refunded ones subtracted"), "tip"),
        Measure("gift_cards", N_("gift cards sold, refunded ones subtracted"), "gift_card"),
        Measure("fees_paid", N_("what marketplaces and payment providers keep"), "selling_fees"),
        Measure("rating_sum", N_("sum of ratings"), "rating"),
        Measure("rated_lines", N_("lines that carry a rating"), given="rating"),
        Measure("sessions", N_("visits, from the sessions table"), "sessions", kind="table"),
        Measure("days", N_("days of the period that lie in the range and in the data"), kind="days"),
    )
}


def stored_sum(line_sum: LineSum) -> str:
    """The measure under whose name ingest stores what each order adds to this sum; "" where none has it."""
    return next((m.name for m in MEASURES.values() if m.by_order and m.line_sum == line_sum), "")


STATISTICS = {"min": 0, "p25": 1, "median": 2, "p75": 3, "max": 4}  # quarters of the way from least to greatest


class Statistic(NamedTuple):
    """A statistic of a numeric field over the lines that give it, linear between ranks: (1, "amount") is the lower
    quartile of amounts."""

    quarters: int
    field: str


def statistic(name: str) -> Statistic | None:
    """The statistic of that name, such as Statistic(2, "amount") for "median_amount"; None for any other name."""
    word, _, field = name.partition("_")
    numeric = field in FIELDS and FIELDS[field].kind in ("money", "number")
    return Statistic(STATISTICS[word], field) if word in STATISTICS and numeric else None
