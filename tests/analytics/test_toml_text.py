"""A TOML edited as text: what is not changed stays as it was written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from analytics.errors import CatalogError
from analytics.loading.catalog import load
from analytics.loading.guessing.guess import guess
from analytics.loading.written.toml_text import TomlText

SHOP = 'title = "Shop"  # ours\n\n[source]\nfiles = "a.csv"\n\n[fields]\namount = "Total"\n"own key" = "x"\n'


def test_a_key_gets_another_value_and_the_rest_stays() -> None:
    toml = TomlText(SHOP)
    toml.put("source.files", '["b.csv", "c.csv"]')
    toml.put('fields."own key"', '"y"')
    assert str(toml) == SHOP.replace('"a.csv"', '["b.csv", "c.csv"]').replace('"x"', '"y"')


def test_a_key_or_a_table_that_is_absent_is_added() -> None:
    toml = TomlText(SHOP)
    toml.put("source.decimal", '","')
    toml.put("ledger.tax", '"inside"')
    assert 'files = "a.csv"\ndecimal = ","\n\n[fields]' in str(toml)
    assert tomllib.loads(str(toml))["ledger"] == {"tax": "inside"}


def test_a_key_is_found_where_its_value_is_on_its_own_line() -> None:
    assert TomlText(SHOP).places("files") == ["source.files"]
    assert TomlText(SHOP.replace('"a.csv"', '[\n"a.csv"\n]')).places("files") == []


def test_a_pack_whose_value_goes_on_in_the_next_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "till.toml"
    path.write_text(
        'title = "Till"\n[source]\nfiles = "a.csv"\n[fields]\norder_id = { columns = [\n"Shop",\n"No"] }\n'
        'ordered_at = "Day"\nproduct = "Item"\nquantity = { constant = 1 }\namount = "Total"\n'
        '[pack]\nfingerprint = [\n"No",\n"Item"]\n'
    )
    with pytest.raises(CatalogError, match="write each value on one line"):
        load(path)


def test_files_are_named_as_those_of_the_toml_s_folder_where_it_will_be_there(tmp_path: Path) -> None:
    for at in (1, 2):
        (tmp_path / f"day_{at}.csv").write_text(f"Order ID,Date,Item,Amount\n{at},2026-01-0{at},Cup,3.50\n")
    paths = sorted(tmp_path.glob("*.csv"))
    toml = guess(paths, tmp_path, prefix="./", check=False)
    assert tomllib.loads(toml)["source"]["files"] == "./day_*.csv"
