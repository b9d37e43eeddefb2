"""A file → its text as UTF-8, unpacked and recoded while it is read."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.spec import Source

HEAD_BYTES = 1 << 20  # read where the reader names no size
ALWAYS_UNPACKED = 100 << 20  # bytes; every zip archive may unpack to this
MOST_UNPACKED_TIMES = 200  # and at most to this many times its size


def stream(path: Path, name: str) -> Any:
    """The bytes of a file, unpacked where it ends in .gz, .bz2, .zst or .zip. SourceError where it cannot be opened,
    and for a zip archive of several files."""
    try:
        if path.suffix.lower() != ".zip":
            return pa.input_stream(str(path), compression="detect")
        archive = zipfile.ZipFile(path)
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        if len(members) != 1:
            raise SourceError(
                N_("the archive holds {files:file|files}.", files=len(members)),
                where=name,
                hint=N_("Unpack it and add the files themselves."),
            )
        if members[0].file_size > max(ALWAYS_UNPACKED, MOST_UNPACKED_TIMES * path.stat().st_size):
            raise SourceError(
                N_("the file is far larger unpacked than packed."), where=name, hint=N_("Unpack it yourself.")
            )
        return archive.open(members[0])
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as fault:
        raise SourceError(N_("the file cannot be read: {reason}.", reason=str(fault)), where=name) from fault


class Utf8(io.RawIOBase):
    """A file, unpacked and recoded as UTF-8 without a byte-order mark.

    Where white space separates values, each run of it becomes one tab. SourceError names the byte and the row that are
    not of the declared encoding.
    """

    def __init__(self, path: Path, name: str, source: Source) -> None:
        self._name = name
        self._source = source
        self._row = 1
        self._begun = False
        self._line = ""  # the start of a line whose end has not been read yet
        self._peeked = b""
        self._decoder = codecs.getincrementaldecoder(source.encoding)()
        self._plain = codecs.lookup(source.encoding).name == "utf-8" and source.separator != "whitespace"
        self._raw = stream(path, name)

    def readable(self) -> bool:
        """True; pyarrow asks for it."""
        return True

    def is_empty(self) -> bool:
        """Whether the file has no text at all."""
        self._peeked = self._peeked or self.read(HEAD_BYTES)
        return not self._peeked

    def read(self, size: int = -1) -> bytes:
        """About `size` bytes of text from the file; nothing at its end."""
        if self._peeked:
            given, self._peeked = self._peeked, b""
            return given
        size = size if size > 0 else HEAD_BYTES
        while True:
            raw = self._bytes(size)
            if raw and self._plain and raw.isascii() and not self._decoder.getstate()[0]:
                self._row, self._begun = self._row + raw.count(b"\n"), True
                return raw
            text = self._decoded(raw)
            if self._source.separator == "whitespace":
                text = self._tabbed(text, not raw)
            if text and not self._begun:
                text, self._begun = text.removeprefix("\ufeff"), True
            if text or not raw:
                return text.encode("utf-8")

    def _bytes(self, size: int) -> bytes:
        try:
            return bytes(self._raw.read(size))
        except (OSError, pa.ArrowException, zipfile.BadZipFile, zlib.error, EOFError) as fault:
            raise SourceError(N_("the file cannot be read: {reason}.", reason=str(fault)), where=self._name) from fault

    def _decoded(self, raw: bytes) -> str:
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as fault:
            row = self._row + fault.object[: fault.start].count(b"\n")
            raise SourceError(
                N_(
                    "byte {byte} in row {row} is not {encoding}.",
                    byte=f"{fault.object[fault.start]:#04x}",
                    row=str(row),
                    encoding=self._source.encoding,
                ),
                where=self._name,
                hint=N_('Name the encoding: source.encoding = "latin-1", "cp1252" or "utf-16".'),
            ) from fault
        except UnicodeError as fault:
            raise SourceError(N_("the file cannot be read: {reason}.", reason=str(fault)), where=self._name) from fault
        self._row += text.count("\n")
        return text

    def _tabbed(self, text: str, last: bool) -> str:
        """Whole lines with tabs between values; the beginning of the next line is kept."""
        lines = (self._line + text).splitlines(keepends=True)
        self._line = "" if last or not lines else lines.pop()
        return "".join(re.sub(r"[^\S\n]+", "\t", line.strip()) + "\n" for line in lines)
