"""How numbers and dates are written: in the currency and locale of the data set (CLDR data from Babel)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, get_day_names, get_month_names
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_currency_precision,
)

from analytics.calendar import TimeRange, period_label, whole_months
from analytics.insights.words import MANY_TIMES
from analytics.language import N_, Counted, Numbers, _, language, numbers_as
from analytics.metrics import METRICS
from analytics.profile import Profile
from dashboard.text.fast_numbers import Writer, fast

BLANK = N_("n/a")
WHOLE_FROM = 1_000  # short amounts from here on have no decimals
SHORT_FROM = 10_000  # "$34.5K"
HALF_UP = 1 + 1e-12  # by which ties of short amounts, that Babel rounds half to even, leave the tie: 4.25M is "4.3M"


@dataclass(frozen=True)
class Formats:
    """Numbers and days as text. A missing number (NaN, None) is "n/a"."""

    currency: str = "USD"
    locale: str = "en_US"

    def money(self, value: float, *, whole: bool = False) -> str:
        """'$1,234.50', with the decimals of the currency; `whole` without."""
        if _blank(value):
            return str(BLANK)
        if abs(value) < 0.5 * 10.0 ** -get_currency_precision(self.currency):
            value = 0.0  # never minus zero
        return _minus(_money(self.currency, self.locale, whole)(round(value) if whole else value))

    def short_money(self, value: float) -> str:
        """$34.5M: for cards and axes."""
        if _blank(value):
            return str(BLANK)
        if abs(value) < SHORT_FROM:
            return self.money(value, whole=abs(value) >= WHOLE_FROM or value == 0)
        short = _short_money(float(value * HALF_UP), self.currency, self.locale)
        return self.money(value, whole=True) if _as_long(short) else _minus(short)

    def number(self, value: float, digits: int = 0) -> str:
        """'1,234.5'; no decimals for whole numbers."""
        if _blank(value):
            return str(BLANK)
        shown = _rounded(value, digits)
        whole = not digits or float(shown).is_integer()
        if whole:
            return _minus(_fixed(self.locale, 0)(shown))
        return _minus(format_decimal(shown, locale=self.locale, decimal_quantization=False))

    def count(self, number: float) -> Counted:
        """A whole number as a place of a sentence, whose words follow it: `_("{orders:order|orders}", orders=…)`."""
        return Counted(float(number), self.number(number))

    def short_number(self, value: float) -> str:
        """'34.5K': for cards and axes."""
        if _blank(value):
            return str(BLANK)
        if abs(value) < SHORT_FROM:
            return self.number(value, 0 if float(value).is_integer() else 1)
        short = _short_number(float(value * HALF_UP), self.locale)
        return self.number(value) if _as_long(short) else _minus(short)

    def percent(self, value: float, digits: int = 1) -> str:
        """'12.3%', in German '12,3 %'; `value` is 0–100."""
        return str(BLANK) if _blank(value) else f"{self._fixed(value, digits)}{self.percent_sign}"

    def times(self, value: float) -> str:
        """'2.0×'; from ten times on without decimals: '12×'."""
        return str(BLANK) if _blank(value) else f"{self._fixed(value, 0 if value >= MANY_TIMES else 1)}×"

    def share(self, value: float) -> str:
        """'12.3%' of a whole; '< 0.1%' of what is there, but would be written as 0.0%."""
        return f"< {self.percent(0.1)}" if 0 < value < 0.05 else self.percent(value)

    @property
    def percent_sign(self) -> str:
        """'%' with the space that the locale puts before it, at which no line breaks."""
        return _percent_sign(self.locale)

    def signed(self, value: float, digits: int = 1, suffix: str = "") -> str:
        """'+12.3%', '−4.0%', '±0.0%'; `suffix` in place of the percent sign."""
        if _blank(value):
            return str(BLANK)
        shown = _rounded(value, digits)
        sign = "±"
        if shown:
            sign = "+" if shown > 0 else "−"
        return f"{sign}{self._fixed(abs(shown), digits)}{suffix or self.percent_sign}"

    def change(self, unit: str, value: float, base: float) -> str:
        """From `base` to `value`: '+12.3%', of percentages '+0.8 pp'; "" where no share can be named, as from 0 or
        from less."""
        if _blank(value) or _blank(base):
            return ""
        if unit == "percent":
            return self.signed(value - base, suffix=f" {_('pp')}")
        return self.signed((value / base - 1) * 100) if base > 0 else ""

    def _fixed(self, value: float, digits: int) -> str:
        """With exactly this number of decimals."""
        return _minus(_fixed(self.locale, digits)(_rounded(value, digits)))

    def metric(self, name: str, value: float, *, short: bool = False) -> str:
        """A metric's value in its unit."""
        return self.unit(METRICS[name].unit, value, short=short)

    def tick(self, name: str, value: float) -> str:
        """A metric's value on an axis: short, and without decimals that are all zero."""
        return self.unit_tick(METRICS[name].unit, value)

    def unit_tick(self, unit: str, value: float) -> str:
        """A number of this unit on an axis: short, and without decimals that are all zero."""
        if unit == "money" and abs(value) < SHORT_FROM:
            return self.money(value, whole=float(value).is_integer())
        return self.unit(unit, value, short=True)

    def unit_ticks(self, unit: str, values: Sequence[float]) -> list[str]:
        """The numbers of one axis: thousands are short where larger ones are, '$5K' next to '$10K'."""
        short = unit in ("money", "count") and max(map(abs, values), default=0.0) >= SHORT_FROM
        return [self._thousands(unit, v) if short and abs(v) >= WHOLE_FROM else self.unit_tick(unit, v) for v in values]

    def _thousands(self, unit: str, value: float) -> str:
        """'$5K', in languages that have a short form for thousands."""
        money = unit == "money"
        short = _short_money(value, self.currency, self.locale) if money else _short_number(value, self.locale)
        return self.unit_tick(unit, value) if re.search(r"\d{4}", short) else _minus(short)

    def column(self, unit: str, values: Iterable[float]) -> list[str]:
        """The numbers of one column or table, short: amounts have no decimals where the largest has none, '$600' below
        '$1,700'; percentages have two where they are all below one."""
        numbers = list(values)
        largest = max((abs(v) for v in numbers if not _blank(v)), default=0.0)
        if unit == "percent":
            return [self.percent(v, 2 if 0 < largest < 1 else 1) for v in numbers]
        whole = unit == "money" and largest >= WHOLE_FROM
        return [
            self.money(v, whole=True) if whole and 1 <= abs(v) < WHOLE_FROM else self.unit(unit, v, short=True)
            for v in numbers
        ]

    def unit(self, unit: str, value: float, *, short: bool = False) -> str:
        """A number of this unit (as in metrics.py)."""
        if unit == "money":
            return self.short_money(value) if short else self.money(value)
        if unit == "percent":
            return self.percent(value)
        if unit in ("ratio", "rating"):
            return str(BLANK) if _blank(value) else self._fixed(value, 2)
        return self.short_number(value) if short else self.number(value)

    def day(self, day: np.datetime64) -> str:
        """'31 Dec 2019'."""
        return self._dated(day, "d MMM y", "yMMMd")

    def hour(self, name: str) -> str:
        """The hour that the calendar calls '2019-03-03T05': '3 Mar 2019, 05:00'; "" where there is none."""
        return f"{self.day(np.datetime64(name[:10]))}, {name[-2:]}:00" if name else ""

    def short_day(self, day: np.datetime64) -> str:
        """A day without its year."""
        return self._dated(day, "d MMM", "MMMd")

    def _dated(self, day: np.datetime64, english: str, skeleton: str) -> str:
        """English dates begin with the day and have the short months of axes, 'Sep', in every country; other languages
        join the parts in their own way."""
        spoken = self.spoken
        if spoken.startswith("en"):
            return _dated(_date(day), english, skeleton, "en")
        return _dated(_date(day), "", skeleton, spoken)

    @property
    def spoken(self) -> str:
        """The locale of the words in dates, which are in the viewer's language: the data set's own where it is of that
        language."""
        return self.locale if self.locale.split("_")[0] == language() else language()

    def span(self, span: TimeRange) -> str:
        """A half-open range with its last day included: March 2019; Jan – Mar 2019; 3 Mar 2019 – 9 Apr 2019."""
        if span.days <= 0:
            return _("no days")
        first = span.start
        last = span.end - np.timedelta64(1, "D")
        if whole_months(span) == 1:
            return self._dated(first, "MMMM y", "yMMMM")
        if whole_months(span):
            months = [self._dated(d, "MMM y", "yMMM") for d in (first, last)]
            return f"{months[0]} – {months[1]}"
        return self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"

    def base(self, span: TimeRange, base: TimeRange | None) -> str:
        """The month that a month is compared with: 'November', with its year where that is another; the year that a
        calendar year is compared with: '2024'; "" for any other range and comparison."""
        if base is not None and _is_year(span) and _is_year(base):
            return str(base.start.astype("datetime64[Y]"))
        if base is None or whole_months(span) != 1 or whole_months(base) != 1:
            return ""
        same_year = span.start.astype("datetime64[Y]") == base.start.astype("datetime64[Y]")
        return _dated(_date(base.start), "LLLL", "", self.spoken) if same_year else self.span(base)

    def period(self, start: np.datetime64, grain: str, name: str) -> str:
        """A period for an axis or a tooltip: 'Mar 2019' for 2019-03, 'Q4 2019' for 2019-Q4; its own name for years."""
        if grain == "month":
            return self._dated(start, "MMM y", "yMMM")
        return self.day(start) if grain in ("day", "week") else str(period_label(name))


def _is_year(span: TimeRange) -> bool:
    """Whether a range is one calendar year."""
    return whole_months(span) == 12 and str(span.start).endswith("-01-01")


def short_months() -> list[str]:
    """'Jan' to 'Dec' in the viewer's language."""
    return list(get_month_names("abbreviated", "stand-alone", language()).values())


def short_weekdays() -> list[str]:
    """'Mon' to 'Sun' in the viewer's language."""
    names = get_day_names("abbreviated", "stand-alone", language())
    return [names[weekday] for weekday in range(7)]


@lru_cache(maxsize=64)
def formats(currency: str, locale: str) -> Formats:
    """Formats of a data set; a locale that CLDR does not know falls back to its language, then to English."""
    name = locale.replace("-", "_")
    for candidate in (name, name.split("_")[0]):
        try:
            return Formats(currency, str(Locale.parse(candidate)))
        except (UnknownLocaleError, ValueError):
            continue
    return Formats(currency, "en_US")


def formats_of(profile: Profile) -> Formats:
    """The formats of the data set with this profile."""
    return formats(profile.currency, profile.locale)


def numbers_of(profile: Profile) -> AbstractContextManager[None]:
    """Within it, plain numbers and percentages in texts are written as everywhere on the pages of this data set."""
    f = formats_of(profile)
    return numbers_as(Numbers(lambda number: f.number(number, 3), f.percent_sign))


@lru_cache(maxsize=256)
def _money(currency: str, locale: str, whole: bool) -> Writer:
    """Amounts in the locale's currency pattern, with the currency's decimals or without any."""
    if not whole:
        return fast(lambda v: format_currency(v, currency, locale=locale), get_currency_precision(currency))
    pattern = re.sub(r"\.0+", "", Locale.parse(locale).currency_formats["standard"].pattern)
    return fast(lambda v: format_currency(v, currency, pattern, locale, currency_digits=False), 0)


@lru_cache(maxsize=256)
def _fixed(locale: str, digits: int) -> Writer:
    """Numbers with exactly this number of decimals."""
    whole = Locale.parse(locale).decimal_formats[None].pattern.partition(".")[0]
    places = whole + ("." + "0" * digits if digits else "")
    return fast(lambda v: format_decimal(v, format=places, locale=locale), digits)


@lru_cache(maxsize=256)
def _percent_sign(locale: str) -> str:
    """As CLDR has it: none in English, a no-break space in German; in French a narrow one, as between its thousands."""
    sign: str = re.sub(r"^.*[0#]", "", Locale.parse(locale).percent_formats[None].pattern) or "%"
    return sign.replace("\u00a0", "\u202f") if locale.startswith("fr") else sign


@lru_cache(maxsize=8192)
def _short_money(value: float, currency: str, locale: str) -> str:
    """Babel takes a tenth of a millisecond, and a page writes many amounts again with each click."""
    return str(format_compact_currency(value, currency, locale=locale, fraction_digits=1))


@lru_cache(maxsize=8192)
def _short_number(value: float, locale: str) -> str:
    return str(format_compact_decimal(value, locale=locale, fraction_digits=1))


@lru_cache(maxsize=4096)
def _dated(day: date, pattern: str, skeleton: str, locale: str) -> str:
    """A day by a pattern; without one, by the locale's own pattern for these parts. French says '1er déc.', for which
    CLDR has no pattern."""
    text = str(format_date(day, pattern, locale) if pattern else format_skeleton(skeleton, day, locale=locale))
    return re.sub(r"^1(?=\s)", "1er", text) if locale.startswith("fr") else text


def _date(day: np.datetime64) -> date:
    found: date = day.astype("datetime64[D]").item()
    return found


def _as_long(short: str) -> bool:
    """Whether a locale has no short form for a number, as German has none for thousands: it comes back without its
    marks."""
    return re.search(r"\d{5}", short) is not None


def _blank(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or value != value


def _minus(text: str) -> str:
    return str(text).replace("-", "−")


def _rounded(value: float, digits: int) -> float:
    """Rounded, and never minus zero; infinite numbers as they are."""
    if digits:
        return round(value, digits) + 0.0
    return round(value) if math.isfinite(value) else value
