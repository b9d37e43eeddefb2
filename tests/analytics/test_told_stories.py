"""What a viewer of everything is told: nothing on noise, and first what was planted. Few seeds; the full gates are in
tests/benchmarks/truth/stories.py."""

from __future__ import annotations

import pytest

from analytics.insights import TOPICS, insights_question
from analytics.selection import Selection
from tests.analytics import simulated_noise
from tests.analytics.simulated_stories import PLANTED
from tests.benchmarks.truth.stories import among_the_first, claimed, told
from tests.samples import crossed

pytestmark = pytest.mark.no_cover

SEEDS = (2, 3)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("sort", "seed"), crossed(simulated_noise.SORTS, SEEDS, 1))
def test_on_noise_nothing_is_claimed(sort: str, seed: int) -> None:
    assert claimed(told(simulated_noise.company(sort, seed), simulated_noise.QUERY)) == []


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_among_the_first_stories(name: str) -> None:
    assert among_the_first(PLANTED[name](2))


@pytest.mark.long
@pytest.mark.slow
def test_no_sentence_is_told_twice() -> None:
    engine = PLANTED["stock_out"](0).engine
    selection, _ = Selection.from_query(f"data={engine.name}&{simulated_noise.QUERY}")
    for topic in ("", *TOPICS):
        frame = insights_question(engine, engine.resolve(selection), topic=topic).frame
        sentences = [said for column in ("sentence", "why", "recommendation") for said in frame[column] if said]
        assert len(set(sentences)) == len(sentences)
