"""The first sheet of a report and of a deck: one sentence, the key figures with their targets, what happened, and what
needs action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.answer import Answer
from analytics.errors import StoresightError
from dashboard.answers.side_by_side import Seen
from dashboard.components.insights import RATE
from dashboard.components.kpis import arrow, delta_text, key_figure
from dashboard.context import Context
from dashboard.pages import CHARTS
from dashboard.report.cards import Insight, View

MOST_TILES = 8
MOST_STORIES = 5
MOST_ACTIONS = 4
FIRST = (("revenue",), ("profit", "aov"), ("orders",), ("customers",))  # of each, the first that the data have
UNLIKELY = "May be chance"  # how the certainty of a story begins that is not news for a board


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
    figures = _given(view, "kpis")
    tiles = _tiles(figures.answer, figures.context) if figures and not figures.sides else ()
    stories = stories_of(known)
    tested = any(s.certainty.startswith(("Clear", "Likely")) for s in stories)
    return Summary(headline(tiles), tiles, stories, actions_of(known), RATE if tested else "")


def _given(view: View, name: str) -> Seen | None:
    try:
        return view.seen(CHARTS[name])
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
        target = f"target {aim}" if np.isnan(reached) else f"{f.percent(reached, 0)} of target {aim}"
    return Tile(
        name,
        figure.label,
        value,
        change if compared else "",
        row["direction"] if compared and row["direction"] in ("better", "worse") else "",
        f.metric(name, row["base"], short=figure.unit == "money") if compared else "",
        target,
        reached,
    )


def headline(tiles: Sequence[Tile]) -> str:
    """'Revenue $4.0M, +6.7 %, 98 % of target $4.1M. Profit $1.3M, +3.1 %.': the numbers of the tiles."""
    said = []
    for tile in tiles[:2]:
        moved = tile.change.lstrip("▲▼■ ")
        said.append(", ".join(filter(None, [f"{tile.label} {tile.value}", moved, tile.target])) + ".")
    return " ".join(said)


def stories_of(insights: Sequence[Insight]) -> tuple[Insight, ...]:
    """What happened, in the order of the pages' list: news that is not likely to be chance, then standing facts."""
    news = [i for i in insights if i.news and not i.certainty.startswith(UNLIKELY)]
    standing = [i for i in insights if not i.news]
    return tuple([*news, *standing][:MOST_STORIES])


def actions_of(insights: Sequence[Insight]) -> tuple[Insight, ...]:
    """What to do, of the news before the standing facts."""
    return tuple(i for i in insights if i.recommendation and not i.certainty.startswith(UNLIKELY))[:MOST_ACTIONS]
