"""The outcome of a decision in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.answer import Answer
from analytics.calendar import TimeRange
from dashboard.notes.draft import Draft
from dashboard.notes.outcomes import verdict
from dashboard.text.formats import formats

DAY = np.datetime64("2025-03-03")
FORMATS = formats("USD", "en-US")


def decision(percent: float = 5.0, metric: str = "revenue") -> Draft:
    return Draft(TimeRange(DAY, DAY + 1), "decision", "x", "", metric, percent, DAY + 28)


def found(effect: float, low: float, high: float, larger: int, comparisons: int) -> Answer:
    row = {"effect": effect, "low": low, "high": high, "larger": larger, "comparisons": comparisons}
    return Answer(pd.DataFrame([row | {"needed_up": 9.2, "needed_down": -8.4}]))


@pytest.mark.parametrize(
    ("answer", "draft", "expected"),
    [
        (
            found(4.1, 1.2, 7.0, 3, 100),
            decision(),
            "Revenue: +4.1% (between +1.2% and +7.0%). A change this large came by chance in 3 of 100 comparisons. "
            "Expected: +5%.",
        ),
        (
            found(-4.1, -7.0, -1.2, 0, 430),
            decision(-2.5, "orders"),
            "Orders: −4.1% (between −7.0% and −1.2%). A change this large came by chance in none of 430 "
            "comparisons. Expected: −2.5%.",
        ),
        (
            found(2.0, -6.0, 11.0, 101, 1000),
            decision(),
            "Cannot tell. Revenue: +2.0% (between −6.0% and +11.0%). A change this large came by chance in 11 of "
            "100 comparisons. At least +9% would have been needed to tell. Expected: +5%.",
        ),
        (
            found(2.0, -6.0, 11.0, 12, 40),
            decision(-5, "units"),
            "Cannot tell. Units: +2.0% (between −6.0% and +11.0%). A change this large came by chance in 12 of 40 "
            "comparisons. At least −8% would have been needed to tell. Expected: −5%.",
        ),
        (
            Answer(pd.DataFrame({"effect": []}), ("It concerned everything.",)),
            decision(),
            "Cannot tell. It concerned everything. Expected: +5%.",
        ),
    ],
)
def test_a_verdict_says_how_sure_it_is(answer: Answer, draft: Draft, expected: str) -> None:
    assert verdict(answer, draft, FORMATS) == expected
