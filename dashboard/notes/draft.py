"""What a note says, checked: it comes from a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

import numpy as np

from analytics.calendar import ONE_DAY, TimeRange
from analytics.errors import RequestError
from analytics.language import N_

DECISION: Final = "decision"
KINDS: Final[Mapping[str, str]] = {
    "note": N_("Note"),
    DECISION: N_("Decision"),
    "campaign": N_("Campaign"),
    "price": N_("Price change"),
    "stock": N_("Stock"),
    "event": N_("Event"),
}
METRICS: Final[Mapping[str, str]] = {
    "revenue": N_("Revenue"),
    "orders": N_("Orders"),
    "units": N_("Units"),
}
DIRECTIONS: Final[Mapping[str, str]] = {"up": N_("rises by"), "down": N_("falls by")}
LONGEST_TEXT = 1000
LONGEST_SPAN = 3660  # days
MOST_PERCENT = 1000.0
FIRST_YEAR, LAST_YEAR = 1900, 2200
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Draft:
    """What may be written and changed. `days` are those of the note; `audience` as of a view. A decision has a metric,
    the change expected of it in percent (below 0 for a fall), and the last day that its outcome is measured on; any
    other note has "", 0.0 and None."""

    days: TimeRange
    kind: str
    text: str
    audience: str
    metric: str = ""
    percent: float = 0.0
    check: np.datetime64 | None = None

    @property
    def fields(self) -> dict[str, str]:
        """The fields of a form that `read` makes this of."""
        told = {"text": self.text, "kind": self.kind, "audience": self.audience, "first": str(self.days.start)}
        if self.days.days > 1:
            told["last"] = str(self.days.last)
        if self.check is None:
            return told
        direction = "down" if self.percent < 0 else "up"
        size = {"percent": f"{abs(self.percent):g}", "check": str(self.check)}
        return {**told, "metric": self.metric, "direction": direction, **size}

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """From the fields of a form: first, last (the first where it is empty), kind, text, audience and, of a
        decision, metric, direction, percent and check. RequestError, with the field, for anything that makes no
        sense."""
        first = _day(given.get("first", ""), "first")
        last = _day(given.get("last", ""), "last") if given.get("last") else first
        if not first <= last or (last - first).astype(int) >= LONGEST_SPAN:
            raise RequestError(
                N_(
                    "the last day must not be before the first, nor more than {years} years later.",
                    years=LONGEST_SPAN // 366,
                ),
                where="last",
            )
        kind = given.get("kind", "")
        if kind not in KINDS:
            raise RequestError(N_("choose a kind from the list."), where="kind")
        days, text, audience = TimeRange(first, last + ONE_DAY), _text(given.get("text", "")), given.get("audience", "")
        if kind != DECISION:
            return cls(days, kind, text, audience)
        metric = given.get("metric", "")
        if metric not in METRICS:
            raise RequestError(N_("choose revenue, orders or units for a decision."), where="metric")
        check = _day(given.get("check", ""), "check")
        if not first < check or (check - first).astype(int) >= LONGEST_SPAN:
            raise RequestError(N_("the check must be after the first day."), where="check")
        return cls(days, kind, text, audience, metric, _percent(given), check)


def _day(text: str, where: str) -> np.datetime64:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RequestError(N_("expected a day such as 2025-03-01."), where=where)
    return np.datetime64(day, "D")


def _text(given: str) -> str:
    """Lines of a text without what cannot be printed."""
    lines = ["".join(c for c in line if c.isprintable()).strip() for line in given.splitlines()]
    text = "\n".join(lines).strip()
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise RequestError(N_("enter a text of 1 to {most} characters.", most=LONGEST_TEXT), where="text")
    return text


def _percent(given: Mapping[str, str]) -> float:
    try:
        size = float(given.get("percent", "").strip().replace(",", "."))
    except ValueError:
        size = 0.0
    direction = given.get("direction", "")
    if direction not in DIRECTIONS:
        raise RequestError(N_("choose whether it rises or falls."), where="direction")
    most = MOST_PERCENT if direction == "up" else 100.0
    if not 0 < size <= most:
        raise RequestError(
            N_("enter the expected change in percent: a number above 0 and at most {most}.", most=int(most)),
            where="percent",
        )
    return size if direction == "up" else -size
