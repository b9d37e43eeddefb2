"""The cards of insights: one for each page that has a topic, and `insights`, all of them, by data URL only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.errors import UnknownName
from analytics.insights import COLUMNS, has_news, insights_question, needs_action
from analytics.language import N_
from analytics.questions.customers.models import learn
from analytics.questions.targets.standing import Goal
from analytics.questions.targets.target import of_selection
from analytics.selection import Resolved
from dashboard.chart import Chart, Explanation, Option
from dashboard.components.insights import insight_list
from dashboard.components.summary import action_list
from dashboard.screens import Page, Screen
from dashboard.text.insight_formats import insight_formats

TEXT = 54  # pixels for texts that are answered after what stands below them: a short one
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
    chosen = page or options.get("page") or ""
    if chosen and chosen not in topics:
        raise UnknownName("page", chosen, topics)
    answer = insights_question(
        engine, selection, topic=topics.get(chosen, ""), words=insight_formats, models=models, targets=targets
    )
    frame = answer.frame.rename(columns={"topic": "page"})
    frame["page"] = [page_of.get(topic, "") for topic in frame["page"]]
    by_name = {p.name: p for p in pages}
    proofs = zip(frame["page"], frame["proof_chart"], frame["proof"], strict=True)
    frame["proof"] = [_address(pages, by_name.get(own), chart, query) for own, chart, query in proofs]
    return Answer(frame, answer.notes, answer.more)


def _address(pages: Sequence[Page], near: Page | None, chart: str, query: str) -> str:
    """Where the chart stands that shows an insight of the page `near`."""
    screen = screen_of(pages, chart, near)
    return f"{screen.path if screen else pages[0].path}?{query}#{chart}"


def screen_of(pages: Sequence[Page], chart: str, near: Page | None = None) -> Screen | None:
    """As dashboard.pages.screen_of, among these pages."""
    ordered = sorted(pages, key=lambda page: page is not near)
    return next((s for page in ordered for s in page.screens if any(c.name == chart for c in s.charts)), None)


def cards(pages: Sequence[Page]) -> dict[str, Chart]:
    """The card of insights of each page that has a topic, by the page's name."""
    return {
        p.name: _card(
            f"{ALL}_{p.name}", partial(page_insights, pages=pages, page=p.name), p.insight_models, topic=p.topic
        )
        for p in pages
        if p.topic
    }


def _actions(
    engine: Engine,
    selection: Resolved,
    options: Options,
    *,
    pages: Sequence[Page],
    models: Answer | None = None,
    targets: Sequence[Goal] = (),
) -> Answer:
    """What needs somebody? As analytics.insights.needs_action, with the address of the chart that shows each
    (`proof`)."""
    answer = needs_action(engine, selection, words=insight_formats, models=models, targets=targets)
    frame = answer.frame.drop(columns="topic")
    proofs = zip(frame["proof_chart"], frame["proof"], strict=True)
    frame["proof"] = [_address(pages, None, chart, query) for chart, query in proofs]
    return Answer(frame, answer.notes)


def actions(pages: Sequence[Page]) -> Chart:
    """The card of what needs action, whatever the page that it is about."""
    return Chart(
        name="needs_action",
        title=N_("Needs action"),
        question=N_("What should you do first?"),
        kind="html",
        role="insights",
        compute=partial(_actions, pages=pages),
        models=learn,
        targets=of_selection,
        draw=action_list,
        columns=("kind", "sentence", "recommendation", "gap", "proof", "proof_chart"),
        units={"gap": "money"},
        lines=False,
        height=TEXT,
        explanation=Explanation(
            N_(
                "Up to four things to act on, from all pages, most money first: products out of stock or running "
                "out, a falling margin, low ratings, good customers who stop buying, returns, fees, discounts that "
                "lose money, missed targets, days without data. Left out is what may be chance, and what was "
                "already so long before."
            )
        ),
    )


def all_insights(pages: Sequence[Page]) -> Chart:
    """The insights of all pages, or of the page that the option names."""
    choices = {"": N_("All"), **{p.name: p.title for p in pages if p.topic}}
    return _card(ALL, partial(page_insights, pages=pages), learn, (Option("page", N_("Page"), choices),))


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
        title=N_("What changed") if news else N_("Key facts"),
        question=N_("What changed, why, and what can you do?") if news else N_("What is worth knowing?"),
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
        height=TEXT,
        explanation=Explanation(
            N_(
                "Each sentence is computed from the selection, and disappears when it is no longer true. What changed "
                "comes first, in the order of the money involved, how certain and how new it is, and whether "
                "something can be done about it. Of 20 changes called clear or likely, at most one is expected to be "
                "mere chance. Key facts say how the company stands. Periods and fields that the data do not fill are "
                "left out."
            )
        ),
    )
