"""Known orders, written as each platform writes them, have their ledger again after guess and ingest: to the cent."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.guessing.guess import guess
from tests.analytics.shop import declared
from tests.packs.platforms import text
from tests.packs.test_known_files import guessed
from tests.packs.ways import PLATFORMS, SAID, ledger_of, read_by_guess, told, wanted, written
from tests.samples import crossed

pytestmark = pytest.mark.no_cover

# What is given with another file is looked at by test_joined_files.
ALONE = [name for name, way in PLATFORMS.items() if not way.beside]
# Of languages one; make test takes every third of them.
SEEDS = crossed([name for name in ALONE if " in " not in name], (1, 2), 1)
IN_LANGUAGES = [name for name in ALONE if " in " in name]
SEEDS += [pytest.param(name, 2, marks=[pytest.mark.long] if i % 3 else []) for i, name in enumerate(IN_LANGUAGES)]


@pytest.mark.sampled(117)
@pytest.mark.parametrize(("platform", "seed"), SEEDS)
def test_known_orders_have_their_ledger_again(tmp_path: Path, platform: str, seed: int) -> None:
    way = PLATFORMS[platform]
    known = told(way, seed)
    toml, found = read_by_guess(written(way, known, seed, tmp_path), tmp_path)
    assert {line for line in toml.split("\n") if line in SAID} == set(way.says)
    expected = wanted(way, known)
    assert {item: found[item] for item in expected} == expected


@pytest.mark.sampled(8)
@pytest.mark.parametrize("platform", ["Shopify", "WooCommerce", "Etsy", "eBay"])
def test_a_file_that_was_saved_again_with_semicolons_and_decimal_commas(tmp_path: Path, platform: str) -> None:
    way = PLATFORMS[platform]
    known = told(way, 4)
    rows = [{name: _with_comma(cell) for name, cell in row.items()} for order in known for row in way.rows(order)]
    toml, tables = guessed(tmp_path, text(rows, ";", way.above))
    assert 'decimal = ","' in toml
    expected = wanted(way, known)
    found = ledger_of(tables)
    assert {item: found[item] for item in expected} == expected


def _with_comma(cell: str) -> str:
    return re.sub(r"^(\$?-?\d+)\.(\d\d)$", r"\1,\2", cell)


@pytest.mark.long
@pytest.mark.parametrize("platform", ["Shopify", "Amazon", "Odoo"])
def test_a_file_that_was_saved_as_a_workbook(tmp_path: Path, platform: str) -> None:
    way = PLATFORMS[platform]
    known = told(way, 5)
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
    expected = wanted(way, known)
    found = ledger_of(tables)
    assert {item: found[item] for item in expected} == expected


def _typed(cell: str) -> str | float | None:
    return float(cell) if re.fullmatch(r"-?\d+\.\d\d", cell) else cell or None
