"""Many rows are worked on in chunks and by several threads: with chunks of a few rows, the random suite of the columnar
engine takes the same paths as ten million lines do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from analytics.engines.columnar import chunks
from tests.analytics import test_engine
from tests.analytics.engines import EMBEDDED

FEWER = replace(EMBEDDED, examples=10)


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "CHUNK", 3)
        patch.setattr(chunks, "THREADS", 3)
        yield


@pytest.mark.slow
def test_any_selection_equals_the_oracle() -> None:
    test_engine.test_any_selection_equals_the_oracle(FEWER)


@pytest.mark.slow
def test_inside_a_policy_all_is_as_if_the_other_lines_were_not_there() -> None:
    test_engine.test_inside_a_policy_all_is_as_if_the_other_lines_were_not_there(FEWER)


def test_chunks_come_in_order_and_are_all_there() -> None:
    for length in (0, 1, 3, 4, 9, 10, 100):
        found = chunks.map_chunks(lambda part: (part.start, part.stop), slice(5, 5 + length), 3)
        assert [i for begin, end in found for i in range(begin, end)] == list(range(5, 5 + length))


def test_equal_to_numpy_on_the_whole() -> None:
    chance = np.random.default_rng(3)
    for length in (0, 1, 3, 4, 50, 1000):
        codes = chance.integers(0, 7, length).astype("uint8")
        weights = chance.integers(-(10**6), 10**6, length).astype("int32")
        kept = chance.random(length) < chance.random()
        index = np.flatnonzero(kept).astype("int32")
        assert (chunks.take(weights, index) == weights[index]).all()
        assert (chunks.bincount(codes, weights, 9) == np.bincount(codes, weights, 9)).all()
        assert (chunks.bincount(codes, None, 9) == np.bincount(codes, minlength=9)).all()
        assert chunks.occurring(codes, 9).tolist() == [c in set(codes.tolist()) for c in range(9)]
        rows = chunks.rows_where([kept.__getitem__, lambda part, codes=codes: codes[part] > 2], slice(1, length))
        assert rows.tolist() == [i for i in range(1, length) if kept[i] and codes[i] > 2]


def test_an_error_in_a_chunk_is_the_callers() -> None:
    def fails(part: slice) -> None:
        if part.start >= 6:
            raise ValueError("chunk")

    with pytest.raises(ValueError, match="chunk"):
        chunks.map_chunks(fails, slice(0, 100), 3)


def test_many_callers_at_once_share_the_threads() -> None:
    codes = np.arange(1000) % 10
    with ThreadPoolExecutor(8) as callers:
        found = callers.map(lambda _: chunks.bincount(codes, None, 10).tolist(), range(200))
        assert all(f == [100] * 10 for f in found)
