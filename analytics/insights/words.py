"""How a sentence writes its values. Analytics knows no locale: whoever shows an insight gives the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from analytics.calendar import TimeRange, period_label

BLANK = "n/a"


class Words(Protocol):
    """Values in words. Shares and changes are 0–100; `period` and `day` are named as in frames (2019-12, 2019-Q4,
    2019-12-01)."""

    def money(self, value: float) -> str: ...

    def number(self, value: float, digits: int = 0) -> str: ...

    def percent(self, value: float) -> str: ...

    def signed(self, value: float) -> str:
        """A change in %, with its sign."""
        ...

    def signed_money(self, value: float) -> str: ...

    def period(self, name: str) -> str: ...

    def span(self, span: TimeRange) -> str: ...


@dataclass(frozen=True)
class PlainWords:
    """Words without a locale: 4,608,295.70 · 13.4 % · +78.3 % · December 2019."""

    currency: str = ""

    def money(self, value: float) -> str:
        return f"{rounded(value, 2):,.2f}{self.currency and ' ' + self.currency}".replace("-", "−")

    def number(self, value: float, digits: int = 0) -> str:
        return f"{rounded(value, digits):,.{digits}f}".replace("-", "−")

    def percent(self, value: float) -> str:
        return f"{rounded(value, 1):,.1f} %".replace("-", "−")

    def signed(self, value: float) -> str:
        return f"{rounded(value, 1):+,.1f} %".replace("-", "−")

    def signed_money(self, value: float) -> str:
        return ("+" if rounded(value, 2) > 0 else "") + self.money(value)

    def period(self, name: str) -> str:
        return period_label(name)

    def span(self, span: TimeRange) -> str:
        return f"{span.start} to {span.last}"


def rounded(value: float, digits: int) -> float:
    """As it is written: never minus zero."""
    return round(value, digits) + 0.0


PLAIN = PlainWords()
