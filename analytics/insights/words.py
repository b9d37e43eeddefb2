"""How a sentence writes its values. Analytics knows no locale: whoever shows an insight gives the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from analytics.calendar import TimeRange, period_label
from analytics.schema import MONTHS

BLANK = "n/a"

MANY_TIMES = 10  # from which "12×" is written without decimals


class Words(Protocol):
    """Values in words. Shares and changes are 0–100; `period` and `day` are named as in frames (2019-12, 2019-Q4,
    2019-12-01)."""

    def money(self, value: float) -> str:
        """An amount in the data set's currency."""
        ...

    def number(self, value: float, digits: int = 0) -> str:
        """A number with this number of decimals."""
        ...

    def times(self, value: float) -> str:
        """How many times as often or as much."""
        ...

    def percent(self, value: float) -> str:
        """A share or rate, 0–100."""
        ...

    def signed(self, value: float) -> str:
        """A change in %, with its sign."""
        ...

    def signed_money(self, value: float) -> str:
        """An amount with its sign."""
        ...

    def period(self, name: str) -> str:
        """The name of a period."""
        ...

    def month(self, number: int) -> str:
        """The name of a month of the year, 1–12."""
        ...

    def span(self, span: TimeRange) -> str:
        """The first and last day of a range."""
        ...


@dataclass(frozen=True)
class PlainWords:
    """Words without a locale: 4,608,295.70 · 13.4% · +78.3% · December 2019."""

    currency: str = ""

    def money(self, value: float) -> str:
        """As 4,608,295.70."""
        return f"{rounded(value, 2):,.2f}{self.currency and ' ' + self.currency}".replace("-", "−")

    def number(self, value: float, digits: int = 0) -> str:
        """As 1,384."""
        return f"{rounded(value, digits):,.{digits}f}".replace("-", "−")

    def times(self, value: float) -> str:
        """As 2.0×."""
        return f"{self.number(value, 0 if value >= MANY_TIMES else 1)}×"

    def percent(self, value: float) -> str:
        """As 13.4%."""
        return f"{rounded(value, 1):,.1f}%".replace("-", "−")

    def signed(self, value: float) -> str:
        """As +78.3%."""
        return f"{rounded(value, 1):+,.1f}%".replace("-", "−")

    def signed_money(self, value: float) -> str:
        """As +4,608,295.70."""
        return ("+" if rounded(value, 2) > 0 else "") + self.money(value)

    def period(self, name: str) -> str:
        """As December 2019."""
        return period_label(name)

    def month(self, number: int) -> str:
        """As December."""
        return str(MONTHS[number - 1])

    def span(self, span: TimeRange) -> str:
        """As 2019-12-01 to 2019-12-31."""
        return f"{span.start} to {span.last}"


def rounded(value: float, digits: int) -> float:
    """As it is written: never minus zero."""
    return round(value, digits) + 0.0


PLAIN = PlainWords()
