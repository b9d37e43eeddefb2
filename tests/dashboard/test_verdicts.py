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
            "Revenue +4.1 % (range +1.2 % to +7.0 %); as large by chance in 3 of 100 comparisons. Expected was +5 %.",
        ),
        (
            found(-4.1, -7.0, -1.2, 0, 430),
            decision(-2.5, "orders"),
            "Orders −4.1 % (range −7.0 % to −1.2 %); as large by chance in none of 430 comparisons. "
            "Expected was −2.5 %.",
        ),
        (
            found(2.0, -6.0, 11.0, 101, 1000),
            decision(),
            "Cannot tell: revenue +2.0 % (range −6.0 % to +11.0 %); as large by chance in about 11 of 100 comparisons. "
            "It would have needed +9 %. Expected was +5 %.",
        ),
        (
            found(2.0, -6.0, 11.0, 12, 40),
            decision(-5, "units"),
            "Cannot tell: units +2.0 % (range −6.0 % to +11.0 %); as large by chance in 12 of 40 comparisons. "
            "It would have needed −8 %. Expected was −5 %.",
        ),
        (
            Answer(pd.DataFrame({"effect": []}), ("It touched everything.",)),
            decision(),
            "Cannot tell. It touched everything. Expected was +5 %.",
        ),
    ],
)
def test_a_verdict_says_how_sure_it_is(answer: Answer, draft: Draft, expected: str) -> None:
    assert verdict(answer, draft, FORMATS) == expected
