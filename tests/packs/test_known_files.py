"""Files of platforms that packs know: guess names them, and what it writes reads them to the cent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analytics.errors import DataError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.guessing.guess import guess
from analytics.loading.packs.pack import HERE, packs
from analytics.loading.spec import mapped_columns
from analytics.schema import FIELDS
from tests.analytics.shop import declared
from tests.analytics.test_platform_files import CASES, with_another_column
from tests.analytics.test_shaping import SHOPIFY, balanced

pytestmark = pytest.mark.no_cover

TITLES = {
    "Amazon date range": "Amazon date range report of transactions",
    "Square items": "Square items detail",
    "Etsy sold items": "Etsy sold order items",
    "WooCommerce": "WooCommerce export by Advanced Order Export",
    "eBay orders": "eBay orders report",
    "BigCommerce": "BigCommerce orders export",
    "Stripe": "Stripe payments",
    "SAP billing": "SAP billing items",
    "Odoo": "Odoo sales orders",
    "Lightspeed": "Lightspeed (Vend) sales history",
}


def guessed(folder: Path, text: str, name: str = "export.csv") -> tuple[str, Tables]:
    """What guess writes of a file, and the lines by it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    toml = guess([path], folder)
    assert "does not ingest yet" not in toml, toml
    return toml, read(load(declared(folder, toml)), folder)


@pytest.mark.sampled(16)
@pytest.mark.parametrize("platform", TITLES)
@pytest.mark.parametrize("reordered", [False, True])
def test_a_platform_s_file_is_recognised_and_read_to_the_cent(tmp_path: Path, platform: str, reordered: bool) -> None:
    case = CASES[platform]
    toml, tables = guessed(tmp_path, with_another_column(case.file) if reordered else case.file)
    assert f"# {TITLES[platform]}: " in toml
    assert ("not known: new." in toml) == reordered
    assert sorted(tables.lines["amount"].round(2)) == sorted(case.amounts)
    assert balanced(tables)


@pytest.mark.parametrize("known", packs(), ids=lambda known: known.spec.name)
def test_a_pack_says_of_every_column_that_it_uses_whether_it_is_required(known: object) -> None:
    spec, pack = known.spec, known.pack  # type: ignore[attr-defined]
    shape = spec.source.shape
    used = set(mapped_columns(spec.parts[0].rules)) | set(shape.fill_down)
    used -= set(known.joined_columns)  # type: ignore[attr-defined]
    used |= {
        column for column, _ in (*shape.keep, *shape.drop, *(c for together in shape.drop_where for c in together))
    }
    used |= {name.name for check in spec.checks for formula in (check.lines, check.equals) for name in formula.names}
    if shape.explode:
        used = {u for u in used if f"(?P<{u}>" not in shape.explode.regex} | set(shape.explode.columns)
    if shape.pivot:
        used = {u for u in used if "/" not in u} | {*shape.pivot.by, *shape.pivot.name, shape.pivot.value}
    assert {u for u in used if u not in FIELDS and not u.startswith("column ")} <= {*pack.known, *FIELDS}
    assert not set(pack.optional) & {*pack.fingerprint, *pack.required}
    assert not set(pack.columns) & used - set(FIELDS)


def test_joined_files_of_packs_are_known_by_other_packs() -> None:
    every = {known.spec.name: known for known in packs()}
    for known in every.values():
        assert set(known.joins) == set(known.pack.joins)
        for join in known.spec.joins:
            used = {c.removeprefix(f"{join.name}.") for c in known.joined_columns if c.startswith(f"{join.name}.")}
            used |= {column for column, _ in (*join.source.shape.keep, *join.source.shape.drop)}
            used |= {theirs for _, theirs in join.on}
            for name in known.pack.joins[join.name].packs:
                assert used <= set(every[name].pack.known), (join.name, name)


def test_no_pack_is_a_data_set() -> None:
    assert HERE.name == "packs"
    assert len({known.pack.title for known in packs()}) == len(packs())


def test_shopify_s_file_without_optional_columns(tmp_path: Path) -> None:
    toml, tables = guessed(tmp_path, SHOPIFY)
    assert "# Shopify orders export: " in toml
    assert 'time_zone = "' in toml
    assert "Left out, since columns are missing: " in toml
    assert tables.lines["amount"].sum() > 0


@pytest.mark.long
def test_an_aggregate_is_refused_and_says_what_to_export(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("Product title,Gross sales,Discounts,Returns,Net sales\nMug,10,0,0,10\n")
    with pytest.raises(DataError, match=r"sales by product: it has totals .* Export the orders.* Net sales 10\.00\."):
        guess([path], tmp_path)
    by_day = tmp_path / "days.csv"
    by_day.write_text(
        "day,orders,gross_sales,discounts,returns,net_sales,taxes,total_sales\n2026-01-05,2,10,-1,0,9,1,10\n"
    )
    with pytest.raises(DataError, match=r"totals by day or group.*Net sales 9\.00, Taxes 1\.00, Total sales 10\.00\."):
        guess([by_day], tmp_path)
    (tmp_path / "orders.csv").write_text(SHOPIFY)
    toml = guess([path, tmp_path / "orders.csv"], tmp_path)
    assert "# Not used, since it is Shopify's report of sales by product: it has totals of a period" in toml
    assert "# Shopify's report of sales by product: Its sums, to compare with " in toml


REFUSED = {
    "Google Analytics' report of purchases by item": (
        "# ------\n# Start date: 20260101\n\nItem name,Items viewed,Items added to cart,Items purchased,Item revenue\n"
        "Mug,90,12,4,40.50\nTea,80,9,2,9.00\n",
        r"totals of a period.* Item revenue 49\.50\.",
    ),
    "Amazon's business report of sales and traffic": (
        "Date,Ordered Product Sales,Units Ordered,Total Order Items,Sessions - Total\n"
        '1/5/26,"$1,200.50",12,11,90\n1/6/26,$99.50,1,1,80\n',
        r"totals by day or product.* Ordered Product Sales 1,300\.00\.",
    ),
    "Magento's report of orders": (
        "Interval,Orders,Sales Items,Sales Total,Invoiced\n1/5/26,3,5,$120.00,$120.00\nTotal,3,5,$120.00,$120.00\n",
        "totals by day",
    ),
    "Clover payments export": (
        "Payment Date,Payment ID,Tender,Amount,Tax Amount,Tip Amount,Order ID,Result\n"
        "16-Mar-2026 02:44 PM EDT,P1,Card,27.00,2.00,4.00,E1,SUCCESS\n",
        "payments with tax and tips, several for one order",
    ),
}


@pytest.mark.parametrize("title", REFUSED)
def test_what_is_no_order_line_is_refused_and_says_what_to_export(tmp_path: Path, title: str) -> None:
    text, why = REFUSED[title]
    (tmp_path / "report.csv").write_text(text)
    with pytest.raises(DataError, match=f"is {re.escape(title)}: it has {why}"):
        guess([tmp_path / "report.csv"], tmp_path)


def test_clover_tells_tips_and_service_charges_apart(tmp_path: Path) -> None:
    tables = guessed(tmp_path, CLOVER)[1]
    sold = tables.lines[tables.lines["sale"]].iloc[0]
    assert [sold[name] for name in ("amount", "discount", "tax", "tip")] == [25, 1, 2, 4]
    assert tables.lines["amount"].round(2).tolist() == [25, -4.63]


CLOVER = (
    "Order Date,Order ID,Order Type,Currency,Tax Amount,Tip,Service Charge,Discount,Order Total,Payments Total,"
    "Refunds Total,Manual Refunds Total,Tender,Order Payment State\n"
    "16-Mar-2026 02:44 PM EDT,EX1,Dine In,USD,2.00,4.00,,-1.00,27.00,27.00,5.00,0.00,Credit Card,Paid\n"
)
SMALL = {
    "WooCommerce Analytics: orders": (
        'Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales\n'
        '2026-02-03 10:00:00,501,"৳2,999",Completed,Cy Ex,new,"2× Tea, green, 1× Cup",3,,30.00\n'
        "2026-02-04 10:00:00,502,৳10,Failed,Di Ex,new,1× Cup,1,,10.00\n",
        [10, 20],
        {"Tea, green", "Cup"},
    ),
    "Amazon settlement report (flat file V2)": (
        "settlement-id\ttotal-amount\ttransaction-type\torder-id\tmarketplace-name\tamount-type\tamount-description\t"
        "amount\tposted-date\torder-item-code\tsku\tquantity-purchased\n"
        "555\t13.99\t\t\t\t\t\t\t\t\t\t\n"
        "555\t\tOrder\t701-1\tAmazon.com\tItemPrice\tPrincipal\t39.98\t2026-04-12\t88\tBOT-1\t2\n"
        "555\t\tOrder\t701-1\tAmazon.com\tItemFees\tCommission\t-6.00\t2026-04-12\t88\tBOT-1\t2\n"
        "555\t\tRefund\t701-1\tAmazon.com\tItemPrice\tPrincipal\t-19.99\t2026-04-20\t88\tBOT-1\t1\n"
        "555\t\tService Fee\t\t\tother\tSubscription\t-39.99\t2026-04-21\t\t\t\n",
        [-19.99, 39.98],
        {"BOT-1"},
    ),
    "QuickBooks sales by product or service, detail": (
        '"Example Co, LLC",,,,,,,,,\nSales by Product/Service Detail,,,,,,,,,\nAll Dates,,,,,,,,,\n\n'
        ",Transaction date,Transaction type,Num,Customer full name,Description,Quantity,Sales price,Amount,Balance\n"
        "Hosting,,,,,,,,,\n"
        ',04/01/2026,Invoice,5001,Kay Ex,Hosting Jan,1.00,"2,500.00","2,500.00","2,500.00"\n'
        ",05/01/2026,Credit Memo,77,Kay Ex,Credit,-1.00,100.00,-100.00,400.00\n"
        'Total for Hosting,,,,,,,,"$2,400.00",\nTOTAL,,,,,,,,"$2,400.00",\n'
        '"Accrual basis Friday, May 1",,,,,,,,,\n',
        [-100, 2500],
        {"Hosting"},
    ),
    "PrestaShop order lines (SQL Manager)": (
        "id_order;reference;date_add;id_customer;current_state;total_discounts_tax_excl;product_id;product_name;"
        "product_quantity;product_quantity_refunded;unit_price_tax_excl;total_price_tax_excl\n"
        "88;QWERTYUIO;2026-01-05 09:10:00;14;5;2.00;3;Affiche A3;2;1;10.00;20.00\n",
        [-9, 18],
        {"Affiche A3"},
    ),
}  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("title", SMALL)
def test_a_small_file_is_recognised_and_read_to_the_cent(tmp_path: Path, title: str) -> None:
    text, amounts, products = SMALL[title]
    toml, tables = guessed(tmp_path, text)
    assert f"# {title}: " in toml
    assert sorted(tables.lines["amount"].round(2)) == amounts
    assert set(tables.lines["product"]) == products


def test_a_toml_of_the_catalog_with_a_pack_is_one_too(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "till.toml").write_text(
        'title = "Till"\n[source]\nfiles = "old.csv"\n[fields]\norder_id = "Receipt"\nordered_at = "Day"\n'
        'product = "Article"\nquantity = { constant = 1 }\namount = { compute = "[Total] / 100" }\ncustomer = "Card"\n'
        '[pack]\ntitle = "Our till"\nfingerprint = ["Receipt", "Article"]\nrequired = ["Day", "Total"]\n'
        'optional = ["Card"]\n[pack.aliases]\n"Total" = ["Summe"]\n'
    )
    path = tmp_path / "new.csv"
    path.write_text("SUMME,article,Receipt,Day\n1250,Mug,1,2026-01-05\n")
    toml = guess([path], tmp_path, [catalog])
    assert "# Our till: 4 of 4 columns known." in toml
    assert "customer" not in toml
    assert read(load(declared(tmp_path, toml)), tmp_path).lines["amount"].tolist() == [12.5]


@pytest.mark.long
def test_several_files_of_a_platform_are_one_data_set_and_others_are_named(tmp_path: Path) -> None:
    head = SHOPIFY.split("\n")[0]
    for at, rows in enumerate(("\n".join(SHOPIFY.split("\n")[1:3]), "\n".join(SHOPIFY.split("\n")[3:]))):
        (tmp_path / f"orders_{at}.csv").write_text(f"{head}\n{rows}\n")
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n3,4\n")
    toml = guess(sorted(tmp_path.glob("*.csv")), tmp_path)
    assert 'files = "orders_*.csv"' in toml
    assert "of another kind: notes.csv" in toml


def test_the_currency_of_money_written_for_people_is_that_of_the_file(tmp_path: Path) -> None:
    """WooCommerce Analytics names its currency only next to "N. Revenue (formatted)"."""
    rows = "".join(f'2026-02-{n:02} 10:00:00,{n},"€{n},50",Completed,Cy,new,1× Tea,1,,{n}.50\n' for n in range(1, 20))
    head = SMALL["WooCommerce Analytics: orders"][0].split("\n")[0]
    (tmp_path / "orders.csv").write_text(f"{head}\n{rows}")
    assert '\ncurrency = "EUR"\n' in guess([tmp_path / "orders.csv"], tmp_path)
