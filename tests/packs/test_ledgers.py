"""Known orders, written as each platform writes them, have their ledger again after guess and ingest: to the cent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
import pytest

from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.guessing.guess import guess
from analytics.questions.ledger import ledger
from analytics.selection import Selection
from tests.analytics.engines import EMBEDDED
from tests.analytics.shop import declared
from tests.packs import marketplaces, platforms, shops
from tests.packs.orders import Order, account, orders, shuffled
from tests.packs.platforms import Row, text
from tests.packs.test_known_files import guessed


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
    "Lightspeed": Platform(platforms.lightspeed, without_refunds, frozenset(("shipping",))),
}


SAID = {line for way in PLATFORMS.values() for line in way.says}


SEEDS = [(name, seed) for name in PLATFORMS for seed in (1, 2) if seed == 2 or " in " not in name]  # languages: one


@pytest.mark.parametrize(("platform", "seed"), SEEDS)
def test_known_orders_have_their_ledger_again(tmp_path: Path, platform: str, seed: int) -> None:
    way = PLATFORMS[platform]
    known = [way.told(order) for order in orders(seed)]
    rows = [*filter(None, [way.explained]), *shuffled(seed, [way.rows(order) for order in known])]
    if seed == 2:
        rows = [{"New": "x", **dict(reversed(row.items()))} for row in rows]
    toml, tables = guessed(tmp_path, text(rows, way.separator, way.above))
    assert {line for line in toml.split("\n") if line in SAID} == set(way.says)
    found = ledger_of(tables)
    wanted = {item: amount for item, amount in account(known).items() if item not in way.without}
    assert {item: found[item] for item in wanted} == wanted


def ledger_of(tables: object) -> dict[str, float]:
    engine = EMBEDDED.of(tables)  # type: ignore[arg-type]
    now = engine.resolve(Selection.from_query("range=2026-01-01..2026-12-31&compare=none")[0])
    frame = ledger(engine, now, {}).frame
    return {item: round(amount, 2) for item, amount in zip(frame["item"], frame["amount"], strict=True)}


@pytest.mark.parametrize("platform", ["Shopify", "WooCommerce", "Etsy", "eBay"])
def test_a_file_that_was_saved_again_with_semicolons_and_decimal_commas(tmp_path: Path, platform: str) -> None:
    way = PLATFORMS[platform]
    known = [way.told(order) for order in orders(4)]
    rows = [{name: _with_comma(cell) for name, cell in row.items()} for order in known for row in way.rows(order)]
    toml, tables = guessed(tmp_path, text(rows, ";", way.above))
    assert 'decimal = ","' in toml
    wanted = {item: amount for item, amount in account(known).items() if item not in way.without}
    found = ledger_of(tables)
    assert {item: found[item] for item in wanted} == wanted


def _with_comma(cell: str) -> str:
    return re.sub(r"^(\$?-?\d+)\.(\d\d)$", r"\1,\2", cell)


@pytest.mark.parametrize("platform", ["Shopify", "Amazon", "Odoo"])
def test_a_file_that_was_saved_as_a_workbook(tmp_path: Path, platform: str) -> None:
    way = PLATFORMS[platform]
    known = [way.told(order) for order in orders(5)]
    rows = [row for order in known for row in way.rows(order)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    book = openpyxl.Workbook()
    sheet = book.active
    for line in way.above.split("\n")[:-1]:
        sheet.append([line])
    sheet.append(names)
    for row in rows:
        sheet.append([_typed(row.get(name, "")) for name in names])
    book.save(tmp_path / "export.xlsx")
    toml = guess([tmp_path / "export.xlsx"], tmp_path)
    tables = read(load(declared(tmp_path, toml)), tmp_path)
    wanted = {item: amount for item, amount in account(known).items() if item not in way.without}
    found = ledger_of(tables)
    assert {item: found[item] for item in wanted} == wanted


def _typed(cell: str) -> str | float | None:
    return float(cell) if re.fullmatch(r"-?\d+\.\d\d", cell) else cell or None
