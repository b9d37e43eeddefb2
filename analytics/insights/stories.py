"""News merged into a few stories: claims about one thing are told once, with what explains them behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from analytics.calendar import Day
from analytics.insights.claim import Claim, Insight
from analytics.schema import place_parts

OLD = 0.25  # of full newness: what began so long ago is no news
MOST = 5  # stories; more is a list, not a briefing
OF_A_KIND = 2  # among them: five months in a row would be no overview
REASONS = 3  # sentences that explain a story
DATA = (
    "ends_early",
    "missing_days",
    "missing_part",
)  # what is wrong with the data is told first: it may explain the rest
TARGET = "target"  # what was promised, before what came
REVENUE = ("expected", "change", "price_volume_mix", "mix_against_rate")  # tell one story: revenue as a whole
WHOLE = REVENUE[:3]  # are told although they may be chance: all three are as certain as the first
ALONE = ("worse_repeat", "alert")  # explain no other story
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PERIODS = frozenset({"month", "quarter", "year", "day", "rule", "factor", "part", "by"})  # about when or how, not what


def stories(
    news: Sequence[Insight], causes: Callable[[Insight], Sequence[Claim]] = lambda story: (), most: int = MOST
) -> list[Insight]:
    """At most `most` stories from ranked news: data that are not whole, then the target, revenue as a whole and its
    margin, then what can best be acted on today, then the others, each with its reasons, none told twice.

    What is old is left out, and what chance can explain, except how revenue as a whole compares, which is said to be
    within chance; so is an alert of days that are told as unusual. `causes`: what else explains a story; asked only
    about those that are told.
    """
    told: list[Insight] = []
    fit = [i for i in news if i.newness >= OLD and (i.certainty != "may be chance" or i.kind in WHOLE)]
    unusual = [_days(i, "day") for i in fit if i.kind == "unusual_day"]
    fit = [i for i in fit if i.kind != "alert" or not _days(i, "period") & frozenset().union(*unusual)]
    today = next((i for i in fit if i.can_do >= 1 and i.kind not in DATA), None)
    for insight in sorted(fit, key=lambda i: _place(i, today)):
        same = next((n for n, story in enumerate(told) if of_one_thing(story, insight)), None)
        if same is not None:
            told[same] = _with_reasons(told[same], (insight.claim,))
        elif len(told) < most and [s.kind for s in told].count(insight.kind) < OF_A_KIND:
            told.append(insight)
    return [_with_reasons(story, causes(story)) for story in told]


NEEDS_ACTION = 4  # things that are told


def needing_action(found: Sequence[Insight], most: int = NEEDS_ACTION) -> list[Insight]:
    """The few things that somebody can act on, most money first, what has none last; none that chance can explain,
    that was there long before, or that another one tells already."""
    told: list[Insight] = []
    fit = [i for i in found if i.newness >= OLD and i.certainty != "may be chance" and i.short()]
    for insight in sorted(fit, key=lambda i: (-i.gap, i.kind)):
        if len(told) < most and not any(of_one_thing(other, insight) for other in told):
            told.append(insight)
    return told


def _days(insight: Insight, last: str) -> frozenset[Day]:
    """The days of which a claim tells; `last`: what its evidence calls the last one. None for a claim about a longer
    period than a day."""
    named = str(insight.evidence[last].value)
    if not DAY.fullmatch(named):
        return frozenset()
    end = np.datetime64(named, "D")
    return frozenset(end - np.arange(int(float(insight.evidence["days"].value))))


def _place(insight: Insight, today: Insight | None) -> int:
    first = (*DATA, TARGET, *REVENUE, "margin")
    if insight.kind in first:
        return first.index(insight.kind)
    return len(first) if insight is today else len(first) + 1


def of_one_thing(story: Insight, other: Insight) -> bool:
    """Whether two claims are about revenue as a whole, or about the same product, place or group, one of them perhaps
    only about a part of it."""
    if story.kind in REVENUE or other.kind in REVENUE:
        return story.kind in REVENUE and other.kind in REVENUE
    if other.kind in ALONE or story.kind in ALONE:
        return False
    one, two = (_thing(i) for i in (story, other))
    if not one or not two or {field for field, _ in one | two} & PERIODS:
        return one == two and bool(one)
    return one <= two or two <= one


def _thing(insight: Insight) -> set[tuple[str, str]]:
    """What a claim is about; a place counts as its city, or as a country where the data know no finer ones, so that
    both name it alike."""
    parts = {field: place_parts(value) if field == "place" else (value,) for field, value in insight.about.items()}
    alone = {"place": "country"}
    return {("city" if len(path) > 1 else alone.get(field, field), path[-1]) for field, path in parts.items()}


def _with_reasons(story: Insight, reasons: Sequence[Claim]) -> Insight:
    """The story with reasons that it does not give yet."""
    given = {story.claim.says, *(because.says for because in story.because)}
    fresh = tuple(r for r in reasons if r.says not in given)
    return replace(story, because=(*story.because, *fresh)[:REASONS])
