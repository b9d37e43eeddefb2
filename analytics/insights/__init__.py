"""What changed, and how the company stands: claims over the questions, each computed from the selection, tested where
chance could have made it, and provable by a click.

english, words, significance → claim → guard → company → days → expected, causes → kinds → rank, stories → here
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import pandas as pd

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.insights.causes import causes
from analytics.insights.claim import Claim, Insight, List, Proof, Value
from analytics.insights.claim import write as in_words
from analytics.insights.company import Company, Found
from analytics.insights.kinds import ACTED_ON, FIELDS_OF, KINDS, LISTS, NEWS, PORTRAIT, TOPICS, Kind
from analytics.insights.rank import newness, of_page, ranked, weight
from analytics.insights.stories import needing_action, stories
from analytics.insights.words import PlainWords, Words
from analytics.methods.inference.false_discovery import over_families
from analytics.profile import Profile
from analytics.questions.targets.standing import Goal, against_targets
from analytics.runtime.lru import LruCache
from analytics.selection import DIMENSIONS, Resolved

__all__ = [
    "COLUMNS",
    "KINDS",
    "NEWS",
    "PORTRAIT",
    "TOPICS",
    "Claim",
    "Insight",
    "Kind",
    "Proof",
    "Value",
    "Words",
    "briefing",
    "candidates",
    "has_news",
    "insights_question",
    "needs_action",
    "to_do",
]

COLUMNS = (
    "list",
    "kind",
    "topic",
    "sentence",
    "why",
    "recommendation",
    "gap",
    "certainty",
    "strength",
    "q",
    "evidence",
    "proof",
    "proof_chart",
    "caveat",
    "title",
)

MOST_FOUND = 256  # kinds under some six selections
FOUND: WeakKeyDictionary[Engine, LruCache[Found]] = WeakKeyDictionary()  # what one page found, the next one shows too


def briefing(company: Company, topic: str | None = None) -> list[Insight]:
    """What a viewer is told: at most five stories of what changed, each with its causes, then the portrait; under
    a topic its own subject first, and few comparisons of groups. Arguments and errors as for candidates."""
    found = candidates(company, topic)
    news = [i for i in found if i.list == "news"]
    facts = [i for i in found if i.list == "portrait"]
    return stories(news, lambda story: causes(company.latest, story)) + (of_page(facts) if topic else facts)


def to_do(company: Company) -> list[Insight]:
    """What needs somebody: at most four things that can be acted on, most money first, of the kinds that have a line
    for it. An empty selection has none."""
    if company.now.span.days == 0 or not company.revenue > 0:
        return []
    asked = [k for k in KINDS if k.name in ACTED_ON and not company.engine.schema.missing(k.needs)]
    found = [_of_kind(company, "news", kind, None) for kind in asked]
    return needing_action(_certain(company, found, sum(kind.tests for kind in asked)))


def candidates(company: Company, topic: str | None = None) -> list[Insight]:
    """Everything that can be said of a company: news first, most weight first, not yet merged into stories; then the
    portrait.

    `topic`: only the kinds about it, all by default. A claim that no longer holds is not there. An empty selection has
    none. Raises UnknownName for a topic that is not in TOPICS.
    """
    if topic is not None and topic not in TOPICS:
        raise UnknownName("topic", topic, TOPICS)
    if company.now.span.days == 0 or not company.revenue > 0:
        return []
    tried = 0
    found: list[list[Insight]] = []
    for name, kinds in LISTS.items():
        for kind in kinds:
            if (topic is None or topic in kind.topics) and not company.engine.schema.missing(kind.needs):
                tried += kind.tests
                found.append(_of_kind(company, name, kind, topic))
    whole = _certain(company, found, tried)
    return ranked(i for i in whole if i.list == "news") + [
        i for i in whole if i.list == "portrait" and i.certainty != "may be chance"
    ]


def _of_kind(company: Company, name: List, kind: Kind, topic: str | None) -> list[Insight]:
    asked = company.latest if kind.compares else company

    def find() -> Found:
        company.calls.clear()
        claims = kind.find(asked)
        return claims, tuple(dict.fromkeys(company.calls))

    targets = tuple((goal.target, goal.pending) for goal in asked.goals) if kind.targets else ()
    claims, calls = company.found.get_or_make((kind, company.now, targets), find)
    query = asked.query.to_query()
    return [
        Insight(kind.name, topic or kind.topics[0], claim, query, calls, name)
        for claim in claims
        if _belongs(claim, topic)
    ]


def _belongs(claim: Claim, topic: str | None) -> bool:
    """Whether a claim is about the topic: of products and places, one that is about a group or channel is not."""
    dimensions = {field for field in claim.about if field in DIMENSIONS}
    own = FIELDS_OF.get(topic or "")
    return own is None or not dimensions or not dimensions.isdisjoint(own)


def _certain(company: Company, found: list[list[Insight]], tried: int) -> list[Insight]:
    """The claims of all kinds with their place in one error rate for the whole list, and their weight."""
    can_do = {kind.name: kind.can_do for kind in KINDS}
    tested = [[i for i in of_kind if i.tested] for of_kind in found]
    rates = over_families([[i.claim.q for i in of_kind] for of_kind in tested if of_kind], tried)
    q = {
        id(i): float(rate)
        for of_kind, each in zip(filter(None, tested), rates, strict=True)
        for i, rate in zip(of_kind, each, strict=True)
    }
    whole = []
    for insight in (i for of_kind in found for i in of_kind):
        judged = replace(insight, q=q.get(id(insight), math.nan))
        new = newness(judged.claim.since, company.now.span)
        heavy = weight(judged.gap, judged.certainty, can_do[judged.kind], new, company.revenue)
        whole.append(replace(judged, weight=heavy, newness=new, can_do=can_do[judged.kind]))
    return whole


ACTION_COLUMNS = ("kind", "topic", "sentence", "recommendation", "gap", "proof", "proof_chart")


def needs_action(
    engine: Engine,
    selection: Resolved,
    *,
    words: Callable[[Profile], Words] | None = None,
    models: Answer | None = None,
    targets: Sequence[Goal] = (),
) -> Answer:
    """What needs somebody now? Grain: one row per thing, at most four, most money first.

    Columns: kind, topic, sentence (a line, in `words`), recommendation, gap (the money at stake, currency; 0 where none
    is known), proof (the query string under which to look), proof_chart (the chart that shows it). Where there are
    orders but nothing to do, a row of kind "nothing" says so; without orders the frame is empty. `models` and
    `targets` as for insights_question.
    """
    found_before = FOUND.setdefault(engine, LruCache(MOST_FOUND))
    company = Company(engine, selection, models=models, found=found_before, goals=tuple(targets))
    write = (words or plain)(engine.profile)
    rows = [
        (i.kind, i.topic, i.short(write), i.recommendation(write), i.gap, i.claim.proof.query, i.claim.proof.chart)
        for i in to_do(company)
    ]
    if not rows and not _nothing_sold(company):
        proof = company.proof("kpis")
        rows = [("nothing", "", in_words("act.nothing", {}), "", 0.0, proof.query, proof.chart)]
    return Answer(pd.DataFrame(rows, columns=list(ACTION_COLUMNS)).astype({"gap": "float64"}))


def plain(profile: Profile) -> Words:
    """Words without a locale, in the data set's currency."""
    return PlainWords(profile.currency)


def insights_question(
    engine: Engine,
    selection: Resolved,
    *,
    topic: str = "",
    words: Callable[[Profile], Words] = plain,
    models: Answer | None = None,
    targets: Sequence[Goal] = (),
) -> Answer:
    """What changed, why, and how does the company stand? Grain: one row per story of the news, at most five, the one
    that most deserves to be read first; then one row per standing fact.

    Columns: list ("news" or "portrait"); kind; topic; sentence, why, recommendation and caveat (in `words`); gap
    (the money between what is and what was to be expected, currency; 0 where none is known); certainty ("clear",
    "likely", "may be chance", blank for plain arithmetic); strength (size of the effect, in the unit of that value
    of the evidence); q (0–1: the rate of chance findings among all that this view lists at which the claim still
    stands; blank for plain arithmetic); evidence (JSON: the values with units, what the claim is about, the
    questions asked and the selection); proof (the query string under which to look); proof_chart (the name of the
    chart that shows it); title (the first of its sentences). `topic`: only the kinds about it. `models`: what
    questions.customers.models.learn gave; learnt here where a kind needs them and they are not given. `targets`:
    those of the selection; more["targets"] says how they stand. Where there are orders but nothing changed, a row
    of kind "nothing" says so; without orders the frame is empty.
    """
    found_before = FOUND.setdefault(engine, LruCache(MOST_FOUND))
    company = Company(engine, selection, models=models, found=found_before, goals=tuple(targets))
    write = words(engine.profile)
    found = briefing(company, topic or None)
    given: set[str] = set()
    rows = [_row(insight, write, given) for insight in found]
    silent = has_news(topic) and not any(i.list == "news" for i in found)
    if (silent or not found) and not _nothing_sold(company):
        proof = company.proof("kpis")
        sentence = in_words(_silence(topic, company), {})
        nothing = ("news", "nothing", topic, sentence, "", "", 0.0, "", math.nan, math.nan, "{}")
        rows.insert(0, (*nothing, proof.query, proof.chart, "", sentence))
    more = {"targets": against_targets(engine, selection, targets)} if targets else {}
    return Answer(pd.DataFrame(rows, columns=list(COLUMNS)), more=more)


def _silence(topic: str, company: Company) -> str:
    """The sentence where nothing is to be told: no news, or on a page without any, no facts."""
    if not has_news(topic):
        return "nothing.facts"
    return "nothing" if company.latest.now.base else "nothing.alone"


def has_news(topic: str) -> bool:
    """Whether a topic has kinds that tell news, and not only a portrait."""
    return not topic or any(topic in kind.topics for kind in NEWS)


def _row(insight: Insight, write: Words, given: set[str]) -> tuple[Any, ...]:
    """An insight as a row; advice that was `given` before is not repeated."""
    advice = insight.recommendation(write)
    said = insight.sentence(write), insight.why(write), "" if advice in given else advice
    given.add(advice)
    sizes = insight.gap, insight.certainty, insight.strength, insight.q
    proof = insight.claim.proof.query, insight.claim.proof.chart
    return (
        insight.list,
        insight.kind,
        insight.topic,
        *said,
        *sizes,
        _json(insight),
        *proof,
        insight.caveat(write),
        insight.title(write),
    )


def _nothing_sold(company: Company) -> bool:
    now = company.now
    return now.span.days == 0 or not company.engine.aggregate([], ["lines"], now)["lines"].iloc[0]


def _json(insight: Insight) -> str:
    """The evidence as JSON text."""
    data: dict[str, Any] = {
        "values": {name: value.data() for name, value in insight.evidence.items()},
        "about": dict(insight.about),
        "selection": insight.selection,
        "asked": [{"method": c.method, "by": c.by, "metrics": c.metrics, "span": c.span} for c in insight.calls],
    }
    return orjson.dumps(data).decode()
