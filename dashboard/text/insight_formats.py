"""How the sentences of insights write their values: money and numbers as the data set's locale does, months and days in
the language of the viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from babel.dates import get_month_names

from analytics.calendar import TimeRange, add_months, period_label
from analytics.language import language
from analytics.profile import Profile
from dashboard.text.formats import Formats, formats_of

WHOLE_FROM = 1_000  # money from here on is written without decimals


@dataclass(frozen=True)
class InsightFormats:
    """The formats of a data set as analytics.insights.words.Words asks for them."""

    formats: Formats

    def money(self, value: float) -> str:
        """'€12.50', '€4,608,296'."""
        return self.formats.money(value, whole=abs(value) >= WHOLE_FROM)

    def signed_money(self, value: float) -> str:
        """The same with a sign, except for zero."""
        written = self.money(value)
        return written if written == self.money(0.0) or value < 0 else f"+{written}"

    def number(self, value: float, digits: int = 0) -> str:
        """'1,234.5'."""
        return self.formats.number(value, digits)

    def times(self, value: float) -> str:
        """'2.0×'."""
        return self.formats.times(value)

    def percent(self, value: float) -> str:
        """'13.4%'; `value` is 0–100."""
        return self.formats.percent(value)

    def signed(self, value: float) -> str:
        """'+13.4%'."""
        return self.formats.signed(value)

    def period(self, name: str) -> str:
        """'December 2019' for 2019-12, '31 Dec 2019' for a day, 'Q4 2019' for 2019-Q4."""
        if len(name) == 7 and "Q" not in name:
            start = np.datetime64(name, "D")
            return self.formats.span(TimeRange(start, add_months(start, 1)))
        return self.formats.day(np.datetime64(name, "D")) if len(name) == 10 else period_label(name)

    def month(self, number: int) -> str:
        """'December' for 12, in the viewer's language."""
        return str(get_month_names("wide", "stand-alone", language())[number])

    def span(self, span: TimeRange) -> str:
        """'Jan – Mar 2019'."""
        return self.formats.span(span)


def insight_formats(profile: Profile) -> InsightFormats:
    """The formats of the data set with this profile."""
    return InsightFormats(formats_of(profile))
