"""A workbook (.xlsx) → the cells of its sheets.

It is a zip archive of XML, and is parsed as a stream, since a small file may unpack to much: a cell in the last corner
of a sheet would make 17 billion cells of two. Bounded are the unpacked bytes, the cells, the rectangle that the filled
cells span, and the bytes of its texts. Document types and entities are refused.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.reading.workbooks.grid import Grid
from analytics.loading.reading.workbooks.xlsx_cells import PartReader, SharedTexts, SheetCells

MOST_UNPACKED = 1 << 31  # bytes of XML
MOST_UNPACKED_TIMES = 100  # and at most this many times the file's size
ALWAYS_UNPACKED = 10 << 20  # every file may unpack to this number of bytes
CHUNK = 1 << 18  # bytes of XML parsed at a time
_SPREADSHEET = "/officeDocument"
_WORKSHEET = "/worksheet"
# Exceptions that reading a damaged workbook may raise.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


def grids(path: Path, name: str, skip: int, chosen: Callable[[list[str]], list[str]]) -> dict[str, Grid]:
    """The cells of the sheets that `chosen` picks from their titles, without the first `skip` rows.

    SourceError where the file is no workbook, is damaged or too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Book(archive, path.stat().st_size, name).grids(skip, chosen)
    except SourceError:
        raise
    except _DAMAGE as fault:
        raise SourceError(
            N_("the file is not a readable workbook: {reason}.", reason=str(fault)),
            where=name,
            hint=N_("Check the file, or save the sheet as CSV."),
        ) from fault


class _Book:
    """The parts of a workbook's archive; counts the bytes that are unpacked."""

    def __init__(self, archive: zipfile.ZipFile, size: int, name: str) -> None:
        self._archive = archive
        self._name = name
        self._left = min(MOST_UNPACKED, max(ALWAYS_UNPACKED, MOST_UNPACKED_TIMES * size))

    def grids(self, skip: int, chosen: Callable[[list[str]], list[str]]) -> dict[str, Grid]:
        """The chosen sheets, in their order."""
        book = self._related("", _SPREADSHEET)[0][1]
        listed: list[tuple[str, str]] = []
        epoch_1904: list[bool] = []
        self._parse(
            book,
            {
                "sheet": lambda a: listed.append((a.get("name", ""), a.get("id", ""))),
                "workbookPr": lambda a: epoch_1904.append(a.get("date1904", "0") in ("1", "true")),
            },
        )
        targets = dict(self._related(book, _WORKSHEET))
        named = {title: targets[key] for title, key in listed if key in targets}
        titles = chosen(list(named))
        texts = self._shared_texts(book)
        dates = self._date_styles(book)
        found: dict[str, Grid] = {}
        for title in titles:
            sheet = SheetCells(self._name, texts, dates, any(epoch_1904), skip)
            self._parse(named[title], {}, sheet)
            sheet.end()
            found[title] = sheet.grid
        return found

    def _related(self, part: str, kind: str) -> list[tuple[str, str]]:
        """Id and path of the parts that one part refers to, of one kind."""
        folder, file = posixpath.split(part)
        found: list[tuple[str, str]] = []

        def take(attributes: dict[str, str]) -> None:
            if attributes.get("Type", "").endswith(kind):
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
                found.append((attributes.get("Id", ""), target.lstrip("/")))

        self._parse(posixpath.join(folder, "_rels", f"{file}.rels"), {"Relationship": take})
        return found

    def _shared_texts(self, book: str) -> list[str]:
        """The texts that cells refer to by number."""
        found = SharedTexts(self._name)
        for _, part in self._related(book, "/sharedStrings"):
            self._parse(part, {}, found)
        return found.texts

    def _date_styles(self, book: str) -> dict[str, bool]:
        """The cell styles that mean dates; the value is true for durations."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

        codes: dict[int, str] = dict(BUILTIN_FORMATS)
        styles: list[int] = []
        inside: list[str] = []  # cellXfs while in it: other lists of styles have the same elements
        for _, part in self._related(book, "/styles"):
            self._parse(
                part,
                {
                    "numFmt": lambda a: codes.update({int(a["numFmtId"]): a["formatCode"]}),
                    "cellXfs": lambda a: inside.append("cellXfs"),
                    "cellStyles": lambda a: inside.clear(),
                    "dxfs": lambda a: inside.clear(),
                    "xf": lambda a: styles.append(int(a.get("numFmtId", 0))) if inside else None,
                },
            )
        return {
            str(at): bool(is_timedelta_format(codes.get(code, "")))
            for at, code in enumerate(styles)
            if is_date_format(codes.get(code, ""))
        }

    def _parse(
        self, part: str, starts: dict[str, Callable[[dict[str, str]], Any]], reader: PartReader | None = None
    ) -> None:
        """Stream one part through the XML parser."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        local = lru_cache(maxsize=1000)(lambda tag: tag.rpartition(":")[2])

        def start(tag: str, attributes: dict[str, str]) -> None:
            handler = starts.get(local(tag))
            if handler is not None:
                handler({local(name): value for name, value in attributes.items()})

        def refuse(*_: object) -> None:
            raise SourceError(N_("the file has a document type, which no workbook needs."), where=self._name)

        parser.StartDoctypeDeclHandler = refuse
        if reader is None:
            parser.StartElementHandler = start
        else:
            parser.StartElementHandler = lambda tag, attributes: reader.start(local(tag), attributes)
            parser.EndElementHandler = lambda tag: reader.finish(local(tag))
            parser.CharacterDataHandler = reader.text
        with self._archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise SourceError(
                        N_("the file is far larger unpacked than packed."),
                        where=self._name,
                        hint=N_("Save the sheet as CSV."),
                    )
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
