"""The XML of a workbook's texts and sheets → coded columns of cells."""

from __future__ import annotations

from datetime import datetime

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.reading.workbooks.grid import BLOCK_ROWS, Grid, coded_cells

MOST_CELLS = 50_000_000  # rows × columns up to the last filled ones
MOST_COLUMNS = 16_384  # Excel's own bound
LONGEST_TEXT = 32_767  # characters of a cell: Excel's own bound
MOST_TEXT_BYTES = 1 << 29


class PartReader:
    """Receives the elements of one part."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def finish(self, tag: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters within an element."""


class SharedTexts(PartReader):
    """The shared texts of a workbook. Phonetic readings (rPh) are no part of a text."""

    def __init__(self, name: str) -> None:
        self.texts: list[str] = []
        self._name = name
        self._parts: list[str] = []
        self._wanted = False
        self._phonetic = False
        self._left = MOST_TEXT_BYTES

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """See PartReader."""
        if tag == "si":
            self._parts = []
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "t":
            self._wanted = not self._phonetic

    def finish(self, tag: str) -> None:
        """See PartReader."""
        if tag == "t":
            self._wanted = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            self.texts.append("".join(self._parts).replace("x005F_", ""))

    def text(self, text: str) -> None:
        """See PartReader."""
        if self._wanted:
            self._left -= len(text)
            if self._left < 0:
                raise SourceError(
                    N_("the file holds too much text."), where=self._name, hint=N_("Save the sheet as CSV.")
                )
            self._parts.append(text)


class SheetCells(PartReader):
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
        """See PartReader."""
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
        """See PartReader."""
        if tag in ("v", "t"):
            self._wanted = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "c" and self._parts and self._row >= 0:
            text = self._value("".join(self._parts))
            if text:
                self._put(text)

    def text(self, text: str) -> None:
        """See PartReader."""
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
