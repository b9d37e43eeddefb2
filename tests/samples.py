"""What `make test` takes of many cases that go the same way; `make test-long` takes all of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

ALL = bool(os.environ.get("ALL_EXAMPLES"))


def examples(number: int) -> int:
    """How many of a test's random examples are drawn: a third, and all in `make test-long`, which runs it again."""
    return number if ALL else -(-number // 3)


def crossed(rows: Iterable[Any], columns: Sequence[Any], each: int) -> list[Any]:
    """Parameters of a test of every row in every column. `make test` takes `each` columns of a row, the first one and
    some of the others in turn, so that every row and every column is tried.

    crossed("ab", "xyz", 2) tries a in x and y, b in x and z; the others are for `make test-long`.
    """
    others = len(columns) - 1
    return [
        pytest.param(
            row,
            column,
            id=f"{named(row)}-{named(column)}",
            marks=[] if j == 0 or (j - 1 - i * (each - 1)) % others < each - 1 else [pytest.mark.long],
        )
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]


def named(value: Any) -> str:
    """How a parameter is called."""
    return str(getattr(value, "name", value))
