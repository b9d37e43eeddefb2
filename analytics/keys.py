"""Reads an untrusted TOML table key by key: each value has a type and bounds, each unknown key is refused by name."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NoReturn

from analytics.errors import CatalogError, did_you_mean
from analytics.language import N_

LONGEST_TEXT = 500
MOST_ITEMS = 500

_PLACE = re.compile(
    r"(?P<said>.*?)(?: \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\))?", re.DOTALL
)
_SAID_BY_PARSER = (  # the words of tomllib, and ours
    ("Invalid statement", N_("this line is neither a key with a value nor the head of a table")),
    ("Expected newline or end of document after a statement", N_("the line goes on where it should end")),
    ("Expected '=' after a key in a key/value pair", N_("“=” is missing after the key")),
    (r"Expected '(?P<sign>]|]])' at the end of an? \w+ declaration", N_("“{sign}” is missing at the head of a table")),
    (r"Expected ([\"'])(?P<sign>.+)\1", N_("“{sign}” is missing")),
    ("Invalid value", N_("the value is missing or cannot be read")),
    ("Invalid initial character for a key part", N_("a key cannot begin like this")),
    ("Invalid date or datetime", N_("there is no such date or time")),
    ("Invalid hex value|Escaped character is not a Unicode scalar value", N_("there is no such character")),
    (r"Unescaped '\\' in a string", N_("a backslash in a text is written twice")),
    ("Unterminated string", N_("the text has no quotation mark at its end")),
    ("Unclosed array", N_("“]” is missing after a list")),
    ("Unclosed inline table", N_("the brace at the end of a table is missing")),
    ("Cannot overwrite a value|Duplicate inline table key .*", N_("this key was there before")),
    (r"Cannot declare (?P<table>\(.*\)) twice", N_("the table {table} was there before")),
    (r"Cannot (?:mutate immutable|redefine) namespace (?P<table>.*)", N_("the table {table} was finished before")),
    (r"(?:Found invalid|Illegal) character ([\"'])(?P<sign>.*)\1", N_("“{sign}” cannot stand here")),
)


class Keys:
    """One table of a TOML. Each method that reads a key marks it as known; `finish` refuses all other keys."""

    def __init__(self, data: dict[str, Any], file: str, path: str = "") -> None:
        self.data, self.file, self.path = data, file, path
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def fail(self, key: str, message: str, hint: str = "") -> NoReturn:
        """Raise a CatalogError that names the file and the key."""
        full = ".".join(p for p in (self.path, key) if p)
        raise CatalogError(message, where=f"{self.file}: {full}" if full else self.file, hint=hint)

    def _take(self, key: str) -> Any:
        self._known.add(key)
        return self.data.get(key)

    def _wrong(self, key: str, wanted: str, value: object, hint: str = "") -> NoReturn:
        self.fail(key, N_("expected {wanted}, found {value}.", wanted=wanted, value=_shown(value)), hint)

    def text(
        self, key: str, default: str = "", *, longest: int = LONGEST_TEXT, pattern: str = "", like: str = ""
    ) -> str:
        """A text of at most `longest` characters that matches `pattern`, where one is given; `like` is an example."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self._wrong(key, N_("a text"), value)
        if len(value) > longest:
            told = N_(
                "the text has {length} characters; at most {longest} are allowed.", length=len(value), longest=longest
            )
            self.fail(key, told)
        if pattern and not re.fullmatch(pattern, value):
            self._wrong(key, N_("something like {example}", example=like), value)
        return value

    def choice(self, key: str, options: Iterable[str], default: str) -> str:
        """One of a few texts."""
        value = self._take(key)
        if value is None:
            return default
        known = list(options)
        if not isinstance(value, str) or value not in known:
            wanted = N_("one of {names}", names=", ".join(repr(o) for o in known))
            hint = did_you_mean(value, known) if isinstance(value, str) and len(known) > 3 else ""
            self._wrong(key, wanted, value, hint)
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong(key, N_("true or false"), value)
        return value

    def integer(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._wrong(key, N_("a whole number from {least} to {most}", least=f"{least}", most=f"{most}"), value)
        return value

    def number(self, key: str, default: float, *, least: float = -1e15, most: float = 1e15) -> float:
        """A finite number within bounds."""
        value = self._take(key)
        if value is None:
            return default
        return self.as_number(key, value, least=least, most=most)

    def as_number(self, key: str, value: object, *, least: float = -1e15, most: float = 1e15) -> float:
        """The value found under a key as a finite number within bounds."""
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not least <= value <= most  # first: an integer may be too large for a float
            or not math.isfinite(value)
        ):
            self._wrong(key, N_("a number from {least} to {most}", least=f"{least:g}", most=f"{most:g}"), value)
        return float(value)

    def day(self, key: str) -> str:
        """A day as ISO text; empty where the key is absent."""
        value = self._take(key)
        if value is None:
            return ""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str):
            with suppress(ValueError):
                return date.fromisoformat(value).isoformat()
        return self._wrong(key, N_("a day like 2019-12-31"), value)

    def texts(
        self, key: str, *, longest: int = LONGEST_TEXT, most: int = MOST_ITEMS, empty: bool = False
    ) -> tuple[str, ...]:
        """One text or a list of texts, none empty unless `empty` allows it; an absent key gives none."""
        value = self._take(key)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        shortest = 0 if empty else 1
        if not items or not all(isinstance(i, str) and shortest <= len(i) <= longest for i in items):
            wanted = N_("a text or a list of texts of {least} to {most} characters", least=shortest, most=longest)
            self._wrong(key, wanted, value)
        if len(items) > most:
            self.fail(key, N_("{count} entries; at most {most} are allowed.", count=len(items), most=most))
        return tuple(items)

    def table(self, key: str) -> Keys:
        """The table under `key`; an empty one where it is absent."""
        value = self._take(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self._wrong(key, N_("a table"), value)
        if len(value) > MOST_ITEMS:
            self.fail(key, N_("{count} keys; at most {most} are allowed.", count=len(value), most=MOST_ITEMS))
        return Keys(value, self.file, ".".join(p for p in (self.path, key) if p))

    def tables(self, key: str, *, most: int = MOST_ITEMS) -> list[Keys]:
        """The tables under [[key]]; one for [key], and an empty one where the key is absent."""
        value = self._take(key)
        if not isinstance(value, list):
            return [self.table(key)]
        if not 0 < len(value) <= most or not all(isinstance(item, dict) for item in value):
            self._wrong(key, N_("1 to {most} tables", most=most), value)
        base = ".".join(p for p in (self.path, key) if p)
        return [Keys(item, self.file, f"{base}[{at}]") for at, item in enumerate(value, 1)]

    def rows(self, key: str) -> object:
        """What is under [[key]], unchecked: the caller checks it."""
        return self._take(key)

    def items(self) -> Iterable[tuple[str, Any]]:
        """All keys and values of a table whose keys are names that the author chose."""
        for key, value in self.data.items():
            self._known.add(key)
            if not key or len(key) > LONGEST_TEXT:
                self.fail(key[:40], N_("a name has 1 to {most} characters.", most=LONGEST_TEXT))
            yield key, value

    def finish(self) -> None:
        """Refuse every key that was not read."""
        for key in self.data:
            if key not in self._known:
                self.fail(key[:80], N_("no such key."), did_you_mean(key, self._known))


def toml_fault(fault: Exception) -> str:
    """What is wrong with a TOML, and where: what Python's parser raised, in words of the catalogue. What it does not
    know stays as the parser says it.

    Example: "Invalid value (at line 3, column 8)" gives "the value is missing or cannot be read (line 3, column 8)".
    """
    if isinstance(fault, UnicodeError):
        return N_("it is not UTF-8 text")
    if isinstance(fault, RecursionError):
        return N_("its values are nested too deeply")
    if not isinstance(fault, tomllib.TOMLDecodeError):  # an integer of 5,000 digits
        return N_("a number in it is too long")
    found = _PLACE.fullmatch(str(fault))
    assert found is not None  # any text matches
    problem = _in_own_words(found["said"])
    if found["line"]:
        return N_(
            "{problem} (line {line}, column {column})", problem=problem, line=found["line"], column=found["column"]
        )
    return N_("{problem} (at the end)", problem=problem) if found["said"] != str(fault) else problem


def _in_own_words(said: str) -> str:
    for pattern, told in _SAID_BY_PARSER:
        if match := re.fullmatch(pattern, said):
            places = {name: _key_text(text) for name, text in match.groupdict().items()}
            return N_(told.template, **places)
    return said


def _key_text(text: str) -> str:
    """A key as TOML writes it, 'a.b' for "('a', 'b')"; any other text as it is."""
    return ".".join(re.findall("'([^']*)'", text)) if text.startswith("(") else text


def _shown(value: object) -> str:
    """A value as messages show it, cut to 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
