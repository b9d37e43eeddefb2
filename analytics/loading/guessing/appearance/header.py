"""Which row names the columns, and which cells are values rather than names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MOST_ABOVE_HEADER = 30  # rows
LEAST_FILLED = 0.6  # share of the usual columns that a header names
FEW = 0.34  # share of a header's cells that may look like values


def header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """The row that names the columns; None where there is none.

    It is the first row that fills most of the columns with texts that are no values, and above values in some column.
    """
    for at, row in enumerate(rows[:MOST_ABOVE_HEADER]):
        filled = [c for c in row if c.strip()]
        below = rows[at + 1 : at + 21]
        usual = Counter(sum(1 for c in r if c.strip()) for r in below if any(c.strip() for c in r))
        width = usual.most_common(1)[0][0] if usual else len(filled)
        values = sum(map(is_value, filled))
        if not filled or len(filled) < LEAST_FILLED * width or (width > 1 and len(filled) < 2):
            continue
        if values > FEW * len(filled):
            return None
        if not below or _stands_above_values(row, below):
            return at
        if all(not is_value(c) for r in below for c in r):
            return at  # texts only
    return None


def _stands_above_values(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    for at, cell in enumerate(row):
        under = [r[at] for r in below if at < len(r) and r[at].strip()]
        if under and cell.strip() and not is_value(cell) and sum(map(is_value, under)) >= len(under) / 2:
            return True
    return False


def is_value(cell: str) -> bool:
    """Whether a cell is a number, a date or an amount of money rather than a name."""
    text = cell.strip()
    if not any(c.isdigit() for c in text):
        return False
    return sum(c.isalpha() for c in text) <= 3 or bool(re.match(r"[^\W\d_]{0,9}\.?,? ?\d{1,4}\W", text))
