"""Rows that are no order lines: those of other kinds, by the value of a column, and what stands below the data."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.language import N_
from analytics.loading.lines.values import as_coded, joined_key, ranks
from analytics.loading.reading.rows import Rows
from analytics.loading.shaping.filling import is_blank
from analytics.loading.spec import First, Shape
from analytics.quality import Quality

ANY = "*"  # in place of a value: any that is not empty
MOST_SHOWN = 4  # values named in a finding


def kept(rows: Rows, shape: Shape, quality: Quality, where: str) -> Rows:
    """The rows that have one of the values of every column in `keep`, and none of those of a column in `drop`, and
    not all of those in one part of `drop_where`; upper and lower case count as one. Each column that leaves out rows is
    a finding of its own."""
    for column, values in shape.keep:
        unwanted = ~matching(rows, column, values, f"{where}.keep")
        label = N_("rows whose {column} is not {values}", column=column, values=_shown(values))
        rows = rows.left_out(unwanted, f"kept_by_{column}", label, quality)
    for column, values in shape.drop:
        for value in values:
            unwanted = matching(rows, column, (value,), f"{where}.drop")
            label = N_("rows whose {column} is {values}", column=column, values=_shown((value,)))
            rows = rows.left_out(unwanted, f"dropped_by_{column}_{value}", label, quality)
    for conditions in shape.drop_where:
        unwanted = np.ones(len(rows), bool)
        for column, values in conditions:
            unwanted &= matching(rows, column, values, f"{where}.drop_where")
        named = ", ".join(f"{column} = {_shown(values)}" for column, values in conditions)
        label = N_("rows with {conditions}", conditions=named)
        rows = rows.left_out(unwanted, f"dropped_where_{'_'.join(c for c, _ in conditions)}", label, quality)
    return rows


def first_rows(rows: Rows, rule: First, quality: Quality, where: str) -> Rows:
    """Of the rows that agree in `by`, those with the least `at`; rows in which `by` is empty stay. Every row that may
    agree must be among these."""
    if not len(rows):
        return rows
    key = joined_key([rows.column(name, f"{where}.first.by") for name in rule.by])
    texts = key.dictionary.dictionary_encode()
    owner = np.asarray(texts.indices)[np.asarray(key.indices)]
    at = ranks(rows.column(rule.at, f"{where}.first.at"))
    least = np.full(len(texts.dictionary), np.iinfo("int64").max)
    np.minimum.at(least, owner, at)
    blank = np.ones(len(rows), bool)
    for name in rule.by:
        blank &= is_blank(as_coded(rows.column(name, where)))
    label = N_("rows whose {columns} came before", columns=", ".join(rule.by))
    return rows.left_out((at > least[owner]) & ~blank, "not_first", label, quality)


def matching(rows: Rows, column: str, values: tuple[str, ...], where: str) -> np.ndarray:
    """Which rows have one of the values in a column."""
    coded = as_coded(rows.column(column, where))
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(coded.dictionary))
    wanted = pc.is_in(texts, pa.array([v.strip().lower() for v in values], pa.string()))
    if ANY in values:
        wanted = pc.or_(wanted, pc.not_equal(texts, ""))
    return np.asarray(np.asarray(wanted)[np.asarray(coded.indices)])


def _shown(values: tuple[str, ...]) -> str:
    names = {"": "empty", ANY: "filled"}
    texts = [names.get(v, v) for v in values[:MOST_SHOWN]]
    more = len(values) - MOST_SHOWN
    return " or ".join(texts) + (f" or {more} more" if more > 0 else "")


class Footer:
    """Leaves out what stands below the data of each file: all rows from the first whose first filled cell matches."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._ended: set[int] = set()  # the files whose footer was reached

    def __call__(self, rows: Rows, quality: Quality) -> Rows:
        """The rows above the footer of their file."""
        below = np.isin(rows.file, list(self._ended))
        first = first_filled(rows)
        hit = np.asarray(pc.match_substring_regex(first, self._pattern)) & ~below
        for file in np.unique(rows.file[hit]):
            start = int(np.flatnonzero(hit & (rows.file == file))[0])
            below[start:] |= rows.file[start:] == file
            self._ended.add(int(file))
        return rows.left_out(below, "footer", N_("rows below the data"), quality)


def first_filled(rows: Rows) -> pa.Array:
    """The first text of each row that is not empty; "" where all are."""
    found = pa.array(np.full(len(rows), ""), pa.string())
    for column in reversed(rows.table.columns):
        texts = as_coded(column).cast(pa.string())
        found = pc.if_else(pc.equal(texts, ""), found, texts)
    return found
