"""Ingest block by block gives what ingest at once gives: the same lines, the same store, every row accounted for."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import store
from analytics.errors import DataError, SourceError
from analytics.loading.catalog import load
from analytics.loading.dataset import Tables, read
from analytics.loading.guessing import known_toml
from analytics.loading.guessing.guess import guess
from analytics.loading.ingest import ingest
from analytics.loading.lines.fingerprints import is_in, repeated, row_fingerprints, text_fingerprints
from analytics.loading.lines.spool import Spool
from analytics.loading.lines.spooled_columns import SpooledTexts, put_distinct
from analytics.loading.reading import delimited, parquet, sources, text_stream
from analytics.loading.reading.workbooks import xlsx_cells
from analytics.loading.spec import Source
from analytics.quality import Quality
from tests.analytics.shop import FIELDS, HEAD, declared, reasons, toml
from tests.packs import platforms
from tests.packs.orders import orders
from tests.samples import crossed

pytestmark = pytest.mark.slow

DROP = '[cleaning]\nexact_duplicates = "drop"\ninvalid_rows = "drop"'
ISO = FIELDS.replace('"day"', '{ column = "day", format = "%Y-%m-%d" }')


def blocks_of(patch: pytest.MonkeyPatch, rows: int, size: int = 64) -> None:
    """Few rows a block, and few bytes parsed at a time."""
    patch.setattr(sources, "BLOCK_ROWS", rows)
    patch.setattr(parquet, "BLOCK_ROWS", rows)
    patch.setattr(xlsx_cells, "BLOCK_ROWS", rows)
    patch.setattr(delimited, "BLOCK_BYTES", size)
    patch.setattr(delimited, "HEAD_BYTES", size)
    patch.setattr(text_stream, "HEAD_BYTES", size)


def company(seed: int, count: int = 60) -> str:
    """Orders whose lines lie apart, copies far from their originals, refunds, blank, ragged and unreadable rows."""
    chance = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        order, day = chance.integers(1, 25), chance.integers(1, 29)
        what = chance.choice(["Tea", "Käse", " Bun ", "名前"])
        rows.append(
            f"{order},2024-01-{day:02d},{what},{chance.integers(1, 4)},{chance.integers(-3, 9)}.5,"
            f"{chance.choice(['A', '', 'Zoë'])}"
        )
    rows += list(chance.choice(rows, 6))
    rows += [
        ",,,,,",
        "",
        "1,2024-01-01,Tea,1,1,A,x",
        "2,soon,Tea,1,1,A",
        "3,2024-01-01,Tea,x,1,A",
        HEAD.strip(),
        ",2024-01-01,Tea,1,1,A",
    ]
    return "\n".join(np.array(rows, dtype=object)[chance.permutation(len(rows))]) + "\n"


def shown(tables: Tables) -> pd.DataFrame:
    """Lines with categories as plain texts, so that the order of categories does not matter."""
    return tables.lines.astype(dict.fromkeys(tables.lines.columns[tables.lines.dtypes == "category"], "str"))


@pytest.mark.long
@pytest.mark.parametrize(("made", "rows"), crossed([(1, "keep"), (1, "drop"), (2, "keep"), (2, "drop")], [1, 4, 17], 1))
def test_blocks_give_what_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: tuple[int, str], rows: int
) -> None:
    seed, rule = made
    text = company(seed)
    for name, part in (
        ("a.csv", text[: text.index("\n", len(text) // 2) + 1]),
        ("b.csv", text[text.index("\n", len(text) // 2) + 1 :]),
    ):
        (tmp_path / name).write_text(HEAD + part, "utf-8")
    spec = load(
        declared(
            tmp_path, toml(DROP.replace('"drop"', f'"{rule}"', 1), fields=ISO, source='files = ["a.csv", "b.csv"]')
        )
    )
    whole = read(spec, tmp_path)
    ingest(spec, tmp_path, tmp_path / "whole")
    with monkeypatch.context() as patched:
        blocks_of(patched, rows)
        parts = read(spec, tmp_path)
        ingest(spec, tmp_path, tmp_path / "parts")
    pd.testing.assert_frame_equal(shown(whole), shown(parts))
    assert whole.quality.rows_read == parts.quality.rows_read == parts.quality.rows_kept + parts.quality.rows_left_out
    for effect in ("left out", "changed", "noticed"):
        assert reasons(whole, effect) == reasons(parts, effect)
    assert {"blank_row", "repeated_header", "ragged_row", "bad_quantity", "missing_order_id"} <= reasons(parts).keys()
    one, other = (store.open(tmp_path / which, "shop") for which in ("whole", "parts"))
    assert one.facts == other.facts
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], err_msg=name)
    for name, dictionary in one.dictionaries.items():
        assert dictionary.arrow.equals(other.dictionaries[name].arrow)
    assert not list((tmp_path / "parts").glob(".spool-*"))


def test_examples_name_rows_of_later_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks_of(monkeypatch, 2)
    rows = (
        "".join(f"{i},2024-01-01,Tea,1,3,A\n" for i in range(9))
        + "0,2024-01-01,Tea,1,3,A\n1,2024-01-02,Tea,1,3,A,x\nx,2024-01-01,Tea,1,3,\n"
    )
    (tmp_path / "shop.csv").write_text(HEAD + rows)
    tables = read(load(declared(tmp_path, toml(DROP))), tmp_path)
    assert {f.reason: [e.split(": ")[0] for e in f.examples] for f in tables.quality.findings} == {
        "exact_duplicate": ["shop.csv:11"], "ragged_row": ["shop.csv:12"], "no_customer": ["shop.csv:13"],
    }  # fmt: skip


def test_what_the_first_dates_leave_open_later_ones_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks_of(monkeypatch, 2)
    path = declared(tmp_path, toml())
    days = ["03/04/2024", "05/06/2024", "07/08/2024", "31/12/2024"]
    (tmp_path / "shop.csv").write_text(HEAD + "".join(f"{i},{d},Tea,1,3,A\n" for i, d in enumerate(days)))
    tables = read(load(path), tmp_path)
    assert tables.lines["ordered_at"].dt.strftime("%d/%m/%Y").tolist() == days
    assert tables.quality.rows_read == tables.quality.rows_kept == 4
    (tmp_path / "shop.csv").write_text(HEAD + "".join(f"{i},{d},Tea,1,3,A\n" for i, d in enumerate(days[:3])))
    with pytest.raises(DataError, match="can be read in several ways: '%m/%d/%Y', '%d/%m/%Y'"):
        read(load(path), tmp_path)
    (tmp_path / "shop.csv").write_text(
        HEAD + "".join(f"{i},{d},Tea,1,3,A\n" for i, d in enumerate([*days, "12/31/2024"]))
    )
    with pytest.raises(DataError, match="no single known format"):
        read(load(path), tmp_path)
    same = [
        "01/01/2024",
        "02/02/2024",
        "03/03/2024",
        "04/05/2024",
    ]  # the first block reads alike both ways, the last does not
    (tmp_path / "shop.csv").write_text(HEAD + "".join(f"{i},{d},Tea,1,3,A\n" for i, d in enumerate(same)))
    with pytest.raises(DataError, match="can be read in several ways"):
        read(load(path), tmp_path)


def test_a_wrong_byte_far_down_is_named_with_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks_of(monkeypatch, 2)
    rows = [f"{i},2024-01-01,Tea,1,3,Zoë\n".encode() for i in range(40)]
    rows[30] = rows[30].replace("ë".encode(), b"\xeb")
    (tmp_path / "shop.csv").write_bytes(HEAD.encode() + b"".join(rows))
    with pytest.raises(SourceError, match=r"shop\.csv: byte 0xeb in row 32 is not utf-8"):
        read(load(declared(tmp_path, toml())), tmp_path)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "shift_jis"])
def test_letters_are_whole_wherever_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    name = "テスト" if encoding == "shift_jis" else "Zoë Ünal"
    rows = HEAD + "".join(f'{i},2024-01-01,"Tea\n{name}",1,3,{name}\n' for i in range(50))
    (tmp_path / "shop.csv").write_bytes(rows.encode(encoding))
    blocks_of(monkeypatch, 3, size=157)
    tables = read(load(declared(tmp_path, toml(source=f'files = "shop.csv"\nencoding = "{encoding}"'))), tmp_path)
    assert (len(tables.lines), set(tables.lines["product"]), set(tables.lines["customer"])) == (
        50,
        {f"Tea\n{name}"},
        {name},
    )


def test_a_quote_that_is_never_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks_of(monkeypatch, 3, size=157)
    (tmp_path / "shop.csv").write_text(HEAD + '1,2024-01-01,"Tea,1,3,A\n' + "2,2024-01-01,Tea,1,3,A\n" * 50)
    with pytest.raises(
        SourceError, match=r"shop\.csv: a row after row \d+ is longer than .* quotation mark is not closed"
    ):
        read(load(declared(tmp_path, toml())), tmp_path)


def test_white_space_separated_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop.csv").write_text(
        "".join(f"  {i}  2024-01-{1 + i % 28:02d}\tTea  1 {i}.5   A \r\n" for i in range(40))
    )
    blocks_of(monkeypatch, 3, size=50)
    source = (
        'files = "shop.csv"\nseparator = "whitespace"\ncolumns = ["order", "day", "item", "pieces", "total", "who"]'
    )
    tables = read(load(declared(tmp_path, toml(source=source))), tmp_path)
    assert tables.lines["amount"].tolist() == [i + 0.5 for i in range(40)]


def test_parquet_files_of_several_kinds_of_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame(
        {
            "order": range(20),
            "day": pd.Timestamp("2024-02-29"),
            "item": ["Tea", None] * 10,
            "pieces": 1,
            "total": 2.5,
            "who": "A",
        }
    )
    frame.astype({"item": "category"}).to_parquet(tmp_path / "a.parquet", row_group_size=3)
    frame.assign(order=[f"x{i}" for i in range(20)]).drop(columns="pieces").assign(pieces=[1.0] * 20).to_parquet(
        tmp_path / "b.parquet"
    )
    spec = load(declared(tmp_path, toml(source='files = ["a.parquet", "b.parquet"]')))
    whole = read(spec, tmp_path)
    blocks_of(monkeypatch, 7)
    pd.testing.assert_frame_equal(shown(whole), shown(read(spec, tmp_path)))
    assert whole.lines["order_id"].tolist() == [str(i) for i in range(20)] + [f"x{i}" for i in range(20)]
    assert whole.lines["product"].astype("str").tolist() == ["Tea", ""] * 20


@given(st.lists(st.text(max_size=20), max_size=30))
def test_fingerprints_tell_texts_apart(texts: list[str]) -> None:
    texts = [t for t in texts if t.isprintable()]
    prints = text_fingerprints(pa.array(texts, pa.large_string()))
    assert len(set(prints.tolist())) == len(set(texts))
    alone = [int(text_fingerprints(pa.array([text], pa.large_string()))[0]) for text in texts]
    assert prints.tolist() == alone, "whatever texts are in the same array"
    assert is_in(prints, repeated(prints)).tolist() == [texts.count(t) > 1 for t in texts]
    with tempfile.TemporaryDirectory() as folder:
        found = SpooledTexts(Path(folder) / "texts")
        positions = put_distinct(pa.chunked_array([pa.array(texts, pa.large_string())]), found)
        distinct = found.read()
    assert distinct.to_pylist() == list(dict.fromkeys(texts))
    assert [distinct[int(p)].as_py() for p in positions] == texts


def test_fingerprints_tell_rows_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ("a", 1, 0.5, None),
        ("a", 1, 0.5, True),
        ("a", 1, None, True),
        ("1", 0, 0.5, True),
        ("", 1, 0.5, False),
        ("a", 1, 0.5, None),
    ]
    table = pa.table([pa.array([r[i] for r in rows]) for i in range(4)], names=list("abcd"))
    table = table.set_column(0, "a", table.column(0).dictionary_encode()).combine_chunks()
    prints = row_fingerprints(table)
    assert len(set(prints.tolist())) == 5
    assert prints[0] == prints[5]


def test_dictionaries_of_many_blocks_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(3)
    texts = [[f"w{i}" for i in chance.integers(0, 50, n)] for n in (7, 0, 30, 1)]
    for many in (0, 10**6):
        monkeypatch.setattr("analytics.loading.lines.spooled_columns.MANY_TEXTS", many)
        with Spool() as spool:
            for block in texts:
                spool.add({"product": pa.array(block, pa.string()).dictionary_encode()}, len(block))
            codes, words = spool.texts("product")
            assert [words[int(c)].as_py() for c in codes] == [w for block in texts for w in block]
            assert len(set(words.to_pylist())) == len(words)
            spool.keep(np.arange(len(spool)) % 2 == 0)
            codes, words = spool.texts("product")
            assert [words[int(c)].as_py() for c in codes] == [w for block in texts for w in block][::2]


def test_some_columns_and_the_first_rows_of_files_can_be_read_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("x,y,z\n" + "1,Tea,\n2,Bun\n3,Tea,1,9\n" * 20)
    (tmp_path / "b.csv").write_text("y,x\nTea,1\n")
    source = Source("csv", ("a.csv", "b.csv"))
    blocks_of(monkeypatch, 4)
    quality, other = Quality(), Quality()
    every = sources.read(source, tmp_path, tmp_path, quality).table
    some = sources.read(source, tmp_path, tmp_path, other, only=frozenset(("y", "absent"))).table
    assert some.column_names == ["y"]
    assert some.column("y").to_pylist() == every.column("y").to_pylist()
    assert other == quality
    first = list(sources.blocks(source, tmp_path, tmp_path, Quality(), first=5))
    read_rows = sum(len(rows) for rows in first)
    assert 6 <= read_rows < len(every) // 2
    assert set(first[-1].file.tolist()) == {1}  # of each file


@pytest.mark.long
def test_a_variant_of_a_pack_is_judged_by_all_rows_where_the_first_ones_do_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untaxed, taxed = (
        [platforms.shopify_inside(replace(order, tax=tax and order.tax)) for order in orders(3)] for tax in (0, 1)
    )
    later = [{**row, "Name": f"{row['Name']}-2"} for order in taxed for row in order]
    path = tmp_path / "orders_export_1.csv"
    path.write_text(platforms.text([row for order in untaxed for row in order] + later), "utf-8")
    monkeypatch.setattr(known_toml, "FIRST_ROWS", 50)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 10_000)
    assert 'tax = "inside"' in guess([path], tmp_path, check=False)
