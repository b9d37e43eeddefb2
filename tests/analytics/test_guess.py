"""guess: whatever the file, a TOML that ingests or a statement of what is needed. And the command line around it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analytics.__main__ import folders, main
from analytics.errors import ConfigError, DataError, SourceError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.guessing.guess import guess
from tests.analytics.shop import HEAD, declared, toml

pytestmark = pytest.mark.slow


def guessed(folder: Path, paths: list[Path], sources: Path) -> Tables:
    return read(load(declared(folder, guess(paths, sources))), sources)


@pytest.mark.parametrize(
    ("pattern", "orders", "amount", "customers"),
    [
        ("bytronix/Sales_*_2019.csv", 178_437, 34_492_035.97, 140_787),  # copies are kept until somebody says otherwise
        ("classic_models/sales_data_sample.csv", 307, 10_032_628.85, 92),
        ("cdnow/CDNOW_master.txt", 69_659, 2_500_315.63, 23_570),
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


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("groceries/groceries_long.csv.gz", "no column gives the date of the order .* nor the amount"),
        ("groceries/groceries_410rules.csv", "no column gives the date"),
        ("atliq/products.csv", "no column gives the date of the order .* nor the amount"),
        ("atliq/customers.csv", "no column gives the date"),
        ("atliq/markets.csv", "no column gives the date"),
        ("atliq/date.csv", "no column gives the amount"),
        ("attribution/channelattribution_data.csv.gz", "looks like the extra table 'paths'"),
        ("attribution/attribution_expected.csv", "no column gives the date"),
        ("cdnow/cdnow_summary.csv", "no column gives the date"),
        ("cdnow/cdnow_cohort_counts_calendar.csv", "no column gives"),
        ("bytronix/expected_pairs.csv", "no column gives the date"),
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
        (b"a,b\n", "has no rows"),
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


def test_guess_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(HEAD + "1,2024-01-31,Tea,1,3,A\n")
    command = [sys.executable, "-m", "analytics", "guess", str(tmp_path / "shop.csv")]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    assert "order_id" in run.stdout
    missing = subprocess.run(
        [*command[:-1], str(tmp_path / "no.csv")], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert (missing.returncode, "no such file" in missing.stderr) == (1, True)
