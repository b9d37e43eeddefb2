"""Files whose rows are not order lines yet: each primitive of the TOML, on the smallest file that needs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import CatalogError, DataError, SourceError
from analytics.loading.dataset import Tables
from analytics.loading.lines.mapping.order_money import once, shared
from analytics.loading.reading import sources as reading
from analytics.loading.shaping import gathering
from tests.analytics.shop import FIELDS, HEAD, reasons, shop, toml

SHOPIFY = """
Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Shipping City,Cancelled at,Refunded Amount,Lineitem discount
#2001,ann@example.org,partially_refunded,USD,45.00,5.00,3.60,53.60,5.00,2026-03-01 09:00:00 -0500,2,Oak Mug,15.00,Boise,2026-03-09 09:00:00 -0500,14.58,0.00
#2001,ann@example.org,,,,,,,,2026-03-01 09:00:00 -0500,1,Linen Towel,20.00,,,,0.00
#2002,bob@example.org,paid,USD,15.00,0.00,0.00,15.00,0.00,2026-03-02 23:30:00 -0500,1,Oak Mug,15.00,,,0.00,0.00
""".lstrip()  # noqa: E501
SHOPIFY_TOML = """
title = "Shopify"
time_zone = "America/New_York"
[source]
files = "shop.csv"
fill_down = ["Financial Status", "Shipping City"]
[fields]
order_id = "Name"
ordered_at = "Created at"
product = "Lineitem name"
quantity = "Lineitem quantity"
list_price = "Lineitem price"
amount = { order = "Subtotal", by = "quantity * list_price - [Lineitem discount]" }
discount = { compute = "quantity * list_price - amount" }
customer = "Email"
status = "Financial Status"
city = "Shipping City"
[refunds]
order_amount = { compute = "[Refunded Amount] * [Subtotal] / ([Subtotal] + [Taxes])" }
at = "Cancelled at"
"""


def balanced(tables: Tables) -> bool:
    q = tables.quality
    return q.rows_read + q.rows_of("added") == q.rows_kept + q.rows_left_out + q.rows_of(
        "combined"
    ) and q.rows_kept == len(tables.lines)


def with_source(keys: str, more: str = "", fields: str = FIELDS) -> str:
    return toml(more, source=f'files = "shop.csv"\n{keys}', fields=fields)


@pytest.fixture(params=["one block", "many blocks"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same rows at once, and one at a time."""
    if request.param == "many blocks":
        monkeypatch.setattr(reading, "BLOCK_ROWS", 1)
        monkeypatch.setattr(gathering, "BLOCK_ROWS", 1)
        monkeypatch.setattr("analytics.loading.reading.delimited.BLOCK_BYTES", 260)
    return str(request.param)


# --- rows that are no lines ------------------------------------------------------------------------------------------


def test_rows_are_kept_and_dropped_by_value_and_counted(tmp_path: Path) -> None:
    rows = HEAD.replace("who", "who,kind,void") + "".join(
        f"{n},2024-01-01,Tea,1,3,A,{kind},{void}\n"
        for n, kind, void in [
            (1, "Order", ""), (2, "order ", "FALSE"), (3, "Transfer", ""), (4, "Refund", "true"), (5, "", "x")
        ]
    )  # fmt: skip
    tables = shop(tmp_path, rows, toml('[rows]\nkeep = { kind = ["Order", "Refund", ""] }\ndrop = { void = ["true"] }'))
    assert list(tables.lines["order_id"]) == ["1", "2", "5"]
    assert reasons(tables) == {"kept_by_kind": 1, "dropped_by_void_true": 1}
    labels = [f.label for f in tables.quality.findings if f.effect == "left out"]
    assert labels == ["rows whose kind is not Order or Refund or empty", "rows whose void is true"]
    assert balanced(tables)
    assert list(shop(tmp_path, rows, toml('[rows.drop]\nvoid = "*"')).lines["order_id"]) == ["1", "3"]


def test_a_filter_of_a_column_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"shop\.toml: source\.rows\.drop: there is no column 'Void\?'"):
        shop(tmp_path, HEAD + "1,2024-01-01,Tea,1,3,A\n", toml('[rows]\ndrop = { "Void?" = ["true"] }'))


def test_the_header_is_found_by_its_content_and_the_footer_ends_the_data(tmp_path: Path, blocks: str) -> None:
    rows = (
        '"Sales of the shop"\n\nFrom,1 Jan\nOrder ,Day,Item,Pieces,Total,WHO\n1,2024-01-01,Tea,1,3,A\n'
        "2,2024-01-02,Tea,1,4,A\n2 record(s) downloaded,,,,,\nSeller: x,2024-01-02,Tea,1,9,A\n"
    )
    fields = FIELDS
    for name in ("order", "day", "item", "pieces", "total"):
        fields = fields.replace(f'"{name}"', f'"{name.title()}"')
    text = with_source('header = ["order", "who"]\nfooter = \'^\\d+ record\'', fields=fields.replace("who", "WHO"))
    tables = shop(tmp_path, rows, text)
    assert tables.lines["amount"].sum() == 7
    assert reasons(tables) == {"footer": 2}
    assert next(f for f in tables.quality.findings if f.reason == "footer").examples[0].startswith("shop.csv:7")
    assert balanced(tables)
    with pytest.raises(SourceError, match="none of the first 1,000 rows has 'nowhere'"):
        shop(tmp_path, rows, with_source('header = "nowhere"'))


def test_a_line_that_only_names_the_separator_is_no_header(tmp_path: Path) -> None:
    rows = "sep=;\n" + HEAD.replace(",", ";") + "1;2024-01-01;Tea;1;3;A\n"
    assert len(shop(tmp_path, rows, with_source('separator = ";"')).lines) == 1


def test_the_header_of_a_sheet_is_found_and_several_sheets_are_read(tmp_path: Path) -> None:
    lines = [["1", "2024-01-01", "Tea", 1, 3, "A"], ["2", "2024-01-02", "Tea", 1, 4, "A"]]
    header = HEAD.strip().split(",")
    with pd.ExcelWriter(tmp_path / "shop.xlsx") as book:
        pd.DataFrame([["Cover"]]).to_excel(book, sheet_name="About", header=False, index=False)
        for name, line in zip(("Jan 24", "Feb 24"), lines, strict=True):
            sheet = pd.DataFrame([["Sales", *[""] * 5], [""] * 6, header, line])
            sheet.to_excel(book, sheet_name=name, header=False, index=False)
    source = 'files = "shop.xlsx"\nsheet = "* 24"\nheader = "pieces"'
    fields = FIELDS + "channel = { from_file = true, regex = '\\[(?P<month>.+) 24\\]' }\n"
    tables = shop(tmp_path, "", toml(source=source, fields=fields), "empty.csv")
    assert list(tables.lines["amount"]) == [3, 4]
    assert list(tables.lines["channel"]) == ["Jan", "Feb"]
    with pytest.raises(SourceError, match="has no sheet 'March'"):
        shop(tmp_path, "", toml(source=source.replace("* 24", "March")), "empty.csv")


@pytest.mark.parametrize("rows", ["1,2024-01-01,Tea,1,3\n2,2024-01-02,Tea,1,4,B\n3,2024-01-02,Tea,1,5,,,\n"])
def test_rows_without_their_last_values_are_kept(tmp_path: Path, rows: str, blocks: str) -> None:
    tables = shop(tmp_path, HEAD + rows)
    assert list(tables.lines["order_id"]) == ["1", "2", "3"]
    assert list(tables.lines["customer"]) == ["", "B", ""]
    assert reasons(tables, "changed") == {"mended_row": 2}
    assert tables.quality.findings[0].examples == ["shop.csv:2", "shop.csv:4"]
    assert balanced(tables)


def test_many_short_rows_keep_their_place(tmp_path: Path, blocks: str) -> None:
    rows = "".join(f"{n},2024-01-01,Tea,1,{n}{',A' if n % 7 == 0 else ''}\n" for n in range(1, 200))
    lines = shop(tmp_path, HEAD + rows).lines
    assert list(lines["order_id"]) == [str(n) for n in range(1, 200)]
    assert list(lines["amount"]) == list(range(1, 200))


def test_quotes_may_be_escaped_by_a_backslash(tmp_path: Path) -> None:
    rows = HEAD + '1,2024-01-01,"Mug \\"Blue\\", large",1,3,A\n2,2024-01-01,"Mug \\"Red\\"",1,4\n'
    assert list(shop(tmp_path, rows, with_source('escape = "\\\\"')).lines["product"]) == [
        'Mug "Blue", large',
        'Mug "Red"',
    ]


# --- cells that are empty or hold several things ---------------------------------------------------------------------


def test_cells_are_filled_from_above_within_one_order(tmp_path: Path, blocks: str) -> None:
    rows = HEAD.replace("who", "who,city") + (
        "1,2024-01-01,Tea,1,3,A,Kiel\n1,,Bun,1,4,,\n,,Jam,1,5,,\n2,2024-01-02,Tea,1,6,,\n,,Bun,1,7,B,Bonn\n,,Jam,1,1,,\n"
    )
    fields = FIELDS + 'city = "city"\n'
    tables = shop(tmp_path, rows, with_source('fill_down = ["order", "day", "who", "city"]', fields=fields))
    lines = tables.lines
    assert list(lines["order_id"]) == ["1", "1", "1", "2", "2", "2"]
    assert list(lines["city"]) == ["Kiel", "Kiel", "Kiel", "", "Bonn", "Bonn"]
    assert list(lines["customer"]) == ["A", "A", "A", "", "B", "B"]
    assert reasons(tables, "changed")["filled_down"] == 4
    assert balanced(tables)


def test_cells_are_not_filled_from_another_file(tmp_path: Path) -> None:
    (tmp_path / "shop2.csv").write_text(HEAD + ",2024-01-01,Bun,1,4,\n")
    with pytest.raises(DataError, match="1 of 2 rows have no value for Order"):
        shop(
            tmp_path,
            HEAD + "1,2024-01-01,Tea,1,3,A\n",
            toml(source='files = "shop*.csv"\nfill_down = ["order", "who"]'),
        )


def test_a_row_with_only_a_name_heads_a_group(tmp_path: Path, blocks: str) -> None:
    rows = (
        '"Example Co, LLC",,,,\nSales by Product,,,,\n\n,Date,Num,Quantity,Amount\nHosting,,,,\n'
        ",04/01/2026,5001,1.00,500.00\n,05/21/2026,77,-1.00,-100.00\nTotal for Hosting,,,,$400.00\n"
        "Mail,,,,\n,04/02/2026,5002,2.00,20.00\nTotal for Mail,,,,20.00\nTOTAL,,,,$420.00\n"
    )
    fields = """
[fields]
order_id = "Num"
ordered_at = "Date"
product = "column 1"
quantity = "Quantity"
amount = "Amount"
"""
    tables = shop(tmp_path, rows, with_source('header = ["Num", "Amount"]\ngroups = "column 1"', fields=fields))
    assert list(tables.lines["product"]) == ["Hosting", "Hosting", "Mail"]
    assert tables.lines["amount"].sum() == 420
    assert reasons(tables) == {"group_head": 2, "group_total": 3}
    assert balanced(tables)


def test_packed_cells_become_rows(tmp_path: Path, blocks: str) -> None:
    rows = (
        'No,Date,Products,Net\n7,2026-01-01,"2× Green tea, 100 g, 1× Cup",40.00\n8,2026-01-02,1× Cup,15.00\n'
        "9,2026-01-03,,4.00\n"
    )
    text = """
title = "Packed"
[source]
files = "shop.csv"
[explode]
column = "Products"
begins = '\\d+× '
regex = '^(?P<pieces>\\d+)× (?P<item>.+)$'
[fields]
order_id = "No"
ordered_at = "Date"
product = { column = "item", default = "(order)" }
quantity = { column = "pieces", default = 1 }
amount = { order = "Net", by = "quantity" }
"""
    tables = shop(tmp_path, rows, text)
    lines = tables.lines.sort_values("amount")
    assert list(lines["product"]) == ["(order)", "Cup", "Cup", "Green tea, 100 g"]
    assert list(lines["amount"]) == [4.00, 13.33, 15.00, 26.67]
    assert reasons(tables, "added") == {"exploded": 1}
    assert balanced(tables)
    with pytest.raises(DataError, match=r"source\.explode: 1 of 5 parts do not match the pattern"):
        shop(tmp_path, rows + "10,2026-01-03,Cup,4.00\n", text)


def test_numbered_columns_of_items_become_rows(tmp_path: Path) -> None:
    rows = (
        "order_id,order_date,line_item_1,line_item_2\n"
        "1,2026-01-01,name:Cup|quantity:1|total:15.00,name:Cup|quantity:1|total:15.00\n"
        "2,2026-01-02,name:Tea|quantity:2|total:9.00,\n"
    )
    text = """
title = "Items"
[source]
files = "shop.csv"
[explode]
columns = ["line_item_*"]
regex = '^name:(?P<item>[^|]*)\\|quantity:(?P<pieces>[^|]*)\\|total:(?P<total>[^|]*)'
[fields]
order_id = "order_id"
ordered_at = "order_date"
product = "item"
quantity = "pieces"
amount = "total"
[cleaning]
exact_duplicates = "drop"
"""
    tables = shop(tmp_path, rows, text)
    assert sorted(tables.lines["amount"]) == [9, 15, 15]  # two equal items of one order are no copies
    assert balanced(tables)


SETTLEMENT = """
settlement-id,total-amount,transaction-type,order-id,amount-type,amount-description,amount,posted,code,sku,pieces
555,13.99,,,,,,,,,
555,,Order,701-1,ItemPrice,Principal,39.98,2026-04-12,88,BOT-1,2
555,,Order,701-1,ItemPrice,Tax,3.20,2026-04-12,88,BOT-1,2
555,,Order,701-1,Promotion,Principal,-4.00,2026-04-12,88,BOT-1,2
555,,Order,701-1,ItemFees,Commission,-6.00,2026-04-12,88,BOT-1,2
555,,Refund,701-1,ItemPrice,Principal,-19.99,2026-04-20,88,BOT-1,1
""".lstrip()
SETTLEMENT_TOML = """
title = "Settlement"
[source]
files = "shop.csv"
[rows]
keep = { transaction-type = ["Order", "Refund"] }
[pivot]
by = ["order-id", "transaction-type", "code", "posted"]
name = ["amount-type", "amount-description"]
value = "amount"
[fields]
order_id = "order-id"
ordered_at = "posted"
product = "sku"
quantity = "pieces"
amount = { compute = "[ItemPrice/Principal] + [Promotion/Principal]" }
[cleaning]
exact_duplicates = "drop"
non_positive = "return"
"""


def test_rows_of_one_amount_become_one_row_of_many(tmp_path: Path, blocks: str) -> None:
    tables = shop(tmp_path, SETTLEMENT, SETTLEMENT_TOML)
    lines = tables.lines.sort_values("amount", ascending=False)
    assert list(lines["amount"]) == [35.98, -19.99]
    assert list(lines["quantity"]) == [2, -1]
    assert [str(t)[:10] for t in lines["posted_at"]] == ["2026-04-12", "2026-04-20"]
    assert reasons(tables, "combined") == {"pivoted": 3}
    assert reasons(tables, "noticed")["pivot_unused"] == 2
    assert balanced(tables)


# --- money of orders -------------------------------------------------------------------------------------------------


def test_money_of_an_order_is_shared_to_the_cent(tmp_path: Path, blocks: str) -> None:
    tables = shop(tmp_path, SHOPIFY, SHOPIFY_TOML)
    lines = tables.lines
    sold = lines[lines["sale"]].sort_values("amount")
    assert list(sold["amount"]) == [15.00, 18.00, 27.00]
    assert list(sold["discount"]) == [0.00, 2.00, 3.00]
    back = lines[~lines["sale"]].sort_values("amount")
    assert list(back["amount"].round(2)) == [-8.10, -5.40]
    assert list(back["quantity"]) == [0, 0]
    assert {str(t)[:10] for t in back["posted_at"]} == {"2026-03-09"}
    assert lines["amount"].sum() == pytest.approx(60 - 13.50)
    assert list(lines[lines["order_id"] == "#2001"]["city"]) == ["Boise"] * 4
    assert balanced(tables)


@pytest.mark.parametrize("value", ["10.00,10.00,10.00", "10.00,,", "10.00,0.00,0.00", ",,10.00"])
def test_a_value_of_the_order_counts_once_however_it_is_written(tmp_path: Path, value: str) -> None:
    first, second, third = value.split(",")
    rows = HEAD + f"1,2024-01-01,Tea,1,{first},A\n1,2024-01-01,Bun,1,{second},A\n1,2024-01-01,Jam,1,{third},A\n"
    text = toml(fields=FIELDS.replace('"total"', '{ order = "total", by = "quantity" }'))
    assert list(shop(tmp_path, rows, text).lines["amount"]) == [3.34, 3.33, 3.33]


def test_two_values_within_one_order_are_an_error_or_counted(tmp_path: Path) -> None:
    rows = HEAD + "1,2024-01-01,Tea,1,10,A\n1,2024-01-01,Bun,1,12,A\n"
    fields = FIELDS.replace('"total"', '{ order = "total", by = "quantity" }')
    with pytest.raises(
        DataError, match=r"fields\.amount: column “total” has several values within one order, on 1 row"
    ):
        shop(tmp_path, rows, toml(fields=fields))
    tables = shop(tmp_path, rows, toml('[cleaning]\ninvalid_rows = "drop"', fields=fields))
    assert list(tables.lines["amount"]) == [5, 5]
    assert reasons(tables, "noticed")["order_differs_amount"] == 1


def test_orders_that_stand_apart_are_brought_together(tmp_path: Path, blocks: str) -> None:
    rows = [f"{n % 50},2024-01-01,Tea {n},1,{n % 50 + 1}.00,A\n" for n in range(150)]
    fields = FIELDS.replace('"total"', '{ order = "total", by = "quantity" }')
    lines = shop(tmp_path, HEAD + "".join(rows), toml(fields=fields)).lines
    assert len(lines) == 150
    assert lines.groupby("order_id")["amount"].sum().round(2).to_dict() == {str(n): n + 1.0 for n in range(50)}


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 900)), min_size=1, max_size=30),
    st.lists(st.integers(-10_000, 10_000), min_size=4, max_size=4),
)
def test_shares_add_up_and_are_less_than_a_cent_from_exact(rows: list[tuple[int, int]], cents: list[int]) -> None:
    order, weight = (np.array(column) for column in zip(*rows, strict=True))
    values = np.array(cents)[order] / 100
    found = shared(values, weight.astype(float), order)
    for one in np.unique(order):
        mine = order == one
        assert round(float(found[mine].sum()), 6) == cents[one] / 100
        positive = np.maximum(weight[mine], 0)
        exact = (
            cents[one] / 100 * (positive / positive.sum() if positive.sum() else np.full(mine.sum(), 1 / mine.sum()))
        )
        assert (np.abs(found[mine] - exact) < 0.01 + 1e-9).all()
        assert (np.round(found[mine] * 100, 6) == np.round(found[mine] * 100)).all()


def test_once_takes_the_first_value_that_is_not_zero() -> None:
    spread, differs = once(np.array([np.nan, 5, 5, 0, 3, np.nan, 0]), np.array([0, 0, 0, 0, 0, 1, 2]))
    assert spread[:5].tolist() == [5] * 5
    assert np.isnan(spread[5])
    assert spread[6] == 0
    assert differs.tolist() == [False, False, False, False, True, False, False]


def test_refunds_of_lines_stand_in_columns(tmp_path: Path) -> None:
    rows = HEAD.replace("who", "who,back,back_pieces,cost") + (
        "1,2024-01-01,Tea,2,10,A,10,2,6\n2,2024-01-02,Bun,4,10,A,2.5,1,8\n3,2024-01-03,Jam,1,5,A,0,0,1\n"
        "4,2024-01-03,Jam,1,5,A,7,1,1\n"
    )
    fields = FIELDS + 'cost = "cost"\n'
    tables = shop(tmp_path, rows, toml('[refunds]\nline_amount = "back"\nline_quantity = "back_pieces"', fields=fields))
    back = tables.lines[~tables.lines["sale"]].sort_values("order_id")
    assert list(back["amount"]) == [-10, -2.5, -5]
    assert list(back["quantity"]) == [-2, -1, -1]
    assert list(back["cost"]) == [-6, -2, -1]
    assert reasons(tables, "added") == {"refund_made": 3}
    assert reasons(tables, "noticed").items() >= {"refund": 3, "refund_over": 1, "refund_undated": 3}.items()
    assert balanced(tables)
    by_pieces = shop(tmp_path, rows, toml('[refunds]\nline_quantity = "back_pieces"')).lines
    assert sorted(by_pieces[~by_pieces["sale"]]["amount"]) == [-10, -5, -2.5]


# --- several files and sources ---------------------------------------------------------------------------------------


def test_a_later_file_replaces_the_orders_that_it_holds(tmp_path: Path) -> None:
    (tmp_path / "orders_10.csv").write_text(HEAD + "2,2024-01-02,Tea,1,5,A\n3,2024-01-03,Tea,1,6,A\n")
    (tmp_path / "orders_9.csv").write_text(
        HEAD + "1,2024-01-01,Tea,1,3,A\n2,2024-01-02,Tea,1,4,A\n2,2024-01-02,Bun,1,4,A\n"
    )
    tables = shop(tmp_path, "", toml(source='files = "orders_*.csv"\nreplace_by = "order_id"'), "none.csv")
    assert sorted(zip(tables.lines["order_id"], tables.lines["amount"], strict=True)) == [("1", 3), ("2", 5), ("3", 6)]
    assert reasons(tables) == {"replaced": 2}
    assert balanced(tables)


def test_unlike_sources_make_one_data_set(tmp_path: Path) -> None:
    (tmp_path / "amazon_de.txt").write_text("id\twhen\tasin\tqty\tprice\n1\t05.03.2026\tB1\t2\t10,50\n")
    (tmp_path / "refunds.csv").write_text("order,at,back,note\n1,2026-04-01,3.00,x\n1,2026-04-02,1.00,x\n")
    text = (
        """
title = "Both"
[[source]]
files = "shop.csv"
[[source]]
files = "amazon_*.txt"
separator = "tab"
decimal = ","
[source.fields]
order_id = { column = "id", regex = '(?P<n>.*)', default = "none", prefix = "Amazon " }
ordered_at = { column = "when", format = "%d.%m.%Y" }
product = "asin"
quantity = "qty"
amount = "price"
channel = { from_file = true, regex = '^(?P<name>[a-z]+)_', case = "title" }
customer = { constant = "" }
[[source]]
files = "refunds.csv"
[source.rows]
drop = { note = ["test"] }
[source.fields]
ordered_at = "at"
product = { constant = "Refund" }
quantity = { constant = 0 }
amount = { compute = "-back" }
customer = { constant = "" }
"""
        + FIELDS
    )
    tables = shop(tmp_path, HEAD + "1,2026-03-01,Tea,1,30,A\n", text)
    lines = tables.lines
    assert list(lines["amount"]) == [30, 10.5, -3, -1]
    assert list(lines["channel"]) == ["", "Amazon", "", ""]
    assert [str(t)[:10] for t in lines["posted_at"]] == ["2026-03-01", "2026-03-05", "2026-04-01", "2026-04-02"]
    assert tables.quality.files == ["shop.csv", "amazon_de.txt", "refunds.csv"]
    assert next(f for f in tables.quality.findings if f.reason == "refund").examples[0].startswith("refunds.csv:2: ")
    assert balanced(tables)


def test_a_refund_of_a_second_file_is_of_the_order_s_customer_and_channel(tmp_path: Path) -> None:
    (tmp_path / "refunds.csv").write_text("order,at,back\n1,2026-04-01,3.00\n9,2026-04-02,1.00\n")
    text = """
title = "Shop"
[[source]]
files = "shop.csv"
[source.fields]
channel = { constant = "Shop" }
customer = { column = "who", prefix = "shop-" }
[[source]]
files = "refunds.csv"
[source.fields]
order_id = "order"
ordered_at = "at"
product = { constant = "Refund" }
quantity = { constant = 0 }
amount = { compute = "-back" }
""" + FIELDS.replace('customer = "who"', "")
    tables = shop(tmp_path, HEAD + "1,2026-03-01,Tea,1,30,A\n2,2026-03-02,Tea,1,30,\n", text)
    assert list(tables.lines["customer"]) == ["shop-A", "", "shop-A", ""]
    assert list(tables.lines["channel"]) == ["Shop", "Shop", "Shop", ""]
    assert {f.reason: f.rows for f in tables.quality.findings if f.effect == "changed"}["completed_by_order"] == 1


def test_a_currency_beside_amounts_counts_where_another_source_has_a_column_of_currencies(tmp_path: Path) -> None:
    (tmp_path / "web.csv").write_text("no,day,item,total,money\nA1,2026-03-01,Tea,10,GBP\n")
    (tmp_path / "till.csv").write_text("no,day,item,total\nB1,2026-03-02,Tea,10 €\n")
    text = """
title = "Both"
currency = "GBP"
[[source]]
files = "web.csv"
[source.fields]
currency = "money"
[[source]]
files = "till.csv"
[fields]
order_id = "no"
ordered_at = "day"
product = "item"
quantity = { constant = 1 }
amount = "total"
[rates]
EUR = 0.5
"""
    lines = shop(tmp_path, "", text, "none.csv").lines
    assert list(lines["amount"]) == [10, 5]
    assert list(lines["currency"]) == ["GBP", "EUR"]


# --- what a TOML may not say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (with_source('header = "a"\nskip_rows = 2'), r"source\.header: cannot stand with skip_rows"),
        (with_source("footer = '('"), r"source\.footer: cannot be used"),
        (toml('[explode]\ncolumn = "a"'), r"explode\.regex: is missing"),
        (toml("[explode]\ncolumn = \"a\"\nregex = 'x'"), r"explode\.regex: has no named group"),
        (toml('[pivot]\nby = "a"'), r"pivot\.name: is missing"),
        (toml('[refunds]\nat = "x"'), r"refunds\.at: nothing says what was refunded"),
        (
            toml(fields=FIELDS.replace('"total"', '{ order = "total" }')),
            r"fields\.amount\.by: is missing: the amount cannot be shared by itself",
        ),
        (
            toml(fields=FIELDS.replace('"order"', "{ row = true }") + 'discount = { order = "x" }\n'),
            "discount is the order's, but order_id names no column",
        ),
        (toml(fields=FIELDS + 'channel = { order = "x" }\n'), r"channel\.order: channel is not a number"),
        (with_source('replace_by = "line_id"'), r"source\.replace_by: expected one of 'order_id'"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        shop(tmp_path, HEAD, text)


def test_gathering_keeps_rows_and_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analytics.loading.reading.columns import coded
    from analytics.loading.reading.rows import Rows
    from analytics.loading.spec import Source

    def block(start: int) -> Rows:
        keys = coded(pa.array([str(n % 5) for n in range(start, start + 10)], pa.string()))
        table = pa.table({"key": keys, "value": pa.array(range(start, start + 10))})
        return Rows(table, ("a",), np.zeros(10, "int32"), np.arange(start, start + 10), Source("csv", ()))

    monkeypatch.setattr(gathering, "BLOCK_ROWS", 1)
    found = list(gathering.gathered(iter([block(0), block(10), block(20)]), lambda r: r.column("key", ""), tmp_path))
    owners = [set(rows.table.column("key").to_pylist()) for rows in found]
    assert sum(map(len, owners)) == len(set().union(*owners)) == 5
    assert sorted(v for rows in found for v in rows.table.column("value").to_pylist()) == list(range(30))
    assert all((rows.number == rows.table.column("value").to_numpy()).all() for rows in found)
    assert not list(tmp_path.iterdir())


def test_equations_of_the_file_are_counted(tmp_path: Path, blocks: str) -> None:
    checks = """
[checks]
subtotal = { lines = "amount", order = "[Subtotal]" }
before = { lines = "quantity * list_price", order = "[Subtotal] + [Discount Amount]" }
line = { lines = "amount + discount", line = "quantity * [Lineitem price]" }
wrong = { lines = "list_price", line = "quantity * list_price" }
"""
    tables = shop(tmp_path, SHOPIFY, SHOPIFY_TOML + checks)
    found = {f.reason: (f.rows, f.label) for f in tables.quality.findings if f.reason.startswith("check_")}
    assert found == {
        "check_subtotal_holds": (2, "orders: amount = [Subtotal]"),
        "check_before_holds": (
            2,
            "orders: quantity * list_price = [Subtotal] + [Discount Amount]",
        ),
        "check_line_holds": (3, "lines: amount + discount = quantity * [Lineitem price]"),
        "check_wrong_holds": (2, "lines: list_price = quantity * list_price"),
        "check_wrong": (1, "lines: list_price ≠ quantity * list_price"),
    }
    examples = next(f.examples for f in tables.quality.findings if f.reason == "check_wrong")
    assert examples[0].startswith("shop.csv:2: ")
    with pytest.raises(CatalogError, match=r"checks\.a: does not say what is compared"):
        shop(tmp_path, HEAD, toml('[checks]\na = { lines = "amount" }'))


def test_columns_of_files_in_several_languages_are_one(tmp_path: Path) -> None:
    (tmp_path / "shop_fr.csv").write_text("Rapport\nCommande,Jour,Article,Pièces,total,Qui\n2,2024-01-02,Thé,2,4,B\n")
    source = """files = "shop*.csv"
header = ["order", "who"]
[source.aliases]
order = ["commande", "Bestellung"]
day = "Jour"
item = ["Article", "Artikel"]
pieces = "PIÈCES"
who = "qui"
"""
    tables = shop(tmp_path, "Report\n" + HEAD + "1,2024-01-01,Tea,1,3,A\n", toml(source=source))
    assert list(tables.lines["amount"]) == [3, 4]
    assert list(tables.lines["product"]) == ["Tea", "Thé"]
    assert list(tables.lines["quantity"]) == [1, 2]
    with pytest.raises(CatalogError, match=r"aliases\.day: 'order no' is an alias of another column too"):
        shop(tmp_path, HEAD, toml(source='files = "a"\naliases = { order = "Order No", day = "order no" }'))
