"""No shape of data breaks the insights: whatever was sold, there is an answer, if only that nothing stands out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import COLUMNS, insights_question
from analytics.selection import Selection
from tests.analytics.odd_shapes import QUERIES, SHAPES
from tests.analytics.told import insights

pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def engine(request: pytest.FixtureRequest) -> ColumnarEngine:
    return ColumnarEngine(store.in_memory(SHAPES[request.param]()))


@pytest.mark.parametrize("query", QUERIES)
def test_insights_of_any_shape_are_whole_sentences(engine: ColumnarEngine, query: str) -> None:
    selection, _ = Selection.from_query(f"data=odd&{query}")
    known = tuple(c for c in selection.clauses if c.field in engine.schema)  # as the service leaves out the others
    selection = replace(selection, clauses=known)
    for insight in insights(engine, engine.resolve(selection), selection):
        for words in (insight.sentence(), insight.recommendation(), insight.caveat()):
            assert "{" not in words
            assert "nan" not in words.lower()
            assert "inf" not in words.lower().split()
    assert tuple(insights_question(engine, engine.resolve(selection)).frame.columns) == COLUMNS
