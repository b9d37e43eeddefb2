"""The words that people see, in the language of whoever looks.

    _("Sales by {unit}", unit=name)                  now, in the language of the current viewer
    N_("Revenue")                                    a Message: kept as data, written when it is shown
    N_("{rows:row|rows} left out", rows=3)           the same with its places: notes and errors travel like this

The English text is its own key; `languages/de.po` and `fr.po` hold the others (gettext, written by `scripts/messages`).
A text is a whole template: its places are named, and a place may name the forms of a word that depends on its number:
`{orders:order|orders}` is "1 order" or "3 orders", `{orders:?was|were}` only "was" or "were". Who runs a request, a
mail or a report says for whom with `in_language`; logs and command lines stay English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, reduce
from numbers import Real
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple, Self

import numpy as np

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français"}  # as each names itself
ENGLISH = "en"
FOLDER = Path(__file__).with_name("languages")
CLIENT = "assets/js/"  # where the messages of the browser's modules are found
_MARKS = {"de": (".", ","), "fr": ("\u202f", ",")}  # between thousands, before decimals

_PERCENT = re.compile(r"(?<=[\d}])[\u00a0\u202f]?%")  # the sign of a number or place, with the language's own space


class Numbers(NamedTuple):
    """How a data set's locale writes plain numbers, and the sign of percentages with the space before it."""

    write: Callable[[float], str]
    percent: str


_numbers: ContextVar[Numbers | None] = ContextVar("numbers", default=None)
_current: ContextVar[str] = ContextVar("language", default=ENGLISH)


def language() -> str:
    """The language of the current viewer, one of LANGUAGES."""
    return _current.get()


def supported(code: str) -> str:
    """The language that a locale or tag such as 'de-AT' or 'fr_CA' is of; "" where it is none of ours."""
    found = re.split("[-_]", code.strip().lower())[0]
    return found if found in LANGUAGES else ""


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Everything that is written inside is written in this language; English for one that is none of ours."""
    before = _current.set(supported(code) or ENGLISH)
    try:
        yield
    finally:
        _current.reset(before)


def begin_language(code: str) -> None:
    """From here on this thread writes in this language: for a request, which ends elsewhere than it begins."""
    _current.set(supported(code) or ENGLISH)


@contextmanager
def numbers_as(numbers: Numbers) -> Iterator[None]:
    """Plain numbers and percentages in texts that are written inside are written so: as the locale of a data set
    does."""
    before = _numbers.set(numbers)
    try:
        yield
    finally:
        _numbers.reset(before)


class Counted(NamedTuple):
    """A number in a sentence with what is written for it, as a data set's locale does: '1.234,50 €'. The forms of words
    follow the number."""

    number: float
    written: str


class Message(str):
    """A text that is written in the language of whoever sees it, when they see it.

    As a string it is the English text, filled: it compares, is hashed and is kept as that. `str()`, `format()` and
    f-strings write it in the language of the current viewer; joining and concatenating do not, so write it first.
    """

    __slots__ = ("inside", "places", "template")
    template: str
    places: Mapping[str, Any]
    inside: bool  # a sentence, where a label begins with a small letter

    def __new__(cls, template: str, /, **places: Any) -> Self:
        """`template` as in the catalogue; its places are numbers, texts, Counted or Messages."""
        made = super().__new__(cls, fill(template, places, ENGLISH) if places else template)
        made.template, made.places, made.inside = template, places, False
        return made

    def written(self, code: str) -> str:
        """The text in a language."""
        text = translated(self.template, self.places, code)
        return within_sentence(text, code) if self.inside else text

    def lower(self) -> Self:
        """The message as it stands inside a sentence; see within_sentence."""
        made = super().__new__(type(self), within_sentence(str.__str__(self), ENGLISH))
        made.template, made.places, made.inside = self.template, self.places, True
        return made

    def __str__(self) -> str:
        return self.written(language())

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return Message.read, (self.data(),)

    def data(self) -> dict[str, Any]:
        """The message as JSON holds it."""
        places = {name: _kept(value) for name, value in self.places.items()}
        return {"text": self.template, "places": places, "inside": self.inside}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """The message that `data` made."""
        made = cls(data["text"], **{name: _read(value) for name, value in data["places"].items()})
        return made.lower() if data["inside"] else made


def N_(text: str, /, **places: Any) -> Message:
    """A text that is kept, and written in a viewer's language when it is shown."""
    return Message(text, **places)


def _(text: str, /, **places: Any) -> str:
    """The text in the language of the current viewer, its places filled. Places are numbers, texts, Counted or
    Messages; a Message may have its own already. What the catalogue does not have stays English."""
    if isinstance(text, Message):
        return translated(text.template, {**text.places, **places}, language()) if places else text.written(language())
    return translated(text, places, language())


def translated(template: str, places: Mapping[str, Any], code: str) -> str:
    """The template in a language, its places filled."""
    found, numbers = catalogue(code).get(template) or template, _numbers.get()
    if numbers and "%" in found:
        found = _with_sign(found, numbers.percent)
    return fill(found, places, code, numbers) if places else found


def fill(template: str, places: Mapping[str, Any], code: str | None = None, numbers: Numbers | None = None) -> str:
    """The template with its places filled, words formed as the language (by default the viewer's) does, plain numbers
    written as it does or as `numbers`. Raises KeyError for a place without a value."""
    chosen = code or language()
    return template.format(**{name: _Place(value, chosen, numbers) for name, value in places.items()})


@lru_cache(maxsize=4096)
def _with_sign(template: str, percent: str) -> str:
    """The template with this sign for percentages: 'missed by {missed} %' for 'missed by {missed}%'."""
    return _PERCENT.sub(percent, template)


@lru_cache(maxsize=4096)
def places_of(template: str) -> frozenset[str]:
    """The names of its places."""
    return frozenset(name for _text, name, _spec, _conversion in Formatter().parse(template) if name)


def plural(number: float, forms: list[str], code: str) -> str:
    """The form of a word for a number: the first for one (in French for less than two), the last for all others."""
    one = abs(number) < 2 if code == "fr" else number == 1
    return forms[0] if one else forms[-1]


def number_text(number: Any, code: str) -> str:
    """A plain number as the language writes it: '1,234.5', '1.234,5', '1 234,5'."""
    thousands, decimal = _MARKS.get(code, (",", "."))
    marks = {",": thousands, ".": decimal, "-": "−"}
    return "".join(marks.get(sign, sign) for sign in f"{number:,}")


def english(text: str) -> str:
    """The English of a message as a plain string, for cells of frames, files and keys."""
    return str.__str__(text)


def listed(names: Sequence[str]) -> str:
    """Names in a row: 'A', 'A and B', 'A, B and C'; '' for none."""
    said = names[0] if names else ""
    for name in names[1:-1]:
        said = N_("{names}, {name}", names=said, name=name)
    return N_("{names} and {name}", names=said, name=names[-1]) if len(names) > 1 else said


def either(names: Iterable[str]) -> str:
    """Names of which one is wanted: 'A', 'A or B', 'A or B or C'; '' for none."""
    row = list(names)
    return reduce(lambda said, name: N_("{said} or {name}", said=said, name=name), row) if row else ""


def several(texts: Iterable[str]) -> str:
    """Texts with commas of their own in a row, in the viewer's language: 'City: Boston, Dallas; Product: iPhone'."""
    row = list(texts)
    return reduce(lambda said, text: _("{said}; {text}", said=said, text=text), row) if row else ""


def within_sentence(label: str, code: str = "") -> str:
    """A label inside a sentence of the viewer's language, or of another: 'order value' for 'Order value'. German nouns
    keep their capital, and so does what is written in capitals, such as 'RFM segment'."""
    text = str(label)
    return text if (code or language()) == "de" or text[1:2].isupper() else text[:1].lower() + text[1:]


class _Place:
    """A value in a template: formatted by its forms, where the template names some."""

    __slots__ = ("_code", "_numbers", "_value")

    def __init__(self, value: Any, code: str, numbers: Numbers | None) -> None:
        self._value, self._code, self._numbers = value, code, numbers

    def __format__(self, forms: str) -> str:
        value, code = self._value, self._code
        if type(value) is str:  # most are
            return value
        if isinstance(value, Message):
            return value.written(code)
        if not isinstance(value, Counted | Real):  # a text, a day, a path
            return str(value)
        counted = value if isinstance(value, Counted) else Counted(float(value), self._written(value))
        if not forms:
            return counted.written
        form = plural(counted.number, forms.removeprefix("?").split("|"), code)
        return form if forms.startswith("?") else f"{counted.written} {form}"

    def _written(self, number: Any) -> str:
        return self._numbers.write(float(number)) if self._numbers else number_text(number, self._code)


def _kept(value: Any) -> Any:
    if isinstance(value, Message):
        return value.data()
    if isinstance(value, Counted):
        return [_kept(value.number), value.written]
    return value.item() if isinstance(value, np.generic) else value


def _read(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Message.read(value)
    return Counted(*value) if isinstance(value, list) else value


# --- the catalogue

_ENTRY = re.compile(r'((?:^#.*\n)*)^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', re.MULTILINE)


class Entry(NamedTuple):
    """A message of a .po file: the files in which it stands, its English and its translation ("" for none yet)."""

    files: tuple[str, ...]
    text: str
    translation: str


def read_po(text: str) -> list[Entry]:
    """The messages of a .po file as `scripts/messages` writes them, without the header. Some 20 times as fast as a
    parser of everything that gettext allows."""
    found = (
        Entry(tuple(re.findall(r"^#: (.+)$", above, re.MULTILINE)), _unquoted(said), _unquoted(other))
        for above, said, other in _ENTRY.findall(text)
    )
    return [entry for entry in found if entry.text]


def _unquoted(lines: str) -> str:
    return "".join(json.loads(line) for line in lines.splitlines())


@lru_cache(maxsize=len(LANGUAGES))
def entries(code: str) -> tuple[Entry, ...]:
    """The messages of a language; none of English. Read when somebody first needs them."""
    file = FOLDER / f"{code}.po"
    return tuple(read_po(file.read_text("utf-8"))) if code in LANGUAGES and code != ENGLISH and file.is_file() else ()


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> Mapping[str, str]:
    """The translation of each English text that has one."""
    return {entry.text: entry.translation for entry in entries(code) if entry.translation}


@lru_cache(maxsize=len(LANGUAGES))
def client_messages(code: str) -> Mapping[str, str]:
    """The part of the catalogue that the browser's modules use."""
    return {
        e.text: e.translation for e in entries(code) if e.translation and any(f.startswith(CLIENT) for f in e.files)
    }
