"""Which pack a file's columns are of, and the pack's TOML for that file.

A pack is the TOML of a data set with a table [pack], in this folder or in a folder of the catalog. Outside that table
each key and its value are on one line. Names of columns stand in quotes, or in brackets within formulas, and nothing
else in quotes is the name of a column.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property, partial
from pathlib import Path

from analytics.errors import CatalogError
from analytics.loading.catalog import load
from analytics.loading.reading.rows import MOST_COLUMNS
from analytics.loading.rules.packs import is_of_pack
from analytics.loading.spec import Pack, Spec, Variant, mapped_columns
from analytics.loading.written.toml_text import TomlText, quoted

HERE = Path(__file__).parent
_NAME = re.compile(r'"(?:[^"\\]|\\.)*"')
_LIST = re.compile(rf"(?P<key>\b\w+\s*=\s*)\[(?P<names>{_NAME.pattern}(?:, *{_NAME.pattern})*)\]")  # of columns
_PAIR = re.compile(r'"([^"]+)" = "([^"]+)"')
_FILES = ("files", "encoding", "separator", "decimal", "thousands", "header", "sheet")  # as each file shows


@dataclass(frozen=True)
class Known:
    """A pack: its data set, what [pack] says, and its text."""

    spec: Spec
    pack: Pack
    text: str

    @property
    def joins(self) -> tuple[str, ...]:
        """The names of its joins."""
        return tuple(join.name for join in self.spec.joins)

    @property
    def joined_columns(self) -> list[str]:
        """The columns of joined files that it uses, as NAME.COLUMN."""
        rules = (mapped_columns(part.rules) for part in self.spec.parts)
        return [column for columns in rules for column in columns if column.partition(".")[0] in self.joins]

    @cached_property
    def bare(self) -> dict[str, tuple[str, ...]]:
        """What a file may call each column, the pack's own name first, as headers are compared."""
        pack = self.pack
        return {column: tuple(map(_bare, (column, *pack.aliases.get(column, ())))) for column in pack.known}

    @cached_property
    def needed(self) -> list[tuple[str, ...]]:
        """What a file may call each column without which it is none of the pack's; those of several names left out."""
        return [self.bare[c] for c in (*self.pack.fingerprint, *self.pack.required) if "*" not in c]


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
    return [*(known for folder in folders for known in _of_folder(folder)), *_built_in()]


@cache
def _built_in() -> tuple[Known, ...]:
    return tuple(_of_folder(HERE))


def _of_folder(folder: Path) -> list[Known]:
    found = []
    for path in sorted(folder.glob("*.toml")):
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
    columns, the first of equal ones. None where there is no such row; one of more columns than can be read is none."""
    every = list(known)
    for at, row in enumerate(rows):
        if len(row) > MOST_COLUMNS:
            continue
        columns = _by_bare_name(row)
        matches = [found for one in every if (found := _match(columns, one)) is not None]
        if matches:
            return at, min(matches, key=lambda m: len(m.unknown))
    return None


def match(header: Sequence[str], known: Known) -> Match | None:
    """The match of a header with a pack; None where a column is absent that the pack cannot do without."""
    return _match(_by_bare_name(header), known)


def _by_bare_name(header: Sequence[str]) -> dict[str, str]:
    """The columns of a header by name as headers are compared, from the last; of equal names the first column."""
    return {_bare(name): name for name in reversed(header) if name.strip()}


def _match(columns: Mapping[str, str], known: Known) -> Match | None:
    present = columns.keys()
    for called in known.needed:
        if present.isdisjoint(called):
            return None  # as nearly always: each row of each file is compared with each pack
    names: dict[str, str] = {}
    used: set[str] = set()
    for column, called in known.bare.items():
        found = next((columns[name] for name in called if name in columns), None)
        if found is not None:
            names[column] = found.strip()
        elif "*" in column and (several := [columns[name] for name in columns if fnmatchcase(name, called[0])]):
            names[column] = column
            used |= {name.strip() for name in several}
    if not all(column in names for column in (*known.pack.fingerprint, *known.pack.required)):
        return None
    used |= set(names.values())
    unknown = tuple(c.strip() for c in columns.values() if c.strip() not in used)[::-1]
    return Match(known, names, unknown, len(columns))


def _bare(name: str) -> str:
    """A column's name without case and blanks, with one kind of apostrophe, and without a byte-order mark."""
    return "".join(name.casefold().replace("\ufeff", "").replace("\u2019", "'").split())


@dataclass(frozen=True)
class Joined:
    """Files that a pack's data set joins to its lines: the pack that knows them, and the lines that say which files
    there are and how they are written."""

    match: Match
    source: str


def written(
    match: Match,
    source: str,
    top: Mapping[str, str],
    variant: Variant | None = None,
    joined: Mapping[str, Joined] | None = None,
) -> str:
    """The pack's TOML for a file: with the file's names of columns, without the fields whose columns it lacks.

    `source` are the lines that say which files there are and how they are written, `top` the values of top-level keys
    as TOML texts, `variant` gives values that stand in place of the pack's. `joined` are the files of its joins: a join
    without files goes, and so does one that no field uses.
    """
    given = joined or {}
    toml = TomlText(match.known.text)
    toml.drop(lambda table: is_of_pack(table) or _is_of_join(table, set(match.known.joins) - set(given)))
    for place, value in (variant.values if variant else {}).items():
        toml.put(place, value)
    toml.change(partial(_fitted, columns=_columns(match, given)), lambda table: not _is_of_join(table, given))
    for name, files in given.items():
        toml.change(partial(_fitted_join, match=match, other=files.match), partial(_is_of_join, joins=(name,)))
        toml.begin(f"join.{name}", files.source, instead_of=_FILES)
    toml.begin("source", source, instead_of=_FILES)
    for table in match.known.spec.tables:
        toml.begin(f"tables.{table.name}", source, instead_of=_FILES)  # of the same files
    for key, value in top.items():
        toml.put(key, value)
    unused = [name for name in given if not re.search(rf'["\[]{name}\.', str(toml))]
    toml.drop(lambda table: _is_of_join(table, unused) or _is_idle(table, toml.keys(table)))
    return str(toml)


def _is_of_join(table: str, joins: Collection[str]) -> bool:
    """Whether a table is that of one of these joins, or within it."""
    kind, _, rest = table.partition(".")
    return kind == "join" and rest.split(".")[0] in joins


def _columns(match: Match, joined: Mapping[str, Joined]) -> dict[str, str]:
    """What the files call each column that fields may use, "" where it is missing; those of joins as NAME.COLUMN."""
    found = dict.fromkeys(match.known.joined_columns, "") | _names(match)
    for name, files in joined.items():
        others = _names(files.match).items()
        found |= {f"{name}.{column}": f"{name}.{called}" if called else "" for column, called in others}
    return found


def _names(match: Match) -> dict[str, str]:
    return dict.fromkeys(match.missing, "") | dict(match.names)


def _fitted(line: str, columns: Mapping[str, str]) -> str | None:
    """A line with the file's names of columns; None where it names a column that the file lacks. Of a list only that
    name is taken away, and in a formula `[name]?` becomes 0."""
    code, sign, note = line.partition("  # ")
    missing = [column for column, called in columns.items() if not called]
    for column in missing:
        code = code.replace(f"[{column}]?", "0")
    code = _LIST.sub(partial(_shorter, missing={quoted(column) for column in missing}), code)
    if "[]" in code or any(_mentions(code, column) for column in missing):
        return None
    for column, name in columns.items():
        if name != column:
            code = code.replace(quoted(column), quoted(name)).replace(f"[{column}]", f"[{name}]")
    return f"{code}{sign}{note}"


def _shorter(found: re.Match[str], missing: Collection[str]) -> str:
    """A list of columns without those that are missing."""
    kept = [name for name in _NAME.findall(found["names"]) if name not in missing]
    return f"{found['key']}[{', '.join(kept)}]"


def _fitted_join(line: str, match: Match, other: Match) -> str | None:
    """A line of a join with the names that its files have; of the key, one is a column of the lines."""
    if not line.startswith("on = "):
        return _fitted(line, _names(other))
    return _PAIR.sub(
        lambda pair: f"{quoted(match.names.get(pair[1], pair[1]))} = {quoted(other.names.get(pair[2], pair[2]))}", line
    )


def _mentions(code: str, column: str) -> bool:
    return quoted(column) in code or f"[{column}]" in code


def _is_idle(table: str, keys: Sequence[str]) -> bool:
    """Whether a table says nothing: it is empty, or has only the day of refunds that no column tells of."""
    return not keys or (table == "refunds" and keys == ["at"])
