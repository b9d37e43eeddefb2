"""The store: what is written is what is read; a reader never sees half a version; damage is named."""

from __future__ import annotations

import gc
import json
import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import DataError, NotInData, StoreError, UnknownName
from analytics.language import in_language
from analytics.selection import Selection
from analytics.store import writing
from analytics.store.array_files import mapped
from analytics.store.dictionary import Dictionary, folded
from analytics.store.lines import FrameLines, in_order_of_appearance, in_text_order
from analytics.store.numbers import narrow, scaled
from analytics.store.numbers import units as minor_units
from tests.analytics import companies

pytestmark = pytest.mark.slow


def totals(root: Path) -> list[float]:
    engine = ColumnarEngine(store.open(root, "toy"))
    return engine.aggregate([], ["revenue", "orders", "customers"], engine.resolve(Selection("toy"))).iloc[0].tolist()


def test_written_and_read(tmp_path: Path) -> None:
    assert store.names(tmp_path / "nowhere") == ()
    version = store.write(tmp_path, companies.nasty())
    assert store.names(tmp_path) == ("toy",)
    assert store.current_version(tmp_path, "toy") == version
    data = store.open(tmp_path, "toy")
    assert (data.version, data.name, data.profile, data.facts.lines) == (
        version,
        "toy",
        companies.nasty().profile,
        12,
    )
    assert totals(tmp_path) == [1419.98, 7, 3]
    assert data.table("sessions")["sessions"].sum() == 51
    assert not data.orders["day"].flags.writeable
    with pytest.raises(NotInData):
        data.table("stock")


def test_what_is_in_memory_is_what_would_be_stored(tmp_path: Path) -> None:
    held = store.in_memory(companies.nasty())
    store.write(tmp_path, companies.nasty())
    stored = store.open(tmp_path, "toy")
    assert held.schema == stored.schema
    assert held.facts == stored.facts
    for name, array in held.arrays.items():
        np.testing.assert_array_equal(array, stored.arrays[name])
    for name, dictionary in held.dictionaries.items():
        assert list(dictionary.texts) == list(stored.dictionaries[name].texts)


def test_the_same_content_keeps_its_version_and_other_content_does_not(tmp_path: Path) -> None:
    first = store.write(tmp_path, companies.nasty())
    assert store.write(tmp_path, companies.nasty()) == first
    changed = companies.nasty()
    changed.lines.loc[0, "amount"] += 0.01
    second = store.write(tmp_path, changed)
    noted = companies.nasty()
    noted.quality.add("blank_row", "blank rows", "left out", 1)
    third = store.write(tmp_path, noted)
    assert len({first, second, third}) == 3


def test_only_the_version_before_the_current_one_is_kept(tmp_path: Path) -> None:
    versions = []
    for extra in range(4):
        tables = companies.nasty()
        tables.lines.loc[0, "amount"] += extra
        versions.append(store.write(tmp_path, tables))
        opened = store.open(tmp_path, "toy")
    kept = {p.name for p in (tmp_path / "toy").iterdir() if p.is_dir()}
    assert kept == set(versions[-2:])
    store.write(tmp_path, companies.nasty())
    assert opened.lines["amount"].sum() > 0, "who has it open goes on reading"


def test_an_ingest_that_fails_leaves_the_old_data_served(tmp_path: Path) -> None:
    version = store.write(tmp_path, companies.nasty())
    broken = companies.nasty()
    broken.lines.loc[3, "amount"] = np.nan
    with pytest.raises(DataError, match="amount"):
        store.write(tmp_path, broken)
    assert store.current_version(tmp_path, "toy") == version


def test_a_half_written_version_is_never_seen_and_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = store.write(tmp_path, companies.nasty())
    changed = companies.one_row()

    def breaks(home: Path, version: str) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "make_current", breaks)
        with pytest.raises(StoreError, match="no space"):
            store.write(tmp_path, changed)
    (tmp_path / "toy" / ".new-dead").mkdir()
    assert store.open(tmp_path, "toy").version == version
    other = store.write(tmp_path, changed)
    assert store.open(tmp_path, "toy").version == other
    assert not list((tmp_path / "toy").glob(".new-*"))


@pytest.mark.sampled(6)
@pytest.mark.parametrize("damage", ["short", "missing", "meta", "current", "format"])
def test_damage_is_named_and_says_what_to_do(tmp_path: Path, damage: str) -> None:
    version = store.write(tmp_path, companies.nasty())
    folder = tmp_path / "toy" / version
    if damage == "short":
        (folder / "line.amount.npy").write_bytes((folder / "line.amount.npy").read_bytes()[:-8])
    elif damage == "missing":
        (folder / "table.sessions.parquet").unlink()
    elif damage == "meta":
        (folder / "meta.json").write_text("{")
    elif damage == "current":
        (tmp_path / "toy" / "CURRENT").write_text('{"version": "../../etc"}')
    else:
        meta = json.loads((folder / "meta.json").read_text())
        (folder / "meta.json").write_text(json.dumps({**meta, "format": 0}))
    with pytest.raises(StoreError, match="ingest toy") as told:
        store.open(tmp_path, "toy")
    with in_language("de"):
        assert str(told.value).endswith("Führen Sie `python -m analytics ingest toy` aus, um die Daten neu zu laden.")
        assert "'toy' wurde im Format 0" in str(told.value) or "'toy' ist beschädigt: " in str(told.value)
    assert store.write(tmp_path, companies.nasty()) == version, "written anew"
    assert totals(tmp_path) == [1419.98, 7, 3]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(9),
        np.zeros((3, 4), "float32"),
        np.array(5),
        np.array([True]),
        np.array(["2020-01-01"], "datetime64[D]"),
        np.array([], "int8"),
        np.zeros((0, 5), "uint16"),
        np.array(["ab", "c"]),
        np.arange(3, dtype=">i4"),
    ],
    ids=lambda array: f"{array.dtype}{list(array.shape)}",
)
def test_an_array_is_mapped_as_numpy_would(array: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, array)
    found = mapped(path)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert (found == np.load(path)).all()


class Garbage:
    """What only the garbage collector can free, and whose end lets another thread run."""

    def __init__(self) -> None:
        self.self = self

    def __del__(self) -> None:
        for _ in range(20):
            pass


def test_many_threads_open_arrays_at_once(tmp_path: Path) -> None:
    """Python 3.11 fails where literals are evaluated in two threads and the garbage collector runs between."""
    path = tmp_path / "a.npy"
    np.save(path, np.arange(9))

    def often(_: int) -> bool:
        for _ in range(300):
            Garbage()
            assert mapped(path).sum() == 36
        return True

    before = sys.getswitchinterval(), gc.get_threshold()
    try:
        sys.setswitchinterval(1e-6)
        gc.set_threshold(20, 2, 2)
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(often, range(8)))
    finally:
        sys.setswitchinterval(before[0])
        gc.set_threshold(*before[1])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["../toy", "", "TOY", "a/b", "x" * 61, ".new-1"])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    store.write(tmp_path, companies.nasty())
    with pytest.raises(StoreError):
        store.open(tmp_path, name)
    assert store.current_version(tmp_path, name) == ""


def test_an_unknown_name_and_an_empty_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="empty"):
        store.open(tmp_path, "toy")
    store.write(tmp_path, companies.nasty())
    with pytest.raises(UnknownName, match="'toy'"):
        store.open(tmp_path, "toyy")


def _write_often(root: Path, extra: int) -> None:
    for _ in range(5):
        tables = companies.nasty()
        tables.lines.loc[0, "amount"] += extra
        store.write(root, tables)


@pytest.mark.long
def test_two_ingests_do_not_collide_and_readers_see_whole_versions(tmp_path: Path) -> None:
    store.write(tmp_path, companies.nasty())
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_often, args=(tmp_path, n)) for n in (1, 2)]
    for w in writers:
        w.start()
    while any(w.is_alive() for w in writers):
        assert totals(tmp_path)[0] in (1419.98, 1420.98, 1421.98)
    assert [w.exitcode for w in writers] == [0, 0]


def test_the_lock_is_held_by_one(tmp_path: Path) -> None:
    with (
        store.locked(tmp_path, "toy"),
        pytest.raises(StoreError, match="another"),
        store.locked(tmp_path, "toy", wait=False),
    ):
        pass
    with store.locked(tmp_path, "toy", wait=False):
        pass


def test_fields_that_break_their_level_move_and_are_noticed(tmp_path: Path) -> None:
    tables = companies.nasty()
    tables.lines.loc[1, "channel"] = "shop"
    tables.lines.loc[1, "customer"] = "Bo"
    tables.lines.loc[1, "ordered_at"] -= pd.Timedelta(hours=1)
    tables.lines["age_group"] = ["a"] * 6 + ["b"] * 6  # Ana has both
    data = store.in_memory(tables)
    assert data.schema["channel"].level == "line"
    assert data.schema["age_group"].level == "order"
    assert {f.reason for f in data.quality.findings} == {
        "order_of_several_moments",
        "order_of_several_customers",
        "varies_channel",
        "varies_age_group",
    }
    assert tables.quality.findings == [], "the report that came is not written into"


def test_missing_columns_and_blanks_are_named() -> None:
    tables = companies.nasty()
    for column in ("quantity", "sale"):
        with pytest.raises(DataError, match=column):
            store.in_memory(companies.Tables(tables.lines.drop(columns=column)))
    with pytest.raises(DataError, match="ordered_at"):
        store.in_memory(companies.Tables(tables.lines.assign(ordered_at=pd.NaT)))


def test_no_lines_at_all(tmp_path: Path) -> None:
    store.write(tmp_path, companies.Tables(companies.nasty().lines.iloc[:0]))
    engine = ColumnarEngine(store.open(tmp_path, "toy"))
    assert totals(tmp_path) == [0, 0, 0]
    assert engine.values("city", "", engine.resolve(Selection("toy")), 5)[1] == 0


@given(st.lists(st.text(), max_size=20))
def test_a_dictionary_gives_back_its_texts(words: list[str]) -> None:
    words = sorted({w for w in words if w.isprintable()})
    dictionary = Dictionary.of(words)
    assert list(dictionary.texts) == words
    assert [dictionary.find(w) for w in words] == list(range(len(words)))
    assert dictionary.find("\x01 not there") == -1
    assert Dictionary.of(words[::-1], ordered=False).find(words[0]) == len(words) - 1 if words else True


@given(st.lists(st.none() | st.sampled_from(["", "b", "a", "ü"]), max_size=10), st.booleans())
def test_texts_are_sorted_or_stand_as_they_appear(values: list[str | None], as_category: bool) -> None:
    column = pd.Series(values, dtype="category" if as_category else "object")
    given = [v or "" for v in values]
    lines = FrameLines(column.to_frame("city"))
    before, texts = lines.texts("city")
    code_of, ordered = in_text_order(before, texts)
    assert ordered.to_pylist() == sorted(set(given))
    assert [ordered[int(code_of[c])].as_py() for c in before] == given
    codes, appearing = in_order_of_appearance(before, texts)
    assert appearing.to_pylist() == list(dict.fromkeys(given))
    assert [appearing[int(c)].as_py() for c in codes] == given


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1), st.sampled_from((1, 10, 100, 1000, 10_000)))
def test_money_is_kept_as_whole_minor_units(units: list[int], scale: int) -> None:
    stored, found = scaled(np.array(units) / scale)
    assert scale % found == 0
    assert (stored / found).tolist() == (np.array(units) / scale).tolist()
    assert narrow(stored).tolist() == stored.tolist()
    assert minor_units(np.array(units) / scale)[1] == found
    np.testing.assert_array_equal(minor_units(np.array(units) / scale)[0], narrow(stored))


def test_money_that_no_scale_holds_stays_as_it_is() -> None:
    for values in ([1 / 3, 0.1], [2.0**53, 2.0**53], [0.00001]):
        stored, scale = scaled(np.array(values))
        assert scale == 0
        assert stored.tolist() == values
    assert scaled(np.array([np.nan, 0.25]))[1] == 100
    assert scaled(np.array([3 * 14.95]))[0].tolist() == [4485.0]


def test_folding() -> None:
    assert folded("Zürich") == folded("ZURICH")
    assert folded("Straße") == "strasse"
