"""No shape of data breaks the insights: whatever was sold, there is an answer, if only that nothing stands out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import COLUMNS, FOUND, candidates, insights_question
from analytics.insights.company import Company
from analytics.insights.days import MOST_PERIODS
from analytics.insights.kinds.portrait import periods
from analytics.insights.kinds.revenue import growth
from analytics.selection import Selection
from tests.analytics.odd_shapes import QUERIES, SHAPES, line, tables
from tests.samples import crossed

pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def engine_of() -> Callable[[str], ColumnarEngine]:
    return cache(lambda shape: ColumnarEngine(store.in_memory(SHAPES[shape]())))


@pytest.mark.sampled(9)
@pytest.mark.parametrize(("shape", "query"), crossed(SHAPES, QUERIES, 2))
def test_insights_of_any_shape_are_whole_sentences(
    engine_of: Callable[[str], ColumnarEngine], shape: str, query: str
) -> None:
    engine = engine_of(shape)
    selection, _ = Selection.from_query(f"data=odd&{query}")
    known = tuple(c for c in selection.clauses if c.field in engine.schema)  # as the service leaves out the others
    selection = replace(selection, clauses=known)
    now = engine.resolve(selection)
    assert tuple(insights_question(engine, now).frame.columns) == COLUMNS
    for insight in candidates(Company(engine, now, selection, found=FOUND[engine])):  # what the question found
        for words in (insight.sentence(), insight.recommendation(), insight.caveat()):
            assert "{" not in words
            assert "nan" not in words.lower()
            assert "inf" not in words.lower().split()


def test_a_date_of_seventy_years_ahead_does_not_take_minutes() -> None:
    """Whether months stand out is asked of at most MOST_PERIODS of them: all pairs of 900 months take half a minute."""
    far = tables([line(1, "2024-01-05", 10.0), line(2, "2024-02-05", 20.0), line(3, "2099-01-05", 30.0)])
    engine = ColumnarEngine(store.in_memory(far))
    company = Company(engine, engine.resolve(Selection(range="all")))
    assert len(company.coverage.full("month")) > MOST_PERIODS
    assert periods.peak_and_trough(company) == []
    assert growth.by_month(company) == []
