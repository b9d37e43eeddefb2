"""A TOML as text: its parts as they are written, and a text edited so that its order and comments stay."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from analytics.language import N_
from analytics.loading.spec import Source

MOST_RATES = 10
LONGEST_NAME = 80  # of a column in a sentence
_HEADING = re.compile(r"\s*\[+(?P<table>[^\]]+)\]+\s*(#.*)?$")
_KEY = re.compile(r'\s*(?P<key>[\w-]+|"[^"]*")\s*=\s*')
_PLACE = re.compile(r'(?:(?P<table>.*)\.)?(?P<key>"[^"]*"|[^".]+)')


# --- written


def quoted(text: str) -> str:
    """A text as a value of a TOML."""
    return json.dumps(text, ensure_ascii=False)


def in_words(name: str) -> str:
    """A column or a value as a sentence names it, on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_NAME]


def listed(values: Sequence[str]) -> str:
    """Values of a TOML as one value: the only one, or a list."""
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def inline(value: object) -> str:
    """A value as TOML on one line: a text, a number, a flag, a list or a table."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{_bare_or_quoted(key)} = {inline(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)  # texts, numbers and flags are written alike


def _bare_or_quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quoted(key)


def source_lines(source: Source) -> str:
    """The keys of a source as TOML, without those that have their default."""
    names = [quoted(name) for name in source.files]
    lines = f"files = {listed(names)}\n"
    plain = Source(source.kind, source.files)
    for key in ("encoding", "separator", "decimal", "thousands", "escape"):
        value = getattr(source, key)
        if value != getattr(plain, key):
            lines += f"{key} = {quoted('tab' if value == chr(9) else value)}\n"
    for key, texts in (("header", source.header), ("sheet", source.sheets)):
        if texts:
            lines += f"{key} = {listed([quoted(t) for t in texts])}\n"
    if source.encoding not in ("utf-8", "utf-16", "cp1252"):
        lines += "# The encoding was found by trial: check that the names below are spelled correctly.\n"
    if source.columns:
        lines += f"columns = [{', '.join(map(quoted, source.columns))}]  # no header: give them better names\n"
    return lines


def rates_lines(others: Sequence[str], currency: str) -> str:
    """A table of exchange rates to fill in, as comments; "" where all amounts are in one currency."""
    rates = "".join(f"# {code} = 1.0  # one {code} in {currency}\n" for code in others[:MOST_RATES])
    return f"# [rates]\n{rates}" if rates else ""


def not_read_line(names: Iterable[str], why: str = "they are of another kind") -> str:
    """A comment that names the files and sheets that are not read, and why; "" where there are none."""
    text = ", ".join(names)
    return f"# Not used, since {why.rstrip('.')}: {text}\n" if text else ""


CURRENCY = N_("The files do not say their currency: USD is assumed.")  # a doubt
UNKNOWN_COLUMNS = N_("Columns that are not known: {names}.")
UNUSED_COLUMNS = N_("Columns not used: {names}.")
OTHER_KIND = N_("it is of another kind")
UNCERTAIN = "? "  # begins the comment behind a field that somebody should check
NOT_IN_FILES = "not in the files"  # the comment behind a value that is assumed
_NOT_SURE = re.compile(r"^# Not sure: (.+)$", re.MULTILINE)
_NOT_READ = re.compile(r"^# Not used, since (?P<why>.+): (?P<names>[^:\n]+)$", re.MULTILINE)


def not_sure_lines(doubts: Iterable[str]) -> str:
    """Comments that say what the files leave open, in whole sentences."""
    return "".join(f"# Not sure: {doubt}\n" for doubt in doubts)


def not_sure(toml: str) -> list[str]:
    """What a TOML's comments say that the files leave open."""
    return _NOT_SURE.findall(toml)


def not_read(toml: str) -> dict[str, str]:
    """By the name of a file or sheet that a TOML's comments say is not read: why."""
    found = {}
    for line in _NOT_READ.finditer(toml):
        for name in line["names"].split(", "):
            found[name] = OTHER_KIND if line["why"] == "they are of another kind" else line["why"]
    return found


_KNOWN_ONE = re.compile(r"^# (?P<title>.+): \d+ of \d+ columns known\.$", re.MULTILINE)
_KNOWN = re.compile(r"^# (?P<title>.+): \d+ of \d+ columns known\.\n(?P<remarks>(?:# .+\n)*)", re.MULTILINE)
_UNUSED = re.compile(r"^# (Columns (?:of .+ )?not used: .+)$", re.MULTILINE)
_NO_REMARK = ("Not used, since ", "Not sure: ", "Left out, since columns are missing: ")


def recognised(toml: str) -> list[str]:
    """The exports of platforms that a TOML's comments name."""
    return list(dict.fromkeys(found["title"] for found in _KNOWN_ONE.finditer(toml)))


def remarks(toml: str) -> list[str]:
    """What a TOML's comments tell about the files: what a platform's do not tell, and columns that are not used."""
    found = [line for block in _KNOWN.finditer(toml) for line in re.findall("^# (.+)$", block["remarks"], re.MULTILINE)]
    found = [line for line in found if not line.startswith(_NO_REMARK) and not _KNOWN_ONE.match(f"# {line}")]
    return list(dict.fromkeys([*found, *(f"{line}." for line in _UNUSED.findall(toml))]))


# --- edited


@dataclass
class _Table:
    """The lines of a table, its heading among them."""

    name: str = ""
    lines: list[str] = field(default_factory=list)


class TomlText:
    """A TOML with one key a line, to be edited. A place is a table and a key, such as "fields.amount".

    >>> toml = TomlText('title = "Shop"  # ours\\n[source]\\nfiles = "a.csv"\\n')
    >>> toml.put("source.files", '"b.csv"')
    >>> toml.put("ledger.tax", '"inside"')
    >>> print(toml, end="")
    title = "Shop"  # ours
    [source]
    files = "b.csv"
    <BLANKLINE>
    [ledger]
    tax = "inside"
    """

    def __init__(self, text: str) -> None:
        self._tables = [_Table()]
        for line in text.split("\n"):
            heading = _HEADING.match(line)
            if heading:
                self._tables.append(_Table(heading["table"]))
            self._tables[-1].lines.append(line)

    def __str__(self) -> str:
        return "\n".join(line for table in self._tables for line in table.lines).strip() + "\n"

    def places(self, key: str) -> list[str]:
        """Where a key stands whose value is on its own line."""
        return [
            f"{table.name}.{key}".lstrip(".")
            for table in self._tables
            for line in table.lines
            if _key(line) == key and _is_complete(line)
        ]

    def names(self) -> list[str]:
        """The names of the tables."""
        return [table.name for table in self._tables if table.name]

    def body(self, name: str) -> str:
        """The lines of a table below its heading."""
        return "\n".join(line for table in self._tables if table.name == name for line in table.lines[1:]).strip()

    def note(self, place: str) -> str:
        """The comment behind a key's value; "" where there is none."""
        name, key = _split(place)
        lines = (line for table in self._tables if table.name == name for line in table.lines if _key(line) == key)
        return next((line.partition("  # ")[2] for line in lines), "")

    def value(self, place: str) -> str:
        """The value of a key as it is written; "" where it is absent."""
        name, key = _split(place)
        lines = (line for table in self._tables if table.name == name for line in table.lines)
        return next((line.partition("=")[2].strip() for line in lines if _key(line) == key), "")

    def keys(self, table: str) -> list[str]:
        """The keys of a table."""
        return [key for each in self._tables if each.name == table for line in each.lines if (key := _key(line))]

    def broken(self) -> str:
        """The first line that is not complete by itself, such as one of a list over several lines; "" where none is."""
        lines = (line for table in self._tables for line in table.lines)
        return next((line for line in lines if not _is_complete(line)), "")

    def drop(self, unwanted: Callable[[str], bool]) -> None:
        """Remove the tables whose names are unwanted, with their headings."""
        self._tables = [table for table in self._tables if not (table.name and unwanted(table.name))]

    def put(self, place: str, value: str) -> None:
        """Give a key another value, a TOML text; a key or a table that is absent is added at the end."""
        name, key = _split(place)
        line = f"{key} = {value}"
        tables = [table for table in self._tables if table.name == name]
        for table in tables:
            for at, old in enumerate(table.lines):
                if _key(old) == key:
                    table.lines[at] = line
                    return
        if tables:
            lines = tables[0].lines
            at = max((at for at, old in enumerate(lines, 1) if old.strip()), default=0)
            lines.insert(at, line)  # above the blank lines at its end
        else:
            self._tables.append(_Table(name, ["", f"[{name}]", line]))

    def remove(self, place: str) -> None:
        """Take a key away, where it is there."""
        name, key = _split(place)
        for table in self._tables:
            if table.name == name:
                table.lines = [line for line in table.lines if _key(line) != key]

    def begin(self, table: str, lines: str, instead_of: Sequence[str]) -> None:
        """Put lines at the beginning of a table, in place of some of its keys."""
        for each in self._tables:
            if each.name == table:
                kept = [line for line in each.lines[1:] if _key(line) not in instead_of]
                each.lines = [each.lines[0], *lines.rstrip().split("\n"), *kept]

    def change(self, changed: Callable[[str], str | None], within: Callable[[str], bool] = lambda table: True) -> None:
        """Change each line that is no heading, in the tables whose names are meant; one for which there is None
        goes."""
        for table in (each for each in self._tables if within(each.name)):
            start = 1 if table.name else 0
            lines = map(changed, table.lines[start:])
            table.lines = table.lines[:start] + [line for line in lines if line is not None]


def _key(line: str) -> str:
    found = _KEY.match(line)
    return found["key"] if found else ""


def _is_complete(line: str) -> bool:
    try:
        tomllib.loads(line)
    except ValueError:
        return False
    return True


def _split(place: str) -> tuple[str, str]:
    found = _PLACE.fullmatch(place)
    return (found["table"] or "", found["key"]) if found else ("", place)
