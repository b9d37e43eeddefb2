"""Arithmetic in a TOML: `quantity * [Price Each] - discount`.

Four operations, parentheses, numbers and names, after which a question mark makes what is missing zero; nothing is
evaluated as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.language import N_

LONGEST = 300  # characters
MOST_NESTED = 40  # parentheses, and minus signs
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|\[(?P<column>[^\[\]]+)\]|(?P<name>[^\W\d]\w*(?:\.\w+)?)|(?P<sign>[-+*/()?]))"
)
_OPERATIONS: dict[str, Callable[..., np.ndarray]] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
_LEVELS = (("+", "-"), ("*", "/"))  # the loosest binding first


@dataclass(frozen=True)
class Name:
    """A name in a formula. A bare one is a field or else a column; one in brackets is always a column."""

    name: str
    bracketed: bool


Step = float | Name | str  # a number, a name, or a sign; "neg" is the unary minus, "?" makes what is missing zero


@dataclass(frozen=True)
class Formula:
    """A parsed formula in reverse Polish order: `quantity * (price - 1)` has the steps quantity, price, 1, -, *."""

    text: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[Name, ...]:
        """The names that the formula reads."""
        return tuple(s for s in self.steps if isinstance(s, Name))

    def value(self, numbers: Callable[[Name], np.ndarray], rows: int) -> np.ndarray:
        """The formula for each row: float64. Missing stays missing; what is divided by zero is missing.

        `numbers` gives the values of a name, one for each of the `rows` rows.
        """
        stack: list[np.ndarray] = []
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for step in self.steps:
                if isinstance(step, Name):
                    stack.append(numbers(step))
                elif isinstance(step, float):
                    stack.append(np.full(rows, step))
                elif step == "neg":
                    stack.append(-stack.pop())
                elif step == "?":
                    stack.append(np.nan_to_num(stack.pop(), nan=0.0))
                else:
                    right = stack.pop()
                    left = stack.pop()
                    stack.append(_OPERATIONS[step](left, right))
        result = stack.pop()
        return np.where(np.isfinite(result), result, np.nan)


def parse(text: str) -> Formula:
    """Parse a formula. The message of a ValueError says what is wrong and where."""
    if len(text) > LONGEST:
        raise ValueError(
            N_("a formula has at most {most} characters, this one {length}", most=LONGEST, length=len(text))
        )
    if text.count("(") > MOST_NESTED or text.count("-") > MOST_NESTED:
        raise ValueError(N_("a formula has at most {most} parentheses and {most} minus signs", most=MOST_NESTED))
    tokens = _tokens(text)
    steps: list[Step] = []
    end = _operations(tokens, 0, steps)
    if end < len(tokens):
        raise ValueError(N_("did not expect {found}", found=_shown(tokens[end])))
    return Formula(text, tuple(steps))


def _tokens(text: str) -> list[Step]:
    tokens: list[Step] = []
    at = 0
    body = text.rstrip()
    while at < len(body):
        found = _TOKEN.match(body, at)
        if not found:
            raise ValueError(
                N_(
                    "cannot read {text}; a column with spaces stands in brackets: [Price Each]",
                    text=repr(body[at : at + 20].strip()),
                )
            )
        if found["number"]:
            tokens.append(float(found["number"]))
        elif found["sign"]:
            tokens.append(found["sign"])
        else:
            tokens.append(Name((found["column"] or found["name"]).strip(), bool(found["column"])))
        at = found.end()
    return tokens


def _shown(token: Step) -> str:
    return repr(token.name if isinstance(token, Name) else token)


def _operations(tokens: list[Step], at: int, steps: list[Step], level: int = 0) -> int:
    """Parse the operations of one level of precedence from left to right; the position of the next token."""
    if level == len(_LEVELS):
        return _term(tokens, at, steps)
    at = _operations(tokens, at, steps, level + 1)
    while at < len(tokens) and tokens[at] in _LEVELS[level]:
        sign = tokens[at]
        at = _operations(tokens, at + 1, steps, level + 1)
        steps.append(sign)
    return at


def _term(tokens: list[Step], at: int, steps: list[Step]) -> int:
    if at >= len(tokens):
        raise ValueError(N_("the formula ends where a number or a name is expected"))
    token = tokens[at]
    if token == "-":
        at = _term(tokens, at + 1, steps)
        steps.append("neg")
        return at
    if token == "(":
        at = _operations(tokens, at + 1, steps)
        if at >= len(tokens) or tokens[at] != ")":
            raise ValueError(N_("a parenthesis is not closed"))
        return at + 1
    if isinstance(token, str):
        raise ValueError(N_("did not expect {found}", found=repr(token)))
    steps.append(token)
    if isinstance(token, Name) and at + 1 < len(tokens) and tokens[at + 1] == "?":
        steps.append("?")
        return at + 2
    return at + 1
