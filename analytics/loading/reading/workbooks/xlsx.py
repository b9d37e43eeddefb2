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
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.reading.workbooks.grid import BLOCK_ROWS, Grid, coded_cells

MOST_CELLS = 50_000_000  # rows × columns up to the last filled ones
MOST_COLUMNS = 16_384  # Excel's own bound
LONGEST_TEXT = 32_767  # characters of a cell: Excel's own bound
MOST_TEXT_BYTES = 1 << 29
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
            sheet = _Sheet(self._name, texts, dates, any(epoch_1904), skip)
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
        found = _Texts(self._name)
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
        self, part: str, starts: dict[str, Callable[[dict[str, str]], Any]], reader: _Reader | None = None
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


class _Reader:
    """Receives the elements of one part."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def finish(self, tag: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters within an element."""


class _Texts(_Reader):
    """The shared texts of a workbook. Phonetic readings (rPh) are no part of a text."""

    def __init__(self, name: str) -> None:
        self.texts: list[str] = []
        self._name = name
        self._parts: list[str] = []
        self._wanted = False
        self._phonetic = False
        self._left = MOST_TEXT_BYTES

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self._parts = []
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "t":
            self._wanted = not self._phonetic

    def finish(self, tag: str) -> None:
        if tag == "t":
            self._wanted = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            self.texts.append("".join(self._parts).replace("x005F_", ""))

    def text(self, text: str) -> None:
        if self._wanted:
            self._left -= len(text)
            if self._left < 0:
                raise SourceError(
                    N_("the file holds too much text."), where=self._name, hint=N_("Save the sheet as CSV.")
                )
            self._parts.append(text)


class _Sheet(_Reader):
    """The filled cells of one sheet, as blocks of coded columns."""

    def __init__(self, name: str, texts: list[str], dates: dict[str, bool], epoch_1904: bool, skip: int) -> None:
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

        self.grid = Grid()  # without the skipped rows
        self._name = name
        self._shared = texts
        self._dates = dates
        self._epoch: datetime = MAC_EPOCH if epoch_1904 else WINDOWS_EPOCH
        self._skip = skip
        self._column_of: dict[str, int] = {}  # by letters
        self._row = -skip - 1
        self._column = -1
        self._cells = 0
        self._bytes = 0
        self._length = 0
        self._type = ""
        self._style = ""
        self._parts: list[str] = []
        self._wanted = False
        self._phonetic = False
        self._begin = 0
        self._filled: dict[int, tuple[list[int], list[str]]] = {}  # of the block: by column, rows and texts

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "v":
            self._wanted = True
        elif tag == "t":
            self._wanted = not self._phonetic
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "row":
            self._row = max(self._row + 1, int(attributes.get("r", 0)) - 1 - self._skip)
            self._column = -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        self._column = self._position(letters) if letters else self._column + 1
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._parts = []
        self._length = 0
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise self._too_large()

    def _position(self, letters: str) -> int:
        """'A' → 0, 'AB' → 27."""
        found = self._column_of.get(letters)
        if found is None:
            found = 0
            for letter in letters.upper()[:4]:
                found = found * 26 + ord(letter) - ord("A") + 1
            found -= 1
            if not 0 <= found < MOST_COLUMNS:
                raise ValueError(f"no cell has the column {letters[:10]!r}")
            self._column_of[letters] = found
        return found

    def finish(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._wanted = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "c" and self._parts and self._row >= 0:
            text = self._value("".join(self._parts))
            if text:
                self._put(text)

    def text(self, text: str) -> None:
        if self._wanted:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise ValueError(f"a cell of row {self._row + self._skip + 1} has over {LONGEST_TEXT:,} characters")
            self._parts.append(text)

    def _value(self, written: str) -> str:
        """A cell as text: whole numbers without a fraction, dates in ISO form, "" for an error such as #N/A."""
        if self._type == "n":
            return self._number(written)
        if self._type == "s":
            return self._shared[int(written)]
        if self._type == "b":
            return str(bool(int(written)))
        if self._type == "e":
            return ""
        if self._type == "d":
            from openpyxl.utils.datetime import from_ISO8601

            return str(from_ISO8601(written))
        return written

    def _number(self, written: str) -> str:
        number = float(written)
        if self._style in self._dates:
            from openpyxl.utils.datetime import from_excel

            try:
                return str(from_excel(number, self._epoch, timedelta=self._dates[self._style]))
            except (OverflowError, ValueError):  # Excel shows such a date as an error
                return ""
        whole = int(number)
        return str(whole) if whole == number else str(number)

    def _put(self, text: str) -> None:
        if self._row >= self._begin + BLOCK_ROWS:
            self._end_block()
        self.grid.rows = self._row + 1
        self.grid.columns = max(self.grid.columns, self._column + 1)
        if self.grid.rows * self.grid.columns > MOST_CELLS:
            raise self._too_large()
        if self._row == 0:
            self.grid.first_row[self._column] = text
        rows, texts = self._filled.setdefault(self._column, ([], []))
        rows.append(self._row - self._begin)
        texts.append(text)

    def _end_block(self) -> None:
        """Keep the collected cells as a block, and begin the next one at the current row. Rows in between are blank."""
        count = min(BLOCK_ROWS, self.grid.rows - self._begin)
        columns = {column: coded_cells(rows, texts, count) for column, (rows, texts) in self._filled.items()}
        self._bytes += sum(array.nbytes for array in columns.values())
        if self._bytes > MOST_TEXT_BYTES + 4 * MOST_CELLS:
            raise SourceError(N_("the file holds too much text."), where=self._name, hint=N_("Save the sheet as CSV."))
        if count:
            self.grid.blocks.append((self._begin, count, columns))
        blank = self._begin + count
        while blank < self._row:
            count = min(BLOCK_ROWS, self._row - blank)
            self.grid.blocks.append((blank, count, {}))
            blank += count
        self._filled = {}
        self._begin = self._row

    def end(self) -> None:
        """Keep the last block."""
        self._row = self.grid.rows
        self._end_block()

    def _too_large(self) -> SourceError:
        rows = max(self.grid.rows, self._row + 1)
        columns = max(self.grid.columns, self._column + 1)
        return SourceError(
            N_(
                "the sheet spans {rows:row|rows} × {columns:column|columns}, more than {most} cells.",
                rows=rows,
                columns=columns,
                most=MOST_CELLS,
            ),
            where=self._name,
            hint=N_("Delete stray cells far away from the others, or save the sheet as CSV."),
        )
