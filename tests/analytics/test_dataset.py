"""Reading data sets: published figures of real ones, and the quirks of small made-up files."""

from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.calendar import TimeRange
from analytics.errors import DataError, SourceError, StoresightError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.lines.findings import outliers
from analytics.loading.lines.order_dates import usual_days
from analytics.loading.lines.values import as_numbers
from analytics.loading.written import dates
from analytics.schema import REQUIRED
from analytics.selection import Selection, opening_range
from tests.analytics.engines import EMBEDDED
from tests.analytics.shop import FIELDS, HEAD, declared, reasons, shop, toml
from tests.samples import examples

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[2] / "data"
D = np.datetime64


def balanced(tables: Tables) -> bool:
    q = tables.quality
    return q.rows_read == q.rows_kept + q.rows_left_out and q.rows_kept == len(tables.lines)


# --- real data -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bytronix(sources: Path) -> Tables:
    return read(load(DATA / "bytronix.toml"), sources)


def bytronix_slowly(sources: Path) -> pd.DataFrame:
    """The obvious way: everything as text, cleaned step by step."""
    months = [
        pd.read_csv(p, dtype=str, keep_default_na=False) for p in sorted((sources / "bytronix").glob("Sales_*.csv"))
    ]
    rows = pd.concat(months, ignore_index=True)
    rows = rows[(rows != "").any(axis=1)]
    rows = rows[rows["Order ID"] != "Order ID"].drop_duplicates()
    rows["amount"] = rows["Quantity Ordered"].astype(float) * rows["Price Each"].astype(float)
    rows["at"] = pd.to_datetime(rows["Order Date"], format="%m/%d/%y %H:%M")
    parts = rows["Purchase Address"].str.split(", ")
    rows["city"], rows["state"] = parts.str[1], parts.str[2].str[:2]
    return rows.reset_index(drop=True)


def test_bytronix_is_what_the_report_says(bytronix: Tables, sources: Path) -> None:
    slow, lines = bytronix_slowly(sources), bytronix.lines
    assert slow["amount"].sum() == pytest.approx(34_465_537.94, abs=0.005)
    assert lines["amount"].sum() == pytest.approx(34_465_537.94, abs=0.005)
    assert (len(lines), lines["order_id"].nunique(), lines["quantity"].sum()) == (185_686, 178_437, 208_812)
    assert lines["customer"].nunique() == 140_787
    assert lines[["city", "region"]].drop_duplicates().shape[0] == 10
    assert (lines["ordered_at"].to_numpy() == slow["at"].to_numpy()).all()
    assert (lines["city"].astype(str).to_numpy() == slow["city"].to_numpy()).all()
    assert (lines["region"].astype(str).to_numpy() == slow["state"].to_numpy()).all()
    monthly = lines.groupby(lines["ordered_at"].dt.strftime("%Y-%m"))["amount"].sum()
    assert monthly["2019-01"] == pytest.approx(1_812_742.87, abs=0.005)
    assert monthly["2020-01"] == pytest.approx(8_670.29, abs=0.005)


def test_bytronix_loses_nothing_silently(bytronix: Tables) -> None:
    assert reasons(bytronix) == {"blank_row": 545, "repeated_header": 355, "exact_duplicate": 264}
    assert bytronix.quality.rows_read == 186_850
    assert balanced(bytronix)
    assert len(bytronix.quality.files) == 12
    blank = bytronix.quality.findings[0]
    assert blank.examples[0].startswith("bytronix/Sales_April_2019.csv:3: ")
    assert len(blank.examples) == 5
    assert reasons(bytronix, "noticed") == {"after_data_until": 34}


def test_columns_are_as_promised(bytronix: Tables) -> None:
    lines = bytronix.lines
    assert set(REQUIRED) <= set(lines.columns)
    assert lines["ordered_at"].dtype == "datetime64[us]"
    assert lines["amount"].dtype == lines["quantity"].dtype == "float64"
    assert lines["sale"].dtype == bool
    assert not lines.isna().any().any()


def test_atliq_converts_joins_and_lists_all_customers(sources: Path) -> None:
    tables = read(load(DATA / "atliq.toml"), sources)
    lines = tables.lines
    raw = pd.read_csv(sources / "atliq" / "transactions.csv")
    assert raw["norm_sales_amount"].sum() == 1_807_805
    assert (lines["amount"].to_numpy() == raw["norm_sales_amount"].to_numpy()).all()
    assert (lines["order_id"].nunique(), lines["customer"].nunique()) == (262, 17)
    assert len(tables.extras["customers"]) == 38
    assert set(lines["region"]) <= {"North", "South", "Central"}
    assert balanced(tables)


def test_classic_models_keeps_na_as_a_value(sources: Path) -> None:
    tables = read(load(DATA / "classic_models.toml"), sources)
    lines = tables.lines
    assert lines["amount"].sum() == pytest.approx(10_032_628.85, abs=0.005)
    assert (len(lines), lines["order_id"].nunique(), lines["customer"].nunique()) == (2_823, 307, 92)
    assert lines["quantity"].sum() == 99_067
    assert "NA" in set(lines["region"])
    assert (lines["ordered_at"].min(), lines["ordered_at"].max()) == (
        pd.Timestamp("2003-01-06"),
        pd.Timestamp("2005-05-31"),
    )
    assert lines.groupby("deal_size", observed=True)["amount"].sum().round(2).to_dict() == {
        "Medium": 6_087_432.24,
        "Small": 2_643_077.35,
        "Large": 1_302_119.26,
    }
    assert tables.profile.rfm_rule == "report"


def test_cdnow_keeps_repeated_purchases(sources: Path) -> None:
    tables = read(load(DATA / "cdnow.toml"), sources)
    assert tables.lines["amount"].sum() == pytest.approx(2_500_315.63, abs=0.005)
    assert (tables.lines["order_id"].nunique(), tables.lines["customer"].nunique()) == (69_659, 23_570)
    assert reasons(tables, "noticed")["exact_duplicate"] == 255
    assert balanced(tables)


# --- rows ------------------------------------------------------------------------------------------------------------


def test_every_row_left_out_is_counted_with_its_place(tmp_path: Path) -> None:
    body = (
        "1,2024-02-29,Tea,1,3.50,Ann\n\n,,,,,\n"
        + HEAD
        + "1,2024-02-29,Tea,1,3.50,Ann\n2,2024-03-01,Tea,1,2,Bo,x\n3,2024-03-02,Zoë's,1,2,Bo\n"
    )
    tables = shop(tmp_path, HEAD + body, toml('[cleaning]\nexact_duplicates = "drop"\ninvalid_rows = "drop"'))
    assert reasons(tables) == {"blank_row": 2, "repeated_header": 1, "exact_duplicate": 1, "ragged_row": 1}
    assert balanced(tables)
    assert tables.quality.rows_read == 7
    places = {f.reason: [e.split(": ")[0] for e in f.examples] for f in tables.quality.findings}
    assert places["blank_row"] == ["shop.csv:3", "shop.csv:4"]
    assert places["ragged_row"] == ["shop.csv:7"]
    assert list(tables.lines["product"]) == ["Tea", "Zoë's"]


def test_a_row_of_another_length_is_an_error_unless_declared(tmp_path: Path) -> None:
    rows = HEAD + "1,2024-02-29,Tea,1,3.50,Ann\n2,2024-03-01,Tea,1,2,Bo,,more\n3,2024-03-02,Tea,1,2,Bo,more\n"
    says = r"source: 2 rows with too many or too few values: shop\.csv:3: 8 values for 6 columns; shop\.csv:4: 7 values"
    with pytest.raises(DataError, match=says):
        shop(tmp_path, rows)
    assert reasons(shop(tmp_path, rows, toml('[cleaning]\ninvalid_rows = "drop"'))) == {"ragged_row": 2}
    (tmp_path / "items.csv").write_text("item,kind\nTea,Drink\nBun,Food,x\n")
    joined = toml('[join.items]\nfiles = "items.csv"\non = "item"', fields=FIELDS + 'category = "items.kind"')
    with pytest.raises(DataError, match=r"join\.items: 1 rows with too many or too few values: items\.csv:3"):
        shop(tmp_path, HEAD, joined)


def test_no_rows_give_empty_tables(tmp_path: Path) -> None:
    tables = shop(tmp_path, HEAD)
    assert len(tables.lines) == 0
    assert tables.lines["ordered_at"].dtype == "datetime64[us]"
    assert tables.lines["amount"].dtype == "float64"
    assert balanced(tables)


@pytest.mark.long
def test_thousands_of_columns(tmp_path: Path) -> None:
    more = [f"c{i}" for i in range(1_900)]  # took 12 s for 5,000 when each column was added to the table by itself
    head = HEAD.strip() + "," + ",".join(more) + "\n"
    rows = "".join(f"{i},2024-01-01,Tea,1,3,A," + ",".join(f" {i}" for _ in more) + "\n" for i in range(20))
    tables = shop(tmp_path, head + rows + rows.splitlines()[0] + "\n" + "," * (5 + len(more)) + "\n")
    assert len(tables.lines) == 21
    assert reasons(tables) == {"blank_row": 1}
    assert reasons(tables, "changed") == {"white_space": 21}
    assert reasons(tables, "noticed") == {"exact_duplicate": 1}


def test_one_row(tmp_path: Path) -> None:
    line = shop(tmp_path, HEAD + "1,2024-02-29,Tea,1,3.50,\n").lines.iloc[0]
    assert (line["amount"], line["customer"], line["ordered_at"]) == (3.5, "", pd.Timestamp("2024-02-29"))


def test_exact_copies_are_kept_and_reported_unless_declared(tmp_path: Path) -> None:
    tables = shop(tmp_path, HEAD + "1,2024-01-01,Tea,1,3,A\n" * 3)
    assert len(tables.lines) == 3
    assert reasons(tables, "noticed")["exact_duplicate"] == 2


def test_white_space_is_trimmed_and_reported(tmp_path: Path) -> None:
    tables = shop(tmp_path, HEAD + " 1 ,2024-01-01,Tea\u00a0, 1,3 ,A\n2,2024-01-01,Tea,1,3,A\n")
    assert set(tables.lines["product"]) == {"Tea"}
    assert reasons(tables, "changed") == {"white_space": 1}


def test_texts_for_nothing_are_declared_and_counted(tmp_path: Path) -> None:
    rows = (
        HEAD
        + "1,2024-01-01,Tea,1,3,NULL\n2,2024-01-01,N/A,NULL,3, NULL \n3,2024-01-01,Tea,1,3,null\nNULL"
        + ",NULL" * 5
    )
    missing = '[cleaning]\ninvalid_rows = "drop"\nmissing = ["NULL", "N/A"]'
    tables = shop(
        tmp_path, rows, toml(missing, fields=FIELDS.replace('"pieces"', '{ column = "pieces", default = 1 }'))
    )
    assert tables.lines["customer"].tolist() == ["", "", "null"]
    assert tables.lines["product"].tolist() == ["Tea", "", "Tea"]
    assert tables.lines["quantity"].tolist() == [1, 1, 1]
    assert reasons(tables, "changed") == {"white_space": 1, "missing_text": 3}
    assert reasons(tables) == {"blank_row": 1}
    assert reasons(tables, "noticed") == {"no_customer": 2}
    untold = shop(tmp_path, HEAD + "1,2024-01-01,NA,1,3,NULL\n").lines
    assert (untold["product"][0], untold["customer"][0]) == ("NA", "NULL")


@pytest.mark.parametrize(
    ("rule", "kept", "sales"),
    [("refund", 4, [True, False, True, False]), ("sale", 4, [True, True, True, True]), ("drop", 1, [True])],
)
def test_what_a_non_positive_line_means(tmp_path: Path, rule: str, kept: int, sales: list[bool]) -> None:
    rows = HEAD + "1,2024-01-01,Tea,1,3,A\n1,2024-01-02,Tea,1,-3,A\n2,2024-01-03,Gift,1,0,A\n3,2024-01-03,Tea,-1,-3,A\n"
    tables = shop(tmp_path, rows, toml(f'[cleaning]\nnon_positive = "{rule}"'))
    assert len(tables.lines) == kept
    assert list(tables.lines["sale"]) == sales
    assert reasons(tables) == ({"non_positive": 3} if rule == "drop" else {})
    assert balanced(tables)


@pytest.mark.parametrize("mark", [True, False])
def test_units_and_money_of_a_refund_agree_in_sign(tmp_path: Path, mark: bool) -> None:
    head = "order,day,item,pieces,total,who,kind,cost\n"
    signs = [(1, 3, "Return"), (-1, -3, "Return"), (1, 3, "Sale"), (0, 0, "Return")] if mark else []
    signs += [] if mark else [(-1, -3, "Sale"), (0, 0, "Sale"), (-1, 3, "Sale"), (1, 3, "Sale")]
    rows = head + "".join(f"{i},2024-01-0{i + 1},Tea,{q},{a},A,{k},2\n" for i, (q, a, k) in enumerate(signs))
    refunds = '[refunds]\ncolumn = "kind"\nvalues = ["Return"]\n' if mark else ""
    tables = shop(tmp_path, rows, toml(refunds, fields=FIELDS + 'cost = "cost"'))
    lines = tables.lines
    assert (lines["amount"][~lines["sale"]] <= 0).all()
    assert (lines["quantity"][~lines["sale"]] <= 0).all()
    assert (lines["cost"] == np.where(lines["sale"], 2, -2)).all()
    assert lines["sale"].sum() == (1 if mark else 2)
    assert lines["quantity"].sum() == -1
    assert lines["amount"].sum() == -3
    assert reasons(tables, "changed") == {"refund_sign": 1}


UNTOLD = """order,day,item,pieces,total,who,cost,tax
1,2024-01-01,Tea,2,9.00,A,2,0.9
1,2024-01-03,Tea,1,-4.50,A,1,0.45
2,2024-01-01,Tea,2,9.00,B,2,0.9
2,2024-01-03,Tea,2,-1.00,B,2,0.1
3,2024-01-04,Tea,1,-4.50,C,1,0.45
4,2024-01-05,Tea,1,-4.50,C,1,0.45
4,2024-01-05,Tea,1,4.50,C,1,0.45
4,2024-01-05,Tea,1,-4.50,C,1,0.45
"""


@pytest.mark.parametrize(
    ("rule", "quantity", "cost"),
    [
        ("refund", [2, -1, 2, 2, 1, 1, 1, 1], [2, -1, 2, 2, 1, 1, 1, 1]),  # order 4 takes back more than it sold
        ("return", [2, -1, 2, -2, -1, -1, 1, -1], [2, -1, 2, -2, -1, -1, 1, -1]),
        ("correction", [2, 0, 2, 0, 0, 0, 1, 0], [2, 0, 2, 0, 0, 0, 1, 0]),
    ],
)
def test_money_taken_back_says_nothing_of_goods_unless_the_order_or_the_toml_does(
    tmp_path: Path, rule: str, quantity: list[float], cost: list[float]
) -> None:
    fields = FIELDS + 'cost = "cost"\ntax = "tax"'
    tables = shop(tmp_path, UNTOLD, toml(f'[cleaning]\nnon_positive = "{rule}"', fields=fields))
    lines = tables.lines
    assert lines["quantity"].tolist() == quantity
    assert lines["cost"].tolist() == cost
    assert lines["amount"].tolist() == [9, -4.5, 9, -1, -4.5, -4.5, 4.5, -4.5]
    assert lines["tax"].tolist() == [0.9, -0.45, 0.9, -0.1, -0.45, -0.45, 0.45, -0.45]
    assert lines["sale"].tolist() == (lines["amount"] > 0).tolist()
    asked = {f.reason: (f.rows, f.examples[0]) for f in tables.quality.findings if f.reason == "goods_untold"}
    assert asked == ({"goods_untold": (4, "shop.csv:5: quantity 2, amount -1.00")} if rule == "refund" else {})


def test_where_no_column_counts_pieces_a_refund_takes_back_what_a_sale_gives(tmp_path: Path) -> None:
    fields = FIELDS.replace('"pieces"', "{ constant = 1 }")
    tables = shop(tmp_path, HEAD + "1,2024-01-01,Tea,1,3,A\n2,2024-01-02,Tea,1,-3,A\n", toml(fields=fields))
    assert tables.lines["quantity"].tolist() == [1, -1]
    assert "goods_untold" not in reasons(tables, "noticed")


def test_refunds_marked_by_a_value_become_negative(tmp_path: Path) -> None:
    rows = "order,day,item,pieces,total,who,kind\n1,2024-01-01,Tea,1,3,A,Sale\n1,2024-01-05,Tea,1,3,A,Return\n"
    lines = shop(tmp_path, rows, toml('[refunds]\ncolumn = "kind"\nvalues = ["Return"]')).lines
    assert list(lines["amount"]) == [3, -3]
    assert list(lines["sale"]) == [True, False]


def test_an_order_has_one_date_and_a_late_line_its_own(tmp_path: Path) -> None:
    rows = HEAD + "1,2024-01-05,Tea,1,3,A\n1,2024-01-02,Tea,1,3,A\n1,2024-01-01,Tea,1,-3,A\n2,2024-02-01,Tea,1,3,B\n"
    tables = shop(tmp_path, rows)
    assert [str(d)[:10] for d in tables.lines["ordered_at"]] == ["2024-01-02"] * 3 + ["2024-02-01"]
    assert [str(d)[:10] for d in tables.lines["posted_at"]] == ["2024-01-05", "2024-01-02", "2024-01-01", "2024-02-01"]
    assert reasons(tables, "changed") == {"order_with_two_dates": 2, "refund_sign": 1}


def test_a_contract_id_used_for_a_year_is_found_and_asked_about(tmp_path: Path) -> None:
    rows = HEAD + "".join(f"C7,2024-{month:02d}-05,Tea,1,3,A\n" for month in range(1, 13))
    rows += "C7,2024-12-20,Tea,1,-3,A\n2,2024-02-01,Tea,1,3,B\n2,2024-02-20,Tea,1,3,B\n2,2024-12-20,Tea,1,-3,B\n"
    tables = shop(tmp_path, rows)
    (found,) = [f for f in tables.quality.findings if f.reason == "order_sold_for_long"]
    assert found.rows == 10, "the lines from March on; a late refund, or a line two weeks later, is usual"
    assert "make an order of it and the date" in found.label
    assert "the order 2024-01-05" in found.examples[0]


def test_orders_returned_whole_and_stock_corrections_are_told(tmp_path: Path) -> None:
    rows = HEAD + "1,2024-01-05,Tea,2,6,A\n1,2024-01-06,Tea,-2,-6,A\n2,2024-01-05,Tea,2,6,B\n2,2024-01-06,Tea,-1,-3,B\n"
    rows += "3,2024-01-07,Tea,-1,-3,A\n4,2024-01-08,Tea,1,3,A\n4,2024-01-09,Tea,-1,-3,A\n"
    rows += "5,2024-01-09,Tea,40,0,\n6,2024-01-09,Tea,-40,0,\n7,2024-01-09,Gift,1,0,A\n8,2024-01-09,Tea,1,3,\n"
    found = {f.reason: f for f in shop(tmp_path, rows).quality.findings}
    assert found["returned_whole"].rows == 2, "orders 1 and 4; of 2 a part is left, and 3 is no order"
    assert found["returned_whole"].examples == ["shop.csv:2: order 1", "shop.csv:7: order 4"]
    assert found["no_price_no_customer"].rows == 2, "a gift has a customer"
    assert found["no_price_no_customer"].examples == ["shop.csv:9: quantity 40", "shop.csv:10: quantity -40"]


# --- how files are written -------------------------------------------------------------------------------------------


def test_german_file(tmp_path: Path) -> None:
    rows = "order;day;item;pieces;total;who\n1;31.12.2023;Käse;1;1.234,50;Jürgen\n".encode("cp1252")
    source = 'files = "shop.csv"\nencoding = "cp1252"\nseparator = ";"\ndecimal = ","\nthousands = "."'
    line = shop(tmp_path, rows, toml(source=source)).lines.iloc[0]
    assert (line["amount"], line["product"], line["customer"]) == (1234.5, "Käse", "Jürgen")


@pytest.mark.parametrize(
    ("decimal", "thousands", "texts", "numbers"),
    [
        (".", ",", ["1,234.50", "$12,34,567.5", "(1,000)", "+7", "1e3"], [1234.5, 1234567.5, -1000, 7, 1000]),
        (".", ",", ["12,50", "1,2345", "1234,567.5x", ",123", "1,23", "1.234,50"], None),
        (",", ".", ["1.234,50", "1.234.567 €", "1234,5", "0,125"], [1234.5, 1234567, 1234.5, 0.125]),
        (",", ".", ["12.50", "4.0", "1.2345", "52.52000"], None),
        (",", "", ["12,50", "12.50", "4.0", "0.125", "52.52000"], [12.5, 12.5, 4, 0.125, 52.52]),
        (",", "", ["1.250", "-12.900", "1.234,50", "1.234.567"], None),
        (".", "", ["12,50", "1,234.50", "1 234"], None),
        (".", " ", ["1 234.5", "12 345 678", "1 23", "12 34"], [1234.5, 12345678, None, None]),
        (".", "'", ["1'234.5", "1'2"], [1234.5, None]),
    ],
)
def test_group_signs_count_only_between_groups(
    decimal: str, thousands: str, texts: list[str], numbers: list[float | None] | None
) -> None:
    values, unreadable = as_numbers(pa.array(texts, pa.string()), decimal, thousands)
    assert [None if bad else value for value, bad in zip(values, unreadable, strict=True)] == (
        numbers or [None] * len(texts)
    )


def test_wrong_encoding_names_the_byte_and_row(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"shop\.csv: byte 0xe4 in row 2 is not utf-8.*latin-1"):
        shop(tmp_path, HEAD.encode() + "1,2024-01-01,Käse,1,3,A\n".encode("latin-1"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_byte_order_marks_and_line_ends(tmp_path: Path, encoding: str) -> None:
    rows = (HEAD + "1,2024-01-01,Käse,1,3,A\n").replace("\n", "\r\n").encode(encoding)
    name = encoding.removesuffix("-sig")
    lines = shop(tmp_path, rows, toml(source=f'files = "shop.csv"\nencoding = "{name}"')).lines
    assert list(lines["product"]) == ["Käse"]


def test_white_space_separated_without_header(tmp_path: Path) -> None:
    source = (
        'files = "shop.csv"\nseparator = "whitespace"\ncolumns = ["order", "day", "item", "pieces", "total", "who"]'
    )
    tables = shop(tmp_path, "  1 20240101  Tea\t1   3.5 A \n 2 20240102 Tea 2 7 A\n", toml(source=source))
    assert list(tables.lines["amount"]) == [3.5, 7]
    assert balanced(tables)


def test_quoted_newlines_and_separators(tmp_path: Path) -> None:
    tables = shop(
        tmp_path,
        HEAD + '1,2024-01-01,"Tea, ""green""\nleaf",1,3,A\n2,x,Tea,1,3,A\n',
        toml(
            '[cleaning]\ninvalid_rows = "drop"',
            fields=FIELDS.replace('"day"', '{ column = "day", format = "%Y-%m-%d" }'),
        ),
    )
    assert list(tables.lines["product"]) == ['Tea, "green"\nleaf']
    assert [f.examples for f in tables.quality.findings if f.reason == "bad_ordered_at"] == [["shop.csv:3: x"]]


def test_gzip_excel_and_parquet_say_the_same(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "order": [1, 2],
            "day": pd.to_datetime(["2024-01-01 10:30", "2024-02-29 00:00"]),
            "item": ["Tea", "NA"],
            "pieces": [1, 2],
        }
    ).assign(total=[3.5, -7.0], who=["A", None])
    frame.to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    read_as = {}
    for name in ("a.csv.gz", "a.xlsx", "a.parquet"):
        tables = read(load(declared(tmp_path, toml(source=f'files = "{name}"'))), tmp_path)
        read_as[name] = tables.lines.astype({"product": "str"})
        assert balanced(tables)
    assert list(read_as["a.csv.gz"]["customer"]) == ["A", ""]
    pd.testing.assert_frame_equal(read_as["a.csv.gz"], read_as["a.xlsx"])
    pd.testing.assert_frame_equal(read_as["a.csv.gz"], read_as["a.parquet"])


def test_examples_show_mapped_columns_only(tmp_path: Path) -> None:
    head = HEAD.replace("who", "who,card,code")
    line = "1,2024-01-01, Tea,1,3,ann@example.com,4111111111111111,x9\n"
    rows = head + line + line + head + "2,2024-01-01,Tea,1,3,,,,x\n,,,,,,,\n,2024-01-01,Tea,1,3,,4222222222222,x9\n"
    (tmp_path / "codes.csv").write_text("code,kind,secret\nx1,Drink,hush\n")
    tables = shop(
        tmp_path,
        rows,
        toml(
            '[cleaning]\ninvalid_rows = "drop"\n[join.codes]\nfiles = "codes.csv"\non = "code"',
            fields=FIELDS.replace('customer = "who"', 'category = "codes.kind"'),
        ),
    )
    told = str([f.examples for f in tables.quality.findings])
    assert {f.reason for f in tables.quality.findings} >= {
        "blank_row", "exact_duplicate", "missing_order_id", "ragged_row", "repeated_header", "unmatched_codes",
        "white_space",
    }  # fmt: skip
    assert "shop.csv:2: 1, 2024-01-01, Tea, 1, 3" in told
    for secret in ("ann@", "4111", "4222", "x9", "hush"):
        assert secret not in told


def test_an_error_shows_mapped_columns_only(tmp_path: Path) -> None:
    rows = HEAD.replace("who", "who,card") + ",2024-01-01,Tea,1,3,Ann,4111111111111111\n"
    with pytest.raises(DataError, match=r"shop\.csv:2: , 2024-01-01, Tea, 1, 3, Ann\.") as fault:
        shop(tmp_path, rows)
    assert "4111" not in str(fault.value)
    with pytest.raises(SourceError, match=r"no row has 6 values; row 2 has 1\.") as cut:
        shop(tmp_path, HEAD + "4111111111111111\n")
    assert "4111" not in str(cut.value)


def test_a_source_that_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "sources"
    inside.mkdir()
    (tmp_path / "passwd").write_text("root:x:0:0\n")
    (inside / "shop.csv").symlink_to(tmp_path / "passwd")
    spec = load(declared(tmp_path, toml()))
    with pytest.raises(SourceError, match=r"shop\.csv: leads out of the folder .* symbolic link") as refused:
        read(spec, inside)
    assert "root" not in str(refused.value)
    (inside / "shop.csv").unlink()
    (inside / "all").symlink_to(tmp_path)
    with pytest.raises(SourceError, match="no file matches") as absent:
        read(load(declared(tmp_path, toml(source='files = "all/passwords"'))), inside)
    assert "passwd" not in str(absent.value)
    (tmp_path / "all").symlink_to(inside)
    (inside / "real.csv").write_text(HEAD + "1,2024-01-01,Tea,1,3,A\n")
    (inside / "shop.csv").symlink_to("real.csv")
    assert len(read(spec, tmp_path / "all").lines) == 1  # within the folder, which may be reached by a link itself


def test_a_zone_in_the_text_moves_to_the_data_sets_zone(tmp_path: Path) -> None:
    text = toml(top='time_zone = "America/New_York"')
    lines = shop(tmp_path, HEAD + "1,2024-01-01T02:00:00+00:00,Tea,1,3,A\n", text).lines
    assert lines["ordered_at"][0] == pd.Timestamp("2023-12-31 21:00")


def test_a_file_in_the_folder_of_the_toml(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "shop.csv").write_text(HEAD + "1,2024-01-01,Tea,1,3,A\n")
    tables = read(load(declared(tmp_path, toml(source='files = "./shop.csv"'))), tmp_path / "elsewhere")
    assert len(tables.lines) == 1


# --- fields ----------------------------------------------------------------------------------------------------------


def test_each_way_to_make_a_field(tmp_path: Path) -> None:
    fields = """
[fields]
order_id = { columns = ["who", "day"], separator = "_" }
ordered_at = { columns = ["day", "hour"], format = "%d.%m.%Y %H:%M" }
product = { column = "item", map = { T = "Tea", C = "Coffee" }, case = "upper" }
quantity = { column = "pieces", default = 1 }
amount = { compute = "quantity * [unit price] - rebate" }
unit_price = "unit price"
discount = "rebate"
customer = "who"
city = { column = "address", regex = '(?P<city>\\w+) \\((?P<region>\\w+)\\)' }
region = { column = "address", regex = '(?P<city>\\w+) \\((?P<region>\\w+)\\)', default = "?" }
country = { constant = "US" }
"""
    rows = "who,day,hour,item,pieces,unit price,rebate,address\n"
    rows += "A,01.02.2024,09:05,T,2,$3.00,1,Portland (OR)\n"
    rows += "B,29.02.2024,23:59,Milk,,(1.50),0,nowhere\n"
    lines = shop(tmp_path, rows, toml(fields=fields)).lines
    assert list(lines["order_id"]) == ["A_01.02.2024", "B_29.02.2024"]
    assert list(lines["ordered_at"]) == [pd.Timestamp("2024-02-01 09:05"), pd.Timestamp("2024-02-29 23:59")]
    assert list(lines["product"]) == ["TEA", "MILK"]
    assert list(lines["quantity"]) == [2, 1]  # of a negative amount, which does not tell that the unit came back
    assert list(lines["amount"]) == [5, -1.5]
    assert list(lines["city"]) == ["Portland", ""]
    assert list(lines["region"]) == ["OR", "?"]
    assert list(lines["country"]) == ["US", "US"]


def test_groups_of_regions_are_a_field_and_an_ungrouped_region_stands_for_itself(tmp_path: Path) -> None:
    rows = HEAD.replace("who", "land") + "".join(f"{i},2024-01-0{i + 1},TV,1,5,{r}\n" for i, r in enumerate("abcd"))
    fields = FIELDS.replace('customer = "who"', 'region = { column = "land", case = "upper", map = { d = "" } }')
    told = shop(tmp_path, rows, toml(top='region_groups = { North = ["A", "C"] }', fields=fields)).lines
    assert told["region"].tolist() == ["A", "B", "C", ""]
    assert told["region_group"].tolist() == ["North", "B", "North", ""]
    assert "region_group" not in shop(tmp_path, rows, toml(fields=fields)).lines


def test_a_join_keeps_unmatched_lines_and_counts_them(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("code,kind\nTea,Drink\nBun,Food\n")
    text = toml('[join.items]\nfiles = "items.csv"\non = { item = "code" }', fields=FIELDS + 'category = "items.kind"')
    rows = "1,2024-01-01,Tea,1,3,A\n2,2024-01-01,Nut,1,3,A\n3,2024-01-01,,1,3,A\n"
    tables = shop(tmp_path, HEAD + rows, text)
    assert list(tables.lines["category"]) == ["Drink", "", ""]
    finding = next(f for f in tables.quality.findings if f.reason == "unmatched_items")
    assert (finding.effect, finding.rows, finding.examples) == ("noticed", 1, ["shop.csv:3: Nut"]), "not the empty key"


def test_a_join_key_twice_is_refused_or_the_first_is_taken(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item,kind\nTea,Drink\nTea,Food\n")
    text = toml('[join.items]\nfiles = "items.csv"\non = "item"', fields=FIELDS + 'category = "items.kind"')
    rows = HEAD + "1,2024-01-01,Tea,1,3,A\n"
    with pytest.raises(DataError, match=r"join\.items\.on: 1 row repeats a key: items\.csv:3: Tea, Food"):
        shop(tmp_path, rows, text)
    tables = shop(tmp_path, rows, text.replace('on = "item"', 'on = "item"\nrepeated_keys = "first"'))
    assert list(tables.lines["category"]) == ["Drink"]


def test_a_join_adds_up_the_rows_of_a_key(tmp_path: Path) -> None:
    """Two payments of order 1 are one; their tips and fees are brought to its lines to the cent."""
    paid = "order,how,tip,fee\n1,card,0.10,1.00\n2,cash,,0.50\n1,cash,0.20,-0.25\n2,card,,\n3,card,x,1\n"
    (tmp_path / "paid.csv").write_text(paid)
    mapped = """
payment_method = "paid.how"
tip = { order = "paid.tip" }
selling_fees = { compute = "[paid.fee]" }
"""
    text = toml('[join.paid]\nfiles = "paid.csv"\non = "order"\nrepeated_keys = "sum"', fields=FIELDS + mapped)
    rows = HEAD + "1,2024-01-01,Tea,1,3,A\n1,2024-01-01,Bun,1,3,A\n2,2024-01-02,Tea,1,3,B\n4,2024-01-02,Tea,1,3,B\n"
    with pytest.raises(DataError, match=r"join\.paid\.repeated_keys: column 'tip' cannot be added up: 1 of 5"):
        shop(tmp_path, rows, text)
    (tmp_path / "paid.csv").write_text(paid.replace(",x,", ",7,"))
    lines = shop(tmp_path, rows, text).lines
    assert lines["tip"].fillna(-1).tolist() == [0.15, 0.15, -1, -1]
    assert lines["selling_fees"].fillna(-1).tolist() == [0.75, 0.75, 0.5, -1]
    assert lines["payment_method"].tolist() == ["card", "card", "cash", ""]


def test_rates_by_day_and_a_currency_without_one(tmp_path: Path) -> None:
    rows = "order,day,item,pieces,total,who,money\n" + "".join(
        f"{i},{d},Tea,1,10,A,{c}\n"
        for i, (d, c) in enumerate(
            [("2024-01-31", "EUR"), ("2024-02-01", "EUR"), ("2024-02-01", "USD"), ("2024-02-01", "")]
        )
    )
    fields = FIELDS + 'currency = "money"'
    rates = "[rates.EUR]\n2024-01-01 = 1.1\n2024-02-01 = 1.2"
    assert list(shop(tmp_path, rows, toml(rates, fields=fields)).lines["amount"]) == pytest.approx([11, 12, 10, 10])
    with pytest.raises(DataError, match=r"rates: 2 rows are in EUR, which has no rate to USD"):
        shop(tmp_path, rows, toml(fields=fields))
    with pytest.raises(DataError, match="before the first rate"):
        shop(tmp_path, rows, toml("[rates.EUR]\n2024-02-01 = 1.2", fields=fields))


def test_extra_tables(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("d,what,left\n2024-01-01,Tea,5\n,,\n2024-01-02,Bun,x\n")
    more = '[tables.stock]\nfiles = "s.csv"\n[tables.stock.fields]\ndate = "d"\nproduct = "what"\non_hand = "left"\n'
    rows = HEAD + "1,2024-01-01,Tea,1,3,A\n"
    with pytest.raises(DataError, match=r"tables\.stock\.fields\.on_hand.*s\.csv:4: x"):
        shop(tmp_path, rows, toml(more))
    tables = shop(tmp_path, rows, toml(more + '[cleaning]\ninvalid_rows = "drop"'))
    stock = tables.extras["stock"]
    assert stock["date"].dtype == "datetime64[us]"
    assert stock.astype({"product": "str"})[["product", "on_hand"]].values.tolist() == [["Tea", 5.0]]
    assert balanced(tables)
    assert reasons(tables, "noticed") == {"table_stock_blank_row": 1, "table_stock_bad_on_hand": 1}


def test_outliers_are_flagged_by_product_and_kept(tmp_path: Path) -> None:
    rows = HEAD + "".join(
        f"{i},2024-01-01,Tea,1,{3 + i % 3 / 10},A\n{i}x,2024-01-01,Car,1,{9000 + i},A\n" for i in range(20)
    )
    tables = shop(tmp_path, rows + "99,2024-01-01,Tea,2,600,A\n")
    assert reasons(tables, "noticed") == {"outlier": 1}
    assert len(tables.lines) == 41
    one_price = pd.DataFrame({"product": ["a"] * 12, "quantity": 1.0, "amount": [5.0] * 11 + [900.0]})
    assert not outliers(one_price).any()


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("order,day,item,pieces,totl,who\n1,2024-01-01,T,1,3,A\n", r"shop\.toml: fields\.amount: there is no column 'total' in shop\.csv\. Did you mean 'totl'"),  # noqa: E501
        (HEAD + "1,2024-01-01,T,1,3,A\n2,2024-01-01,T,1,three,A\n", r"fields\.amount: column “total”: not a number.*, on 1 of 2 rows: shop\.csv:3: three"),  # noqa: E501
        (HEAD + "1,2024-01-01,T,1,\"1,234\",A\n", r"fields\.amount: column “total”: not a number.*thousands sign 'none'"),  # noqa: E501
        (HEAD + "1,2024-01-01,T,1,inf,A\n", r"fields\.amount: column “total”: not a number"),
        (HEAD + "1,03/04/2024,T,1,3,A\n", r"fields\.ordered_at: the dates of column “day” can be read in several ways: '%m/%d/%Y', '%d/%m/%Y'.*Say which"),  # noqa: E501
        (HEAD + "1,soon,T,1,3,A\n", r"fields\.ordered_at: the dates of column “day” have no single known format: 'soon'"),  # noqa: E501
        (HEAD + "1,2023-02-29,T,1,3,A\n", r"fields\.ordered_at"),
        (HEAD + "1,,T,1,3,A\n2,2024-01-01,T,1,3,A\n", r"fields\.ordered_at: 1 of 2 rows have no value for Ordered at: shop\.csv:2"),  # noqa: E501
        (HEAD + ",2024-01-01,T,1,3,A\n", r"fields\.order_id: 1 of 1 rows have no value for Order"),
        ("order;day;item\n1;2;3\n", r"no column 'order'"),
        ("", r"shop\.csv: the file has no header row"),
        ("a,b\n1\n2\n", r"shop\.csv: no row has 2 values"),
    ],
)  # fmt: skip
def test_one_clear_error(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises((DataError, SourceError), match=said):
        shop(tmp_path, rows)


def test_missing_files_and_columns_missing_in_one_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file matches 'shp\.csv'.*Did you mean 'shop\.csv'"):
        shop(tmp_path, HEAD, toml(source='files = "shp.csv"'))
    (tmp_path / "b.csv").write_text("order,day,item,pieces,total\n1,2024-01-01,Tea,1,3\n")
    with pytest.raises(SourceError, match=r"no column 'who' in b\.csv, but other files have it"):
        shop(tmp_path, HEAD + "1,2024-01-01,Tea,1,3,A\n", toml(source='files = ["shop.csv", "b.csv"]'))


@pytest.mark.parametrize("pattern", ["a**b.csv", ".", "./", "[", "sh[op.csv", "shop.csv/x"])
def test_patterns_that_match_nothing(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(SourceError, match=r"source\.files"):
        shop(tmp_path, HEAD, toml(source=f'files = "{pattern}"'))


def test_fields_computed_in_a_circle(tmp_path: Path) -> None:
    fields = FIELDS.replace('"total"', '{ compute = "cost + 1" }') + 'cost = { compute = "amount - 1" }'
    with pytest.raises(SourceError, match="computed from each other"):
        shop(tmp_path, HEAD + "1,2024-01-01,Tea,1,3,A\n", toml(fields=fields))


def test_bad_rows_are_left_out_where_declared(tmp_path: Path) -> None:
    rows = HEAD + "1,2024-01-01,T,1,3,A\n2,2024-01-01,T,x,y,A\n3,2024-01-01,T,1,,A\n,2024-01-01,T,1,3,A\n"
    tables = shop(tmp_path, rows, toml('[cleaning]\ninvalid_rows = "drop"'))
    assert reasons(tables) == {"bad_quantity": 1, "missing_order_id": 1, "missing_amount": 1}
    assert balanced(tables)


def test_a_number_too_large_for_cents_is_no_number(tmp_path: Path) -> None:
    rows = HEAD + "1,2024-01-01,T,1,1e15,A\n2,2024-01-01,T,1,1e300,A\n3,2024-01-01,T,-2e15,3,A\n"
    with pytest.raises(DataError, match=r"larger than 1e\+15, .*-2e15"):
        shop(tmp_path, rows)
    tables = shop(tmp_path, rows, toml('[cleaning]\ninvalid_rows = "drop"'))
    assert reasons(tables) == {"bad_quantity": 1, "bad_amount": 1}
    assert list(tables.lines["amount"]) == [1e15]


# --- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(alphabet='1,2\n"-;é \t\r', max_size=200).map(str.encode))
def test_any_bytes_are_read_in_balance_or_refused(tmp_path: Path, content: bytes) -> None:
    rows = HEAD.encode() + b"1,2024-01-01,Tea,1,3,A\n" + content
    with suppress(StoresightError):
        assert balanced(shop(tmp_path, rows, toml('[cleaning]\ninvalid_rows = "drop"')))


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(
        st.datetimes(pd.Timestamp("1950-01-01").to_pydatetime(), pd.Timestamp("2049-12-31").to_pydatetime()),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([f for f in dates.FORMATS if f not in dates.COUNTED]),
)
def test_a_date_survives_its_format(moments: list[pd.Timestamp], fmt: str) -> None:
    texts = [m.strftime(fmt.replace("%z", "+0000")) for m in moments]
    expected = [pd.to_datetime(t, format=fmt, utc=True).tz_localize(None).to_datetime64() for t in texts]
    assert (dates.parse(texts, [fmt], "UTC") == np.array(expected, "datetime64[us]")).all()
    readings = [dates.parse(texts, [f], "UTC").tolist() for f in dates.fitting(texts)]
    assert dates.parse(texts, [fmt], "UTC").tolist() in readings


@pytest.mark.parametrize("declared_format", [True, False])
def test_mistyped_dates_are_counted_by_what_is_wrong_with_them(tmp_path: Path, declared_format: bool) -> None:
    good = "".join(f"{i},{1 + i % 28:02d}.0{1 + i % 9}.2024,Tea,1,2,A\n" for i in range(600))
    bad = "a,31.02.2024,Tea,1,2,A\nb,13.45.2024,Tea,1,2,A\nc,01.02.2204,Tea,1,2,A\nd,,Tea,1,2,A\ne,soon,Tea,1,2,A\n"
    fields = FIELDS.replace('"day"', '{ column = "day", format = "%d.%m.%Y" }') if declared_format else FIELDS
    tables = shop(tmp_path, HEAD + good + bad, toml(fields=fields, more='[cleaning]\ninvalid_rows = "drop"'))
    found = {f.reason: (f.rows, f.examples) for f in tables.quality.findings if f.effect == "left out"}
    assert found["bad_ordered_at_day"] == (2, ["shop.csv:602: 31.02.2024", "shop.csv:603: 13.45.2024"])
    assert found["bad_ordered_at_year"] == (1, ["shop.csv:604: 01.02.2204"])
    assert found["bad_ordered_at"] == (1, ["shop.csv:606: soon"])
    assert found["missing_ordered_at"][0] == 1
    assert len(tables.lines) == 600
    assert str(tables.lines["ordered_at"].max())[:10] == "2024-09-28"


def test_a_mistyped_date_is_named_where_rows_may_not_be_left_out(tmp_path: Path) -> None:
    rows = "".join(f"{i},{1 + i % 28:02d}.01.2024,Tea,1,2,A\n" for i in range(100)) + "x,31.02.2024,Tea,1,2,A\n"
    with pytest.raises(DataError, match="a day or time that does not exist, on 1 of 101 rows") as fault:
        shop(tmp_path, HEAD + rows, toml())
    assert "shop.csv:102: 31.02.2024" in str(fault.value)


def test_a_date_far_from_all_others_moves_neither_the_end_nor_the_first_view(tmp_path: Path) -> None:
    rows = "".join(f"{i},2024-0{1 + i % 6}-{1 + i % 28:02d},Tea,1,2,A\n" for i in range(200))
    tables = shop(tmp_path, HEAD + rows + "x,2099-12-31,Tea,1,3,A\ny,1924-03-01,Tea,1,3,A\n", toml())
    assert tables.lines["amount"].sum() == 406  # nothing is left out
    (found,) = [f for f in tables.quality.findings if f.reason == "far_date"]
    assert (found.rows, found.examples) == (2, ["shop.csv:202: 2099-12-31", "shop.csv:203: 1924-03-01"])
    engine = EMBEDDED.of(tables)
    usual = (tables.profile.orders_from, tables.profile.orders_until)
    assert usual == ("2024-01-01", "2024-06-28")
    assert opening_range(engine.bounds, engine.profile.calendar, usual=usual) == "last_month"
    assert engine.resolve(Selection(range="last_month")).span == TimeRange(D("2024-05-01"), D("2024-06-01"))
    assert engine.resolve(Selection(range="last_30d")).span == TimeRange(D("2024-05-30"), D("2024-06-29"))
    assert engine.resolve(Selection(range="all")).span == TimeRange(D("1924-03-01"), D("2100-01-01"))
    told = shop(tmp_path, HEAD + rows + "x,2099-12-31,Tea,1,3,A\n", toml(top='default_view = "range=ytd"'))
    assert told.profile.default_view == "range=ytd"


def test_which_days_nearly_all_lines_are_of() -> None:
    year = np.arange(D("2023-01-01"), D("2024-01-01")).astype("datetime64[us]")
    several = np.repeat(year, 3)

    def usual(*far: str, among: np.ndarray = several) -> tuple[str, ...] | None:
        found = usual_days(np.concatenate([among, np.array(far, "datetime64[us]")]))
        return found and tuple(map(str, found))

    whole = ("2023-01-01", "2023-12-31")
    assert usual() is None
    assert usual("2204-01-01") == usual("1923-05-05", "2204-01-01", "2031-01-01") == whole
    assert usual("2024-03-01") is None  # open again after two months
    assert usual("2024-07-05") == whole
    assert usual(*map(str, np.arange(D("2025-01-01"), D("2025-03-01")))) is None  # a shop that opens again
    assert usual("2025-01-01", among=year[::60]) is None  # it sold seldom before, too
    assert usual(among=np.empty(0, "datetime64[us]")) is None
    assert usual("2023-01-01", "2030-01-01", among=year[:0]) is None


@pytest.mark.parametrize("blocks", [1, 2])
def test_rows_that_another_file_has_count_once_and_equal_rows_of_one_file_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int
) -> None:
    monkeypatch.setattr("analytics.loading.reading.sources.BLOCK_ROWS", 1 << 18 if blocks == 1 else 1)
    mug, tea, jam = "1,2026-01-05,Mug,1,5,A\n", "2,2026-01-06,Tea,1,2,B\n", "3,2026-01-07,Jam,1,3,B\n"
    (tmp_path / "a.csv").write_text(HEAD + mug + mug + tea)
    (tmp_path / "b.csv").write_text(HEAD + mug + tea + jam)
    text = toml('[cleaning]\nexact_duplicates = "overlap"', source='files = "[ab].csv"')
    tables = read(load(declared(tmp_path, text)), tmp_path)
    assert sorted(tables.lines["amount"]) == [2, 3, 5, 5]
    assert {f.reason: f.rows for f in tables.quality.findings} == {"in_other_file": 2, "exact_duplicate": 1}
    assert next(f.places for f in tables.quality.findings if f.reason == "in_other_file") == ["b.csv:2", "b.csv:3"]
