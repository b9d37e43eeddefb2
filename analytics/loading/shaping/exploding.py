"""Cells that hold several things, as "2 × Green tea, 1 × Cup" does: each becomes a row of its own."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.lines.values import as_coded
from analytics.loading.reading.columns import coded
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Explode
from analytics.quality import Quality

MARK = "\x1e"  # put before each part of a cell that begins with a pattern
PART = "#part"  # the column with the number of each part in its row, from 1: equal parts are no copies
MOST_PARTS = 1000  # of one cell


def exploded(rows: Rows, rule: Explode, strict: bool, quality: Quality, where: str) -> Rows:
    """One row for each part of the cells; a row whose cells are empty stays one row.

    The pattern's named groups become columns, "" where the part does not match; the other columns repeat. Parts that do
    not match are a DataError where `strict`, and left out and counted otherwise.
    """
    owner, parts = _parts(rows, rule, where)
    found = pc.extract_regex(parts, rule.regex)
    matched = np.asarray(pc.is_valid(found)) | np.asarray(pc.equal(parts, ""))
    taken = rows.take(owner)
    bad = np.flatnonzero(~matched)
    if len(bad) and strict:
        raise taken.error(
            N_("{count} of {every} parts do not match the pattern", count=len(bad), every=len(parts)),
            bad,
            where,
            N_('Correct explode.regex, or leave such parts out: cleaning.invalid_rows = "drop".'),
            coded(parts),
        )
    first = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
    at = np.arange(len(owner))
    number = at - np.maximum.accumulate(np.where(first, at, 0)) + 1
    columns = {f.name: coded(pc.struct_field(found, [f.name])) for f in found.type}
    columns[PART] = coded(pa.array(number).cast(pa.string()))
    quality.add("exploded", N_("lines in cells that hold several"), "added", len(owner) - len(rows))
    result = taken.with_columns(columns)
    return result.left_out(~matched, "bad_part", N_("parts of cells that do not match explode.regex"), quality)


def _parts(rows: Rows, rule: Explode, where: str) -> tuple[np.ndarray, pa.Array]:
    """The row of each part, ascending, and the part."""
    owners: list[np.ndarray] = []
    parts: list[pa.Array] = []
    for name in _columns(rows, rule, where):
        cells = as_coded(rows.column(name, where)).cast(pa.string())
        if rule.begins:
            marked = pc.replace_substring_regex(cells, f"({rule.begins})", rf"{MARK}\1")
            lists = pc.split_pattern(marked, MARK)
        elif rule.separator:
            lists = pc.split_pattern(cells, rule.separator, max_splits=MOST_PARTS)
        else:
            lists = pc.split_pattern(cells, MARK)
        values = pc.replace_substring_regex(pc.list_flatten(lists), r"^[\s,;|]+|[\s,;|]+$", "")
        owner = np.asarray(pc.list_parent_indices(lists))
        filled = np.asarray(pc.not_equal(values, ""))
        owners.append(owner[filled])
        parts.append(values.filter(pa.array(filled)))
    owner = np.concatenate(owners)
    empty = np.setdiff1d(np.arange(len(rows)), owner)
    owner = np.concatenate([owner, empty])
    order = np.argsort(owner, kind="stable")
    every = pa.concat_arrays([*parts, pa.array([""] * len(empty), pa.string())])
    return owner[order], every.take(pa.array(order))


def _columns(rows: Rows, rule: Explode, where: str) -> list[str]:
    """The columns whose cells are taken apart; a name with * stands for several."""
    found: list[str] = []
    for wanted in rule.columns:
        names = [n for n in rows.table.column_names if fnmatchcase(n, wanted)] if "*" in wanted else [wanted]
        if not names:
            raise SourceError(
                N_("no column matches {name} in {file}.", name=repr(wanted), file=", ".join(rows.files[:3])),
                where=where,
            )
        found += names
    return found
