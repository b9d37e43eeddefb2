"""Which pack a file's columns are of, and the pack's TOML for that file.

A pack is the TOML of a data set with a table [pack], in this folder or in a folder of the catalog. Outside that table
each key and its value are on one line. Names of columns stand in quotes, or in brackets within formulas, and nothing
else in quotes is the name of a column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from analytics.errors import CatalogError
from analytics.loading.catalog import load
from analytics.loading.rules.packs import is_of_pack
from analytics.loading.spec import Pack, Spec, Variant
from analytics.loading.written.toml_text import TomlText, quoted

HERE = Path(__file__).parent
_LIST = re.compile(r"^\w+\s*=\s*\[")
_FILES = ("files", "encoding", "separator", "decimal", "thousands", "header", "sheet")  # as each file shows


@dataclass(frozen=True)
class Known:
    """A pack: its data set, what [pack] says, and its text."""

    spec: Spec
    pack: Pack
    text: str


@dataclass(frozen=True)
class Match:
    """A pack whose columns a file has: by the pack's names, what the file calls them, and the columns that are none of
    the pack's."""

    known: Known
    names: Mapping[str, str]
    unknown: tuple[str, ...]
    given: int  # columns of the file

    @property
    def missing(self) -> tuple[str, ...]:
        """The columns that fields use and the file does not have."""
        return tuple(c for c in self.known.pack.optional if c not in self.names)


def packs(folders: Sequence[Path] = ()) -> list[Known]:
    """The packs of the folders, then those that come with Storesight. Other TOMLs, and wrong ones, are passed over: the
    catalog tells of those."""
    found = []
    for path in (p for folder in (*folders, HERE) for p in sorted(folder.glob("*.toml"))):
        try:
            spec = load(path)
        except CatalogError:
            if path.parent == HERE:
                raise
            continue
        if spec.pack is not None:
            found.append(Known(spec, spec.pack, path.read_text("utf-8").replace("\r\n", "\n")))
    return found


def recognise(rows: Sequence[Sequence[str]], known: Iterable[Known]) -> tuple[int, Match] | None:
    """The first row that is the header of a pack's file, and the pack: of several the one that knows most of the
    columns, the first of equal ones. None where there is no such row."""
    every = list(known)
    for at, row in enumerate(rows):
        matches = [found for one in every if (found := match(row, one)) is not None]
        if matches:
            return at, min(matches, key=lambda m: len(m.unknown))
    return None


def match(header: Sequence[str], known: Known) -> Match | None:
    """The match of a header with a pack; None where a column is absent that the pack cannot do without."""
    columns = {_bare(name): name for name in reversed(header) if name.strip()}
    pack = known.pack
    names: dict[str, str] = {}
    used: set[str] = set()
    for column in pack.known:
        called = next((columns[b] for b in map(_bare, (column, *pack.aliases.get(column, ()))) if b in columns), None)
        if called is not None:
            names[column] = called.strip()
        elif "*" in column and (several := [columns[b] for b in columns if fnmatchcase(b, _bare(column))]):
            names[column] = column
            used |= {name.strip() for name in several}
    if not all(column in names for column in (*pack.fingerprint, *pack.required)):
        return None
    used |= set(names.values())
    unknown = tuple(c.strip() for c in columns.values() if c.strip() not in used)[::-1]
    return Match(known, names, unknown, len(columns))


def _bare(name: str) -> str:
    """A column's name without case and blanks, with one kind of apostrophe, and without a byte-order mark."""
    return "".join(name.casefold().replace("\ufeff", "").replace("\u2019", "'").split())


def written(match: Match, source: str, top: Mapping[str, str], variant: Variant | None = None) -> str:
    """The pack's TOML for a file: with the file's names of columns, without the fields whose columns it lacks.

    `source` are the lines that say which files there are and how they are written, `top` the values of top-level keys
    as TOML texts, `variant` gives values that stand in place of the pack's.
    """
    toml = TomlText(match.known.text)
    toml.drop(is_of_pack)
    for place, value in (variant.values if variant else {}).items():
        toml.put(place, value)
    toml.change(partial(_fitted, match=match))
    toml.begin("source", source, instead_of=_FILES)
    for key, value in top.items():
        toml.put(key, value)
    toml.drop(lambda table: _is_idle(table, toml.keys(table)))
    return str(toml)


def _fitted(line: str, match: Match) -> str | None:
    """A line with the file's names of columns; None where it names a column that the file lacks. Of a list only that
    name is taken away, and in a formula `[name]?` becomes 0."""
    code, sign, note = line.partition("  # ")
    for column in match.missing:
        code = code.replace(f"[{column}]?", "0")
        if _LIST.match(code):
            code = re.sub(rf"{re.escape(quoted(column))}(?:, )?", "", code).replace(", ]", "]")
        elif _mentions(code, column):
            return None
    for column, name in match.names.items():
        if name != column:
            code = code.replace(f'"{column}"', quoted(name)).replace(f"[{column}]", f"[{name}]")
    return f"{code}{sign}{note}"


def _mentions(code: str, column: str) -> bool:
    return f'"{column}"' in code or f"[{column}]" in code


def _is_idle(table: str, keys: Sequence[str]) -> bool:
    """Whether a table says nothing: it is empty, or has only the day of refunds that no column tells of."""
    return not keys or (table == "refunds" and keys == ["at"])
