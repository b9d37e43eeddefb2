"""guess: whatever the file, a TOML that ingests or a statement of what is needed. And the command line around it."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from analytics.__main__ import folders, main
from analytics.errors import ConfigError, DataError, SourceError
from analytics.language import in_language
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.guessing import evidence
from analytics.loading.guessing.appearance.encodings import encoding_of
from analytics.loading.guessing.guess import guess
from tests.analytics.shop import HEAD, declared, toml

pytestmark = pytest.mark.slow


def guessed(folder: Path, paths: list[Path], sources: Path) -> Tables:
    return read(load(declared(folder, guess(paths, sources))), sources)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("pattern", "orders", "amount", "customers"),
    [
        pytest.param(
            "bytronix/Sales_*_2019.csv", 178_437, 34_492_035.97, 140_787, marks=pytest.mark.long
        ),  # with copies
        ("classic_models/sales_data_sample.csv", 303, 9_838_141.37, 92),  # without cancelled orders
        pytest.param("cdnow/CDNOW_master.txt", 69_659, 2_500_315.63, 23_570, marks=pytest.mark.long),
        ("cdnow/CDNOW_sample.txt", 6_919, 244_091.94, 2_357),
        ("rfm/rfm_data_orders.csv", 4_906, 464_158.00, 995),
    ],
)
def test_real_order_files_ingest(
    sources: Path, tmp_path: Path, pattern: str, orders: int, amount: float, customers: int
) -> None:
    lines = guessed(tmp_path, sorted(sources.glob(pattern)), sources).lines
    assert lines["order_id"].nunique() == orders
    assert lines["amount"].sum() == pytest.approx(amount, abs=0.005)
    assert lines["customer"].nunique() == customers


def test_atliq_names_the_rate_it_needs_and_joins_the_rest(sources: Path, tmp_path: Path) -> None:
    names = ("transactions", "customers", "markets", "products")
    text = guess([sources / "atliq" / f"{n}.csv" for n in names], sources)
    assert text.startswith("# It does not ingest yet.")
    assert "USD" in text.split("\n")[0]
    told = text.replace("# [rates]", "[rates]").replace("# USD = 1.0", "USD = 75")
    lines = read(load(declared(tmp_path, told)), sources).lines
    assert lines["amount"].sum() == 1_807_805
    assert {"customer_name", "region", "category"} <= set(lines.columns)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("groceries/groceries_long.csv.gz", "no column has the date of the order, and none the amount"),
        ("groceries/groceries_410rules.csv", "no column has the date"),
        ("atliq/products.csv", "no column has the date of the order, and none the amount"),
        ("atliq/customers.csv", "no column has the date"),
        ("atliq/markets.csv", "no column has the date"),
        ("atliq/date.csv", "no column has the amount"),
        ("attribution/channelattribution_data.csv.gz", "looks like the extra table paths"),
        ("attribution/attribution_expected.csv", "no column has the date"),
        ("cdnow/cdnow_summary.csv", "no column has the date"),
        ("cdnow/cdnow_cohort_counts_calendar.csv", "no column has"),
        ("bytronix/expected_pairs.csv", "no column has the date"),
    ],
)
def test_other_files_name_what_they_lack(sources: Path, path: str, needs: str) -> None:
    with pytest.raises(DataError, match=needs):
        guess([sources / path], sources)


def test_a_german_export(tmp_path: Path) -> None:
    rows = "Bestellnummer;Bestelldatum;Artikel;Menge;Betrag;Kunde;Stadt\n"
    rows += "".join(
        f"{i};{i % 28 + 1:02d}.03.2024;Käse;2;1.0{i % 10}{i % 7},50;Jürgen {i % 5};Köln\n" for i in range(60)
    )
    path = tmp_path / "umsatz.csv"
    path.write_bytes(rows.encode("cp1252"))
    lines = guessed(tmp_path, [path], tmp_path).lines
    assert lines["amount"].sum() == pytest.approx(sum(1000 + i % 10 * 10 + i % 7 + 0.5 for i in range(60)))
    assert set(lines["city"]) == {"Köln"}
    assert lines["ordered_at"].max() == pd.Timestamp("2024-03-28")


def test_points_are_thousands_signs_only_where_groups_were_seen(tmp_path: Path) -> None:
    rows = "Bestellnummer;Bestelldatum;Artikel;Menge;Betrag;rating\n"
    rows += "".join(f"{i};{i % 28 + 1:02d}.03.2024;Tee;2;{i % 9}{i % 7},50;4.5\n" for i in range(60))
    path = tmp_path / "umsatz.csv"
    path.write_text(rows + "60;01.03.2024;Tee;1;12.50;4.5\n")
    lines = guessed(tmp_path, [path], tmp_path).lines
    assert set(lines["rating"]) == {4.5}
    assert lines["amount"].iloc[-1] == 12.5


def test_texts_for_nothing_are_declared_by_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = "".join(f"{i},2024-01-{i % 28 + 1:02d},Tea,1,3.5,{'NULL' if i % 2 else f'C{i}'}\n" for i in range(60))
    path.write_text("order id,date,product,quantity,total,customer\n" + rows)
    tables = guessed(tmp_path, [path], tmp_path)
    assert 'missing = ["NULL"]' in guess([path], tmp_path)
    assert set(tables.lines["customer"]) == {"", *(f"C{i}" for i in range(0, 60, 2))}


def test_an_ambiguous_date_is_asked_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("order id,date,product,quantity,total\n1,03/04/2024,Tea,1,3.5\n2,05/06/2024,Tea,1,3.5\n")
    text = guess([path], tmp_path)
    assert text.startswith("# It does not ingest yet.")
    assert 'format = "%m/%d/%Y"' in text
    assert 'format = "%d/%m/%Y"' in text


@pytest.mark.long
def test_a_few_unreadable_rows_are_left_out_by_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = "".join(f"{i},2024-01-{i % 28 + 1:02d},Tea,1,3.5\n" for i in range(200))
    path.write_text("order id,date,product,quantity,total\n" + rows + "x,yesterday,Tea,1,n/a\n")
    tables = guessed(tmp_path, [path], tmp_path)
    assert (tables.quality.rows_kept, tables.quality.rows_left_out) == (200, 1)


def test_a_file_name_with_brackets_is_a_name_and_no_pattern(tmp_path: Path) -> None:
    rows = "".join(f"{n},2024-01-{n % 28 + 1:02},Tea,1,2.50\n" for n in range(200))
    path, other = tmp_path / "orders [1].csv", tmp_path / "orders 1.csv"
    for each in (path, other):
        each.write_text("order id,date,product,quantity,total\n" + rows)
    assert len(guessed(tmp_path, [path], tmp_path).lines) == 200
    assert len(guessed(tmp_path, [path, other], tmp_path).lines) == 400


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\x00\x01\x02\x00", "not a text file"),
        (b"a,b\n", "has no rows. Export it again, or leave it out."),
    ],
)
def test_no_order_file_at_all(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises((SourceError, DataError), match=said):
        guess([path])


def test_titles_and_names_that_need_quoting(tmp_path: Path) -> None:
    path = tmp_path / 'my "best" shop.csv'
    path.write_text('"order id","date","pro""duct","amount"\n1,2024-01-31,Tea,3.5\n')
    assert read(load(declared(tmp_path, guess([path], tmp_path))), tmp_path).lines["amount"].sum() == 3.5


# --- the command line ------------------------------------------------------------------------------------------------


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="STORESIGHT_SOURCES"):
        folders({"STORESIGHT_SOURCES": str(tmp_path / "nowhere")})
    with pytest.raises(ConfigError, match="STORESIGHT_CATALOG"):
        folders({"STORESIGHT_CATALOG": str(tmp_path / "nowhere")})
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="STORESIGHT_STORE"):
        folders({"STORESIGHT_STORE": str(tmp_path / "file")})


def test_ingest_all_tells_what_was_skipped_and_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog, sources, store = tmp_path / "catalog", tmp_path / "sources", tmp_path / "store"
    catalog.mkdir()
    sources.mkdir()
    (sources / "shop.csv").write_text(HEAD + "1,2024-01-01,Tea,1,3,A\n,,,,,\n")
    (sources / "odd.csv").write_text(HEAD + "1,2024-01-01,Tea,1,three,A\n")
    declared(catalog, toml())
    (catalog / "odd.toml").write_text(toml(source='files = "odd.csv"'))
    (catalog / "away.toml").write_text(toml(source='files = "away.csv"'))
    monkeypatch.setattr("analytics.__main__.HERE", tmp_path / "empty")
    (tmp_path / "empty" / "data").mkdir(parents=True)
    monkeypatch.setenv("STORESIGHT_SOURCES", str(sources))
    monkeypatch.setenv("STORESIGHT_STORE", str(store))
    assert main(["ingest", "--all", "--catalog", str(catalog)]) == 1
    told = capsys.readouterr()
    assert "shop: 1 of 2 rows, 1 left out" in told.out
    assert "away: skipped. source.files: no file matches 'away.csv'" in told.err
    assert "odd: failed. odd.toml: fields.amount" in told.err
    assert main(["ingest", "shop", "--catalog", str(catalog)]) == 0
    assert main(["ingest", "shp", "--catalog", str(catalog)]) == 1
    assert "Did you mean 'shop'" in capsys.readouterr().err
    assert main(["quality", "shop", "--catalog", str(catalog)]) == 0
    told = capsys.readouterr()
    assert "shop: 2 rows read from 1 file, 1 kept" in told.out
    assert "1  left out: blank rows\n            shop.csv:3: , , , , , " in told.out


@pytest.mark.long
def test_guess_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(HEAD + "1,2024-01-31,Tea,1,3,A\n")
    command = [sys.executable, "-m", "analytics", "guess", str(tmp_path / "shop.csv")]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    assert "order_id" in run.stdout
    missing = subprocess.run(
        [*command[:-1], str(tmp_path / "no.csv")], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert (missing.returncode, "no such file" in missing.stderr) == (1, True)


# --- what the rows show ----------------------------------------------------------------------------------------------

DAYS = [f"2024-{n % 6 + 1:02d}-{n % 27 + 1:02d}" for n in range(40)]
COUNTS = [n // 4 % 4 + 1 for n in range(40)]
ITEMS = [("Mug", 12.9), ("Tea", 4.5), ("Spoon", 1.25), ("Kettle", 49.0)]


def order_file(folder: Path, header: str, row: str, name: str = "orders.csv", top: str = "", end: str = "") -> Path:
    """Forty orders of one line; `row` is a format of n, day, item, price, count, total and who."""
    lines = []
    for n, day in enumerate(DAYS):
        item, price = ITEMS[n * 7 % 4]
        count = COUNTS[n]
        total = round(price * count, 2)
        lines.append(row.format(n=n, day=day, item=item, price=price, count=count, total=total, who=f"C{n % 9}"))
    path = folder / name
    path.write_text(f"{top}{header}\n" + "\n".join(lines) + f"\n{end}", "utf-8")
    return path


TOTAL = sum(round(ITEMS[n * 7 % 4][1] * COUNTS[n], 2) for n in range(40))
LINE = "{n},{day},{item},{count}"
HEADER = "Order ID,Order Date,Product,Quantity,Amount,Customer ID"
ROW = LINE + ",{total},{who}"


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("language", "amount", "locale"),
    [("de", "1.299,50", "de-DE"), ("fr", "1.299,50", "fr-FR"), ("en", "1.299,50", "en-US"), ("de", "1299.50", "en-US")],
)
def test_numbers_will_be_written_as_in_the_file_where_its_reader_does_so(
    tmp_path: Path, language: str, amount: str, locale: str
) -> None:
    path = tmp_path / "orders.csv"
    rows = [f"{n};2024-03-{n % 28 + 1:02};Tea {n % 3};{n % 2 + 1};{amount}" for n in range(60)]
    path.write_text("\n".join(["Order;Date;Product;Quantity;Amount", *rows]), "utf-8")
    with in_language(language):
        assert tomllib.loads(guess([path], tmp_path))["locale"] == locale


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        (HEADER + ",,", ROW + ",,", ""),
        (HEADER + ",2024", ROW + ",x", ""),
        ("Sales report\nFrom 1 Jan to 30 Jun,2024\n\n" + HEADER, ROW, 'header = ["Order ID", "Customer ID"]'),
        ("sep=,\n" + HEADER, ROW, ""),
        (HEADER + ",Status", ROW + ",Done", ""),
        ("Order ID,Order Date,Product,Quantity,Item Price,Order Total,Customer ID",
         LINE + ",{price},{total},{who}", ""),
        ("order-id,purchase-date,sku,quantity,item-price,buyer-email", LINE + ",{total},{who}", "of the whole line"),
        ("order-id,purchase-date,sku,quantity-purchased,price,buyer-email",
         LINE + ",{price},{who}", "quantity * unit_price"),
        ("Order ID,Ship Date,Date of Order,Product,Sales,Price,Customer ID",
         "{n},2024-09-01,{day},{item},{count},{price},{who}", 'quantity   = "Sales"'),
        ("Order ID,Order Date,Product,Quantity,Shipping,VAT,Line Revenue,Customer ID",
         LINE + ",4.95,1.5,{total},{who}", ""),
        ("Numéro commande;Date commande;Produit;Quantité;Prix unitaire;Client",
         "{n};{day};{item};{count};{price};{who}", ""),
        (HEADER, LINE + ",${total},{who}", ""),
        (HEADER, LINE + ",R$ {total},{who}", 'currency = "BRL"'),
    ],
)  # fmt: skip
def test_names_and_rows_tell_the_amount(tmp_path: Path, header: str, row: str, says: str) -> None:
    path = order_file(tmp_path, header, row)
    text = guess([path], tmp_path)
    lines = read(load(declared(tmp_path, text)), tmp_path).lines
    assert lines["amount"].sum() == pytest.approx(TOTAL)
    assert (lines["order_id"].nunique(), lines["quantity"].sum(), lines["customer"].nunique()) == (40, sum(COUNTS), 9)
    assert says in text


@pytest.mark.parametrize(
    ("header", "row", "amount", "says"),
    [
        ("Order ID,Order Date,Product,Quantity,Unit Price,Discount,Customer ID",
         LINE + ",{price},10%,{who}", 0.9, "(1 - [Discount])"),
        ("Order ID,Order Date,Product,Quantity,Unit Price,Discount,Customer ID",
         LINE + ",{price},20,{who}", 0.8, "(1 - [Discount] / 100)"),
        ("Order ID,Order Date,Product,Quantity,Gross Sales,Net Sales,Tax,Total Sales",
         LINE + ",9,{total},2,{total}9", 1, '"Net Sales"'),
    ],
)  # fmt: skip
def test_a_share_of_the_price_is_no_money(tmp_path: Path, header: str, row: str, amount: float, says: str) -> None:
    text = guess([order_file(tmp_path, header, row)], tmp_path)
    assert read(load(declared(tmp_path, text)), tmp_path).lines["amount"].sum() == pytest.approx(TOTAL * amount)
    assert says in text


@pytest.mark.parametrize("name", ["Summe", "Gesamtpreis", "Gesamtbetrag"])
def test_a_german_total_next_to_a_price_is_the_amount_and_tells_the_currency(tmp_path: Path, name: str) -> None:
    header = f"Bestellnr.;Bestelldatum;Artikel;Menge;Einzelpreis;{name}"
    text = guess([order_file(tmp_path, header, "{n};{day};{item};{count};{price};{total} €")], tmp_path)
    assert tomllib.loads(text)["fields"]["amount"] == name
    assert 'currency = "EUR"\n' in text


def test_a_cost_that_does_not_grow_with_the_pieces_is_that_of_one(tmp_path: Path) -> None:
    path = order_file(tmp_path, HEADER + ",Cost", LINE + ",{total},{who},{price}")
    text = guess([path], tmp_path)
    assert 'compute = "quantity * [Cost]"' in text
    assert read(load(declared(tmp_path, text)), tmp_path).lines["cost"].sum() == pytest.approx(TOTAL)


def test_rows_that_are_no_sales_are_left_out_and_named(tmp_path: Path) -> None:
    end = f"99,2024-06-01,Tea,1,7,C1,Cancelled\nGrand Total,2024-06-01,,101,{TOTAL + 7:.2f},,\n"
    path = order_file(tmp_path, HEADER + ",Status", ROW + ",Done", end=end)
    text = guess([path], tmp_path)
    tables = read(load(declared(tmp_path, text)), tmp_path)
    assert tables.lines["amount"].sum() == pytest.approx(TOTAL)
    assert 'Status" = ["Cancelled"]  # nothing was sold' in text
    assert '"Order ID" = "Grand Total"  # a row of totals' in text


def test_order_fields_on_the_first_row_only_are_filled_down(tmp_path: Path) -> None:
    path = order_file(tmp_path, HEADER, ROW + "\n,,Spoon,2,2.5,")
    text = guess([path], tmp_path)
    lines = read(load(declared(tmp_path, text)), tmp_path).lines
    assert 'fill_down = ["Order ID", "Order Date", "Customer ID"]' in text
    assert lines["amount"].sum() == pytest.approx(TOTAL + 100)
    assert (len(lines), lines["order_id"].nunique(), lines["customer"].nunique()) == (80, 40, 9)


def test_a_total_of_the_order_on_each_line_counts_once(tmp_path: Path) -> None:
    rows = "".join(
        f"{n},{DAYS[n]},Tea,1,4.50,{12 + n % 3}.00,C\n{n},{DAYS[n]},Bun,2,{3.75 + (n % 3) / 2},{12 + n % 3}.00,C\n"
        for n in range(30)
    )
    (tmp_path / "orders.csv").write_text(
        "Order ID,Order Date,Item Name,Quantity,Item Price,Order Total,Customer ID\n" + rows
    )
    text = guess([tmp_path / "orders.csv"], tmp_path)
    lines = read(load(declared(tmp_path, text)), tmp_path).lines
    assert lines["amount"].sum() == pytest.approx(sum(12 + n % 3 for n in range(30)))
    assert 'order = "Order Total", by = "quantity * unit_price"' in text


def test_numbers_that_begin_again_each_day_are_joined_with_the_day(tmp_path: Path) -> None:
    rows = "".join(f"{n % 10 + 1},2024-01-{n // 10 + 1:02d},Tea,1,4.5\n" for n in range(200))
    (tmp_path / "orders.csv").write_text("Receipt No,Date,Item,Qty,Amount\n" + rows)
    text = guess([tmp_path / "orders.csv"], tmp_path)
    assert read(load(declared(tmp_path, text)), tmp_path).lines["order_id"].nunique() == 200


def test_texts_that_name_nobody_are_nobody(tmp_path: Path) -> None:
    path = order_file(tmp_path, HEADER, LINE + ",{total},Guest")
    lines = read(load(declared(tmp_path, guess([path], tmp_path))), tmp_path).lines
    assert set(lines["customer"]) == {""}


def test_times_with_offsets_tell_the_zone(tmp_path: Path) -> None:
    for offsets, zone in (
        (("-0500", "-0400"), "America/New_York"),
        (("-0500", "-0500"), "Etc/GMT+5"),
        (("+0000",) * 2, "UTC"),
    ):
        winter, summer = offsets
        rows = "".join(
            f"{n},2024-{m} 23:30:00 {o},Tea,1,3,C\n"
            for n, (m, o) in enumerate([("01-15", winter), ("07-15", summer)] * 5)
        )
        (tmp_path / "orders.csv").write_text(HEADER + "\n" + rows)
        assert f'time_zone = "{zone}"\n' in guess([tmp_path / "orders.csv"], tmp_path)


@pytest.mark.parametrize(
    ("first", "last", "offset", "currencies", "zone"),
    [
        ("2026-05-01", "2026-10-31", "+0100", ("GBP",), "Europe/London"),  # a few days of winter with summer's offset
        ("2026-05-01", "2026-10-31", "+0100", (), "Etc/GMT-1"),
        ("2026-05-01", "2026-09-01", "+0200", ("SEK",), "Europe/Stockholm"),
        ("2026-01-01", "2026-12-31", "+0100", ("GBP",), "Etc/GMT-1"),  # no zone of the currency has it in winter
    ],
)
def test_the_zone_is_one_where_the_currency_is_used(
    first: str, last: str, offset: str, currencies: tuple[str, ...], zone: str
) -> None:
    times = [f"{day:%Y-%m-%d} 10:00:00 {offset}" for day in pd.date_range(first, last)]
    texts = pa.array(times).dictionary_encode().cast(evidence.CODED_TEXT)
    rows = SimpleNamespace(table=pa.table({"at": texts}))
    assert evidence.zone_of(cast("Any", rows), "at", currencies) == zone


def test_files_and_sheets_that_are_alike_are_read_together(tmp_path: Path) -> None:
    first = order_file(tmp_path, HEADER, ROW, "a.csv")
    second = order_file(tmp_path, HEADER + ",Coupon", "1{n},{day},{item},{count},{total},{who},X", "b.csv")
    other = tmp_path / "c.csv"
    other.write_text("Region,Manager\nNorth,Ann\nSouth,Bo\n")
    text = guess([first, second, other], tmp_path)
    assert read(load(declared(tmp_path, text)), tmp_path).lines["amount"].sum() == pytest.approx(2 * TOTAL)
    assert "# Not used, since they are of another kind: c.csv" in text
    with pd.ExcelWriter(tmp_path / "book.xlsx") as book:
        pd.DataFrame([["Sales 2024"]]).to_excel(book, sheet_name="Cover", header=False, index=False)
        for name in ("Jan", "Feb"):
            pd.read_csv(first).to_excel(book, sheet_name=name, index=False, startrow=2)
    text = guess([tmp_path / "book.xlsx"], tmp_path)
    assert 'sheet = ["Jan", "Feb"]' in text
    assert "sheet Cover of book.xlsx" in text
    assert read(load(declared(tmp_path, text)), tmp_path).lines["amount"].sum() == pytest.approx(2 * TOTAL)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-16-le", "utf-16", "utf-8"])
def test_the_encoding_is_what_makes_words_of_the_bytes(tmp_path: Path, encoding: str) -> None:
    text = HEADER + "\n" + "".join(f"{n},2024-01-{n + 1:02d},Молоко,1,3.5,Анна\n" for n in range(20))
    (tmp_path / "orders.csv").write_bytes(text.encode(encoding))
    lines = guessed(tmp_path, [tmp_path / "orders.csv"], tmp_path)
    assert set(lines.lines["product"]) == {"Молоко"}


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("cp932", "りんごジュース,東京"), ("euc-jp", "りんごジュース,東京"), ("gb18030", "苹果汁,北京"),
     ("euc-kr", "사과,서울"),
     ("cp1252", "Käse,Café,München,5 €"), ("cp1253", "Γάλα,Τυρί"), ("cp866", "Молоко,Кефир")],
)  # fmt: skip
def test_encodings_of_many_scripts_are_told_apart(encoding: str, words: str) -> None:
    assert encoding_of(("id,name\n" + f"1,{words}\n" * 20).encode(encoding)) == encoding


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("row", "total"),
    [("{n};{day};{item};{count};1.161,0{count} €;{who}", 46_440 + 0.01 * sum(COUNTS)),
     ("{n};{day};{item};{count};1\u202f161,00;{who}", 46_440),
     ("{n};{day};{item};{count};11,61,000.00;{who}",
      46_440_000), ("{n};{day};{item};{count};{count}2.900;{who}", 1000 * (10 * sum(COUNTS) + 40 * 2.9)),
     ("{n};{day};{item};{count};1'161.00;{who}", 46_440),
     ("{n};{day};{item};{count};{count}2.950;{who}", 1000 * (10 * sum(COUNTS) + 40 * 2.95))],
)  # fmt: skip
def test_signs_of_numbers_are_seen(tmp_path: Path, row: str, total: float) -> None:
    path = order_file(tmp_path, HEADER.replace(",", ";"), row)
    assert guessed(tmp_path, [path], tmp_path).lines["amount"].sum() == pytest.approx(total)


def test_excel_days_are_seen_where_the_name_says_so(tmp_path: Path) -> None:
    path = order_file(tmp_path, HEADER, "{n},45{count}94,{item},{count},{total},{who}")
    assert 'format = "excel"' in guess([path], tmp_path)


def test_a_column_that_people_group_by_is_named_as_a_possible_dimension(tmp_path: Path) -> None:
    rows = "order,day,item,pieces,total,customer,ship mode,note\n" + "".join(
        f"{i},2024-01-{i % 28 + 1:02d},Tea,1,3.50,C{i % 7},{'Air' if i % 3 else 'Road'},text {i}\n" for i in range(60)
    )
    (tmp_path / "shop.csv").write_text(rows)
    text = guess([tmp_path / "shop.csv"], tmp_path)
    assert "# Columns not used: ship mode" in text
    assert "# To filter and group by ship mode, declare dimensions under [dimensions]." in text


@pytest.mark.long
def test_a_file_of_very_many_columns_is_refused_before_they_are_studied(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text(",".join(f"c{n}" for n in range(100_000)) + "\n")
    with pytest.raises(SourceError, match="has 100,000 columns; at most 2,000"):
        guess([tmp_path / "wide.csv"], tmp_path)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_header_alone_has_no_rows(tmp_path: Path, end: str) -> None:
    (tmp_path / "empty.csv").write_bytes(f"Order,Date,Product,Quantity,Amount{end}".encode())
    with pytest.raises((DataError, SourceError), match=r"has no rows\. Export it again, or leave it out\."):
        guess([tmp_path / "empty.csv"], tmp_path)


# --- what the files prove, and what they leave open

PRICES = (4.5, 3.25, 6.1, 8.0)


def priced(n: int) -> float:
    """What the line of a small shop costs by quantity and price."""
    return (n % 3 + 1) * PRICES[n % 4]


def small_shop(folder: Path, columns: str, cells: Callable[[int], str]) -> tuple[str, Tables]:
    """What guess writes of 40 lines with further columns, and the lines by it."""
    rows = "".join(f"{n},{DAYS[n]},{'TBJC'[n % 4]},{n % 3 + 1},{PRICES[n % 4]},{cells(n)}\n" for n in range(40))
    (folder / "shop.csv").write_text(f"Order No,Date,Item,Qty,Unit Price,{columns}\n{rows}")
    text = guess([folder / "shop.csv"], folder)
    return text, read(load(declared(folder, text)), folder)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("columns", "cells", "note"),
    [
        ("Tax,Total", lambda n: f"{priced(n) / 5:.2f},{priced(n) * 1.2:.2f}", '"Total" contains "Tax"'),
        ("Tax,Total", lambda n: f"{priced(n) / 5:.2f},{priced(n):.2f}", "negative is a refund: quantity * unit_price"),
        ("Shipping,Total", lambda n: f"{n % 5}.00,{priced(n) + n % 5:.2f}", '"Total" contains "Shipping"'),
        ("Amount", lambda n: f"{PRICES[n % 4]}", '"Amount" is a price per unit'),
    ],
)
def test_a_total_without_what_is_no_revenue(
    tmp_path: Path, columns: str, cells: Callable[[int], str], note: str
) -> None:
    text, tables = small_shop(tmp_path, columns, cells)
    assert tables.lines["amount"].sum() == pytest.approx(sum(map(priced, range(40))))
    assert note in text
    assert "is taken as" not in text


def test_a_small_discount_is_money_where_the_totals_show_it(tmp_path: Path) -> None:
    text, tables = small_shop(tmp_path, "Discount,Total", lambda n: f"{n % 2},{priced(n) - n % 2:.2f}")
    assert (tables.lines["discount"].sum(), "quantity × price gives it" in text) == (20, False)


def test_an_order_s_total_without_its_shipping_and_tax(tmp_path: Path) -> None:
    goods = [priced(2 * n) + priced(2 * n + 1) for n in range(30)]
    rows = "".join(
        f"{n},{DAYS[n]},{'TBJC'[k % 4]},{k % 3 + 1},{PRICES[k % 4]},5.00,{goods[n] / 10:.2f},"
        f"{goods[n] + 5 + round(goods[n] / 10, 2):.2f}\n"
        for n in range(30)
        for k in (2 * n, 2 * n + 1)
    )
    (tmp_path / "shop.csv").write_text(f"Order No,Date,Item,Qty,Unit Price,Shipping,Tax,Order Total\n{rows}")
    lines = guessed(tmp_path, [tmp_path / "shop.csv"], tmp_path).lines
    assert lines["amount"].sum() == pytest.approx(sum(goods))
    assert lines["shipping"].sum() == 150


def test_what_the_files_leave_open_is_said(tmp_path: Path) -> None:
    text, _ = small_shop(tmp_path, "Total", lambda n: f"{10 + n * 0.37:.2f}")
    assert "# Not sure: “Total” may not be the revenue: quantity × price gives it in 0% of cases." in text
    assert "# Not sure: The files do not say their currency: USD is assumed." in text
    rows = "".join(f"{DAYS[n]},Tea,3.50,{priced(n):.2f}\n" for n in range(40))
    (tmp_path / "shop.csv").write_text(f"Shipped,What,Freight,Worth\n{rows}")
    text = guess([tmp_path / "shop.csv"], tmp_path)
    for said in (
        "“Shipped” is taken as the day of the order by its values, not by its name.",
        "“Worth” is taken as the revenue of the line by its values, not by its name.",
        "“Worth” may contain “Freight”: there is no price to compare it with.",
        "No column names the order: each row counts as one order.",
        "No column counts the units sold: each row counts as one unit.",
    ):
        assert f"# Not sure: {said}\n" in text


PIECES = ["1", "1", "2", "3", "5"]
PRICED = [("Mug", 12.9), ("Tea", 4.5), ("Spoon", 1.25), ("Kettle", 49.0)]


def sold(folder: Path, header: str, row: str) -> Path:
    """120 lines of orders with two lines each; `row` is a format of order, day, item, price, count and total."""
    lines = []
    for n in range(120):
        item, price = PRICED[n * 7 // 3 % 4]
        count = int(PIECES[n * 11 % 5])
        lines.append(
            row.format(order=n // 2, day=DAYS[n // 2 % 40], item=item, price=price, count=count, total=price * count)
        )
    path = folder / "sold.csv"
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


PRICES_OF_ONE = [
    "Preis/Stk", "MRP", "Rate", "price (each)", "Price", "unit price", "UnitPrice", "Einzelpreis", "Prix unitaire",
    "Preço unitário", "Prezzo", "Cena jednostkowa", "Stykpris", "UVP", "Betrag pro Stück", "Item Price", "単価",
]  # fmt: skip


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", [*PRICES_OF_ONE, "Amount", "Wert"])
def test_a_price_of_one_piece_is_no_revenue_unseen(tmp_path: Path, name: str) -> None:
    path = sold(tmp_path, f"Order,Date,Product,{name}", "{order},{day},{item},{price}")
    text = guess([path], tmp_path)
    fields = tomllib.loads(text)["fields"]
    assert (fields["unit_price"], fields["amount"]) == (name, {"compute": "quantity * unit_price"})
    assert f"# Not sure: “{name}” looks like the price of one piece, and no column counts pieces" in text
    (found,) = [f for f in read(load(declared(tmp_path, text)), tmp_path).quality.findings if "pieces" in f.label]
    assert (found.effect, found.rows) == ("noticed", 120)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        ("Order,Date,Product,Price", "{order},{day},{item},{total}", "multiple of the lowest"),
        ("Order,Date,Product,Price each,Total", "{order},{day},{item},{price},{total}", "[Total] / [Price each]"),
        ("Order,Date,Product,Qty,MRP", "{order},{day},{item},{count},{price}", "the price that customers paid"),
        ("Order,Date,Product,Qty,Amount", "{order},{day},{item},{count},{price}", "does not grow with the number"),
        ("Order,Date,Product,Qty,Price incl. VAT,Price excl. VAT", "{order},{day},{item},{count},99.5,{price}",
         '"Price excl. VAT"'),
        ("Order,Date,Product,Line total", "{order},{day},{item},{total}", "No column counts the units sold"),
    ],
)  # fmt: skip
def test_names_and_rows_tell_prices_from_totals(tmp_path: Path, header: str, row: str, says: str) -> None:
    text = guess([sold(tmp_path, header, row)], tmp_path)
    total = sum(PRICED[n * 7 // 3 % 4][1] * int(PIECES[n * 11 % 5]) for n in range(120))
    tables = read(load(declared(tmp_path, text)), tmp_path)
    assert tables.lines["amount"].sum() == pytest.approx(total)
    assert says in text
    assert not any("pieces" in f.label for f in tables.quality.findings)


def test_a_price_that_contains_tax_says_so(tmp_path: Path) -> None:
    path = sold(tmp_path, "Order,Date,Product,Qty,Price (incl. VAT)", "{order},{day},{item},{count},{price}")
    assert tomllib.loads(guess([path], tmp_path))["ledger"] == {"tax": "inside"}


def test_a_total_below_columns_of_two_headings_is_no_line(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = [["Sales 2024"], [], ["Slip", "", "Goods"], ["No.", "Date", "Product", "Qty", "Turnover"]]
    rows += [[n, DAYS[n], "Tea", 2, 3.5 + n] for n in range(30)]
    for each in [*rows, ["Sum", None, None, 60, sum(3.5 + n for n in range(30))]]:
        book.active.append(each)  # type: ignore[union-attr]
    book.save(tmp_path / "sales.xlsx")
    lines = guessed(tmp_path, [tmp_path / "sales.xlsx"], tmp_path).lines
    assert (len(lines), lines["amount"].sum()) == (30, sum(3.5 + n for n in range(30)))


def header_and_lines(folder: Path, extra: Sequence[str], total: str) -> tuple[list[Path], dict[str, float]]:
    """A file with a row an order, with these charges, and one with its lines; and what the orders come to."""
    lines = [(1000 + n // 2, f"Tea {n % 4}", 1 + n % 3, 2.5 * (1 + n % 4)) for n in range(80)]
    rows, sums = [], {"lines": 0.0, "tax": 0.0, "discount": 0.0}
    for order in range(1000, 1040):
        of_lines = sum(q * p for o, _, q, p in lines if o == order)
        tax, discount = round(of_lines * 0.08, 2), 1.0 + order % 4
        told = {"on top": of_lines - discount * ("discount" in extra) + tax, "inside": of_lines, "": 0}[total]
        money = {"tax": tax, "discount": discount}
        rows.append(
            [order, f"2024-01-{order % 28 + 1:02}", *(money[n] for n in extra), *([round(told, 2)] if total else [])]
        )
        for name, value in (("lines", of_lines), *money.items()):
            sums[name] += value
    heads = ["order_id", "order_date", *extra, *(["total"] if total else [])]
    orders, items = folder / "orders.csv", folder / "items.csv"
    orders.write_text("\n".join(",".join(map(str, row)) for row in (heads, *rows)) + "\n")
    items.write_text("order_id,product,quantity,unit_price\n" + "".join(f"{o},{p},{q},{u}\n" for o, p, q, u in lines))
    return [orders, items], sums


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("extra", "total", "doubts"),
    [(["tax", "discount"], "on top", 0), (["tax"], "inside", 0), (["tax", "discount"], "", 2)],
)
def test_charges_and_discounts_of_a_header_are_shared_by_its_lines(
    tmp_path: Path, extra: list[str], total: str, doubts: int
) -> None:
    paths, sums = header_and_lines(tmp_path, extra, total)
    text = guess(paths, tmp_path)
    lines = read(load(declared(tmp_path, text)), tmp_path).lines
    off = sums["discount"] if "discount" in extra else 0.0
    assert lines["amount"].sum() == pytest.approx(sums["lines"] - off)
    assert lines["tax"].sum() == pytest.approx(sums["tax"])
    assert ('tax = "inside"' in text) == (total == "inside")
    left_open = ("is taken to come on top of the amounts", "is subtracted; the prices may be")
    assert sum(any(said in line for said in left_open) for line in text.split("\n")) == doubts


def test_a_header_and_its_lines_in_two_sheets_of_a_workbook(tmp_path: Path) -> None:
    paths, sums = header_and_lines(tmp_path, ["tax"], "on top")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for path in paths:
        sheet = book.create_sheet(path.stem)
        for number, row in enumerate(csv.reader(path.open())):
            sheet.append([float(c) if number and c.replace(".", "").isdigit() else c for c in row])
    book.create_sheet("Notes").append(["Made by hand"])
    book.save(tmp_path / "book.xlsx")
    text = guess([tmp_path / "book.xlsx"], tmp_path)
    lines = read(load(declared(tmp_path, text)), tmp_path).lines
    assert (len(lines), lines["order_id"].nunique()) == (80, 40)
    assert lines["amount"].sum() == pytest.approx(sums["lines"])
    assert "sheet orders of" not in text
    assert "sheet Notes of book.xlsx" in text


EACH_DAY = [f"2024-{n // 28 + 1:02}-{n % 28 + 1:02}" for n in range(28)]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("head", "rows", "refused"),
    [
        ("Date,Sales", [f"{day},{n}.50" for n, day in enumerate(EACH_DAY)], True),
        ("Day,Items,Net sales", [f"{day},{n + 3},{n}.50" for n, day in enumerate(EACH_DAY) if n % 7 < 6], True),
        ("Month,Product,Revenue", [f"2024-{m:02},{p},{m}.50" for m in range(1, 13) for p in ("Tea", "Cup")], True),
        ("Date,Product,Amount", [f"{day},{'Tea' if n % 3 else 'Cup'},{n}.50" for n, day in enumerate(EACH_DAY)], False),
        ("Date,Customer,Amount", [f"{day},c{n},{n}.50" for n, day in enumerate(EACH_DAY)], False),
        ("Order,Date,Amount", [f"{n},{day},{n}.50" for n, day in enumerate(EACH_DAY)], False),
        ("Date,Amount", [f"{day},{n}.50" for n, day in enumerate(EACH_DAY) for _ in range(2)], False),
        (
            "Date,Amount",
            [f"{day},{n}.50" for n, day in enumerate(EACH_DAY) if n in (1, 2, 5, 9, 15, 16, 23, 27)],
            False,
        ),
    ],
)
def test_sums_of_days_are_no_orders(tmp_path: Path, head: str, rows: list[str], refused: bool) -> None:
    path = tmp_path / "sums.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    if not refused:
        assert guess([path], tmp_path)
        return
    with pytest.raises(
        DataError, match=r"sum of a period\. To compare with the page Reconciliation: (Sales|Revenue|Items) "
    ):
        guess([path], tmp_path)


def test_sums_beside_orders_are_told_and_not_read(tmp_path: Path) -> None:
    paths, _ = header_and_lines(tmp_path, [], "")
    (tmp_path / "days.csv").write_text("Date,Sales\n" + "".join(f"{day},2.50\n" for day in EACH_DAY))
    text = guess([*paths, tmp_path / "days.csv"], tmp_path)
    assert "to compare with the page Reconciliation: Sales 70.00: days.csv" in text
    assert len(read(load(declared(tmp_path, text)), tmp_path).lines) == 80


@pytest.mark.parametrize("name", ["Amount", "Quantity"])
def test_a_column_with_some_texts_among_its_numbers_is_taken_and_doubted(tmp_path: Path, name: str) -> None:
    strange = {"Amount": lambda n: "ERROR" if n % 9 == 4 else None, "Quantity": lambda n: "two" if n % 9 == 4 else None}
    rows = "".join(
        f"{n},{DAYS[n]},Tea,{(strange['Quantity'](n) if name == 'Quantity' else None) or n % 3 + 1},"
        f"{(strange['Amount'](n) if name == 'Amount' else None) or f'{n}.50'}\n"
        for n in range(40)
    )
    (tmp_path / "a.csv").write_text("Order,Date,Product,Quantity,Amount\n" + rows)
    text = guess([tmp_path / "a.csv"], tmp_path)
    first = "ERROR" if name == "Amount" else "two"
    assert f"“{name}” may be the wrong column: 4 of 40 values are not numbers, such as “{first}”. Their rows" in text
    assert len(read(load(declared(tmp_path, text)), tmp_path).lines) == 36


def test_names_of_columns_that_real_files_have(tmp_path: Path) -> None:
    header = (
        "InvoiceNo,InvoiceDate,Product,Quantity,Sales,company_name,household_id,product_category_name,Region,State,"
    )
    header += "Country/Region,cogs"
    row = "{n},{day},{item},{count},{total},Co {who},1785{count}.0,Kind,West,CA,United States,1.5"
    text = guess([order_file(tmp_path, header, row)], tmp_path)
    fields = tomllib.loads(text)["fields"]
    wanted = {"customer": "household_id", "customer_name": "company_name", "category": "product_category_name"}
    wanted |= {"region": "State", "country": "Country/Region"}
    assert {name: fields.get(name) for name in wanted} == wanted
    assert "cogs" in str(fields["cost"])


@pytest.mark.parametrize("word", ["Größe", "März", "Café,Señor", "Münze"])
def test_the_encoding_of_old_tills_is_seen(word: str) -> None:
    raw = ("id,name\n" + f"1,{word}\n" * 20).encode("cp850")
    assert encoding_of(raw) == "cp850"
    assert encoding_of(f"id,name\n1,{word}\n2,„{word}“ – 5 €\n".encode("cp1252")) == "cp1252"
