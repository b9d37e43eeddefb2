"""Cells that are empty since the row above says what belongs there: order fields, and names of groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.language import N_
from analytics.loading.lines.values import as_coded, coded_column
from analytics.loading.reading.rows import Rows
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
        self._above: dict[str, Any] = {}  # the values of the last row so far, filled
        self._file = -1

    def __call__(self, rows: Rows, quality: Quality) -> Rows:
        """The rows with their cells filled; a file begins with nothing above it."""
        if not len(rows):
            return rows
        start = np.append(rows.file[0] != self._file, rows.file[1:] != rows.file[:-1])
        key = [name for name in self._key if name in rows.table.column_names]
        touched = np.zeros(len(rows), bool)
        for name in (name for name in key if name in self._columns):
            rows = self._fill(rows, name, start, touched)
        for name in key:
            text = as_coded(rows.column(name, self._where))
            codes = _distinct(text)
            start |= np.append(text[0].as_py() != self._above.get(name), codes[1:] != codes[:-1])
        for name in (name for name in self._columns if name not in key):
            rows = self._fill(rows, name, start, touched)
        self._file = int(rows.file[-1])
        self._above |= {name: rows.table.column(name)[len(rows) - 1].as_py() for name in {*self._columns, *key}}
        found = np.flatnonzero(touched)
        label = N_("rows with empty cells, filled with the value above")
        quality.add("filled_down", label, "changed", len(found), rows.examples(found))
        return rows

    def _fill(self, rows: Rows, name: str, start: np.ndarray, touched: np.ndarray) -> Rows:
        """The rows with a column filled from above, not across a `start`; those that were are marked in `touched`."""
        column = rows.column(name, self._where)
        blank = is_blank(column)
        if not blank.any():
            return rows
        at = np.arange(len(rows))
        last = np.maximum.accumulate(np.where(blank, -1, at))
        begin = np.maximum.accumulate(np.where(start, at, -1))
        filled = blank & (last >= 0) & (last >= begin)
        column = column.take(pa.array(np.where(filled, last, at)))
        above = self._above.get(name)
        if above not in (None, ""):
            leading = blank & (last < 0) & (begin < 0)
            column = _with_value(column, leading, above)
            filled |= leading
        touched |= filled
        return rows.with_columns({name: column})


def _with_value(column: pa.Array, where: np.ndarray, value: Any) -> pa.Array:
    """A column with one value in some places."""
    if not where.any():
        return column
    if not pa.types.is_dictionary(column.type):
        return pc.if_else(pa.array(where), pa.scalar(value, column.type), column)
    dictionary = pa.concat_arrays([column.dictionary, pa.array([value], column.dictionary.type)])
    return coded_column(np.where(where, len(dictionary) - 1, np.asarray(column.indices)), dictionary)


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
        rows = rows.left_out(
            total, "group_total", N_("rows of totals, named in {column}", column=self._column), quality
        )
        heads = (named & ~others)[~total]
        filled = self._fill(rows, Quality())
        return filled.left_out(
            heads, "group_head", N_("rows that only name a group, in {column}", column=self._column), quality
        )
