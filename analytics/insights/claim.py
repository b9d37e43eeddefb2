"""What an insight is: data from which sentences are made whenever somebody looks.

A kind of insight looks at the data and returns Claims; the runner adds where they came from and how certain they are,
and makes Insights of them. A claim holds no sentence: it names sentences of the language (`english.py`), whose places
are filled with values of its evidence, which was just computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from analytics.calendar import Day
from analytics.errors import capital
from analytics.insights.english import SENTENCES
from analytics.insights.significance import LEVEL
from analytics.insights.words import BLANK, PLAIN, Words
from analytics.language import Counted, Message, language, listed, places_of, translated
from analytics.ranges import parse_span

Unit = Literal[
    "money", "money_change", "percent", "change", "count", "ratio", "times", "p", "period", "span", "months", "text"
]
Names = str | tuple[str, ...]  # of sentences, in order
List = Literal["news", "portrait"]
Certainty = Literal["clear", "likely", "may be chance", ""]

CLEAR = 0.005  # the rate up to which a claim is called clear, not merely likely


class Value(NamedTuple):
    """A value that was returned by a question, and its unit; the functions below make one of each. Money is in the data
    set's currency, shares and changes are 0–100, NaN is a blank.
    """

    value: float | str
    unit: Unit

    def words(self, words: Words) -> str:
        """The value as a sentence writes it."""
        if isinstance(self.value, str):
            if self.unit == "span":
                return words.span(parse_span(self.value))
            if self.unit == "months":
                return str(listed([words.month(int(number)) for number in self.value.split(",")]))
            return words.period(self.value) if self.unit == "period" else str(self.value)
        if math.isnan(self.value):
            return BLANK
        if self.unit == "p":
            return "p < 0.001" if self.value < 0.001 else f"p = {words.number(self.value, 3)}"
        if self.unit == "ratio":
            return words.number(self.value, 2)
        if self.unit == "count" and not float(self.value).is_integer():
            return words.number(self.value, 1 if self.value >= 1 else 2)
        if self.unit == "times":
            return words.times(self.value)
        write = {
            "money": words.money,
            "money_change": words.signed_money,
            "percent": words.percent,
            "change": words.signed,
        }
        return write.get(self.unit, words.number)(self.value)

    def data(self) -> dict[str, Any]:
        """JSON-ready; a blank is null."""
        blank = isinstance(self.value, float) and not math.isfinite(self.value)
        return {"value": None if blank else self.value, "unit": self.unit}


def money(value: float) -> Value:
    """An amount of money."""
    return Value(float(value), "money")


def money_change(value: float) -> Value:
    """A difference of two amounts, written with its sign."""
    return Value(float(value), "money_change")


def percent(value: float) -> Value:
    """A share or rate, 0–100."""
    return Value(float(value), "percent")


def change(value: float) -> Value:
    """A change in per cent, written with its sign."""
    return Value(float(value), "change")


def count(value: float) -> Value:
    """A number of things."""
    return Value(int(value) if float(value).is_integer() else float(value), "count")


def a_day(value: float) -> Value:
    """How many a day: 12, 3.4 or 0.04, so that what sells now and then does not read as nothing."""
    return count(round(value) if value >= 10 else round(value, 1 if value >= 1 else 2))


def ratio(value: float) -> Value:
    """A plain number, written with two decimals."""
    return Value(float(value), "ratio")


def times(value: float) -> Value:
    """A multiple, written as 12× or 2.5×."""
    return Value(float(value), "times")


def text(value: object) -> Value:
    """A name, unchanged; a Message is written in the language of whoever reads it."""
    return Value(value if isinstance(value, Message) else str(value), "text")


def months(numbers: Sequence[int]) -> Value:
    """Months of the year, 1–12, by their names."""
    return Value(",".join(map(str, numbers)), "months")


def period(name: str) -> Value:
    """A period by its name in frames."""
    return Value(name, "period")


def write(names: Names, evidence: Mapping[str, Value], words: Words = PLAIN) -> str:
    """Sentences in the language of the current viewer with the evidence in their places, words formed as its numbers
    demand. Raises KeyError for a name that the table of sentences or the evidence lacks."""
    chosen = (names,) if isinstance(names, str) else names
    said = (_written(SENTENCES[name], evidence, words) for name in chosen if name)
    return " ".join(filter(None, said))


def _written(sentence: str, evidence: Mapping[str, Value], words: Words) -> str:
    values = {name: evidence[name] for name in places_of(sentence)}
    said = translated(sentence, {name: _placed(value, words) for name, value in values.items()}, language())
    return capital(said) if said.startswith("the ") else said  # a country with its article


def _placed(value: Value, words: Words) -> str | Counted:
    written = value.words(words)
    return written if isinstance(value.value, str) else Counted(value.value, written)


def in_a_line(names: Sequence[Names], kind: str) -> str:
    """The sentence of the language that tells a claim in a line: the first `act.…` of these names, or of the kind; ""
    where there is none, as nobody has to act."""
    told = [name for each in names for name in ((each,) if isinstance(each, str) else each)]
    return next((f"act.{name}" for name in (*told, kind) if f"act.{name}" in SENTENCES), "")


def with_also(names: Names) -> tuple[str, ...]:
    """The sentences, each with the second one, `….also`, that the language has for it."""
    chosen = (names,) if isinstance(names, str) else names
    return tuple(each for name in chosen for each in (name, f"{name}.also") if each == name or each in SENTENCES)


def as_reason(names: Names) -> Names:
    """The sentences as they explain another claim: `….why` in place of one where the language has it, which may be
    empty where the other claim says it already."""
    chosen = (names,) if isinstance(names, str) else names
    return tuple(f"{name}.why" if f"{name}.why" in SENTENCES else name for name in chosen)


@dataclass(frozen=True)
class Proof:
    """The chart that shows a claim, by name, and the query string of the selection under which to look."""

    chart: str
    query: str = ""


@dataclass(frozen=True)
class Claim:
    """What a kind found.

    `says`, `advice` and `caveats`: what happened, what to do and what limits it, as names of sentences whose places are
    filled from the `evidence`. `about`: the dimensions and values that the claim is about. `effect`: how strong, one
    value of the evidence. `gap`: the money between what is and what was to be expected, or could be, from 0; never a
    total. `p`: the probability that chance alone shows as much, `q`: the same among all candidates that the kind looked
    at, claimed or not (Benjamini–Hochberg); NaN where the claim is plain arithmetic. `since`: the day on which what it
    tells began, where that is known: what has held for long is no news. `doubtful`: what it says instead where the
    whole list leaves it to chance.
    """

    says: Names
    evidence: Mapping[str, Value]
    about: Mapping[str, str]
    effect: str
    gap: float
    proof: Proof
    advice: Names = ()
    caveats: tuple[str, ...] = ()
    p: float = math.nan
    q: float = math.nan
    since: Day | None = None
    doubtful: Names = ()


class Call(NamedTuple):
    """A question that was put to the engine."""

    method: str
    by: tuple[str, ...]
    metrics: tuple[str, ...]
    span: str


@dataclass(frozen=True)
class Insight:
    """A claim with what it rests on: the questions put to the engine and the selection.

    `list`: whether it is news or part of the portrait. `topic`: what it is about. `q`: the error rate of the whole list
    at which the claim still stands; NaN for plain arithmetic. `weight` and `newness`: its place in the news. `can_do`:
    how much a reader can do about it, 0–1. `because`: what explains it, the nearest cause first.
    """

    kind: str
    topic: str
    claim: Claim
    selection: str
    calls: tuple[Call, ...] = field(default=(), repr=False)
    list: List = "portrait"
    q: float = math.nan
    weight: float = 0.0
    newness: float = 1.0
    can_do: float = 0.0
    because: tuple[Claim, ...] = ()

    @property
    def about(self) -> Mapping[str, str]:
        """The dimensions and values that the claim is about."""
        return self.claim.about

    @property
    def evidence(self) -> Mapping[str, Value]:
        """The values that the claim was made from."""
        return self.claim.evidence

    @property
    def gap(self) -> float:
        """The money between what is and what was to be expected, from 0."""
        return self.claim.gap if math.isfinite(self.claim.gap) else 0.0

    @property
    def tested(self) -> bool:
        """Whether the claim says more than arithmetic, so that chance could have made it."""
        return not math.isnan(self.claim.q)

    @property
    def certainty(self) -> Certainty:
        """How certain it is among all that the viewer sees; '' for plain arithmetic."""
        if not self.tested:
            return ""
        if self.q > LEVEL:
            return "may be chance"
        return "clear" if self.q <= CLEAR else "likely"

    def value(self, name: str) -> float:
        """A number of the evidence."""
        return float(self.claim.evidence[name].value)

    @property
    def strength(self) -> float:
        """Size of the effect, in the unit of its value."""
        return self.value(self.claim.effect)

    def sentence(self, words: Words = PLAIN) -> str:
        """What happened."""
        return write(with_also(self._says), self.evidence, words)

    def title(self, words: Words = PLAIN) -> str:
        """The first sentence of what happened."""
        says = self._says
        return write(says if isinstance(says, str) else says[0], self.evidence, words)

    @property
    def _says(self) -> Names:
        return (self.certainty == "may be chance" and self.claim.doubtful) or self.claim.says

    def short(self, words: Words = PLAIN) -> str:
        """What needs somebody, in a line; "" where nothing does."""
        name = in_a_line((self.claim.says, self.claim.advice), self.kind)
        return write(name, self.evidence, words) if name else ""

    def why(self, words: Words = PLAIN) -> str:
        """What explains it; empty where nothing that was looked at does."""
        return " ".join(filter(None, (write(as_reason(c.says), c.evidence, words) for c in self.because)))

    def recommendation(self, words: Words = PLAIN) -> str:
        """What may be done about it: the claim's own advice, or else that of its causes."""
        advised = [self.claim, *self.because]
        return next((said for c in advised if (said := write(c.advice, c.evidence, words))), "")

    def caveat(self, words: Words = PLAIN) -> str:
        """What limits the claim; empty where nothing does."""
        return write(self.claim.caveats, self.evidence, words)
