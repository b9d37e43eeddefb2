"""The cards of insights: one for each page that has a topic, and `insights`, all of them, by data URL only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.insights import COLUMNS, has_news, insights_question
from analytics.questions.customers.models import learn
from analytics.questions.targets.standing import Goal
from analytics.questions.targets.target import of_selection
from analytics.selection import Resolved
from dashboard.chart import Chart, Explanation, Option, Page
from dashboard.components.insights import insight_list
from dashboard.text.insight_formats import insight_formats

ALL = "insights"  # the name of the chart of all pages; a page's card is insights_<page>


def page_insights(
    engine: Engine,
    selection: Resolved,
    options: Options,
    *,
    pages: Sequence[Page],
    page: str = "",
    models: Answer | None = None,
    targets: Sequence[Goal] = (),
) -> Answer:
    """What changed, and how does the company stand? As insights_question, with the page of each insight (column `page`,
    in place of its topic) and the address of the chart that shows it (`proof`).

    `page`, or the option of that name: only the insights of that page. Raises UnknownName for a page that does not
    exist or has none.
    """
    topics = {p.name: p.topic for p in pages if p.topic}
    page_of = {topic: name for name, topic in topics.items()}
    path_of = {chart.name: p.path for p in pages for chart in p.charts}
    chosen = page or options.get("page") or ""
    if chosen and chosen not in topics:
        raise UnknownName("page", chosen, topics)
    answer = insights_question(
        engine, selection, topic=topics.get(chosen, ""), words=insight_formats, models=models, targets=targets
    )
    frame = answer.frame.rename(columns={"topic": "page"})
    frame["page"] = [page_of.get(topic, "") for topic in frame["page"]]
    frame["proof"] = [
        f"{path_of[chart]}?{query}#{chart}" for chart, query in zip(frame["proof_chart"], frame["proof"], strict=True)
    ]
    return Answer(frame, answer.notes, answer.more)


def cards(pages: Sequence[Page]) -> dict[str, Chart]:
    """The card of insights of each page that has a topic, by the page's name."""
    return {
        p.name: _card(
            f"{ALL}_{p.name}", partial(page_insights, pages=pages, page=p.name), p.insight_models, topic=p.topic
        )
        for p in pages
        if p.topic
    }


def all_insights(pages: Sequence[Page]) -> Chart:
    """The insights of all pages, or of the page that the option names."""
    choices = {"": "All", **{p.name: p.title for p in pages if p.topic}}
    return _card(ALL, partial(page_insights, pages=pages), learn, (Option("page", "Page", choices),))


def _card(
    name: str,
    compute: Callable[..., Answer],
    models: Callable[[Engine, Resolved], Answer] | None,
    options: tuple[Option, ...] = (),
    topic: str = "",
) -> Chart:
    news, business = has_news(topic), topic in ("", "business")
    return Chart(
        name=name,
        title="What changed" if news else "Portrait",
        question="What changed, why, and what can be done?" if news else "How does the company stand?",
        kind="html",
        role="insights",
        compute=compute,
        models=models,
        targets=of_selection if business else None,
        chances=business,
        draw=insight_list,
        columns=tuple("page" if name == "topic" else name for name in COLUMNS),
        units={"gap": "money", "strength": "ratio", "q": "ratio"},
        options=options,
        lines=False,
        height=104,
        explanation=Explanation(
            "Each sentence is computed from the selection and disappears when it is no longer true. What changed comes "
            "first: the gap between what is and what was to be expected, weighed by how certain it is, what can be "
            "done about it and how new it is; what has held for long sinks. Everything that was tested counts in one "
            "error rate: of the stories called clear or likely, at most one in twenty is chance. The portrait holds "
            "standing facts. Periods and fields that the data do not fill are omitted."
        ),
    )
