"""Stories: on noise a view claims nothing beyond the stated rate; what was planted is among the first five."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import Insight, briefing
from analytics.insights.claim import Claim
from analytics.insights.company import Company
from analytics.insights.significance import LEVEL
from analytics.selection import Selection
from tests.analytics import simulated_noise
from tests.analytics.simulated_stories import PLANTED, Planted
from tests.benchmarks.results import Result, found

PLANTED_SEEDS = 5  # of each planted truth, at most


def told(engine: ColumnarEngine, query: str) -> list[Insight]:
    """What a viewer of everything is told."""
    selection, _ = Selection.from_query(f"data={engine.name}&{query}")
    return briefing(Company(engine, engine.resolve(selection), selection))


def claimed(view: list[Insight]) -> list[str]:
    """The kinds that claim a change, or a difference that was tested; that a day is partial is true where it is."""
    news = [i.kind for i in view if i.list == "news" and i.certainty != "may be chance" and i.kind != "ends_early"]
    return news + [i.kind for i in view if i.list == "portrait" and i.tested]


def among_the_first(planted: Planted) -> bool:
    """Whether a story tells what was planted, or gives it as its reason."""
    stories = [i for i in told(planted.engine, planted.query) if i.list == "news"]
    return any(_tells(story, planted) for story in stories)


def _tells(story: Insight, planted: Planted) -> bool:
    if story.kind == planted.kind and planted.about.items() <= dict(story.about).items():
        return True
    return any(
        planted.about.items() <= dict(reason.about).items() and _first_name(reason).startswith(planted.kind)
        for reason in story.because
    )


def _first_name(claim: Claim) -> str:
    return claim.says if isinstance(claim.says, str) else claim.says[0]


def measure(seeds: int) -> Iterator[Result]:
    """Views of noise that claim something, by sort of noise, and over all sorts; planted truths that are told."""
    wrong = 0
    for sort in simulated_noise.SORTS:
        views = [claimed(told(simulated_noise.company(sort, seed), simulated_noise.QUERY)) for seed in range(seeds)]
        mine = sum(bool(view) for view in views)
        wrong += mine
        yield found(f"{sort}: views with a claimed change or difference", 100 * mine / seeds, "%")
    share = 100 * wrong / (seeds * len(simulated_noise.SORTS))
    yield found("noise of all sorts: views with a claimed change or difference", share, "%", at_most=100 * LEVEL)
    hits = 0
    runs = min(seeds, PLANTED_SEEDS)
    for name, plant in PLANTED.items():
        mine = sum(among_the_first(plant(seed)) for seed in range(runs))
        hits += mine
        yield found(f"{name.replace('_', ' ')}: among the first five", 100 * mine / runs, "%")
    share = 100 * hits / (runs * len(PLANTED))
    yield found("planted truths: among the first five", share, "%", at_least=80)
