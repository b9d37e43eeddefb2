"""What stands out: one card a page, and `insights`, all of them by URL."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from analytics.answer import Answer, Options
from analytics.calendar import TimeRange, add_months, period_words
from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.insights import insights_question
from analytics.profile import Profile
from analytics.questions.customers.models import learn
from analytics.selection import Resolved
from dashboard.chart import Chart, Explanation, Option
from dashboard.components.insights import insight_list
from dashboard.pages import basket, customers, geography, overview, products, trends
from dashboard.text.formats import Formats, formats_of

WHOLE_FROM = 1_000  # money from here on is written without decimals


@dataclass(frozen=True)
class InsightWords:
    """The words of a data set's currency and locale."""

    formats: Formats

    def money(self, value: float) -> str:
        return self.formats.money(value, whole=abs(value) >= WHOLE_FROM)

    def signed_money(self, value: float) -> str:
        written = self.money(value)
        return written if written == self.money(0.0) or value < 0 else f"+{written}"

    def number(self, value: float, digits: int = 0) -> str:
        return self.formats.number(value, digits)

    def percent(self, value: float) -> str:
        return self.formats.percent(value)

    def signed(self, value: float) -> str:
        return self.formats.signed(value)

    def period(self, name: str) -> str:
        if len(name) == 7 and "Q" not in name:
            start = np.datetime64(name, "D")
            return self.formats.span(TimeRange(start, add_months(start, 1)))
        return self.formats.day(np.datetime64(name, "D")) if len(name) == 10 else period_words(name)

    def span(self, span: TimeRange) -> str:
        return self.formats.span(span)


def words_of(profile: Profile) -> InsightWords:
    return InsightWords(formats_of(profile))


COLUMNS = (
    "kind",
    "page",
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
UNITS = {"money_at_stake": "money", "strength": "ratio", "p_or_q": "ratio"}
EXPLANATION = Explanation(
    "Each sentence is computed from the selection and vanishes when it no longer holds. What chance could have made is "
    "tested, with an error rate of 5 % for all tests of a kind together (Benjamini–Hochberg). Periods and fields that "
    "the data do not fill are not spoken of. Most money at stake comes first."
)


TOPICS = {  # page: what its insights are about
    "overview": "business",
    "trends": "time",
    "products": "products",
    "basket": "baskets",
    "geography": "places",
    "customers": "customers",
}
PAGE_OF_TOPIC = {topic: page for page, topic in TOPICS.items()}
PAGE_OF_CHART = {
    chart.name: page.name
    for page in (each.PAGE for each in (overview, trends, products, basket, geography, customers))
    for chart in page.charts
}


def page_insights(
    engine: Engine, selection: Resolved, options: Options, *, page: str = "", models: Answer | None = None
) -> Answer:
    """What stands out? As insights_question, with the page of each insight (column `page`, in place of its topic) and
    the address of the chart that shows it (`proof`).

    `page`, or the option of that name: only the insights of that page. Raises UnknownName for a page that does not
    exist.
    """
    chosen = page or options.get("page") or ""
    if chosen and chosen not in TOPICS:
        raise UnknownName("page", chosen, TOPICS)
    topic = TOPICS[chosen] if chosen else ""
    answer = insights_question(engine, selection, {}, topic=topic, words=words_of, models=models)
    frame = answer.frame.rename(columns={"topic": "page"})
    frame["page"] = [PAGE_OF_TOPIC.get(topic, "") for topic in frame["page"]]
    frame["proof"] = [
        f"/{PAGE_OF_CHART[chart]}?{query}" for chart, query in zip(frame["proof_chart"], frame["proof"], strict=True)
    ]
    return Answer(frame, answer.notes, answer.more)


def card(page: str) -> Chart:
    """The card of a page: `insights_<page>`."""
    return Chart(
        name=f"insights_{page}",
        title="What stands out",
        question="What should I know, how sure is it, and what can be done?",
        kind="html",
        role="insights",
        compute=partial(page_insights, page=page),
        models=learn if page == "customers" else None,
        draw=insight_list,
        columns=COLUMNS,
        units=UNITS,
        lines=False,
        height=104,
        explanation=EXPLANATION,
    )


CARDS: dict[str, Chart] = {page: card(page) for page in TOPICS}

insights = Chart(
    name="insights",
    title="What stands out",
    question="What should I know, how sure is it, and what can be done?",
    kind="html",
    role="insights",
    compute=page_insights,
    models=learn,
    draw=insight_list,
    columns=COLUMNS,
    options=(Option("page", "Page", {"": "All", **{page: page.capitalize() for page in TOPICS}}),),
    units=UNITS,
    lines=False,
    height=104,
    explanation=EXPLANATION,
)
