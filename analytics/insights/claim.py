"""What an insight is: data from which a sentence is made whenever somebody looks.

A kind of insight looks at the data and returns Claims; the runner adds where they came from and makes Insights of them.
No number stands in a template: each is a value of the evidence, which was just computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from analytics.insights.words import BLANK, PLAIN, Words
from analytics.ranges import parse_span

Unit = Literal["money", "money_change", "percent", "change", "count", "ratio", "p", "period", "span", "text"]


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
            return words.period(self.value) if self.unit == "period" else self.value
        if math.isnan(self.value):
            return BLANK
        if self.unit == "p":
            return "p < 0.001" if self.value < 0.001 else f"p = {words.number(self.value, 3)}"
        if self.unit == "ratio":
            return words.number(self.value, 2)
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


def percent(value: float) -> Value:
    """A share or rate, 0–100."""
    return Value(float(value), "percent")


def change(value: float) -> Value:
    """A change in per cent, written with its sign."""
    return Value(float(value), "change")


def count(value: float) -> Value:
    """A number of things."""
    return Value(int(value) if float(value).is_integer() else float(value), "count")


def ratio(value: float) -> Value:
    """A plain number, written with two decimals."""
    return Value(float(value), "ratio")


def text(value: object) -> Value:
    """A name, unchanged."""
    return Value(str(value), "text")


def period(name: str) -> Value:
    """A period by its name in frames."""
    return Value(name, "period")


@dataclass(frozen=True)
class Proof:
    """The chart that shows a claim, by name, and the query string of the selection under which to look."""

    chart: str
    query: str = ""


@dataclass(frozen=True)
class Claim:
    """What a kind found.

    `template`, `recommendation` and `caveats` are sentences with places for values of the `evidence`. `about`: the
    dimensions and values that the claim is about. `effect`: how strong, one value of the evidence. `p`: the
    probability that chance alone shows as much, `q`: the same among all claims that the kind tried
    (Benjamini–Hochberg); NaN where the claim is plain arithmetic. `at_stake`: money, from 0.
    """

    template: str
    evidence: Mapping[str, Value]
    about: Mapping[str, str]
    effect: str
    at_stake: float
    proof: Proof
    recommendation: str = ""
    caveats: tuple[str, ...] = ()
    p: float = math.nan
    q: float = math.nan


class Call(NamedTuple):
    """A question that was put to the engine."""

    method: str
    by: tuple[str, ...]
    metrics: tuple[str, ...]
    span: str


@dataclass(frozen=True)
class Insight:
    """A claim with what it rests on: the questions put to the engine and the selection. `topic`: what it is about."""

    kind: str
    topic: str
    claim: Claim
    selection: str
    calls: tuple[Call, ...] = field(default=(), repr=False)

    @property
    def about(self) -> Mapping[str, str]:
        """The dimensions and values that the claim is about."""
        return self.claim.about

    @property
    def evidence(self) -> Mapping[str, Value]:
        """The values that the claim was made from."""
        return self.claim.evidence

    @property
    def at_stake(self) -> float:
        """The money at stake, from 0."""
        return self.claim.at_stake

    @property
    def tested(self) -> bool:
        """Whether the claim says more than arithmetic, so that chance could have made it."""
        return not math.isnan(self.claim.q)

    def value(self, name: str) -> float:
        """A number of the evidence."""
        return float(self.claim.evidence[name].value)

    @property
    def strength(self) -> float:
        """Size of the effect, in the unit of its value."""
        return self.value(self.claim.effect)

    def sentence(self, words: Words = PLAIN) -> str:
        """The claim as a sentence."""
        return self._written(self.claim.template, words)

    def recommendation(self, words: Words = PLAIN) -> str:
        """What may be done about it, as a sentence."""
        return self._written(self.claim.recommendation, words)

    def caveat(self, words: Words = PLAIN) -> str:
        """What limits the claim; empty where nothing does."""
        return " ".join(self._written(c, words) for c in self.claim.caveats)

    def _written(self, template: str, words: Words) -> str:
        return template.format(**{name: value.words(words) for name, value in self.claim.evidence.items()})
