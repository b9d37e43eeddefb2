"""Cells that are empty since the row above says what belongs there: order fields, and names of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.lines.values import as_coded
from analytics.loading.reading.rows import Rows, concatenated_rows
from analytics.loading.shaping.filters import without
from analytics.quality import Quality


class FillDown:
    """Fills empty cells of some columns with the value above, within one order.

    A row belongs to the order above where its key is empty or the same; the key itself is filled where it is one of the
    columns. Without a key every empty cell is filled.

        Order  City   Item            Order  City   Item
        1001   Boise  Mug             1001   Boise  Mug
        1001          Towel     →     1001   Boise  Towel
        1002          Mug             1002          Mug
    """

    def __init__(self, columns: Sequence[str], key: Sequence[str], where: str) -> None:
        self._columns, self._key, self._where = tuple(columns), tuple(key), where
        self._above: Rows | None = None  # the last row so far, filled

    def __call__(self, rows: Rows, quality: Quality) -> Rows:
        """The rows with their cells filled; a file begins with nothing above it."""
        if not len(rows):
            return rows
        carried = 0 if self._above is None else 1
        every = rows if self._above is None else concatenated_rows([self._above, rows])
        filled, touched = self._filled(every)
        self._above = filled.take(np.array([len(filled) - 1]))
        found = np.flatnonzero(touched[carried:])
        result = filled.take(np.arange(carried, len(filled))) if carried else filled
        label = "rows with empty cells, filled with the value above"
        quality.add("filled_down", label, "changed", len(found), result.examples(found))
        return result

    def _filled(self, rows: Rows) -> tuple[Rows, np.ndarray]:
        start = np.append(True, rows.file[1:] != rows.file[:-1])
        touched = np.zeros(len(rows), bool)
        key = [name for name in self._key if name in rows.table.column_names]
        for name in key:
            rows, filled = _filled_column(rows, name, start) if name in self._columns else (rows, touched)
            touched |= filled
        for name in key:
            codes = _distinct(as_coded(rows.column(name, self._where)))
            start |= np.append(True, codes[1:] != codes[:-1])
        for name in self._columns:
            if name not in key:
                rows.column(name, self._where)
                rows, filled = _filled_column(rows, name, start)
                touched |= filled
        return rows, touched


def _filled_column(rows: Rows, name: str, start: np.ndarray) -> tuple[Rows, np.ndarray]:
    """The rows with a column filled from above, not across a `start`; and which rows were."""
    column = rows.table.column(name).combine_chunks()
    blank = is_blank(column)
    if not blank.any():
        return rows, blank
    at = np.arange(len(rows))
    last = np.maximum.accumulate(np.where(blank, -1, at))
    begin = np.maximum.accumulate(np.where(start, at, 0))
    filled = blank & (last >= begin)
    taken = column.take(pa.array(np.where(filled, last, at)))
    return rows.with_columns({name: taken}), filled


def is_blank(column: pa.Array) -> np.ndarray:
    """Which values are missing."""
    if pa.types.is_dictionary(column.type):
        return np.asarray(np.asarray(pc.equal(column.dictionary, ""))[np.asarray(column.indices)])
    return np.asarray(pc.is_null(column))


def _distinct(coded: pa.DictionaryArray) -> np.ndarray:
    """Codes that are equal where the texts are."""
    return np.asarray(np.asarray(coded.dictionary.dictionary_encode().indices)[np.asarray(coded.indices)])


class Groups:
    """Takes rows that head a group out of the data, and writes the group's name into the rows below.

    A row in which only the group's column is filled heads a group. A row in which others are filled too is a total.

        Product     Date   Amount          Product  Date   Amount
        Hosting                            Hosting  1 Apr  500
                    1 Apr  500        →    Hosting  1 May  100
                    1 May  100
        Total for Hosting  600
    """

    def __init__(self, column: str, where: str) -> None:
        self._column, self._where = column, where
        self._fill = FillDown((column,), (), where)

    def __call__(self, rows: Rows, quality: Quality) -> Rows:
        """The rows of the groups' members."""
        if not len(rows):
            return rows
        named = ~is_blank(as_coded(rows.column(self._column, self._where)))
        others = np.zeros(len(rows), bool)
        for name in rows.table.column_names:
            if name != self._column:
                others |= ~is_blank(as_coded(rows.table.column(name)))
        total = named & others
        rows = without(rows, total, "group_total", f"rows of totals, with a name in {self._column}", quality)
        heads = (named & ~others)[~total]
        filled = self._fill(rows, Quality())
        return without(filled, heads, "group_head", f"rows that only name a group, in {self._column}", quality)
