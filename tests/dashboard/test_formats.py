"""How numbers and days are written, in the data set's own locale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calendar import TimeRange
from analytics.language import in_language
from analytics.metrics import METRICS
from dashboard.text.formats import BLANK, Formats, formats
from dashboard.text.ledger_words import item_label

US, DE, IN, JP = formats("USD", "en-US"), formats("EUR", "de-DE"), formats("INR", "en-IN"), formats("JPY", "ja-JP")
FR = formats("EUR", "fr-FR")
NBSP, NARROW = "\xa0", "\u202f"


def span(first: str, end: str) -> TimeRange:
    return TimeRange(np.datetime64(first, "D"), np.datetime64(end, "D"))


@pytest.mark.parametrize(
    ("local", "full", "short", "count", "percent"),
    [
        (US, "$34,465,537.94", "$34.5M", "178,437", "21.9%"),
        (DE, f"34.465.537,94{NBSP}€", f"34,5{NBSP}Mio.{NBSP}€", "178.437", f"21,9{NBSP}%"),
        (IN, "₹3,44,65,537.94", "₹3.4Cr", "1,78,437", "21.9%"),
        (JP, "￥34,465,538", "￥3446.6万", "178,437", "21.9%"),
        (FR, f"34{NARROW}465{NARROW}537,94{NBSP}€", f"34,5{NBSP}M{NBSP}€", f"178{NARROW}437", f"21,9{NARROW}%"),
    ],
)
def test_numbers_follow_the_locale(local: Formats, full: str, short: str, count: str, percent: str) -> None:
    revenue = 34_465_537.94
    assert local.money(revenue) == full
    assert local.short_money(revenue) == short
    assert local.number(178_437) == count
    assert local.percent(21.869) == percent


@pytest.mark.parametrize(
    ("local", "code", "month", "months", "days", "day"),
    [
        (US, "en", "March 2019", "Jan 2019 – Mar 2019", "3 Mar 2019 – 9 Apr 2019", "29 Feb 2020"),
        (DE, "de", "März 2019", "Jan. 2019 – März 2019", "3. März 2019 – 9. Apr. 2019", "29. Feb. 2020"),
        (IN, "en", "March 2019", "Jan 2019 – Mar 2019", "3 Mar 2019 – 9 Apr 2019", "29 Feb 2020"),
        (US, "fr", "mars 2019", "janv. 2019 – mars 2019", "3 mars 2019 – 9 avr. 2019", "29 févr. 2020"),
        (FR, "fr", "mars 2019", "janv. 2019 – mars 2019", "3 mars 2019 – 9 avr. 2019", "29 févr. 2020"),
        (JP, "de", "März 2019", "Jan. 2019 – März 2019", "3. März 2019 – 9. Apr. 2019", "29. Feb. 2020"),
    ],
)
def test_ranges_are_written_with_their_last_day_included_in_the_viewers_language(
    local: Formats, code: str, month: str, months: str, days: str, day: str
) -> None:
    with in_language(code):
        assert local.span(span("2019-03-01", "2019-04-01")) == month
        assert local.span(span("2019-01-01", "2019-04-01")) == months
        assert local.span(span("2019-03-03", "2019-04-10")) == days
        assert local.span(span("2020-02-29", "2020-03-01")) == day
    assert local.span(span("2020-02-29", "2020-02-29")) == "no days"


def test_french_says_the_first_of_a_month() -> None:
    with in_language("fr"):
        days = [US.day(np.datetime64(day)) for day in ("2025-12-01", "2025-12-11", "2025-12-21")]
        assert days == ["1er déc. 2025", "11 déc. 2025", "21 déc. 2025"]
        assert US.short_day(np.datetime64("2025-12-01")) == "1er déc."
        assert US.span(span("2025-12-01", "2026-01-15")) == "1er déc. 2025 – 14 janv. 2026"


def test_numbers_follow_the_data_set_whoever_looks() -> None:
    with in_language("fr"):
        assert (US.money(1234.5), DE.number(1234.5, 1)) == ("$1,234.50", "1.234,5")


def test_a_leap_february_is_a_whole_month_and_a_cut_one_is_not() -> None:
    assert US.span(span("2020-02-01", "2020-03-01")) == "February 2020"
    assert US.span(span("2020-02-01", "2020-02-29")) == "1 Feb 2020 – 28 Feb 2020"


@pytest.mark.parametrize("blank", [float("nan"), None, np.float64("nan"), np.float32("nan")])
def test_a_blank_is_never_a_zero(blank: float) -> None:
    for write in (US.money, US.short_money, US.number, US.short_number, US.percent, US.signed):
        assert write(blank) == BLANK
    for name in METRICS:
        assert US.metric(name, blank) == BLANK
        assert US.metric(name, blank, short=True) == BLANK


def test_nothing_has_no_sign() -> None:
    for value in (0.0, -0.0, -0.004, 0.004):
        assert US.money(value) == "$0.00"
    assert US.money(-0.006) == "−$0.01"
    assert US.unit_tick("money", 500.0) == "$500"


def test_every_minus_is_the_same_sign() -> None:
    for local in (US, DE, IN, JP):
        for value in (-0.5, -12.0, -1234.56, -9_876_543.21):
            written = [
                local.money(value),
                local.short_money(value),
                local.number(value, 2),
                local.short_number(value),
                local.percent(value),
                local.signed(value),
            ]
            assert all(text.count("−") == 1 and "-" not in text for text in written), written


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert US.number(-0.04) == "0"
    assert US.percent(-0.04) == "0.0%"
    assert US.signed(-0.04) == US.signed(0.04) == "±0.0%"
    assert US.signed(0.06) == "+0.1%"
    assert US.signed(-0.8, suffix=" pp") == "−0.8 pp"


def test_numbers_of_one_column_have_the_same_decimals() -> None:
    assert US.column("money", [1700.0, 600.0, 999.99]) == ["$1,700", "$600", "$1,000"]
    assert US.column("money", [12_345.0, 0.4]) == ["$12.3K", "$0.40"], "what is less than one has them still"
    assert US.column("money", [198.5, 97.16, float("nan")]) == ["$198.50", "$97.16", BLANK]
    assert US.column("count", [1700, 600]) == ["1,700", "600"]
    assert US.column("percent", [0.71, 0.3]) == ["0.71%", "0.30%"], "bars of different lengths have different numbers"
    assert US.column("percent", [12.6, 0.3]) == ["12.6%", "0.3%"]
    assert [US.times(value) for value in (2.0, 1.94, 12.3)] == ["2.0×", "1.9×", "12×"]


def test_thousands_of_one_axis_are_written_in_one_way() -> None:
    assert US.unit_ticks("money", [0, 5_000, 10_000]) == ["$0", "$5K", "$10K"]
    assert US.unit_ticks("count", [0, 5_000, 10_000]) == ["0", "5K", "10K"]
    assert US.unit_ticks("money", [0, 2_500, 5_000]) == ["$0", "$2,500", "$5,000"]
    assert DE.unit_ticks("count", [0, 5_000, 10_000]) == ["0", "5.000", "10.000"], "no short form for thousands"


def test_months_are_cut_in_the_same_way_in_every_english_country() -> None:
    for local in (US, IN, formats("GBP", "en-GB")):
        assert local.period(np.datetime64("2019-09-01"), "month", "2019-09") == "Sep 2019"


@pytest.mark.parametrize(
    ("unit", "value", "base", "shown"),
    [
        ("money", 85.9, 105.1, "−18.3%"),
        ("count", 3, 2, "+50.0%"),
        ("percent", 4.0, 3.2, "+0.8 pp"),
        ("percent", 4.0, 0.0, "+4.0 pp"),
        ("money", 5, 0, ""),
        ("money", 5, -2, ""),
        ("money", float("nan"), 2, ""),
        ("money", 2, float("nan"), ""),
    ],
)
def test_a_change_is_a_share_of_what_was_before(unit: str, value: float, base: float, shown: str) -> None:
    assert US.change(unit, value, base) == shown


def test_axes_have_no_empty_decimals() -> None:
    assert US.tick("revenue", 2500.0) == "$2,500"
    assert US.tick("revenue", 0.0) == "$0"
    assert US.tick("aov", 2.5) == "$2.50"
    assert US.tick("revenue", 2_500_000.0) == "$2.5M"
    assert DE.tick("revenue", 2500.0) == f"2.500{NBSP}€"


def test_periods_of_an_axis() -> None:
    day = np.datetime64("2019-03-04", "D")
    assert US.period(day, "month", "2019-03") == "Mar 2019"
    assert US.period(day, "week", "2019-03-04") == "4 Mar 2019"
    assert US.period(day, "quarter", "FY2020-Q1") == "Q1 FY2020"
    assert JP.period(day, "month", "2019-03") == "Mar 2019"


@pytest.mark.parametrize(
    ("given", "known"), [("de-XX", "de"), ("xx-YY", "en_US"), ("", "en_US"), ("fr", "fr"), ("en_GB", "en_GB")]
)
def test_an_unknown_locale_falls_back(given: str, known: str) -> None:
    assert formats("USD", given).locale == known


@given(
    st.floats(-1e15, 1e15) | st.sampled_from([float("inf"), float("nan")]),
    st.sampled_from([US, DE, IN, JP]),
    st.sampled_from(sorted(METRICS)),
    st.booleans(),
)
def test_any_number_can_be_written(value: float, local: Formats, metric: str, short: bool) -> None:
    assert local.metric(metric, value, short=short)
    assert local.signed(value)[0] in "+−±n"


@given(st.dates(), st.integers(1, 4000), st.sampled_from([US, DE, IN, JP]))
def test_any_range_is_written_with_the_year_of_its_last_day(first: object, days: int, local: Formats) -> None:
    start = np.datetime64(first, "D")
    end = start + np.timedelta64(days, "D")
    if end < np.datetime64("9999-12-31", "D"):
        year = int(str(end - np.timedelta64(1, "D"))[:4])
        assert str(year) in local.span(TimeRange(start, end))


def test_gross_sales_are_before_discounts_only_where_there_are_any() -> None:
    assert item_label("gross_sales", "", {"gross_sales", "discounts"}) == "Gross sales, before discounts"
    assert item_label("gross_sales", "", {"gross_sales", "returns"}) == "Gross sales"
    assert item_label("gross_sales", "amazon", {"gross_sales"}) == "Product sales"


def test_numbers_without_a_short_form_have_their_marks() -> None:
    """German and Italian have no short form for thousands."""
    german = formats("EUR", "de-DE")
    assert german.short_money(22_175).replace("\xa0", " ") == "22.175 €"
    assert german.short_money(-122_175.4).replace("\xa0", " ") == "−122.175 €"
    assert german.short_money(2_217_500).replace("\xa0", " ") == "2,2 Mio. €"
    assert german.short_number(22_175) == "22.175"
    assert formats("EUR", "en-IE").short_money(22_175) == "€22.2K"


@pytest.mark.parametrize(
    ("value", "shown"), [(4.25e6, "$4.3M"), (1.65e6, "$1.7M"), (-4.25e6, "−$4.3M"), (4.249e6, "$4.2M")]
)
def test_ties_of_short_amounts_are_rounded_away_from_zero(value: float, shown: str) -> None:
    assert Formats().short_money(value) == shown
    assert Formats().short_number(value) == shown.replace("$", "")


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0.0%"), (0.04, "< 0.1%"), (0.05, "0.1%"), (12.34, "12.3%")])
def test_a_share_of_something_is_never_written_as_nothing(value: float, shown: str) -> None:
    assert Formats().share(value) == shown
