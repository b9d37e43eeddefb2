"""Files of platforms that packs know: guess names them, and what it writes reads them to the cent."""

from __future__ import annotations

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

TITLES = {
    "Amazon date range": "Amazon date range report of transactions",
    "Square items": "Square items detail",
    "Etsy sold items": "Etsy sold order items",
    "WooCommerce": "WooCommerce export by Advanced Order Export",
}


def guessed(folder: Path, text: str, name: str = "export.csv") -> tuple[str, Tables]:
    """What guess writes of a file, and the lines by it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    toml = guess([path], folder)
    assert "does not ingest yet" not in toml, toml
    return toml, read(load(declared(folder, toml)), folder)


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
    used |= {column for column, _ in (*shape.keep, *shape.drop)}
    used |= {name.name for check in spec.checks for formula in (check.lines, check.equals) for name in formula.names}
    if shape.explode:
        used = {u for u in used if f"(?P<{u}>" not in shape.explode.regex} | set(shape.explode.columns)
    assert {u for u in used if u not in FIELDS} <= set(pack.known)
    assert not set(pack.optional) & {*pack.fingerprint, *pack.required}
    assert not set(pack.columns) & used


def test_no_pack_is_a_data_set() -> None:
    assert HERE.name == "packs"
    assert len({known.pack.title for known in packs()}) == len(packs())


def test_shopify_s_file_without_optional_columns(tmp_path: Path) -> None:
    toml, tables = guessed(tmp_path, SHOPIFY)
    assert "# Shopify orders export: " in toml
    assert 'time_zone = "' in toml
    print(toml)
    assert tables.lines["amount"].sum() > 0


def test_an_aggregate_is_refused_and_says_what_to_export(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("Product title,Gross sales,Discounts,Returns,Net sales\nMug,10,0,0,10\n")
    with pytest.raises(DataError, match=r"sales by product: it has sums .* Export the orders"):
        guess([path], tmp_path)
