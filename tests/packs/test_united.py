"""Files of several kinds in one folder: guess makes one data set of them, each with its channel, and says what it
leaves out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analytics.errors import DataError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.guessing.guess import guess
from tests.analytics.shop import declared
from tests.analytics.test_platform_files import CASES
from tests.analytics.test_shaping import SHOPIFY, balanced
from tests.packs import platforms
from tests.packs.orders import orders

pytestmark = pytest.mark.no_cover

ITEMS = ("Tea", "Bun", "Jam", "Cup")


def day(month: int, n: int) -> str:
    """One of 28 days of a month."""
    return f"2026-{month:02d}-{n % 28 + 1:02d}"


ORDERS = "Order No,Order Date,Item,Qty,Total,Customer No\n" + "".join(
    f"{1000 + n},{day(1, n)},{ITEMS[n % 4]},{n % 3 + 1},{(n % 3 + 1) * 4.5:.2f},{n % 9 + 1}\n" for n in range(60)
)
OTHER_SHOP = "Receipt,Date,Product,Pieces,Amount,Customer ID\n" + "".join(
    f"{1000 + n},{day(3, n)},{ITEMS[n % 4]},{n % 2 + 1},{(n % 2 + 1) * 3.25:.2f},{n % 5 + 1}\n" for n in range(40)
)
HEADERS = "order_id,order_date,customer_id,ship_country,status\n" + "".join(
    f"{n},{day(1, n)},C{n % 9},DE,{'cancelled' if n % 10 == 0 else 'paid'}\n" for n in range(60)
)
DETAILS = "line_id,order_id,product,quantity,unit_price\n" + "".join(
    f"{2 * n + k},{n},{ITEMS[(n + k) % 4]},{k + 1},4.50\n" for n in range(60) for k in range(2)
)


def united(folder: Path, **files: str) -> tuple[str, Tables]:
    """What guess writes of files by their names, and the lines by it."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    toml = guess([folder], folder)
    assert "does not ingest yet" not in toml, toml
    tables = read(load(declared(folder, toml)), folder)
    assert balanced(tables)
    return toml, tables


def by_channel(tables: Tables) -> dict[str, float]:
    return dict(tables.lines.groupby("channel", observed=True)["amount"].sum().round(2))


@pytest.mark.long
def test_files_of_three_platforms_are_one_data_set_with_a_channel_each(tmp_path: Path) -> None:
    amazon, square = CASES["Amazon date range"], CASES["Square items"]
    toml, tables = united(tmp_path, a_shopify=SHOPIFY, amazon=amazon.file, square=square.file)
    assert toml.count("\n[[source]]\n") == 3
    assert by_channel(tables) == {"Shopify": 46.5, "Amazon": sum(amazon.amounts), "Square": sum(square.amounts)}
    assert tables.profile.title == "Shopify, Amazon and Square"
    assert "# Several sources make one data set: Shopify orders export (a_shopify.csv), " in toml


def test_two_shops_with_the_same_numbers_stay_apart(tmp_path: Path) -> None:
    toml, tables = united(tmp_path, shop_a=ORDERS, till=OTHER_SHOP)
    assert tables.lines["order_id"].nunique() == 100
    assert tables.lines["customer"].nunique() == 14
    assert by_channel(tables) == {"Shop A": 540.0, "Till": 195.0}
    assert "# Each has its channel, which stands before the numbers of its orders too" in toml


@pytest.mark.long
def test_two_shops_of_one_platform_do_not_replace_each_other_s_orders(tmp_path: Path) -> None:
    head, *rows = SHOPIFY.strip().split("\n")
    more = [row.replace("#2001", f"#20{n:02d}") for n in range(10, 14) for row in rows if row.startswith("#2001")]
    first = "\n".join([head, *rows, *more]) + "\n"
    second = first.replace("2026-03-", "2025-09-").replace("2026-04-", "2025-10-")
    _, tables = united(tmp_path, leeds=first, york=second, leeds_again=first)
    assert set(by_channel(tables)) == {"Shopify Leeds", "Shopify York"}
    assert by_channel(tables)["Shopify Leeds"] == by_channel(tables)["Shopify York"]
    assert tables.lines["order_id"].nunique() == 12


def test_reports_of_one_platform_in_two_languages_with_the_same_numbers(tmp_path: Path) -> None:
    amazon = CASES["Amazon date range"]
    german = amazon.file.replace("type", "Typ").replace("quantity", "Menge").replace("2026", "2025")
    _, tables = united(tmp_path, a=amazon.file, b=german)
    assert by_channel(tables) == {"Amazon": sum(amazon.amounts), "Amazon 2": sum(amazon.amounts)}


def test_orders_that_two_files_tell_count_once(tmp_path: Path) -> None:
    same = "Receipt,Date,Product,Pieces,Amount\n" + "".join(
        f"{1000 + n},{day(1, n)},{ITEMS[n % 4]},{n % 3 + 1},{(n % 3 + 1) * 4.5:.2f}\n" for n in range(30)
    )
    toml, tables = united(tmp_path, shop=ORDERS, till=same)
    assert tables.lines["amount"].sum() == 540
    assert "# Not used, since 30 of its orders are in shop.csv too and would count twice: till.csv" in toml


def test_payments_do_not_stand_beside_the_shop_that_they_are_of(tmp_path: Path) -> None:
    toml, tables = united(tmp_path, shop=SHOPIFY, stripe=CASES["Stripe"].file)
    assert tables.lines["amount"].sum() == pytest.approx(46.5)
    assert "each would count twice: stripe.csv" in toml


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("products", [True, False])
def test_refunds_in_a_second_file_are_of_its_orders(tmp_path: Path, products: bool, sign: str) -> None:
    head = "Order No,Refund Date,Item,Qty,Refund Amount\n" if products else "Order No,Refund Date,Refund Amount\n"
    rows = "".join(
        f"{1000 + n},{day(2, n)},{f'{ITEMS[n % 4]},1,' if products else ''}{sign}4.50\n" for n in range(0, 30, 6)
    )
    toml, tables = united(tmp_path, orders=ORDERS, refunds=head + rows)
    lines = tables.lines
    back = lines[~lines["sale"]]
    assert (lines["amount"].sum(), lines["order_id"].nunique()) == (540 - 5 * 4.5, 60)
    assert list(back["product"]) == [ITEMS[n % 4] for n in range(0, 30, 6)]
    assert set(back["quantity"]) == {-1}
    assert list(back["customer"]) == [str(n % 9 + 1) for n in range(0, 30, 6)]
    assert set(pd.DatetimeIndex(back["posted_at"]).month) == {2}
    assert "[[source]]" in toml if products else "[join.refunds]" in toml


def test_lines_without_a_day_have_that_of_their_order_in_another_file(tmp_path: Path) -> None:
    toml, tables = united(tmp_path, orders=HEADERS, order_items=DETAILS)
    assert tables.lines["amount"].sum() == 54 * 13.5
    assert tables.lines["customer"].nunique() == 9
    assert '"status" = ["cancelled"]' in toml


def test_orders_with_their_totals_are_read_where_the_lines_have_no_money(tmp_path: Path) -> None:
    orders = "order_id,order_date,total\n" + "".join(f"{n},{day(1, n)},9.00\n" for n in range(20))
    items = "order_id,product,quantity\n" + "".join(f"{n},Tea,2\n{n},Bun,1\n" for n in range(20))
    toml, tables = united(tmp_path, orders=orders, items=items)
    assert tables.lines["amount"].sum() == 180
    assert "# Not used, since they are of another kind: items.csv" in toml


def test_what_is_no_sale_is_named_and_not_read(tmp_path: Path) -> None:
    toml, tables = united(tmp_path, shop=SHOPIFY, notes="a,b\n1,2\n3,4\n", orders=ORDERS, nothing="", head="x,y\n")
    assert by_channel(tables) == {"Shopify": 46.5, "Orders": 540.0}
    assert "# Not used, since the file is empty: nothing.csv" in toml
    assert "# Not used, since the file has no rows: head.csv" in toml
    assert "# Not used, since they are of another kind: notes.csv" in toml
    with pytest.raises(DataError, match="no column has the date"):
        guess([tmp_path / "notes.csv"], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("key", ["Lineitem name", "Lineitem sku"])
def test_costs_and_categories_of_a_shop_s_own_are_joined_to_a_platform_s_orders(tmp_path: Path, key: str) -> None:
    rows = [
        {**row, "Lineitem sku": f"S{len(row['Lineitem name'])}"}
        for order in orders(3)
        for row in platforms.shopify(order)
    ]
    (tmp_path / "orders.csv").write_text(platforms.text(rows))
    products = sorted({row[key] for row in rows})
    costs = [{"Item": p, "Cost per item": f"{n}.25", "Category": f"Kind {n % 3}"} for n, p in enumerate(products, 1)]
    (tmp_path / "costs.csv").write_text(platforms.text(costs))
    toml = guess(sorted(tmp_path.iterdir()), tmp_path)
    assert "Not used" not in toml
    lines = read(load(declared(tmp_path, toml)), tmp_path).lines
    sold = lines[lines["sale"] & (lines["quantity"] > 0)]
    alone = guess([tmp_path / "orders.csv"], tmp_path)
    assert len(read(load(declared(tmp_path, alone)), tmp_path).lines) == len(lines), "nothing else changes"
    cost_of = {p: n + 0.25 for n, p in enumerate(products, 1)}
    if key == "Lineitem name":
        assert sold["cost"].to_numpy() == pytest.approx(
            (sold["product"].map(cost_of).astype(float) * sold["quantity"]).to_numpy()
        )
    assert (sold["cost"] / sold["quantity"]).isin(list(cost_of.values())).all()
    assert set(lines["category"]) <= {"Kind 0", "Kind 1", "Kind 2"}


def test_refunds_of_a_shop_s_own_count_on_their_days_beside_a_platform_s_orders(tmp_path: Path) -> None:
    rows = [{**row, "Refunded Amount": ""} for order in orders(3) if order.paid for row in platforms.shopify(order)]
    (tmp_path / "orders.csv").write_text(platforms.text(rows))
    paid = [row["Name"] for row in rows if row.get("Total")][:4]
    back = [{"Order": name, "Refund date": "2026-06-01", "Refund amount": "0.50"} for name in paid]
    (tmp_path / "refunds.csv").write_text(platforms.text(back))
    toml = guess(sorted(tmp_path.iterdir()), tmp_path)
    assert "# Not sure: “Refund amount” of refunds.csv may contain tax or shipping." in toml
    lines = read(load(declared(tmp_path, toml)), tmp_path).lines
    refunded = lines[~lines["sale"]]
    assert set(refunded["posted_at"].astype(str).str[:10]) == {"2026-06-01"}
    assert refunded["amount"].sum() == pytest.approx(-2.0)
