"""How each platform writes known orders, and the way of its file through guess and the loader to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analytics.engines.base import Engine
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.guessing.guess import guess
from analytics.questions.ledger import ledger
from analytics.selection import Selection
from tests.analytics.engines import EMBEDDED
from tests.analytics.shop import declared
from tests.packs import events, marketplaces, payments, platforms, shops
from tests.packs.orders import PEOPLE, Order, account, orders, shuffled
from tests.packs.platforms import Row, text

Ledger = dict[str, float]


@dataclass(frozen=True)
class Platform:
    """How a platform writes an order, what it cannot tell of one, and what stands above its header."""

    rows: Callable[[Order], list[Row]]
    told: Callable[[Order], Order] = lambda order: order
    without: frozenset[str] = frozenset()  # items of the ledger that the file does not give
    above: str = ""
    separator: str = ","
    explained: Row = field(default_factory=dict)  # a row below the header that says what the columns mean
    says: tuple[str, ...] = ()  # lines of the TOML
    beside: Mapping[str, Callable[[Order], list[Row]]] = field(default_factory=dict)  # further files, by name


def without_refunds(order: Order) -> Order:
    """The order as a file tells it that has no refunds."""
    return replace(order, refund=0, refunded_at=None)


def as_paid(order: Order) -> Order:
    """The order as a file tells it that has paid ones only."""
    return replace(order, paid=True)


def undiscounted(order: Order) -> Order:
    """The order as a file tells it that has neither refunds nor discounts, and paid ones only."""
    lines = tuple(replace(line, discount=0) for line in order.lines)
    return replace(without_refunds(order), discount=0, lines=lines, paid=True)


def of_single_pieces(order: Order) -> Order:
    """The order with one piece a line, so that prices after coupons are whole cents; without refunds."""
    lines = tuple(replace(line, quantity=1, discount=0) for line in order.lines)
    total = sum(line.price for line in lines)
    return replace(without_refunds(order), lines=lines, discount=order.discount if order.discount <= total else 0)


NOT_PAYMENTS = frozenset(("discounts", "shipping", "taxes"))  # what a payment does not tell

PLATFORMS = {
    "Shopify": Platform(platforms.shopify),
    "Shopify, tax inside": Platform(platforms.shopify_inside, says=('tax = "inside"',)),
    "WooCommerce": Platform(platforms.woocommerce, without_refunds),
    "WooCommerce, after coupons": Platform(platforms.woocommerce_after, of_single_pieces),
    "Etsy": Platform(platforms.etsy, lambda o: as_paid(without_refunds(o)), frozenset(("taxes",))),
    "Square": Platform(platforms.square, as_paid, frozenset(("shipping",))),
    "Amazon": Platform(platforms.amazon, as_paid, above='"All amounts in USD"\n"Definitions: see help"\n'),
    **{
        f"Amazon in {language}": Platform(
            marketplaces.amazon_in(language), as_paid, above=above, says=('currency = "EUR"',)
        )
        for language, above in marketplaces.ABOVE_AMAZON.items()
    },
    "eBay": Platform(platforms.ebay, undiscounted, frozenset(("taxes", "discounts")), above="\n"),
    "BigCommerce": Platform(platforms.bigcommerce),
    "WooCommerce items": Platform(platforms.woocommerce_items),
    "Amazon all orders": Platform(platforms.amazon_all, without_refunds, separator="\t"),
    "Toast": Platform(platforms.toast, without_refunds, frozenset(("shipping",))),
    "Odoo": Platform(platforms.odoo, without_refunds, frozenset(("taxes", "shipping"))),
    "WooCommerce by WebToffee": Platform(shops.webtoffee),
    "Clover": Platform(shops.clover, shops.of_one_line, frozenset(("shipping",))),
    "Magento grid": Platform(
        shops.magento_grid, shops.with_tax_inside, frozenset(("discounts", "taxes")), says=('tax = "inside"',)
    ),
    "Magento items": Platform(shops.magento_items),
    "TikTok Shop": Platform(marketplaces.tiktok, marketplaces.returned_whole, explained=marketplaces.TIKTOK_EXPLAINED),
    **{
        f"eBay transactions in {language}": Platform(
            payments.ebay_transactions(language),
            payments.ebay_told,
            frozenset(("discounts",)),
            above=above,
            separator="," if language == "en" else ";",
            says=() if language == "en" else ('currency = "EUR"',),
        )
        for language, above in payments.ABOVE_EBAY.items()
    },
    "Stripe balance": Platform(payments.stripe_balance, payments.of_one_payment, NOT_PAYMENTS),
    "Stripe balance, itemised": Platform(payments.stripe_activity, payments.of_one_payment, NOT_PAYMENTS),
    "Square transactions": Platform(payments.square_transactions, payments.square_told, frozenset(("shipping",))),
    "Etsy orders": Platform(payments.etsy_orders, payments.etsy_told, frozenset(("taxes",))),
    "Shopify with transactions": Platform(platforms.shopify, beside={"more.csv": platforms.shopify_transactions}),
    "Shopify with payouts": Platform(platforms.shopify, beside={"more.csv": platforms.shopify_payouts}),
    "Square with transactions": Platform(
        platforms.square,
        lambda o: replace(o, paid=True, shipping=0),
        frozenset(("shipping",)),
        beside={"more.csv": payments.square_transactions},
    ),
    "Etsy with orders": Platform(
        platforms.etsy, payments.etsy_told, frozenset(("taxes",)), beside={"more.csv": payments.etsy_orders}
    ),
    "GA4": Platform(events.ga4, events.without_discounts, frozenset(("discounts",))),
    "Lightspeed": Platform(platforms.lightspeed, without_refunds, frozenset(("shipping",))),
}


SAID = {line for way in PLATFORMS.values() for line in way.says}


def written(way: Platform, known: Sequence[Order], seed: int, folder: Path) -> list[Path]:
    """The platform's files of orders in a folder. Orders are shuffled; by even seeds there is one more column, those of
    people are missing, and the others stand the other way round."""
    paths = [_file(way, way.rows, known, seed, folder / "export.csv")]
    paths += [_file(way, rows_of, known, seed, folder / name) for name, rows_of in way.beside.items()]
    return paths


def overlapping(way: Platform, known: Sequence[Order], seed: int, folder: Path, changed: bool) -> list[Path]:
    """Two exports of orders in a folder. The later one has some that the first has too; where they `changed` since,
    nothing of them was refunded then."""
    start, end = 4 * len(known) // 10, 7 * len(known) // 10
    before = [replace(order, refund=0, refunded_at=None) if changed else order for order in known[start:end]]
    return [
        _file(way, way.rows, [*known[:start], *before], seed, folder / "export_1.csv"),
        _file(way, way.rows, known[start:], seed, folder / "export_2.csv"),
    ]


def _file(way: Platform, rows_of: Callable[[Order], list[Row]], known: Sequence[Order], seed: int, path: Path) -> Path:
    rows = shuffled(seed, [rows_of(order) for order in known])
    main = rows_of is way.rows
    if main and way.explained:
        rows = [way.explained, *rows]
    if seed % 2 == 0:
        away = _of_people(rows)
        rows = [{"New": "x"} | {c: row[c] for c in reversed(row) if c not in away} for row in rows]
    path.write_text(text(rows, way.separator, way.above if main else ""), encoding="utf-8")
    return path


def _of_people(rows: Sequence[Row]) -> set[str]:
    """The columns that have nothing but names, addresses and places of people."""
    texts = {text.lower() for person in PEOPLE for text in (*person, person[1].split("@")[0])}
    names = {name for row in rows for name in row}
    return {name for name in names if all(row.get(name, "").lower() in texts for row in rows)
            and any(row.get(name) for row in rows)}  # fmt: skip


def wanted(way: Platform, known: Sequence[Order]) -> Ledger:
    """The items of the ledger that the platform's files give."""
    return {item: amount for item, amount in account(known).items() if item not in way.without}


def told(way: Platform, seed: int) -> list[Order]:
    """Random orders as the platform's files tell them."""
    return [way.told(order) for order in orders(seed)]


def read_by_guess(paths: Sequence[Path], folder: Path) -> tuple[str, Ledger]:
    """The TOML that guess writes for files, and the ledger that they have by it."""
    toml = guess(paths, folder)
    assert "does not ingest yet" not in toml, toml
    return toml, ledger_of(read(load(declared(folder, toml)), folder))


def ledger_of(tables: object) -> Ledger:
    """The ledger of a data set by its items."""
    return ledger_from(EMBEDDED.of(tables))  # type: ignore[arg-type]


def ledger_from(engine: Engine) -> Ledger:
    """The ledger of everything that an engine has."""
    now = engine.resolve(Selection.from_query("range=all&compare=none")[0])
    frame = ledger(engine, now, {}).frame
    return {item: round(amount, 2) for item, amount in zip(frame["item"], frame["amount"], strict=True)}
