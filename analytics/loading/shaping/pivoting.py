"""One row for each amount of money, as in a settlement of Amazon, to one row for each line."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.language import N_
from analytics.loading.lines.values import as_coded, as_numbers, joined, joined_key
from analytics.loading.reading.rows import Rows
from analytics.loading.shaping.filling import is_blank
from analytics.loading.spec import Pivot
from analytics.quality import Quality

BETWEEN_NAMES = "/"


class Pivoting:
    """Makes one row of the rows that agree in the columns of `by`.

    Each column that fields use and the source lacks is taken for the name of an amount: the sum of the amounts of that
    name, 0 where a line has none. Any other column has its first filled value. Amounts of other names are counted.

        id  what       money          id  Principal  Commission
        7   Principal  39.98     →    7       39.98       -6.00
        7   Commission -6.00
    """

    def __init__(self, rule: Pivot, wanted: Collection[str], where: str) -> None:
        self._rule, self._where = rule, where
        self._wanted = tuple(wanted)

    def __call__(self, rows: Rows, quality: Quality) -> Rows:
        """The rows made of these, among which must be all rows of each line. DataError for an unreadable amount."""
        if not len(rows):
            none = {name: pa.array([], pa.float64()) for name in self._names(rows)}
            return rows.with_columns(none)
        rule = self._rule
        key = joined_key([rows.column(name, f"{self._where}.by") for name in rule.by])
        codes = pd.factorize(key.cast(pa.string()).to_pandas())[0]
        groups = int(codes.max()) + 1
        names = joined([as_coded(rows.column(name, f"{self._where}.name")) for name in rule.name], BETWEEN_NAMES)
        values = self._values(rows)
        sums = {
            name: pa.array(np.bincount(codes, np.where(_is_any(names, {name}), values, 0.0), minlength=groups))
            for name in self._names(rows)
        }
        other = np.flatnonzero(~_is_any(names, set(sums)) & (values != 0))
        label = N_("amounts that no field uses, by {columns}", columns=", ".join(rule.name))
        quality.add("pivot_unused", label, "noticed", len(other), rows.examples(other, names))
        quality.add(
            "pivoted", N_("rows of one amount, combined into one line with others"), "combined", len(rows) - groups
        )
        firsts = _first_filled(rows, codes, groups)
        first = np.zeros(groups, "int64")
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        return rows.take(first).with_columns({**firsts, **sums})

    def _names(self, rows: Rows) -> list[str]:
        return [name for name in self._wanted if name not in rows.table.column_names]

    def _values(self, rows: Rows) -> np.ndarray:
        where = f"{self._where}.value"
        column = rows.column(self._rule.value, where)
        values, unreadable = as_numbers(column, rows.source.decimal, rows.source.thousands)
        if unreadable.any():
            bad = np.flatnonzero(unreadable)
            raise rows.error(
                N_("{column} is not a number on {rows:row|rows}", column=repr(self._rule.value), rows=len(bad)),
                bad,
                where,
                N_("Leave such rows out by [rows], or correct source.decimal and source.thousands."),
                column,
            )
        return np.asarray(np.nan_to_num(values))


def _is_any(names: pa.DictionaryArray, wanted: set[str]) -> np.ndarray:
    return np.asarray(
        np.array([text in wanted for text in names.dictionary.to_pylist()], bool)[np.asarray(names.indices)]
    )


def _first_filled(rows: Rows, codes: np.ndarray, groups: int) -> dict[str, pa.Array]:
    """For each column, the first value of each group that is not missing."""
    found = {}
    for name, column in zip(rows.table.column_names, rows.table.columns, strict=True):
        column = column.combine_chunks()
        filled = np.flatnonzero(~is_blank(column))
        first = np.zeros(groups, "int64")
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        first[codes[filled[::-1]]] = filled[::-1]
        found[name] = column.take(pa.array(first))
    return found
