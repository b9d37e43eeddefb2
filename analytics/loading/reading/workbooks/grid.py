"""The filled cells of a sheet, whatever kind of workbook it is of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

BLOCK_ROWS = 20_000


@dataclass
class Grid:
    """A sheet as blocks of coded columns.

    Each block has its first row, how many rows it has, and the columns in which any of them is filled. `rows` counts up
    to the last filled one.
    """

    blocks: list[tuple[int, int, dict[int, pa.DictionaryArray]]] = field(default_factory=list)
    first_row: dict[int, str] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0


def coded_cells(rows: list[int], texts: list[str], count: int) -> pa.DictionaryArray:
    """A column of `count` texts, "" in all other rows; if a row occurs twice, the last text wins."""
    found = pa.array(texts, pa.string()).dictionary_encode()
    codes = np.zeros(count, "int32")
    codes[rows] = np.asarray(found.indices) + 1
    dictionary = pa.concat_arrays([pa.array([""], pa.string()), found.dictionary])
    return pa.DictionaryArray.from_arrays(pa.array(codes), dictionary)
