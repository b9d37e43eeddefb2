"""Several files of a platform given together are one data set: days of refunds, fees and tips are in the second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from analytics.errors import DataError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.guessing.guess import guess
from tests.analytics.shop import declared
from tests.packs import payments, platforms
from tests.packs.orders import Order, account, orders, shuffled
from tests.packs.platforms import Row, text
from tests.packs.ways import PLATFORMS, ledger_of, wanted

pytestmark = pytest.mark.no_cover

Writer = Callable[[Order], list[Row]]


def together(folder: Path, files: dict[str, str]) -> tuple[str, Tables]:
    """What guess writes of several files, and the lines by it."""
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    toml = guess([folder / name for name in files], folder)
    assert "does not ingest yet" not in toml, toml
    return toml, read(load(declared(folder, toml)), folder)


def rows_of(known: Iterable[Order], writer: Writer, seed: int) -> list[Row]:
    """The rows of a file, orders shuffled; by even seeds with columns the other way round and another one."""
    rows = shuffled(seed, [writer(order) for order in known])
    return [{"New": "x", **dict(reversed(row.items()))} for row in rows] if seed % 2 == 0 else rows


def days_of_refunds(tables: Tables) -> dict[str, int]:
    """What was refunded on each day, in cents."""
    back = tables.lines[~tables.lines["sale"]]
    found = (back.groupby(back["posted_at"].dt.strftime("%Y-%m-%d"))["amount"].sum() * -100).round().astype(int)
    return {str(day): int(cents) for day, cents in found.items()}


def days_known(known: Sequence[Order]) -> dict[str, int]:
    """The same of known orders, in the zone of the shop."""
    found: dict[str, int] = {}
    for order in known:
        for part, at in platforms.refund_parts(order) if order.paid else ():
            day = at.astimezone(platforms.SHOP).strftime("%Y-%m-%d")
            found[day] = found.get(day, 0) + part
    return dict(sorted(found.items()))


@pytest.mark.long
@pytest.mark.parametrize(("seed", "inside"), [(1, False), (2, True)])
def test_shopify_s_refunds_count_on_the_days_of_its_transactions(tmp_path: Path, seed: int, inside: bool) -> None:
    known = orders(seed, 60)
    toml, tables = together(
        tmp_path,
        {
            "a.csv": text(rows_of(known, lambda o: platforms.shopify(o, inside), seed)),
            "b.csv": text(rows_of(known, lambda o: platforms.shopify_transactions(o, inside), seed + 10)),
        },
    )
    assert "# Shopify orders export: " in toml
    assert "# Shopify transaction histories: " in toml
    assert "not known when" not in toml
    assert days_of_refunds(tables) == days_known(known)
    found = ledger_of(tables)
    assert {item: found[item] for item in account(known)} == account(known)


@pytest.mark.long
def test_shopify_s_payouts_give_fees_and_days_of_refunds(tmp_path: Path) -> None:
    known = orders(3, 60)
    payouts = rows_of(known, platforms.shopify_payouts, 3)
    other = {"Transaction Date": "2026-04-20 10:00:00 -0400", "Type": "payout", "Amount": "-9.00", "Fee": "0.00"}
    half = len(payouts) // 2
    files = {
        "a.csv": text(rows_of(known, platforms.shopify, 3)),
        "p1.csv": text([*payouts[: half + 5], other]),
        "p2.csv": text(payouts[half:]),  # the exports overlap
    }
    toml, tables = together(tmp_path, files)
    assert "fees.Fee" in toml
    assert days_of_refunds(tables) == days_known(known)
    found = ledger_of(tables)
    assert found["selling_fees"] == -sum(platforms.fee_of(o) for o in known if o.paid) / 100
    assert {item: found[item] for item in account(known)} == account(known)


@pytest.mark.long
def test_refunds_that_the_second_file_lacks_count_as_the_orders_tell_them(tmp_path: Path) -> None:
    known = orders(4, 60)
    few = [order for order in known if order.number % 2]
    files = {
        "a.csv": text(rows_of(known, platforms.shopify, 4)),
        "b.csv": text(rows_of(few, platforms.shopify_transactions, 4)),
    }
    found = ledger_of(together(tmp_path, files)[1])
    assert {item: found[item] for item in account(known)} == account(known)


@pytest.mark.parametrize("writer", [platforms.shopify_transactions, platforms.shopify_payouts])
def test_payments_alone_are_no_order_lines(tmp_path: Path, writer: Writer) -> None:
    (tmp_path / "b.csv").write_text(text(rows_of(orders(1, 9), writer, 1)))
    with pytest.raises(DataError, match=r"payments without products\. Export the orders too"):
        guess([tmp_path / "b.csv"], tmp_path)


def test_square_s_transactions_give_tips_and_fees_to_its_items(tmp_path: Path) -> None:
    known = [replace(order, paid=True, shipping=0) for order in orders(5, 60)]
    files = {
        "items.csv": text(rows_of(known, platforms.square, 5)),
        "transactions.csv": text(rows_of(known, payments.square_transactions, 6)),
    }
    toml, tables = together(tmp_path, files)
    assert "# Square items detail: " in toml
    found = ledger_of(tables)
    expected = account(known) | {
        "tips": len(known) * payments.TIP / 100,
        "selling_fees": -sum(map(platforms.fee_of, known)) / 100,
    }
    expected.pop("shipping")
    assert {item: found[item] for item in expected} == expected
    assert set(tables.lines["payment_method"]) == {"Visa", ""}


def test_etsy_s_orders_give_refunds_and_fees_to_its_items(tmp_path: Path) -> None:
    known = [payments.etsy_told(order) for order in orders(6, 60)]
    files = {
        "items.csv": text(rows_of(known, platforms.etsy, 5)),
        "before.csv": text(rows_of([replace(o, refund=0) for o in known[:20]], payments.etsy_orders, 6)),
        "orders.csv": text(rows_of(known, payments.etsy_orders, 6)),
    }
    toml, tables = together(tmp_path, files)
    assert "Refunds and fees are not" not in toml
    found = ledger_of(tables)
    expected = account(known) | {"selling_fees": -sum(map(platforms.fee_of, known)) / 100}
    expected.pop("taxes")
    assert {item: found[item] for item in expected} == expected


OPTIONAL = {  # columns that a file may lack: its ledger is the same
    "eBay transactions in en": ("Final Value Fee - fixed", 'Very high "item not as described" fee', "Ship to city"),
    "Square transactions": ("Card Brand", "Other Tender Type", "Location", "Customer ID"),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("platform", OPTIONAL)
def test_a_file_without_optional_columns_has_the_same_ledger(tmp_path: Path, platform: str) -> None:
    way = PLATFORMS[platform]
    known = [way.told(order) for order in orders(7, 40)]
    rows = [
        {name: cell for name, cell in row.items() if name not in OPTIONAL[platform]}
        for order in known
        for row in way.rows(order)
    ]
    toml, tables = together(tmp_path, {"a.csv": text(rows, way.separator, way.above)})
    assert "# Left out, since columns are missing: " in toml
    found = ledger_of(tables)
    expected = wanted(way, known)
    assert {item: found[item] for item in expected} == expected


def test_etsy_s_statement_is_refused_and_its_sums_are_told(tmp_path: Path) -> None:
    (tmp_path / "etsy_statement.csv").write_text(
        "Date,Type,Title,Info,Currency,Amount,Fees & Taxes,Net,Tax Details\n"
        '"September 3, 2026",Sale,Payment for Order #1,,USD,$76.00,--,$76.00,--\n'
        '"September 4, 2026",Fee,Transaction fee,Order #1,USD,--,-$4.42,-$4.42,--\n'
    )
    with pytest.raises(
        DataError, match=r"Export the sold order items.*Amount 76\.00, Fees & Taxes -4\.42, Net 71\.58\."
    ):
        guess([tmp_path / "etsy_statement.csv"], tmp_path)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_ebay_s_fees_are_added_up_and_given_back_with_refunds(tmp_path: Path, language: str) -> None:
    known = [payments.ebay_told(order) for order in orders(8, 20)]
    rows = rows_of(known, payments.ebay_transactions(language), 8)
    way = PLATFORMS[f"eBay transactions in {language}"]
    toml, tables = together(tmp_path, {"a.csv": text(rows, way.separator, way.above)})
    assert "Left out, since columns are missing: " in toml  # some of the fees
    fees = sum(30 - -line.price // 10 for order in known for line in order.lines)
    back = sum(10 for order in known for _ in platforms.refund_parts(order))
    assert ledger_of(tables)["selling_fees"] == (back - fees) / 100


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "platform", ["eBay transactions in en", "Stripe balance", "Square transactions", "Etsy orders"]
)
def test_exports_that_overlap_count_once(tmp_path: Path, platform: str) -> None:
    way = PLATFORMS[platform]
    known = [way.told(order) for order in orders(9, 30)]
    rows = [way.rows(order) for order in known]
    files = {
        name: text([row for group in part for row in group], way.separator, way.above)
        for name, part in (("a1.csv", rows[:20]), ("a2.csv", rows[10:]))
    }
    found = ledger_of(together(tmp_path, files)[1])
    expected = wanted(way, known)
    assert {item: found[item] for item in expected} == expected
