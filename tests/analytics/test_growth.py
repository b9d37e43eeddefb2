"""Loading does not grow faster than the lines: what is counted is work, not time."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.loading.catalog import load
from analytics.loading.ingest import ingest
from analytics.loading.lines import findings, fingerprints
from analytics.loading.lines.mapping import texts as spelling
from analytics.loading.lines.spool import Spool
from analytics.loading.lines.text_bytes import has_byte, is_ascii, print_at_both_ends
from analytics.quality import Quality
from analytics.selection import Selection
from analytics.store import coding, numbers, summaries
from analytics.store import lines as stored_lines
from analytics.store.array_files import ArrayFiles
from tests.analytics.shop import declared, toml

FIELDS = """
[fields]
order_id = "order"
ordered_at = "day"
product = "item"
category = "kind"
customer = "who"
city = "city"
quantity = "pieces"
amount = "total"
"""


def many_values(folder: Path, lines: int) -> pd.DataFrame:
    """Nearly as many products, customers and cities as lines, and one order with a fifth of the lines."""
    chance = np.random.default_rng(lines)
    owner = np.concatenate([np.zeros(lines // 5, int), np.sort(chance.integers(0, lines, lines - lines // 5))])
    item = chance.integers(0, lines, lines)
    frame = pd.DataFrame(
        {
            "order": [f"A{i}" for i in owner],
            "day": (np.datetime64("2024-01-01") + (owner * 700 // lines).astype("timedelta64[D]")).astype(str),
            "item": [f"Ware {i * 7919 % lines}" for i in item],
            "kind": [f"Kind {i % 7}" for i in item],
            "who": [f"c{i * 31 % lines}" for i in owner],
            "city": [f"Stadt {i * 17 % (1 + lines // 2)}" for i in owner],
            "pieces": chance.integers(1, 5, lines),
            "total": chance.integers(1, 99_999, lines) / 100,
        }
    )
    frame.to_csv(folder / "shop.csv", index=False)
    return frame


def calls_of(work: Callable[[], object]) -> int:
    """How many functions of Python are called."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    threading.setprofile(counted)
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return count


@pytest.mark.long
def test_many_products_customers_and_cities(tmp_path: Path) -> None:
    calls = {}
    spec = load(declared(tmp_path, toml(fields=FIELDS)))
    for lines in (1_000, 4_000):
        frame = many_values(tmp_path, lines)
        calls[lines] = calls_of(lambda: ingest(spec, tmp_path, tmp_path / "store", reload=True))
        engine = ColumnarEngine(store.open(tmp_path / "store", "shop"))
        for field, column in (("product", "item"), ("customer", "who"), ("city", "city")):
            found = engine.aggregate([field], ["revenue"], engine.resolve(Selection("shop", "all")))
            wanted = frame.groupby(column)["total"].sum()
            got = dict(zip(found[field], found["revenue"], strict=True))
            assert got == pytest.approx(wanted.to_dict(), abs=0.005)
    assert calls[4_000] < 5 * calls[1_000]


def test_unusual_prices_are_sought_in_few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "BATCH_LINES", 10)
    codes = np.arange(10_000) % 901
    passes = []

    def values(rows: np.ndarray) -> np.ndarray:
        passes.append(rows)
        return np.where(rows == 77, 1e6, 1.0 + rows % 3)

    assert np.flatnonzero(findings.far_from_usual(codes, values, 6.0)).tolist() == [77]
    assert len(passes) <= findings.BATCHES + 1
    assert sum(map(len, passes)) == len(codes)


def test_repeated_fingerprints_are_found_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(1)
    prints = chance.integers(0, 2**64, 5_000, dtype="uint64")
    prints[4_000:] = prints[:1_000]
    whole = fingerprints.repeated(prints)
    monkeypatch.setattr(fingerprints, "AT_ONCE", 100)
    monkeypatch.setattr(fingerprints, "CHUNK", 64)
    assert fingerprints.repeated(prints).tolist() == whole.tolist() == sorted(set(prints[:1_000].tolist()))


@given(st.text("ab\0é€", max_size=5), st.lists(st.text("ab\0é€z", max_size=12), min_size=2, unique=True))
def test_texts_are_sorted_as_their_bytes_are(begin: str, endings: list[str]) -> None:
    texts = pa.array(["before", *(begin + ending for ending in endings), ""], pa.large_string()).slice(1, len(endings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_lines, "MANY_TEXTS", 2)
        assert stored_lines.text_order(texts).tolist() == pc.sort_indices(texts).to_pylist()


def test_only_texts_of_equal_numbers_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_lines, "MANY_TEXTS", 10)
    compared = []
    sort = pc.sort_indices
    monkeypatch.setattr(pc, "sort_indices", lambda texts: compared.append(len(texts)) or sort(texts))
    names = [f"Customer {i * 7919 % 100_003:06d}" for i in range(1000)]
    alike = ["Customer 000001-of-the-first-shop", "Customer 000001-of-the-second-shop"]
    order = stored_lines.text_order(pa.array(names + alike, pa.large_string()))
    assert [(names + alike)[i] for i in order] == sorted(names + alike)
    assert sum(compared) == 2


@given(st.lists(st.text("aé\x1f \x7f\t\ufeff.@", max_size=4)))
def test_what_the_bytes_of_texts_tell(texts: list[str]) -> None:
    for kind in (pa.string(), pa.large_string()):
        given_texts = pa.array(["é.", *texts, "@ "], kind).slice(1, len(texts))
        assert is_ascii(given_texts) == all(text.isascii() for text in texts)
        assert has_byte(given_texts, "@") == any("@" in text for text in texts)
        printed = all(not text or (text[0] in "a.@" and text[-1] in "a.@") for text in texts)
        assert print_at_both_ends(given_texts) == printed


def test_patterns_are_not_sought_in_ids_that_cannot_match(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("sought")

    for name in ("replace_substring_regex", "match_substring_regex"):
        monkeypatch.setattr(pc, name, refuse)
    assert spelling.one_spelling(pa.array(["17850", "A-7"])).to_pylist() == ["17850", "A-7"]


def spooled(spool: Spool, lines: int) -> None:
    """Lines of orders of two, in order of time, as reading leaves them."""
    owner = np.repeat(np.arange(lines // 2, dtype="int32"), 2)
    line = np.arange(lines, dtype="int32")

    def texts(codes: np.ndarray, prefix: str) -> pa.DictionaryArray:
        names = pa.array([f"{prefix}{i:06d}" for i in range(int(codes.max()) + 1)])
        return pa.DictionaryArray.from_arrays(pa.array(codes), names)

    columns = {
        "order_id": texts(owner, "A"),
        "customer": texts(owner % np.int32(lines // 6), "c"),
        "product": texts(line % np.int32(50), "Ware "),
        "city": texts(owner % np.int32(60), "Stadt "),
        "ordered_at": np.datetime64("2024-01-01T00:00:00", "us") + (owner * 60).astype("timedelta64[s]"),
        "quantity": np.ones(lines),
        "amount": np.ones(lines) * 2,
        "sale": np.ones(lines, bool),
    }
    spool.add(columns, lines)
    spool.merge()


def test_memory_that_storing_a_line_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = 240_000
    for module in (coding, numbers, summaries, stored_lines):
        monkeypatch.setattr(module, "CHUNK", 1_000)
    monkeypatch.setattr(coding, "AT_ONCE", 1_000)
    monkeypatch.setattr(coding, "LARGE", 1_000)
    with Spool(tmp_path) as spool, ArrayFiles(tmp_path) as arrays:
        spooled(spool, lines)
        tracemalloc.start()
        try:
            coding.coded(spool, Quality(), arrays)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak / lines < 11
