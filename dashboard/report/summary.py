"""The first sheet of a report and of a deck: one sentence, the key figures with their targets, what happened, and what
needs action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from analytics.answer import Answer
from analytics.errors import StoresightError
from analytics.language import _
from dashboard.answers.side_by_side import Seen
from dashboard.components.insights import RATE
from dashboard.components.kpis import arrow, delta_text, key_figure
from dashboard.components.markup import plain_markup
from dashboard.context import Context
from dashboard.pages import CHARTS
from dashboard.report.cards import Insight, View, card_id

MOST_TILES = 8
MOST_STORIES = 5
FIRST = (("revenue",), ("profit", "aov"), ("orders",), ("customers",))  # of each, the first that the data have


@dataclass(frozen=True)
class Tile:
    """A key figure: its name, its number, how it moved ("" without a comparison), and its target ("" without one).
    `tone`: "better", "worse" or ""."""

    metric: str
    label: str
    value: str
    change: str = ""
    tone: str = ""
    before: str = ""
    target: str = ""
    reached: float = float("nan")  # % of the target


@dataclass(frozen=True)
class Summary:
    """`stories`: what happened; `actions`: what to do, each with the sentence that it follows from; `rate`: how many of
    the stories may be chance, "" where none was tested."""

    headline: str
    tiles: tuple[Tile, ...]
    stories: tuple[Insight, ...]
    actions: tuple[Insight, ...]
    rate: str = ""


def summary_of(view: View, known: Sequence[Insight]) -> Summary:
    """The summary of a view and of its insights. What the data cannot give is left out."""
    figures, first = _given(view, "kpis"), _given(view, "headline")
    tiles = _tiles(figures.answer, figures.context) if figures else ()
    stories = stories_of(known)
    needed = _given(view, "needs_action")
    tested = any(s.sure in ("clear", "likely") for s in stories)
    return Summary(
        str(plain_markup(first.draw()).striptags()) if first else "",
        tiles,
        stories,
        tuple(actions_of(needed)) if needed else (),
        str(RATE) if tested else "",
    )


def _given(view: View, name: str) -> Seen | None:
    try:
        return view.together(CHARTS[name])
    except StoresightError:  # the appendix says why
        return None


def _tiles(answer: Answer, context: Context) -> tuple[Tile, ...]:
    rows = {str(row["metric"]): row for row in answer.frame.to_dict("records") if not np.isnan(row["value"])}
    lead = [next((name for name in names if name in rows), "") for names in FIRST]
    order = [*filter(None, lead), *(name for name in rows if name not in lead)]
    return tuple(_tile(rows[name], context) for name in order[:MOST_TILES])


def _tile(row: Mapping[Any, Any], context: Context) -> Tile:
    f, name = context.formats, str(row["metric"])
    figure = key_figure(name)
    value = f.metric(name, row["value"], short=figure.unit == "money")
    compared = context.selection.base is not None and not np.isnan(row["delta"])
    change = f"{arrow(row['direction'], row['delta'])} {delta_text(figure.unit, row['delta'], context)}".strip()
    target, reached = "", float("nan")
    if not np.isnan(row.get("target", np.nan)):
        reached = float(row["progress"])
        aim = f.metric(name, row["target"], short=True)
        target = _("Target {amount}", amount=aim)
        if not np.isnan(reached):
            target = _("{share} of target {amount}", share=f.percent(reached, 0), amount=aim)
    return Tile(
        name,
        str(figure.label),
        value,
        change if compared else "",
        row["direction"] if compared and row["direction"] in ("better", "worse") else "",
        f.metric(name, row["base"], short=figure.unit == "money") if compared else "",
        target,
        reached,
    )


def stories_of(insights: Sequence[Insight]) -> tuple[Insight, ...]:
    """What happened, in the order of the pages' list: news that is not likely to be chance, then standing facts."""
    news = [i for i in insights if i.news and i.sure != "may be chance"]
    standing = [i for i in insights if not i.news]
    return tuple([*news, *standing][:MOST_STORIES])


def actions_of(seen: Seen) -> Iterator[Insight]:
    """What needs action, most money first."""
    for row in seen.answer.frame.to_dict("records"):
        if row["kind"] == "nothing":
            continue
        gap = seen.context.formats.short_money(float(row["gap"])) if row["gap"] > 0 else ""
        page = urlsplit(str(row["proof"])).path.strip("/").partition("/")[0]
        chart = str(row["proof_chart"])
        yield Insight(
            str(row["sentence"]),
            "",
            str(row["recommendation"]),
            "",
            gap,
            "",
            card_id(page, chart),
            chart,
            str(row["proof"]),
        )
