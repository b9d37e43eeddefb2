"""The one family of errors.

    StoresightError
    ├── ConfigError            a setting of the environment is wrong
    ├── CatalogError           a data set's TOML is wrong
    ├── SourceError            a source file or table cannot be read as declared
    ├── DataError              the rows themselves break what was declared
    ├── StoreError             the store is missing, damaged or of another version
    ├── StateError             the state store cannot be reached
    ├── DeliveryError          a message could not be handed over
    ├── RequestError           a URL, option or request body of a viewer is malformed
    │   ├── UnknownName        no such chart, field, metric, option: says "did you mean"
    │   └── TooLarge           a bound was exceeded
    ├── NotAllowed             the viewer may not do this
    │   └── NotSignedIn        nobody is signed in
    ├── LinkEnded              a link that shows a page leads nowhere any more
    ├── NotInData              the data set has no such field or table
    ├── NotEnoughData          a method refuses: too few rows, periods or values
    ├── BeingComputed          models are being fitted: try again in a moment
    ├── Busy                   too much of this work is being done already: try again in a moment
    ├── TooManyRequests        one program has asked as often as it may within a minute
    └── EngineError            an engine failed, or cannot compute this at all

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

    @property
    def public(self) -> str:
        """The error as anybody may see it."""
        return str(self)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text


def unexpected(fault: Exception) -> str:
    """What is told of a defect: an error that is not of the family, whose traceback has been logged."""
    return f"an unexpected {type(fault).__name__}; the log has its traceback"


class ConfigError(StoresightError):
    """A setting of the environment is missing or has a value that cannot be used."""


class CatalogError(StoresightError):
    """A data set's TOML is wrong."""


class SourceError(StoresightError):
    """A source cannot be read as its TOML declares."""


class DataError(StoresightError):
    """Rows break what was declared: an ambiguous date, a wrong type, an order with two dates.

    `examples` are rows with their values, as an operator needs them; `places` say only where the rows are.
    """

    def __init__(
        self, message: str, *, where: str = "", hint: str = "", examples: Iterable[str] = (), places: Iterable[str] = ()
    ) -> None:
        self._problem = message.removesuffix(".")
        self._places = tuple(places)
        super().__init__(_listed(self._problem, examples), where=where, hint=hint)

    @property
    def public(self) -> str:
        """The error without values of the data, which may be names or e-mail addresses."""
        return str(StoresightError(_listed(self._problem, self._places), where=self.where, hint=self.hint))


def _listed(problem: str, items: Iterable[str]) -> str:
    listed = "; ".join(items)
    return f"{problem}: {listed}." if listed else f"{problem}."


class StoreError(StoresightError):
    """The store is missing, damaged or written by another version."""


class StateError(StoresightError):
    """The state store (accounts, sessions, saved views) cannot be reached."""


class DeliveryError(StoresightError):
    """A message could not be handed over. `final`: trying again would not help."""

    def __init__(self, message: str, *, where: str = "", hint: str = "", final: bool = False) -> None:
        self.final = final
        super().__init__(message, where=where, hint=hint)


class RequestError(StoresightError):
    """A URL, option or request body of a viewer is malformed."""


class UnknownName(RequestError):
    """A name that is not among the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        self.kind, self.name = kind, name
        super().__init__(f"unknown {kind} {name[:80]!r}.", where=where, hint=did_you_mean(name, known))


class TooLarge(RequestError):
    """A length or number exceeds its bound."""


class NotAllowed(StoresightError):
    """The viewer may not do this, or nobody may here."""


class NotSignedIn(NotAllowed):
    """The request comes from nobody who is signed in, and only such a person may do this."""


class LinkEnded(StoresightError):
    """A link that shows a page to people who need not sign in does not exist, has expired or was ended."""


class NotInData(StoresightError):
    """The data set does not have a field or table that the question needs."""


class NotEnoughData(StoresightError):
    """A method refuses: there are too few rows, periods or values."""


class BeingComputed(StoresightError):
    """The models behind an answer are still being fitted, and the caller does not wait for them."""


class Busy(StoresightError):
    """As much of this work as the process may do at once is under way."""


class TooManyRequests(StoresightError):
    """One program has asked as often as it may; it may again in this number of seconds."""

    def __init__(self, message: str, *, hint: str = "", seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message, hint=hint)


class EngineError(StoresightError):
    """The engine failed, or cannot compute this."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence with the closest known names or, where none is close, the first of all known names."""
    names = sorted(set(known))
    lowered = {n.lower(): n for n in names}
    close = [lowered[n] for n in get_close_matches(name[:200].lower(), list(lowered), n=3, cutoff=0.6)]
    if close:
        return "Did you mean " + " or ".join(repr(n) for n in close) + "?"
    if not names:
        return "There are none."
    shown = ", ".join(names[:12])
    return f"Known: {shown}{', …' if len(names) > 12 else ''}."
