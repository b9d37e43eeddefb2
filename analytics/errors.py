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

Every message says what was expected, what came, where, and what to do. An error that a viewer may see is raised with
`N_` texts; it is written in the language of whoever reads it, when they do. Logs and command lines are English.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from analytics.language import N_, Message


class StoresightError(Exception):
    """Root of the family. `where` locates the fault (file, key, column, URL parameter); `hint` says what to do. `text`,
    `place` and `advice` are message, where and hint as they were raised, in no language yet."""

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        self.text, self.place, self.advice = message, where, hint
        super().__init__(message)

    @property
    def message(self) -> str:
        """What is wrong, in the reader's language."""
        return str(self.text)

    @property
    def where(self) -> str:
        """Where the fault is, in the reader's language."""
        return str(self.place)

    @property
    def hint(self) -> str:
        """What to do, in the reader's language."""
        return str(self.advice)

    @property
    def sentence(self) -> Message:
        """All of it as a message, which may be a place of another one."""
        return sentence(self.text, self.place, self.advice)

    @property
    def public(self) -> str:
        """The error as anybody may see it."""
        return str(self)

    def __str__(self) -> str:
        return str(self.sentence)


def sentence(text: str, where: str = "", hint: str = "") -> Message:
    """'file.csv: the header is missing. Choose another file.': a fault with where it is and what to do."""
    if where and hint:
        return N_("{where}: {problem} {hint}", where=where, problem=text, hint=hint)
    if where:
        return N_("{where}: {problem}", where=where, problem=text)
    return N_("{problem} {hint}", problem=text, hint=hint) if hint else N_("{problem}", problem=text)


def capital(text: str) -> str:
    """A sentence that begins with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}"


def unexpected(fault: Exception) -> str:
    """What is told of a defect: an error that is not of the family, whose traceback has been logged."""
    return N_("an unexpected error ({kind}); the log has its traceback", kind=type(fault).__name__)


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
        self._problem = message
        self._places = tuple(places)
        super().__init__(_listed(message, examples), where=where, hint=hint)

    @property
    def public(self) -> str:
        """The error without values of the data, which may be names or e-mail addresses."""
        return str(sentence(_listed(self._problem, self._places), self.place, self.advice))


def _listed(problem: str, items: Iterable[str]) -> str:
    """A problem with examples of it."""
    listed = "; ".join(items)
    if listed:
        plain = problem if isinstance(problem, Message) else problem.removesuffix(".")
        return N_("{problem}: {examples}.", problem=plain, examples=listed)
    return problem if problem.endswith(".") else N_("{problem}.", problem=problem)


class StoreError(StoresightError):
    """The store is missing, damaged or written by another version."""


class StateError(StoresightError):
    """The state store (accounts, sessions, saved views) cannot be reached."""


class DeliveryError(StoresightError):
    """A message could not be handed over. `final`: trying again would not help."""

    def __init__(self, message: str, *, where: str = "", hint: str = "", final: bool = False) -> None:
        self.final = final
        super().__init__(message, where=where, hint=hint)


KINDS = (  # of names that a viewer may mistype
    N_("chart"),
    N_("column"),
    N_("comparison"),
    N_("condition"),
    N_("data set"),
    N_("dimension"),
    N_("field"),
    N_("grain"),
    N_("menu"),
    N_("metric"),
    N_("option"),
    N_("page"),
    N_("period"),
    N_("product"),
)


class RequestError(StoresightError):
    """A URL, option or request body of a viewer is malformed."""


class UnknownName(RequestError):
    """A name that is not among the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        self.kind, self.name = kind, name
        known = set(known)
        self.close = closest(name, known)  # what may have been meant
        said = kind if isinstance(kind, Message) else N_(kind)
        text = N_("unknown {kind} {name}.", kind=said, name=repr(name[:80]))
        super().__init__(text, where=where, hint=did_you_mean(name, known))


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


def closest(name: str, known: Iterable[str]) -> list[str]:
    """At most three of the known names that are nearly this one, the nearest first."""
    lowered = {n.lower(): n for n in sorted(known)}
    return [lowered[n] for n in get_close_matches(name[:200].lower(), list(lowered), n=3, cutoff=0.6)]


def did_you_mean(name: str, known: Iterable[str]) -> Message:
    """A sentence with the closest known names or, where none is close, the first of all known names."""
    names = sorted(set(known))
    close = closest(name, names)
    if close:
        return N_("Did you mean {names}?", names=", ".join(map(repr, close)))
    if not names:
        return N_("There are none.")
    shown = ", ".join(names[:12])
    return N_("Known: {names}.", names=f"{shown}, …" if len(names) > 12 else shown)
