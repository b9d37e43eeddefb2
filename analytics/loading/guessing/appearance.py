"""How files that nobody has described are written: encoding, separator, where the header is, which sheets are alike."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

from analytics.errors import SourceError
from analytics.language import N_
from analytics.loading.reading import parquet
from analytics.loading.reading.delimited import SEPARATOR_LINE
from analytics.loading.reading.headers import unique
from analytics.loading.reading.text_stream import stream
from analytics.loading.reading.workbooks import workbook
from analytics.loading.spec import KIND_OF_SUFFIX, Source

SAMPLE_BYTES = 1 << 20
SAMPLE_ROWS = 60
MOST_ABOVE_HEADER = 30  # rows
LEAST_SHARED = 0.6  # of the names of two files, for them to be alike
FEW = 0.34  # share of a header's cells that may look like values
TAB = "\t"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


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
    text, encoding = _head(path)
    separator = _separator(text)
    backslash = '\\"' in text and '""' not in text.replace(',""', "")
    options = {"escapechar": "\\", "doublequote": False} if backslash else {}
    rows = _rows(text, separator, options)
    source = Source("csv", (), encoding, separator, escape="\\" if backslash else "")
    return Appearance(path, source, rows, header_at(rows))


def rows_by(path: Path, separator: str) -> list[list[str]]:
    """The first rows of a text file as a separator divides them."""
    return _rows(_head(path)[0], separator, {})


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
    return len(ours & theirs) >= LEAST_SHARED * len(ours | theirs)


def source_of(group: Sequence[Appearance], root: Path | None) -> Source:
    """One source for a group of files."""
    first = group[0].source
    paths = [a.path for a in group]
    names = _pattern(paths, root) if len(paths) > 1 else (escape(_relative(paths[0], root)),)
    encodings = {a.source.encoding for a in group}
    encoding = first.encoding
    if len(encodings) > 1:
        encoding = "cp1252" if "cp1252" in encodings else "latin-1"
    nameless = group[0].header is None and first.kind == "csv"
    return Source(
        first.kind,
        names,
        encoding,
        first.separator,
        columns=group[0].names if nameless else (),
        header=_header_names(group[0]) if any(a.header for a in group) else (),
        sheets=first.sheets,
        escape=first.escape,
    )


def _header_names(found: Appearance) -> tuple[str, ...]:
    """Two names by which the header is found: unlikely to stand together anywhere else."""
    cells = found.rows[found.header or 0]
    once = [c.strip() for c in dict.fromkeys(cells) if c.strip() and not _is_value(c)]
    return (once[0], once[-1]) if len(once) > 1 else tuple(once)


# --- rows and header


def header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """The row that names the columns; None where there is none.

    It is the first row that fills most of the columns with texts that are no values, and above values in some column.
    """
    for at, row in enumerate(rows[:MOST_ABOVE_HEADER]):
        filled = [c for c in row if c.strip()]
        below = rows[at + 1 : at + 21]
        usual = Counter(sum(1 for c in r if c.strip()) for r in below if any(c.strip() for c in r))
        width = usual.most_common(1)[0][0] if usual else len(filled)
        values = sum(map(_is_value, filled))
        if not filled or len(filled) < LEAST_SHARED * width or (width > 1 and len(filled) < 2):
            continue
        if values > FEW * len(filled):
            return None
        if not below or _stands_above_values(row, below):
            return at
        if all(not _is_value(c) for r in below for c in r):
            return at  # texts only
    return None


def _stands_above_values(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    for at, cell in enumerate(row):
        under = [r[at] for r in below if at < len(r) and r[at].strip()]
        if under and cell.strip() and not _is_value(cell) and sum(map(_is_value, under)) >= len(under) / 2:
            return True
    return False


def _is_value(cell: str) -> bool:
    """Whether a cell is a number, a date or an amount of money rather than a name."""
    text = cell.strip()
    if not any(c.isdigit() for c in text):
        return False
    return sum(c.isalpha() for c in text) <= 3 or bool(re.match(r"[^\W\d_]{0,9}\.?,? ?\d{1,4}\W", text))


def _rows(text: str, separator: str, options: dict[str, object]) -> list[list[str]]:
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


# --- workbooks


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


# --- text


def _head(path: Path) -> tuple[str, str]:
    """The first megabyte as text, and the encoding of the whole file."""
    try:
        with stream(path, path.name) as file:
            raw = bytes(file.read(SAMPLE_BYTES))
            plain = b"\0" not in raw and raw[:2] not in UTF_16_MARKS and _is_utf8(raw, file)
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


def _is_utf8(head: bytes, rest: Any) -> bool:
    """Whether the bytes of a file are UTF-8: those of its head, and those that are still to be read."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            if decoder.getstate()[0] or not chunk.isascii():
                decoder.decode(chunk)
            chunk = bytes(rest.read(SAMPLE_BYTES))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _encoding_of_all(path: Path) -> str:
    with stream(path, path.name) as file:
        return encoding_of(bytes(file.read()))


# Encodings of scripts, and what a word of theirs is made of.
_LATIN = r"(?=.*[A-Za-z])(?!.*[^A-Za-z]{3})[A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸ]+"
_JAPANESE = r"[\u3040-\u30ff\u4e00-\u9faf々ー]+"
_CYRILLIC = r"[А-ЯЁІЇЄҐ]?[а-яёіїєґ]+|[А-ЯЁІЇЄҐ]+"
_SCRIPTS = {
    "cp1255": r"[א-ת]+",  # in small Cyrillic letters these bytes are words too, but names have capitals
    "cp1251": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1253": r"[Α-ΩΆΈΉΊΌΎΏ]?[α-ωάέήίόύώς]+|[Α-ΩΆΈΉΊΌΎΏ]+",
    "cp1256": r"[ء-ي]+",
    "cp932": _JAPANESE,
    "euc-jp": _JAPANESE,
    "euc-kr": r"[가-힣]+",
    "gb18030": r"[\u4e00-\u9fa5]+",
    "big5": r"[\u4e00-\u9fa5]+",
    "cp850": _LATIN,  # of DOS and old tills
}
_SIGNS = re.compile(r"[€£©®°’·×½µ§\xa0]|(?<![^\W\d_])[–—„“”‘…]|[–—„“”‘…](?![^\W\d_])")  # a quote is not within a word
LONGEST_WORD = 100
LEAST_ZEROS = 0.2  # share of the high bytes: separators and digits have none else in UTF-16
LEAST_PLAUSIBLE = 0.8  # share of the characters beyond ASCII


def encoding_of(raw: bytes) -> str:
    """The encoding of a file's bytes: by its mark, by zeros between letters, as UTF-8, or by which script makes words
    of the bytes. Where none does, cp1252 or, with bytes that it lacks, latin-1."""
    if raw[:2] in UTF_16_MARKS:
        return "utf-16"
    sample = raw[:SAMPLE_BYTES]
    for encoding, high, low in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if high.count(0) > LEAST_ZEROS * len(high) and not low.count(0) and _is_text(raw, encoding):
            return encoding
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _by_script(raw)
    return "utf-8"


def _is_text(raw: bytes, encoding: str) -> bool:
    """Whether bytes are lines of letters, digits and signs in an encoding."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return "\n" in text and all(c.isprintable() or c.isspace() for c in text[:10_000])


def _by_script(raw: bytes) -> str:
    fallback = "cp1252" if not set(raw) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1"
    scores = {fallback: _plausible(raw, fallback, _LATIN)}
    if scores[fallback] < LEAST_PLAUSIBLE:
        scores |= {encoding: _plausible(raw, encoding, word) for encoding, word in _SCRIPTS.items()}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] >= LEAST_PLAUSIBLE else fallback


def _plausible(raw: bytes, encoding: str, word: str) -> float:
    """The share of the characters beyond ASCII that stand in words of a script; 0 where the bytes are not of the
    encoding."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    text = raw[:SAMPLE_BYTES].decode(encoding, "ignore")
    beyond = sum(1 for c in text if c > "\x7f")
    if word == _JAPANESE and not re.search(r"[\u3040-\u30ff]{2}", text):
        return 0.0  # every Chinese text is made of its characters
    found = len(_SIGNS.findall(text))
    pattern = re.compile(word)
    for written, times in Counter(re.findall(r"[^\W\d_]+", text)).items():
        if not written.isascii() and len(written) <= LONGEST_WORD and pattern.fullmatch(written):
            found += times * sum(1 for c in written if c > "\x7f")
    return found / beyond if beyond else 0.0


def _separator(text: str) -> str:
    """The character that splits the first lines into the same number of values, preferably many; white space if none
    does."""
    sample = "\n".join(text.split("\n")[:200])
    best = ""
    best_score = 0.0
    for sign in (",", ";", TAB, "|", ":"):
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


# --- names of files


def _relative(path: Path, root: Path | None) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix() if root else path.name


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
