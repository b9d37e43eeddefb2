"""Joined files with several rows for a key: the rows of each key become one, with their numbers added up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.language import N_
from analytics.loading.lines.values import as_numbers, as_text, joined_key
from analytics.loading.reading.rows import Rows

DIGITS = 6  # to which sums are rounded: 0.1 + 0.2 is 0.3


def summed(rows: Rows, keys: Sequence[str], numbers: Collection[str], where: str) -> Rows:
    """One row for each key, in the order in which they first appear: the columns `numbers` added up, all others as the
    key's first row has them. A sum of nothing but missing values is missing.

    For example, the payments (order 7: 5.00 by card), (order 8: 3.00 in cash), (order 7: 2.50 in cash) become (order 7:
    7.50 by card) and (order 8: 3.00 in cash). DataError for a value that is no number.
    """
    key = joined_key([rows.column(name, where) for name in keys])
    codes, distinct = pd.factorize(as_text(key).to_pandas())
    first = np.flatnonzero(~pd.Series(codes).duplicated().to_numpy())
    table = rows.table.take(pa.array(first)).combine_chunks()
    for name in numbers:
        if name in keys or name not in rows.table.column_names:
            continue
        values, wrong = as_numbers(rows.table.column(name), rows.source.decimal, rows.source.thousands)
        if wrong.any():
            at = np.flatnonzero(wrong)
            raise rows.error(
                N_(
                    "column {column} cannot be added up: {count} of {every} values are not numbers",
                    column=repr(name),
                    count=len(at),
                    every=len(wrong),
                ),
                at,
                where,
                N_('Correct the file, or declare repeated_keys = "first".'),
            )
        given = ~np.isnan(values)
        sums = np.round(np.bincount(codes, np.where(given, values, 0.0), len(distinct)), DIGITS)
        none = np.bincount(codes, given, len(distinct)) == 0
        column = pa.array(sums, pa.float64(), mask=none)
        table = table.set_column(table.column_names.index(name), name, column)
    return replace(rows, table=table, file=rows.file[first], number=rows.number[first])
