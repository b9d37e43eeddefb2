"""How files that nobody has described are written, and which of them, or of the sheets of a workbook, are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.guessing.appearance.header import header_at
from analytics.loading.guessing.appearance.text import SAMPLE_ROWS, head, rows_of, separator_of
from analytics.loading.reading import parquet
from analytics.loading.reading.headers import unique
from analytics.loading.reading.workbooks import workbook
from analytics.loading.spec import KIND_OF_SUFFIX, Source

LEAST_COMMON = 0.6  # of the names of two files, for them to be alike


@dataclass(frozen=True)
class Appearance:
    """One file, or the alike sheets of one workbook: how it is written, its first rows, and where its header stands."""

    path: Path
    source: Source
    rows: list[list[str]]
    header: int | None
    others: tuple[str, ...] = ()  # sheets that are of another kind

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns; made-up ones where there is no header."""
        if self.header is None:
            width = max((len(row) for row in self.rows), default=0)
            return tuple(f"column_{i + 1}" for i in range(width))
        return tuple(unique(self.rows[self.header]))


def appearance(path: Path) -> Appearance:
    """How a file is written. SourceError where it is no file, is empty, or is no text."""
    if not path.is_file():
        raise SourceError(N_("there is no such file."), where=str(path))
    kind = KIND_OF_SUFFIX.get(path.suffix.lower(), "csv")
    if kind == "excel":
        return _of_workbook(path)
    if kind != "csv":
        return Appearance(path, Source(kind, ()), [parquet.columns(path)], None)
    text, encoding = head(path)
    separator = separator_of(text)
    backslash = '\\"' in text and '""' not in text.replace(',""', "")
    options = {"escapechar": "\\", "doublequote": False} if backslash else {}
    rows = rows_of(text, separator, options)
    source = Source("csv", (), encoding, separator, escape="\\" if backslash else "")
    return Appearance(path, source, rows, header_at(rows))


def rows_by(path: Path, separator: str) -> list[list[str]]:
    """The first rows of a text file as a separator divides them."""
    return rows_of(head(path)[0], separator, {})


def alike(files: Sequence[Appearance]) -> list[list[Appearance]]:
    """Files grouped so that each group can be read as one: written alike, with most columns in common."""
    groups: list[list[Appearance]] = []
    for found in files:
        group = next((g for g in groups if _are_alike(g[0], found)), None)
        if group is None:
            groups.append([found])
        else:
            group.append(found)
    return groups


def _are_alike(one: Appearance, other: Appearance) -> bool:
    written = [(a.source.kind, a.source.separator, a.source.sheets, a.header is None) for a in (one, other)]
    if written[0] != written[1] or one.source.kind == "parquet":
        return False
    ours, theirs = set(one.names), set(other.names)
    if one.header is None:
        return ours == theirs
    return len(ours & theirs) >= LEAST_COMMON * len(ours | theirs)


def _of_workbook(path: Path) -> Appearance:
    """The sheets that are alike and hold most, of one workbook."""
    heads = workbook.heads(path, path.name, SAMPLE_ROWS)
    found = {title: Appearance(path, Source("excel", ()), rows, header_at(rows)) for title, rows in heads.items()}
    if not any(a.rows for a in found.values()):
        raise SourceError(N_("the file is empty."), where=path.name)
    tables = {title: a for title, a in found.items() if a.header is not None} or found
    best = max(tables, key=lambda title: (len(tables[title].names), len(tables[title].rows)))
    chosen = [title for title, a in tables.items() if _are_alike(tables[best], a)]
    first = next(iter(found))
    sheets = () if chosen == [first] else tuple(chosen)
    kept = tables[chosen[0]]
    others = tuple(title for title, a in found.items() if title not in chosen and a.rows)
    return Appearance(path, Source("excel", (), sheets=sheets), kept.rows, kept.header, others)


def other_sheets(found: Appearance) -> list[Appearance]:
    """The sheets of a workbook that are of another kind, each by itself."""
    heads = workbook.heads(found.path, found.path.name, SAMPLE_ROWS) if found.others else {}
    return [
        Appearance(found.path, Source("excel", (), sheets=(title,)), rows, header_at(rows))
        for title, rows in heads.items()
        if title in found.others
    ]
