"""What can be seen in the rows of files that nobody has described: signs of numbers, kinds of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError
from analytics.language import N_
from analytics.loading.guessing.appearance import Appearance, source_of
from analytics.loading.guessing.evidence import spaced
from analytics.loading.guessing.signs import signs
from analytics.loading.guessing.synonyms import named
from analytics.loading.lines.cleaning import without_noise
from analytics.loading.lines.values import as_coded, as_numbers, as_text
from analytics.loading.reading import sources as reading
from analytics.loading.reading.columns import CODED_TEXT
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Cleaning, Source
from analytics.loading.written import dates
from analytics.quality import Quality

SAMPLE = 2000  # values of a column that show whether it may hold numbers or dates at all
MOSTLY = 0.8  # share of the values that must be numbers for a column that is named so to be taken, with a doubt
MOSTLY_WRONG = 0.3  # share of a sample; columns with more are no numbers, of which nearly all must be
NEARLY_ALL = 0.98  # the share of values that must be numbers or dates for a column to be of that kind
USUALLY_MISSING = frozenset(("NULL", "Null", "null", "NaN", "nan", "None", "N/A", "n/a", "#N/A", "\\N"))
_DATE_LIKE = r"^\d{8}$|^.*\d{1,4}.*[-/. ,].*\d{2,4}.*$"  # patterns of texts that may be dates


@dataclass
class Column:
    """What the values of one column look like."""

    name: str
    filled: int
    distinct: int
    number: bool
    whole: bool
    least: float
    most: float
    formats: list[str]  # several: ambiguous
    typed_date: bool = False
    clean: bool = True  # no value that breaks the kind
    strange: tuple[int, str] = (0, "")  # how many values of a column of numbers are none, and the first of them

    @property
    def partly(self) -> bool:
        """Whether most values are numbers, and too many are none for the column to be one of numbers."""
        return not self.number and self.strange[0] > 0

    @property
    def date(self) -> bool:
        """Whether the values are dates."""
        return bool(self.formats) or self.typed_date


@dataclass
class Survey:
    """A group of files: how they are written, and the rows of some of their columns."""

    files: Sequence[Appearance]
    source: Source
    rows: Rows
    ragged: int  # rows with too many or too few values

    def __contains__(self, column: str) -> bool:
        return column in self.rows.table.column_names

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return [found.path for found in self.files]


@dataclass
class Study(Survey):
    """The same of all columns, and what each looks like."""

    columns: dict[str, Column]


def survey(
    files: Sequence[Appearance], root: Path | None, prefix: str = "", only: frozenset[str] = frozenset()
) -> Survey:
    """Read a group of files, named relative to `root` after `prefix`: these columns, or all where none is named.
    DataError where they have no rows; SourceError where one cannot be read."""
    source = source_of(files, root)
    source = replace(source, files=tuple(f"{prefix}{name}" for name in source.files))
    base = (root or files[0].path.parent).resolve()
    quality = Quality()
    rows = without_noise(reading.read(source, base, base, quality, only=only), Cleaning(), Quality())
    if not len(rows):
        raise DataError(
            N_("the file has no rows."), where=files[0].path.name, hint=N_("Export it again, or leave it out.")
        )
    return Survey(files, source, rows, quality.rows_left_out)


def study(
    files: Sequence[Appearance], root: Path | None, prefix: str = "", only: frozenset[str] = frozenset()
) -> Study:
    """Look at these columns of a group of files, or at all where none is named. Errors are those of `survey`."""
    seen = survey(files, root, prefix, only)
    rows = seen.rows
    decimal, thousands = signs(rows)
    source = replace(seen.source, decimal=decimal, thousands=thousands)
    rows = replace(rows, source=source)
    columns = {name: _column(rows, name) for name in rows.table.column_names}
    return Study(files, source, rows, seen.ragged, columns)


def share(rows: Rows, name: str, pattern: str) -> float:
    """Share of the filled values of a text column that match."""
    column = rows.table.column(name)
    if column.type != CODED_TEXT:
        return 0.0
    texts = as_text(column)
    filled = texts.filter(pc.not_equal(texts, ""))
    return float(pc.mean(pc.match_substring_regex(filled, pattern).cast(pa.int8())).as_py() or 0.0)


def missing_texts(rows: Rows, columns: Sequence[str]) -> list[str]:
    """The texts in these columns that usually stand for a missing value."""
    found: set[str] = set()
    for name in columns:
        column = rows.table.column(name)
        if column.type == CODED_TEXT:
            found.update(text for text in as_coded(column).dictionary.to_pylist() if text in USUALLY_MISSING)
    return sorted(found)


def _column(rows: Rows, name: str) -> Column:
    column = rows.table.column(name)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return Column(
            name, len(column) - column.null_count, pc.count_distinct(column).as_py(), False, False, 0, 0, [], True
        )
    texts = as_text(column)
    filled = texts.filter(pc.not_equal(texts, ""))
    few = spaced(filled, SAMPLE)
    signs_of = (rows.source.decimal, rows.source.thousands)
    values, wrong = np.empty(0), np.ones(1, bool)  # where a sample shows that the column holds none
    if len(few) and as_numbers(few, *signs_of)[1].mean() <= MOSTLY_WRONG:
        values, wrong = as_numbers(column, *signs_of)
    known = values[~np.isnan(values)]
    is_number = len(known) > 0 and int(wrong.sum()) <= (1 - NEARLY_ALL) * len(filled)
    formats, all_dates = _formats(filled, few, name)
    strange = (0, "")
    if wrong.any() and len(known) > 0 and wrong.sum() <= (1 - MOSTLY) * len(filled):
        strange = (int(wrong.sum()), str(texts[int(wrong.argmax())].as_py()))
    return Column(
        name,
        filled=len(filled),
        distinct=pc.count_distinct(filled).as_py(),
        number=is_number,
        whole=bool(len(known) and (is_number or strange[0]) and (known == np.floor(known)).all()),
        least=float(known.min()) if is_number or strange[0] else 0.0,
        most=float(known.max()) if is_number or strange[0] else 0.0,
        formats=formats,
        clean=all_dates if formats else not strange[0] and not (is_number and wrong.any()),
        strange=strange,
    )


def _formats(filled: pa.ChunkedArray, few_texts: pa.Array, name: str) -> tuple[list[str], bool]:
    """The date formats that fit the values, or nearly all of them, and whether they fit every value. `few_texts`: some
    of the values. A column of whole numbers holds dates only where its name says so."""
    if not len(filled):
        return [], True
    if named("ordered_at", [name]) and pc.all(pc.match_substring_regex(filled, r"^\d{5,16}(?:\.\d+)?$")).as_py():
        texts = pc.unique(filled).to_numpy(zero_copy_only=False)
        counted = [f for f in dates.COUNTED if not np.isnat(dates.parse(texts, [f], "UTC")).any()]
        if counted:
            return counted[:1], True
    if pc.mean(pc.match_substring_regex(few_texts, _DATE_LIKE).cast(pa.int8())).as_py() < 0.5:
        return [], True
    counted = pc.value_counts(filled)
    unique = counted.field("values").to_numpy(zero_copy_only=False)
    rows = counted.field("counts").to_numpy()
    few = unique[np.linspace(0, len(unique) - 1, min(60, len(unique))).astype(int)]
    likely = dates.shaped_like(few, 0.75)
    candidates = [f for f, times in dates.parse_by_each(few, likely, "UTC").items() if np.isnat(times).mean() <= 0.25]
    read = {f: ~np.isnat(times) for f, times in dates.parse_by_each(unique, candidates, "UTC").items()}
    if not read:
        return [], True
    best = max(read.values(), key=lambda fits: int(rows[fits].sum()))
    if rows[best].sum() < NEARLY_ALL * rows.sum():
        return [], True
    return dates.fitting(unique[best], known=candidates), bool(best.all())
