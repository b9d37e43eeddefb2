"""Known random orders, and what they come to: platforms' files are written from them.

Money is in cents. Orders have several lines, discounts of lines and of the order, shipping, tax on goods, refunds over
the end of a month; some are cancelled; a product gets another name; their moments lie on both sides of a change of the
clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

PRODUCTS = (("Oak mug, large", 1500), ("Linen towel", 2095), ("Tee 100% cotton", 3333), ('Frame 8"', 899), ("Käse", 1))
RENAMED = {"Linen towel": "Linen towel, 50 × 90"}  # from the day on which
RENAMED_AT = datetime(2026, 3, 10, tzinfo=UTC)
PEOPLE = (("Ann Lee", "ann@example.org", "Boise", "US"), ("Jürgen Voß", "jv@example.org", "Köln", "DE"),
          ("", "", "", ""), ("Bo Wu", "bo@example.org", "Leeds", "GB"))  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line: discount is the line's own, off the whole quantity."""

    product: str
    quantity: int
    price: int
    discount: int = 0

    @property
    def total(self) -> int:
        """After the line's own discount."""
        return self.quantity * self.price - self.discount


@dataclass(frozen=True)
class Order:
    """An order; `refund` is what was given back of the goods, at `refunded_at`."""

    number: int
    at: datetime
    person: tuple[str, str, str, str]
    lines: tuple[Line, ...]
    discount: int
    shipping: int
    tax: int  # on the goods; within prices or on top is the file's matter
    refund: int = 0
    refunded_at: datetime | None = None
    paid: bool = True

    @property
    def goods(self) -> int:
        """After all discounts."""
        return sum(line.total for line in self.lines) - self.discount


def orders(seed: int, count: int = 120, zone: str = "America/New_York") -> list[Order]:
    """Random orders from mid-February to mid-April, in the order of their numbers."""
    chance = random.Random(seed)
    start = datetime(2026, 2, 15, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    moments = sorted(start + timedelta(seconds=chance.randrange(60 * 86_400)) for _ in range(count))
    return [_order(chance, 1001 + i, at) for i, at in enumerate(moments)]


def _order(chance: random.Random, number: int, at: datetime) -> Order:
    chosen = chance.sample(PRODUCTS, chance.choice([1, 1, 2, 3, 4]))
    called = RENAMED if at >= RENAMED_AT else {}
    lines = tuple(
        Line(
            called.get(name, name),
            n := chance.choice([1, 1, 1, 2, 5]),
            price,
            chance.choice([0, 0, 0, n * price // 10]),
        )
        for name, price in chosen
    )
    total = sum(line.total for line in lines)
    discount = chance.choice([0, 0, total // 10, min(total, 500)])
    goods = total - discount
    refund = chance.choice([0, 0, 0, 0, goods, goods // 3])
    return Order(
        number,
        at,
        chance.choice(PEOPLE),
        lines,
        discount,
        chance.choice([0, 495]),
        goods * chance.choice([0, 8, 20]) // 100,
        refund,
        at + timedelta(days=chance.randrange(1, 25)) if refund else None,
        chance.random() > 0.05,
    )


def account(known: Iterable[Order]) -> dict[str, float]:
    """The ledger of paid orders, by the items of the page Reconciliation."""
    paid = [order for order in known if order.paid]
    gross = sum(line.quantity * line.price for order in paid for line in order.lines)
    discounts = gross - sum(order.goods for order in paid)
    found = {
        "gross_sales": gross,
        "discounts": -discounts,
        "returns": -sum(order.refund for order in paid),
        "net_sales": gross - discounts - sum(order.refund for order in paid),
        "shipping": sum(order.shipping for order in paid),
        "taxes": sum(order.tax for order in paid),
    }
    return {name: cents / 100 for name, cents in found.items()}


def money(cents: int) -> str:
    """12.50 for 1250."""
    return f"{cents / 100:.2f}"


def shuffled(seed: int, groups: Sequence[list[dict[str, str]]]) -> list[dict[str, str]]:
    """The rows of orders in another order of orders: rows of one order stay together."""
    mixed = list(groups)
    random.Random(seed).shuffle(mixed)
    return [row for group in mixed for row in group]
