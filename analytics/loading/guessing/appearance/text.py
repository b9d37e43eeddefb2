"""Files of text: their beginning, the separator of their values, and their first rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.guessing.appearance.encodings import SAMPLE_BYTES, UTF_16_MARKS, encoding_of, is_utf8
from analytics.loading.reading.delimited import SEPARATOR_LINE
from analytics.loading.reading.text_stream import stream

SAMPLE_ROWS = 60


def head(path: Path) -> tuple[str, str]:
    """The first megabyte as text, and the encoding of the whole file."""
    try:
        with stream(path, path.name) as file:
            raw = bytes(file.read(SAMPLE_BYTES))
            plain = b"\0" not in raw and raw[:2] not in UTF_16_MARKS and is_utf8(raw, file)
        if not raw.strip():
            raise SourceError(N_("the file is empty."), where=path.name)
        encoding = "utf-8" if plain else _encoding_of_all(path)
    except OSError as fault:
        raise SourceError(N_("the file cannot be read: {reason}.", reason=str(fault)), where=path.name) from fault
    text = raw.decode(encoding, "ignore").removeprefix("\ufeff")
    if not text.strip():  # a byte-order mark alone
        raise SourceError(N_("the file is empty."), where=path.name)
    if "\0" in text:
        raise SourceError(
            N_("the file is not a text file."), where=path.name, hint=N_("CSV, Excel and Parquet files can be read.")
        )
    return SEPARATOR_LINE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"), count=1), encoding


def _encoding_of_all(path: Path) -> str:
    with stream(path, path.name) as file:
        return encoding_of(bytes(file.read()))


def separator_of(text: str) -> str:
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


def rows_of(text: str, separator: str, options: dict[str, object]) -> list[list[str]]:
    """The first rows; `options` of the standard library's reader."""
    lines = text.split("\n")[: 4 * SAMPLE_ROWS]
    if separator == "whitespace":
        return [line.split() for line in lines[:SAMPLE_ROWS]]
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, **options):  # type: ignore[arg-type]
            found.append(row)
            if len(found) == SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # the rows so far are enough to look at
    return found
