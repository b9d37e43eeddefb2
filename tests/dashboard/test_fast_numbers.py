"""Numbers are the same whether Babel writes them or the fast writer."""

from __future__ import annotations

from functools import lru_cache

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from dashboard.text.fast_numbers import Writer, fast

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

LOCALES = ("en_US", "de_DE", "de_CH", "fr_FR", "es_ES", "pl_PL", "pt_BR", "sv_SE", "ja_JP", "hi_IN", "ar_EG", "fa_IR")
CURRENCIES = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "INR": 2}
AMOUNTS = st.one_of(
    st.floats(-1e14, 1e14),
    st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000),  # ties among them
    st.sampled_from([0.0, -0.0, 0.005, 0.015, -0.005, 2.675, 1e15, 1e22, float("inf")]),
)


def money(currency: str, locale: str) -> Writer:
    return lambda v: format_currency(v, currency, locale=locale)


def decimal(digits: int, locale: str) -> Writer:
    return lambda v: format_decimal(v, "#,##0" + "." * bool(digits) + "0" * digits, locale)


@lru_cache
def pairs(locale: str) -> list[tuple[Writer, Writer]]:
    """Writers of a locale, each with its fast one."""
    slow = [(money(currency, locale), digits) for currency, digits in CURRENCIES.items()]
    slow += [(decimal(digits, locale), digits) for digits in (0, 1, 2)]
    return [(write, fast(write, digits)) for write, digits in slow]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("locale", LOCALES)
@given(amount=AMOUNTS)
def test_numbers_are_as_babel_writes_them(locale: str, amount: float) -> None:
    for slow, quick in pairs(locale):
        assert quick(amount) == slow(amount)


def test_what_cannot_be_learnt_is_left_to_its_writer() -> None:
    lakhs, dollars = money("INR", "hi_IN"), money("USD", "en_US")
    assert fast(lakhs, 2) is lakhs
    assert fast(dollars, 2) is not dollars
