"""What `make test` takes of many cases that go the same way; `make test-long` takes all of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

ALL = bool(os.environ.get("ALL_EXAMPLES"))


def examples(number: int) -> int:
    """How many of a test's random examples are drawn: a quarter, and all in `make test-long`, which runs it again."""
    return number if ALL else -(-number // 4)


def crossed(rows: Iterable[Any], columns: Sequence[Any], each: int) -> list[Any]:
    """Parameters of a test of every row in every column. `make test` takes `each` columns of a row in turn: every row,
    and every column where there are rows enough.

    crossed("abc", "xyz", 2) tries a in x and y, b in z and x, c in y and z; the rest is for `make test-long`.
    """
    return [
        pytest.param(
            row,
            column,
            id=f"{named(row)}-{named(column)}",
            marks=[] if (j - i * each) % len(columns) < each else [pytest.mark.long],
        )
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]


def one_of(few: int, cases: Iterable[Any]) -> list[Any]:
    """Parameters of a fixture, or of several tests, of which `make test` takes the first of every `few`. For one test,
    use the mark `sampled(few)`."""
    marks = pytest.mark.long
    return [case if i % few == 0 else pytest.param(case, id=named(case), marks=marks) for i, case in enumerate(cases)]


def named(value: Any) -> str:
    """How a parameter is called."""
    return str(getattr(value, "name", value))
