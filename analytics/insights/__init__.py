"""What stands out: claims over the questions, each computed from the selection, tested where chance could have made
it, and provable by a click.

words → claim → guard, significance → company → kinds → here
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import orjson
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.insights.claim import Claim, Insight, Proof, Value
from analytics.insights.company import Company
from analytics.insights.kinds import KINDS, TOPICS, Kind
from analytics.insights.rank import ranked
from analytics.insights.words import PlainWords, Words
from analytics.profile import Profile
from analytics.selection import Resolved, Selection

__all__ = ["KINDS", "TOPICS", "Claim", "Insight", "Kind", "Proof", "Value", "Words", "insights", "insights_question"]

NOTHING = "Nothing stands out: no difference here is both beyond chance and large enough to act on."
COLUMNS = (
    "kind",
    "topic",
    "sentence",
    "recommendation",
    "money_at_stake",
    "strength",
    "p_or_q",
    "evidence",
    "proof",
    "proof_chart",
    "caveat",
)


def insights(
    engine: Engine,
    selection: Resolved,
    query: Selection | None = None,
    topic: str | None = None,
    models: Answer | None = None,
) -> list[Insight]:
    """What stands out under this selection, most money at stake first?

    `query`: the selection as the URL said it, for the proofs (dates are spelled out where it is not given). `topic`:
    only the kinds about it, all by default. `models`: what questions.customers.models.learn gave; learnt here where a
    kind needs them and they are not given. Nothing is kept from one call to the next: a claim that no longer holds is
    not there. An empty selection has none. Raises UnknownName for a topic that is not in TOPICS.
    """
    if topic is not None and topic not in TOPICS:
        raise UnknownName("topic", topic, TOPICS)
    company = Company(engine, selection, query, models)
    if selection.span.days == 0 or not company.revenue > 0:
        return []
    found: list[Insight] = []
    for kind in KINDS:
        if (topic is None or topic in kind.topics) and not engine.schema.missing(kind.needs):
            company.calls.clear()
            claims = kind.find(company)
            asked = tuple(dict.fromkeys(company.calls))
            found += [
                Insight(kind.name, topic or kind.topics[0], claim, company.query.to_query(), asked) for claim in claims
            ]
    return ranked(found)


def plain(profile: Profile) -> Words:
    """Words without a locale, in the data set's currency."""
    return PlainWords(profile.currency)


def insights_question(
    engine: Engine,
    selection: Resolved,
    options: Options,
    *,
    topic: str = "",
    words: Callable[[Profile], Words] = plain,
    models: Answer | None = None,
) -> Answer:
    """What stands out? Grain: one row per insight, most money at stake first; those that chance can explain last.

    Columns: kind; topic; sentence, recommendation and caveat (in `words`); money_at_stake (currency); strength (size of
    the effect, in the unit of that value of the evidence); p_or_q (0–1, adjusted over all that the kind tried; blank
    for plain arithmetic); evidence (JSON: the values with units, what the claim is about, the questions asked and the
    selection); proof (the query string under which to look); proof_chart (the name of the chart that shows it).
    `topic`, or the option of that name: only the kinds about it. Where there are orders but nothing stands out, a
    single row of kind "nothing" says so; without orders the frame is empty.
    """
    write = words(engine.profile)
    found = insights(engine, selection, topic=topic or options.get("topic") or None, models=models)
    rows = [_row(insight, write) for insight in found]
    if not rows and not _nothing_sold(engine, selection):
        proof = Company(engine, selection).proof("kpis")
        rows = [("nothing", topic, NOTHING, "", 0.0, math.nan, math.nan, "{}", proof.query, proof.chart, "")]
    return Answer(pd.DataFrame(rows, columns=list(COLUMNS)))


def _row(insight: Insight, write: Words) -> tuple[Any, ...]:
    claim = insight.claim
    said = insight.sentence(write), insight.recommendation(write)
    sizes = float(claim.at_stake), insight.strength, claim.q
    proof = claim.proof.query, claim.proof.chart
    return (insight.kind, insight.topic, *said, *sizes, _json(insight), *proof, insight.caveat(write))


def _nothing_sold(engine: Engine, selection: Resolved) -> bool:
    return selection.span.days == 0 or not engine.aggregate([], ["lines"], selection)["lines"].iloc[0]


def _json(insight: Insight) -> str:
    """The evidence as JSON text."""
    data: dict[str, Any] = {
        "values": {name: value.data() for name, value in insight.evidence.items()},
        "about": dict(insight.about),
        "selection": insight.selection,
        "asked": [{"method": c.method, "by": c.by, "metrics": c.metrics, "span": c.span} for c in insight.calls],
    }
    return orjson.dumps(data).decode()
