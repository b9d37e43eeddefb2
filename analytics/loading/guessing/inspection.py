"""What can be seen in files that nobody has described: encoding, separator, header, decimal sign, kinds of columns."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError, SourceError
from analytics.loading.lines.cleaning import clean
from analytics.loading.lines.values import as_coded, as_numbers, as_text
from analytics.loading.reading import sources as reading
from analytics.loading.reading.columns import CODED_TEXT
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import KIND_OF_SUFFIX, Cleaning, Source
from analytics.loading.written import dates
from analytics.quality import Quality

SAMPLE_BYTES = 1 << 20
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

    @property
    def date(self) -> bool:
        """Whether the values are dates."""
        return bool(self.formats) or self.typed_date


def alike(paths: Sequence[Path]) -> list[list[Path]]:
    """Files grouped by equal first lines."""
    groups: dict[str, list[Path]] = {}
    for path in paths:
        if not path.is_file():
            raise SourceError("no such file.", where=str(path))
        head = path.suffix + (
            _head(path)[0].split("\n", 1)[0] if path.suffix.lower() not in KIND_OF_SUFFIX else path.name
        )
        groups.setdefault(head, []).append(path)
    return list(groups.values())


@dataclass
class Study:
    """A group of files: how they are written, their rows, and what each column looks like."""

    paths: list[Path]
    source: Source
    rows: Rows
    columns: dict[str, Column]
    ragged: int  # rows with too many or too few values


def study(paths: list[Path], root: Path | None) -> Study:
    """Look at a group of files. DataError where they have no rows; SourceError where one cannot be read."""
    source = _written_as(paths, root)
    base = (root or paths[0].parent).resolve()
    quality = Quality()
    raw = reading.read(source, base, base, quality)
    rows = clean(raw, Cleaning(), Quality())
    if not len(rows):
        raise DataError("has no rows.", where=paths[0].name)
    if source.kind == "csv" and source.separator != "," and _comma_decimal(rows):
        source = replace(source, decimal=",", thousands="." if _dot_groups(rows) else "")
    elif _thousands(rows):
        source = replace(source, thousands=",")
    rows = replace(rows, source=source)
    columns = {name: _column(rows, name) for name in rows.table.column_names}
    return Study(paths, source, rows, columns, quality.rows_left_out)


def _relative(path: Path, root: Path | None) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix() if root else path.name


def _head(path: Path) -> tuple[str, str]:
    """The first megabyte as text, and its encoding."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            raw = bytes(stream.read(SAMPLE_BYTES))
            more = bytes(stream.read()) if raw else b""
    except OSError as fault:
        raise SourceError(f"cannot be read: {fault}.", where=path.name) from fault
    if not raw.strip():
        raise SourceError("is empty.", where=path.name)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        try:
            (raw + more).decode("utf-8")
            encoding = "utf-8"
        except UnicodeDecodeError:
            encoding = "cp1252" if not set(raw + more) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1"
    text = raw.decode(encoding, "ignore").removeprefix("\ufeff")
    if not text.strip():  # a byte-order mark alone
        raise SourceError("is empty.", where=path.name)
    if "\0" in text:
        raise SourceError("is not a text file.", where=path.name, hint="CSV, Excel and Parquet files can be read.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _written_as(paths: list[Path], root: Path | None) -> Source:
    names = _pattern(paths, root) if len(paths) > 1 else (escape(_relative(paths[0], root)),)
    kind = KIND_OF_SUFFIX.get(paths[0].suffix.lower(), "csv")
    if kind != "csv":
        return Source(kind, names)
    text, encoding = _head(paths[0])
    if any(_head(p)[1] != encoding for p in paths[1:]):
        encodings = {_head(p)[1] for p in paths}
        encoding = "cp1252" if "cp1252" in encodings else "latin-1"
    separator = _separator(text)
    first = _cells(text.split("\n", 1)[0], separator)
    columns = () if _is_header(first) else tuple(f"column_{i + 1}" for i in range(len(first)))
    return Source("csv", names, encoding, separator, columns=columns)


def _pattern(paths: list[Path], root: Path | None) -> tuple[str, ...]:
    """One pattern that matches exactly these files where their names allow it, else one for each."""
    names = [_relative(p, root) for p in paths]
    start = _common(names)
    end = _common([n[len(start) :][::-1] for n in names])[::-1]
    pattern = f"{escape(start)}*{escape(end)}"
    base = root or paths[0].parent
    if set(base.glob(pattern)) == {base / n for n in names}:
        return (pattern,)
    return tuple(escape(n) for n in names)


def _common(names: list[str]) -> str:
    """The beginning that all names share."""
    first, last = min(names), max(names)
    same = (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(same, min(len(first), len(last)))]


def _cells(line: str, separator: str) -> list[str]:
    return line.split() if separator == "whitespace" else next(csv.reader([line], delimiter=separator), [])


def _separator(text: str) -> str:
    """The character that splits the first lines into the same number of values, preferably many; white space if none
    does."""
    sample = "\n".join(text.split("\n")[:200])
    best = ""
    best_score = 0.0
    for sign in (",", ";", "\t", "|", ":"):
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=sign) if row)
        except csv.Error:
            continue
        width, times = widths.most_common(1)[0] if widths else (1, 0)
        score = times / max(1, sum(widths.values())) * (1 + width / 100)
        if width > 1 and times > 0.8 * sum(widths.values()) and score > best_score:
            best = sign
            best_score = score
    if best:
        return best
    widths = Counter(len(line.split()) for line in sample.split("\n") if line.strip())
    width, times = widths.most_common(1)[0]
    return "whitespace" if width > 1 and times > 0.8 * sum(widths.values()) else ","


def _is_header(first: list[str]) -> bool:
    """Whether a first row is a header: it has no number, no date and no name twice."""
    texts = [c.strip() for c in first]
    column = pa.chunked_array([pa.array(texts, pa.string())])
    numbers = ~np.isnan(as_numbers(column)[0])
    return bool(
        not numbers.any()
        and not any(dates.fitting([t]) for t in texts if any(c.isdigit() for c in t))
        and len(set(texts)) == len(texts)
    )


def _comma_decimal(rows: Rows) -> bool:
    return any(share(rows, name, r"^-?\d{1,3}(\.?\d{3})*,\d{1,2}$") > 0.5 for name in rows.table.column_names)


def _dot_groups(rows: Rows) -> bool:
    """Whether points can only be thousands signs: 1.234,50 or 1.234.567. A point alone may be a decimal one."""
    pattern = r"^\p{Sc}?-?\d{1,3}(\.\d{3})+(,\d+|\.\d{3})$"
    return any(share(rows, name, pattern) > 0 for name in rows.table.column_names)


def _thousands(rows: Rows) -> bool:
    found = [share(rows, name, r"^\p{Sc}?-?\d{1,3}(,\d{3})+(\.\d+)?$") for name in rows.table.column_names]
    return any(share > 0.02 for share in found)


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
    values, wrong = as_numbers(column, rows.source.decimal, rows.source.thousands)
    known = values[~np.isnan(values)]
    is_number = len(known) > 0 and int(wrong.sum()) <= (1 - NEARLY_ALL) * len(filled)
    formats, all_dates = _formats(filled)
    return Column(
        name,
        filled=len(filled),
        distinct=pc.count_distinct(filled).as_py(),
        number=is_number,
        whole=bool(is_number and (known == np.floor(known)).all()),
        least=float(known.min()) if is_number else 0.0,
        most=float(known.max()) if is_number else 0.0,
        formats=formats,
        clean=all_dates if formats else not (is_number and wrong.any()),
    )


def _formats(filled: pa.ChunkedArray) -> tuple[list[str], bool]:
    """The date formats that fit the values, or nearly all of them, and whether they fit every value."""
    if not len(filled):
        return [], True
    counted = pc.value_counts(filled)
    unique = counted.field("values").to_numpy(zero_copy_only=False)
    rows = counted.field("counts").to_numpy()
    if pc.mean(pc.match_substring_regex(pa.array(unique[:500], pa.string()), _DATE_LIKE).cast(pa.int8())).as_py() < 0.5:
        return [], True
    few = unique[np.linspace(0, len(unique) - 1, min(60, len(unique))).astype(int)]
    likely = dates.shaped_like(few, 0.75)
    candidates = [f for f in likely if np.isnat(dates.parse(few, [f], "UTC")).mean() <= 0.25]
    read = {f: ~np.isnat(dates.parse(unique, [f], "UTC")) for f in candidates}
    if not read:
        return [], True
    best = max(read.values(), key=lambda fits: int(rows[fits].sum()))
    if rows[best].sum() < NEARLY_ALL * rows.sum():
        return [], True
    return dates.fitting(unique[best], known=candidates), bool(best.all())
