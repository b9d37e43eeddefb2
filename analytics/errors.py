"""The one family of errors.

    StoresightError
    ├── ConfigError            a setting of the environment is wrong
    ├── CatalogError           a data set's TOML is wrong
    ├── SourceError            a source file or table cannot be read as declared
    ├── DataError              the rows themselves break what was declared
    ├── StoreError             the store is missing, damaged or of another version
    ├── RequestError           what a viewer asked for is malformed (URL, callback, option)
    │   ├── UnknownName        no such chart, field, metric, option: says "did you mean"
    │   └── TooLarge           a bound was exceeded
    ├── NotInData              the data set has no such field or table
    ├── NotEnoughData          a method refuses: too few rows, periods or values
    ├── BeingComputed          models are being fitted: ask again in a moment
    ├── Busy                   as much of this work as may be done at once is under way: ask again in a moment
    └── EngineError            an engine cannot answer this question at all

Every message says what was expected, what came, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class StoresightError(Exception):
    """Root of the family. `where` locates the fault (file, key, column, URL parameter); `hint` says what to do."""

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        self.message, self.where, self.hint = message, where, hint
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text


class ConfigError(StoresightError):
    """A setting of the environment is missing or has a value that cannot be used."""


class CatalogError(StoresightError):
    """A data set's TOML is wrong."""


class SourceError(StoresightError):
    """A source cannot be read as its TOML declares."""


class DataError(StoresightError):
    """Rows break what was declared: an ambiguous date, a wrong type, an order with two dates."""


class StoreError(StoresightError):
    """The store is missing, damaged or written by another version."""


class RequestError(StoresightError):
    """What a viewer sent cannot be understood."""


class UnknownName(RequestError):
    """A name that is not among the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        self.kind, self.name = kind, name
        super().__init__(f"unknown {kind} {name[:80]!r}.", where=where, hint=did_you_mean(name, known))


class TooLarge(RequestError):
    """A length or count is over its bound."""


class NotInData(StoresightError):
    """The data set does not have a field or table that the question needs."""


class NotEnoughData(StoresightError):
    """A method refuses to answer from so little."""


class BeingComputed(StoresightError):
    """The models behind an answer are being fitted, and the one who asked does not wait."""


class Busy(StoresightError):
    """As much of this work as the process may do at once is under way."""


class EngineError(StoresightError):
    """The engine cannot answer this question."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that names the closest known names, or lists them where none is close and they are few."""
    names = sorted(set(known))
    lowered = {n.lower(): n for n in names}
    close = [lowered[n] for n in get_close_matches(name[:200].lower(), list(lowered), n=3, cutoff=0.6)]
    if close:
        return "Did you mean " + " or ".join(repr(n) for n in close) + "?"
    if not names:
        return "There are none."
    shown = ", ".join(names[:12])
    return f"Known: {shown}{', …' if len(names) > 12 else ''}."
